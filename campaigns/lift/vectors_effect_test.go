package lift

import (
	"encoding/json"
	"math"
	"testing"
)

func compareWelch(t *testing.T, v vector) {
	w, err := Welch(v.arm(t, "treated"), v.arm(t, "control"), v.number(t, "alpha"))
	if v.undefined() {
		want := map[string]Reason{"welch-05-zero-variance": ZeroVariance, "welch-06-n1": FewerThanTwo}[v.ID]
		if got := ReasonOf(err); want == "" || got != want {
			t.Errorf("reason %q, want %q", got, want)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{
		"diff": w.Diff, "se": w.SE, "dof": w.DoF, "t": w.T, "p": w.P, "ci_low": w.Low, "ci_high": w.High,
	})
}

func compareOneSided(t *testing.T, v vector) {
	alpha := v.number(t, "alpha")
	w, err := Welch(v.arm(t, "treated"), v.arm(t, "control"), alpha)
	if err != nil {
		t.Fatal(err)
	}
	p, low := w.Above(alpha)
	v.want(t, map[string]float64{"diff": w.Diff, "se": w.SE, "p_greater": p, "ci_low_one_sided": low})
}

// comparePooled holds the one-variance test and the skewness term on its own: the skewed side of the decision interval
// with the pooled standard error, and the same term on the other side.
func comparePooled(t *testing.T, v vector) {
	treated, control, alpha := v.arm(t, "treated"), v.arm(t, "control"), v.number(t, "alpha")
	w, err := Student(treated, control, alpha)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSpread(treated, control)
	if err != nil {
		t.Fatal(err)
	}
	const z = 1.959963984540054
	critical := cornishFisher(z, math.Abs(s.clamped()))
	v.want(t, map[string]float64{
		"diff": w.Diff, "se": w.SE, "df": w.DoF, "p": w.P, "ci_low": w.Low, "ci_high": w.High, "skew_A": s.skew,
		"ci_low_cf": s.diff - critical*s.pooled, "ci_high_cf": s.diff + (2*z-critical)*s.pooled,
	})
}

func compareDecision(t *testing.T, v vector) {
	i, err := DecisionInterval(v.arm(t, "treated"), v.arm(t, "control"), v.number(t, "alpha"))
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{
		"diff": i.Diff, "se_pooled": i.SEPooled, "se_welch": i.SEWelch, "skew_A": i.Skew, "lo": i.Low, "hi": i.High,
		"se_used": math.Max(i.SEPooled, i.SEWelch), "ci_low": i.Low, "ci_high": i.High,
		"print_low": i.PrintLow, "print_high": i.PrintHigh,
	})
}

// compareRelativeDelta also holds Fieller's point estimate to the vector.
func compareRelativeDelta(t *testing.T, v vector) {
	treated, control, alpha := v.arm(t, "treated"), v.arm(t, "control"), v.number(t, "alpha")
	w, err := RelativeDelta(treated, control, alpha)
	r, fiellerErr := Relative(treated, control, alpha)
	if v.undefined() {
		if ReasonOf(err) != ZeroBaseline || ReasonOf(fiellerErr) != ZeroBaseline {
			t.Errorf("%v and %v, want reason %q", err, fiellerErr, ZeroBaseline)
		}
		return
	}
	if err != nil || fiellerErr != nil {
		t.Fatal(err, fiellerErr)
	}
	if !near(r.Value, w.Diff, 1e-12) {
		t.Errorf("Fieller's %v, delta method %v", r.Value, w.Diff)
	}
	v.want(t, map[string]float64{
		"lift": w.Diff, "se": w.SE, "dof": w.DoF, "p": w.P, "ci_low": w.Low, "ci_high": w.High,
	})
}

func compareFieller(t *testing.T, v vector) {
	r, err := Relative(v.arm(t, "treated"), v.arm(t, "control"), v.number(t, "alpha"))
	bounded := into[bool](t, v.Expected, "bounded")
	delete(v.Expected, "bounded")
	if !bounded && ReasonOf(err) != UncertainBaseline {
		t.Errorf("error %v, want reason %q", err, UncertainBaseline)
	}
	if bounded && err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{"g": r.G, "lift": r.Value, "ci_low": r.Low, "ci_high": r.High})
}

func compareDeltaVariance(t *testing.T, v vector) {
	arm := func(suffix string) Sums {
		n, mean, variance := v.number(t, "n_"+suffix), v.number(t, "mean_"+suffix), v.number(t, "var_"+suffix)
		return Sums{N: int64(n), Y: n * mean, Y2: variance*(n-1) + n*mean*mean}
	}
	w, err := Welch(arm("t"), arm("c"), 0.05)
	if err != nil {
		t.Fatal(err)
	}
	r, err := RelativeDelta(arm("t"), arm("c"), 0.05)
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{"var_abs": w.SE * w.SE, "var_rel": r.SE * r.SE})
}

func compareAttributable(t *testing.T, v vector) {
	treated, control := v.arm(t, "treated"), v.arm(t, "control")
	share, err := Attributable(treated, control)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Relative(treated, control, 0.05)
	if err != nil {
		t.Fatal(err)
	}
	e := Assess(treated, control, 0.05)
	total, _, _ := e.Total()
	v.want(t, map[string]float64{
		"rate_c": control.Mean(), "rate_t": treated.Mean(), "relative_lift": r.Value, "attributable_fraction": share,
		"incremental_conversions": total,
	})
}

// joint reads sums of two amounts and of their product.
func (v vector) joint(t *testing.T, key, first, second, product string) Joint {
	t.Helper()
	in := into[map[string]json.RawMessage](t, v.Inputs, key)
	number := func(name string) float64 { return into[float64](t, in, name) }
	s := Joint{N: int64(number("n"))}
	s.First[0], s.First[1] = number(first+"_sum"), number(second+"_sum")
	squares := func(name string) float64 {
		if _, ok := in["kind"]; ok { // a proportion: 1 is its own square
			return number(name + "_sum")
		}
		return number(name + "_sum_squares")
	}
	s.Second[0], s.Second[1], s.Second[Amounts] = squares(first), number(product), squares(second)
	return s
}

func compareRatio(t *testing.T, v vector) {
	treated := v.joint(t, "treated", "num", "den", "num_den_product")
	control := v.joint(t, "control", "num", "den", "num_den_product")
	w, err := RelativeRatio(treated, control, 0.05)
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{
		"lift": w.Diff, "se": w.SE, "p": w.P,
		"ratio_t": treated.Mean(0) / treated.Mean(1), "ratio_c": control.Mean(0) / control.Mean(1),
	})
}
