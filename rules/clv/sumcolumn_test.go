package clv

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mathext"
	"pgregory.net/rapid"
)

// TestColumnsAreTheDistribution compares the summed densities with the distribution itself.
func TestColumnsAreTheDistribution(t *testing.T) {
	t.Parallel()
	worst, points := 0.0, 0
	rapid.Check(t, func(rt *rapid.T) {
		p, q := rapid.Float64Range(.3, 60).Draw(rt, "p"), rapid.Float64Range(1.1, 50).Draw(rt, "q")
		x, n := rapid.IntRange(0, 300).Draw(rt, "past"), rapid.IntRange(1, 100).Draw(rt, "coming")
		g := newSumGrid(p, q+p*float64(x))
		g.reach(n)
		c := g.columns[n-1]
		points += len(c.at)
		for i, got := range c.at {
			y := math.Exp(float64(c.from+i) * g.step)
			want := mathext.RegIncBeta(p*float64(n), g.shape, y/(1+y))
			worst = math.Max(worst, math.Abs(got-want))
			if !(math.Abs(got-want) < 1e-7) {
				rt.Fatalf("point %d of %d: %v, the distribution is %v", i, len(c.at), got, want)
			}
		}
		if first, last := c.at[0], c.at[len(c.at)-1]; first > columnIgnored && len(c.at) < longestColumn || last < 1-2*columnIgnored {
			rt.Fatalf("the table goes from %v to %v", first, last)
		}
	})
	t.Logf("%d points, off by at most %.2g", points, worst)
}

func TestNear(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 100).Draw(rt, "n")
		from, guess := rapid.IntRange(0, n).Draw(rt, "from"), rapid.IntRange(0, 120).Draw(rt, "guess")
		got := near(n, guess, func(i int) bool {
			if i < 0 || i >= n {
				rt.Fatalf("asked for %d of %d", i, n)
			}
			return i >= from
		})
		if got != from {
			rt.Fatalf("%d of %d, want %d", got, n, from)
		}
	})
}
