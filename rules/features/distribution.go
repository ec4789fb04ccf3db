package features

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// Distribution is how the CLV of a shop's buyers is spread: of their values in ascending order at most [keptValues].
type Distribution struct{ sorted []float64 }

// keptValues is how many values of a distribution are kept. Up to so many buyers every value is, and a share read from
// it is exact; of more buyers it is off by less than one part in so many.
const keptValues = 1 << 16

// NewDistribution returns the distribution of values, of which it drops what is not finite and sorts the rest in place.
func NewDistribution(values []float64) Distribution {
	values = slices.DeleteFunc(values, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	slices.Sort(values)
	return thinned(values)
}

// thinned keeps at most [keptValues] of ascending values, at equal steps of rank.
func thinned(sorted []float64) Distribution {
	n := len(sorted)
	kept := make([]float64, min(n, keptValues))
	for i := range kept {
		kept[i] = sorted[i*n/len(kept)]
	}
	return Distribution{kept}
}

// Below returns the share of the buyers whose value lies strictly below v; NaN for an unknown value or without buyers.
func (d Distribution) Below(v float64) float64 {
	if math.IsNaN(v) || len(d.sorted) == 0 {
		return math.NaN()
	}
	// None is NaN, for which a search of the library looks at every step: that takes as long again.
	below, rest := 0, d.sorted
	for len(rest) > 0 {
		half := len(rest) / 2
		if rest[half] < v {
			below, rest = below+half+1, rest[half+1:]
		} else {
			rest = rest[:half]
		}
	}
	return float64(below) / float64(len(d.sorted))
}

// MarshalJSON writes the values as a text of their bytes, little end first, in base 64, which a database reads and keeps
// at a tenth of the cost of digits.
func (d Distribution) MarshalJSON() ([]byte, error) {
	raw := make([]byte, 0, 8*len(d.sorted))
	for _, v := range d.sorted {
		raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
	}
	return json.Marshal(raw)
}

// UnmarshalJSON reads what MarshalJSON wrote, or a list of numbers.
func (d *Distribution) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '[' {
		return json.Unmarshal(text, &d.sorted)
	}
	var raw []byte
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	if len(raw)%8 != 0 {
		return fmt.Errorf("read a distribution: %d bytes are no list of numbers", len(raw))
	}
	d.sorted = make([]float64, len(raw)/8)
	for i := range d.sorted {
		d.sorted[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
	}
	return nil
}
