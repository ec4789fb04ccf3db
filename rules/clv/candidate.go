package clv

import "math"

// candidate is a model with dropout that a sample is to be fitted with.
type candidate struct {
	name      string
	params    []string // in the order of theta
	objective objective
	scale     float64 // of the sample's time
	when      string  // at which occasion customers leave
}

// candidate returns the named model, nil for one without dropout.
func (s *sample) candidate(name string) *candidate {
	switch name {
	case NameBGNBD, NameMBGNBD:
		return &candidate{
			name: name, params: []string{"r", "alpha", "a", "b"}, objective: s.dropoutObjective(name == NameMBGNBD),
			scale: s.scale, when: "after a purchase",
		}
	case NameParetoNBD:
		return &candidate{
			name: name, params: []string{"r", "alpha", "s", "beta"}, objective: s.paretoObjective(),
			scale: s.scale, when: "in a year",
		}
	}
	return nil
}

const hopelessShare = 1e-2

// model returns the model at theta, in weeks.
func (c candidate) model(theta []float64) Model {
	m := BGNBD{R: theta[0], Alpha: c.alpha(theta), A: theta[2], B: theta[3]}
	switch c.name {
	case NameParetoNBD:
		return ParetoNBD{R: m.R, Alpha: m.Alpha, S: m.A, Beta: m.B * c.scale}
	case NameMBGNBD:
		return MBGNBD(m)
	}
	return m
}

// alpha returns the parameter of that name in weeks.
func (c candidate) alpha(theta []float64) float64 { return theta[1] * c.scale }

// leaving returns the mean probability to leave at the occasion in c.when.
func (c candidate) leaving(theta []float64) float64 {
	if c.name == NameParetoNBD {
		year := float64(Days(daysPerYear)) / c.scale
		return -math.Expm1(-theta[2] * math.Log1p(year/theta[3]))
	}
	return theta[2] / (theta[2] + theta[3])
}

// hopeless tells that leaving is far below what matters: the search is on its
// way to a bound.
func (c candidate) hopeless(theta []float64) bool {
	return c.leaving(theta) < hopelessShare*minDropoutShare
}

// starts are where the search begins, in logarithms: at parameters near 1 and,
// if it ends badly, at customers who differ much and at such who leave late.
func (c candidate) starts() [][]float64 {
	return [][]float64{
		{startLog, startLog, startLog, startLog},
		{-1, -2, 0, 1},
		{0, 0, -1, 2},
	}
}
