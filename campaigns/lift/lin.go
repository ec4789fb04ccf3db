package lift

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Row is one customer: the outcome and covariates measured before the assignment.
type Row struct {
	Y float64
	X []float64
}

// Regression is an adjusted difference per customer with its standard error.
type Regression struct{ Diff, SE float64 }

// Lin is the least squares of the outcome on the arm, the centred covariates and their interactions, with the
// heteroskedasticity-consistent error HC2 (Lin 2013, Agnostic notes on regression adjustments). Each arm gets slopes
// of its own, which can only help in large arms. HC2 weighs every customer by leverage, so this needs the customers
// themselves; reports use [Adjust], which needs their sums only.
//
// Undefined with FewerThanTwo if an arm has no more customers than coefficients, with ZeroVariance if covariates
// determine each other, with OutOfRange if customers differ in their number of covariates.
func Lin(treated, control []Row) (Regression, error) {
	centre, err := rowCentre(treated, control)
	if err != nil {
		return Regression{}, err
	}
	t, err := fitArm(treated, centre)
	if err != nil {
		return Regression{}, err
	}
	c, err := fitArm(control, centre)
	if err != nil {
		return Regression{}, err
	}
	return Regression{Diff: t.Diff - c.Diff, SE: math.Hypot(t.SE, c.SE)}, nil
}

// rowCentre is the mean of each covariate over both arms.
func rowCentre(arms ...[]Row) (centre []float64, err error) {
	n := 0.0
	for _, rows := range arms {
		for _, r := range rows {
			if centre == nil {
				centre = make([]float64, len(r.X))
			}
			if len(r.X) != len(centre) {
				return nil, &Undefined{OutOfRange, "every customer needs the same covariates"}
			}
			n++
			for i, x := range r.X {
				centre[i] += x
			}
		}
	}
	for i := range centre {
		centre[i] /= n
	}
	return centre, nil
}

// fitArm predicts one arm's mean at the common centre. With interactions the two arms are separate regressions, and
// the arm's effect is the difference of their intercepts.
func fitArm(rows []Row, centre []float64) (Regression, error) {
	n, k := len(rows), len(centre)+1
	if n <= k {
		return Regression{}, &Undefined{FewerThanTwo, "an arm has no more customers than coefficients"}
	}
	x, y := mat.NewDense(n, k, nil), mat.NewVecDense(n, nil)
	for i, r := range rows {
		x.Set(i, 0, 1)
		y.SetVec(i, r.Y)
		for j := range centre {
			x.Set(i, j+1, r.X[j]-centre[j])
		}
	}
	var square, inverse mat.Dense
	square.Mul(x.T(), x)
	if err := inverse.Inverse(&square); err != nil {
		return Regression{}, &Undefined{ZeroVariance, "a covariate does not vary in an arm, or others determine it"}
	}
	var moments, beta mat.VecDense
	moments.MulVec(x.T(), y)
	beta.MulVec(&inverse, &moments)
	return Regression{Diff: beta.AtVec(0), SE: math.Sqrt(hc2(x, y, &beta, &inverse))}, nil
}

// hc2 is the variance of the intercept.
func hc2(x *mat.Dense, y, beta *mat.VecDense, inverse *mat.Dense) (variance float64) {
	n, _ := x.Dims()
	for i := range n {
		var weights mat.VecDense
		row := x.RowView(i)
		weights.MulVec(inverse, row)
		residual := y.AtVec(i) - mat.Dot(row, beta)
		leverage := mat.Dot(row, &weights)
		if leverage < 1 { // at 1 the customer fits itself and leaves no residual
			variance += weights.AtVec(0) * weights.AtVec(0) * residual * residual / (1 - leverage)
		}
	}
	return variance
}
