package engine

import (
	"testing"

	"treue/engine/store"
	"treue/rules"
	"treue/rules/customer"
)

func TestStrangers(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(4, func(i int, c *customer.Customer) {
		c.Country, c.City = []string{"DE", "AT"}[i%2], "Hamburg"
		c.Tags = []string{"Abo"}
	})
	o := orderOf(0, s.now.AddDate(0, 0, -150), 3000)
	_, err := s.Store().ImportLines(t.Context(), s.intake("lines"), numbered([]customer.Line{{
		OrderID: o.ID, CustomerID: o.CustomerID, ProductID: customer.NewID("shop", "p"), No: 1, Source: "shop", OrderExternalID: o.ExternalID,
		CustomerExternalID: o.CustomerExternalID, ExternalProductID: "p", Quantity: 1, UnitPrice: 100, Category: "Kaffee > Bohnen",
	}}))
	s.must(err)
	for _, test := range []struct {
		rule string
		want []Stranger
	}{
		{`country == "DE" && bought("kaffee") && has_tag("ABO")`, nil},
		{`country == "Dee"`, []Stranger{{"country", "Dee", "DE"}}},
		{`country == "CHE" || orders > 1`, nil}, // the term holds for some
		{`country == "CHX" && "CHX" == country`, []Stranger{{"country", "CHX", ""}}},
		{`city != "x" && country in ["XXY", "ATT"] && has_tag("abbo") && bought_within("Kaffee > Bonen", 9) && city == "Hamburk"`, []Stranger{
			{"categories", "kaffee > bonen", "Kaffee > Bohnen"}, {"city", "Hamburk", "Hamburg"}, {"country", "XXY", ""}, {"country", "ATT", "AT"}, {"tags", "abbo", "Abo"},
		}},
		{`due_in("Tee") < 3`, []Stranger{{"categories", "tee", ""}}},                   // reads four figures of the one category
		{`channel == "ads" || language == "tlh"`, []Stranger{{"language", "tlh", ""}}}, // no channel is known at all
		{`orders > 90 && average_order_value > 900`, nil},
	} {
		rule, err := rules.Compile(test.rule)
		s.must(err)
		counted, err := s.Count(t.Context(), s.now, rule, store.Auto, false)
		s.must(err)
		for range 5 { // in one order
			got, err := s.Strangers(t.Context(), s.now, rule, &counted)
			s.must(err)
			same(t, test.rule, got, test.want)
		}
	}
}
