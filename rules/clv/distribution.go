package clv

import "math"

const (
	restIgnored     = 1e-18   // the probability at the upper end that [Distribution] leaves out
	maxDistribution = 100_000 // bounds its length
)

// Distribution returns the probabilities of 0, 1, 2, … purchases in the next t
// weeks given the history, up to where a negligible rest is left; nil for a
// model of another package. The zero History is a new customer.
func Distribution(m Model, t Weeks, h History) []float64 {
	p, ok := m.(prospector)
	if !ok {
		return nil
	}
	return p.prospect(h).counts(nil, max(0, t), restIgnored)
}

// purchaseCounts is a negative binomial distribution: the purchases within t
// weeks at a rate from Gamma(shape, time).
type purchaseCounts struct {
	shape, z float64 // z is t/(time+t)
	// The probability at hand is value*unit with unit = exp(logUnit): the first
	// can be too small for a float64, whose successors matter.
	value, unit, logUnit float64
}

func newPurchaseCounts(shape, time, t float64) purchaseCounts {
	c := purchaseCounts{shape: shape, z: t / (time + t), value: 1, logUnit: -shape * math.Log1p(t/time)}
	c.unit = math.Exp(c.logUnit)
	return c
}

// now is the probability of k purchases after k calls of next.
func (c *purchaseCounts) now() float64 { return c.value * c.unit }

// next goes from k to k+1 purchases.
func (c *purchaseCounts) next(k float64) { c.grow((c.shape + k) / (k + 1) * c.z) }

// grow goes on by the ratio of the next probability to this one.
func (c *purchaseCounts) grow(ratio float64) {
	c.value *= ratio
	if c.value > rescaleAbove {
		c.value /= rescaleAbove
		c.logUnit += math.Log(rescaleAbove)
		c.unit = math.Exp(c.logUnit)
	}
}

// appendTo appends the probabilities to out until less than rest is left. While
// they may still rise, that is, while q is 1 or more, there is no telling.
func (c purchaseCounts) appendTo(out []float64, rest float64) []float64 {
	for k := range maxDistribution {
		at := float64(k)
		out = append(out, c.now())
		ratio := (c.shape + at) / (at + 1) * c.z
		c.grow(ratio)
		if q := max(c.z, ratio); q < 1 && c.now() <= rest*(1-q) {
			break
		}
	}
	return out
}

// addTo adds weight times the probabilities to out.
func (c purchaseCounts) addTo(out []float64, weight float64) {
	for k := range out {
		out[k] += weight * c.now()
		c.next(float64(k))
	}
}

// counts uses that a customer makes more than j purchases if more than j fall
// due and the customer is alive and survives the first j of them.
func (f future) counts(out []float64, t Weeks, rest float64) []float64 {
	from := len(out)
	out = newPurchaseCounts(f.shape, f.time, float64(t)).appendTo(out, rest)
	due := out[from:]
	none := due[0]
	// Tails are summed from the small end, else the rare counts drown.
	for k := len(due) - 2; k >= 0; k-- {
		due[k] += due[k+1]
	}
	surviving := f.alive
	due[0] = 1 - surviving + surviving*none
	for k := 1; k < len(due); k++ {
		tail := 0.0
		if k+1 < len(due) {
			tail = due[k+1]
		}
		next := surviving * (f.stay + float64(k-1)) / (f.leave + f.stay + float64(k-1))
		due[k] = surviving*due[k] - next*tail
		surviving = next
	}
	return out
}
