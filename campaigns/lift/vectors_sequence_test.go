package lift

import (
	"math"
	"testing"
)

func compareSRM(t *testing.T, v vector) {
	counts, weights := into[[]int64](t, v.Inputs, "observed"), into[[]float64](t, v.Inputs, "weights")
	f, err := Pearson(counts, weights)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := SRM(counts, weights); err != nil || p != f.P {
		t.Errorf("SRM %v (%v), Pearson %v", p, err, f.P)
	}
	if got, want := f.P < SRMThreshold, into[bool](t, v.Expected, "mismatch"); got != want {
		t.Errorf("mismatch %v, want %v", got, want)
	}
	delete(v.Expected, "mismatch")
	v.want(t, map[string]float64{"chi2": f.Chi2, "df": float64(f.DoF), "p": f.P})
}

func compareSequentialSRM(t *testing.T, v vector) {
	s, err := SRMAlwaysValid(into[[]int64](t, v.Inputs, "observed"), into[[]float64](t, v.Inputs, "weights"),
		v.number(t, "concentration"))
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{"log_bayes_factor": s.LogBayesFactor, "p": s.P})
}

// look gives an estimate on the vector's scale with the standard error its source uses.
func (v vector) look(t *testing.T) (w WelchTest, customers int64) {
	t.Helper()
	treated, control, alpha := v.arm(t, "treated"), v.arm(t, "control"), v.number(t, "alpha")
	estimate := Welch
	if into[string](t, v.Inputs, "scale") == "relative" {
		estimate = RelativeDelta
	}
	w, err := estimate(treated, control, alpha)
	if err != nil {
		t.Fatal(err)
	}
	return w, treated.N + control.N
}

func compareSequence(t *testing.T, v vector) {
	w, n := v.look(t)
	s, err := AlwaysValidOf(w.Diff, w.SE, n, int64(v.number(t, "n_star")), v.number(t, "alpha"))
	if err != nil {
		t.Fatal(err)
	}
	m := newMixture(n, int64(v.number(t, "n_star")), v.number(t, "alpha"))
	v.want(t, map[string]float64{
		"point": s.Diff, "se": s.SE, "n": float64(n), "rho": math.Sqrt(m.nr2 / float64(n)),
		"halfwidth": (s.High - s.Low) / 2, "ci_low": s.Low, "ci_high": s.High, "p_always_valid": s.P,
	})
}

func compareSequenceCUPED(t *testing.T, v vector) {
	treated, control, alpha := v.cuped(t, "treated"), v.cuped(t, "control"), v.number(t, "alpha")
	theta := Theta([]Pair{{treated, control}})
	w, err := RelativeAdjusted(treated, control, theta, alpha)
	if err != nil {
		t.Fatal(err)
	}
	s, err := AlwaysValidOf(w.Diff, w.SE, treated.N+control.N, int64(v.number(t, "n_star")), alpha)
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{"theta": theta[0], "lift": s.Diff, "se": s.SE, "ci_low": s.Low, "ci_high": s.High})
}

func compareSequenceOneSided(t *testing.T, v vector) {
	w, n := v.look(t)
	low, err := AlwaysValidLow(w.Diff, w.SE, n, int64(v.number(t, "n_star")), v.number(t, "alpha"))
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{"diff": w.Diff, "ci_low": low})
}

func compareMultiplier(t *testing.T, v vector) {
	n, planned, alpha := int64(v.number(t, "n")), int64(v.number(t, "n_star")), v.number(t, "alpha")
	price, err := SequencePrice(n, planned, alpha)
	if err != nil {
		t.Fatal(err)
	}
	const z = 1.959963984540054
	v.want(t, map[string]float64{"multiplier_of_se": price * z, "ratio_to_fixed": price, "fixed_z": z})
}

// compareBoundary reads a sum of v unit variances as a look at v customers: rho there is v over N rho^2 here.
func compareBoundary(t *testing.T, v vector) {
	at, best, sum := v.number(t, "v"), v.number(t, "v_opt"), v.number(t, "s")
	alpha := v.number(t, "alpha")
	m := newMixture(int64(at), int64(best), alpha)
	// The p-value is capped at 1, where the martingale has fallen below its start: shift it there and back.
	logMartingale := -math.Log(m.pValue(20)) + m.nr2*(sum*sum/at-400)/(2*(m.nr2+1))
	v.want(t, map[string]float64{
		"rho": at / m.nr2, "log_supermartingale": logMartingale, "bound": m.multiplier(alpha) * math.Sqrt(at),
	})
}
