package lift

import (
	"math"
	"testing"
)

func comparePower(t *testing.T, v vector) {
	got, err := Power(v.number(t, "variance"), v.number(t, "mde"), int64(v.number(t, "n_treated")),
		int64(v.number(t, "n_control")), v.number(t, "alpha"))
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{"power": got})
}

// remaining is the variance that a covariate of the vector's correlation leaves.
func (v vector) remaining(t *testing.T) float64 {
	t.Helper()
	return v.number(t, "variance") * (1 - v.number(t, "rho_squared"))
}

func compareMDE(t *testing.T, v vector) {
	n := v.number(t, "n_total")
	control := int64(math.Round(n * v.number(t, "control_share")))
	got, err := PlannedMDE(v.remaining(t), int64(n)-control, control, v.number(t, "alpha"), v.number(t, "power"))
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{"mde": got})
}

func compareControlSize(t *testing.T, v vector) {
	got, err := ControlSize(v.remaining(t), v.number(t, "mde"), int64(v.number(t, "n_treated")), v.number(t, "alpha"),
		v.number(t, "power"))
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{"n_control": float64(got)})
}

// relativePlan reads a test with two arms of one size; n_star makes it an always-valid one.
func (v vector) relativePlan(t *testing.T) RelativePlan {
	t.Helper()
	p := RelativePlan{Mean: v.number(t, "mean"), Variance: v.number(t, "variance"), PerArm: v.number(t, "n_per_arm")}
	if v.Inputs["n_star"] == nil {
		return p
	}
	price, err := SequencePrice(int64(math.Round(2*p.PerArm)), int64(v.number(t, "n_star")), v.number(t, "alpha"))
	if err != nil {
		t.Fatal(err)
	}
	p.Widening = price
	return p
}

func compareRelativePower(t *testing.T, v vector) {
	p := v.relativePlan(t)
	power, err := p.Power(v.number(t, "lift"), v.number(t, "alpha"))
	if err != nil {
		t.Fatal(err)
	}
	const z = 1.959963984540054
	v.want(t, map[string]float64{"power": power, "se_multiplier": p.Widening * z})
}

func compareRelativeMDE(t *testing.T, v vector) {
	mde, err := v.relativePlan(t).MDE(v.number(t, "alpha"), v.number(t, "power"))
	if v.undefined() {
		if got := ReasonOf(err); got != UncertainBaseline {
			t.Errorf("%v (%v), want reason %q", mde, err, UncertainBaseline)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{"mde": mde})
}

func compareSampleSize(t *testing.T, v vector) {
	n, err := SampleSize(v.number(t, "variance"), v.number(t, "mde"), v.number(t, "alpha"), v.number(t, "power"))
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{"n_total": n})
}

func compareFurther(t *testing.T, v vector) {
	factor, err := FurtherShare(v.arm(t, "treated"), v.arm(t, "control"), v.number(t, "target_mde_relative"),
		v.number(t, "alpha"), v.number(t, "power"))
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{"scaling_factor": factor})
}

func compareAdequacy(t *testing.T, v vector) {
	a, err := Adequate(v.number(t, "skewness"), int64(v.number(t, "n_treated")), int64(v.number(t, "n_control")),
		v.number(t, "alpha"))
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{
		"A": a.Skew, "welch_expected_false_win": a.WelchFalseWins, "welch_expected_false_loss": a.WelchFalseLoses,
		"pooled_expected_false_win": a.PooledFalseWins,
	})
}
