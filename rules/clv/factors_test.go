package clv

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// termByTerm is the sum that [future] stands for, as it is written there.
func termByTerm(f future, weeks float64) float64 {
	z := weeks / (f.time + weeks)
	pmf, surviving, survived, sum := math.Exp(-f.shape*math.Log1p(weeks/f.time)), 1.0, 0.0, 0.0
	for k := 0.0; k < 50_000; k++ {
		pmf *= (f.shape + k) / (k + 1) * z
		survived += surviving
		surviving *= (f.stay + k) / (f.leave + f.stay + k)
		sum += pmf * survived
	}
	return f.alive * sum
}

// TestKeptFactors: what is kept of a past serves everybody who shares it, and gives what the series gives term by term. A
// time of a tenth of a week takes thousands of terms, more than are kept.
func TestKeptFactors(t *testing.T) {
	t.Parallel()
	kept := newKeptFactors()
	rapid.Check(t, func(rt *rapid.T) {
		x := float64(rapid.IntRange(0, 5).Draw(rt, "x"))
		f := future{alive: 0.7, shape: 0.5 + x, time: rapid.Float64Range(0.1, 100).Draw(rt, "time"), stay: 2 + x, leave: 0.8}
		ts := []Weeks{0, 4, 52}
		alone, shared := make([]float64, len(ts)), make([]float64, len(ts))
		f.fill(alone, ts, nil)
		f.fill(shared, ts, kept)
		for i, weeks := range ts {
			if alone[i] != shared[i] {
				rt.Errorf("%v weeks: %v from what is kept, %v alone", weeks, shared[i], alone[i])
			}
			if want := termByTerm(f, float64(weeks)); math.Abs(alone[i]-want) > 1e-12*(1+want) {
				rt.Errorf("%v weeks: %v, term by term %v", weeks, alone[i], want)
			}
		}
	})
	if len(kept.all) > 6 {
		t.Errorf("%d pasts of six are kept", len(kept.all))
	}
	for past, p := range kept.all {
		if len(p.first) > maxKeptFactors {
			t.Errorf("%d strides of %v are kept", len(p.first), past)
		}
	}
}

// TestKeptPastsAreBounded: a shop whose customers all differ fills no memory.
func TestKeptPastsAreBounded(t *testing.T) {
	t.Parallel()
	kept := newKeptFactors()
	for x := range 2*maxKeptPasts + 1 {
		kept.of(factorsOf{shape: 1 + float64(x), stay: 1, leave: 1})
	}
	if n := len(kept.all); n == 0 || n > maxKeptPasts {
		t.Errorf("%d pasts are kept, want at most %d", n, maxKeptPasts)
	}
}
