package rules_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"treue/rules"
	"treue/rules/features"
)

// eventCases are rules over the events of the regular customer.
var eventCases = []struct {
	rule string
	by   change
	want bool
}{
	{`bought_product("E-1") && bought_product("T-1")`, nil, true},
	{`bought_product("e-1") || bought_product("E")`, nil, false}, // an id is taken as it stands
	{`bought_with("ROAST", "Dunkel") && bought_with("size", "1 KG")`, nil, true},
	{`bought_with("roast", "hell") || bought_with("color", "dunkel")`, nil, false},
	{`bought_within("kaffee", 100)`, nil, true},
	{`bought_within("kaffee", 99)`, nil, false},
	{`bought_within("Geräte > Mühlen", 365)`, nil, false},
	{`days_since_bought("Kaffee > Bohnen") == 100`, nil, true},
	{`days_since_bought("Geräte>Mühlen") == 539`, nil, true},
	{`days_since_bought("Tee") in 0..36525`, nil, false},
	{`known(days_since_bought("Tee"))`, nil, false},
	{`units_bought("Kaffee", 365) == 5.5`, nil, true},
	{`units_bought("Tee", 365) == 0`, nil, true},
	{`times_bought("Kaffee", 365) == 2 && times_bought("Kaffee", 99) == 0`, nil, true},
	{`spent_on("Kaffee", 365) == 175 && spent_on("Geräte", 538) == 0 && spent_on("Geräte", 539) == 75`, nil, true},
	{`spent_within(365) == 185 && spent_within(99) == 0 && spent_within(36525) == 320`, nil, true},
	{`orders_within(100) == 1 && orders_within(0) == 0`, nil, true},
	{`orders_within(0) == 1`, ordered(0, 100), true},
	{`orders_within(7) == 0`, ordered(-1, 100), true}, // tomorrow is not within the last days
	// 621 days between the first and the last purchase, 5 units used up in them, 2.5 bought last, 100 days ago.
	{`due_in("Kaffee") == 210.5`, nil, true},
	{`known(due_in("Geräte"))`, nil, false}, // bought once
	{`known(due_in("Tee"))`, nil, false},
	{`known(due_in("Kaffee"))`, func(s *features.Snapshot) {
		for i := range s.History.Lines {
			s.History.Lines[i].Day = day("2026-08-14")
		}
	}, false},
	{`due_in("Kaffee") == -100`, func(s *features.Snapshot) { s.History.Lines[4].Units = 0 }, true}, // nothing is left
	{`crossed("revenue", 300, 100)`, nil, true},
	{`crossed("revenue", 300, 99)`, nil, false},
	{`crossed("revenue", 235, 100)`, nil, false}, // was there before
	{`crossed("revenue", 320, 100)`, nil, true},  // reached exactly
	{`crossed("revenue", 320.01, 100)`, nil, false},
	{`crossed("orders", 4, 100) && !crossed("orders", 3, 100) && !crossed("orders", 5, 100)`, nil, true},
	{`crossed("revenue", 300, 100)`, func(s *features.Snapshot) { s.History = nil }, false},
	{`received("refill", 20)`, nil, true},
	{`received("refill", 19) || received("Refill", 99) || received("birthday", 365)`, nil, false},
	{`received("winback-90", 365) && !in_campaign("winback-90")`, nil, true},
	{`in_campaign("refill")`, nil, true},
	{`points_expiring_within(8) == 120.5 && points_expiring_within(7) == 0`, nil, true},
	{`points_expiring_within(36525) == 120.5`, nil, true}, // others stay or have expired
	{`birthday_within(3)`, nil, true},
	{`birthday_within(2)`, nil, false},
	{`birthday_within(0)`, func(s *features.Snapshot) { s.BornOn = day("1988-11-22") }, true},
	{`birthday_within(364)`, func(s *features.Snapshot) { s.BornOn = day("1988-11-21") }, true},
	{`birthday_within(363)`, func(s *features.Snapshot) { s.BornOn = day("1988-11-21") }, false},
	{`birthday_within(36525)`, func(s *features.Snapshot) { s.BornOn = features.NoDay }, false},
	{`anniversary_within(9) && !anniversary_within(8)`, nil, true},
	{`anniversary_within(0)`, func(s *features.Snapshot) { s.FirstOrderOn = evaluated() }, false}, // not a year yet
	{`anniversary_within(36525)`, func(s *features.Snapshot) { s.FirstOrderOn = features.NoDay }, false},
	{`days_until_anniversary(signed_up_at) == 0`, nil, true},
	{`days_until_anniversary(date("2024-02-29")) == 98`, nil, true},
	{`known(days_until_anniversary(birthday))`, func(s *features.Snapshot) { s.BornOn = features.NoDay }, false},
	{`was_in_segment("champions", 100)`, nil, true},
	{`was_in_segment("loyal", 30)`, nil, true},
	{`was_in_segment("at_risk", 101)`, nil, true},
	{`was_in_segment("champions", 101)`, nil, false},
	{`was_in_segment("loyal", 30)`, func(s *features.Snapshot) { s.History.Cuts = nil }, false},
	{`was_in_segment("new", 720)`, nil, true},
	{`was_in_segment("new", 722) || was_in_segment("new", 36525)`, nil, false},
	{`in_segment("at_risk") && !in_segment("champions")`, nil, true},
	{`in_segment("at_risk")`, func(s *features.Snapshot) { s.Segment = "" }, false},
}

func TestEventFunctions(t *testing.T) {
	t.Parallel()
	for _, test := range eventCases {
		if got := compile(t, test.rule).Match(changed(test.by), evaluated()); got != test.want {
			t.Errorf("%s: got %v, want %v", test.rule, got, test.want)
		}
	}
}

// TestEventFunctionsOfNothing: counts and sums of no events are 0, days are unknown, and nothing was.
func TestEventFunctionsOfNothing(t *testing.T) {
	t.Parallel()
	all := []string{
		`!bought_product("E-1")`, `!bought_with("roast", "hell")`, `!bought_within("Kaffee", 99)`, `!known(days_since_bought("Kaffee"))`,
		`!known(due_in("Kaffee"))`, `units_bought("Kaffee", 99) == 0`, `times_bought("Kaffee", 99) == 0`, `spent_on("Kaffee", 99) == 0`,
		`spent_within(99) == 0`, `orders_within(99) == 0`, `!crossed("revenue", 1, 99)`, `!crossed("orders", 1, 99)`, `!received("refill", 99)`,
		`!in_campaign("refill")`, `points_expiring_within(99) == 0`, `!was_in_segment("new", 9)`, `!birthday_within(366)`, `!anniversary_within(366)`,
		`!in_segment("new")`,
	}
	for _, source := range all {
		for name, history := range map[string]*features.History{"no history": nil, "an empty history": {}, "only cuts": {Cuts: regular().History.Cuts}} {
			s := stranger()
			s.History = history
			if !compile(t, source).Match(s, evaluated()) {
				t.Errorf("%s does not hold with %s", source, name)
			}
		}
	}
}

// TestWindowsHaveBounds: a number of days is whole, written out, and between today and a century.
func TestWindowsHaveBounds(t *testing.T) {
	t.Parallel()
	windows := 0
	for _, f := range rules.Functions() {
		if !strings.Contains(f.Signature, "days)") {
			continue
		}
		windows++
		call := func(days string) string {
			comma := strings.LastIndexAny(f.Example[:strings.Index(f.Example, ")")], ",(")
			return f.Example[:comma+1] + days + f.Example[strings.Index(f.Example, ")"):]
		}
		for _, days := range []string{"0", "1", "36525", "1_000"} {
			if _, err := rules.Compile(call(days)); err != nil {
				t.Errorf("%s: %v", call(days), err)
			}
		}
		for _, days := range []string{"-1", "0.5", "36526", "1e9", "2e0", "NaN", "orders", "9223372036854775807", `"7"`, "1+1", "-0.0"} {
			if _, err := rules.Compile(call(days)); err == nil {
				t.Errorf("%s compiles", call(days))
			}
		}
	}
	if windows < 12 {
		t.Errorf("only %d functions with days", windows)
	}
}

// TestUnknownDateStaysUnknown in every function of dates.
func TestUnknownDateStaysUnknown(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"days_since", "days_until_anniversary", "year", "month", "day", "weekday"} {
		source := fmt.Sprintf("known(%s(birthday))", name)
		rule := compile(t, source)
		if !rule.Match(regular(), evaluated()) || rule.Match(stranger(), evaluated()) {
			t.Errorf("%s: wrong for one of two customers", source)
		}
	}
}

func TestComposedFunctionsExplainThemselves(t *testing.T) {
	t.Parallel()
	rule := compile(t, `due_in("Kaffee") in 0..7 && !was_in_segment("loyal", 30) && crossed("revenue", 300, 7) && in_segment("at_risk") && spent_within(365) > points`)
	want := []string{
		`due_in("Kaffee") in 0..7: no (due_in("Kaffee") = 210.5)`,
		`!was_in_segment("loyal", 30): no (was_in_segment("loyal", 30) = true)`,
		`crossed("revenue", 300, 7): no (crossed("revenue", 300, 7) = false)`,
		`in_segment("at_risk"): yes (in_segment("at_risk") = true)`,
		`spent_within(365) > points: no (spent_within(365) = 185, points = 200.5)`,
	}
	for i, term := range rule.Explain(regular(), evaluated()) {
		if term.String() != want[i] {
			t.Errorf("got  %s\nwant %s", term, want[i])
		}
	}
	unknown := compile(t, `due_in("Tee") < 7`).Explain(regular(), evaluated())[0]
	if unknown.Values[0].Known || unknown.Values[0].Value != "unknown" {
		t.Errorf("got %s", unknown)
	}
}

// TestNeedsNameWhatEvaluationReads, so that nothing more is loaded.
func TestNeedsNameWhatEvaluationReads(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rule string
		want rules.Needs
	}{
		{`orders > 1 && consent && orders < 9`, rules.Needs{Columns: []string{"orders", "consent"}}},
		{`overdue_factor > 2`, rules.Needs{Columns: []string{"last_order_on", "rhythm"}}},
		{`clv_change_90d < 0`, rules.Needs{Columns: []string{"clv_historic", "clv_predicted", "clv_90d_ago"}}},
		{`bought("Tee") || has_tag("abo")`, rules.Needs{Columns: []string{"categories", "tags"}}},
		{`orders_30d > 0 && bought_within("Tee", 9)`, rules.Needs{Events: []features.Events{features.OrderEvents, features.LineEvents}}},
		{`bought_with("roast", "hell")`, rules.Needs{Events: []features.Events{features.LineEvents}, Attributes: true}},
		{`crossed("revenue", 500, 7)`, rules.Needs{Columns: []string{"revenue"}, Events: []features.Events{features.OrderEvents}}},
		{`in_segment("new") && points > 0`, rules.Needs{Columns: []string{"segment"}, Events: []features.Events{features.PointEvents}}},
		{`received("a", 9) && active_campaigns == 0`, rules.Needs{Events: []features.Events{features.ContactEvents, features.EntryEvents}}},
		{`was_in_segment("new", 9)`, rules.Needs{Events: []features.Events{features.OrderEvents}, Cuts: true}},
		{`birthday_within(3)`, rules.Needs{Columns: []string{"born_on"}}},
		{`today() > date("2026-01-01")`, rules.Needs{}},
	} {
		got := compile(t, test.rule).Needs()
		if fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%s: got %+v, want %+v", test.rule, got, test.want)
		}
	}
}

// TestRulesReadNothingBesideTheirNeeds blanks every other column and takes every other event away.
func TestRulesReadNothingBesideTheirNeeds(t *testing.T) {
	t.Parallel()
	sources := realistic()
	for _, f := range rules.Fields() {
		sources = append(sources, f.Example)
	}
	for _, f := range rules.Functions() {
		sources = append(sources, f.Example)
	}
	for _, source := range sources {
		rule := compile(t, source)
		if got, want := rule.Match(only(rule.Needs()), evaluated()), rule.Match(regular(), evaluated()); got != want {
			t.Errorf("%s: %v with what it needs alone, %v with all", source, got, want)
		}
	}
}

func only(needs rules.Needs) *features.Snapshot {
	s, full := stranger(), regular()
	for _, c := range features.Columns() {
		if !strings.Contains(" "+strings.Join(needs.Columns, " ")+" ", " "+c.Name+" ") {
			continue
		}
		switch {
		case c.Count != nil:
			*c.Count(s) = *c.Count(full)
		case c.Amount != nil:
			*c.Amount(s) = *c.Amount(full)
		case c.Word != nil:
			*c.Word(s) = *c.Word(full)
		case c.Day != nil:
			*c.Day(s) = *c.Day(full)
		case c.Flag != nil:
			*c.Flag(s) = *c.Flag(full)
		case c.Words != nil:
			*c.Words(s) = *c.Words(full)
		}
	}
	s.History = &features.History{}
	for _, e := range needs.Events {
		switch e {
		case features.OrderEvents:
			s.History.Orders = full.History.Orders
		case features.LineEvents:
			s.History.Lines = slices.Clone(full.History.Lines)
			for i := range s.History.Lines {
				if !needs.Attributes {
					s.History.Lines[i].Attributes = nil
				}
			}
		case features.ContactEvents:
			s.History.Contacts = full.History.Contacts
		case features.EntryEvents:
			s.History.Entries = full.History.Entries
		case features.PointEvents:
			s.History.Points = full.History.Points
		}
	}
	if needs.Cuts {
		s.History.Cuts = full.History.Cuts
	}
	return s
}

// TestArithmeticOfMeasuresStaysFinite where amounts are absurd.
func TestArithmeticOfMeasuresStaysFinite(t *testing.T) {
	t.Parallel()
	s := regular()
	s.Revenue = math.MaxFloat64
	for i := range s.History.Orders {
		s.History.Orders[i].Revenue = math.MinInt64 / 8
	}
	for _, source := range []string{`spent_within(365) * 1e308 < 0`, `spent_within(365) * 1e308 > 0`, `known(spent_within(365) * 1e308)`} {
		if compile(t, source).Match(s, evaluated()) {
			t.Errorf("%s holds", source)
		}
	}
	if !compile(t, `spent_within(365) < 0 && known(spent_within(365))`).Match(s, evaluated()) {
		t.Error("a sum of large amounts is lost")
	}
}
