package campaigns

import (
	"bytes"
	"regexp"
	"slices"
	"testing"
)

// TestStarters holds that the starter campaigns parse without a warning and cover every kind, and that their rules
// name only fields of the rule language.
func TestStarters(t *testing.T) {
	t.Parallel()
	fields := []string{
		"orders", "days_since_last_order", "p_alive", "clv_percentile", "revenue", "average_order_value", "segment", "tier",
		"categories", "bought", "birthday_within", "anniversary_within", "open_complaint", "a", // the tier
	}
	starters, err := Starters()
	if err != nil {
		t.Fatal(err)
	}
	var kinds []Kind
	for _, s := range starters {
		definitions, err := ParseFile(bytes.NewReader(s.Text), Defaults{Timezone: "Europe/Vienna"})
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		d := definitions[0]
		kinds = append(kinds, d.Kind)
		same(t, s.Name+": time zone", d.Timezone, "Europe/Vienna")
		same(t, s.Name+": warnings", d.Warnings(), []string(nil))
		for _, word := range regexp.MustCompile(`[a-z_]+`).FindAllString(d.Audience, -1) {
			if !slices.Contains(fields, word) {
				t.Errorf("%s: the audience asks for %q", s.Name, word)
			}
		}
	}
	slices.Sort(kinds)
	same(t, "kinds", slices.Compact(kinds), []Kind{Crosssell, Loyalty, Winback})
}
