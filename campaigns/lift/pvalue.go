package lift

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// PValue is the smallest two-sided alpha whose [DecisionInterval] excludes 0, and 1 if none does. It is computed from
// the decision limits, not from the printed ones.
func PValue(treated, control Sums) (float64, error) {
	s, err := newSpread(treated, control)
	if err != nil {
		return 0, err
	}
	return s.pValue(), nil
}

// pValue solves both limits for the quantile at which they touch 0; the side that lets go of 0 last decides. Near
// alpha = 1 both limits can lie beyond the difference on the same side, hence the larger one.
func (s spread) pValue() float64 {
	if s.skew > 0 {
		s = s.mirrored()
	}
	a := s.clamped()
	works := cornishFisherInverse(s.diff/s.widest(), math.Abs(a))
	hurts := -hallInverse(s.diff/s.welch, a)
	z := math.Max(works, hurts)
	if z <= 0 {
		return 1
	}
	return twoSided(z)
}

// twoSided is the probability that a standard normal lies further from 0 than z >= 0.
func twoSided(z float64) float64 { return math.Min(1, 2*distuv.UnitNormal.Survival(z)) }
