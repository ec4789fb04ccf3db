package worth_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"treue/rules/worth"
)

func alike(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Max(1, math.Abs(b)) }

func TestConcentrate(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for name, c := range map[string]struct {
		values             []float64
		n                  int
		total              float64
		tenth, fifth, gini float64
	}{
		"nobody":          {nil, 0, 0, 0, 0, 0},
		"nothing":         {[]float64{0, 0, -3}, 3, 0, 0, 0, 0},
		"all the same":    {[]float64{7, 7, 7, 7, 7, 7, 7, 7, 7, 7}, 10, 70, 0.1, 0.2, 0},
		"one has it all":  {[]float64{0, 0, 0, 0, 0, 0, 0, 0, 0, 50}, 10, 50, 1, 1, 0.9},
		"unknown is left": {[]float64{nan, 30, nan, 10}, 2, 40, 0.15, 0.3, 0.25},
		"debts count 0":   {[]float64{-100, 30, 10, 0}, 4, 40, 0.3, 0.6, 0.625},
	} {
		got := worth.Concentrate(c.values)
		if got.Customers != c.n || !alike(got.Total, c.total) || !alike(got.TopTenth, c.tenth) || !alike(got.TopFifth, c.fifth) || !alike(got.Gini, c.gini) {
			t.Errorf("%s: %+v, want %+v", name, got, c)
		}
	}
}

// TestConcentrationCurve: it ascends from below the whole to the whole, never under the diagonal, and bends one way.
func TestConcentrationCurve(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0, 1e6), 1, 200).Draw(r, "values")
		c := worth.Concentrate(values)
		if c.Total == 0 {
			return
		}
		slope, at := math.Inf(1), worth.CurvePoint{}
		for _, p := range c.Curve {
			next := (p.Carries - at.Carries) / (p.Share - at.Share)
			if p.Carries < p.Share-1e-9 || next > slope+1e-6 || next < -1e-9 {
				r.Errorf("from %+v to %+v", at, p)
			}
			slope, at = next, p
		}
		if !alike(at.Carries, 1) || c.Gini < -1e-9 || c.Gini >= 1 {
			r.Errorf("ends at %v, Gini %v", at.Carries, c.Gini)
		}
	})
}
