package clv

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// hyp2F1 is the plain Gauss series, for 0 <= z < 1 and moderate a, b, c.
func hyp2F1(a, b, c, z float64) float64 {
	sum, term := 1.0, 1.0
	for k := 0.0; k < 20000 && math.Abs(term) > 1e-17*math.Abs(sum); k++ {
		term *= (a + k) * (b + k) / ((c + k) * (k + 1)) * z
		sum += term
	}
	return sum
}

// TestExpectedAsPrinted compares with the hypergeometric forms of the papers
// where those can be evaluated: away from a = 1 and a+b = 1.
func TestExpectedAsPrinted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m, h := moderate(rt), shortHistory(rt)
		if math.Abs(m.A-1) < .05 || m.A+m.B < 1.05 {
			return
		}
		weeks := rapid.Float64Range(1, 60).Draw(rt, "t")
		x, end := float64(h.X), m.Alpha+float64(h.T)
		z := weeks / (end + weeks)
		printed := func(c, b float64) float64 {
			return c / (m.A - 1) * (1 - math.Pow(1-z, m.R+x)*hyp2F1(m.R+x, b, c, z))
		}
		want := printed(m.A+m.B+x-1, m.B+x) * m.PAlive(h)
		if got := m.Expected(Weeks(weeks), h); math.Abs(got-want) > 1e-8*(1+want) {
			rt.Fatalf("BG/NBD %v, printed form %v", got, want)
		}
		want = printed(m.A+m.B+x, m.B+x+1) * MBGNBD(m).PAlive(h)
		if got := MBGNBD(m).Expected(Weeks(weeks), h); math.Abs(got-want) > 1e-8*(1+want) {
			rt.Fatalf("MBG/NBD %v, printed form %v", got, want)
		}
	})
}

// TestDistributionMean: the distribution is one, and its mean is Expected.
func TestDistributionMean(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var m Model = moderate(rt)
		switch rapid.IntRange(0, 3).Draw(rt, "model") {
		case 3:
			g := m.(BGNBD)
			m = ParetoNBD{R: g.R, Alpha: g.Alpha, S: g.A, Beta: 5 * g.B}
		case 1:
			m = MBGNBD(m.(BGNBD))
		case 2:
			m = NBD{R: m.(BGNBD).R, Alpha: m.(BGNBD).Alpha, Hiatus: 10}
		}
		h, weeks := shortHistory(rt), Weeks(rapid.Float64Range(0, 60).Draw(rt, "t"))
		sum, mean := 0.0, 0.0
		for n, p := range Distribution(m, weeks, h) {
			if p < -1e-15 {
				rt.Fatalf("probability of %d purchases is %v", n, p)
			}
			sum += p
			mean += float64(n) * p
		}
		if math.Abs(sum-1) > 1e-11 {
			rt.Fatalf("probabilities sum to %v", sum)
		}
		if want := m.Expected(weeks, h); math.Abs(mean-want) > 1e-9*(1+want) {
			rt.Fatalf("mean of the distribution %v, expected %v", mean, want)
		}
	})
}

// TestSharedHorizons: horizons computed together equal those computed alone.
func TestSharedHorizons(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m, h := drawModel(rt), drawHistory(rt)
		ts := []Weeks{0, .5, 4, 13, 26, 52, 60, 70, 80, 90, 100, 110, 120, 130}
		out := make([]float64, len(ts))
		expectedAt(m, h, ts, out)
		for i, weeks := range ts {
			if want := m.Expected(weeks, h); relative(out[i], want) > 1e-13 {
				rt.Fatalf("%v weeks: together %v, alone %v", weeks, out[i], want)
			}
		}
	})
}

// TestRemovableSingularities: the printed forms divide by a-1 and take 2F1 at
// c = a+b+x-1, both of which may be 0. Nothing happens there.
func TestRemovableSingularities(t *testing.T) {
	t.Parallel()
	h := History{X: 3, Tx: 20, T: 30}
	for name, at := range map[string]func(step float64) float64{
		"a=1":         func(e float64) float64 { return BGNBD{.4, 6, 1 + e, 2.5}.Expected(52, h) },
		"a=1, MBG":    func(e float64) float64 { return MBGNBD{.4, 6, 1 + e, 2.5}.Expected(52, h) },
		"a+b=1":       func(e float64) float64 { return BGNBD{.4, 6, .3, .7 + e}.ExpectedNew(52) },
		"a+b=1, MBG":  func(e float64) float64 { return MBGNBD{.4, 6, .3, .7 + e}.ExpectedNew(52) },
		"a=1 and b=0": func(e float64) float64 { return BGNBD{.4, 6, 1 + e, 1e-9}.ExpectedNew(52) },
	} {
		center := at(0)
		for _, step := range []float64{-1e-9, -1e-12, 1e-12, 1e-9} {
			if got := at(step); relative(got, center) > 1e-8 || !(got > 0) {
				t.Errorf("%s: %v at a distance of %v, %v at 0", name, got, step, center)
			}
		}
	}
}

// TestNobodyLeaves: with a vanishing a both dropout models are NBD.
func TestNobodyLeaves(t *testing.T) {
	t.Parallel()
	nbd := NBD{R: .7, Alpha: 9, Hiatus: 20}
	for _, h := range []History{{}, {T: 30}, {X: 4, Tx: 25, T: 30}, {X: 300, Tx: 299, T: 300}} {
		for _, m := range []Model{BGNBD{.7, 9, 1e-12, 5}, MBGNBD{.7, 9, 1e-12, 5}} {
			if got, want := m.Expected(52, h), nbd.Expected(52, h); relative(got, want) > 1e-9 {
				t.Errorf("%s %v: %v, NBD %v", m.Name(), h, got, want)
			}
		}
	}
}

// TestLongSeries reaches the rescaling: the series starts at exp(-1,400).
func TestLongSeries(t *testing.T) {
	t.Parallel()
	h := History{X: 1000, Tx: 52, T: 52}
	m := BGNBD{R: .25, Alpha: 4, A: 1e-12, B: 50}
	if got, want := m.Expected(170, h), (NBD{R: .25, Alpha: 4}).Expected(170, h); relative(got, want) > 1e-9 {
		t.Errorf("%v, want %v", got, want)
	}
}
