package lift

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// UsualPower is the chance of seeing a true effect that reports and planners promise.
const UsualPower = 0.8

// MDE is the minimum detectable effect a report achieved: the difference per customer that a two-sided test at alpha
// sees with the given power, with the arms' sizes and pooled variance as they turned out.
func MDE(treated, control Sums, alpha, power float64) (float64, error) {
	if err := checkArms(treated, control); err != nil {
		return 0, err
	}
	return PlannedMDE(pooledVariance(treated, control), treated.N, control.N, alpha, power)
}

// PlannedMDE is the minimum detectable effect for a variance per customer known from history:
// (z(1-alpha/2) + z(power)) * sqrt(variance * (1/nT + 1/nC)).
func PlannedMDE(variance float64, treated, control int64, alpha, power float64) (float64, error) {
	k, err := detection(alpha, power)
	if err != nil {
		return 0, err
	}
	if treated < 1 || control < 1 || !(variance >= 0) {
		return 0, &Undefined{OutOfRange, "both arms need customers and the variance must not be negative"}
	}
	return k * math.Sqrt(variance*(1/float64(treated)+1/float64(control))), nil
}

// ControlSize is the smallest control arm with which an effect per customer is seen. It is undefined when the treated
// arm alone is too small for it.
func ControlSize(variance, effect float64, treated int64, alpha, power float64) (int64, error) {
	k, err := detection(alpha, power)
	if err != nil {
		return 0, err
	}
	if treated < 1 || !(variance > 0) || effect == 0 || !isFinite(effect) {
		return 0, &Undefined{OutOfRange, "effect, variance and treated arm must not be 0"}
	}
	inverse := effect*effect/(k*k*variance) - 1/float64(treated)
	if !(inverse > 0) || 1/inverse > math.MaxInt64/2 {
		return 0, &Undefined{OutOfRange, "the treated arm is too small for this effect, whatever the control"}
	}
	return int64(math.Ceil(1 / inverse)), nil
}

// Power is the chance that a two-sided test at alpha sees a true effect per customer, counting both tails.
func Power(variance, effect float64, treated, control int64, alpha float64) (float64, error) {
	if err := checkShare("alpha", alpha); err != nil {
		return 0, err
	}
	if treated < 1 || control < 1 || !(variance > 0) {
		return 0, &Undefined{OutOfRange, "both arms need customers and the variance must be positive"}
	}
	return twoTails(effect/math.Sqrt(variance*(1/float64(treated)+1/float64(control))), alpha), nil
}

// detection is the number of standard errors an effect must have to be seen.
func detection(alpha, power float64) (float64, error) {
	if err := checkShare("alpha", alpha); err != nil {
		return 0, err
	}
	if err := checkShare("power", power); err != nil {
		return 0, err
	}
	return distuv.UnitNormal.Quantile(1-alpha/2) + distuv.UnitNormal.Quantile(power), nil
}

// normalQuantile is the number of standard errors of a two-sided interval at alpha.
func normalQuantile(alpha float64) float64 { return distuv.UnitNormal.Quantile(1 - alpha/2) }
