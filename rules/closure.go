package rules

import (
	"math"
	"strings"

	"treue/rules/features"
)

// The evaluators of a part. A number or date is NaN where it is unknown, a text carries a flag, and a truth is
// always known.
type (
	numberFunc func(*features.Snapshot, features.Day) float64
	textFunc   func(*features.Snapshot, features.Day) (string, bool)
	truthFunc  func(*features.Snapshot, features.Day) bool
	listFunc   func(*features.Snapshot) []string
)

// operand is a compiled part; the evaluator of its kind is set.
type operand struct {
	number  numberFunc
	text    textFunc
	truth   truthFunc
	list    listFunc
	literal string                          // of a text constant
	plain   func(*features.Snapshot) string // of a text field: "" is unknown
}

// build turns a checked part into closures.
func build(n *node) operand {
	switch n.op {
	case opField:
		return buildField(n.field)
	case opConstant:
		return buildConstant(n)
	case opCall:
		args := make([]operand, len(n.args))
		for i, arg := range n.args {
			args[i] = build(arg)
		}
		return n.call.build(args)
	case opChoice:
		return buildChoice(build(n.args[0]).truth, build(n.args[1]), build(n.args[2]))
	case opArith, opNegative:
		return operand{number: buildArithmetic(n)}
	}
	return operand{truth: buildTruth(n)}
}

func buildField(f features.Field) operand {
	switch f.Type {
	case features.Text:
		get := f.Text
		return operand{plain: get, text: func(s *features.Snapshot, _ features.Day) (string, bool) {
			v := get(s)
			return v, v != ""
		}}
	case features.Boolean:
		get := f.Boolean
		return operand{truth: func(s *features.Snapshot, _ features.Day) bool { return get(s) }}
	case features.List:
		return operand{list: f.List}
	}
	return operand{number: f.Number}
}

func buildConstant(n *node) operand {
	switch n.kind {
	case kindText:
		text := n.text
		return operand{literal: text, text: func(*features.Snapshot, features.Day) (string, bool) { return text, true }}
	case kindBool:
		truth := n.truth
		return operand{truth: func(*features.Snapshot, features.Day) bool { return truth }}
	}
	number := n.number
	return operand{number: func(*features.Snapshot, features.Day) float64 { return number }}
}

func buildChoice(condition truthFunc, a, b operand) operand {
	switch {
	case a.number != nil:
		return operand{number: func(s *features.Snapshot, at features.Day) float64 {
			if condition(s, at) {
				return a.number(s, at)
			}
			return b.number(s, at)
		}}
	case a.text != nil:
		return operand{text: func(s *features.Snapshot, at features.Day) (string, bool) {
			if condition(s, at) {
				return a.text(s, at)
			}
			return b.text(s, at)
		}}
	}
	return operand{truth: func(s *features.Snapshot, at features.Day) bool {
		if condition(s, at) {
			return a.truth(s, at)
		}
		return b.truth(s, at)
	}}
}

// buildArithmetic makes every result that is no finite number unknown: division by zero and overflow among them.
func buildArithmetic(n *node) numberFunc {
	a := build(n.args[0]).number
	if n.op == opNegative {
		return func(s *features.Snapshot, at features.Day) float64 { return -a(s, at) }
	}
	b := build(n.args[1]).number
	switch n.symbol {
	case "+":
		return func(s *features.Snapshot, at features.Day) float64 { return finite(a(s, at) + b(s, at)) }
	case "-":
		return func(s *features.Snapshot, at features.Day) float64 { return finite(a(s, at) - b(s, at)) }
	case "*":
		return func(s *features.Snapshot, at features.Day) float64 { return finite(a(s, at) * b(s, at)) }
	case "/":
		return func(s *features.Snapshot, at features.Day) float64 { return finite(a(s, at) / b(s, at)) }
	}
	return func(s *features.Snapshot, at features.Day) float64 { return finite(math.Mod(a(s, at), b(s, at))) }
}

func finite(v float64) float64 {
	if v-v != 0 {
		return math.NaN()
	}
	return v
}

func buildTruth(n *node) truthFunc {
	switch n.op {
	case opNot:
		a := build(n.args[0]).truth
		return func(s *features.Snapshot, at features.Day) bool { return !a(s, at) }
	case opAnd:
		a, b := build(n.args[0]).truth, build(n.args[1]).truth
		return func(s *features.Snapshot, at features.Day) bool { return a(s, at) && b(s, at) }
	case opOr:
		a, b := build(n.args[0]).truth, build(n.args[1]).truth
		return func(s *features.Snapshot, at features.Day) bool { return a(s, at) || b(s, at) }
	case opCompare:
		return buildCompare(n)
	case opBetween:
		x, low, high := build(n.args[0]).number, n.numbers[0], n.numbers[1]
		return func(s *features.Snapshot, at features.Day) bool {
			v := x(s, at)
			return v >= low && v <= high
		}
	case opOneOf:
		if n.args[0].kind == kindText {
			return oneOfTexts(build(n.args[0]), n.texts)
		}
		return oneOfNumbers(build(n.args[0]).number, n.numbers)
	case opListHas:
		return listHas(build(n.args[0]), build(n.args[1]).list)
	case opMatches:
		x, pattern := build(n.args[0]).text, n.pattern
		return func(s *features.Snapshot, at features.Day) bool {
			v, known := x(s, at)
			return known && pattern.MatchString(v)
		}
	}
	return buildTextTest(n)
}

func buildTextTest(n *node) truthFunc {
	test := strings.Contains
	switch n.symbol {
	case "startsWith":
		test = strings.HasPrefix
	case "endsWith":
		test = strings.HasSuffix
	}
	a, b := build(n.args[0]).text, build(n.args[1]).text
	return func(s *features.Snapshot, at features.Day) bool {
		x, known := a(s, at)
		if !known {
			return false
		}
		y, known := b(s, at)
		return known && test(x, y)
	}
}
