package lift

import (
	"cmp"
	"math"
	"slices"
)

// FalseDiscoveryRate is the share of idle campaigns among those called effective that a portfolio accepts.
const FalseDiscoveryRate = 0.10

// Selection is what is left of many p-values when many were looked at.
type Selection struct {
	Q        []float64 // adjusted p-values, in the order given
	Selected []bool    // Q does not exceed the rate
	Count    int       // selected
	Level    float64   // of intervals for the selected (Benjamini and Yekutieli 2005): 1 - Count * rate / m; 0 if none is
}

// Select controls the false discovery rate (Benjamini and Hochberg 1995).
//
// Undefined with OutOfRange for a p-value outside 0 to 1. An interval at the usual level would miss the truth of the
// selected too often: they were selected for being far from 0.
func Select(p []float64, rate float64) (Selection, error) {
	if err := checkShare("the false discovery rate", rate); err != nil {
		return Selection{}, err
	}
	order, err := ascending(p)
	if err != nil {
		return Selection{}, err
	}
	m, least := float64(len(p)), 1.0
	s := Selection{Q: make([]float64, len(p)), Selected: make([]bool, len(p))}
	for i, at := range slices.Backward(order) {
		least = math.Min(least, p[at]*m/float64(i+1))
		s.Q[at] = least
		if s.Selected[at] = least <= rate; s.Selected[at] {
			s.Count++
		}
	}
	if s.Count > 0 {
		s.Level = 1 - float64(s.Count)*rate/m
	}
	return s, nil
}

// Holm adjusts the p-values of a campaign's segments or variants, so that the chance of any false call among them
// stays at alpha (Holm 1979).
func Holm(p []float64) ([]float64, error) {
	order, err := ascending(p)
	if err != nil {
		return nil, err
	}
	adjusted, most := make([]float64, len(p)), 0.0
	for i, at := range order {
		most = math.Max(most, math.Min(1, p[at]*float64(len(p)-i)))
		adjusted[at] = most
	}
	return adjusted, nil
}

// ascending gives the indices of p-values from the smallest to the largest.
func ascending(p []float64) ([]int, error) {
	order := make([]int, len(p))
	for i, x := range p {
		if !(x >= 0 && x <= 1) {
			return nil, &Undefined{OutOfRange, "a p-value must lie between 0 and 1"}
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	return order, nil
}
