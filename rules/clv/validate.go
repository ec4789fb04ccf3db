package clv

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Accuracy is how well predictions met what happened, customer by customer. No
// figure stands alone: on shops where most customers never return, predicting
// zero for all of them nearly wins on MAE.
type Accuracy struct {
	Customers   int
	MAE, RMSE   float64 // mean absolute error, root of the mean square error
	Correlation float64 // Pearson's; 0 when either side does not vary
	Ratio       float64 // sum of predictions over sum of actuals; 0 when nothing happened
	TopShare    float64 // share of the actuals in the fifth predicted highest; 0 when nothing happened
}

// topFifth is the share of customers whose actuals TopShare counts.
const topFifth = 0.2

// ErrUnequal is wrapped by the errors of the validation functions when
// predictions and actuals do not belong together.
var ErrUnequal = errors.New("predictions and actuals differ in number")

// Assess compares the predictions for customers with what happened, in any one
// unit. Predictions that tie are ranked in the order given.
func Assess(predicted, actual []float64) (Accuracy, error) {
	if err := paired(predicted, actual); err != nil {
		return Accuracy{}, fmt.Errorf("assess: %w", err)
	}
	n := float64(len(actual))
	var abs, square, sumP, sumA float64
	for i, p := range predicted {
		e := p - actual[i]
		abs, square, sumP, sumA = abs+math.Abs(e), square+e*e, sumP+p, sumA+actual[i]
	}
	a := Accuracy{
		Customers: len(actual), MAE: abs / n, RMSE: math.Sqrt(square / n),
		Correlation: correlate(predicted, actual, sumP/n, sumA/n),
	}
	if sumA > 0 {
		a.Ratio, a.TopShare = sumP/sumA, topSum(predicted, actual, topFifth)/sumA
	}
	return a, nil
}

// paired reports why the two do not belong together, or nil.
func paired(predicted, actual []float64) error {
	if len(predicted) != len(actual) || len(actual) == 0 {
		return fmt.Errorf("%w: %d and %d, want as many of each and at least one", ErrUnequal, len(predicted), len(actual))
	}
	for i, p := range predicted {
		if v := p + actual[i]; math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("customer %d: predicted %v, actual %v: want numbers", i, p, actual[i])
		}
	}
	return nil
}

// correlate sums around the means, since plain sums of squares lose the digits
// that a shop of large order values needs.
func correlate(xs, ys []float64, meanX, meanY float64) float64 {
	var xx, yy, xy float64
	for i, x := range xs {
		dx, dy := x-meanX, ys[i]-meanY
		xx, yy, xy = xx+dx*dx, yy+dy*dy, xy+dx*dy
	}
	if xx == 0 || yy == 0 {
		return 0
	}
	return xy / math.Sqrt(xx*yy)
}

// topSum sums the actuals of the share of customers predicted highest.
func topSum(predicted, actual []float64, share float64) float64 {
	sum := 0.0
	for _, i := range ranked(predicted)[:int(share*float64(len(predicted)))] {
		sum += actual[i]
	}
	return sum
}

// ranked returns the customers from the highest prediction to the lowest.
func ranked(predicted []float64) []int {
	order := make([]int, len(predicted))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(predicted[b], predicted[a]) })
	return order
}

// Accurate returns the share of customers whose activity was told right:
// active[i] is the prediction, actual[i] > 0 the truth.
func Accurate(active []bool, actual []float64) (float64, error) {
	if len(active) != len(actual) || len(actual) == 0 {
		return 0, fmt.Errorf("compare activity: %w: %d and %d", ErrUnequal, len(active), len(actual))
	}
	right := 0
	for i, a := range active {
		if a == (actual[i] > 0) {
			right++
		}
	}
	return float64(right) / float64(len(actual)), nil
}
