package clv

import (
	"fmt"
	"math"
	"testing"
)

// simulated is a customer drawn from a BG/NBD shop whose parameters are known.
type simulated struct {
	History
	spend  Spend
	future int  // repeat purchases in the holdout
	alive  bool // now
}

// recipe describes a simulated shop: days from the first customer's first
// purchase to now, days over which customers arrive, days of holdout.
type recipe struct {
	seed               uint64
	truth              BGNBD
	days, acquire, off int
}

// setA is a shop like CDNOW.
func setA() recipe {
	return recipe{
		seed: 20240501, truth: BGNBD{R: .243, Alpha: 4.414, A: .793, B: 2.426},
		days: 273, acquire: 84, off: 273,
	}
}

func (c recipe) customers(n int) []simulated {
	out := make([]simulated, n)
	for i := range out {
		out[i] = c.customer(uint64(i + 1))
	}
	return out
}

// customer draws one customer from a stream of its own, so that any prefix of
// a set is the same whatever its size. Times are kept to 6 decimals and money
// to 4, as in a file.
func (c recipe) customer(i uint64) simulated {
	rng := stream(mix(c.seed + i*golden))
	first := math.Floor(rng.uniform() * float64(c.acquire))
	s := simulated{alive: true}
	t := (float64(c.days) - first) / 7
	horizon := t + float64(c.off)/7
	lambda := rng.gamma(c.truth.R) / c.truth.Alpha
	ga := rng.gamma(c.truth.A)
	p := ga / (ga + rng.gamma(c.truth.B))
	for at := 0.0; ; {
		at += rng.exponential() / lambda
		if at > horizon {
			break
		}
		if at <= t {
			s.X++
			s.Tx = Weeks(at)
		} else {
			s.future++
		}
		if rng.uniform() < p {
			s.alive = at > t // that is, now
			break
		}
	}
	if s.X > 0 {
		nu := rng.gamma(3.74) / 15.44
		x := float64(s.X)
		s.spend = Spend{X: s.X, Mean: rounded(rng.gamma(6.25*x)/(nu*x), 4)}
	}
	s.T, s.Tx = Weeks(rounded(t, 6)), Weeks(rounded(float64(s.Tx), 6))
	return s
}

func rounded(v float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.RoundToEven(v*p) / p
}

// stream is a SplitMix64 generator (Steele, Lea and Flood 2014).
type stream uint64

const golden = 0x9E3779B97F4A7C15

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

func (s *stream) uniform() float64 {
	*s += golden
	return (float64(mix(uint64(*s))>>11) + 0.5) / (1 << 53)
}

func (s *stream) exponential() float64 { return -math.Log(s.uniform()) }

func (s *stream) normal() float64 {
	u1 := s.uniform()
	return math.Sqrt(-2*math.Log(u1)) * math.Cos(2*math.Pi*s.uniform())
}

// gamma draws from Gamma(k, 1) (Marsaglia and Tsang 2000).
func (s *stream) gamma(k float64) float64 {
	if k < 1 {
		g := s.gamma(k + 1)
		return g * math.Pow(s.uniform(), 1/k)
	}
	d := k - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := s.normal()
		if 1+c*x <= 0 {
			continue
		}
		v := math.Pow(1+c*x, 3)
		if math.Log(s.uniform()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

func histories(shop []simulated) []History {
	out := make([]History, len(shop))
	for i, s := range shop {
		out[i] = s.History
	}
	return out
}

func spends(shop []simulated) []Spend {
	out := make([]Spend, len(shop))
	for i, s := range shop {
		out[i] = s.spend
	}
	return out
}

// TestSimulatedSet checks the generator against the sums of an independent
// implementation, so that the fits below rest on known ground.
func TestSimulatedSet(t *testing.T) {
	t.Parallel()
	shop := setA().customers(100_000)
	var x, future, alive int
	var tx, tt, m float64
	for _, s := range shop {
		x += s.X
		tx += float64(s.Tx)
		tt += float64(s.T)
		m += s.spend.Mean
		future += s.future
		if s.alive {
			alive++
		}
	}
	got := fmt.Sprintf("%d %.3f %.3f %.2f %d %d", x, tx, tt, m, future, alive)
	if want := "107073 701800.615 3306813.286 1409486.64 70548 81171"; got != want {
		t.Errorf("sums of x, t_x, T, m, future, alive: %s, want %s", got, want)
	}
}

// TestFitRecoversTruth fits shops whose parameters are known. The bounds are
// four standard errors or more, the reference figures come from an
// independent implementation.
func TestFitRecoversTruth(t *testing.T) {
	t.Parallel()
	shop := setA().customers(100_000)
	fit, err := FitModel(NameBGNBD, histories(shop))
	if err != nil || fit.Fallback {
		t.Fatalf("fit: %v, %s", err, fit.Reason)
	}
	checkParams(t, fit.Model.Params(), map[string]float64{"r": .2418, "alpha": 4.4189, "a": .7632, "b": 2.3579}, 2e-4)
	checkParams(t, fit.Model.Params(), setA().truth.Params(), 0.06)
	if math.Abs(fit.LogLikelihood+412212.711) > 0.002 {
		t.Errorf("log-likelihood %.4f, want -412212.711", fit.LogLikelihood)
	}
	predicted, actual, alive, mean := 0.0, 0.0, 0.0, 0.0
	for _, s := range shop {
		predicted += fit.Model.Expected(39, s.History)
		actual += float64(s.future)
		mean += fit.Model.PAlive(s.History)
		if s.alive {
			alive++
		}
	}
	if relative(predicted, actual) > 0.02 {
		t.Errorf("predicted %.0f purchases in the holdout, %.0f happened", predicted, actual)
	}
	if relative(mean, alive) > 0.01 {
		t.Errorf("sum of P(alive) %.0f, alive %.0f", mean, alive)
	}
	spend, err := FitSpend(spends(shop), 30)
	if err != nil || spend.Fallback {
		t.Fatalf("fit spend: %v, %s", err, spend.Reason)
	}
	checkParams(t, spend.Model.Params(), map[string]float64{"p": 5.99, "q": 3.77, "v": 16.2}, 5e-3)
}

// checkParams compares parameters at a relative tolerance.
func checkParams(t *testing.T, got, want map[string]float64, tolerance float64) {
	t.Helper()
	for name, w := range want {
		if g := got[name]; !(relative(g, w) <= tolerance) {
			t.Errorf("%s = %v, want %v (off by %.2g, tolerance %.2g)", name, g, w, relative(g, w), tolerance)
		}
	}
}
