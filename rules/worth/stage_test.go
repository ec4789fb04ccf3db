package worth_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"treue/rules"
	"treue/rules/features"
	"treue/rules/worth"
)

// TestEveryCustomerHasOneStage: whatever is known or unknown of a customer, exactly one rule matches.
func TestEveryCustomerHasOneStage(t *testing.T) {
	t.Parallel()
	var all []*rules.Rule
	for _, s := range worth.Stages() {
		all = append(all, compiled(t, s.Rule))
	}
	rapid.Check(t, func(r *rapid.T) {
		const today = features.Day(20_000)
		var s features.Snapshot
		features.Blank(&s)
		s.Orders = int64(rapid.IntRange(0, 4).Draw(r, "orders"))
		if s.Orders > 0 {
			s.LastOrderOn = today - features.Day(rapid.IntRange(0, 400).Draw(r, "days since"))
		}
		unknown := rapid.SampledFrom([]float64{math.NaN(), 0, 0.2, 0.5, 1})
		s.PAlive = rapid.OneOf(unknown, rapid.Float64Range(0, 1)).Draw(r, "alive")
		s.Rhythm = rapid.OneOf(rapid.Just(math.NaN()), rapid.SampledFrom([]float64{10, 50, 100}), rapid.Float64Range(1, 200)).Draw(r, "rhythm")
		matched := 0
		for _, rule := range all {
			if rule.Match(&s, today) {
				matched++
			}
		}
		if matched != 1 {
			r.Errorf("%d stages match", matched)
		}
	})
}

func compiled(t *testing.T, source string) *rules.Rule {
	t.Helper()
	rule, err := rules.Compile(source)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return rule
}

// TestStages looks at customers whom everybody would put into the same stage.
func TestStages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want        string
		orders      int64
		days        int
		rhythm, alv float64
	}{
		{"lead", 0, 0, 30, math.NaN()},
		{"first_time", 1, 5, 30, 0.3}, // that most of their kind never return says nothing about this one
		{"first_time", 1, 60, 30, 0.1},
		{"defecting", 1, 61, 30, 0.9},
		{"inactive", 1, 121, 30, 0.9},
		{"active", 5, 60, 30, 0.5},
		{"defecting", 5, 61, 30, 0.9},
		{"defecting", 5, 10, 30, 0.49},
		{"inactive", 5, 10, 30, 0.19},
		{"inactive", 5, 121, 30, 0.9},
		{"first_time", 1, 900, math.NaN(), math.NaN()}, // nobody has ordered twice: nobody is late
	} {
		var s features.Snapshot
		features.Blank(&s)
		s.Orders, s.Rhythm, s.PAlive = c.orders, c.rhythm, c.alv
		if c.orders > 0 {
			s.LastOrderOn = features.Day(20_000 - c.days)
		}
		for _, stage := range worth.Stages() {
			if got := compiled(t, stage.Rule).Match(&s, 20_000); got != (stage.Name == c.want) {
				t.Errorf("%+v: %s is %t", c, stage.Name, got)
			}
		}
	}
}
