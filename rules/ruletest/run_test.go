package ruletest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"treue/rules"
)

// parsed reads a file that must be good.
func parsed(t *testing.T, source string) *File {
	t.Helper()
	f, err := Parse("shop.yaml", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// outcomes runs a file and says of each case, in order, whether the rule matched.
func outcomes(t *testing.T, source string, o Options) []bool {
	t.Helper()
	r, err := parsed(t, source).Run(o)
	if err != nil {
		t.Fatal(err)
	}
	var got []bool
	for _, c := range r.Cases {
		got = append(got, c.Got)
	}
	return got
}

// matches runs one rule on one customer.
func matches(t *testing.T, rule, customer string) bool {
	t.Helper()
	return outcomes(t, fmt.Sprintf("today: 2026-03-31\ntests:\n- rule: |\n    %s\n  cases:\n  - %s\n    expect: true\n", rule, customer), Options{})[0]
}

const shopFile = `
segments:
  kaffeefans: bought("Bohnen") && orders >= 3
today: 2026-03-31
tests:
  - name: quiet regular
    rule: orders >= 2 && days_since_last_order > 90
    cases:
      - name: away for long
        given: {orders: 3, days_since_last_order: 120}
        history:
          orders: [{days_ago: 120, total: 49.90, lines: [{category: Kaffee > Bohnen, product: A-1, quantity: 2, price: 12.5, attributes: {roast: hell}}]}]
          mails: [{days_ago: 3, campaign: winback-90}]
          campaigns: [winback-90]
          points: [{points: 200, expires_in: 30}]
        expect: true
      - given: {orders: 3, days_since_last_order: 90}
        expect: true
  - rule: in_segment("kaffeefans")
    cases:
      - {given: {orders: 3, categories: [Bohnen]}, expect: true}
      - {given: {orders: 3}, expect: false}
---
---
- rule: in_segment("stammkunden")
  cases:
    - given: {orders: 5}
      expect: true
---
rule: today() == date("2026-01-01")
cases: [{given: {}, expect: true}, {expect: true}]
`

// TestFileOfManyForms runs documents, a list and a test alone, with segments of the file and of the shop.
func TestFileOfManyForms(t *testing.T) {
	t.Parallel()
	f := parsed(t, shopFile)
	r, err := f.Run(Options{Segments: map[string]string{"stammkunden": "orders >= 5", "kaffeefans": "orders > 100"}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Passed != 6 || r.Failed != 1 || len(r.Cases) != 7 {
		t.Errorf("passed %d, failed %d of %d", r.Passed, r.Failed, len(r.Cases))
	}
	c := r.Cases[1]
	want := "the rule does not match, but should:\n  orders >= 2: yes (orders = 3)\n  days_since_last_order > 90: no (days_since_last_order = 90)"
	if c.Passed || c.Message() != want || c.Name != "2" || c.Test != "quiet regular" || c.Line != 17 || c.File != "shop.yaml" {
		t.Errorf("the failing case: %+v\n%s", c, c.Message())
	}
	if got := strings.Join(c.Given, ", "); got != "orders: 3, days_since_last_order: 90" {
		t.Errorf("given %s", got)
	}
	if r.Cases[0].Name != "away for long" || r.Cases[0].Message() != "" || r.Cases[2].Test != `in_segment("kaffeefans")` {
		t.Errorf("names: %+v", r.Cases[:3])
	}
	if got := f.Segments(); !slices.Equal(got, []string{"stammkunden"}) {
		t.Errorf("segments of the shop: %v", got)
	}
	var all Result
	all.Add(r)
	all.Add(r)
	if all.Passed != 12 || all.Failed != 2 || len(all.Cases) != 14 {
		t.Errorf("added: %d and %d", all.Passed, all.Failed)
	}
}

func TestFailureTheOtherWay(t *testing.T) {
	t.Parallel()
	r, err := parsed(t, "- rule: orders >= 2 && !known(country)\n  cases: [{given: {orders: 2}, expect: false}]").Run(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Cases[0].Message(); !strings.HasPrefix(got, "the rule matches, but should not:\n  orders >= 2: yes") || !strings.Contains(got, "country = unknown") {
		t.Errorf("message: %s", got)
	}
}

func TestAudienceOfACampaign(t *testing.T) {
	t.Parallel()
	const source = "- campaign: back.yaml\n  cases: [{given: {orders: 2}, expect: true}]"
	f := parsed(t, source)
	if got := f.Campaigns(); !slices.Equal(got, []string{"back.yaml"}) {
		t.Errorf("campaigns: %v", got)
	}
	audience := func(rule string, err error) Options {
		return Options{Audience: func(file, campaign string) (string, error) {
			if file != "shop.yaml" || campaign != "back.yaml" {
				t.Errorf("asked for %s in %s", campaign, file)
			}
			return rule, err
		}}
	}
	if got := outcomes(t, source, audience("orders >= 2", nil)); !got[0] {
		t.Error("the audience does not match")
	}
	for what, o := range map[string]Options{
		"no campaigns": {}, "an absent file": audience("", errors.New("absent.yaml: no such file")), "a broken rule": audience("ordrs > 1", nil),
	} {
		var wrong *FileError
		if _, err := f.Run(o); !errors.As(err, &wrong) || wrong.Line != 1 || wrong.File != "shop.yaml" {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestFaultsOfRules places the fault of a rule where it stands in the file.
func TestFaultsOfRules(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		source       string
		line, column int
	}{
		{"- rule: orders >= 2 && ordrs > 1\n  cases: [{expect: true}]", 1, 24},
		{"- rule: 'ordrs > 1'\n  cases: [{expect: true}]", 1, 10},
		{"\n\n- name: x\n  rule: |\n    orders > 1 &&\n    ordrs > 1\n  cases: [{expect: true}]", 6, 1},
	} {
		_, err := parsed(t, test.source).Run(Options{})
		var wrong *FileError
		if !errors.As(err, &wrong) || wrong.Line != test.line || wrong.Column != test.column && test.line == 1 || !strings.Contains(err.Error(), "orders") {
			t.Errorf("%q: %v", test.source, err)
		}
	}
}

// TestHistoryFeedsEveryFunction evaluates every function that reads events on events of a file.
func TestHistoryFeedsEveryFunction(t *testing.T) {
	t.Parallel()
	const customer = `history:
      cuts: {recency: [180, 90, 60, 30], frequency: [2, 3, 4, 6]}
      orders:
      - {days_ago: 130, lines: [{category: Kaffee > Bohnen, quantity: 2, price: 10}]}
      - {days_ago: 100, lines: [{category: Kaffee > Bohnen, product: A-1, quantity: 3, price: 12.5, attributes: {Roast: Hell, grind: 3}}]}
      - {on: 2026-03-30, total: 499.99, lines: [{category: Zubehör > Mühlen}]}
      mails: [{days_ago: 3, campaign: winback-90}, {days_ago: 20}, {on: -200d}]
      campaigns: [winback-90, thanks]
      points: [{points: 200, expires_in: 30}, {points: 5.5}, {points: 9, expires_on: 2026-12-31}]`
	for _, rule := range []string{
		`bought("Bohnen") || bought("Kaffee") && bought("Zubehör")`, `bought_product("A-1") && !bought_product("A-2")`, `bought_with("roast", "hell") && bought_with("grind", "3")`,
		`bought_within("Kaffee", 100) && !bought_within("Kaffee", 99)`, `days_since_bought("Kaffee") == 100`, `due_in("Kaffee") == 45 - 100`,
		`units_bought("Kaffee", 365) == 5`, `times_bought("Kaffee", 365) == 2`, `spent_on("Kaffee", 365) == 57.5`,
		`spent_within(365) == 557.49`, `orders_within(100) == 2`, `crossed("revenue", 500, 7) && crossed("orders", 3, 1)`,
		`received("winback-90", 3) && !received("winback-90", 2)`, `in_campaign("thanks") && active_campaigns == 2`,
		`points == 214.5 && points_expiring_within(30) == 200`, `was_in_segment("potential_loyalist", 50) || was_in_segment("needs_attention", 50) || was_in_segment("about_to_sleep", 50)`,
		`orders == 3 && revenue == 557.49 && last_order_value == 499.99 && average_order_value == revenue / 3`,
		`days_since_first_order == 130 && days_since_last_order == 1 && days_between_orders == 64.5`,
		`last_category == "Zubehör > Mühlen" && len(categories) == 2`, `mails_7d == 1 && mails_30d == 2 && days_since_last_mail == 3 && last_campaign == "winback-90"`,
	} {
		if !matches(t, rule, customer) {
			t.Errorf("%s does not hold", rule)
		}
	}
	if matches(t, `orders == 3`, strings.Replace(customer, "history:", "given: {orders: 7}\n    history:", 1)) {
		t.Error("the history overrides what is given")
	}
}

// TestDatesCountFromToday covers the ways to write a day.
func TestDatesCountFromToday(t *testing.T) {
	t.Parallel()
	for given, rule := range map[string]string{
		"last_order_at: 2026-03-01":       `days_since_last_order == 30`,
		"last_order_at: -120d":            `days_since_last_order == 120`,
		"subscription_ended_at: +3d":      `subscription_ended_at == date("2026-04-03")`,
		"signed_up_at: today":             `account_age_days == 0`,
		"birthday: null":                  `!known(birthday)`,
		"clv_predicted: null, country: ~": `!known(clv_predicted) && !known(country)`,
	} {
		if !matches(t, rule, "given: {"+given+"}") {
			t.Errorf("%s: %s does not hold", given, rule)
		}
	}
}

func TestNobodyIsBlank(t *testing.T) {
	t.Parallel()
	if !matches(t, "orders == 0 && revenue == 0 && points == 0 && mails_30d == 0 && !consent && !subscriber && len(tags) == 0 && !known(segment) && !known(clv) && !known(days_since_last_order)", "given: {}") {
		t.Error("a customer of whom nothing is given is not blank")
	}
	for _, f := range rules.Fields() {
		if f.UnknownWhen != "never" && f.Name != "margin" && matches(t, "known("+f.Name+")", "given: {}") {
			t.Errorf("%s is known of a customer of whom nothing is given", f.Name)
		}
	}
}
