package lift

import "gonum.org/v1/gonum/stat/distuv"

// SRMThreshold is the p-value of [SRM] below which a report is not trusted: 1 in 1,000 sound campaigns per look.
const SRMThreshold = 0.001

// SRM tests for a sample ratio mismatch: the p-value of Pearson's chi-squared of the arms' sizes against the weights
// they were drawn with. Weights need not add up to 1; arms of weight 0 are dropped. Customers lost on the way between
// draw and report show up here, if they are many: losing a tenth of a 10 % control of 1,000 is seen in 4 of 10 cases
// only, so it stands beside an exact reconciliation and does not replace it.
func SRM(counts []int64, weights []float64) (p float64, err error) {
	arms, customers, weight, err := drawnArms(counts, weights)
	if err != nil {
		return 0, err
	}
	if customers == 0 {
		return 1, nil // nobody assigned contradicts no weights
	}
	var chi2 float64
	for _, i := range arms {
		expected := customers * weights[i] / weight
		deviation := float64(counts[i]) - expected
		chi2 += deviation * deviation / expected
	}
	return distuv.ChiSquared{K: float64(len(arms) - 1)}.Survival(chi2), nil
}

// drawnArms gives the indices of the arms with a weight, with their customers and their weight in all.
func drawnArms(counts []int64, weights []float64) (arms []int, customers, weight float64, err error) {
	if len(counts) != len(weights) {
		return nil, 0, 0, &Undefined{OutOfRange, "there must be one weight per arm"}
	}
	for i, w := range weights {
		if !(w >= 0) || !isFinite(w) || counts[i] < 0 {
			return nil, 0, 0, &Undefined{OutOfRange, "sizes and weights of arms must not be negative"}
		}
		if w > 0 {
			arms = append(arms, i)
			customers += float64(counts[i])
			weight += w
		}
	}
	if len(arms) < 2 {
		return nil, 0, 0, &Undefined{FewerThanTwo, "fewer than two arms have a weight"}
	}
	return arms, customers, weight, nil
}
