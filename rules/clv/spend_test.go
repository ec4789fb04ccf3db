package clv

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSpendSurvivesStorage(t *testing.T) {
	t.Parallel()
	for _, m := range []SpendModel{GammaGamma{6.25, 3.74, 15.44}, ShrunkenMean{Mean: 32.5, Weight: .7}} {
		back, err := SpendFromParams(m.Name(), m.Params())
		if err != nil || back != m {
			t.Errorf("%v came back as %v, %v", m, back, err)
		}
	}
}

func TestSpendFromParamsRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		model  string
		params map[string]float64
		want   string
	}{
		"unknown":       {"median", nil, `unknown model "median": choose one of gammagamma, shrunkenmean`},
		"infinite mean": {NameGammaGamma, map[string]float64{"p": 4, "q": .8, "v": 10}, "q is 0.8, want more than 1"},
		"q of one":      {NameGammaGamma, map[string]float64{"p": 4, "q": 1, "v": 10}, "mean spend would be infinite"},
		"missing":       {NameGammaGamma, map[string]float64{"p": 4, "q": 2}, `"v" is missing`},
		"negative":      {NameShrunkenMean, map[string]float64{"mean": -1, "weight": 1}, `"mean" is -1`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := SpendFromParams(tt.model, tt.params)
			checkError(t, err, tt.want)
		})
	}
}

// TestSpendLiesBetween: a prediction lies between the customer's own mean and
// the population's, and nearer to the own the more purchases there are.
func TestSpendLiesBetween(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		draw := func(name string, low, high float64) float64 { return rapid.Float64Range(low, high).Draw(rt, name) }
		gg := GammaGamma{P: draw("p", .1, 50), Q: draw("q", 1.01, 50), V: draw("v", .1, 1000)}
		flat := ShrunkenMean{Mean: draw("mean", .1, 1000), Weight: draw("weight", .01, 100)}
		own, x := draw("m", 0, 5000), rapid.IntRange(1, 300).Draw(rt, "x")
		for m, population := range map[SpendModel]float64{gg: gg.PopulationMean(), flat: flat.Mean} {
			few, many := m.Expected(Spend{X: x, Mean: own}), m.Expected(Spend{X: x + 1, Mean: own})
			slop := 1e-9 * (own + population)
			if few < math.Min(own, population)-slop || few > math.Max(own, population)+slop {
				rt.Fatalf("%v: %v is not between %v and %v", m, few, own, population)
			}
			if math.Abs(many-own) > math.Abs(few-own)+slop {
				rt.Fatalf("%v: %v after %d purchases, %v after one more, own mean %v", m, few, x, many, own)
			}
		}
	})
}

func TestSpendUnknown(t *testing.T) {
	t.Parallel()
	gg, flat := GammaGamma{6.25, 3.74, 15.44}, ShrunkenMean{Mean: 20, Weight: 3}
	for name, tt := range map[string]struct {
		s         Spend
		gg, plain float64
	}{
		"no repeat":         {Spend{}, 6.25 * 15.44 / 2.74, 20},
		"no repeat, a mean": {Spend{Mean: 99}, 6.25 * 15.44 / 2.74, 20},
		"not a number":      {Spend{X: 2, Mean: math.NaN()}, 6.25 * 15.44 / 2.74, 20},
		"a gift":            {Spend{X: 1, Mean: 0}, 6.25 * 15.44 / 8.99, 15},
		"refunded":          {Spend{X: 1, Mean: -40}, 6.25 * 15.44 / 8.99, 15},
		"usual":             {Spend{X: 2, Mean: 30}, 6.25 * 75.44 / 15.24, 24},
	} {
		if got := gg.Expected(tt.s); relative(got, tt.gg) > 1e-12 {
			t.Errorf("%s: gamma-gamma %v, want %v", name, got, tt.gg)
		}
		if got := flat.Expected(tt.s); relative(got, tt.plain) > 1e-12 {
			t.Errorf("%s: shrunken mean %v, want %v", name, got, tt.plain)
		}
	}
	if ll := gg.LogLikelihood(Spend{X: 3, Mean: 0}); !math.IsNaN(ll) {
		t.Errorf("log-likelihood of a free order %v, want NaN", ll)
	}
}

// TestSpendObjective: the fit's likelihood is the sum of the model's, and its
// gradient the slope.
func TestSpendObjective(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		xs := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) Spend {
			return Spend{X: rapid.IntRange(0, 9).Draw(rt, "x"), Mean: float64(rapid.IntRange(-1000, 40_000).Draw(rt, "cents")) / 100}
		}), 1, 12).Draw(rt, "spends")
		b := gatherSpend(xs)
		if len(b.rows) == 0 {
			return
		}
		m := moderate(rt)
		gg, want := GammaGamma{P: m.R, Q: m.A, V: m.Alpha}, 0.0
		for _, s := range xs {
			if s.usable() {
				want += gg.LogLikelihood(s)
			}
		}
		theta := []float64{gg.P, gg.Q, gg.V / b.mean}
		n := float64(len(b.rows))
		got := -n * (b.objective(theta, make([]float64, 3)) + math.Log(b.mean))
		if math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
			rt.Fatalf("log-likelihood %v, plain sum %v", got, want)
		}
		checkGradient(rt, b.objective, theta)
	})
}

// wholesale draws order values so wild that their mean is infinite.
func wholesale(n int) []Spend {
	out := make([]Spend, n)
	for i := range out {
		rng := stream(mix(99 + uint64(i)*golden))
		nu := rng.gamma(.8) / 15
		x := 1 + math.Floor(5*rng.uniform())
		out[i] = Spend{X: int(x), Mean: rng.gamma(3*x) / (nu * x)}
	}
	return out
}

func TestFitSpendFallsBack(t *testing.T) {
	t.Parallel()
	usual := spends(setA().customers(2000))
	few := slices.DeleteFunc(slices.Clone(usual), func(s Spend) bool { return s.X == 0 })[:29]
	for name, tt := range map[string]struct {
		xs       []Spend
		typical  float64
		fallback bool
		want     string
	}{
		"usual":             {usual, 30, false, "gamma-gamma fitted to"},
		"wild":              {wholesale(3000), 30, true, "spread so widely"},
		"all alike":         {slices.Repeat([]Spend{{X: 2, Mean: 10}}, 100), 30, true, "instead"},
		"few":               {few, 30, true, "only 29 repeat buyers with a positive order value"},
		"none":              {make([]Spend, 100), 30, true, "typical order of 30.00"},
		"free orders":       {slices.Repeat([]Spend{{X: 1}}, 100), 30, true, "only 0 repeat buyers"},
		"no typical order":  {few, 0, true, "only 29 repeat buyers"},
		"typical not known": {few, math.NaN(), true, "only 29 repeat buyers"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fit, err := FitSpend(tt.xs, tt.typical)
			if err != nil {
				t.Fatal(err)
			}
			if fit.Fallback != tt.fallback || !strings.Contains(fit.Reason, tt.want) {
				t.Fatalf("fallback %v, reason %q; want %v, %q", fit.Fallback, fit.Reason, tt.fallback, tt.want)
			}
			if converged := fit.Outcome == OutcomeConverged; converged == tt.fallback || converged != (fit.StdErr != nil) {
				t.Errorf("outcome %q with standard errors %v", fit.Outcome, fit.StdErr)
			}
			if _, err := SpendFromParams(fit.Model.Name(), fit.Model.Params()); err != nil {
				t.Error(err)
			}
			for _, s := range []Spend{{}, {X: 1, Mean: 5}, {X: 50, Mean: 500}} {
				if e := fit.Model.Expected(s); !(e > 0) || math.IsInf(e, 0) {
					t.Errorf("%v: expected %v", s, e)
				}
			}
		})
	}
	if _, err := FitSpend(make([]Spend, 5), 0); !errors.Is(err, ErrNoSpend) {
		t.Errorf("nothing known: %v, want ErrNoSpend", err)
	}
}

// TestShrunkenWeight: the weight from moments is near the one gamma-gamma
// implies, (q-1)/p, for data that follows it.
func TestShrunkenWeight(t *testing.T) {
	t.Parallel()
	got := gatherSpend(spends(setA().customers(20_000))).shrunken()
	if implied := 2.74 / 6.25; got.Weight < implied/2 || got.Weight > implied*2 {
		t.Errorf("weight %v, want about %v", got.Weight, implied)
	}
	if relative(got.Mean, 35.2) > .05 {
		t.Errorf("mean %v, want about 35", got.Mean)
	}
}
