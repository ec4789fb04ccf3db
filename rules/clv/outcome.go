package clv

import "fmt"

// Outcome says how the search for the requested model ended. Every fit has
// one, and only the first and the last come with the requested model.
type Outcome string

// Outcomes of a fit.
const (
	// OutcomeConverged is an optimum with standard errors.
	OutcomeConverged Outcome = "converged"
	// OutcomeDegenerate is an optimum that says nothing about leaving: hardly
	// anybody does, or the model explains the data no better than one without.
	OutcomeDegenerate Outcome = "degenerate"
	// OutcomeTooFew is data too small for the model to be tried.
	OutcomeTooFew Outcome = "too few"
	// OutcomeNotConverged is a search that ended without an optimum.
	OutcomeNotConverged Outcome = "not converged"
	// OutcomeAtStart is a search that never left its start: the likelihood has
	// no slope there, or cannot be computed.
	OutcomeAtStart Outcome = "at start"
	// OutcomeSingular is an optimum whose curvature has no inverse, so that some
	// parameters could be anything: the model stands, without standard errors.
	OutcomeSingular Outcome = "singular"
)

const (
	// minDropoutShare is the mean probability to leave, after a purchase or, for
	// Pareto/NBD, within a year, below which nobody leaves within any horizon
	// that matters.
	minDropoutShare = 1e-3
	// minAlpha, in weeks, is where a fit of the rates is beyond what data by the
	// day can tell: a rate that one purchase settles within some three hours.
	minAlpha = 0.02
	// minGain is the log-likelihood two more parameters must be worth, the
	// price Akaike's criterion sets.
	minGain = 2
)

// judge says how a search ended and, unless well, why in words. gain is the
// log-likelihood above that of NBD.
func (c candidate) judge(found minimum, gain float64) (Outcome, string) {
	name, leave := title(c.name), c.leaving(found.theta)
	switch {
	case found.atStart:
		return OutcomeAtStart, fmt.Sprintf("the search for %s ended where it began", name)
	case leave < minDropoutShare:
		return OutcomeDegenerate, fmt.Sprintf("%s finds that practically nobody leaves (%.2g of the buyers %s)", name, leave, c.when)
	case !found.converged:
		return OutcomeNotConverged, fmt.Sprintf("the search for %s did not converge in %d iterations", name, found.iterations)
	case c.alpha(found.theta) < minAlpha:
		return OutcomeDegenerate, fmt.Sprintf("%s finds rates that no data by the day can show (alpha of %.2g weeks)", name, c.alpha(found.theta))
	case !(gain >= minGain):
		return OutcomeDegenerate, fmt.Sprintf("%s explains the purchases no better than NBD (log-likelihood higher by %.1f, want %d)",
			name, gain, minGain)
	}
	return OutcomeConverged, ""
}
