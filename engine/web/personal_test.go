package web

import (
	"testing"
	"time"

	"treue/engine"
)

// TestScoresAreForPeople holds that values of the vocabulary reach customers in their own language.
func TestScoresAreForPeople(t *testing.T) {
	t.Parallel()
	segment := engine.Score{Name: "segment", Value: `"hibernating"`, Words: map[string]string{german: "eingeschlafen", english: "hibernating"}}
	for _, c := range []struct {
		score  engine.Score
		de, en string
	}{
		{segment, "eingeschlafen", "hibernating"},
		{engine.Score{Name: "tier", Value: `"b"`}, "B", "B"},
		{engine.Score{Name: "revenue", Value: "1113.98"}, "1.113,98\u00a0€", "€1,113.98"},
		{engine.Score{Name: "clv_predicted", Value: "42.3731"}, "42,37\u00a0€", "€42.37"},
		{engine.Score{Name: "p_alive", Value: "0.6249"}, "62 %", "62 %"},
		{engine.Score{Name: "orders", Value: "1200"}, "1.200", "1,200"},
	} {
		for language, want := range map[string]string{german: c.de, english: c.en} {
			if got := (locale{language: language, zone: time.UTC, currency: "EUR"}).score(c.score); got != want {
				t.Errorf("%s %s in %s: %q, want %q", c.score.Name, c.score.Value, language, got, want)
			}
		}
	}
	for code, want := range map[string]string{"de": "Deutsch", "fr": "français", "": "", "not a code": "not a code"} {
		if got := languageName(code); got != want {
			t.Errorf("%q is %q, want %q", code, got, want)
		}
	}
}
