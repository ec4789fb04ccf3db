package clv

import "math"

// NBD is the negative binomial model of purchases without dropout (Ehrenberg
// 1959, Applied Statistics 8:26-41) with a hiatus rule beside it (Wuebben and
// von Wangenheim 2008, Journal of Marketing 72:82-93).
//
// Customers buy for ever at a rate from Gamma(R, Alpha), Alpha in weeks. It is
// what the data carries when nobody can be seen to leave. Whether a customer
// is alive it cannot say, so a plain rule does: silent for longer than Hiatus
// weeks means gone. The rule does not touch Expected, which would otherwise
// count the same silence twice.
type NBD struct {
	R, Alpha float64
	Hiatus   Weeks
}

// Name returns [NameNBD].
func (NBD) Name() string { return NameNBD }

// Params returns r, alpha (weeks) and hiatus (weeks).
func (m NBD) Params() map[string]float64 {
	return map[string]float64{"r": m.R, "alpha": m.Alpha, "hiatus": float64(m.Hiatus)}
}

// PAlive returns 1 while the last purchase is at most Hiatus weeks ago, else
// 0: a rule, not an estimate.
func (m NBD) PAlive(h History) float64 {
	if h.silence() <= m.Hiatus {
		return 1
	}
	return 0
}

// Expected returns the expected purchases in the next t weeks given the history.
func (m NBD) Expected(t Weeks, h History) float64 {
	return math.Max(0, float64(t)) * (m.R + float64(h.X)) / (m.Alpha + float64(h.T))
}

// ExpectedNew returns the expected repeat purchases of a customer in the t
// weeks after the first purchase, before anything else is known.
func (m NBD) ExpectedNew(t Weeks) float64 { return m.Expected(t, History{}) }

// LogLikelihood returns the natural logarithm of the density of one history.
// The times of the repeats cancel, so that Tx does not matter.
func (m NBD) LogLikelihood(h History) float64 {
	x := float64(h.X)
	return logRising(m.R, h.X) - m.R*math.Log1p(float64(h.T)/m.Alpha) - x*math.Log(m.Alpha+float64(h.T))
}

func (m NBD) prospect(h History) prospect {
	return steady{future: future{alive: 1, shape: m.R + float64(h.X), time: m.Alpha + float64(h.T), stay: 1}}
}

// steady is the future of a customer who cannot leave: its mean is a line.
type steady struct{ future }

func (s steady) fill(out []float64, ts []Weeks, _ *keptFactors) {
	for i, t := range ts {
		out[i] = math.Max(0, float64(t)) * s.shape / s.time
	}
}

func (s steady) counts(out []float64, t Weeks, rest float64) []float64 {
	return newPurchaseCounts(s.shape, s.time, float64(t)).appendTo(out, rest)
}
