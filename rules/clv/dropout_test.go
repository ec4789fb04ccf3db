package clv

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// moderate draws parameters at which the textbook formulas can still be
// evaluated as printed.
func moderate(rt *rapid.T) BGNBD {
	log := rapid.Float64Range(-2, 2)
	draw := func(name string) float64 { return math.Exp(log.Draw(rt, name)) }
	return BGNBD{R: draw("r"), Alpha: 5 * draw("alpha"), A: draw("a"), B: draw("b")}
}

func shortHistory(rt *rapid.T) History {
	h := History{X: rapid.IntRange(0, 12).Draw(rt, "x"), T: Weeks(rapid.Float64Range(1, 80).Draw(rt, "T"))}
	if h.X > 0 {
		h.Tx = h.T * Weeks(rapid.Float64Range(.01, 1).Draw(rt, "share"))
	}
	return h
}

func lnGamma(z float64) float64 {
	v, _ := math.Lgamma(z)
	return v
}

// TestLikelihoodAsPrinted compares with the formulas as the papers print them.
func TestLikelihoodAsPrinted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m, h := moderate(rt), shortHistory(rt)
		x, tx, tt := float64(h.X), float64(h.Tx), float64(h.T)
		common := lnGamma(m.R+x) - lnGamma(m.R) + m.R*math.Log(m.Alpha)
		alive, left := math.Pow(m.Alpha+tt, -m.R-x), math.Pow(m.Alpha+tx, -m.R-x)
		beta := func(a, b float64) float64 { return lnGamma(a) + lnGamma(b) - lnGamma(a+b) }
		dead := 0.0
		if h.X > 0 {
			dead = m.A / (m.B + x - 1) * left
		}
		want := common + beta(m.A, m.B+x) - beta(m.A, m.B) + math.Log(alive+dead)
		if got := m.LogLikelihood(h); math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
			rt.Fatalf("BG/NBD log-likelihood %v, printed form %v", got, want)
		}
		if got := m.PAlive(h); math.Abs(got-alive/(alive+dead)) > 1e-9 {
			rt.Fatalf("BG/NBD P(alive) %v, printed form %v", got, alive/(alive+dead))
		}
		dead = m.A / (m.B + x) * left
		want = common + beta(m.A, m.B+x+1) - beta(m.A, m.B) + math.Log(alive+dead)
		if got := MBGNBD(m).LogLikelihood(h); math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
			rt.Fatalf("MBG/NBD log-likelihood %v, printed form %v", got, want)
		}
		if got := MBGNBD(m).PAlive(h); math.Abs(got-alive/(alive+dead)) > 1e-9 {
			rt.Fatalf("MBG/NBD P(alive) %v, printed form %v", got, alive/(alive+dead))
		}
	})
}

func TestLikelihoodIsFinite(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m, h := drawModel(rt), drawHistory(rt)
		ll := m.(interface{ LogLikelihood(h History) float64 }).LogLikelihood(h)
		if math.IsNaN(ll) || math.IsInf(ll, 0) {
			rt.Fatalf("log-likelihood %v", ll)
		}
	})
}

// TestLikelihoodOfSilence: the likelihood of no repeat purchase and the
// distribution of purchases come from different code and must agree.
func TestLikelihoodOfSilence(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m := moderate(rt)
		h := History{T: Weeks(rapid.Float64Range(.1, 200).Draw(rt, "T"))}
		for _, m := range []Model{
			m, MBGNBD(m), ParetoNBD{R: m.R, Alpha: m.Alpha, S: m.A, Beta: 5 * m.B}, NBD{R: m.R, Alpha: m.Alpha, Hiatus: 26},
		} {
			want := Distribution(m, h.T, History{})[0]
			ll := m.(interface{ LogLikelihood(h History) float64 }).LogLikelihood(h)
			if relative(math.Exp(ll), want) > 1e-9 {
				rt.Fatalf("%v: likelihood %v, probability of no purchase %v", m, math.Exp(ll), want)
			}
		}
	})
}

// TestOneTimeBuyers pins the difference that makes MBG/NBD the default.
func TestOneTimeBuyers(t *testing.T) {
	t.Parallel()
	bg, mbg := BGNBD{.243, 4.414, .793, 2.426}, MBGNBD{.525, 6.183, .891, 1.614}
	for _, weeks := range []Weeks{0, 4, 39, 200} {
		h := History{T: weeks}
		if p := bg.PAlive(h); p != 1 {
			t.Errorf("BG/NBD after %v weeks: P(alive) %v, want 1", weeks, p)
		}
		if weeks > 0 && mbg.PAlive(h) >= mbg.PAlive(History{T: weeks - 1}) {
			t.Errorf("MBG/NBD after %v weeks: P(alive) does not fade", weeks)
		}
	}
}

// TestIncreasingFrequencyParadox: of two equally long silent customers the
// one who used to buy more often is expected to buy less.
func TestIncreasingFrequencyParadox(t *testing.T) {
	t.Parallel()
	m := BGNBD{R: .2425967, Alpha: 4.413659, A: .7929869, B: 2.426164}
	for x, want := range map[int]float64{10: .3474606, 15: .04283391, 20: .004158973, 25: .0003583685} {
		if got := m.Expected(52, History{X: x, Tx: 20, T: 39}); relative(got, want) > 1e-3 {
			t.Errorf("x=%d: %v, want %v", x, got, want)
		}
	}
}

func TestHiatusRule(t *testing.T) {
	t.Parallel()
	m := NBD{R: .4, Alpha: 12, Hiatus: 20}
	for silence, want := range map[Weeks]float64{0: 1, 19.9: 1, 20: 1, 20.1: 0, 500: 0} {
		if got := m.PAlive(History{X: 2, Tx: 30, T: 30 + silence}); got != want {
			t.Errorf("silent for %v weeks: P(alive) %v, want %v", silence, got, want)
		}
	}
	if got, want := m.Expected(52, History{X: 2, Tx: 30, T: 88}), 52*2.4/100; relative(got, want) > 1e-15 {
		t.Errorf("expected %v purchases of a silent customer, want %v", got, want)
	}
}
