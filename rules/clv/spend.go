package clv

import (
	"math"
)

// Names of the spend models, as [SpendFromParams] takes them.
const (
	NameGammaGamma   = "gammagamma"   // see [GammaGamma]
	NameShrunkenMean = "shrunkenmean" // see [ShrunkenMean]
)

// Spend is what the spend models know of one customer: the number of REPEAT
// purchases and their mean value in major units of the currency. The first
// purchase is left out, since it often differs (a welcome coupon, a gift).
type Spend struct {
	X    int
	Mean float64
}

// known tells whether the customer's own mean says anything.
func (s Spend) known() bool { return s.X > 0 && !math.IsNaN(s.Mean) && !math.IsInf(s.Mean, 0) }

// usable tells whether the gamma-gamma likelihood is defined: free orders are
// purchases, but say nothing about a price.
func (s Spend) usable() bool { return s.known() && s.Mean > 0 }

// SpendModel predicts the value of a customer's future purchases.
// Implementations are values and may be used from several goroutines.
type SpendModel interface {
	// Name is [NameGammaGamma] or [NameShrunkenMean].
	Name() string
	// Params returns the parameters by name, for [SpendFromParams].
	Params() map[string]float64
	// Expected is the mean value of a future purchase in major units.
	Expected(s Spend) float64
}

// SpendFromParams rebuilds a spend model from its name and parameters, as stored.
func SpendFromParams(name string, params map[string]float64) (SpendModel, error) {
	switch name {
	case NameGammaGamma:
		v, err := pick(name, params, "p", "q", "v")
		if err != nil {
			return nil, err
		}
		return newGammaGamma(v[0], v[1], v[2])
	case NameShrunkenMean:
		v, err := pick(name, params, "mean", "weight")
		if err != nil {
			return nil, err
		}
		return ShrunkenMean{Mean: v[0], Weight: v[1]}, nil
	}
	return nil, unknownModel(name, NameGammaGamma, NameShrunkenMean)
}

// ShrunkenMean predicts a weighted mean of the customer's own value and the
// population's, as if Weight purchases at the value Mean came before the
// customer's own.
type ShrunkenMean struct{ Mean, Weight float64 }

// Name returns [NameShrunkenMean].
func (ShrunkenMean) Name() string { return NameShrunkenMean }

// Params returns mean (major units) and weight (purchases).
func (m ShrunkenMean) Params() map[string]float64 {
	return map[string]float64{"mean": m.Mean, "weight": m.Weight}
}

// Expected returns the mean value of a future purchase in major units.
func (m ShrunkenMean) Expected(s Spend) float64 {
	if !s.known() {
		return m.Mean
	}
	x := float64(s.X)
	return (m.Weight*m.Mean + x*math.Max(0, s.Mean)) / (m.Weight + x)
}
