package clv

import (
	"fmt"
	"slices"
)

// Fit is a fitted purchase model and how it came about.
type Fit struct {
	Model         Model
	Requested     string             // the name asked for, [NameAuto] resolved
	Outcome       Outcome            // of the requested model's search
	Fallback      bool               // the requested model could not be fitted, Model stands in
	LogLikelihood float64            // of Model, natural logarithm, summed over all customers
	Converged     bool               // of the requested model's search; false when it was not tried
	Reason        string             // one sentence for the page: why this model
	StdErr        map[string]float64 // of Model's fitted parameters by name; nil if unknown
	Covariance    Covariance         // of their logarithms; empty if unknown
	Iterations    int                // of the requested model's search
	Evaluations   int                // of likelihood and gradient, over all searches
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
)

// FitModel fits a purchase model by maximum likelihood: auto (MBG/NBD), bgnbd,
// mbgnbd, paretonbd or nbd. An unknown name or an impossible history is an error.
//
// Every shop gets a model. When the requested one is not identified (the
// search does not converge, hardly anyone ever leaves, or the plain NBD
// explains the data as well) or there are fewer than 50 repeat buyers, the
// result is NBD with its hiatus rule; below 10 repeat buyers it is NBD with an
// assumed spread and the pooled repeat rate. Outcome, Fallback and Reason say so.
func FitModel(name string, hs []History) (Fit, error) {
	requested := name
	if name == NameAuto {
		name = NameMBGNBD
	}
	known := []string{NameBGNBD, NameMBGNBD, NameParetoNBD, NameNBD}
	if !slices.Contains(known, name) {
		return Fit{}, fmt.Errorf("fit: %w", unknownModel(name, append([]string{NameAuto}, known...)...))
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
		return plain.because(OutcomeTooFew, fmt.Sprintf("%d of %d customers bought again, %s needs %d",
			s.repeaters, s.customers, title(name), minDropoutRepeaters)), nil
	}
	fit := s.search(*s.candidate(name), plain)
	if requested == NameAuto && !fit.Fallback {
		fit.Reason = "chosen as the default, since it lets one-time buyers fade: " + fit.Reason
	}
	return fit, nil
}

// search fits a model with dropout and returns it, or plain when the data does
// not carry it.
func (s *sample) search(c candidate, plain Fit) Fit {
	fit := plain
	var found minimum
	for i, start := range c.starts() {
		next := minimise(c.objective, start, c.hopeless)
		fit.Evaluations += next.evaluations
		// A later start must bring an optimum, and a better one.
		if i == 0 || next.converged && (!found.converged || next.value < found.value) {
			found = next
		}
		fit.Outcome, fit.Reason = c.judge(found, s.logLikelihood(found)-plain.LogLikelihood)
		if fit.Outcome == OutcomeConverged {
			break
		}
	}
	fit.Converged, fit.Iterations = found.converged, found.iterations
	if fit.Outcome != OutcomeConverged {
		return fit.because(fit.Outcome, fit.Reason)
	}
	fit.Fallback, fit.LogLikelihood, fit.Model = false, s.logLikelihood(found), c.model(found.theta)
	fit.Reason = s.basis(title(c.name))
	return fit.withPrecision(c.objective, found.theta, c.params)
}

// withPrecision adds the standard errors at an optimum.
func (f Fit) withPrecision(o objective, theta []float64, names []string) Fit {
	f.Covariance = covarianceAt(o, theta, names, float64(f.Customers))
	if f.StdErr = f.Covariance.StdErr(f.Model.Params()); f.StdErr == nil {
		f.Outcome = OutcomeSingular
		f.Reason += "; how precise its parameters are cannot be told"
	}
	return f
}

// because gives a fallback to NBD its reason.
func (f Fit) because(o Outcome, why string) Fit {
	f.Outcome = o
	f.Reason = why + fmt.Sprintf(": NBD instead, and who is silent for more than %.1f weeks counts as gone", f.Model.Params()["hiatus"])
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
	case NameParetoNBD:
		return "Pareto/NBD"
	}
	return "NBD"
}
