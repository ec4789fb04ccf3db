package store_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"treue/engine/store"
	"treue/rules/customer"
	"treue/rules/features"
)

// history is a small random shop: what its aggregates must be is computed by the oracle below, straight from it.
type history struct {
	people []customer.Customer
	orders []customer.Order
	lines  []customer.Line
	mails  map[string][]time.Time
}

func drawHistory(r *rapid.T, serial int) history {
	h := history{mails: map[string][]time.Time{}}
	moment := func(label string) time.Time {
		return noon.Add(time.Duration(rapid.IntRange(-90*24, 10*24).Draw(r, label)) * time.Hour)
	}
	maybe := func(label string, most int64) *int64 {
		if rapid.Bool().Draw(r, "has "+label) {
			return new(rapid.Int64Range(0, most).Draw(r, label))
		}
		return nil
	}
	for i := range rapid.IntRange(1, 3).Draw(r, "customers") {
		who := fmt.Sprintf("s%dc%d", serial, i)
		c := person(who, rapid.SampledFrom([]string{"", who + "@shop.example"}).Draw(r, "email"))
		c.Country, c.Channel = rapid.SampledFrom([]string{"", "DE"}).Draw(r, "country"), rapid.SampledFrom([]string{"", "search"}).Draw(r, "channel")
		c.Tags = rapid.SampledFrom([][]string{nil, {"a", "b"}}).Draw(r, "tags")
		if rapid.Bool().Draw(r, "signed up") {
			c.SignedUpAt = new(moment("signed up at"))
		}
		h.people = append(h.people, c)
		for range rapid.IntRange(0, 2).Draw(r, "mails") {
			h.mails[who] = append(h.mails[who], moment("mail"))
		}
		for j := range rapid.IntRange(0, 5).Draw(r, "orders") {
			total := rapid.SampledFrom([]int64{0, 1, 999, 5000, 12345}).Draw(r, "total")
			o := order(fmt.Sprintf("%so%d", who, j), who, moment("ordered at"), total)
			o.Tax, o.Shipping, o.Cost = maybe("tax", total/5), maybe("shipping", total/9), maybe("cost", 2*total)
			o.Status = rapid.SampledFrom([]customer.Status{customer.StatusCompleted, customer.StatusOpen, customer.StatusCancelled, customer.StatusTest}).Draw(r, "status")
			if o.Refund = rapid.Int64Range(0, total).Draw(r, "refund"); o.Refund > 0 && rapid.Bool().Draw(r, "refund dated") {
				o.RefundedAt = new(moment("refunded at"))
			}
			if o.Status == customer.StatusCancelled && rapid.Bool().Draw(r, "cancellation dated") {
				o.CancelledAt = new(moment("cancelled at"))
			}
			h.orders = append(h.orders, o)
			for k := range rapid.IntRange(0, 2).Draw(r, "lines") {
				l := line(k+1, o.ExternalID, who, rapid.SampledFrom([]string{"tea", "plain"}).Draw(r, "product"), 1)
				l.Category = rapid.SampledFrom([]string{"", "Zimt", "apfel", "Äpfel"}).Draw(r, "category")
				h.lines = append(h.lines, l)
			}
		}
	}
	return h
}

// oracle computes the aggregates of one customer by the words of the definition.
func (h *history) oracle(c customer.Customer, asOf time.Time, terms store.Terms) features.Snapshot {
	nan := math.NaN()
	s := features.Snapshot{
		CustomerID: c.ID, Source: "shop", ExternalID: c.ExternalID, Country: c.Country, Channel: c.Channel, Tags: append([]string{}, c.Tags...),
		SignedUpOn: features.NoDay, FirstOrderOn: features.NoDay, LastOrderOn: features.NoDay, LastMailOn: features.NoDay, Categories: []string{},
		RepeatSpend: nan, PAlive: nan, ExpectedOrders: nan, CLVHistoric: nan, CLVPredicted: nan, CLVPercentile: nan,
	}
	if c.SignedUpAt != nil {
		s.SignedUpOn = features.DayOf(*c.SignedUpAt, terms.Zone)
	}
	var counted []customer.Order
	for _, o := range h.orders {
		if o.CustomerID == c.ID && h.counts(&o, asOf) {
			counted = append(counted, o)
		}
	}
	slices.SortFunc(counted, func(a, b customer.Order) int {
		return cmp.Or(b.OrderedAt.Compare(a.OrderedAt), cmp.Compare(a.ID, b.ID))
	})
	perDay := map[features.Day]float64{}
	for _, o := range counted {
		revenue, margin := money(&o, asOf, terms)
		s.Orders++
		s.Revenue += revenue
		s.Margin += margin
		perDay[features.DayOf(o.OrderedAt, terms.Zone)] += revenue
		for _, l := range h.lines {
			category := cmp.Or(l.Category, map[string]string{"tea": "Tee"}[l.ExternalProductID])
			if l.OrderID == o.ID && category != "" {
				s.LastCategory = cmp.Or(s.LastCategory, category)
				s.Categories = append(s.Categories, category)
			}
		}
	}
	slices.Sort(s.Categories)
	s.Categories = slices.Compact(s.Categories)
	if days := slices.Sorted(maps.Keys(perDay)); len(days) > 0 {
		s.FirstOrderOn, s.LastOrderOn, s.RepeatDays = days[0], days[len(days)-1], int64(len(days)-1)
		if s.RepeatDays > 0 {
			s.RepeatSpend = (s.Revenue - perDay[days[0]]) / float64(s.RepeatDays)
		}
	}
	for _, at := range h.mails[c.ExternalID] {
		if at.After(asOf) {
			continue
		}
		s.LastMailOn = max(s.LastMailOn, features.DayOf(at, terms.Zone))
		if asOf.Sub(at) < 30*24*time.Hour {
			s.Mails30d++
		}
	}
	return s
}

// counts tells whether an order counted at asOf. All was imported at once: what has no date dates from the order.
func (h *history) counts(o *customer.Order, asOf time.Time) bool {
	if o.OrderedAt.After(asOf) || o.Status == customer.StatusTest {
		return false
	}
	return o.Status != customer.StatusCancelled || o.CancelledAt != nil && o.CancelledAt.After(asOf)
}

// money is revenue and margin of one order at asOf, in major units.
func money(o *customer.Order, asOf time.Time, terms store.Terms) (revenue, margin float64) {
	refund := o.Refund
	if o.RefundedAt != nil && o.RefundedAt.After(asOf) {
		refund = 0
	}
	kept := 1.0
	if o.Total > 0 {
		kept = 1 - float64(refund)/float64(o.Total)
	}
	tax := 0.0
	switch {
	case o.Tax != nil:
		tax = float64(*o.Tax)
	case terms.TaxRate != nil:
		tax = float64(o.Total) * *terms.TaxRate / (1 + *terms.TaxRate)
	}
	net := float64(o.Total) - tax
	if o.Shipping != nil {
		net -= float64(*o.Shipping)
	}
	switch {
	case o.Cost != nil:
		margin = (net - float64(*o.Cost)) * kept
	case terms.MarginShare != nil:
		margin = net * kept * *terms.MarginShare
	default:
		margin = math.NaN()
	}
	return float64(o.Total-refund) / 100, margin / 100
}

// differing names the fields in which two snapshots differ by more than rounding.
func differing(got, want features.Snapshot) []string {
	var names []string
	g, w := reflect.ValueOf(got), reflect.ValueOf(want)
	for i := range g.NumField() {
		a, b := g.Field(i), w.Field(i)
		same := reflect.DeepEqual(a.Interface(), b.Interface())
		if a.Kind() == reflect.Float64 {
			same = math.IsNaN(a.Float()) && math.IsNaN(b.Float()) || math.Abs(a.Float()-b.Float()) <= 1e-9*max(1, math.Abs(b.Float()))
		}
		if !same {
			names = append(names, fmt.Sprintf("%s = %v, want %v", g.Type().Field(i).Name, a, b))
		}
	}
	return names
}

func TestAggregatesEqualTheirDefinition(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tea := customer.Product{ID: id("tea"), Source: "shop", ExternalID: "tea", Name: "Tea", Category: "Tee", Active: true}
	if _, err := b.ImportProducts(b.ctx(), file("products", noon), lines(tea)); err != nil {
		t.Fatal(err)
	}
	zones := []*time.Location{time.UTC, berlin(t), time.FixedZone("Etc/GMT-12", 12*3600)}
	serial := 0
	rapid.Check(t, func(r *rapid.T) {
		serial++
		h := drawHistory(r, serial)
		b.customers("people", noon, counts{inserted: int64(len(h.people))}, h.people...)
		b.orders("orders", noon, counts{inserted: int64(len(h.orders))}, h.orders...)
		b.lines("lines", noon, counts{inserted: int64(len(h.lines))}, h.lines...)
		for who, mails := range h.mails {
			for _, at := range mails {
				b.exec(`INSERT INTO foreign_mails VALUES ($1, $2, 'newsletter') ON CONFLICT DO NOTHING`, id(who), at)
			}
		}
		for who := range h.mails {
			slices.SortFunc(h.mails[who], time.Time.Compare)
			h.mails[who] = slices.Compact(h.mails[who])
		}
		terms := store.Terms{Zone: zones[rapid.IntRange(0, len(zones)-1).Draw(r, "zone")]}
		if rapid.Bool().Draw(r, "has margin share") {
			terms.MarginShare = new(0.35)
		}
		if rapid.Bool().Draw(r, "has tax rate") {
			terms.TaxRate = new(0.19)
		}
		asOf := noon.Add(time.Duration(rapid.IntRange(-80, 10).Draw(r, "as of")) * 24 * time.Hour)
		all, err := b.Aggregates(b.ctx(), asOf, terms)
		if err != nil {
			r.Fatal(err)
		}
		for _, c := range h.people {
			// Histories of earlier draws stay: every customer must be computed as if alone.
			i, found := slices.BinarySearchFunc(all, c.ID, func(a store.Aggregate, id int64) int { return cmp.Compare(a.CustomerID, id) })
			if !found {
				r.Fatalf("%s is missing", c.ExternalID)
			}
			if bad := differing(all[i].Snapshot, h.oracle(c, asOf, terms)); len(bad) > 0 || all[i].HasAddress != (c.Email != "") {
				r.Fatalf("%s: %v", c.ExternalID, bad)
			}
		}
	})
}

func TestAggregatesLeaveTheErasedOut(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.customers("known", noon, counts{inserted: 2}, person("c1", ""), person("c2", ""))
	b.exec(`UPDATE customers SET erased_at = $1 WHERE external_id = 'c1'`, noon)
	all, err := b.Aggregates(b.ctx(), noon, store.Terms{Zone: time.UTC})
	if err != nil || len(all) != 1 || all[0].ExternalID != "c2" || all[0].Margin != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestGoodsThatAreKeptKeepTheirCost(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	o := order("o1", "c1", noon, 1000)
	o.Cost, o.Refund = new(int64(400)), 500
	b.orders("order", noon, counts{inserted: 1}, o)
	if got := b.aggregate(noon, "c1").Margin; math.Abs(got-3) > 1e-9 {
		t.Errorf("margin = %v with goods back, want (10 - 4) / 2", got)
	}
	b.exec(`UPDATE order_events SET goods_kept = true`)
	if got := b.aggregate(noon, "c1").Margin; math.Abs(got-1) > 1e-9 {
		t.Errorf("margin = %v with goods kept, want 10 / 2 - 4", got)
	}
}
