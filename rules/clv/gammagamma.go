package clv

import (
	"fmt"
	"math"
)

// GammaGamma is the gamma-gamma model of spend (Fader and Hardie 2013, The
// Gamma-Gamma Model of Monetary Value, note 025 at brucehardie.com).
//
// A customer's purchases are Gamma(P, nu) with nu from Gamma(Q, V); V is in
// major units. The mean exists only for Q > 1. The model takes spend as
// independent of frequency.
type GammaGamma struct{ P, Q, V float64 }

// newGammaGamma refuses a model whose mean is infinite and whose formula
// would turn negative.
func newGammaGamma(p, q, v float64) (SpendModel, error) {
	if q <= 1 {
		return nil, fmt.Errorf("restore %s: q is %v, want more than 1: the mean spend would be infinite", NameGammaGamma, q)
	}
	return GammaGamma{P: p, Q: q, V: v}, nil
}

// Name returns [NameGammaGamma].
func (GammaGamma) Name() string { return NameGammaGamma }

// Params returns p, q and v (major units).
func (m GammaGamma) Params() map[string]float64 {
	return map[string]float64{"p": m.P, "q": m.Q, "v": m.V}
}

// PopulationMean returns the mean spend of a customer nothing is known of.
func (m GammaGamma) PopulationMean() float64 { return m.P * m.V / (m.Q - 1) }

// Expected returns the mean value of a future purchase in major units.
func (m GammaGamma) Expected(s Spend) float64 {
	if !s.known() {
		return m.PopulationMean()
	}
	x := float64(s.X)
	return m.P * (m.V + x*math.Max(0, s.Mean)) / (m.P*x + m.Q - 1)
}

// slopes returns the derivatives of Expected by the logarithms of p, q and v.
func (m GammaGamma) slopes(s Spend) map[string]float64 {
	x, own := 0.0, 0.0
	if s.known() {
		x, own = float64(s.X), math.Max(0, s.Mean)
	}
	weight := m.P*x + m.Q - 1
	e := m.P * (m.V + x*own) / weight
	return map[string]float64{"p": e * (m.Q - 1) / weight, "q": -e * m.Q / weight, "v": m.P * m.V / weight}
}

// LogLikelihood returns the natural logarithm of the density of a mean spend;
// it is defined for X > 0 and Mean > 0, else NaN.
func (m GammaGamma) LogLikelihood(s Spend) float64 {
	if !s.usable() {
		return math.NaN()
	}
	x := float64(s.X)
	px := m.P * x
	return -logBeta(px, m.Q) - m.Q*math.Log1p(x*s.Mean/m.V) - px*math.Log1p(m.V/(x*s.Mean)) - math.Log(s.Mean)
}

// logBeta returns the logarithm of the beta function of two positive numbers.
func logBeta(p, q float64) float64 {
	both, _ := math.Lgamma(p + q)
	one, _ := math.Lgamma(p)
	other, _ := math.Lgamma(q)
	return one + other - both
}
