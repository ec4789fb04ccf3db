package rules_test

import (
	"math"
	"slices"
	"testing"

	"treue/rules"
	"treue/rules/features"
)

// change makes another customer of the regular one.
type change = func(*features.Snapshot)

func changed(by change) *features.Snapshot {
	s := regular()
	if by != nil {
		by(s)
	}
	return s
}

// ordered adds an order so many days before the evaluation.
func ordered(daysAgo int, cents int64) change {
	return func(s *features.Snapshot) {
		s.History.Orders = append(s.History.Orders, features.OrderEvent{Day: evaluated() - features.Day(daysAgo), Revenue: cents})
	}
}

func subscribed(from, to string) change {
	date := func(text string) features.Day {
		if text == "" {
			return features.NoDay
		}
		return day(text)
	}
	return func(s *features.Snapshot) { s.SubscribedOn, s.SubscriptionEndsOn = date(from), date(to) }
}

// formulaCases are the values of the fields that are computed; nil is unknown.
var formulaCases = []struct {
	field string
	by    change
	want  any
}{
	{"orders_30d", nil, 0.0},
	{"orders_30d", ordered(30, 100), 1.0},
	{"orders_30d", ordered(31, 100), 0.0},
	{"orders_90d", ordered(90, 100), 1.0},
	{"orders_90d", ordered(91, 100), 0.0},
	{"orders_365d", nil, 2.0},
	{"orders_365d", ordered(365, 100), 3.0},
	{"orders_365d", func(s *features.Snapshot) { s.History = nil }, 0.0},
	{"days_since_delivery", nil, 97.0},
	{"days_since_delivery", func(s *features.Snapshot) { s.LastDeliveryOn = features.NoDay }, nil},
	{"days_since_first_order", nil, 721.0},
	{"days_since_first_order", func(s *features.Snapshot) { s.FirstOrderOn = features.NoDay }, nil},
	{"days_since_last_order", nil, 100.0},
	{"days_since_last_order", func(s *features.Snapshot) { s.LastOrderOn = evaluated() }, 0.0},
	{"days_since_last_order", func(s *features.Snapshot) { s.LastOrderOn = features.NoDay }, nil},
	{"days_between_orders", nil, 207.0},
	{"days_between_orders", func(s *features.Snapshot) { s.RepeatDays = 0 }, nil},
	{"days_between_orders", func(s *features.Snapshot) { s.RepeatDays, s.LastOrderOn = 0, s.FirstOrderOn }, nil},
	{"overdue_factor", nil, 1.25},
	{"overdue_factor", func(s *features.Snapshot) { s.Rhythm = math.NaN() }, nil},
	{"overdue_factor", func(s *features.Snapshot) { s.LastOrderOn = features.NoDay }, nil},
	{"revenue_365d", nil, 185.0},
	{"revenue_365d", ordered(365, -50), 184.5},
	{"revenue_365d", func(s *features.Snapshot) { s.History = nil }, 0.0},
	{"average_order_value", nil, 80.0},
	{"average_order_value", func(s *features.Snapshot) { s.Orders, s.Revenue = 0, 0 }, nil},
	{"average_order_value", func(s *features.Snapshot) { s.Revenue = math.Inf(1) }, nil},
	{"discount_share", nil, 0.25},
	{"discount_share", func(s *features.Snapshot) { s.DiscountedOrders = 4 }, 1.0},
	{"discount_share", func(s *features.Snapshot) { s.Orders, s.DiscountedOrders = 0, 0 }, nil},
	{"refund_rate", nil, 0.2},
	{"refund_rate", func(s *features.Snapshot) { s.Revenue, s.Refunded = 0, 80 }, 1.0},
	{"refund_rate", func(s *features.Snapshot) { s.Revenue, s.Refunded = 0, 0 }, nil},
	{"clv", nil, 120.0},
	{"clv", func(s *features.Snapshot) { s.CLVHistoric = math.NaN() }, nil},
	{"clv", func(s *features.Snapshot) { s.CLVPredicted = math.NaN() }, nil},
	{"clv", func(s *features.Snapshot) { s.CLVHistoric, s.CLVPredicted = math.MaxFloat64, math.MaxFloat64 }, nil},
	{"clv_change_90d", nil, -0.2},
	{"clv_change_90d", func(s *features.Snapshot) { s.CLV90dAgo = -40 }, 4.0}, // a rise from a loss is no fall
	{"clv_change_90d", func(s *features.Snapshot) { s.CLV90dAgo = math.NaN() }, nil},
	{"clv_change_90d", func(s *features.Snapshot) { s.CLV90dAgo = 0 }, nil},
	{"clv_to_acquisition_cost", nil, 4.0},
	{"clv_to_acquisition_cost", func(s *features.Snapshot) { s.AcquisitionCost = 0 }, nil},
	{"clv_to_acquisition_cost", func(s *features.Snapshot) { s.AcquisitionCost = math.NaN() }, nil},
	{"clv_to_acquisition_cost", func(s *features.Snapshot) { s.CLVPredicted = math.NaN() }, nil},
	{"days_in_segment", nil, 10.0},
	{"days_in_segment", func(s *features.Snapshot) { s.SegmentSince = features.NoDay }, nil},
	{"account_age_days", nil, 730.0},
	{"account_age_days", func(s *features.Snapshot) { s.SignedUpOn = features.NoDay }, nil},
	{"days_until_birthday", nil, 3.0},
	{"days_until_birthday", func(s *features.Snapshot) { s.BornOn = day("2000-11-22") }, 0.0},
	{"days_until_birthday", func(s *features.Snapshot) { s.BornOn = day("2000-02-29") }, 98.0},
	{"days_until_birthday", func(s *features.Snapshot) { s.BornOn = features.NoDay }, nil},
	{"subscriber", nil, false},
	{"subscriber", subscribed("2026-01-01", ""), true},
	{"subscriber", subscribed("2026-11-22", ""), true},
	{"subscriber", subscribed("2026-11-23", ""), false},
	{"subscriber", subscribed("2026-01-01", "2026-11-23"), true},
	{"subscriber", subscribed("2026-01-01", "2026-11-22"), false},
	{"subscriber", subscribed("2026-06-01", "2026-05-01"), true}, // begun anew
	{"subscriber", subscribed("", "2026-05-01"), false},
	{"subscriber", subscribed("", ""), false},
	{"days_since_subscription_end", nil, 21.0},
	{"days_since_subscription_end", subscribed("", "2026-11-22"), 0.0},
	{"days_since_subscription_end", subscribed("2026-01-01", "2026-11-23"), nil},
	{"days_since_subscription_end", subscribed("2026-06-01", "2026-05-01"), nil},
	{"days_since_subscription_end", subscribed("2026-06-01", ""), nil},
	{"days_since_last_mail", nil, 20.0},
	{"days_since_last_mail", func(s *features.Snapshot) { s.LastMailOn = features.NoDay }, nil},
	{"days_since_last_campaign_order", nil, 100.0},
	{"days_since_last_campaign_order", func(s *features.Snapshot) { s.LastCampaignOrderOn = features.NoDay }, nil},
	{"active_campaigns", nil, 1.0},
	{"active_campaigns", func(s *features.Snapshot) { s.History = nil }, 0.0},
	{"days_since_feedback", nil, 70.0},
	{"days_since_feedback", func(s *features.Snapshot) { s.LastFeedbackOn = features.NoDay }, nil},
	{"points", nil, 200.5},
	{"points", func(s *features.Snapshot) { s.History = nil }, 0.0},
}

func TestFormulas(t *testing.T) {
	t.Parallel()
	for _, test := range formulaCases {
		f, found := rules.Lookup(test.field)
		if !found || f.Formula == "" {
			t.Fatalf("%s is no field with a formula", test.field)
		}
		if got := f.Value(changed(test.by), evaluated()); got != test.want {
			t.Errorf("%s: got %v, want %v", test.field, got, test.want)
		}
	}
}

// TestFormulasAreAllTested holds that each has a known value above and, unless it is always known, an unknown one.
func TestFormulasAreAllTested(t *testing.T) {
	t.Parallel()
	for _, f := range rules.Fields() {
		known, unknown := false, false
		for _, test := range formulaCases {
			known = known || test.field == f.Name && test.want != nil
			unknown = unknown || test.field == f.Name && test.want == nil
		}
		if f.Formula != "" && (!known || unknown == (f.UnknownWhen == "never")) {
			t.Errorf("%s: known value %v, unknown value %v, unknown when: %s", f.Name, known, unknown, f.UnknownWhen)
		}
	}
}

// TestFieldsOfRulesAreThoseOfFeatures adds accessors to the vocabulary and nothing else.
func TestFieldsOfRulesAreThoseOfFeatures(t *testing.T) {
	t.Parallel()
	described, usable := features.Fields(), rules.Fields()
	if len(described) != len(usable) {
		t.Fatalf("%d fields described, %d usable", len(described), len(usable))
	}
	for i, f := range usable {
		set := 0
		for _, present := range []bool{f.Number != nil, f.Text != nil, f.Boolean != nil, f.List != nil} {
			if present {
				set++
			}
		}
		if set != 1 || f.Name != described[i].Name || f.Formula != described[i].Formula || f.Type != described[i].Type {
			t.Errorf("%s: %d accessors", f.Name, set)
		}
		if _, found := rules.Lookup(f.Name); !found {
			t.Errorf("%s is not found by its name", f.Name)
		}
		if text, known := f.Format(stranger(), evaluated()); known != (f.UnknownWhen == "never") && f.Name != "margin" {
			t.Errorf("%s of a stranger reads %s; it is unknown %s", f.Name, text, f.UnknownWhen)
		}
	}
}

// TestHiddenFieldsStayHidden: formulas read them, rules do not.
func TestHiddenFieldsStayHidden(t *testing.T) {
	t.Parallel()
	hidden := 0
	for _, f := range features.Everything() {
		if !f.Hidden {
			continue
		}
		hidden++
		if _, found := rules.Lookup(f.Name); found {
			t.Errorf("%s is found", f.Name)
		}
		if _, err := rules.Compile("known(" + f.Name + ")"); err == nil {
			t.Errorf("a rule reads %s", f.Name)
		}
		if slices.ContainsFunc(features.Fields(), func(other features.Field) bool { return other.Name == f.Name }) {
			t.Errorf("%s is listed", f.Name)
		}
	}
	for _, call := range []string{"open_entries()", "points_held()", "unknown()"} {
		if _, err := rules.Compile(call + " == 1"); err == nil {
			t.Errorf("a rule calls %s", call)
		}
	}
	if hidden == 0 {
		t.Error("no field is hidden")
	}
}

// TestFormulasDoNotAllocate, whatever they read.
func TestFormulasDoNotAllocate(t *testing.T) {
	for _, s := range []*features.Snapshot{regular(), stranger()} {
		for _, f := range rules.Fields() {
			if f.Formula == "" {
				continue
			}
			read := func() { f.Number(s, evaluated()) }
			if f.Type == features.Boolean {
				read = func() { f.Boolean(s, evaluated()) }
			}
			if n := testing.AllocsPerRun(20, read); n != 0 {
				t.Errorf("%s: %.0f allocations", f.Name, n)
			}
		}
	}
}
