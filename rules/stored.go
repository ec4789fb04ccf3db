package rules

import (
	"math"
	"sync"

	"treue/rules/features"
)

// Comparisons of what is stored with what is written down are most of what rules consist of. The tests below read the
// column itself, where the general way is a call for each part.

// columns is built once and only read.
var columns = sync.OnceValue(func() map[string]features.Column {
	byName := make(map[string]features.Column)
	for _, c := range features.Columns() {
		byName[c.Name] = c
	}
	return byName
})

// interval is the numbers for which a comparison with a constant holds, both ends included. It holds no infinity: that
// is unknown.
func interval(symbol string, c float64) (low, high float64, found bool) {
	low, high = -math.MaxFloat64, math.MaxFloat64
	switch symbol {
	case "==":
		return c, c, true
	case "<":
		return low, math.Nextafter(c, math.Inf(-1)), true
	case "<=":
		return low, c, true
	case ">":
		return math.Nextafter(c, math.Inf(1)), high, true
	case ">=":
		return c, high, true
	}
	return 0, 0, false // != holds for two of them
}

// within tests whether a part lies from low to high; nil if the part is neither a column nor the days since one.
func within(n *Node, low, high float64) truthFunc {
	n = n.written()
	if get, found := sinceStored(n); found {
		return ageWithin(get, low, high)
	}
	if n.op != OpField {
		return nil
	}
	switch c := columns()[n.field.Column]; {
	case c.Count != nil:
		get := c.Count
		return func(s *features.Snapshot, _ features.Day) bool {
			v := float64(*get(s))
			return v >= low && v <= high
		}
	case c.Amount != nil:
		get := c.Amount
		return func(s *features.Snapshot, _ features.Day) bool {
			v := *get(s)
			return v >= low && v <= high
		}
	case c.Day != nil:
		get := c.Day
		return func(s *features.Snapshot, _ features.Day) bool {
			d := *get(s)
			return d != features.NoDay && float64(d) >= low && float64(d) <= high
		}
	}
	return nil
}

func ageWithin(get func(*features.Snapshot) *features.Day, low, high float64) truthFunc {
	return func(s *features.Snapshot, at features.Day) bool {
		d := *get(s)
		age := float64(at) - float64(d)
		return d != features.NoDay && at != features.NoDay && age >= low && age <= high
	}
}

// sinceStored returns the column of a part that is the days since a stored day.
func sinceStored(n *Node) (func(*features.Snapshot) *features.Day, bool) {
	if n.op != OpCall || n.call.Name != daysSinceName {
		return nil, false
	}
	date := n.args[0].written()
	if date.op != OpField {
		return nil, false
	}
	return columns()[date.field.Column].Day, true
}

func age(get func(*features.Snapshot) *features.Day) numberFunc {
	return func(s *features.Snapshot, at features.Day) float64 {
		d := *get(s)
		if d == features.NoDay || at == features.NoDay {
			return math.NaN()
		}
		return float64(at) - float64(d)
	}
}

// written is what a part stands for in the end.
func (n *Node) written() *Node {
	for n.expands != nil {
		n = n.expands
	}
	return n
}
