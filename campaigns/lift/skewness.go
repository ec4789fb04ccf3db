package lift

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Adequacy is what skewness does to a test before the first customer is drawn: to first order (Edgeworth 1907) how
// often a useless campaign is called a success or a failure, where alpha/2 is promised for each.
type Adequacy struct {
	Skew            float64 // of the difference of means
	WelchFalseWins  float64
	WelchFalseLoses float64
	PooledFalseWins float64 // with one variance for both arms
}

// Adequate forecasts from the skewness of one customer's outcome.
//
// A skewness of 10 is nothing special where few customers buy. With 400 of 4,000 held out, Welch then calls 6 of 100
// useless campaigns a success, and with half of them held out as many as promised. Undefined with OutOfRange without
// customers.
func Adequate(skewness float64, treated, control int64, alpha float64) (Adequacy, error) {
	if err := checkShare("alpha", alpha); err != nil {
		return Adequacy{}, err
	}
	if treated < 1 || control < 1 || !isFinite(skewness) {
		return Adequacy{}, &Undefined{OutOfRange, "both arms need customers and the skewness must be a number"}
	}
	z := normalQuantile(alpha)
	skew, density := differenceSkew(skewness, treated, control), distuv.UnitNormal.Prob(z)
	welch, pooled := density*(2*z*z+1)/6, density*(z*z-1)/6
	chance := func(p float64) float64 { return math.Max(0, math.Min(1, p)) }
	return Adequacy{
		Skew:            skew,
		WelchFalseWins:  chance(alpha/2 - welch*skew),
		WelchFalseLoses: chance(alpha/2 + welch*skew),
		PooledFalseWins: chance(alpha/2 + pooled*skew),
	}, nil
}

// differenceSkew is the skewness of a difference of means of customers with one skewness.
func differenceSkew(skewness float64, treated, control int64) float64 {
	nt, nc := float64(treated), float64(control)
	return skewness * (1/(nt*nt) - 1/(nc*nc)) / math.Pow(1/nt+1/nc, 1.5)
}
