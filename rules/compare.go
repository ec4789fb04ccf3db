package rules

import (
	"slices"

	"treue/rules/features"
)

// fewItems is the length up to which a list is searched item by item.
const fewItems = 8

// buildCompare turns a comparison into a closure; against a constant, the common case, into one without a second call.
func buildCompare(n *Node) truthFunc {
	left, right, symbol := n.args[0], n.args[1], n.symbol
	if left.isConstant() && !right.isConstant() {
		left, right, symbol = right, left, Mirrored(symbol)
	}
	switch {
	case left.kind == KindBool:
		return compareTruths(symbol, build(left).truth, build(right).truth)
	case left.kind == KindText && right.isConstant() && right.text != "":
		return compareTextTo(symbol, build(left), right.text)
	case left.kind == KindText:
		return compareTexts(symbol, build(left).text, build(right).text)
	case right.isConstant():
		if low, high, found := interval(symbol, right.number); found {
			if test := within(left, low, high); test != nil {
				return test
			}
		}
		return compareNumberTo(symbol, build(left).number, right.number)
	}
	return compareNumbers(symbol, build(left).number, build(right).number)
}

// Mirrored returns the comparison operator that means the same with its sides changed.
func Mirrored(symbol string) string {
	switch symbol {
	case "<":
		return ">"
	case "<=":
		return ">="
	case ">":
		return "<"
	case ">=":
		return "<="
	}
	return symbol
}

func compareTruths(symbol string, a, b truthFunc) truthFunc {
	if symbol == "==" {
		return func(s *features.Snapshot, at features.Day) bool { return a(s, at) == b(s, at) }
	}
	return func(s *features.Snapshot, at features.Day) bool { return a(s, at) != b(s, at) }
}

// compareNumberTo compares with a constant. NaN, the unknown number, fails every comparison by itself except !=.
func compareNumberTo(symbol string, a numberFunc, c float64) truthFunc {
	switch symbol {
	case "==":
		return func(s *features.Snapshot, at features.Day) bool { return a(s, at) == c }
	case "!=":
		return func(s *features.Snapshot, at features.Day) bool {
			v := a(s, at)
			return v < c || v > c
		}
	case "<":
		return func(s *features.Snapshot, at features.Day) bool { return a(s, at) < c }
	case "<=":
		return func(s *features.Snapshot, at features.Day) bool { return a(s, at) <= c }
	case ">":
		return func(s *features.Snapshot, at features.Day) bool { return a(s, at) > c }
	}
	return func(s *features.Snapshot, at features.Day) bool { return a(s, at) >= c }
}

func compareNumbers(symbol string, a, b numberFunc) truthFunc {
	switch symbol {
	case "==":
		return func(s *features.Snapshot, at features.Day) bool { return a(s, at) == b(s, at) }
	case "!=":
		return func(s *features.Snapshot, at features.Day) bool {
			v, w := a(s, at), b(s, at)
			return v < w || v > w
		}
	case "<":
		return func(s *features.Snapshot, at features.Day) bool { return a(s, at) < b(s, at) }
	case "<=":
		return func(s *features.Snapshot, at features.Day) bool { return a(s, at) <= b(s, at) }
	case ">":
		return func(s *features.Snapshot, at features.Day) bool { return a(s, at) > b(s, at) }
	}
	return func(s *features.Snapshot, at features.Day) bool { return a(s, at) >= b(s, at) }
}

// compareTextTo compares with a constant that is not empty, so that a stored text needs no second look for unknown.
func compareTextTo(symbol string, a operand, c string) truthFunc {
	get := a.word
	switch {
	case symbol == "==" && get != nil:
		return func(s *features.Snapshot, _ features.Day) bool { return *get(s) == c }
	case symbol == "!=" && get != nil:
		return func(s *features.Snapshot, _ features.Day) bool {
			v := *get(s)
			return v != c && v != ""
		}
	}
	return compareTexts(symbol, a.text, func(*features.Snapshot, features.Day) (string, bool) { return c, true })
}

// compareTexts compares bytewise.
func compareTexts(symbol string, a, b textFunc) truthFunc {
	test := map[string]func(x, y string) bool{
		"==": func(x, y string) bool { return x == y },
		"!=": func(x, y string) bool { return x != y },
		"<":  func(x, y string) bool { return x < y },
		"<=": func(x, y string) bool { return x <= y },
		">":  func(x, y string) bool { return x > y },
		">=": func(x, y string) bool { return x >= y },
	}[symbol]
	return func(s *features.Snapshot, at features.Day) bool {
		x, known := a(s, at)
		if !known {
			return false
		}
		y, known := b(s, at)
		return known && test(x, y)
	}
}

func oneOfTexts(x operand, items []string) truthFunc {
	if get := x.word; get != nil && len(items) <= fewItems {
		return func(s *features.Snapshot, _ features.Day) bool {
			v := *get(s)
			if v == "" {
				return false
			}
			return slices.Contains(items, v)
		}
	}
	set := make(map[string]struct{}, len(items))
	for _, item := range items {
		set[item] = struct{}{}
	}
	text := x.text
	return func(s *features.Snapshot, at features.Day) bool {
		v, known := text(s, at)
		if !known {
			return false
		}
		_, found := set[v]
		return found
	}
}

func oneOfNumbers(x numberFunc, items []float64) truthFunc {
	if len(items) <= fewItems {
		return func(s *features.Snapshot, at features.Day) bool { return slices.Contains(items, x(s, at)) }
	}
	set := make(map[float64]struct{}, len(items))
	for _, item := range items {
		set[item] = struct{}{}
	}
	return func(s *features.Snapshot, at features.Day) bool {
		_, found := set[x(s, at)]
		return found
	}
}

func listHas(x operand, list listFunc) truthFunc {
	text := x.text
	return func(s *features.Snapshot, at features.Day) bool {
		v, known := text(s, at)
		return known && slices.Contains(list(s), v)
	}
}
