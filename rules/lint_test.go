package rules_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"treue/rules"
)

// warned are valid rules with the first warning on them: its term, code, and parts of message and hint.
var warned = []struct {
	rule, code    string
	term          int
	message, hint string
}{
	{
		`orders >= 2 && days_since_last_mail > 14`, rules.UnknownDrops, 1, "days_since_last_mail > 14 leaves out everyone whose days_since_last_mail is unknown",
		"to keep them write !(days_since_last_mail <= 14); to leave them out, known(days_since_last_mail) && days_since_last_mail > 14",
	},
	{`14 <= days_since_last_mail`, rules.UnknownDrops, 0, "leaves out everyone", "!(days_since_last_mail < 14)"},
	{`country != "CH"`, rules.UnknownDrops, 0, `country != "CH" leaves out everyone whose country is unknown`, `!(country == "CH"); to leave them out, known(country) && country != "CH"`},
	{`segment != "new"`, rules.UnknownDrops, 0, "whose segment is unknown", `!(segment == "new")`},
	{`days_since_bought("Tee") >= 90`, rules.UnknownDrops, 0, `whose days_since_bought("Tee") is unknown`, `!(days_since_bought("Tee") < 90)`},
	{`last_mail_at < date("2026-01-01")`, rules.UnknownDrops, 0, "whose last_mail_at is unknown", `!(last_mail_at >= date("2026-01-01"))`},
	{`country != "CH" && country != "AT"`, rules.UnknownDrops, 0, "whose country is unknown", ""},
	{`consent || country != "CH"`, rules.UnknownDrops, 0, "whose country is unknown", ""},
	{
		`!(feedback_score > 6)`, rules.UnknownKept, 0, "!(feedback_score > 6) also holds for everyone whose feedback_score is unknown",
		"known(feedback_score) && !(feedback_score > 6); to keep them, (!known(feedback_score) || !(feedback_score > 6))",
	},
	{`consent && country not in ["CH", "AT"]`, rules.UnknownKept, 1, `country not in ["CH", "AT"] also holds`, `known(country) && country not in ["CH", "AT"]`},
	{`!(days_since_last_mail > 14)`, rules.UnknownKept, 0, "whose days_since_last_mail is unknown", ""},
	{`not (p_alive in 0..1 || clv > 90)`, rules.UnknownKept, 0, "!(p_alive in 0..1)", ""},
	{`consent && orders == 5`, rules.CountForever, 1, "orders == 5 also holds for everyone who got there years ago", "add && days_since_last_order <= 7"},
	{`orders == 1 && refund_rate == 0`, rules.CountForever, 0, "orders == 1", ""},
	{`orders == 1 && days_since_last_mail <= 14`, rules.CountForever, 0, "orders == 1", ""},
	{`days_since_first_order == 365`, rules.OneDay, 0, "days_since_first_order == 365 holds on a single day", "days_since_first_order in 365..368"},
	{`days_since_last_order in 30..30`, rules.OneDay, 0, "holds on a single day", "days_since_last_order in 30..33"},
	{`days_until_birthday == 0`, rules.OneDay, 0, "holds on a single day", "days_until_birthday <= 3"},
	{`days_until_birthday == 14`, rules.OneDay, 0, "holds on a single day", "days_until_birthday in 11..14"},
	{`days_until_birthday < 1`, rules.OneDay, 0, "holds on a single day", "days_until_birthday <= 3"},
	{`birthday_within(0)`, rules.OneDay, 0, "birthday_within(0) holds on a single day", "birthday_within(3)"},
	{`anniversary_within(0) && consent`, rules.OneDay, 0, "holds on a single day", "anniversary_within(3)"},
	{`days_since_bought("Tee") == 90`, rules.OneDay, 0, "holds on a single day", `days_since_bought("Tee") in 90..93`},
	{`clv > 5 && clv > 3`, rules.Redundant, 1, "clv > 3 adds nothing to clv > 5", "take it out"},
	{`clv > 3 && consent && clv > 5`, rules.Redundant, 0, "clv > 3 adds nothing to clv > 5", "take it out"},
	{`consent && consent`, rules.Redundant, 1, "consent adds nothing to consent", ""},
	{`clv > 5 && (clv > 3 || consent)`, rules.Redundant, 1, "clv > 3 adds nothing to clv > 5", ""},
	{`country in ["DE", "AT"] && !(country == "CH")`, rules.Redundant, 1, `!(country == "CH") adds nothing to country in ["DE", "AT"]`, ""},
	{`in_segment("loyal") && segment == "loyal"`, rules.Redundant, 1, `segment == "loyal" adds nothing to in_segment("loyal")`, ""},
	{`orders > 3 || orders > 5`, rules.Redundant, 0, "orders > 5 adds nothing beside orders > 3", "one is enough"},
	{`!(orders >= 0 && consent)`, rules.NoEffect, 0, "no customer satisfies !(orders >= 0)", "take it out"},
	{`clv > 3 && (clv < 1 || consent)`, rules.Redundant, 1, "clv < 1 never holds beside clv > 3", "take this branch of || out"},
	{`clv >= 1 && orders >= 0`, rules.NoEffect, 1, "orders >= 0 holds for every customer", "take it out"},
	{`p_alive <= 1`, rules.NoEffect, 0, "p_alive <= 1 holds for everyone whose p_alive is known", "known(p_alive)"},
	{`orders > 3 || orders <= 3`, rules.NoEffect, 0, "orders > 3 || orders <= 3 holds for every customer", ""},
	{`clv > 3 || !(clv > 3)`, rules.NoEffect, 0, "holds for every customer", ""},
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	for _, test := range warned {
		found := compile(t, test.rule).Warnings()
		if len(found) == 0 {
			t.Errorf("%s: no warning", test.rule)
			continue
		}
		w := found[0]
		if w.Term != test.term || w.Code != test.code || !strings.Contains(w.Message, test.message) || !strings.Contains(w.Hint, test.hint) {
			t.Errorf("%s\n got %+v\nwant %+v", test.rule, w, test)
		}
		german, err := rules.CompileWith(test.rule, rules.Options{Language: "de"})
		if err != nil {
			t.Fatal(err)
		}
		for i, g := range german.Warnings() {
			if g.Code != found[i].Code || g.Term != found[i].Term || g.Message == found[i].Message || g.Hint == found[i].Hint {
				t.Errorf("%s in German: %+v", test.rule, g)
			}
		}
	}
}

// TestNoWarnings holds that rules as one should write them get none, those among them that warnings propose.
func TestNoWarnings(t *testing.T) {
	t.Parallel()
	for _, rule := range []string{
		`orders >= 2 && days_since_last_order > 90`, `orders >= 2 && overdue_factor > 2`, `clv_percentile >= 0.9 && p_alive < 0.5`,
		`orders == 1 && days_since_last_order in 21..56`, `bought("Bohnen") && !bought("Mühlen")`, `days_since_bought("Espressomaschinen") in 330..400`,
		`!(days_since_last_mail <= 14)`, `known(days_since_last_mail) && days_since_last_mail > 14`, `days_since_last_order > 90`,
		`!(country == "CH")`, `known(country) && country != "CH"`, `country in ["DE", "AT", "CH"] && country != "CH" && consent`,
		`(!known(country) || country not in ["CH"])`, `known(feedback_score) && !(feedback_score > 6)`, `(!known(clv) || !(clv > 90)) && consent`,
		`orders >= 1 && segment != "new"`, `days_since_last_order > 30 && segment != "new"`, `orders == 5 && days_since_last_order <= 7`,
		`orders == 1 && month(first_order_at) in [11, 12]`, `orders == 1 && orders_within(30) == 1`, `orders == 1 && segment == "new"`, `orders == 0`,
		`orders == 5 && crossed("revenue", 500, 30)`, `crossed("revenue", 500, 7)`, `birthday_within(3)`, `anniversary_within(3)`, `!birthday_within(3)`,
		`received("winback", 60) && orders_within(60) == 0`, `was_in_segment("champions", 30) && segment == "at_risk"`, `weekday(today()) == 1`,
		`days_since_last_order >= 60 && days_since_last_order < 540 && !has_tag("abo")`, `30 < clv < 60`, `true`, `orders >= 3 || clv > 100`,
		`in_segment("loyal") && clv > 3`, `points_expiring_within(30) > 0`, `days_since_delivery in 7..14`, `mails_30d < 3`, `!subscriber`,
	} {
		if found := compile(t, rule).Warnings(); len(found) != 0 {
			t.Errorf("%s: %+v", rule, found)
		}
	}
}

// TestSuggestionsOfUnknownWarningsAreSilent compiles both spellings that such a warning proposes.
func TestSuggestionsOfUnknownWarningsAreSilent(t *testing.T) {
	t.Parallel()
	for _, test := range warned {
		if test.code != rules.UnknownDrops && test.code != rules.UnknownKept || strings.Contains(test.rule, "||") || strings.Contains(test.rule, "&&") {
			continue
		}
		hint := compile(t, test.rule).Warnings()[0].Hint
		first, second, _ := strings.Cut(hint, "; ")
		_, first, _ = strings.Cut(first, " write ")
		_, second, _ = strings.Cut(second, ", ")
		for _, rule := range []string{first, second} {
			if found := compile(t, rule).Warnings(); len(found) != 0 {
				t.Errorf("%s proposes %s, and then: %+v", test.rule, rule, found)
			}
		}
	}
}

// TestWarningsStayOutsideSegments holds that a shop's segment is judged where it is written.
func TestWarningsStayOutsideSegments(t *testing.T) {
	t.Parallel()
	options := rules.Options{Segments: map[string]string{"abroad": `country != "DE" && orders == 5`}}
	rule, err := rules.CompileWith(`in_segment("abroad") && clv > 3`, options)
	if err != nil || len(rule.Warnings()) != 0 {
		t.Errorf("got %v, %v", rule, err)
	}
	rule, err = rules.CompileWith(`in_segment("abroad") && orders >= 5`, options)
	if err != nil || len(rule.Warnings()) != 1 || rule.Warnings()[0].Message != `orders >= 5 adds nothing to in_segment("abroad")` {
		t.Errorf("got %+v, %v", rule.Warnings(), err)
	}
}

// TestTermsCalledIdleAreIdle takes out what a warning says changes nothing, and compares.
func TestTermsCalledIdleAreIdle(t *testing.T) {
	t.Parallel()
	idle := 0
	rapid.Check(t, func(t *rapid.T) {
		for range rulesPerCheck {
			var terms []string
			for range rapid.IntRange(2, 5).Draw(t, "terms") {
				terms = append(terms, drawNarrow(t, 0).text)
			}
			rule, err := rules.Compile(strings.Join(terms, " && "))
			if err != nil {
				continue
			}
			for _, w := range rule.Warnings() {
				if w.Code != rules.Redundant && (w.Code != rules.NoEffect || strings.Contains(w.Hint, "known(")) {
					continue
				}
				idle++
				rest, err := rules.Compile(strings.Join(slices.Delete(slices.Clone(terms), w.Term, w.Term+1), " && "))
				if err != nil {
					t.Fatal(err)
				}
				for range 4 {
					if s := drawSnapshot(t, true); rule.Match(s, evaluated()) != rest.Match(s, evaluated()) {
						t.Fatalf("%s: %+v, and yet without that term it differs for %+v", rule.Source(), w, *s)
					}
				}
			}
		}
	})
	if idle < 50 {
		t.Errorf("only %d idle terms: the test sees too few", idle)
	}
}

// TestLongRulesAreNotLinted holds that the work is bounded: segments make rules long.
func TestLongRulesAreNotLinted(t *testing.T) {
	t.Parallel()
	options := rules.Options{Segments: make(map[string]string)}
	var named []string
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		options.Segments[name] = strings.Repeat(`orders > 2 || `, 70) + "consent"
		named = append(named, `in_segment("`+name+`")`)
	}
	for n, want := range map[int]bool{1: true, 6: false} {
		rule, err := rules.CompileWith("orders >= 0 && ("+strings.Join(named[:n], " || ")+")", options)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(rule.Warnings()) > 0; got != want {
			t.Errorf("%d segments: warnings %v, want %v", n, got, want)
		}
	}
}
