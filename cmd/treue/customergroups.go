package main

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"

	"treue/engine"
	"treue/rules"
	"treue/rules/features"
)

// fieldGroup is a part of what is shown of a customer.
type fieldGroup struct {
	german, english string
	fields          []string
}

// fieldGroups are the parts in their order. What is in none of them comes last.
func fieldGroups() []fieldGroup {
	return []fieldGroup{
		{"Wert", "Value", []string{
			"clv", "clv_historic", "clv_predicted", "clv_predicted_low", "clv_predicted_high", "clv_change_90d", "clv_percentile", "tier",
			"acquisition_cost", "clv_to_acquisition_cost",
		}},
		{"Rhythmus", "Rhythm", []string{
			"p_alive", "expected_orders", "expected_next_order_at", "overdue_factor", "expected_days_between_orders", "days_between_orders",
			"days_since_last_order", "last_order_at", "days_since_first_order", "first_order_at",
		}},
		{"Segment", "Segment", []string{"segment", "days_in_segment", "recency_score", "frequency_score", "monetary_score"}},
		{"Bestellungen", "Orders", []string{
			"orders", "orders_30d", "orders_90d", "orders_365d", "revenue", "revenue_365d", "margin", "average_order_value", "last_order_value",
			"last_order_discounted", "discount_share", "refund_rate", "last_delivery_at", "days_since_delivery", "categories", "last_category",
			"favourite_category", "next_category",
		}},
	}
}

// printCustomer shows everything that a rule can know of a customer, what a person asks first at the top.
func (a *app) printCustomer(w io.Writer, id string, s *features.Snapshot, day features.Day, interval *engine.Interval, next []nextProductDoc) {
	t := a.tongue()
	fmt.Fprintln(w, a.paint(bold, id))
	byName := map[string]features.Field{}
	for _, f := range rules.Fields() {
		byName[f.Name] = f
	}
	shown := map[string]bool{}
	row := func(f features.Field) table.Row {
		shown[f.Name] = true
		value, _ := f.Format(s, day)
		return table.Row{f.Name, value, f.Unit}
	}
	for i, g := range fieldGroups() {
		var rows []table.Row
		for _, name := range g.fields {
			if f, known := byName[name]; known {
				rows = append(rows, row(f))
			}
		}
		if i == 0 && interval != nil {
			rows = append(rows, table.Row{t.say("clv, Spanne 90 %", "clv, 90 % range"), t.say("%.2f bis %.2f", "%.2f to %.2f", interval.Low, interval.High), "currency"})
		}
		grid(w, table.Row{t.say(g.german, g.english), "", ""}, rows)
		fmt.Fprintln(w)
	}
	if len(next) > 0 {
		printNextProducts(w, table.Row{t.say("Als Nächstes", "Next"), "", ""}, next)
		fmt.Fprintln(w)
	}
	var rest []table.Row
	for _, f := range rules.Fields() {
		if !shown[f.Name] {
			rest = append(rest, row(f))
		}
	}
	grid(w, table.Row{t.say("Person und Kontakt", "Person and contact"), "", ""}, rest)
}
