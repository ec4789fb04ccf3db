package rules

import (
	"cmp"
	"math"
	"slices"
)

// stretch is a range of values in their order; texts are ordered bytewise.
type stretch[T cmp.Ordered] struct {
	low, high         T
	noLow, noHigh     bool // unbounded on that side
	openLow, openHigh bool // the bound itself is left out
}

// ranges are stretches in ascending order that do not touch.
type ranges[T cmp.Ordered] []stretch[T]

func everything[T cmp.Ordered]() ranges[T] { return ranges[T]{{noLow: true, noHigh: true}} }

func points[T cmp.Ordered](items ...T) ranges[T] {
	sorted := slices.Compact(slices.Sorted(slices.Values(items)))
	all := make(ranges[T], len(sorted))
	for i, item := range sorted {
		all[i] = stretch[T]{low: item, high: item}
	}
	return all
}

// comparedTo returns the values that compare so with c.
func comparedTo[T cmp.Ordered](symbol string, c T) ranges[T] {
	switch symbol {
	case "==":
		return points(c)
	case "!=":
		return points(c).others()
	case "<":
		return ranges[T]{{noLow: true, high: c, openHigh: true}}
	case "<=":
		return ranges[T]{{noLow: true, high: c}}
	case ">":
		return ranges[T]{{low: c, openLow: true, noHigh: true}}
	}
	return ranges[T]{{low: c, noHigh: true}}
}

// prefixed returns the texts that begin with prefix.
func prefixed(prefix string) ranges[string] {
	next := []byte(prefix)
	for len(next) > 0 && next[len(next)-1] == math.MaxUint8 {
		next = next[:len(next)-1]
	}
	if len(next) == 0 {
		return ranges[string]{{low: prefix, noHigh: true}}
	}
	next[len(next)-1]++
	return ranges[string]{{low: prefix, high: string(next), openHigh: true}}
}

// others returns the values outside.
func (r ranges[T]) others() ranges[T] {
	var all ranges[T]
	gap := stretch[T]{noLow: true}
	for _, s := range r {
		if !s.noLow {
			gap.high, gap.openHigh, gap.noHigh = s.low, !s.openLow, false
			all = append(all, gap)
		}
		if s.noHigh {
			return all
		}
		gap = stretch[T]{low: s.high, openLow: !s.openHigh}
	}
	gap.noHigh = true
	return append(all, gap)
}

// common returns the values in both.
func (r ranges[T]) common(other ranges[T]) ranges[T] {
	var all ranges[T]
	for i, j := 0, 0; i < len(r) && j < len(other); {
		if s := overlap(r[i], other[j]); !s.empty() {
			all = append(all, s)
		}
		if endsBefore(r[i], other[j]) {
			i++
		} else {
			j++
		}
	}
	return all
}

func overlap[T cmp.Ordered](a, b stretch[T]) stretch[T] {
	s := a
	switch {
	case b.noLow:
	case a.noLow || b.low > a.low:
		s.low, s.openLow, s.noLow = b.low, b.openLow, false
	case a.low == b.low:
		s.openLow = a.openLow || b.openLow
	}
	switch {
	case b.noHigh:
	case a.noHigh || b.high < a.high:
		s.high, s.openHigh, s.noHigh = b.high, b.openHigh, false
	case a.high == b.high:
		s.openHigh = a.openHigh || b.openHigh
	}
	return s
}

func (s stretch[T]) empty() bool {
	if s.noLow || s.noHigh {
		return false
	}
	return s.low > s.high || s.low == s.high && (s.openLow || s.openHigh)
}

func endsBefore[T cmp.Ordered](a, b stretch[T]) bool {
	switch {
	case a.noHigh:
		return false
	case b.noHigh || a.high < b.high:
		return true
	}
	return a.high == b.high && a.openHigh && !b.openHigh
}

// wholeOnly narrows every stretch to whole numbers, and leaves out those without one.
func wholeOnly(r ranges[float64]) ranges[float64] {
	var all ranges[float64]
	for _, s := range r {
		if !s.noLow {
			low := math.Ceil(s.low)
			if low == s.low && s.openLow {
				low++
			}
			s.low, s.openLow = low, false
		}
		if !s.noHigh {
			high := math.Floor(s.high)
			if high == s.high && s.openHigh {
				high--
			}
			s.high, s.openHigh = high, false
		}
		if !s.empty() {
			all = append(all, s)
		}
	}
	return all
}
