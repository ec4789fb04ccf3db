package lift

import "math"

// RelativeDelta is the relative effect (mT - mC) / |mC| by the delta method, as most other tools print it: Diff is the
// fraction. Reports print [Relative] instead, which cannot contradict the difference.
//
// Undefined with ZeroBaseline if control brought nothing, else as the difference is.
func RelativeDelta(treated, control Sums, alpha float64) (WelchTest, error) {
	if err := checkRelative(treated, control, alpha); err != nil {
		return WelchTest{}, err
	}
	base, ratio := control.Mean(), treated.Mean()/control.Mean()
	variance := (treated.squaredError() + ratio*ratio*control.squaredError()) / (base * base)
	value := (treated.Mean() - base) / math.Abs(base)
	return studentTest(value, variance, satterthwaite(treated, control), alpha), nil
}

// RelativeAdjusted is the relative effect of residuals y - theta x (amount 0 and the covariates after it) over
// control's plain mean, by the delta method of GrowthBook's technical notes on CUPED. theta comes from [Theta].
//
// Control's part of the variance scales its outcome by the ratio of the plain means but not its covariates, whose own
// mean is not in the denominator. Undefined as [RelativeDelta].
func RelativeAdjusted(treated, control Joint, theta [Amounts - 1]float64, alpha float64) (WelchTest, error) {
	yt, yc := treated.outcome(), control.outcome()
	if err := checkRelative(yt, yc, alpha); err != nil {
		return WelchTest{}, err
	}
	base, ratio := yc.Mean(), yt.Mean()/yc.Mean()
	own, other := [Amounts]float64{1}, [Amounts]float64{ratio}
	value := yt.Mean() - yc.Mean()
	for i, t := range theta {
		own[i+1], other[i+1] = -t, -t
		value -= t * (treated.Mean(i+1) - control.Mean(i+1))
	}
	value /= math.Abs(base)
	vt, vc := treated.form(own, own)/float64(treated.N), control.form(own, own)/float64(control.N)
	variance := (vt + control.form(other, other)/float64(control.N)) / (base * base)
	return studentTest(value, variance, degreesOfFreedom(vt, vc, treated.N, control.N), alpha), nil
}

// checkRelative refuses what has no relative effect.
func checkRelative(treated, control Sums, alpha float64) error {
	if err := checkShare("alpha", alpha); err != nil {
		return err
	}
	if control.N >= 2 && control.finite() && control.Mean() == 0 {
		return &Undefined{ZeroBaseline, "the control arm's mean is 0"}
	}
	return checkArms(treated, control)
}
