package lift

import "gonum.org/v1/gonum/stat/distuv"

// SRMThreshold is the p-value of [SRM] below which a report is not trusted: 1 in 1,000 sound campaigns per look.
const SRMThreshold = 0.001

// SRM tests for a sample ratio mismatch: the p-value of [Pearson]. Customers lost on the way between draw and report
// show up here, if they are many: losing a tenth of a 10 % control of 1,000 is seen in 4 of 10 cases only, so it stands
// beside an exact reconciliation and does not replace it.
func SRM(counts []int64, weights []float64) (p float64, err error) {
	f, err := Pearson(counts, weights)
	return f.P, err
}

// Fit is how well the arms' sizes fit the weights they were drawn with.
type Fit struct {
	Chi2 float64
	DoF  int
	P    float64 // compare with [SRMThreshold]
}

// Pearson is the chi-squared test of the arms' sizes against the weights they were drawn with (Pearson 1900). Weights
// need not add up to 1; arms of weight 0 are dropped.
//
// Undefined with OutOfRange if there is not one weight of at least 0 for each size, with FewerThanTwo if fewer than two
// arms were drawn at all.
func Pearson(counts []int64, weights []float64) (Fit, error) {
	arms, customers, weight, err := drawnArms(counts, weights)
	if err != nil {
		return Fit{}, err
	}
	f := Fit{DoF: len(arms) - 1, P: 1}
	if customers == 0 {
		return f, nil // nobody assigned contradicts no weights
	}
	for _, i := range arms {
		expected := customers * weights[i] / weight
		deviation := float64(counts[i]) - expected
		f.Chi2 += deviation * deviation / expected
	}
	f.P = distuv.ChiSquared{K: float64(f.DoF)}.Survival(f.Chi2)
	return f, nil
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
