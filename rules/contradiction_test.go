package rules_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"treue/rules"
)

// contradictions are rules that no customer satisfies: what the message quotes, and what the hint says. Where first is
// "", a condition holds for nobody on its own.
var contradictions = []struct{ rule, first, second, hint string }{
	{`orders > 5 && orders < 3`, `orders > 5 (1:1)`, `orders < 3`, "swap the two bounds, orders > 3 && orders < 5"},
	{`orders < 3 && consent && orders >= 5`, `orders < 3 (1:1)`, `orders >= 5`, "swap the two bounds, orders > 3 && orders < 5"},
	{`5 < orders && 3 > orders`, `5 < orders (1:1)`, `3 > orders`, "swap the two bounds"},
	{`10 > clv > 30`, `10 > clv (1:1)`, `clv > 30`, "swap the two bounds, clv > 10 && clv < 30"},
	{`orders > 1 && orders < 2`, `orders > 1 (1:1)`, `orders < 2`, "no whole number lies between: write orders >= 1 && orders <= 2"},
	{`orders == 1 && orders >= 2`, `orders == 1 (1:1)`, `orders >= 2`, "take one of them out"},
	{`orders == 1 && orders == 2`, `orders == 1 (1:1)`, `orders == 2`, "orders has one value at a time: write orders in [1, 2]"},
	{`orders in [1, 2] && orders in [3, 4]`, `orders in [1, 2] (1:1)`, `orders in [3, 4]`, "take one of them out"},
	{`orders in 2..5 && orders > 5`, `orders in 2..5 (1:1)`, `orders > 5`, "take one of them out"},
	{`orders >= 2 && !(orders > 1)`, `orders >= 2 (1:1)`, `!(orders > 1)`, "take one of them out"},
	{`orders != 3 && orders == 3`, `orders != 3 (1:1)`, `orders == 3`, "take one of them out"},
	{
		`last_order_at < date("2026-01-01") && last_order_at > date("2026-06-30")`, `last_order_at < date("2026-01-01") (1:1)`, `last_order_at > date("2026-06-30")`,
		`swap the two bounds, last_order_at > date("2026-01-01") && last_order_at < date("2026-06-30")`,
	},
	{`days_since(last_order_at) > 90 && days_since_last_order < 30`, `days_since(last_order_at) > 90 (1:1)`, `days_since_last_order < 30`, "swap the two bounds"},
	{`average_order_value > 50 && revenue / orders < 20`, `average_order_value > 50 (1:1)`, `revenue / orders < 20`, "swap the two bounds"},
	{`country == "DE" && country == "AT"`, `country == "DE" (1:1)`, `country == "AT"`, `country has one value at a time: write country in ["DE", "AT"]`},
	{`segment in ["loyal", "new"] && segment == "at_risk"`, `segment in ["loyal", "new"] (1:1)`, `segment == "at_risk"`, "take one of them out"},
	{`segment not in ["loyal", "new"] && segment == "new"`, `segment not in ["loyal", "new"] (1:1)`, `segment == "new"`, "take one of them out"},
	{`tier != "a" && tier in ["a"]`, `tier != "a" (1:1)`, `tier in ["a"]`, "take one of them out"},
	{`postcode startsWith "20" && postcode startsWith "22"`, `postcode startsWith "20" (1:1)`, `postcode startsWith "22"`, "join them with ||"},
	{`country == "DE" && country startsWith "A"`, `country == "DE" (1:1)`, `country startsWith "A"`, "join them with ||"},
	{`in_segment("champions") && segment == "loyal"`, `in_segment("champions") (1:1)`, `segment == "loyal"`, `segment in ["champions", "loyal"]`},
	{`was_in_segment("loyal", 30) && was_in_segment("new", 30)`, `was_in_segment("loyal", 30) (1:1)`, `was_in_segment("new", 30)`, "take one of them out"},
	{`consent && !consent`, `consent (1:1)`, `!consent`, "take one of them out"},
	{`consent == false && consent`, `!consent (1:1)`, `consent`, "take one of them out"},
	{`has_tag("abo") && !has_tag("abo")`, `has_tag("abo") (1:1)`, `!has_tag("abo")`, "take one of them out"},
	{`bought("Tee") && orders > 1 && not bought("Tee")`, `bought("Tee") (1:1)`, `!bought("Tee")`, "take one of them out"},
	{`received("a", 3) && !received("a", 3)`, `received("a", 3) (1:1)`, `!received("a", 3)`, "take one of them out"},
	{`!known(p_alive) && p_alive > 0.3`, `!known(p_alive) (1:2)`, `p_alive > 0.3`, "an unknown value satisfies no comparison"},
	{`country == "DE" && !known(country)`, `country == "DE" (1:1)`, `!known(country)`, "an unknown value satisfies no comparison"},
	{`consent && (orders == 1 && orders == 2 || clv > 3)`, `orders == 1 (1:13)`, `orders == 2`, "orders in [1, 2]"},
	{`orders == 3 && (orders == 1 || orders == 2)`, `orders == 3 (1:1)`, `orders == 1`, "orders in [3, 1]"},
	{`(clv > 3 && (consent && (orders < 2))) && orders > 4`, `orders < 2 (1:26)`, `orders > 4`, "swap the two bounds"},
	{`!(orders < 3 || consent) && consent`, `!consent (1:17)`, `consent`, "take one of them out"},
	{"orders > 5 &&\n  orders < 3", `orders > 5 (1:1)`, `orders < 3`, "swap the two bounds"},
	{`orders < 0`, "", `orders < 0`, "orders is a whole number, 0 or more"},
	{`days_since_last_order < 0`, "", `days_since_last_order < 0`, "0 or more"},
	{`orders_within(30) == -1`, "", `orders_within(30) == -1`, "orders_within(30) is a whole number, 0 or more"},
	{`overdue_factor < 0`, "", `overdue_factor < 0`, "overdue_factor is never below 0"},
	{`p_alive > 1`, "", `p_alive > 1`, "p_alive goes from 0 to 1"},
	{`feedback_score > 10`, "", `feedback_score > 10`, "feedback_score goes from 0 to 10"},
	{`recency_score in [6, 7]`, "", `recency_score in [6, 7]`, "recency_score goes from 1 to 5"},
	{`month(today()) > 12`, "", `month(today()) > 12`, "month(today()) goes from 1 to 12"},
	{`orders > 2.2 && consent || orders == 2.5`, "", `orders == 2.5`, "orders is a whole number"},
	{`!(orders >= 0)`, "", `!(orders >= 0)`, "orders is a whole number, 0 or more"},
	{`days_until_birthday > 366`, "", `days_until_birthday > 366`, "days_until_birthday goes from 0 to 366"},
	{`len(tags) < 0`, "", `len(tags) < 0`, "len(tags) is a whole number, 0 or more"},
}

func TestContradictions(t *testing.T) {
	t.Parallel()
	for _, test := range contradictions {
		fault := firstFault(t, test.rule)
		want := "no customer satisfies both " + test.first + " and " + test.second
		if test.first == "" {
			want = "no customer satisfies " + test.second
		}
		if fault.Message != want {
			t.Errorf("%s\n got %s\nwant %s", test.rule, fault.Message, want)
		}
		if !strings.Contains(fault.Hint, test.hint) {
			t.Errorf("%s: hint %q, want %q in it", test.rule, fault.Hint, test.hint)
		}
		_, err := rules.CompileWith(test.rule, rules.Options{Language: "de-AT"})
		var german *rules.Error
		if !errors.As(err, &german) || !strings.Contains(german.Message, "Kunde") || german.Hint == fault.Hint || !strings.Contains(german.Message, test.second) {
			t.Errorf("%s in German: %v", test.rule, err)
		}
	}
}

// TestNearContradictions holds that rules which only look like one compile.
func TestNearContradictions(t *testing.T) {
	t.Parallel()
	for _, rule := range []string{
		`orders >= 3 && orders <= 3`, `clv > 1 && clv < 2`, `orders == 1 || orders == 2`, `30 < clv < 60`,
		`country != "DE" && country != "AT"`, `!(country == "DE") && !known(country)`, `!(clv > 3) && !(clv <= 3)`,
		`bought("Tee") && !bought("Kaffee")`, `bought_within("Tee", 30) && !bought_within("Tee", 10)`,
		`bought_with("a b", "c") && !bought_with("a", "b c")`, `bought_within("a b", 9) && !bought_within("a > b", 9)`,
		`was_in_segment("loyal", 30) && was_in_segment("new", 60)`, `in_segment("loyal") || segment == "new"`,
		`orders == 3 && (orders == 1 || consent)`, `consent ? orders > 3 : orders < 2`, `postcode startsWith "2" && postcode startsWith "20"`,
		`postcode endsWith "1" && postcode endsWith "2"`, `spent_within(30) < 0`, `due_in("Bohnen") < 0`, `clv < 0`, `revenue < 0`,
		`crossed("orders", 5, 7) && orders == 5`, `days_since_first_order > 90 && days_since_last_order < 30`, `true`, `1 == 2`, `!(orders >= 0 && consent)`, `consent ? orders < 0 : clv > 3`,
		`channel > "a" && channel < "b"`, `len(tags) == 0`, `month(first_order_at) in [11, 12] && month(last_order_at) == 1`,
	} {
		compile(t, rule)
	}
}

func TestContradictionBetweenSegments(t *testing.T) {
	t.Parallel()
	options := rules.Options{Segments: map[string]string{"big": `revenue > 500 && orders >= 5`, "small": `revenue < 100`, "none": `orders < 2 && orders > 3`}}
	tests := []struct{ rule, message string }{
		{`in_segment("big") && consent && in_segment("small")`, `no customer satisfies both in_segment("big") (1:1) and in_segment("small")`},
		{`in_segment("big") && orders < 3`, `no customer satisfies both in_segment("big") (1:1) and orders < 3`},
		{`in_segment("none")`, `segment "none" has a fault: no customer satisfies both orders < 2 (1:1) and orders > 3`},
	}
	for _, test := range tests {
		_, err := rules.CompileWith(test.rule, options)
		var fault *rules.Error
		if !errors.As(err, &fault) || fault.Message != test.message {
			t.Errorf("%s\n got %v\nwant %s", test.rule, err, test.message)
		}
	}
}

// TestContradictionsMatchNobody evaluates refused random rules with their naive meaning. The rules are of few fields,
// so that many contradict themselves.
func TestContradictionsMatchNobody(t *testing.T) {
	t.Parallel()
	refused := 0
	rapid.Check(t, func(t *rapid.T) {
		for range rulesPerCheck {
			rule := drawNarrow(t, 2)
			_, err := rules.Compile(rule.text)
			if err == nil {
				continue
			}
			if !strings.Contains(err.Error(), "no customer satisfies") {
				t.Fatalf("compile %s: %v", rule.text, err)
			}
			if strings.Contains(rule.text, "||") {
				continue // one branch may hold
			}
			refused++
			for range 4 {
				if s := drawSnapshot(t, true); rule.value(reference(s, evaluated())).(bool) {
					t.Fatalf("refused, and yet it holds: %s\n%v\n%+v", rule.text, err, *s)
				}
			}
		}
	})
	if refused < 20 {
		t.Errorf("only %d contradictions: the test sees too few", refused)
	}
}

// drawNarrow draws a condition on few fields with few values.
func drawNarrow(t *rapid.T, left int) sample {
	choice := depth(t, 6)
	if left == 0 {
		choice %= 4
	}
	switch choice {
	case 0, 1:
		n := float64(rapid.IntRange(0, 5).Draw(t, "number"))
		field := pick(t, []string{"orders", "mails_30d", "p_alive", "days_since_last_mail"})
		if field == "p_alive" {
			n /= 5
		}
		return comparison(pick(t, []string{"==", "!=", "<", "<=", ">", ">="}), drawField(field), sample{text: strconv.FormatFloat(n, 'f', -1, 64), value: func(map[string]any) any { return n }})
	case 2:
		word := pick(t, []string{"DE", "AT"})
		return comparison(pick(t, []string{"==", "!=", "<", ">="}), drawField("country"), sample{text: `"` + word + `"`, value: func(map[string]any) any { return word }})
	case 3:
		field := drawField(pick(t, []string{"country", "p_alive", "days_since_last_mail"}))
		return sample{"known(" + field.text + ")", func(values map[string]any) any { return field.value(values) != nil }}
	case 4:
		a := drawNarrow(t, left-1)
		return sample{"!(" + a.text + ")", func(values map[string]any) any { return !a.value(values).(bool) }}
	case 5:
		a, b := drawNarrow(t, left-1), drawNarrow(t, left-1)
		return sample{"(" + a.text + " || " + b.text + ")", func(values map[string]any) any { return a.value(values).(bool) || b.value(values).(bool) }}
	}
	a, b := drawNarrow(t, left-1), drawNarrow(t, left-1)
	return sample{"(" + a.text + " && " + b.text + ")", func(values map[string]any) any { return a.value(values).(bool) && b.value(values).(bool) }}
}
