package lift

import "math"

// Interval is a difference of means, treated minus control per customer, with its decision limits and the limits to
// print, in the unit of the sums.
type Interval struct {
	Level     float64 // 1 - alpha
	Diff      float64
	SEPooled  float64 // standard error from the pooled variance
	SEWelch   float64 // standard error from each arm's own variance
	Skew      float64 // skewness of Diff from the pooled third moment, before it is clamped
	Low       float64 // the campaign works if Low > 0
	High      float64 // it hurts if High < 0
	PrintLow  float64
	PrintHigh float64
}

// Works reports whether the interval lies above 0.
func (i Interval) Works() bool { return i.Low > 0 }

// Hurts reports whether the interval lies below 0.
func (i Interval) Hurts() bool { return i.High < 0 }

const (
	maxSkew = 0.6  // beyond it the expansion only makes the interval too cautious
	noSkew  = 1e-6 // below it the cube root has lost its digits and a series stands in
)

// DecisionInterval is the two-sided interval at level 1 - alpha that verdicts rest on.
//
// Welch's interval ties the standard error to the luck of a small control: with a right-skewed outcome a control that
// missed its big spenders has a low mean and a low variance at once, and a useless campaign looks like a success. Here
// the side where that happens uses the larger of the pooled and Welch's standard error with a Cornish-Fisher term in
// the pooled skewness of the difference; the other side uses Welch's with Hall's cube-root transform (Hall 1992, On the
// removal of skewness by transformation). With arms of equal size both are Welch with z for t. While the limit on the
// skewed side is not past 0 it is printed without the skew term, which costs no verdict.
func DecisionInterval(treated, control Sums, alpha float64) (Interval, error) {
	if err := checkShare("alpha", alpha); err != nil {
		return Interval{}, err
	}
	s, err := newSpread(treated, control)
	if err != nil {
		return Interval{}, err
	}
	i := s.interval(normalQuantile(alpha))
	i.Level = 1 - alpha
	return i, nil
}

// spread is what the interval knows about two arms.
type spread struct {
	diff, pooled, welch, skew float64
}

// newSpread measures two arms. The skewness of the difference is that of its control mean turned around: with a small
// control and a long right tail it is negative.
func newSpread(treated, control Sums) (spread, error) {
	if err := checkArms(treated, control); err != nil {
		return spread{}, err
	}
	nt, nc := float64(treated.N), float64(control.N)
	pooled := math.Sqrt(pooledVariance(treated, control) * (1/nt + 1/nc))
	third := (nt*treated.ThirdMoment() + nc*control.ThirdMoment()) / (nt + nc)
	return spread{
		diff:   treated.Mean() - control.Mean(),
		pooled: pooled,
		welch:  math.Sqrt(treated.squaredError() + control.squaredError()),
		skew:   third * (1/(nt*nt) - 1/(nc*nc)) / pooled / pooled / pooled, // a cube of tiny amounts would be 0
	}, nil
}

// pooledVariance is the variance both arms share if the campaign does nothing, with n-2.
func pooledVariance(treated, control Sums) float64 {
	nt, nc := float64(treated.N), float64(control.N)
	return ((nt-1)*treated.Variance() + (nc-1)*control.Variance()) / (nt + nc - 2)
}

// widest is the standard error of the skewed side.
func (s spread) widest() float64 { return math.Max(s.pooled, s.welch) }

// clamped is the skewness the limits use.
func (s spread) clamped() float64 { return math.Max(-maxSkew, math.Min(maxSkew, s.skew)) }

// mirrored is the spread of the same customers with the arms exchanged.
func (s spread) mirrored() spread {
	return spread{diff: -s.diff, pooled: s.pooled, welch: s.welch, skew: -s.skew}
}

// interval is the interval for a normal quantile z. A positive skewness (treated is the smaller arm, or refunds skew
// the outcome to the left) is the mirror image of a negative one.
func (s spread) interval(z float64) Interval {
	if s.skew > 0 {
		m := s.mirrored().interval(z)
		m.Diff, m.Skew = s.diff, s.skew
		m.Low, m.High = -m.High, -m.Low
		m.PrintLow, m.PrintHigh = -m.PrintHigh, -m.PrintLow
		return m
	}
	i := Interval{Diff: s.diff, SEPooled: s.pooled, SEWelch: s.welch, Skew: s.skew}
	i.Low = s.diff - cornishFisher(z, math.Abs(s.clamped()))*s.widest()
	i.High = s.diff - hall(-z, s.clamped())*s.welch
	i.PrintLow, i.PrintHigh = i.Low, i.High
	if i.Low <= 0 {
		i.PrintLow = s.diff - z*s.widest()
	}
	return i
}

// cornishFisher is the critical value z - a(z^2-1)/6 of the skewed side for a skewness of size a >= 0. The parabola
// turns at z = 3/a (alpha = 6e-7 at the largest a); from there its skew term stays as it is, so that a smaller alpha
// never gives a narrower interval.
func cornishFisher(z, a float64) float64 {
	turn := math.Min(z, 3/a)
	return z - a*(turn*turn-1)/6
}

// cornishFisherInverse is the z whose critical value is x.
func cornishFisherInverse(x, a float64) float64 {
	if a == 0 {
		return x
	}
	if top := 1.5/a + a/6; x >= top {
		return 3/a + x - top
	}
	y := x - a/6
	return 2 * y / (1 + math.Sqrt(math.Max(0, 1-2*a*y/3))) // the root's short form loses no digits for small a
}

// hall undoes the transform that removes a skewness of a from a standardised difference.
func hall(x, a float64) float64 {
	if math.Abs(a) < noSkew {
		return x - a/6 - a*x*x/3
	}
	return 3 * (math.Cbrt(1+a*(x-a/6)) - 1) / a
}

// hallInverse is the x whose [hall] is y.
func hallInverse(y, a float64) float64 {
	if math.Abs(a) < noSkew {
		return y + a/6 + a*y*y/3
	}
	root := 1 + a*y/3
	return a/6 + (root*root*root-1)/a
}
