package lift

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// vector is a public test vector: figures that other tools assert or that were recomputed with scipy from published
// summary statistics. Undefined ones expect an error instead of figures.
type vector struct {
	ID        string                     `json:"id"`
	Estimator string                     `json:"estimator"`
	Inputs    map[string]json.RawMessage `json:"inputs"`
	Expected  map[string]json.RawMessage `json:"expected"`
}

func loadVectors(t *testing.T) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vs []vector
	if err := json.Unmarshal(text, &vs); err != nil {
		t.Fatal(err)
	}
	return vs
}

func into[T any](t *testing.T, from map[string]json.RawMessage, key string) T {
	t.Helper()
	var x T
	if err := json.Unmarshal(from[key], &x); err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	return x
}

// arm reads outcomes or sums. A proportion's variance is p(1-p) in the vectors' sources, so its squares are chosen to
// give that with n-1.
func (v vector) arm(t *testing.T, key string) Sums {
	t.Helper()
	var outcomes []float64
	if json.Unmarshal(v.Inputs[key], &outcomes) == nil {
		return SumsOf(outcomes)
	}
	in := into[struct {
		N       int64   `json:"n"`
		Sum     float64 `json:"sum"`
		Squares float64 `json:"sum_squares"`
		Cubes   float64 `json:"sum_cubes"`
		Kind    string  `json:"kind"`
	}](t, v.Inputs, key)
	if in.Kind == "proportion" {
		n := float64(in.N)
		p := in.Sum / n
		in.Squares = p*(1-p)*(n-1) + n*p*p
	}
	return Sums{N: in.N, Y: in.Sum, Y2: in.Squares, Y3: in.Cubes}
}

func (v vector) number(t *testing.T, key string) float64 {
	t.Helper()
	return into[float64](t, v.Inputs, key)
}

// want holds every figure the vector expects; one that was not computed is a failure, too.
func (v vector) want(t *testing.T, got map[string]float64) {
	t.Helper()
	for key := range v.Expected {
		have, ok := got[key]
		if !ok {
			t.Errorf("%s: nothing to compare with %s", v.ID, key)
			continue
		}
		want := into[float64](t, v.Expected, key)
		if !near(have, want, 1e-6) {
			t.Errorf("%s: %s = %.12g, want %.12g", v.ID, key, have, want)
		}
	}
}

// near holds two figures to a relative tolerance; probabilities below 1e-12 need only agree in their magnitude.
func near(got, want, tolerance float64) bool {
	if want != 0 && math.Abs(want) < 1e-12 {
		return got > 0 && math.Abs(math.Log10(got/want)) < 1
	}
	return math.Abs(got-want) <= tolerance*math.Abs(want)+1e-9
}

func (v vector) undefined() bool {
	_, ok := v.Expected["defined"]
	return ok
}

// TestVectors reproduces every vector to 1e-6.
func TestVectors(t *testing.T) {
	t.Parallel()
	compare := map[string]func(*testing.T, vector){
		"welch_abs":                                 compareWelch,
		"decision_interval":                         compareDecision,
		"relative_value":                            compareRelativeValue,
		"relative_fieller":                          compareFieller,
		"lift_vs_attributable_fraction":             compareAttributable,
		"srm_chi2":                                  compareSRM,
		"asymptotic_confidence_sequence":            compareSequence,
		"asymptotic_confidence_sequence_multiplier": compareMultiplier,
		"power_absolute":                            comparePower,
		"mde_absolute_cuped_allocation":             compareMDE,
		"min_control_size":                          compareControlSize,
	}
	for _, v := range loadVectors(t) {
		test, ok := compare[v.Estimator]
		if !ok {
			t.Errorf("%s: no comparison for %s", v.ID, v.Estimator)
			continue
		}
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			test(t, v)
		})
	}
}

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

func compareDecision(t *testing.T, v vector) {
	i, err := DecisionInterval(v.arm(t, "treated"), v.arm(t, "control"), v.number(t, "alpha"))
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{
		"diff": i.Diff, "se_pooled": i.SEPooled, "se_welch": i.SEWelch, "skew_A": i.Skew, "lo": i.Low, "hi": i.High,
		"print_low": i.PrintLow, "print_high": i.PrintHigh,
	})
}

func compareRelativeValue(t *testing.T, v vector) {
	r, err := Relative(v.arm(t, "treated"), v.arm(t, "control"), v.number(t, "alpha"))
	if v.undefined() {
		if got := ReasonOf(err); got != ZeroBaseline {
			t.Errorf("reason %q, want %q", got, ZeroBaseline)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{"lift": r.Value})
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

func compareSRM(t *testing.T, v vector) {
	p, err := SRM(into[[]int64](t, v.Inputs, "observed"), into[[]float64](t, v.Inputs, "weights"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p < SRMThreshold, into[bool](t, v.Expected, "mismatch"); got != want {
		t.Errorf("mismatch %v, want %v", got, want)
	}
	if want := into[float64](t, v.Expected, "p"); !near(p, want, 1e-6) {
		t.Errorf("p = %v, want %v", p, want)
	}
}

// compareSequence feeds the look with the vector's own point and standard error where those are relative, since the
// product's sequence is on the absolute scale, and with Welch's elsewhere.
func compareSequence(t *testing.T, v vector) {
	treated, control := v.arm(t, "treated"), v.arm(t, "control")
	alpha, planned := v.number(t, "alpha"), int64(v.number(t, "n_star"))
	point, se := into[float64](t, v.Expected, "point"), into[float64](t, v.Expected, "se")
	if into[string](t, v.Inputs, "scale") == "relative" {
		delete(v.Expected, "point")
		delete(v.Expected, "se")
	}
	if into[string](t, v.Inputs, "scale") == "absolute" {
		w, err := Welch(treated, control, alpha)
		if err != nil {
			t.Fatal(err)
		}
		point, se = w.Diff, w.SE
	}
	m := newMixture(treated.N+control.N, planned, alpha)
	half := m.multiplier(alpha) * se
	v.want(t, map[string]float64{
		"point": point, "se": se, "n": float64(treated.N + control.N), "rho": math.Sqrt(m.nr2 / float64(treated.N+control.N)),
		"halfwidth": half, "ci_low": point - half, "ci_high": point + half, "p_always_valid": m.pValue(point / se),
	})
}

func compareMultiplier(t *testing.T, v vector) {
	alpha := v.number(t, "alpha")
	got := newMixture(int64(v.number(t, "n")), int64(v.number(t, "n_star")), alpha).multiplier(alpha)
	const z = 1.959963984540054
	v.want(t, map[string]float64{"multiplier_of_se": got, "ratio_to_fixed": got / z, "fixed_z": z})
}

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
