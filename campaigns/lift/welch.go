package lift

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// WelchTest is the textbook comparison of two means with unequal variances.
type WelchTest struct {
	Diff, SE, DoF, T, P float64
	Low, High           float64 // two-sided at the alpha asked for
}

// Welch is Welch's t-test with the Welch-Satterthwaite degrees of freedom (Welch 1947). Reports print it beside the
// [DecisionInterval] for those who want to check with their own tool; verdicts do not use it, see there.
func Welch(treated, control Sums, alpha float64) (WelchTest, error) {
	if err := checkShare("alpha", alpha); err != nil {
		return WelchTest{}, err
	}
	if err := checkArms(treated, control); err != nil {
		return WelchTest{}, err
	}
	vt, vc := treated.squaredError(), control.squaredError()
	w := WelchTest{Diff: treated.Mean() - control.Mean(), SE: math.Sqrt(vt + vc)}
	w.DoF = (vt + vc) * (vt + vc) / (vt*vt/float64(treated.N-1) + vc*vc/float64(control.N-1))
	w.T = w.Diff / w.SE
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: w.DoF}
	w.P = math.Min(1, 2*student.Survival(math.Abs(w.T)))
	half := student.Quantile(1-alpha/2) * w.SE
	w.Low, w.High = w.Diff-half, w.Diff+half
	return w, nil
}
