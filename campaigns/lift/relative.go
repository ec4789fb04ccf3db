package lift

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Fieller is an effect as a fraction of control's mean, with its limits: 0.12 is +12 %. It is the change against
// control and never the share of buyers the campaign caused, which is [Attributable].
type Fieller struct {
	Value, Low, High float64
	G                float64 // how uncertain control's mean is: 1 would be indistinguishable from 0
}

// Relative is the difference of means over the size of control's mean with Fieller's limits (Fieller 1954), which
// exclude 0 exactly when the z-test of the difference does; the usual delta method contradicts it on small controls.
// It is undefined when control's mean cannot be told from 0 at this alpha. Verdicts are decided on the difference.
func Relative(treated, control Sums, alpha float64) (Fieller, error) {
	if err := checkShare("alpha", alpha); err != nil {
		return Fieller{}, err
	}
	if control.N >= 2 && control.finite() && control.Mean() == 0 {
		return Fieller{}, &Undefined{ZeroBaseline, "the control arm's mean is 0"}
	}
	if err := checkArms(treated, control); err != nil {
		return Fieller{}, err
	}
	z := distuv.UnitNormal.Quantile(1 - alpha/2)
	base, vt, vc := control.Mean(), treated.squaredError(), control.squaredError()
	g := z * z * vc / (base * base)
	if g >= 1 {
		return Fieller{G: g}, &Undefined{UncertainBaseline, "the control arm's mean cannot be told from 0"}
	}
	ratio := treated.Mean() / base
	half := z / math.Abs(base) * math.Sqrt(vt*(1-g)+ratio*ratio*vc)
	f := Fieller{Value: ratio - 1, Low: (ratio-half)/(1-g) - 1, High: (ratio+half)/(1-g) - 1, G: g}
	if base < 0 { // margins can be negative after incentives: a better outcome must stay positive
		f.Value, f.Low, f.High = -f.Value, -f.High, -f.Low
	}
	return f, nil
}

// Attributable is the share of the treated arm's outcome that the campaign caused: (mT - mC) / mT. It has a meaning
// only where both arms earn something and the treated arm earns no less; elsewhere it is undefined.
func Attributable(treated, control Sums) (float64, error) {
	if treated.N < 1 || control.N < 1 || !treated.finite() || !control.finite() {
		return 0, &Undefined{FewerThanTwo, "an arm has no customers with a finite outcome"}
	}
	mt, mc := treated.Mean(), control.Mean()
	if mt <= 0 || mc < 0 || mt < mc {
		return 0, &Undefined{OutOfRange, "no part of the treated arm's outcome is attributable to the campaign"}
	}
	return (mt - mc) / mt, nil
}
