package clv

import "math"

// future is one customer's coming purchases under a dropout model.
//
// If alive, the number K of purchases that fall due within t weeks is negative
// binomial with the given shape and success probability 1-z, z = t/(time+t),
// and the customer survives j further chances to leave with probability
// S_j = (stay)_j/(leave+stay)_j. So the expected purchases are
//
//	alive * sum over k of Pr(K=k) * (S_0 + ... + S_(k-1))
//
// which equals the published forms with 2F1 term by term, but is a sum of
// positive numbers: nothing cancels, at leave = 1, at leave+stay = 1, for a
// thousand purchases or for a horizon of minutes.
type future struct{ alive, shape, time, stay, leave float64 }

const (
	seriesEpsilon = 1e-16   // stop when the rest of a series is smaller, relatively
	rescaleAbove  = 1e200   // keeps a series that starts tiny within float64
	stride        = 8       // terms between two looks at the rest
	maxTerms      = 500_000 // enough for t of 10,000 times time, which minAlpha ensures
)

// expected returns the expected purchases in the next t weeks.
func (f future) expected(t Weeks) float64 {
	ts, out := [1]Weeks{t}, [1]float64{}
	f.fill(out[:], ts[:])
	return out[0]
}

// horizonTerm is the running sum of one horizon, scaled by exp(logScale).
type horizonTerm struct{ z, logScale, pmf, sum float64 }

// fill sets out[i] to the expected purchases within ts[i] weeks; ts ascends.
// All horizons share the factors of the series, the short ones finish first.
func (f future) fill(out []float64, ts []Weeks) {
	var small [12]horizonTerm
	terms := small[:0]
	for _, t := range ts {
		t := math.Max(0, float64(t))
		terms = append(terms, horizonTerm{
			z: t / (f.time + t), logScale: -f.shape * math.Log((f.time+t)/f.time), pmf: 1,
		})
	}
	f.sum(terms)
	for i, h := range terms {
		out[i] = f.alive * h.sum * math.Exp(h.logScale)
	}
}

// sum adds up the series of all horizons, a stride of terms at a time.
func (f future) sum(terms []horizonTerm) {
	surviving, survived := 1.0, 0.0
	var ratio, sums [stride]float64
	for k := 0; k < maxTerms && len(terms) > 0; k += stride {
		for i := range stride {
			at := float64(k + i)
			ratio[i] = (f.shape + at) / (at + 1)
			survived += surviving
			sums[i] = survived
			surviving *= (f.stay + at) / (f.leave + f.stay + at)
		}
		for i := range terms {
			terms[i].add(&ratio, &sums)
		}
		for len(terms) > 0 && terms[0].done(ratio[stride-1], survived) {
			terms = terms[1:]
		}
	}
}

// add takes the series from Pr(K=k) to Pr(K=k+stride).
func (h *horizonTerm) add(ratio, survived *[stride]float64) {
	pmf, sum := h.pmf, h.sum
	for i, q := range ratio {
		pmf *= q * h.z
		sum += pmf * survived[i]
	}
	h.pmf, h.sum = pmf, sum
	if h.pmf > rescaleAbove {
		h.pmf /= rescaleAbove
		h.sum /= rescaleAbove
		h.logScale += math.Log(rescaleAbove)
	}
}

// done bounds the rest of the series by a geometric one: Pr(K=k) grows at most
// by the present ratio or by 1, whichever is more, times z from here on, while
// survived grows slower than k. While Pr(K=k) may still rise it is not done.
func (h *horizonTerm) done(ratio, survived float64) bool {
	q := math.Max(ratio, 1) * h.z
	return q < 1 && h.pmf*survived*q <= seriesEpsilon*(1-q)*(1-q)*h.sum
}
