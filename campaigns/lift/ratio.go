package lift

import "math"

// PerUnit is a ratio of two sums over customers, such as margin per entry or per order.
type PerUnit struct{ Value, SE float64 }

// Ratio is the sum of one amount over the sum of another, by the delta method with the customer as the cluster: a
// customer's entries or orders resemble each other, and counting them one by one would understate the error.
//
// Undefined with FewerThanTwo, and with ZeroBaseline where the amount below is 0 on average.
func Ratio(s Joint, numerator, denominator int) (PerUnit, error) {
	if s.N < 2 {
		return PerUnit{}, &Undefined{FewerThanTwo, "fewer than two customers"}
	}
	below := s.Mean(denominator)
	if below == 0 || !isFinite(below) || !isFinite(s.Mean(numerator)) {
		return PerUnit{}, &Undefined{ZeroBaseline, "there is nothing to divide by"}
	}
	w := s.perUnit(numerator, denominator)
	return PerUnit{Value: s.Mean(numerator) / below, SE: math.Sqrt(math.Max(0, s.form(w, w)/float64(s.N)))}, nil
}

// perUnit are the weights of the linear part of a ratio.
func (s Joint) perUnit(numerator, denominator int) (w [Amounts]float64) {
	below := s.Mean(denominator)
	w[numerator] = 1 / below
	w[denominator] = -s.Mean(numerator) / (below * below)
	return w
}

// RelativeRatio is the relative change of amount 0 per unit of amount 1, treated against control, by the delta method.
//
// Undefined as [Ratio], and with ZeroVariance if no ratio varies.
func RelativeRatio(treated, control Joint, alpha float64) (WelchTest, error) {
	if err := checkShare("alpha", alpha); err != nil {
		return WelchTest{}, err
	}
	t, err := Ratio(treated, 0, 1)
	if err != nil {
		return WelchTest{}, err
	}
	c, err := Ratio(control, 0, 1)
	if err != nil {
		return WelchTest{}, err
	}
	return relativeTest(t.Value, c.Value, t.SE*t.SE, c.SE*c.SE, c.SE*c.SE*t.Value*t.Value/(c.Value*c.Value),
		[2]int64{treated.N, control.N}, alpha)
}

// RelativeRatioAdjusted is [RelativeRatio] with the same ratio of before (amount 2 per unit of amount 3) as covariate.
//
// The coefficient is that of the linear parts, each arm around its own ratios: around common ones an effect would leak
// into it. Undefined as [RelativeRatio].
func RelativeRatioAdjusted(treated, control Joint, alpha float64) (WelchTest, error) {
	if err := checkShare("alpha", alpha); err != nil {
		return WelchTest{}, err
	}
	for _, s := range []Joint{treated, control} {
		for _, unit := range []int{1, 3} {
			if _, err := Ratio(s, unit-1, unit); err != nil {
				return WelchTest{}, err
			}
		}
	}
	after, before := [2][Amounts]float64{}, [2][Amounts]float64{}
	var shared, own float64
	for i, s := range []Joint{treated, control} {
		after[i], before[i] = s.perUnit(0, 1), s.perUnit(2, 3)
		shared += s.form(after[i], before[i])
		own += s.form(before[i], before[i])
	}
	theta := 0.0
	if own > 0 {
		theta = shared / own
	}
	base := control.Mean(0) / control.Mean(1)
	value := treated.Mean(0)/treated.Mean(1) - theta*(treated.Mean(2)/treated.Mean(3)-control.Mean(2)/control.Mean(3))
	vt := adjustedForm(treated, after[0], before[0], 1, theta)
	vc := adjustedForm(control, after[1], before[1], 1, theta)
	return relativeTest(value, base, vt, vc, adjustedForm(control, after[1], before[1], value/base, theta),
		[2]int64{treated.N, control.N}, alpha)
}

// adjustedForm is the variance of the mean of factor times one linear part less theta times another.
func adjustedForm(s Joint, after, before [Amounts]float64, factor, theta float64) float64 {
	var w [Amounts]float64
	for i := range w {
		w[i] = factor*after[i] - theta*before[i]
	}
	return s.form(w, w) / float64(s.N)
}

// relativeTest tests value/base - 1; scaled is control's variance as it enters the ratio.
func relativeTest(value, base, vt, vc, scaled float64, n [2]int64, alpha float64) (WelchTest, error) {
	if base == 0 {
		return WelchTest{}, &Undefined{ZeroBaseline, "control's ratio is 0"}
	}
	if !(vt+scaled > 0) {
		return WelchTest{}, &Undefined{ZeroVariance, "no customer's ratio differs from the others of its arm"}
	}
	dof := degreesOfFreedom(vt, vc, n[0], n[1])
	return studentTest((value-base)/math.Abs(base), (vt+scaled)/(base*base), dof, alpha), nil
}
