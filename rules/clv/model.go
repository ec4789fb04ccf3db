package clv

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Names of the purchase models, as [FitModel] and [ModelFromParams] take them.
const (
	NameAuto   = "auto"   // the default, MBG/NBD; only [FitModel] knows it
	NameBGNBD  = "bgnbd"  // see [BGNBD]
	NameMBGNBD = "mbgnbd" // see [MBGNBD]
	NameNBD    = "nbd"    // see [NBD]

	NameParetoNBD = "paretonbd" // see [ParetoNBD]
)

// ErrUnknownModel is wrapped by the error for a model name that does not exist.
var ErrUnknownModel = errors.New("unknown model")

// Model predicts the purchases of one customer. Implementations are values
// and may be used from several goroutines.
type Model interface {
	// Name is one of the Name constants except [NameAuto].
	Name() string
	// Params returns the parameters by name, for [ModelFromParams]; times are in weeks.
	Params() map[string]float64
	// PAlive is the probability, 0 to 1, that the customer still buys at all.
	PAlive(h History) float64
	// Expected is the expected number of purchase days in the next t weeks
	// given the history, not discounted; 0 for t <= 0.
	Expected(t Weeks, h History) float64
}

// ModelFromParams rebuilds a model from its name and parameters, as stored.
// Missing, surplus and impossible parameters are errors.
func ModelFromParams(name string, params map[string]float64) (Model, error) {
	switch name {
	case NameBGNBD:
		v, err := pick(name, params, "r", "alpha", "a", "b")
		if err != nil {
			return nil, err
		}
		return BGNBD{R: v[0], Alpha: v[1], A: v[2], B: v[3]}, nil
	case NameMBGNBD:
		v, err := pick(name, params, "r", "alpha", "a", "b")
		if err != nil {
			return nil, err
		}
		return MBGNBD{R: v[0], Alpha: v[1], A: v[2], B: v[3]}, nil
	case NameParetoNBD:
		v, err := pick(name, params, "r", "alpha", "s", "beta")
		if err != nil {
			return nil, err
		}
		return ParetoNBD{R: v[0], Alpha: v[1], S: v[2], Beta: v[3]}, nil
	case NameNBD:
		v, err := pick(name, params, "r", "alpha", "hiatus")
		if err != nil {
			return nil, err
		}
		return NBD{R: v[0], Alpha: v[1], Hiatus: Weeks(v[2])}, nil
	}
	return nil, unknownModel(name, NameBGNBD, NameMBGNBD, NameParetoNBD, NameNBD)
}

// unknownModel says which models there are instead.
func unknownModel(name string, known ...string) error {
	return fmt.Errorf("%w %q: choose one of %s", ErrUnknownModel, name, strings.Join(known, ", "))
}

// pick returns the named parameters in that order; each must be there, finite
// and positive, and there must be no others.
func pick(model string, params map[string]float64, names ...string) ([]float64, error) {
	out := make([]float64, len(names))
	for i, n := range names {
		v, ok := params[n]
		if !ok {
			return nil, fmt.Errorf("restore %s: parameter %q is missing; want %s", model, n, strings.Join(names, ", "))
		}
		if !(v > 0) || math.IsInf(v, 1) {
			return nil, fmt.Errorf("restore %s: parameter %q is %v, want a positive number", model, n, v)
		}
		out[i] = v
	}
	if len(params) == len(names) {
		return out, nil
	}
	extra := make([]string, 0, len(params))
	for n := range params {
		if !slices.Contains(names, n) {
			extra = append(extra, n)
		}
	}
	slices.Sort(extra)
	return nil, fmt.Errorf("restore %s: unknown parameter %s; want %s",
		model, strings.Join(extra, ", "), strings.Join(names, ", "))
}
