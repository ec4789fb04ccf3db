package clv

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func moderatePareto(rt *rapid.T) ParetoNBD {
	g := moderate(rt)
	return ParetoNBD{R: g.R, Alpha: g.Alpha, S: g.A, Beta: 5 * g.B}
}

// TestParetoAsPrinted compares with the likelihood and P(alive) as the papers
// print them.
func TestParetoAsPrinted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m, h := moderatePareto(rt), shortHistory(rt)
		p := [4]float64{m.R, m.Alpha, m.S, m.Beta}
		want := naivePareto(p, h)
		if got := m.LogLikelihood(h); math.Abs(got-want) > 1e-7*(1+math.Abs(want)) {
			rt.Fatalf("log-likelihood %v, printed form %v", got, want)
		}
		x := float64(h.X)
		alive := lnGamma(m.R+x) - lnGamma(m.R) + m.R*math.Log(m.Alpha/(m.Alpha+float64(h.T))) -
			x*math.Log(m.Alpha+float64(h.T)) + m.S*math.Log(m.Beta/(m.Beta+float64(h.T)))
		if got := m.PAlive(h); math.Abs(got-math.Exp(alive-want)) > 1e-7 {
			rt.Fatalf("P(alive) %v, printed form %v", got, math.Exp(alive-want))
		}
	})
}

// TestParetoAnchors: figures printed with the CDNOW sample in papers and the
// BTYD walkthrough, whose parameters have more digits than these.
func TestParetoAnchors(t *testing.T) {
	t.Parallel()
	m := ParetoNBD{R: .5533, Alpha: 10.578, S: .6061, Beta: 11.669}
	for name, tt := range map[string]struct{ got, want float64 }{
		"new customer, a year":    {m.ExpectedNew(52), 1.473434},
		"best customer, a year":   {m.Expected(52, History{X: 26, Tx: 30.857, T: 31}), 25.45647},
		"best customer, alive":    {m.PAlive(History{X: 26, Tx: 30.857, T: 31}), .997874},
		"one-time buyer, alive":   {m.PAlive(History{T: 39}), .2942},
		"paradox, 10 repeats":     {m.Expected(52, History{X: 10, Tx: 20, T: 39}), .7062},
		"paradox, 15 repeats":     {m.Expected(52, History{X: 15, Tx: 20, T: 39}), .1442},
		"paradox, 20 repeats":     {m.Expected(52, History{X: 20, Tx: 20, T: 39}), .0225},
		"nobody without purchase": {m.Expected(0, History{X: 20, Tx: 20, T: 39}), 0},
	} {
		if relative(tt.got, tt.want) > 2e-3 {
			t.Errorf("%s: %v, want %v", name, tt.got, tt.want)
		}
	}
}

// TestParetoSingularities: s = 1 and alpha = beta divide by zero in print.
func TestParetoSingularities(t *testing.T) {
	t.Parallel()
	h := History{X: 3, Tx: 20, T: 30}
	for name, at := range map[string]func(step float64) float64{
		"s=1":                func(e float64) float64 { return ParetoNBD{.4, 6, 1 + e, 8}.Expected(52, h) },
		"s=1, discounted":    func(e float64) float64 { return ParetoNBD{.4, 6, 1 + e, 8}.DiscountedForever(.003, h) },
		"alpha=beta":         func(e float64) float64 { return ParetoNBD{.4, 6 + e, .7, 6}.PAlive(h) },
		"alpha=beta, LL":     func(e float64) float64 { return -ParetoNBD{.4, 6, .7, 6 + e}.LogLikelihood(h) },
		"alpha=beta and s=1": func(e float64) float64 { return ParetoNBD{.4, 6, 1 + e, 6 + e}.Expected(52, h) },
	} {
		center := at(0)
		for _, step := range []float64{-1e-9, -1e-12, 1e-12, 1e-9} {
			if got := at(step); relative(got, center) > 1e-7 || !(got > 0) {
				t.Errorf("%s: %v at a distance of %v, %v at 0", name, got, step, center)
			}
		}
	}
}

// TestDiscountedUntil: without a rate it is the expectation, it falls with the
// rate, and for ever is the limit of ever longer horizons.
func TestDiscountedUntil(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m, h := moderatePareto(rt), shortHistory(rt)
		weeks := Weeks(rapid.Float64Range(.1, 500).Draw(rt, "t"))
		rate := math.Exp(rapid.Float64Range(-9, -3).Draw(rt, "rate"))
		plain := m.Expected(weeks, h)
		if got := m.DiscountedUntil(weeks, 0, h); relative(got, plain) > 1e-12 {
			rt.Fatalf("without a rate %v, expected %v", got, plain)
		}
		some, more := m.DiscountedUntil(weeks, rate, h), m.DiscountedUntil(weeks, 2*rate, h)
		if !(more < some && some < plain) {
			rt.Fatalf("%v purchases, at a rate %v, at twice the rate %v", plain, some, more)
		}
		if low := plain * math.Exp(-rate*float64(weeks)); some < low*(1-1e-12) {
			rt.Fatalf("%v is less than all of %v in the last week, %v", some, plain, low)
		}
		z := Horizon{Terms: 1000, Term: weeks / 1000, Rate: math.Expm1(rate * float64(weeks) / 1000)}
		if terms := z.Purchases(m, h) * math.Exp(rate*float64(weeks)/2000); relative(terms, some) > 2e-3 {
			rt.Fatalf("in 1000 terms %v, continuously %v", terms, some)
		}
		ever := m.DiscountedForever(rate, h)
		if late := m.DiscountedUntil(Weeks(60/rate), rate, h); relative(late, ever) > 1e-9 {
			rt.Fatalf("for ever %v, for %v weeks %v", ever, 60/rate, late)
		}
	})
}

func TestDiscountedForeverWithoutRate(t *testing.T) {
	t.Parallel()
	h := History{X: 2, Tx: 20, T: 30}
	slow, fast := ParetoNBD{.5, 6, .9, 8}, ParetoNBD{.5, 6, 3, 8}
	if got := slow.DiscountedForever(0, h); !math.IsInf(got, 1) {
		t.Errorf("s below 1: %v, want +Inf", got)
	}
	if got, want := fast.DiscountedForever(0, h), fast.Expected(1e12, h); relative(got, want) > 1e-9 {
		t.Errorf("s above 1: %v, want %v", got, want)
	}
	if got := fast.DiscountedForever(-.01, h); !math.IsInf(got, 1) {
		t.Errorf("negative rate: %v, want +Inf", got)
	}
	if got := slow.DiscountedUntil(52, -.001, h); !(got > slow.Expected(52, h)) {
		t.Errorf("negative rate for a year: %v, want more than %v", got, slow.Expected(52, h))
	}
}

// TestParetoDistribution draws futures from the posterior and compares how
// often each number of purchases comes up.
func TestParetoDistribution(t *testing.T) {
	t.Parallel()
	const draws, weeks = 200_000, 52
	m := ParetoNBD{.553, 10.578, .606, 11.669}
	for _, h := range []History{{}, {T: 30}, {X: 3, Tx: 25, T: 30}, {X: 20, Tx: 38, T: 39}} {
		rng := stream(mix(uint64(h.X) + 17))
		seen := make([]float64, 200)
		for range draws {
			seen[m.drawFuture(&rng, h, weeks)] += 1. / draws
		}
		for n, p := range Distribution(m, weeks, h) {
			if n < len(seen) && math.Abs(seen[n]-p) > 5*math.Sqrt(p/draws)+1e-5 {
				t.Errorf("%v: %d purchases with probability %.5f, in %.5f of the draws", h, n, p, seen[n])
			}
		}
	}
}

// drawFuture draws how often a customer of known history buys.
func (m ParetoNBD) drawFuture(rng *stream, h History, weeks float64) int {
	if rng.uniform() > m.PAlive(h) {
		return 0
	}
	lambda := rng.gamma(m.R+float64(h.X)) / (m.Alpha + float64(h.T))
	mu := rng.gamma(m.S) / (m.Beta + float64(h.T))
	end := math.Min(weeks, rng.exponential()/mu)
	n := 0
	for at := rng.exponential() / lambda; at <= end && n < 199; at += rng.exponential() / lambda {
		n++
	}
	return n
}

// TestCountsPrecision: the coarse rule of the forecasts is as good as it says.
func TestCountsPrecision(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m, h := moderatePareto(rt), shortHistory(rt)
		weeks := Weeks(rapid.Float64Range(1, 60).Draw(rt, "t"))
		fine := m.prospect(h).counts(nil, weeks, restIgnored)
		coarse := m.prospect(h).counts([]float64{7}, weeks, 1e-6)
		if coarse[0] != 7 {
			rt.Fatal("what was in the buffer is gone")
		}
		sum := 0.0
		for k, p := range coarse[1:] {
			sum += p
			if math.Abs(p-fine[k]) > 1e-5 {
				rt.Fatalf("%d purchases with %v, exactly %v", k, p, fine[k])
			}
		}
		if sum < 1-1e-5 {
			rt.Fatalf("%v of the probability is left", sum)
		}
	})
}

func TestForeverValue(t *testing.T) {
	t.Parallel()
	m, gg := ParetoNBD{.5534, 10.5802, .6061, 11.6562}, GammaGamma{6.25, 3.74, 15.44}
	h, s := History{X: 2, Tx: 30.43, T: 38.86}, Spend{X: 2, Mean: 22.35}
	if got := m.ForeverValue(gg, .0027, h, s); !(got > Residual(m, gg, h, s)) {
		t.Errorf("%v for ever, %v in a year", got, Residual(m, gg, h, s))
	}
}
