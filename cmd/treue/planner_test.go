package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestPlanner offers three shares before the launch, and none after it.
func TestPlanner(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var people, orders strings.Builder
	people.WriteString("customer_id,email,consent,consent_at,consent_source\n")
	orders.WriteString("order_id,customer_id,ordered_at,total\n")
	for i := range 1500 {
		fmt.Fprintf(&people, "k%d,k%d@shop.example,yes,2025-01-01,checkout\n", i, i)
		fmt.Fprintf(&orders, "a%d,k%d,2025-01-05,%d.50\nb%d,k%d,2025-02-0%d,20\n", i, i, 10+i%40, i, i, 1+i%9)
		if i%4 == 0 {
			fmt.Fprintf(&orders, "c%d,k%d,2025-08-%02d,%d\n", i, i, 10+i%9, 15+i%60)
		}
	}
	s.must("import", "customers", s.write("customers.csv", people.String()))
	s.must("import", "orders", s.write("orders.csv", orders.String()))
	campaign := strings.Replace(someCampaign, "holdout: 0%", "holdout: 33%", 1)
	s.must("campaigns", "apply", s.write("back.yaml", campaign))
	day := "2025-09-30"
	if d := first(s.document(0, "plan", "back", "--as-of", day), "plans"); d["planner"] == nil {
		t.Fatalf("no planner: %v", d)
	}
	planner, _ := first(s.document(0, "plan", "back", "--as-of", day, "--gain", "2"), "plans")["planner"].(map[string]any)
	same(t, "planner", pick(planner, "basis", "window_days", "customers", "buyers", "gain", "reason_code"), []any{"revenue", 91.0, 1500.0, 375.0, 2.0, nil})
	choices, _ := planner["choices"].([]any)
	same(t, "choices", len(choices), 3)
	for i, share := range []float64{0.5, 0.33, 0.2} {
		c, _ := choices[i].(map[string]any)
		same(t, "share and own", pick(c, "share", "own", "refused"), []any{share, share == 0.33, nil})
		control, _ := c["control"].(float64)
		same(t, "price", c["price"], any(2*control))
		if sentences, _ := c["sentences"].([]any); len(sentences) < 2 || !strings.Contains(fmt.Sprint(sentences[0]), "Urteil am") || !strings.Contains(fmt.Sprint(sentences[1]), "Bringt die Mail 2 €") {
			t.Errorf("sentences %v", sentences)
		}
	}
	if out := s.must("plan", "back", "--as-of", day, "--set", "language=en"); !strings.Contains(out, "* Two in three: verdict on ") {
		t.Errorf("the campaign's own share is not marked in English:\n%s", out)
	}
	if code, _, errOut := s.run("plan", "back", "--gain", "-1"); code != 2 || !strings.Contains(errOut, "want an amount of 0 or more") {
		t.Errorf("a loss as gain: exit %d, %s", code, errOut)
	}
	s.must("campaigns", "activate", "back")
	s.must("run", "back", "--no-dispatch", "--confirm", "--as-of", day)
	if d := first(s.document(0, "plan", "back", "--as-of", day), "plans"); d["planner"] != nil {
		t.Errorf("a campaign that has begun has a planner: %v", d["planner"])
	}
}
