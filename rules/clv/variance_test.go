package clv

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// TestVarianceBySimulation draws what customers will spend, purchase by purchase, and compares the spread.
func TestVarianceBySimulation(t *testing.T) {
	t.Parallel()
	model := MBGNBD{R: .525, Alpha: 6.183, A: .891, B: 1.614}
	money := GammaGamma{P: 6.25, Q: 3.74, V: 15.44}
	z := Year()
	for _, c := range []struct {
		h History
		s Spend
	}{
		{History{X: 0, T: 20}, Spend{}},
		{History{X: 2, Tx: 30, T: 39}, Spend{X: 2, Mean: 22.35}},
		{History{X: 12, Tx: 38, T: 39}, Spend{X: 12, Mean: 70}},
	} {
		counts := Distribution(model, z.Length(), c.h)
		discount := z.Purchases(model, c.h) / model.Expected(z.Length(), c.h)
		r := rand.New(rand.NewPCG(1, 2))
		rate, shape := money.posterior(c.s)
		const draws = 400_000
		var sum, square float64
		for range draws {
			n, u := 0, r.Float64()
			for u -= counts[0]; u > 0 && n < len(counts)-1; u -= counts[n] {
				n++
			}
			v := 0.0
			if n > 0 {
				nu := distuv.Gamma{Alpha: shape, Beta: rate, Src: r}.Rand()
				v = discount * distuv.Gamma{Alpha: money.P * float64(n), Beta: nu, Src: r}.Rand()
			}
			sum, square = sum+v, square+v*v
		}
		mean := sum / draws
		drawn := square/draws - mean*mean
		if got := z.Variance(model, money, c.h, c.s); math.Abs(got-drawn) > 0.05*drawn {
			t.Errorf("%+v: variance %.2f, drawn %.2f", c.h, got, drawn)
		}
		if want := z.Purchases(model, c.h) * money.Expected(c.s); math.Abs(mean-want) > 0.02*want {
			t.Errorf("%+v: the draws have the mean %.2f, want %.2f", c.h, mean, want)
		}
	}
}

// TestVarianceOfAFixedValue: where every purchase has the same value, only their number varies.
func TestVarianceOfAFixedValue(t *testing.T) {
	t.Parallel()
	model, h := BGNBD{R: .243, Alpha: 4.414, A: .793, B: 2.426}, History{X: 3, Tx: 20, T: 30}
	z := Horizon{Terms: 12, Term: Days(daysPerYear) / monthsPerYear} // without discount
	var mean, square float64
	for n, p := range Distribution(model, z.Length(), h) {
		mean, square = mean+float64(n)*p, square+float64(n*n)*p
	}
	if got, want := z.Variance(model, ShrunkenMean{Mean: 20, Weight: 1e9}, h, Spend{}), 400*(square-mean*mean); math.Abs(got-want) > 1e-9*want {
		t.Errorf("variance %v, want %v", got, want)
	}
	if got := z.Variance(model, GammaGamma{P: 2, Q: 1.2, V: 10}, h, Spend{}); !(got > 0) || math.IsInf(got, 0) {
		t.Errorf("values without a variance of their own: %v, want a finite bound", got)
	}
	if got := (Horizon{}).Variance(model, ShrunkenMean{Mean: 20, Weight: 1}, h, Spend{}); got != 0 {
		t.Errorf("no horizon: %v", got)
	}
}
