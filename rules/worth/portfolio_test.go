package worth_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"treue/rules/clv"
	"treue/rules/worth"
)

// doubted are fitted models of an invented crowd, and the crowd as positions of one group; every third is in a second.
func doubted(t *testing.T, n int) (worth.Doubt, []worth.Position) {
	t.Helper()
	cases := crowd(n, 3)
	histories, spends := make([]clv.History, n), make([]clv.Spend, n)
	for i, c := range cases {
		histories[i], spends[i] = c.History, c.Spend
	}
	fit, err := clv.FitModel(clv.NameAuto, histories)
	if err != nil || fit.Fallback {
		t.Fatal(err, fit.Reason)
	}
	money, err := clv.FitSpend(spends, 50)
	if err != nil || money.Fallback {
		t.Fatal(err, money.Reason)
	}
	d := worth.Doubt{Model: fit.Model, ModelCovariance: fit.Covariance, Money: money.Model, MoneyCovariance: money.Covariance, Share: 0.4}
	positions := make([]worth.Position, n)
	for i, c := range cases {
		positions[i] = worth.Position{
			Groups: []int{0}, Buyer: true, Revenue: 100, Historic: 40, History: c.History, Spend: c.Spend,
			Predicted: 0.4 * clv.Residual(d.Model, d.Money, c.History, c.Spend),
		}
		if i%3 == 0 {
			positions[i].Groups = []int{0, 1}
		}
	}
	return d, positions
}

func summed(t *testing.T, d worth.Doubt, groups int, positions []worth.Position, every int) []worth.Holding {
	t.Helper()
	p, err := worth.NewPortfolio(groups, d)
	if err != nil {
		t.Fatal(err)
	}
	for i := range positions {
		p.Add(&positions[i])
		if i%every == 0 {
			p.Doubt(&positions[i], float64(every))
		}
	}
	p.Close()
	return p.Holdings
}

func TestPortfolioAddsUp(t *testing.T) {
	t.Parallel()
	d, positions := doubted(t, 3000)
	lead := worth.Position{Groups: []int{0}, Predicted: math.NaN(), Historic: math.NaN()}
	all := summed(t, d, 3, append(positions, lead), 1)
	want := 0.0
	for _, p := range positions {
		want += p.Predicted
	}
	g := all[0]
	if g.Customers != 3001 || g.Buyers != 3000 || g.Revenue != 300_000 || g.Historic != 120_000 || !alike(g.Predicted, want) || !alike(g.CLV(), want+120_000) {
		t.Errorf("%+v, want %v predicted", g, want)
	}
	if all[1].Customers != 1000 || all[2].Customers != 0 || all[2].PredictedHigh != 0 {
		t.Errorf("a third: %+v, nobody: %+v", all[1], all[2])
	}
	// The doubt of the parameters is shared, chance averages out: of a third of the customers the first is about a third,
	// the second about a root of it.
	if r := all[1].ParameterError / g.ParameterError; math.Abs(r-1.0/3) > 0.05 {
		t.Errorf("parameter error %v of %v", all[1].ParameterError, g.ParameterError)
	}
	if r := all[1].ChanceError / g.ChanceError; math.Abs(r-math.Sqrt(1.0/3)) > 0.06 {
		t.Errorf("chance error %v of %v", all[1].ChanceError, g.ChanceError)
	}
	half := 1.645 * math.Hypot(g.ParameterError, g.ChanceError)
	if math.Abs(g.PredictedHigh-g.Predicted-half) > 0.05*half || math.Abs(g.Predicted-g.PredictedLow-half) > 0.05*half {
		t.Errorf("%v to %v around %v, want %v to each side", g.PredictedLow, g.PredictedHigh, g.Predicted, half)
	}
}

// TestSampledDoubt: looking at every fourth customer gives about the same range.
func TestSampledDoubt(t *testing.T) {
	t.Parallel()
	d, positions := doubted(t, 8000)
	whole, sampled := summed(t, d, 2, positions, 1)[0], summed(t, d, 2, positions, 4)[0]
	if r := sampled.ParameterError / whole.ParameterError; math.Abs(r-1) > 0.05 {
		t.Errorf("parameter error %v, by a sample %v", whole.ParameterError, sampled.ParameterError)
	}
	if r := sampled.ChanceError / whole.ChanceError; math.Abs(r-1) > 0.1 {
		t.Errorf("chance error %v, by a sample %v", whole.ChanceError, sampled.ChanceError)
	}
}

// TestRangeCovers draws what customers spend from the fitted models: in nine of ten draws the sum lies in the range of
// chance, here that of a share of the customers, where it outweighs the parameters.
func TestRangeCovers(t *testing.T) {
	t.Parallel()
	d, positions := doubted(t, 3000)
	few := positions[:40]
	// Certain parameters: only chance is left.
	d.ModelCovariance, d.MoneyCovariance = clv.Covariance{}, clv.Covariance{}
	g := summed(t, d, 2, few, 1)[0]
	if g.ParameterError != 0 {
		t.Fatalf("parameter error %v of certain parameters", g.ParameterError)
	}
	gg := d.Money.(clv.GammaGamma)
	r := rand.New(rand.NewPCG(1, 1))
	counts := make([][]float64, len(few))
	discount := make([]float64, len(few))
	for i, p := range few {
		counts[i] = clv.Distribution(d.Model, clv.Year().Length(), p.History)
		discount[i] = clv.Year().Purchases(d.Model, p.History) / d.Model.Expected(clv.Year().Length(), p.History)
	}
	inside, draws := 0, 4000
	for range draws {
		sum := 0.0
		for i, p := range few {
			n := draw(r, counts[i])
			rate, shape := gg.V, gg.Q
			if p.Spend.X > 0 {
				rate, shape = rate+float64(p.Spend.X)*p.Spend.Mean, shape+gg.P*float64(p.Spend.X)
			}
			nu := gammaDraw(r, shape) / rate
			if n > 0 {
				sum += discount[i] * d.Share * gammaDraw(r, gg.P*float64(n)) / nu
			}
		}
		if sum >= g.PredictedLow && sum <= g.PredictedHigh {
			inside++
		}
	}
	if share := float64(inside) / float64(draws); math.Abs(share-worth.Level) > 0.03 {
		t.Errorf("%.3f of the draws lie in %v to %v, want 0.9", share, g.PredictedLow, g.PredictedHigh)
	}
}

func draw(r *rand.Rand, probabilities []float64) int {
	u := r.Float64()
	for n, p := range probabilities {
		if u -= p; u < 0 {
			return n
		}
	}
	return len(probabilities) - 1
}

// gammaDraw is by Marsaglia and Tsang 2000, for shapes of 1 and more, and by a power of a uniform draw below.
func gammaDraw(r *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gammaDraw(r, shape+1) * math.Pow(r.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	for {
		x := r.NormFloat64()
		v := math.Pow(1+x/math.Sqrt(9*d), 3)
		if v > 0 && math.Log(r.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

func TestUnknownRanges(t *testing.T) {
	t.Parallel()
	d, positions := doubted(t, 1000)
	d.CovariancesUnknown = true
	if g := summed(t, d, 2, positions, 1)[0]; !math.IsNaN(g.PredictedLow) || !math.IsNaN(g.ChanceError) || !(g.Predicted > 0) {
		t.Errorf("a fit without covariances: %+v", g)
	}
	d.CovariancesUnknown, d.Share = false, -0.1
	for i := range positions {
		positions[i].Predicted *= -0.25
	}
	if g := summed(t, d, 2, positions, 1)[0]; !(g.PredictedLow < g.Predicted && g.Predicted < g.PredictedHigh && g.PredictedHigh < 0) {
		t.Errorf("a shop that loses money: %v to %v around %v", g.PredictedLow, g.PredictedHigh, g.Predicted)
	}
}
