package clv

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// SpendFit is a fitted spend model and how it came about.
type SpendFit struct {
	Model         SpendModel
	Outcome       Outcome            // of the gamma-gamma search
	Fallback      bool               // gamma-gamma could not be fitted, Model stands in
	LogLikelihood float64            // of gamma-gamma, natural logarithm; 0 if it was not tried
	Converged     bool               // of the gamma-gamma search; false when it was not tried
	Reason        string             // one sentence for the page: why this model
	StdErr        map[string]float64 // of Model's parameters by name; nil if unknown
	Covariance    Covariance         // of their logarithms; empty if unknown
	Iterations    int
	Evaluations   int
	Customers     int // repeat buyers with a positive mean value: the basis of the fit
}

// ErrNoSpend is returned by [FitSpend] when nothing says what a purchase is worth.
var ErrNoSpend = errors.New("no purchase has a positive value")

const (
	// minSpenders is where gamma-gamma is first tried, and where the shop's own
	// repeat buyers replace the typical order as the population mean.
	minSpenders = 30
	// plainWeight is the weight of the population in a shrunken mean while the
	// spread within customers cannot be told from the spread between them.
	plainWeight = 1
	// credibleMean bounds the population mean of gamma-gamma in multiples of the
	// observed one: q just above 1 puts it anywhere.
	credibleMean = 2
)

// FitSpend fits gamma-gamma by maximum likelihood to the customers with a
// repeat purchase of positive mean value; others are ignored. typicalOrder is
// the mean value of all the shop's orders in major units, first ones included.
//
// Every shop with a positive order value gets a model: without 30 such
// customers, a converged search, q > 1 and a credible mean it is a shrunken
// mean, and Fallback and Reason say so.
func FitSpend(xs []Spend, typicalOrder float64) (SpendFit, error) {
	b := gatherSpend(xs)
	fit := SpendFit{Customers: len(b.rows), Fallback: true}
	if len(b.rows) < minSpenders {
		return b.young(fit, typicalOrder)
	}
	found := minimise(b.objective, []float64{startLog, startLog, startLog}, never)
	fit.Converged, fit.Iterations, fit.Evaluations = found.converged, found.iterations, found.evaluations
	gg := GammaGamma{P: found.theta[0], Q: found.theta[1], V: found.theta[2] * b.mean}
	fit.LogLikelihood = -float64(len(b.rows)) * (found.value + math.Log(b.mean))
	fit.Model = b.shrunken()
	switch {
	case found.atStart:
		fit.Outcome, fit.Reason = OutcomeAtStart, "the search for gamma-gamma ended where it began"
	case !found.converged:
		fit.Outcome = OutcomeNotConverged
		fit.Reason = fmt.Sprintf("the search for gamma-gamma did not converge in %d iterations", found.iterations)
	case gg.Q <= 1 || gg.PopulationMean() > credibleMean*b.mean:
		fit.Outcome = OutcomeDegenerate
		fit.Reason = fmt.Sprintf("order values spread so widely (q %.2f) that gamma-gamma gives no usable mean", gg.Q)
	default:
		fit.Model, fit.Fallback, fit.Outcome = gg, false, OutcomeConverged
		fit.Reason = fmt.Sprintf("gamma-gamma fitted to %d repeat buyers", len(b.rows))
		return fit.withPrecision(b.objective, found.theta), nil
	}
	fit.Reason += ": each customer's mean, drawn towards that of all repeat buyers, instead"
	return fit, nil
}

// withPrecision adds the standard errors at an optimum.
func (f SpendFit) withPrecision(o objective, theta []float64) SpendFit {
	f.Covariance = covarianceAt(o, theta, []string{"p", "q", "v"}, float64(f.Customers))
	if f.StdErr = f.Covariance.StdErr(f.Model.Params()); f.StdErr == nil {
		f.Outcome = OutcomeSingular
		f.Reason += "; how precise its parameters are cannot be told"
	}
	return f
}

// baskets is a set of spends as the fit needs it: in one fixed order, values
// divided by their mean.
type baskets struct {
	rows []basket
	mean float64 // of the customers' means, in major units
	byX  []struct{ x, n, logs float64 }
}

// basket is one customer: x purchases of scaled mean m.
type basket struct{ x, m float64 }

func gatherSpend(xs []Spend) *baskets {
	b := &baskets{mean: 1}
	sum := 0.0
	for _, s := range xs {
		if s.usable() {
			b.rows = append(b.rows, basket{x: float64(s.X), m: s.Mean})
		}
	}
	slices.SortFunc(b.rows, func(p, q basket) int { return cmp.Or(cmp.Compare(p.x, q.x), cmp.Compare(p.m, q.m)) })
	for _, w := range b.rows {
		sum += w.m
	}
	if len(b.rows) > 0 {
		b.mean = sum / float64(len(b.rows))
	}
	for i := range b.rows {
		w := &b.rows[i]
		w.m /= b.mean
		if i == 0 || w.x != b.rows[i-1].x {
			b.byX = append(b.byX, struct{ x, n, logs float64 }{x: w.x})
		}
		g := &b.byX[len(b.byX)-1]
		g.n++
		g.logs += math.Log(w.m)
	}
	return b
}

// objective is the mean negative log-likelihood of gamma-gamma at (p, q, v).
// Gamma functions depend on x alone and are taken once for each x.
func (b *baskets) objective(theta, grad []float64) float64 {
	p, q, v := theta[0], theta[1], theta[2]
	clear(grad)
	ll, next, psiQ := 0.0, 0, mathext.Digamma(q)
	for _, g := range b.byX {
		px := p * g.x
		psiSum := mathext.Digamma(px + q)
		ll -= g.n*logBeta(px, q) + g.logs
		grad[0] += g.n * g.x * (psiSum - mathext.Digamma(px))
		grad[1] += g.n * (psiSum - psiQ)
		for _, w := range b.rows[next : next+int(g.n)] {
			total := g.x * w.m
			low, high := math.Log1p(v/total), math.Log1p(total/v)
			ll -= px*low + q*high
			grad[0] -= g.x * low
			grad[1] -= high
			grad[2] += q/v - (px+q)/(total+v)
		}
		next += int(g.n)
	}
	n := float64(len(b.rows))
	for i := range grad {
		grad[i] *= -theta[i] / n
	}
	return -ll / n
}

// shrunken estimates a shrunken mean by moments: the variance of a customer's
// mean is that between customers plus that within divided by x, and their
// ratio is the weight of the population (Buehlmann 1967, ASTIN Bulletin 4:199).
// It is taken from logarithms, since one wholesale order would decide the
// variance of plain values, and wide spreads are why gamma-gamma failed.
func (b *baskets) shrunken() ShrunkenMean {
	n, sx, sy, sxx, sxy, center := float64(len(b.rows)), 0.0, 0.0, 0.0, 0.0, 0.0
	for _, g := range b.byX {
		center += g.logs / n
	}
	for _, w := range b.rows {
		x, d := 1/w.x, math.Log(w.m)-center
		sx, sy, sxx, sxy = sx+x, sy+d*d, sxx+x*x, sxy+x*d*d
	}
	within := (n*sxy - sx*sy) / (n*sxx - sx*sx)
	between := (sy - within*sx) / n
	weight := within / between
	if !(within > 0) || !(between > 0) {
		weight = plainWeight
	}
	return ShrunkenMean{Mean: b.mean, Weight: weight}
}

// young draws every customer's own mean towards the typical order.
func (b *baskets) young(fit SpendFit, typicalOrder float64) (SpendFit, error) {
	mean := typicalOrder
	if !(mean > 0) || math.IsInf(mean, 1) {
		mean = b.mean
		if len(b.rows) == 0 {
			return SpendFit{}, fmt.Errorf("fit spend: %w: import orders with a total", ErrNoSpend)
		}
	}
	fit.Model, fit.Outcome = ShrunkenMean{Mean: mean, Weight: plainWeight}, OutcomeTooFew
	fit.Reason = fmt.Sprintf("only %d repeat buyers with a positive order value, gamma-gamma needs %d: "+
		"each customer's mean, drawn towards the typical order of %.2f, instead", len(b.rows), minSpenders, mean)
	return fit, nil
}
