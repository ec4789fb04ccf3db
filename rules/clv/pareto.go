package clv

import "math"

// ParetoNBD is the Pareto/NBD model (Schmittlein, Morrison and Colombo 1987,
// Counting Your Customers, Management Science 33:1-24), in the overflow-free
// form that [deathShare] derives.
//
// While alive a customer buys at a rate from Gamma(R, Alpha) and leaves, at any
// moment and not only after a purchase, at a rate from Gamma(S, Beta). Alpha
// and Beta are in weeks.
type ParetoNBD struct{ R, Alpha, S, Beta float64 }

// Name returns [NameParetoNBD].
func (ParetoNBD) Name() string { return NameParetoNBD }

// Params returns r, alpha (weeks), s and beta (weeks).
func (m ParetoNBD) Params() map[string]float64 {
	return map[string]float64{"r": m.R, "alpha": m.Alpha, "s": m.S, "beta": m.Beta}
}

// PAlive returns the probability that the customer has not left.
func (m ParetoNBD) PAlive(h History) float64 {
	either, fade := m.either(h)
	return math.Min(1, math.Exp(-fade)/either)
}

// Expected returns the expected purchases in the next t weeks given the history.
func (m ParetoNBD) Expected(t Weeks, h History) float64 { return m.lasting(h).expected(t) }

// ExpectedNew returns the expected repeat purchases of a customer in the t
// weeks after the first purchase, before anything else is known.
func (m ParetoNBD) ExpectedNew(t Weeks) float64 { return m.Expected(t, History{}) }

// LogLikelihood returns the natural logarithm of the density of one history.
func (m ParetoNBD) LogLikelihood(h History) float64 {
	either, _ := m.either(h)
	x, last := float64(h.X), float64(h.Tx)
	return logRising(m.R, h.X) - m.R*math.Log1p(last/m.Alpha) - x*math.Log(m.Alpha+last) -
		m.S*math.Log1p(last/m.Beta) + math.Log(either)
}

// DiscountedForever returns the purchases expected from now on for ever,
// discounted continuously at rate per week: the discounted expected residual
// transactions (DERT) of Fader, Hardie and Lee 2005, RFM and CLV, Journal of
// Marketing Research 42:415-430. An annual rate d is ln(1+d)/52.18. It is +Inf
// where the purchases are worth an infinite sum, that is, for a rate of 0 or
// less unless S is above 1.
func (m ParetoNBD) DiscountedForever(rate float64, h History) float64 {
	return m.DiscountedUntil(Weeks(math.Inf(1)), rate, h)
}

// DiscountedUntil returns the purchases expected in the next t weeks,
// discounted continuously at rate per week; see [ParetoNBD.DiscountedForever].
func (m ParetoNBD) DiscountedUntil(t Weeks, rate float64, h History) float64 {
	return m.lasting(h).discounted(t, rate)
}

// ForeverValue returns what the customer is expected to spend from now on for
// ever in major units, discounted continuously at rate per week.
func (m ParetoNBD) ForeverValue(s SpendModel, rate float64, h History, spend Spend) float64 {
	return m.DiscountedForever(rate, h) * s.Expected(spend)
}

// either returns the likelihood of being alive at T or having left since Tx in
// units of the density at Tx, and the logarithm of how far the first faded. All
// its terms are positive: the textbook form takes a difference of two large
// numbers that both leave float64 for active customers.
func (m ParetoNBD) either(h History) (sum, fade float64) {
	last, now := m.share(h, h.Tx), m.share(h, h.T)
	fade = (m.R+float64(h.X))*math.Log1p(float64(h.silence())/(m.Alpha+float64(h.Tx))) +
		m.S*math.Log1p(float64(h.silence())/(m.Beta+float64(h.Tx)))
	return last + math.Exp(-fade)*(1-now), fade
}

// share is the death share at a moment of the history.
func (m ParetoNBD) share(h History, at Weeks) float64 {
	d := deathShare{shape: m.R + float64(h.X), leave: m.S, below: m.Alpha < m.Beta}
	return d.valueAt(m.Alpha+float64(at), m.Beta+float64(at))
}

func (m ParetoNBD) lasting(h History) lasting {
	return lasting{
		alive: m.PAlive(h), shape: m.R + float64(h.X), time: m.Alpha + float64(h.T),
		leave: m.S, life: m.Beta + float64(h.T),
	}
}

func (m ParetoNBD) prospect(h History) prospect { return m.lasting(h) }
