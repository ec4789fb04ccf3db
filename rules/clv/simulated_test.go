package clv

import (
	"bufio"
	"crypto/sha256"
	"flag"
	"fmt"
	"math"
	"testing"
)

// simulated is a customer drawn from a shop whose parameters are known.
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
	truth              Model // BG/NBD or Pareto/NBD
	days, acquire, off int
}

// setA is a shop like CDNOW.
func setA() recipe {
	return recipe{
		seed: 20240501, truth: BGNBD{R: .243, Alpha: 4.414, A: .793, B: 2.426},
		days: 273, acquire: 84, off: 273,
	}
}

// setB is a large shop over two years.
func setB() recipe {
	return recipe{
		seed: 20240502, truth: BGNBD{R: .55, Alpha: 10.5, A: .8, B: 2.5},
		days: 730, acquire: 700, off: 365,
	}
}

// setC is a shop like CDNOW that customers leave at any moment.
func setC() recipe {
	return recipe{
		seed: 20240503, truth: ParetoNBD{R: .553, Alpha: 10.578, S: .606, Beta: 11.669},
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
	switch m := c.truth.(type) {
	case BGNBD:
		s.buyUntilLeaving(&rng, m, t, horizon)
	case ParetoNBD:
		s.buyWhileAlive(&rng, m, t, horizon)
	}
	if s.X > 0 {
		nu := rng.gamma(3.74) / 15.44
		x := float64(s.X)
		s.spend = Spend{X: s.X, Mean: rounded(rng.gamma(6.25*x)/(nu*x), 4)}
	}
	s.T, s.Tx = Weeks(rounded(t, 6)), Weeks(rounded(float64(s.Tx), 6))
	return s
}

// buyUntilLeaving draws purchases after each of which the customer may leave.
func (s *simulated) buyUntilLeaving(rng *stream, m BGNBD, t, horizon float64) {
	lambda := rng.gamma(m.R) / m.Alpha
	ga := rng.gamma(m.A)
	p := ga / (ga + rng.gamma(m.B))
	for at := rng.exponential() / lambda; at <= horizon; at += rng.exponential() / lambda {
		s.buy(at, t)
		if rng.uniform() < p {
			s.alive = at > t // that is, now
			return
		}
	}
}

// buyWhileAlive draws purchases of a customer who leaves at a moment of its own.
func (s *simulated) buyWhileAlive(rng *stream, m ParetoNBD, t, horizon float64) {
	lambda := rng.gamma(m.R) / m.Alpha
	mu := rng.gamma(m.S) / m.Beta
	end := rng.exponential() / mu
	s.alive = end > t
	for at := rng.exponential() / lambda; at <= min(end, horizon); at += rng.exponential() / lambda {
		s.buy(at, t)
	}
}

// buy counts a purchase into the history until t or into the future.
func (s *simulated) buy(at, t float64) {
	if at > t {
		s.future++
		return
	}
	s.X++
	s.Tx = Weeks(at)
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

// summary returns the sums of a set and the digest of its file.
func summary(shop []simulated) (sums, digest string) {
	var x, future, alive int
	var tx, tt, m float64
	file := sha256.New()
	out := bufio.NewWriter(file)
	fmt.Fprintln(out, "id,x,t_x,T,m,x_star,alive")
	for i, s := range shop {
		x += s.X
		tx += float64(s.Tx)
		tt += float64(s.T)
		m += s.spend.Mean
		future += s.future
		now := 0
		if s.alive {
			now = 1
		}
		alive += now
		fmt.Fprintf(out, "%d,%d,%.6f,%.6f,%.4f,%d,%d\n", i+1, s.X, float64(s.Tx), float64(s.T), s.spend.Mean, s.future, now)
	}
	out.Flush()
	return fmt.Sprintf("%d %.3f %.3f %.2f %d %d", x, tx, tt, m, future, alive), fmt.Sprintf("%x", file.Sum(nil))
}

var large = flag.Bool("large", false, "test with 1,000,000 simulated customers, too")

// TestSimulatedSets checks the generator against the sums and files of an
// independent implementation, so that the fits below rest on known ground.
func TestSimulatedSets(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		recipe       recipe
		n            int
		sums, digest string
	}{
		"A": {
			setA(), 100_000, "107073 701800.615 3306813.286 1409486.64 70548 81171",
			"7db1506ebf0391dcf141c0765074fdbf98e0072749d69cbe8c8e33f6840b5787",
		},
		"B": {
			setB(), 1_000_000, "1632843 18428532.656 54339562.285 20645433.73 1006320 720450",
			"1974ea154d7db3e497fde52e8998f9ee0c088e2e2c4f3633eeda8561062b8fd4",
		},
		"C": {
			setC(), 100_000, "108558 694299.455 3305902.714 1391116.23 74440 44408",
			"de2bb970a37011e477f79f6a220bf9894de10d50c860515bb2f4a960040a8fbb",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.n > 100_000 && !*large {
				t.Skip("a million customers are drawn with -large only")
			}
			sums, digest := summary(tt.recipe.customers(tt.n))
			if sums != tt.sums {
				t.Errorf("sums of x, t_x, T, m, future, alive: %s, want %s", sums, tt.sums)
			}
			if digest != tt.digest {
				t.Errorf("SHA-256 of the file %s, want %s", digest, tt.digest)
			}
		})
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

// TestFitRecoversLater does so where customers leave at any moment.
func TestFitRecoversLater(t *testing.T) {
	t.Parallel()
	shop := setC().customers(100_000)
	fit, err := FitModel(NameParetoNBD, histories(shop))
	if err != nil || fit.Fallback {
		t.Fatalf("fit: %v, %s", err, fit.Reason)
	}
	// The reference search stopped at a tolerance of 1e-4.
	checkParams(t, fit.Model.Params(), map[string]float64{"r": .5561, "alpha": 10.589, "s": .539, "beta": 9.77}, 2e-3)
	alive, mean := 0.0, 0.0
	for _, s := range shop {
		mean += fit.Model.PAlive(s.History)
		if s.alive {
			alive++
		}
	}
	if relative(mean, alive) > 0.02 {
		t.Errorf("sum of P(alive) %.0f, alive %.0f", mean, alive)
	}
}

// TestFitLarge fits a million customers, whose order values and times are
// continuous, so that few of them share a history.
func TestFitLarge(t *testing.T) {
	t.Parallel()
	if !*large {
		t.Skip("a million customers are fitted with -large only")
	}
	shop := setB().customers(1_000_000)
	fit, err := FitModel(NameBGNBD, histories(shop))
	if err != nil || fit.Fallback {
		t.Fatalf("fit: %v, %s", err, fit.Reason)
	}
	checkParams(t, fit.Model.Params(), map[string]float64{"r": .5504, "alpha": 10.5083, "a": .8079, "b": 2.5392}, 1e-4)
	if relative(fit.LogLikelihood, -6745905.708) > 1e-9 {
		t.Errorf("log-likelihood %.4f, want -6745905.708", fit.LogLikelihood)
	}
	spend, err := FitSpend(spends(shop), 30)
	if err != nil || spend.Fallback {
		t.Fatalf("fit spend: %v, %s", err, spend.Reason)
	}
	checkParams(t, spend.Model.Params(), map[string]float64{"p": 6.245, "q": 3.755, "v": 15.48}, 1e-3)
}
