package clv

import (
	"fmt"
	"slices"
)

// Fit is a fitted purchase model and how it came about.
type Fit struct {
	Model         Model
	Requested     string  // the name asked for, [NameAuto] resolved
	Fallback      bool    // the requested model could not be fitted, Model stands in
	LogLikelihood float64 // of Model, natural logarithm, summed over all customers
	Converged     bool    // of the requested model's search; false when it was not tried
	Reason        string  // one sentence for the page: why this model
	Iterations    int     // of the requested model's search
	Evaluations   int     // of likelihood and gradient, over all searches
	Customers     int
	Repeaters     int // customers with X > 0
}

const (
	// minDropoutRepeaters is where a model with dropout is first tried. With
	// fewer, four parameters follow the noise.
	minDropoutRepeaters = 50
	// minNBDRepeaters is where the spread of the rates can first be estimated.
	minNBDRepeaters = 10
	// solidRepeaters is where the individual figures deserve trust; published
	// fits and users' reports agree on some five hundred.
	solidRepeaters = 500
	// minDropoutShare is the mean probability a/(a+b) to leave after a purchase
	// below which nobody leaves within any horizon that matters.
	minDropoutShare = 1e-3
	// minAlpha, in weeks, is where a fit of the rates is beyond what data by the
	// day can tell: a rate that one purchase settles within some three hours.
	minAlpha = 0.02
	// minGain is the log-likelihood two more parameters must be worth, the
	// price Akaike's criterion sets.
	minGain = 2
)

// FitModel fits a purchase model by maximum likelihood: auto (MBG/NBD), bgnbd,
// mbgnbd or nbd. An unknown name or an impossible history is an error.
//
// Every shop gets a model. When the requested one is not identified (the
// search does not converge, hardly anyone ever leaves, or the plain NBD
// explains the data as well) or there are fewer than 50 repeat buyers, the
// result is NBD with its hiatus rule; below 10 repeat buyers it is NBD with an
// assumed spread and the pooled repeat rate. Fallback and Reason say so.
func FitModel(name string, hs []History) (Fit, error) {
	if name == NameAuto {
		name = NameMBGNBD
	}
	if !slices.Contains([]string{NameBGNBD, NameMBGNBD, NameNBD}, name) {
		return Fit{}, fmt.Errorf("fit: %w", unknownModel(name, NameAuto, NameBGNBD, NameMBGNBD, NameNBD))
	}
	s, err := gather(hs)
	if err != nil {
		return Fit{}, fmt.Errorf("fit %s: %w", name, err)
	}
	plain := s.fitNBD()
	if name == NameNBD {
		return plain, nil
	}
	plain.Requested, plain.Fallback, plain.Converged = name, true, false
	if s.repeaters < minNBDRepeaters {
		return plain, nil
	}
	if s.repeaters < minDropoutRepeaters {
		return plain.because("%d of %d customers bought again, %s needs %d", s.repeaters, s.customers, title(name), minDropoutRepeaters), nil
	}
	return s.fitDropout(name, plain), nil
}

// fitDropout fits BG/NBD or MBG/NBD and returns it, or plain when the data
// does not carry it.
func (s *sample) fitDropout(name string, plain Fit) Fit {
	found := minimise(s.dropoutObjective(name == NameMBGNBD), 4)
	fit := plain
	fit.Converged, fit.Iterations = found.converged, found.iterations
	fit.Evaluations += found.evaluations
	m := BGNBD{R: found.theta[0], Alpha: found.theta[1] * s.scale, A: found.theta[2], B: found.theta[3]}
	ll := s.logLikelihood(found)
	if why := unfit(name, m, found, ll-plain.LogLikelihood); why != "" {
		return fit.because("%s", why)
	}
	fit.Fallback, fit.LogLikelihood, fit.Model = false, ll, m
	if name == NameMBGNBD {
		fit.Model = MBGNBD(m)
	}
	fit.Reason = s.basis(title(name))
	return fit
}

// unfit says why the end of a search is not to be used, or "". gain is the
// log-likelihood above that of NBD.
func unfit(name string, m BGNBD, found minimum, gain float64) string {
	leave := m.A / (m.A + m.B)
	switch {
	case leave < minDropoutShare:
		return fmt.Sprintf("%s finds that practically nobody leaves (%.2g of the buyers after a purchase)", title(name), leave)
	case !found.converged:
		return fmt.Sprintf("the search for %s did not converge in %d iterations", title(name), found.iterations)
	case m.Alpha < minAlpha:
		return fmt.Sprintf("%s finds rates that no data by the day can show (alpha of %.2g weeks)", title(name), m.Alpha)
	case !(gain >= minGain):
		return fmt.Sprintf("%s explains the purchases no better than NBD (log-likelihood higher by %.1f, want %d)",
			title(name), gain, minGain)
	}
	return ""
}

// because gives a fallback to NBD its reason.
func (f Fit) because(format string, args ...any) Fit {
	f.Reason = fmt.Sprintf(format, args...) +
		fmt.Sprintf(": NBD instead, and who is silent for more than %.1f weeks counts as gone", f.Model.Params()["hiatus"])
	return f
}

// basis states what a fit rests on.
func (s *sample) basis(model string) string {
	text := fmt.Sprintf("%s fitted to %d customers, %d of them repeat buyers", model, s.customers, s.repeaters)
	if s.repeaters < solidRepeaters {
		text += fmt.Sprintf(": with fewer than %d, take figures of single customers as rough", solidRepeaters)
	}
	return text
}

// title returns the name of a model as people write it.
func title(name string) string {
	switch name {
	case NameBGNBD:
		return "BG/NBD"
	case NameMBGNBD:
		return "MBG/NBD"
	}
	return "NBD"
}
