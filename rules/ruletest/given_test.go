package ruletest

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"treue/rules"
	"treue/rules/features"
)

// TestEveryFieldCanBeGiven gives each field of the vocabulary alone and compares it with that very value.
func TestEveryFieldCanBeGiven(t *testing.T) {
	t.Parallel()
	for _, f := range rules.Fields() {
		var given, rule string
		switch f.Type {
		case features.Number:
			given, rule = f.Name+": 3", f.Name+" == 3"
			if f.Unit == features.Share {
				given, rule = f.Name+": 0.25", f.Name+" == 0.25"
			}
		case features.Date:
			given, rule = f.Name+": 2026-01-31", f.Name+` == date("2026-01-31")`
		case features.Text:
			v := "a"
			if f.Name == "segment" {
				v = "loyal"
			}
			given, rule = f.Name+": "+v, fmt.Sprintf("%s == %q", f.Name, v)
		case features.Boolean:
			given, rule = f.Name+": true", f.Name
		case features.List:
			given, rule = f.Name+": [b, a]", fmt.Sprintf("%q in %s && len(%s) == 2", "a", f.Name, f.Name)
		}
		if !matches(t, rule, "given: {"+given+"}") {
			t.Errorf("%s: %s does not hold", given, rule)
		}
	}
}

// TestGivenTogether solves for what follows from several fields, exactly where that is possible.
func TestGivenTogether(t *testing.T) {
	t.Parallel()
	for given, rule := range map[string]string{
		"orders: 3, average_order_value: 40": "revenue == 120 && average_order_value >= 40",
		"orders: 4, discount_share: 0.5":     "discount_share == 0.5 && orders == 4",
		"revenue: 70, refund_rate: 0.3":      "refund_rate == 0.3 && revenue == 70",
		"days_since_first_order: 300, days_since_last_order: 100, days_between_orders: 100": "days_between_orders == 100 && days_since_first_order == 300",
		"clv_historic: 100, clv: 130":                                          "clv_predicted == 30",
		"clv: 130, clv_predicted: 30":                                          "clv_historic == 100",
		"clv: 80, clv_change_90d: -0.2":                                        "clv_change_90d <= -0.2 && clv == 80",
		"clv: 10, clv_to_acquisition_cost: 0.5":                                "acquisition_cost == 20",
		"days_since_last_order: 90, overdue_factor: 3":                         "expected_days_between_orders == 30",
		"expected_days_between_orders: 30, overdue_factor: 3":                  "days_since_last_order == 90",
		"subscriber: true, subscription_started_at: 2025-01-01":                "subscriber",
		"subscriber: false":                                                    "!subscriber",
		"subscriber: false, subscription_started_at: 2025-01-01":               "!subscriber",
		"days_since_subscription_end: 12, subscription_started_at: 2025-01-01": "subscription_ended_at == date(\"2026-03-19\") && !subscriber",
		"orders_30d: 1, orders_90d: 3, orders_365d: 5, revenue_365d: 123.45":   "orders_30d == 1 && orders_90d == 3 && orders_365d == 5 && revenue_365d == 123.45 && orders_within(30) == 1",
		"orders_30d: 0":                        "orders_30d == 0 && orders_365d == 0 && spent_within(9) == 0",
		"revenue_365d: 99.5":                   "revenue_365d == 99.5 && spent_within(365) == 99.5",
		"days_until_birthday: 3":               "days_until_birthday in 1..3",
		"points: 120.5, active_campaigns: 2":   "points == 120.5 && active_campaigns == 2",
		"days_in_segment: 7, segment: at_risk": "days_in_segment == 7 && in_segment(\"at_risk\")",
		"days_since_last_order: null":          "!known(days_since_last_order)",
	} {
		if !matches(t, rule, "given: {"+given+"}") {
			t.Errorf("%s: %s does not hold", given, rule)
		}
	}
}

// TestGivenIsRead holds that whatever number a formula is given, it is read as that number.
func TestGivenIsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"clv", "average_order_value", "overdue_factor", "days_since_last_order", "account_age_days", "days_until_birthday", "orders_90d", "revenue_365d", "points"}).Draw(t, "field")
		f, _ := rules.Lookup(name)
		v := float64(rapid.IntRange(0, 36500).Draw(t, "value"))
		switch {
		case name == "days_until_birthday":
			v = math.Mod(v, 365)
		case name == "orders_90d":
			v = math.Mod(v, 1000)
		case !f.Whole:
			v = (v + 1) / 100
		}
		c := testCase{given: []datum{{field: f, value: value{number: v}}}}
		u, err := newCustomer(&c, defaultDay())
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Number(&u.Snapshot, defaultDay()); math.Abs(got-v) > 1e-9*max(1, v) {
			t.Fatalf("%s is %v, was given %v", name, got, v)
		}
	})
}

// TestWrongFiles names the line, and the nearest right word, of what cannot be.
func TestWrongFiles(t *testing.T) {
	t.Parallel()
	const head = "today: 2026-03-31\ntests:\n- rule: orders >= 2 && revenue > 1 && spent_within(7) >= 0 && month(birthday) < 13\n  cases:\n  - given:\n"
	for _, test := range []struct {
		source string
		line   int
		want   string
	}{
		{"", 1, "holds no test"},
		{"# nothing\n", 1, "holds no test"},
		{"tests: [", 1, "not YAML"},
		{"\xff", 0, "UTF-8"},
		{strings.Repeat("[", 300), 1, "nested"},
		{"just text", 1, "keys and values"},
		{"today: 2026-03-31", 1, "has no tests"},
		{"today: soon\ntests: []", 1, "not a date"},
		{"today: -3d\ntests: []", 1, "not a date"},
		{"tests:\n- rule: orders > 1\n  csaes: []", 3, "did you mean `cases`?"},
		{"tests:\n- rule: orders > 1\n  rule: orders > 2", 3, "already defined"},
		{"tests:\n- rule: orders > 1\n  cases: []", 2, "has no cases"},
		{"tests:\n- cases:\n  - {expect: true}", 2, "either a rule or a campaign"},
		{"tests:\n- rule: a\n  campaign: b\n  cases: [{expect: true}]", 2, "either a rule or a campaign"},
		{"tests:\n- rule:\n  cases: [{expect: true}]", 2, "no value"},
		{"tests:\n- rule: orders > 1\n  cases:\n  - {given: {orders: 1}}", 4, "what it expects"},
		{"tests:\n- rule: orders > 1\n  cases:\n  - {expect: yes}", 4, "true or false"},
		{"segments: {a: }\ntests: []", 1, "has no rule"},
		{head + "      ordres: 3", 6, "orders"},
		{head + "      bestellungen: 3", 6, "did you mean `orders`?"},
		{head + "      zzzzzz: 3", 6, "treue rules fields"},
		{head + "      orders: three", 6, `orders: a number is needed here, and this is the text "three"`},
		{head + "      orders: \"3\"", 6, "a number is needed"},
		{head + "      orders: 2.5", 6, "whole number"},
		{head + "      orders: -1", 6, "cannot be -1"},
		{head + "      orders: null", 6, "never unknown"},
		{head + "      consent: yes", 6, "write true or false"},
		{head + "      postcode: 20095", 6, "put it in quotes"},
		{head + "      tier: e", 6, "it is one of a, b, c, d"},
		{head + "      tags: vip", 6, "list"},
		{head + "      last_order_at: 31.03.2026", 6, "not a date"},
		{head + "      last_order_at: -1000000d", 6, "not a date"},
		{head + "      orders: 2\n      discount_share: 0.3", 7, "does not go with"},
		{head + "      days_since_last_order: 5\n      last_order_at: 2026-01-01", 6, "does not go with"},
		{head + "      orders_30d: 3\n      orders_90d: 2", 7, "does not go with"},
		{head + "      clv: null\n      clv_historic: 1\n      clv_predicted: 1", 6, "does not go with"},
		{head + "      average_order_value: 40", 5, "reads orders, which average_order_value alone leaves open"},
		{head + "      orders: 3\n      orders_30d: 2", 5, "reads events that orders_30d alone leaves open"},
		{head + "      days_until_birthday: 3", 5, "reads birthday"},
		{"tests:\n- rule: was_in_segment(\"new\", 3)\n  cases: [{expect: true}]", 3, "cuts"},
	} {
		source := test.source
		if strings.HasPrefix(source, head) {
			source += "\n    expect: true"
		}
		f, err := Parse("x.yaml", []byte(source))
		if err == nil {
			_, err = f.Run(Options{})
		}
		var wrong *FileError
		if !errors.As(err, &wrong) || wrong.Line != test.line || wrong.File != "x.yaml" || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want line %d and %q", test.source, err, test.line, test.want)
		}
	}
}

func TestWrongHistories(t *testing.T) {
	t.Parallel()
	for history, want := range map[string]string{
		"ordrs: []": "did you mean `orders`?", "orders: {}": "list", "orders: [{total: 3}]": "has no day", "orders: [{days_ago: -3}]": "after today",
		"orders: [{days_ago: 1.5}]": "whole number", "orders: [{days_ago: 1, totl: 3}]": "did you mean `total`?", "orders: [{days_ago: 1, total: 1000000000000000}]": "too large",
		"orders: [{days_ago: 1, lines: [{quantity: two}]}]": "number", "orders: [{days_ago: 1, lines: [{attributes: {roast: }}]}]": "no value",
		"mails: [{campaign: x}]": "has no day", "mails: [{on: +3d}]": "after today", "mails: [{campaign: 3}]": "text", "points: [{expires_in: 3}]": "how many points",
		"points: [{points: many}]": "number", "campaigns: [[x]]": "text", "cuts: {recency: [1, 2, 3, 4]}": "order of scores", "cuts: {frequency: [1, 2, 3]}": "four cuts",
		"cuts: {frequency: [1, 2, 3, 4]}": "recency and frequency", "orders: [{days_ago: 100000000}]": "whole number",
	} {
		_, err := Parse("x.yaml", []byte("- rule: orders > 1\n  cases:\n  - history: {"+history+"}\n    expect: true"))
		var wrong *FileError
		if !errors.As(err, &wrong) || wrong.Line != 3 || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want line 3 and %q", history, err, want)
		}
	}
}

// FuzzParse holds that no file crashes the reader or the run.
func FuzzParse(f *testing.F) {
	f.Add([]byte(shopFile))
	f.Add([]byte("tests:\n- {rule: clv > 3, cases: [{given: {clv: 9e99, overdue_factor: -1}, history: {cuts: }, expect: true}]}"))
	f.Add([]byte("&a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse("x.yaml", data)
		if err == nil {
			_, err = file.Run(Options{})
		}
		var wrong *FileError
		if err != nil && !errors.As(err, &wrong) {
			t.Errorf("%v is no *FileError", err)
		}
	})
}
