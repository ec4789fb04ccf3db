package clv

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestQuantileLiesBetweenItsPoints looks at every point of the grid for the last one below the probability.
func TestQuantileLiesBetweenItsPoints(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		perPurchase, q := rapid.Float64Range(.3, 60).Draw(rt, "p"), rapid.Float64Range(1.1, 50).Draw(rt, "q")
		g := newSumGrid(perPurchase, q+perPurchase*float64(rapid.IntRange(0, 60).Draw(rt, "past")))
		shape, z := rapid.Float64Range(.05, 40).Draw(rt, "shape"), rapid.Float64Range(.1, 30).Draw(rt, "time")
		counts := newPurchaseCounts(shape, z, 10).appendTo(nil, 1e-6)
		if len(counts) < 2 {
			return
		}
		p := counts[0] + (1-counts[0])*rapid.Float64Range(1e-4, .999).Draw(rt, "probability")
		g.reach(len(counts) - 1)
		last := &g.columns[len(counts)-2]
		low := g.columns[0].from - 1
		for low+1 < last.from+len(last.at) && g.mix(counts, low+1).value < p {
			low++
		}
		want := math.Exp((float64(low) + invert(g.mix(counts, low), g.mix(counts, low+1), p)) * g.step)
		if got := g.quantile(counts, p); got != want {
			rt.Fatalf("quantile %v, want %v", got, want)
		}
	})
}

func TestLogOnePlus(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		e := math.Exp(-rapid.Float64Range(0, 60).Draw(rt, "minus the logarithm"))
		if got, want := logOnePlus(e), math.Log1p(e); relative(got, want) > 2e-15 { // five roundings
			rt.Fatalf("ln(1+%v) = %v, want %v", e, got, want)
		}
	})
}
