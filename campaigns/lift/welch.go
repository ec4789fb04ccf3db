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
	diff, dof := treated.Mean()-control.Mean(), satterthwaite(treated, control)
	return studentTest(diff, treated.squaredError()+control.squaredError(), dof, alpha), nil
}

// Above is the one-sided reading of the same test: the probability of a difference this large without an effect, and
// the one-sided lower limit at 1 - alpha.
func (w WelchTest) Above(alpha float64) (p, low float64) {
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: w.DoF}
	return student.Survival(w.T), w.Diff - student.Quantile(1-alpha)*w.SE
}

// Student is the t-test with one variance for both arms, which other tools call "equal variances assumed".
func Student(treated, control Sums, alpha float64) (WelchTest, error) {
	if err := checkShare("alpha", alpha); err != nil {
		return WelchTest{}, err
	}
	s, err := newSpread(treated, control)
	if err != nil {
		return WelchTest{}, err
	}
	return studentTest(s.diff, s.pooled*s.pooled, float64(treated.N+control.N-2), alpha), nil
}

// satterthwaite are the degrees of freedom of two arms' variances.
func satterthwaite(treated, control Sums) float64 {
	return degreesOfFreedom(treated.squaredError(), control.squaredError(), treated.N, control.N)
}

func degreesOfFreedom(vt, vc float64, nt, nc int64) float64 {
	return (vt + vc) * (vt + vc) / (vt*vt/float64(nt-1) + vc*vc/float64(nc-1))
}

// studentTest compares a difference with its standard error.
func studentTest(diff, variance, dof, alpha float64) WelchTest {
	w := WelchTest{Diff: diff, SE: math.Sqrt(variance), DoF: dof}
	w.T = w.Diff / w.SE
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: w.DoF}
	w.P = math.Min(1, 2*student.Survival(math.Abs(w.T)))
	half := student.Quantile(1-alpha/2) * w.SE
	w.Low, w.High = w.Diff-half, w.Diff+half
	return w
}
