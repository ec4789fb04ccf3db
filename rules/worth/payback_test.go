package worth_test

import (
	"math"
	"slices"
	"testing"

	"treue/rules/worth"
)

func TestPayback(t *testing.T) {
	t.Parallel()
	// Ten customers bring 5 each with the first order; ten are watched for a month and bring 2 each, six for two and bring
	// 3 each, four for three: too few to go on.
	c := worth.Cohort{Seen: []int64{10, 10, 6, 4}, Earned: []float64{50, 20, 18, 400}}
	if got := c.Curve(); !slices.EqualFunc(got, []float64{5, 7, 10}, alike) {
		t.Errorf("curve %v", got)
	}
	for cost, want := range map[float64]int{0: 0, 5: 0, 5.01: 1, 7: 1, 10: 2} {
		if month, ok := c.Payback(cost); !ok || month != want {
			t.Errorf("a cost of %v is paid back after %d months (%t), want %d", cost, month, ok, want)
		}
	}
	for _, cost := range []float64{10.5, math.NaN()} {
		if month, ok := c.Payback(cost); ok {
			t.Errorf("a cost of %v is paid back after %d months", cost, month)
		}
	}
	if month, ok := (worth.Cohort{}).Payback(0); ok {
		t.Errorf("nobody has paid back after %d months", month)
	}
}
