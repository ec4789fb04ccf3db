package ruletest

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"treue/rules"
	"treue/rules/features"
)

// drawn is a customer with all the statistics that formulas read.
func drawn(t *rapid.T, today features.Day) features.Snapshot {
	var s features.Snapshot
	features.Blank(&s)
	ago := func(most int, name string) features.Day {
		return today - features.Day(rapid.IntRange(0, most).Draw(t, name))
	}
	money := func(name string) float64 { return float64(rapid.IntRange(1, 100000).Draw(t, name)) / 100 }
	s.Orders = rapid.Int64Range(1, 20).Draw(t, "orders")
	s.LastOrderOn = ago(900, "last order")
	s.FirstOrderOn = s.LastOrderOn - features.Day(rapid.IntRange(0, 900).Draw(t, "span"))
	s.RepeatDays = rapid.Int64Range(1, 20).Draw(t, "repeat days")
	s.Revenue, s.Refunded, s.Rhythm = money("revenue"), money("refunded"), money("rhythm")
	s.DiscountedOrders = rapid.Int64Range(0, s.Orders).Draw(t, "discounted")
	s.CLVHistoric, s.CLVPredicted, s.CLV90dAgo, s.AcquisitionCost = money("historic"), money("predicted"), money("before"), money("cost")
	s.SignedUpOn, s.BornOn, s.SubscribedOn = ago(4000, "signed up"), ago(30000, "born"), ago(400, "subscribed")
	s.SubscriptionEndsOn = s.SubscribedOn + features.Day(rapid.IntRange(0, 800).Draw(t, "subscription"))
	s.LastMailOn, s.LastDeliveryOn, s.SegmentSince = ago(90, "mail"), ago(90, "delivery"), ago(90, "segment")
	return s
}

// given lists fields with the values that a snapshot has for them.
func given(s *features.Snapshot, today features.Day, keep func(features.Field) bool) []datum {
	var data []datum
	for _, f := range rules.Fields() {
		if !keep(f) {
			continue
		}
		d := datum{field: f}
		switch f.Type {
		case features.Number, features.Date:
			d.value.number = f.Number(s, today)
			d.value.unknown = math.IsNaN(d.value.number)
		case features.Boolean:
			d.value.truth = f.Boolean(s, today)
		case features.Text, features.List:
			continue
		}
		data = append(data, d)
	}
	return data
}

// TestFormulasStandForTheirColumns gives what formulas say of a customer, and nothing else where that is enough, and
// compares the formulas of the customer that is made of it.
func TestFormulasStandForTheirColumns(t *testing.T) {
	t.Parallel()
	today := defaultDay()
	rapid.Check(t, func(t *rapid.T) {
		s := drawn(t, today)
		stored := rapid.Bool().Draw(t, "stored, too")
		left := rapid.SampledFrom(rules.Fields()).Draw(t, "left out").Name
		data := given(&s, today, func(f features.Field) bool {
			alone := f.Name == "discount_share" || f.Name == "days_between_orders" // whole numbers stand behind them
			return f.Name != left && (stored || f.Formula != "" && !alone)
		})
		u, err := newCustomer(&testCase{given: data}, today)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range data {
			if got := d; !got.holds(&u.Snapshot, today) {
				text, _ := d.field.Format(&u.Snapshot, today)
				t.Fatalf("%s is %s", &got, text)
			}
		}
	})
}

// TestVerdictIsTheRules holds that a case decides what the rule itself decides of the same customer.
func TestVerdictIsTheRules(t *testing.T) {
	t.Parallel()
	today := defaultDay()
	rapid.Check(t, func(t *rapid.T) {
		s := drawn(t, today)
		data := given(&s, today, func(f features.Field) bool { return f.Formula == "" })
		name := rapid.SampledFrom([]string{"orders", "revenue", "clv", "overdue_factor", "days_since_last_order", "account_age_days", "days_until_birthday", "average_order_value"}).Draw(t, "field")
		source := fmt.Sprintf("%s %s %d || subscriber", name, rapid.SampledFrom([]string{"<", "<=", ">", ">=", "==", "!="}).Draw(t, "operator"), rapid.IntRange(2, 360).Draw(t, "bound"))
		rule, err := rules.Compile(source)
		if err != nil {
			t.Fatal(err)
		}
		u, err := newCustomer(&testCase{given: data}, today)
		if err != nil {
			t.Fatal(err)
		}
		if err := u.suits(rule, place{}); err != nil {
			t.Fatal(err)
		}
		c := testCase{expect: rule.Match(&s, today)}
		if got := c.decide(rule, &u.Snapshot, today, Case{}); !got.Passed {
			t.Fatalf("%s: %s", source, got.Message())
		}
	})
}

// TestCasesDoNotMeet holds that what is made for one customer does not reach another of the same history.
func TestCasesDoNotMeet(t *testing.T) {
	t.Parallel()
	const source = "- rule: active_campaigns == 2 && points == 5\n  cases:\n" +
		"  - {given: {active_campaigns: 2, points: 5}, history: {orders: [{days_ago: 3, total: 9}]}, expect: true}\n" +
		"  - {given: {active_campaigns: 0, points: 5}, expect: false}\n"
	f := parsed(t, source)
	for range 2 {
		r, err := f.Run(Options{})
		if err != nil || r.Failed != 0 {
			t.Fatal(r.Failed, err)
		}
	}
}

// TestOpenValues draws the line between what follows from a case and what was chosen to make it possible.
func TestOpenValues(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rule, given string
		follows     bool
	}{
		{"last_order_at < today()", "days_since_last_order: 5", true},
		{"overdue_factor > 1", "days_since_last_order: 5, expected_days_between_orders: 2", true},
		{"clv > 1 && clv_to_acquisition_cost > 1", "clv: 10, clv_to_acquisition_cost: 2", true},
		{"clv > 1 && clv_predicted > 1", "clv: 10", false},
		{"clv > 1 && clv_predicted > 1", "clv: 10, clv_historic: 3", true},
		{"clv_change_90d < 0 && clv > 1", "clv_change_90d: -0.2", false},
		{"orders_30d >= 2", "orders_30d: 2", true},
		{"orders_within(30) >= 2", "orders_30d: 2", true},
		{"orders_90d >= 2", "orders_30d: 2", false},
		{"orders_90d == 0", "orders_30d: 0", true},
		{"in_campaign(\"x\")", "active_campaigns: 1", false},
		{"points_expiring_within(3) > 0", "points: 10", false},
		{"subscription_started_at < today()", "subscriber: true", false},
	} {
		f := parsed(t, fmt.Sprintf("- rule: '%s'\n  cases: [{given: {%s}, expect: true}]", test.rule, test.given))
		if _, err := f.Run(Options{}); (err == nil) != test.follows {
			t.Errorf("%s of %s: %v", test.rule, test.given, err)
		}
	}
}
