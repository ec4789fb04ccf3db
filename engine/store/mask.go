package store

import (
	"fmt"
	"strings"
)

// Mask is a set of small numbers: the rules, or terms, that hold for a customer.
type Mask []uint64

// maskBits is how many bits travel in one bigint: the sign stays clear.
const maskBits = 63

func newMask(n int) Mask { return make(Mask, (n+maskBits-1)/maskBits) }

// Has reports whether the number is in the set.
func (m Mask) Has(i int) bool { return m[i/maskBits]&(1<<(i%maskBits)) != 0 }

func (m Mask) set(i int) { m[i/maskBits] |= 1 << (i % maskBits) }

func (m Mask) clear(i int) { m[i/maskBits] &^= 1 << (i % maskBits) }

// read takes over the masks of a row.
func (m Mask) read(row [][]byte) {
	for i, raw := range row {
		m[i] = uint64(wholeNumber(raw))
	}
}

func (m Mask) empty() bool {
	for _, word := range m {
		if word != 0 {
			return false
		}
	}
	return true
}

// maskSQL writes the expressions of a mask: bit i is set where predicate i holds. Empty predicates stay clear.
func maskSQL(predicates []string) []string {
	var words []string
	for start := 0; start < len(predicates); start += maskBits {
		var bits []string
		for i, p := range predicates[start:min(start+maskBits, len(predicates))] {
			if p != "" {
				bits = append(bits, fmt.Sprintf("CASE WHEN %s THEN %d::bigint ELSE 0 END", p, uint64(1)<<i))
			}
		}
		words = append(words, "("+strings.Join(append(bits, "0::bigint"), " | ")+")")
	}
	return words
}
