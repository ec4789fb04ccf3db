package clv

import (
	"cmp"
	"math"
	"slices"
	"testing"
	"time"
)

// naive is the likelihood as a textbook has it, customer by customer, and the
// search that needs no gradient: what the fits are measured against.
func naive(tb testing.TB, name string, hs []History) (params []float64, ll float64, evaluations int) {
	tb.Helper()
	value := func(u []float64) float64 {
		p := [4]float64{math.Exp(u[0]), math.Exp(u[1]), math.Exp(u[2]), math.Exp(u[3])}
		sum := 0.0
		for _, h := range hs {
			if name == NameParetoNBD {
				sum += naivePareto(p, h)
			} else {
				sum += naiveDropout(p, h, name == NameMBGNBD)
			}
		}
		if math.IsNaN(sum) {
			return math.Inf(1)
		}
		return -sum / float64(len(hs))
	}
	best, evaluations := nelderMead(value, []float64{-1, 2, 0, 1})
	for _, u := range best.at {
		params = append(params, math.Exp(u))
	}
	return params, -best.value * float64(len(hs)), evaluations
}

type vertex struct {
	at    []float64
	value float64
}

// nelderMead is the simplex search (Nelder and Mead 1965), until the values at
// all corners agree to 1e-9.
func nelderMead(f func([]float64) float64, start []float64) (best vertex, evaluations int) {
	at := func(u []float64) vertex {
		evaluations++
		return vertex{at: u, value: f(u)}
	}
	n := len(start)
	corners := []vertex{at(start)}
	for i := range n {
		u := slices.Clone(start)
		u[i] += 0.5
		corners = append(corners, at(u))
	}
	for {
		slices.SortFunc(corners, func(a, b vertex) int { return cmp.Compare(a.value, b.value) })
		worst := &corners[n]
		if worst.value-corners[0].value < 1e-9 || evaluations > 2000 {
			return corners[0], evaluations
		}
		center := make([]float64, n)
		for _, c := range corners[:n] {
			for i, u := range c.at {
				center[i] += u / float64(n)
			}
		}
		toward := func(k float64, c vertex) []float64 {
			u := make([]float64, n)
			for i := range u {
				u[i] = center[i] + k*(c.at[i]-center[i])
			}
			return u
		}
		reflected := at(toward(-1, *worst))
		switch {
		case reflected.value < corners[0].value:
			if far := at(toward(-2, *worst)); far.value < reflected.value {
				reflected = far
			}
			*worst = reflected
		case reflected.value < corners[n-1].value:
			*worst = reflected
		default:
			if reflected.value < worst.value {
				*worst = reflected
			}
			if near := at(toward(0.5, *worst)); near.value < worst.value {
				*worst = near
				continue
			}
			for i := range corners[1:] {
				c := &corners[i+1]
				for j := range c.at {
					c.at[j] = (c.at[j] + corners[0].at[j]) / 2
				}
				*c = at(c.at)
			}
		}
	}
}

func naiveDropout(p [4]float64, h History, early bool) float64 {
	r, alpha, a, b := p[0], p[1], p[2], p[3]
	x, n := float64(h.X), float64(h.X)
	if early {
		n++
	}
	ll := lnGamma(r+x) - lnGamma(r) + r*math.Log(alpha) + lnGamma(a+b) + lnGamma(b+n) - lnGamma(b) - lnGamma(a+b+n)
	alive := -(r + x) * math.Log(alpha+float64(h.T))
	if n == 0 {
		return ll + alive
	}
	left := math.Log(a/(b+n-1)) - (r+x)*math.Log(alpha+float64(h.Tx))
	top := math.Max(alive, left)
	return ll + top + math.Log(math.Exp(alive-top)+math.Exp(left-top))
}

func naivePareto(p [4]float64, h History) float64 {
	r, alpha, s, beta := p[0], p[1], p[2], p[3]
	x, w := float64(h.X), p[0]+p[2]+float64(h.X)
	high, power := alpha, s+1
	if beta > alpha {
		high, power = beta, r+x
	}
	g := func(y Weeks) float64 {
		end := high + float64(y)
		return math.Log(hyp2F1(w, power, w+1, math.Abs(alpha-beta)/end)) - w*math.Log(end)
	}
	first, last := g(h.Tx), g(h.T)
	alive := -(r+x)*math.Log(alpha+float64(h.T)) - s*math.Log(beta+float64(h.T))
	left := math.Log(s/w) + first + math.Log1p(-math.Exp(last-first))
	top := math.Max(alive, left)
	return lnGamma(r+x) - lnGamma(r) + r*math.Log(alpha) + s*math.Log(beta) + top + math.Log(math.Exp(alive-top)+math.Exp(left-top))
}

// byDay rounds purchases to the day, as a shop's orders come.
func byDay(hs []History) []History {
	out := make([]History, len(hs))
	for i, h := range hs {
		day := Weeks(math.Round(float64(h.Tx)*daysPerWeek)) / daysPerWeek
		out[i] = History{X: h.X, Tx: min(day, h.T), T: h.T}
	}
	return out
}

// TestFitBeatsNaive: the same optimum as the naive search finds, on a small
// shop. With -large it is a million customers, and the log tells the times.
func TestFitBeatsNaive(t *testing.T) {
	t.Parallel()
	n := 2000
	if *large {
		n = 1_000_000
	}
	for _, c := range []struct {
		name string
		recipe
	}{{NameBGNBD, setB()}, {NameMBGNBD, setB()}, {NameParetoNBD, setC()}} {
		hs := byDay(histories(c.customers(n)))
		start := time.Now()
		fit, err := FitModel(c.name, hs)
		took := time.Since(start)
		if err != nil || fit.Fallback {
			t.Fatal(err, fit.Reason)
		}
		start = time.Now()
		params, ll, evaluations := naive(t, c.name, hs)
		t.Logf("%s: %v, %d evaluations, LL %.4f, %v", c.name, took, fit.Evaluations, fit.LogLikelihood, fit.Model)
		t.Logf("  naive: %v, %d evaluations, LL %.4f, %.5v; %.0f times as long",
			time.Since(start), evaluations, ll, params, float64(time.Since(start))/float64(took))
		if fit.LogLikelihood < ll-1e-9*math.Abs(ll) || relative(fit.LogLikelihood, ll) > 1e-6 {
			t.Errorf("%s: log-likelihood %.6f, naive search %.6f", c.name, fit.LogLikelihood, ll)
		}
	}
}
