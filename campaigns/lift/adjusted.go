package lift

import "math"

// Pair are both arms of one stratum with their outcome (amount 0) and covariates (the other amounts).
type Pair struct{ Treated, Control Joint }

// Adjusted is an estimate whose variance covariates and strata have reduced. It stands beside the raw one and never
// replaces it: it says the same thing less noisily, or something is wrong.
type Adjusted struct {
	Estimate
	Theta     [Amounts - 1]float64 // outcome per unit of each covariate, 0 for one that does not vary
	Strata    int                  // compared within
	Reduction float64              // share of the variance of the raw difference that is gone; below 0 it has grown
	Gap       float64              // raw difference minus adjusted one
	GapSE     float64              // standard error of the gap under a sound draw
	Alarm     bool                 // the gap exceeds two of its standard errors
}

const (
	gapAlarm    = 2     // standard errors between raw and adjusted
	collinear   = 1e-10 // share of a covariate's variance that the others must leave
	gapRounding = 1e-9  // of the raw standard error: without covariates the gap is rounding alone
	outcomeOnly = 0     // index of the outcome among the amounts
)

// Adjust is CUPED (Deng, Xu, Kohavi and Walker 2013) with up to three covariates and post-stratification, at level
// 1 - alpha. Covariates must have been measured strictly before each customer's assignment. Their coefficients are
// pooled over both arms within strata; the residuals then go through the same decision interval as a raw outcome.
// Strata with fewer than ten customers in an arm are read together.
//
// The gap to the raw difference is the arms' difference in what the covariates and strata predict, so an alarm means
// that the draw was unlucky (1 in 20) or that a covariate was touched by the campaign.
//
// Undefined with FewerThanTwo, NotFinite or ZeroVariance where the raw estimate is, and where the covariates leave no
// variance.
func Adjust(strata []Pair, alpha float64) (Adjusted, error) {
	if err := checkShare("alpha", alpha); err != nil {
		return Adjusted{}, err
	}
	strata = collapsed(strata)
	all := union(strata)
	raw, err := newSpread(all.Treated.outcome(), all.Control.outcome())
	if err != nil {
		return Adjusted{}, err
	}
	// The residuals keep the outcome's mean when the covariates are centred, so the relative effect still relates to what
	// control really brought.
	theta := Theta(strata)
	centre := covariateMeans(all.Treated.Merge(all.Control))
	residuals := make([]Stratum, len(strata))
	for i, p := range strata {
		residuals[i] = Stratum{Treated: p.Treated.residual(theta, centre), Control: p.Control.residual(theta, centre)}
	}
	c, err := stratified(residuals)
	if err != nil {
		return Adjusted{}, err
	}
	if c.vt+c.vc <= collinear*raw.welch*raw.welch {
		return Adjusted{}, &Undefined{ZeroVariance, "the covariates determine the outcome: only rounding is left"}
	}
	a := Adjusted{Estimate: c.estimate(alpha), Theta: theta, Strata: len(strata)}
	a.Reduction = 1 - a.SEWelch*a.SEWelch/(raw.welch*raw.welch)
	a.Gap = raw.diff - a.Diff
	a.GapSE = gapError(strata, residuals, theta, centre)
	a.Alarm = math.Abs(a.Gap) > gapAlarm*a.GapSE+gapRounding*raw.welch
	return a, nil
}

// Theta are the coefficients of the covariates: those of the least squares of the outcome on them within strata, both
// arms together. A covariate that does not vary, or that the others determine, gets 0.
//
// With one covariate and one stratum it is the covariance over the variance, both arms as one group; with strata the
// sums of squares within them are added first, since the strata take care of what lies between.
func Theta(strata []Pair) (theta [Amounts - 1]float64) {
	var xx [Amounts - 1][Amounts - 1]float64
	var xy [Amounts - 1]float64
	for _, p := range strata {
		both := p.Treated.Merge(p.Control)
		for i := range xy {
			xy[i] += both.scatter(i+1, outcomeOnly)
			for j := range xy {
				xx[i][j] += both.scatter(i+1, j+1)
			}
		}
	}
	return solve(xx, xy)
}

// solve eliminates symmetrically and skips what has no variance left.
func solve(a [Amounts - 1][Amounts - 1]float64, b [Amounts - 1]float64) (x [Amounts - 1]float64) {
	var used [Amounts - 1]bool
	full := a
	for p := range b {
		// What the earlier covariates leave of this one is its pivot; a coefficient on rounding would be noise.
		if !(a[p][p] > collinear*full[p][p]) {
			continue
		}
		used[p] = true
		for r := range b {
			if r == p {
				continue
			}
			f := a[r][p] / a[p][p]
			for c := range b {
				a[r][c] -= f * a[p][c]
			}
			b[r] -= f * b[p]
		}
	}
	for p := range b {
		if used[p] {
			x[p] = b[p] / a[p][p]
		}
	}
	return x
}

// outcome are the sums of the outcome alone, less nothing.
func (s Joint) outcome() Sums {
	origin := s.Origin
	origin[outcomeOnly] = 0
	return s.Rebase(origin).Linear(1)
}

// residual are the sums of y - theta (x - centre).
func (s Joint) residual(theta [Amounts - 1]float64, centre [Amounts]float64) Sums {
	weights := []float64{1}
	for _, t := range theta {
		weights = append(weights, -t)
	}
	return s.Rebase(centre).Linear(weights...)
}

// predicted are the sums of theta (x - centre).
func (s Joint) predicted(theta [Amounts - 1]float64, centre [Amounts]float64) Sums {
	return s.Rebase(centre).Linear(append([]float64{0}, theta[:]...)...)
}

// covariateMeans is the origin at which residuals keep the outcome's mean.
func covariateMeans(both Joint) (centre [Amounts]float64) {
	for i := 1; i < Amounts; i++ {
		centre[i] = both.Mean(i)
	}
	return centre
}

// union is all strata as one.
func union(strata []Pair) (all Pair) {
	for _, p := range strata {
		all.Treated, all.Control = all.Treated.Merge(p.Treated), all.Control.Merge(p.Control)
	}
	return all
}

// collapsed reads small strata together; see [Readable].
func collapsed(strata []Pair) []Pair {
	merge := func(a, b Pair) Pair { return union([]Pair{a, b}) }
	return collapse(strata, func(p Pair) (int64, int64) { return p.Treated.N, p.Control.N }, merge)
}

// gapError is the standard error of the arms' difference in what covariates and strata predict: theta (x - centre)
// plus the mean residual of the customer's stratum.
func gapError(strata []Pair, residuals []Stratum, theta [Amounts - 1]float64, centre [Amounts]float64) float64 {
	var treated, control Sums
	for i, p := range strata {
		mean := residuals[i].Treated.Merge(residuals[i].Control).Mean()
		treated = treated.Merge(p.Treated.predicted(theta, centre).Shift(mean))
		control = control.Merge(p.Control.predicted(theta, centre).Shift(mean))
	}
	return math.Sqrt(treated.squaredError() + control.squaredError())
}
