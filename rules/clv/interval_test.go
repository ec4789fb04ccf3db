package clv

import (
	"math"
	"slices"
	"testing"
)

// futureValue draws what a customer of known history spends in t weeks, by
// drawing the customer's own rate, dropout and spend from their posteriors.
func futureValue(rng *stream, m MBGNBD, gg GammaGamma, h History, s Spend, t float64) float64 {
	if rng.uniform() > m.PAlive(h) {
		return 0
	}
	x := float64(h.X)
	lambda := rng.gamma(m.R+x) / (m.Alpha + float64(h.T))
	ga := rng.gamma(m.A)
	p := ga / (ga + rng.gamma(m.B+x+1))
	nu := rng.gamma(gg.P*x+gg.Q) / (gg.V + x*s.Mean)
	sum := 0.0
	for at := rng.exponential() / lambda; at <= t; at += rng.exponential() / lambda {
		sum += rng.gamma(gg.P) / nu
		if rng.uniform() < p {
			break
		}
	}
	return sum
}

// TestIntervalCovers draws futures of three customers and counts how many lie
// in the 90 % interval. Undiscounted, since a draw has no months.
func TestIntervalCovers(t *testing.T) {
	t.Parallel()
	m, gg := MBGNBD{.525, 6.183, .891, 1.614}, GammaGamma{6.25, 3.74, 15.44}
	z := Horizon{Terms: 1, Term: 52}
	for _, c := range []struct {
		h History
		s Spend
	}{
		{History{T: 10}, Spend{}},
		{History{X: 2, Tx: 30, T: 38}, Spend{X: 2, Mean: 22}},
		{History{X: 12, Tx: 37, T: 38}, Spend{X: 12, Mean: 60}},
	} {
		rng := stream(mix(4711))
		draws := make([]float64, 60_000)
		mean := 0.0
		for i := range draws {
			draws[i] = futureValue(&rng, m, gg, c.h, c.s, 52)
			mean += draws[i] / float64(len(draws))
		}
		slices.Sort(draws)
		low, high := z.Interval(m, gg, c.h, c.s, .9)
		for limit, share := range map[float64]float64{low: .05, high: .95} {
			at := draws[int(share*float64(len(draws)))]
			if math.Abs(limit-at) > .05*(at+1) {
				t.Errorf("%v: limit %v, the %v quantile of the draws is %v", c.h, limit, share, at)
			}
		}
		if want := z.Purchases(m, c.h) * gg.Expected(c.s); relative(mean, want) > .04 {
			t.Errorf("%v: mean of the draws %v, expected value %v", c.h, mean, want)
		}
	}
}

func TestInterval(t *testing.T) {
	t.Parallel()
	m, gg := MBGNBD{.525, 6.183, .891, 1.614}, GammaGamma{6.25, 3.74, 15.44}
	h, s := History{X: 5, Tx: 35, T: 38}, Spend{X: 5, Mean: 40}
	low, high := Year().Interval(m, gg, h, s, .9)
	wideLow, wideHigh := Year().Interval(m, gg, h, s, .99)
	if value := Residual(m, gg, h, s); !(wideLow <= low && low < value && value < high && high < wideHigh) {
		t.Errorf("value %v, 90 %% (%v, %v), 99 %% (%v, %v)", value, low, high, wideLow, wideHigh)
	}
	if low, high := Year().Interval(m, gg, History{X: 5, Tx: 3, T: 300}, s, .9); low != 0 || high != 0 {
		t.Errorf("(%v, %v) for a customer long gone, want (0, 0)", low, high)
	}
	nbd, flat := NBD{R: .7, Alpha: 9, Hiatus: 20}, ShrunkenMean{Mean: 30, Weight: 1}
	low, high = Horizon{Terms: 1, Term: 52}.Interval(nbd, flat, h, s, .9)
	each := flat.Expected(s)
	for name, v := range map[string]float64{"low": low, "high": high} {
		if n := v / each; math.Abs(n-math.Round(n)) > 1e-6 {
			t.Errorf("%s limit %v is not a multiple of %v", name, v, each)
		}
	}
	if low, high := Year().Interval(plain{m}, gg, h, s, .9); !math.IsNaN(low) || !math.IsNaN(high) {
		t.Errorf("(%v, %v) for a model of another package, want NaN", low, high)
	}
}
