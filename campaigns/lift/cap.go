package lift

import (
	"math"
	"slices"
)

// CapPercentile is where outcomes are cut for the companion line of a report.
const CapPercentile = 0.995

// FrozenCap is the level above which outcomes are cut: the nearest-rank percentile of amounts known before launch, by
// default of those that are not 0. It is stored with the campaign. A cap taken from the outcomes themselves would move
// from one report to the next and would depend on the effect it is to measure.
//
// Undefined with FewerThanTwo if no amounts are left, with NotFinite for one that is not a number.
func FrozenCap(before []float64, percentile float64, withZeros bool) (float64, error) {
	if !(percentile > 0 && percentile <= 1) {
		return 0, &Undefined{OutOfRange, "the percentile must lie between 0 and 1"}
	}
	amounts := make([]float64, 0, len(before))
	for _, x := range before {
		if math.IsNaN(x) {
			return 0, &Undefined{NotFinite, "an amount is not a number"}
		}
		if withZeros || x != 0 {
			amounts = append(amounts, x)
		}
	}
	if len(amounts) == 0 {
		return 0, &Undefined{FewerThanTwo, "no amounts from before the launch to take a cap from"}
	}
	slices.Sort(amounts)
	rank := int(math.Ceil(percentile*float64(len(amounts)) - 1e-9)) // 0.9 * 10 is rank 9, not 10
	return amounts[max(rank, 1)-1], nil
}

// Capped cuts outcomes at a cap and counts those it cut.
func Capped(outcomes []float64, limit float64) (cut []float64, customers int64) {
	cut = slices.Clone(outcomes)
	for i, y := range cut {
		if y > limit {
			cut[i] = limit
			customers++
		}
	}
	return cut, customers
}

// CappedEstimate is the effect on outcomes cut at a frozen cap. It is a companion of the verdict and never its ground:
// an effect on the largest orders lies above the cap and is cut with them.
type CappedEstimate struct {
	Estimate
	Cap       float64
	Customers int64 // of both arms that were cut
}

// AssessCapped is [Assess] on sums of outcomes that were cut at the cap, of customers of whom so many were cut.
func AssessCapped(treated, control Sums, limit float64, customers int64, alpha float64) CappedEstimate {
	return CappedEstimate{Estimate: Assess(treated, control, alpha), Cap: limit, Customers: customers}
}
