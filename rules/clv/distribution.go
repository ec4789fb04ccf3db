package clv

import "math"

const (
	restIgnored     = 1e-18   // the probability at the upper end that [Distribution] leaves out
	maxDistribution = 100_000 // bounds its length
)

// Distribution returns the probabilities of 0, 1, 2, … purchases in the next t
// weeks given the history, up to where a negligible rest is left; nil for a
// model of another package.
func Distribution(m Model, t Weeks, h History) []float64 {
	if n, ok := m.(NBD); ok {
		return n.always(h).distribution(t)
	}
	f, ok := m.(interface{ future(h History) future })
	if !ok {
		return nil
	}
	return f.future(h).distribution(t)
}

// distribution uses that a customer makes more than j purchases if more than j
// fall due and the customer is alive and survives the first j of them.
func (f future) distribution(t Weeks) []float64 {
	due := f.due(math.Max(0, float64(t)))
	none := due[0]
	// Tails are summed from the small end, else the rare counts drown.
	for k := len(due) - 2; k >= 0; k-- {
		due[k] += due[k+1]
	}
	out := make([]float64, len(due))
	surviving := f.alive
	out[0] = 1 - surviving + surviving*none
	for k := 1; k < len(due); k++ {
		next := surviving * (f.stay + float64(k-1)) / (f.leave + f.stay + float64(k-1))
		out[k] = surviving*due[k] - next*atLeast(due, k+1)
		surviving = next
	}
	return out
}

// due returns Pr(K=k), see [future], up to where less than restIgnored is left.
// It steps in logarithms, since Pr(K=0) can be too small for a float64.
func (f future) due(t float64) []float64 {
	z := t / (f.time + t)
	var out []float64
	p := -f.shape * math.Log1p(t/f.time)
	for k := range maxDistribution {
		out = append(out, math.Exp(p))
		ratio := (f.shape + float64(k)) / float64(k+1)
		p += math.Log(ratio * z)
		q := z * math.Max(1, ratio)
		if q < 1 && math.Exp(p) < restIgnored*(1-q) {
			break
		}
	}
	return out
}

func atLeast(tails []float64, k int) float64 {
	if k < len(tails) {
		return tails[k]
	}
	return 0
}
