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
	f.fill(out[:], ts[:], nil)
	return out[0]
}

// horizonTerm is the running sum of one horizon, scaled by exp(logScale); z2 and z4 are powers of z.
type horizonTerm struct{ z, z2, z4, logScale, pmf, sum float64 }

// fill sets out[i] to the expected purchases within ts[i] weeks; ts ascends.
// All horizons share the factors of the series, the short ones finish first.
func (f future) fill(out []float64, ts []Weeks, kept *keptFactors) {
	var small [12]horizonTerm
	terms := small[:0]
	for _, t := range ts {
		t := math.Max(0, float64(t))
		z := t / (f.time + t)
		terms = append(terms, horizonTerm{
			z: z, z2: z * z, z4: z * z * z * z, logScale: -f.shape * math.Log((f.time+t)/f.time), pmf: 1,
		})
	}
	f.sum(terms, kept)
	for i, h := range terms {
		out[i] = f.alive * h.sum * math.Exp(h.logScale)
	}
}

// sum adds up the series of all horizons, a stride of terms at a time.
func (f future) sum(terms []horizonTerm, kept *keptFactors) {
	known, rest := kept.of(factorsOf{f.shape, f.stay, f.leave})
	var next factors
	for k := 0; k < maxTerms/stride && len(terms) > 0; k++ {
		at := &next
		switch {
		case known == nil:
			rest.next(at)
		case k < maxKeptFactors:
			at = known.at(k)
		default:
			if k == maxKeptFactors {
				rest = known.rest
			}
			rest.next(at)
		}
		for i := range terms {
			terms[i].add(at)
		}
		for len(terms) > 0 && terms[0].done(at) {
			terms = terms[1:]
		}
	}
}

// add takes the series from Pr(K=k) to Pr(K=k+stride). The polynomial is evaluated by halves (Estrin 1960), which do not
// wait for each other.
func (h *horizonTerm) add(f *factors) {
	c := &f.terms
	low := (c[0] + c[1]*h.z) + (c[2]+c[3]*h.z)*h.z2
	high := (c[4] + c[5]*h.z) + (c[6]+c[7]*h.z)*h.z2
	h.sum += h.pmf * h.z * (low + high*h.z4)
	h.pmf *= f.growth * h.z4 * h.z4
	if h.pmf > rescaleAbove {
		h.pmf /= rescaleAbove
		h.sum /= rescaleAbove
		h.logScale += math.Log(rescaleAbove)
	}
}

// done bounds the rest of the series by a geometric one: Pr(K=k) grows at most
// by the present ratio or by 1, whichever is more, times z from here on, while
// survived grows slower than k. While Pr(K=k) may still rise it is not done.
func (h *horizonTerm) done(f *factors) bool {
	q := f.ratio * h.z
	return q < 1 && h.pmf*f.survived*q <= seriesEpsilon*(1-q)*(1-q)*h.sum
}
