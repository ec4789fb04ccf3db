package features

import (
	"encoding/json"
	"math"
	"slices"
)

// Distribution is how the CLV of a shop's buyers is spread: their values in ascending order.
type Distribution struct{ sorted []float64 }

// keptValues is how many values of a distribution are kept. Up to so many buyers every value is, and a share read from
// it is exact; of more buyers it is off by less than one part in so many.
const keptValues = 1 << 16

// NewDistribution returns the distribution of values, of which it drops what is not finite and sorts the rest in place.
func NewDistribution(values []float64) Distribution {
	values = slices.DeleteFunc(values, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	slices.Sort(values)
	return Distribution{values}
}

// Below returns the share of the buyers whose value lies strictly below v; NaN for an unknown value or without buyers.
func (d Distribution) Below(v float64) float64 {
	if math.IsNaN(v) || len(d.sorted) == 0 {
		return math.NaN()
	}
	below, _ := slices.BinarySearch(d.sorted, v)
	return float64(below) / float64(len(d.sorted))
}

// MarshalJSON writes at most [keptValues] of the values, at equal steps of rank.
func (d Distribution) MarshalJSON() ([]byte, error) {
	n := len(d.sorted)
	if n <= keptValues {
		return json.Marshal(d.sorted)
	}
	kept := make([]float64, keptValues)
	for i := range kept {
		kept[i] = d.sorted[i*n/keptValues]
	}
	return json.Marshal(kept)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (d *Distribution) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &d.sorted) }
