package lift

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
	if err := checkRelative(treated, control, alpha); err != nil {
		return Fieller{}, err
	}
	c := contrast{mt: treated.Mean(), mc: control.Mean(), vt: treated.squaredError(), vc: control.squaredError()}
	return c.fieller(normalQuantile(alpha))
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
