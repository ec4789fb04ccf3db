package clv

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// vector is one published or independently computed figure.
type vector struct {
	ID        string
	Function  string
	Params    map[string]float64
	Inputs    map[string]float64
	Expected  float64
	Tolerance float64
}

func (v vector) history() History {
	return History{X: int(v.Inputs["x"]), Tx: Weeks(v.Inputs["t_x"]), T: Weeks(v.Inputs["T"])}
}

func (v vector) spend() Spend { return Spend{X: int(v.Inputs["x"]), Mean: v.Inputs["m"]} }

func (v vector) bgnbd() BGNBD {
	return BGNBD{R: v.Params["r"], Alpha: v.Params["alpha"], A: v.Params["a"], B: v.Params["b"]}
}

func (v vector) mbgnbd() MBGNBD { return MBGNBD(v.bgnbd()) }

func (v vector) pareto() ParetoNBD {
	return ParetoNBD{R: v.Params["r"], Alpha: v.Params["alpha"], S: v.Params["s"], Beta: v.Params["beta"]}
}

func (v vector) gammaGamma() GammaGamma {
	return GammaGamma{P: v.Params["p"], Q: v.Params["q"], V: v.Params["v"]}
}

// compute evaluates the vector's function; ok is false for an unknown one.
func (v vector) compute() (got float64, ok bool) {
	in := v.Inputs
	t := Weeks(in["t"])
	switch v.Function {
	case "bgnbd.loglik":
		return v.bgnbd().LogLikelihood(v.history()), true
	case "bgnbd.p_alive":
		return v.bgnbd().PAlive(v.history()), true
	case "bgnbd.cond_expected_purchases":
		return v.bgnbd().Expected(t, v.history()), true
	case "bgnbd.expected_purchases":
		return v.bgnbd().ExpectedNew(t), true
	case "bgnbd.pmf":
		return Distribution(v.bgnbd(), t, History{})[int(in["n"])], true
	case "mbgnbd.loglik":
		return v.mbgnbd().LogLikelihood(v.history()), true
	case "mbgnbd.p_alive":
		return v.mbgnbd().PAlive(v.history()), true
	case "mbgnbd.cond_expected_purchases":
		return v.mbgnbd().Expected(t, v.history()), true
	case "mbgnbd.expected_purchases":
		return v.mbgnbd().ExpectedNew(t), true
	case "pnbd.loglik":
		return v.pareto().LogLikelihood(v.history()), true
	case "pnbd.p_alive":
		return v.pareto().PAlive(v.history()), true
	case "pnbd.cond_expected_purchases":
		return v.pareto().Expected(t, v.history()), true
	case "pnbd.expected_purchases":
		return v.pareto().ExpectedNew(t), true
	case "pnbd.dert":
		return v.pareto().DiscountedForever(in["delta"], v.history()), true
	case "pnbd.dect":
		return v.pareto().DiscountedUntil(t, in["delta"], v.history()), true
	case "clv.pnbd_gg_infinite":
		return v.pareto().ForeverValue(v.gammaGamma(), in["delta"], v.history(), v.spend()), true
	case "gg.loglik":
		return v.gammaGamma().LogLikelihood(v.spend()), true
	case "gg.cond_expected_spend":
		return v.gammaGamma().Expected(v.spend()), true
	case "gg.population_mean_spend":
		return v.gammaGamma().PopulationMean(), true
	case "clv.bgnbd_gg_monthly":
		z := Horizon{Terms: int(in["months"]), Term: Weeks(in["weeks_per_month"]), Rate: in["monthly_rate"]}
		return z.Purchases(v.bgnbd(), v.history()) * v.gammaGamma().Expected(v.spend()), true
	case "clv.bgnbd_gg_continuous":
		return v.continuous(), true
	}
	return 0, false
}

// continuous approaches continuous discounting by many short terms, each
// discounted at its middle instead of its end.
func (v vector) continuous() float64 {
	const terms = 20000
	step := v.Inputs["horizon"] / terms
	z := Horizon{Terms: terms, Term: Weeks(step), Rate: math.Expm1(v.Inputs["delta"] * step)}
	middle := math.Exp(v.Inputs["delta"] * step / 2)
	return z.Purchases(v.bgnbd(), v.history()) * middle * v.gammaGamma().Expected(v.spend())
}

func TestVectors(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) != 116 {
		t.Fatalf("%d vectors, want 116: was the file cut?", len(vectors))
	}
	worst := 0.0
	for _, v := range vectors {
		got, ok := v.compute()
		if !ok {
			t.Errorf("%s: no such function %q", v.ID, v.Function)
			continue
		}
		off := relative(got, v.Expected)
		worst = math.Max(worst, off)
		if !(off <= v.Tolerance) {
			t.Errorf("%s %s(%v; %v) = %v, want %v (off by %.2g)", v.ID, v.Function, v.Params, v.Inputs, got, v.Expected, off)
		}
	}
	t.Logf("%d vectors, worst relative error %.2g", len(vectors), worst)
}

// relative returns |got-want| in units of |want|, or of 1 when want is 0.
func relative(got, want float64) float64 {
	if want == 0 {
		return math.Abs(got)
	}
	return math.Abs(got-want) / math.Abs(want)
}
