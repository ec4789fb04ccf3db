package main

import (
	"strings"
	"testing"
)

// TestRulesExplain says what a rule means and whom its terms keep.
func TestRulesExplain(t *testing.T) {
	t.Parallel()
	s := stocked(t)
	const rule = `orders >= 2 && revenue > 40 && country != "DE"`
	doc := s.document(0, "rules", "explain", rule, "--as-of", day)
	same(t, "counts", pick(doc, "total", "matched"), []any{5.0, 0.0})
	same(t, "as counted", pick(doc, "matched", "pushdown"), pick(s.document(0, "rules", "count", rule, "--as-of", day), "matched", "pushdown"))
	terms := doc["terms"].([]any)
	same(t, "second term", pick(terms[1].(map[string]any), "expr", "matched", "in_sequence", "unknown"), []any{"revenue > 40", 2.0, 2.0, 0.0})
	same(t, "third term", pick(terms[2].(map[string]any), "expr", "matched", "in_sequence", "unknown"), []any{`country != "DE"`, 0.0, 0.0, 5.0})
	reading := doc["reading"].(map[string]any)
	if de, en := reading["de"].(string), reading["en"].(string); de == "" || en == "" || de == en {
		t.Errorf("readings: %q, %q", de, en)
	}
	term := terms[1].(map[string]any)["reading"].(map[string]any)
	for language, other := range map[string]string{"de": "en", "en": "de"} {
		out := s.must("rules", "explain", rule, "--as-of", day, "--set", "language="+language)
		if !strings.Contains(out, term[language].(string)) || strings.Contains(out, term[other].(string)) {
			t.Errorf("in %s:\n%s", language, out)
		}
	}
}

// TestRulesExplainCustomer says why one customer matches or not, with the values.
func TestRulesExplainCustomer(t *testing.T) {
	t.Parallel()
	s := stocked(t)
	const rule = `orders >= 2 && revenue > 40 && known(country)`
	doc := s.document(0, "rules", "explain", rule, "--customer", "k1", "--as-of", day)
	same(t, "verdict", pick(doc, "customer", "matched"), []any{"k1", false})
	terms := doc["terms"].([]any)
	same(t, "first term", terms[0], map[string]any{"expr": "orders >= 2", "matched": true, "values": []any{map[string]any{"name": "orders", "value": "2", "known": true}}})
	same(t, "an unknown value", terms[2], map[string]any{"expr": "known(country)", "matched": false, "values": []any{map[string]any{"name": "country", "value": nil, "known": false}}})
	same(t, "events", pick(s.document(0, "rules", "explain", "orders_within(300) == 2", "--customer", "k1", "--as-of", day), "matched"), []any{true})
	if out := s.must("rules", "explain", rule, "--customer", "k1", "--as-of", day); !strings.Contains(out, "customer k1 does not match") || !strings.Contains(out, "revenue = 50") {
		t.Errorf("for people:\n%s", out)
	}
	for want, args := range map[string][]string{
		"did you mean": {"orders >= 2", "--customer", "kk1"}, "orders": {"ordrs >= 2"}, "one rule": {},
	} {
		if code, out, _ := s.run(append(append([]string{"rules", "explain"}, args...), "--json")...); code != 2 || !strings.Contains(out, want) {
			t.Errorf("%v: exit %d\n%s", args, code, out)
		}
	}
}

// TestRulesFields shows examples, the few values that a field can have, and formulas.
func TestRulesFields(t *testing.T) {
	t.Parallel()
	doc := offline(t).document(0, "rules", "fields")
	found := map[string]map[string]any{}
	for _, kind := range []string{"fields", "functions"} {
		for _, entry := range doc[kind].([]any) {
			e := entry.(map[string]any)
			found[e["name"].(string)] = e
			if e["example"] == "" {
				t.Errorf("%s has no example", e["name"])
			}
		}
	}
	same(t, "values", found["tier"]["values"], []any{"a", "b", "c", "d"})
	same(t, "formula", pick(found["overdue_factor"], "formula", "values"), []any{"days_since_last_order / expected_days_between_orders", nil})
	if found["orders"]["formula"] != nil || found["bought"] == nil {
		t.Errorf("orders: %v, bought: %v", found["orders"], found["bought"])
	}
}

// TestRulesCheckWarns passes advice on without making the rule invalid.
func TestRulesCheckWarns(t *testing.T) {
	t.Parallel()
	s := offline(t)
	same(t, "a plain rule", pick(s.document(0, "rules", "check", "orders >= 2 && revenue > 10"), "valid", "warnings"), []any{true, nil})
	doc := s.document(0, "rules", "check", "days_since_last_order == 90 && orders >= 1")
	warning := first(doc, "warnings")
	same(t, "valid", doc["valid"], any(true))
	same(t, "of the term", warning["term"], any("days_since_last_order == 90"))
	out := s.must("rules", "check", "days_since_last_order == 90 && orders >= 1", "--set", "language=en")
	if !strings.Contains(out, "note on days_since_last_order == 90: ") {
		t.Errorf("for people:\n%s", out)
	}
	german := s.document(2, "rules", "check", "ordrs > 1", "--set", "language=de")["errors"].([]any)[0].(map[string]any)["message"]
	if english := s.document(2, "rules", "check", "ordrs > 1", "--set", "language=en")["errors"].([]any)[0].(map[string]any)["message"]; german == english {
		t.Errorf("faults are not in the configured language: %v", english)
	}
}
