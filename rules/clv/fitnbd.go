package clv

import (
	"cmp"
	"fmt"
	"slices"
)

const (
	// youngShape is the shape of the rates assumed for a shop too young to show
	// it; fits of established shops lie between 0.2 and 0.8.
	youngShape = 0.5
	// youngRepeats in youngWeeks is the repeat rate of the imaginary customer
	// who keeps the pooled rate above zero: one purchase a year.
	youngRepeats = 1
	youngWeeks   = 52
	// defaultHiatus is the rule without repeat buyers, half a year.
	defaultHiatus Weeks = 26
	// hiatusQuantile of the repeat buyers' mean gaps is the hiatus. Nine in ten
	// usually come back sooner; on CDNOW and Online Retail this is within half
	// a percentage point of the best hiatus in hindsight.
	hiatusQuantile = 0.9
	// shortestHiatus keeps a shop of daily buyers from losing everyone on holiday.
	shortestHiatus Weeks = 4
)

// fitNBD fits NBD, or assumes one when too few have bought again.
func (s *sample) fitNBD() Fit {
	fit := Fit{Requested: NameNBD, Customers: s.customers, Repeaters: s.repeaters}
	if s.repeaters < minNBDRepeaters {
		return s.young(fit, OutcomeTooFew, fmt.Sprintf("%d of %d customers bought again, a fit needs %d", s.repeaters, s.customers, minNBDRepeaters))
	}
	objective := s.nbdObjective()
	found := minimise(objective, []float64{startLog, startLog}, never)
	fit.Iterations, fit.Evaluations = found.iterations, found.evaluations
	if !found.converged {
		return s.young(fit, OutcomeNotConverged, fmt.Sprintf("the search for NBD did not converge in %d iterations", found.iterations))
	}
	fit.Outcome, fit.Converged, fit.LogLikelihood = OutcomeConverged, true, s.logLikelihood(found)
	fit.Model = NBD{R: found.theta[0], Alpha: found.theta[1] * s.scale, Hiatus: s.hiatus()}
	fit.Reason = s.basis(title(NameNBD))
	return fit.withPrecision(objective, found.theta, []string{"r", "alpha"})
}

// young assumes how the rates spread and takes their mean from the pooled
// repeat rate, so that a shop of a few weeks gets figures that say what they are.
func (s *sample) young(fit Fit, o Outcome, why string) Fit {
	rate := (s.repeats + youngRepeats) / (s.exposure + youngWeeks)
	m := NBD{R: youngShape, Alpha: youngShape / rate, Hiatus: s.hiatus()}
	for _, w := range s.rows {
		fit.LogLikelihood += w.n * m.LogLikelihood(s.history(w))
	}
	fit.Model, fit.Fallback, fit.Outcome = m, true, o
	fit.Reason = fmt.Sprintf("%s: NBD with an assumed spread and the pooled rate of %.1f purchases a year, "+
		"and who is silent for more than %.1f weeks counts as gone", why, rate*youngWeeks, float64(m.Hiatus))
	return fit
}

// hiatus returns the silence after which a customer counts as gone.
func (s *sample) hiatus() Weeks {
	if s.repeaters < minNBDRepeaters {
		return defaultHiatus
	}
	type gap struct{ mean, n float64 }
	gaps := make([]gap, 0, len(s.rows))
	for _, w := range s.rows {
		if w.x > 0 {
			gaps = append(gaps, gap{mean: w.tx / w.x, n: w.n})
		}
	}
	slices.SortFunc(gaps, func(a, b gap) int { return cmp.Compare(a.mean, b.mean) })
	seen := 0.0
	for _, g := range gaps {
		if seen += g.n; seen >= hiatusQuantile*float64(s.repeaters) {
			return max(shortestHiatus, Weeks(g.mean*s.scale))
		}
	}
	return defaultHiatus
}
