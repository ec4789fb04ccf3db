package lift

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// RelativePlan is a test of a relative effect with two arms of one size, as the calculators of other tools ask for it.
type RelativePlan struct {
	Mean, Variance float64 // per customer, without a campaign
	PerArm         float64 // customers
	Widening       float64 // [SequencePrice] of an always-valid read; 0 or 1 for one read at the end
}

// unit is the variance of the relative difference if both arms were alike, before the effect's own part.
func (p RelativePlan) unit() (float64, error) {
	if p.Mean == 0 || !(p.Variance > 0) || !(p.PerArm > 0) || !isFinite(p.Mean) || !isFinite(p.Variance) {
		return 0, &Undefined{OutOfRange, "the plan needs a mean, a positive variance and customers"}
	}
	v := p.Variance / (p.PerArm * p.Mean * p.Mean)
	if p.Widening > 0 {
		v *= p.Widening * p.Widening
	}
	return v, nil
}

// Power is the chance that a two-sided test at alpha sees a relative effect, counting both tails (delta method, the
// treated mean counts in the variance).
//
// Undefined with OutOfRange without a mean, a variance or customers.
func (p RelativePlan) Power(effect, alpha float64) (float64, error) {
	unit, err := p.unit()
	if err != nil {
		return 0, err
	}
	if err := checkShare("alpha", alpha); err != nil {
		return 0, err
	}
	return twoTails(effect/math.Sqrt(unit*(1+(1+effect)*(1+effect))), alpha), nil
}

// MDE is the smallest relative effect seen with the given power. It is undefined where control's mean is too uncertain
// for any relative effect, however large.
//
// Solving M^2 = k^2 v (1 + (1 + M)^2) for M, which has no root where k^2 v reaches 1; k counts standard errors, v is
// the squared one of a mean over the mean.
func (p RelativePlan) MDE(alpha, power float64) (float64, error) {
	k, err := detection(alpha, power)
	if err != nil {
		return 0, err
	}
	unit, err := p.unit()
	if err != nil {
		return 0, err
	}
	q := k * k * unit
	if q >= 1 {
		return 0, &Undefined{UncertainBaseline, "too few customers for any relative effect"}
	}
	return (q + math.Sqrt(2*q-q*q)) / (1 - q), nil
}

// SampleSize is how many customers two arms of one size need together to see an effect per customer.
//
// The answer is not rounded: calculators round up per arm or in all, and differ by one.
func SampleSize(variance, effect, alpha, power float64) (float64, error) {
	k, err := detection(alpha, power)
	if err != nil {
		return 0, err
	}
	if !(variance > 0) || effect == 0 || !isFinite(effect) || !isFinite(variance) {
		return 0, &Undefined{OutOfRange, "effect and variance must not be 0"}
	}
	return 4 * k * k * variance / (effect * effect), nil
}

// FurtherShare is how many times today's customers must come on top, in arms that grow alike, until a relative effect
// is seen with the given power; 0 if today's are enough.
//
// Planning on from a running campaign does not make reading it early any safer; see [AlwaysValid]. Undefined as
// [RelativeDelta].
func FurtherShare(treated, control Sums, effect, alpha, power float64) (float64, error) {
	k, err := detection(alpha, power)
	if err != nil {
		return 0, err
	}
	today, err := RelativeDelta(treated, control, alpha)
	if err != nil {
		return 0, err
	}
	if effect == 0 || !isFinite(effect) {
		return 0, &Undefined{OutOfRange, "the effect must not be 0"}
	}
	needed := k * today.SE / effect
	return math.Max(0, needed*needed-1), nil
}

// twoTails is the chance that a normal estimate of so many standard errors is called at alpha.
func twoTails(shift, alpha float64) float64 {
	z := normalQuantile(alpha)
	return distuv.UnitNormal.CDF(shift-z) + distuv.UnitNormal.CDF(-shift-z)
}
