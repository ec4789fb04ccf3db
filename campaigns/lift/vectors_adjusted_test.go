package lift

import (
	"encoding/json"
	"math"
	"testing"
)

// cuped reads sums of an outcome (amount 0) and its value of before (amount 1).
func (v vector) cuped(t *testing.T, key string) Joint {
	t.Helper()
	if _, ok := v.Inputs[key]; ok {
		return v.joint(t, key, "post", "pre", "post_pre_product")
	}
	after, before := into[[]float64](t, v.Inputs, key+"_post"), into[[]float64](t, v.Inputs, key+"_pre")
	var s Joint
	for i, y := range after {
		s.Add(y, before[i])
	}
	return s
}

func compareTheta(t *testing.T, v vector) {
	var s Joint
	before := into[[]float64](t, v.Inputs, "pre")
	for i, y := range into[[]float64](t, v.Inputs, "post") {
		s.Add(y, before[i])
	}
	v.want(t, map[string]float64{"theta": Theta([]Pair{{Treated: s}})[0]})
}

// asPopulation scales the spread of a proportion to p(1-p), without n/(n-1), as the vectors' source does.
func asPopulation(s Joint) Joint {
	n := float64(s.N)
	for i := range Amounts {
		for j := i; j < Amounts; j++ {
			at := i*Amounts - i*(i-1)/2 + j - i
			s.Second[at] -= s.scatter(i, j) / n
		}
	}
	return s
}

func compareCUPEDRelative(t *testing.T, v vector) {
	treated, control := v.cuped(t, "treated"), v.cuped(t, "control")
	theta := Theta([]Pair{{treated, control}})
	if into[map[string]json.RawMessage](t, v.Inputs, "control")["kind"] != nil {
		treated, control = asPopulation(treated), asPopulation(control)
	}
	w, err := RelativeAdjusted(treated, control, theta, v.number(t, "alpha"))
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{
		"theta": theta[0], "lift": w.Diff, "se": w.SE, "dof": w.DoF, "p": w.P, "ci_low": w.Low, "ci_high": w.High,
	})
}

// compareCUPED holds the t-test of the residuals and the report's adjusted estimate to the vector.
func compareCUPED(t *testing.T, v vector) {
	treated, control, alpha := v.cuped(t, "treated"), v.cuped(t, "control"), v.number(t, "alpha")
	a, err := Adjust([]Pair{{treated, control}}, alpha)
	if err != nil {
		t.Fatal(err)
	}
	centre := covariateMeans(treated.Merge(control))
	w, err := Welch(treated.residual(a.Theta, centre), control.residual(a.Theta, centre), alpha)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := Welch(treated.outcome(), control.outcome(), alpha)
	if err != nil {
		t.Fatal(err)
	}
	if !near(a.Diff, w.Diff, 1e-9) || !near(a.SEWelch, w.SE, 1e-9) || !near(a.Diff+a.Gap, raw.Diff, 1e-9) {
		t.Errorf("adjusted %+v, t-test of the residuals %+v", a, w)
	}
	v.want(t, map[string]float64{
		"theta": a.Theta[0], "diff": a.Diff, "se": a.SEWelch, "dof": w.DoF, "p": w.P, "ci_low": w.Low, "ci_high": w.High,
		"unadjusted_diff": raw.Diff, "unadjusted_se": raw.SE, "variance_reduction": a.Reduction,
	})
}

func compareLin(t *testing.T, v vector) {
	arm, covariates := into[[]float64](t, v.Inputs, "treated"), into[[][]float64](t, v.Inputs, "covariates")
	var rows [2][]Row
	for i, y := range into[[]float64](t, v.Inputs, "post") {
		rows[int(arm[i])] = append(rows[int(arm[i])], Row{Y: y, X: covariates[i]})
	}
	r, err := Lin(rows[1], rows[0])
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{"diff": r.Diff, "se_hc2": r.SE})
}

// quotients reads two amounts of after and two of before; pairs are sum and sum of squares.
func (v vector) quotients(t *testing.T, key string) Joint {
	t.Helper()
	in := into[map[string]json.RawMessage](t, v.Inputs, key)
	s := Joint{N: into[int64](t, in, "n")}
	names := []string{"m_post", "d_post", "m_pre", "d_pre"}
	two := 0
	for i, a := range names {
		s.First[i] = into[[]float64](t, in, a)[0]
		for j, b := range names[i:] {
			switch {
			case j == 0:
				s.Second[two] = into[[]float64](t, in, a)[1]
			case in[a+"_"+b] != nil:
				s.Second[two] = into[float64](t, in, a+"_"+b)
			default:
				s.Second[two] = into[float64](t, in, b+"_"+a)
			}
			two++
		}
	}
	return s
}

// compareCUPEDRatio knows published figures only: they bind to the digits printed.
func compareCUPEDRatio(t *testing.T, v vector) {
	w, err := RelativeRatioAdjusted(v.quotients(t, "treated"), v.quotients(t, "control"), 0.05)
	if err != nil {
		t.Fatal(err)
	}
	ci := into[[]float64](t, v.Expected, "ci")
	if math.Abs(w.Low-ci[0]) > 5e-6 || math.Abs(w.High-ci[1]) > 5e-6 {
		t.Errorf("%v to %v, want %v", w.Low, w.High, ci)
	}
	delete(v.Expected, "ci")
	v.want(t, map[string]float64{"lift": w.Diff, "se": w.SE, "p": w.P})
	if want := into[float64](t, v.Expected, "p"); !near(w.P, want, 1e-6) {
		t.Errorf("p = %.10g, want %.10g to all its digits", w.P, want)
	}
}

func compareStrata(t *testing.T, v vector) {
	var strata []Stratum
	var pairs []Pair
	for _, s := range into[[]map[string]json.RawMessage](t, v.Inputs, "strata") {
		one := vector{Inputs: s}
		strata = append(strata, Stratum{Treated: one.arm(t, "treated"), Control: one.arm(t, "control")})
		pairs = append(pairs, Pair{jointOf(one.arm(t, "treated")), jointOf(one.arm(t, "control"))})
	}
	e := AssessStrata(strata, 0.05)
	a, err := Adjust(pairs, 0.05)
	if err != nil || !e.Defined() {
		t.Fatal(err, e.Missing)
	}
	if !near(a.Diff, e.Diff, 1e-12) || !near(a.SEWelch, e.SEWelch, 1e-12) || !near(a.PrintLow, e.PrintLow, 1e-12) {
		t.Errorf("without covariates adjusted %+v, stratified %+v", a, e)
	}
	var fixed float64
	var n float64
	for _, s := range strata {
		n += s.customers()
	}
	for _, s := range strata {
		w := s.customers() / n
		fixed += w * w * (s.Treated.squaredError() + s.Control.squaredError())
	}
	v.want(t, map[string]float64{"diff": e.Diff, "se": e.SEWelch, "se_fixed_weights": math.Sqrt(fixed)})
}

// jointOf are the sums of an outcome without covariates.
func jointOf(s Sums) (j Joint) {
	j.N, j.First[0], j.Second[0], j.Third[0] = s.N, s.Y, s.Y2, s.Y3
	return j
}
