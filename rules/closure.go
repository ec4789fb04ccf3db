package rules

import (
	"math"
	"strings"

	"treue/rules/features"
)

// The evaluators of a part. A number or date is NaN where it is unknown, a text carries a flag, and a truth is
// always known.
type (
	numberFunc = func(*features.Snapshot, features.Day) float64
	textFunc   = func(*features.Snapshot, features.Day) (string, bool)
	truthFunc  = func(*features.Snapshot, features.Day) bool
	listFunc   = func(*features.Snapshot) []string
)

// operand is a compiled part; the evaluator of its kind is set.
type operand struct {
	number  numberFunc
	text    textFunc
	truth   truthFunc
	list    listFunc
	literal string                           // of a text constant
	word    func(*features.Snapshot) *string // of a stored text: "" is unknown
}

// build turns a checked part into closures.
func build(n *Node) operand {
	if n.expands != nil {
		return build(n.expands)
	}
	switch n.op {
	case OpField:
		return buildField(n.field)
	case OpMeasure:
		return buildMeasure(n.measure)
	case OpConstant:
		return buildConstant(n)
	case OpCall:
		if get, found := sinceStored(n); found {
			return operand{number: age(get)}
		}
		args := make([]operand, len(n.args))
		for i, arg := range n.args {
			args[i] = build(arg)
		}
		return n.call.build(args)
	case OpChoice:
		return buildChoice(build(n.args[0]).truth, build(n.args[1]), build(n.args[2]))
	case OpArith, OpNegative:
		return operand{number: buildArithmetic(n)}
	}
	return operand{truth: buildTruth(n)}
}

func buildField(f features.Field) operand {
	switch f.Type {
	case features.Text:
		get := columns()[f.Column].Word
		return operand{word: get, text: func(s *features.Snapshot, _ features.Day) (string, bool) {
			v := *get(s)
			return v, v != ""
		}}
	case features.Boolean:
		return operand{truth: f.Boolean}
	case features.List:
		return operand{list: f.List}
	}
	return operand{number: f.Number}
}

func buildMeasure(m *features.Measure) operand {
	return operand{number: func(s *features.Snapshot, at features.Day) float64 { return s.History.Measure(m, at) }}
}

func buildConstant(n *Node) operand {
	switch n.kind {
	case KindText:
		text := n.text
		return operand{literal: text, text: func(*features.Snapshot, features.Day) (string, bool) { return text, true }}
	case KindBool:
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
func buildArithmetic(n *Node) numberFunc {
	a := build(n.args[0]).number
	if n.op == OpNegative {
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

func buildTruth(n *Node) truthFunc {
	switch n.op {
	case OpNot:
		a := build(n.args[0]).truth
		return func(s *features.Snapshot, at features.Day) bool { return !a(s, at) }
	case OpAnd:
		a, b := build(n.args[0]).truth, build(n.args[1]).truth
		return func(s *features.Snapshot, at features.Day) bool { return a(s, at) && b(s, at) }
	case OpOr:
		a, b := build(n.args[0]).truth, build(n.args[1]).truth
		return func(s *features.Snapshot, at features.Day) bool { return a(s, at) || b(s, at) }
	case OpCompare:
		return buildCompare(n)
	case OpBetween:
		low, high := n.numbers[0], n.numbers[1]
		if test := within(n.args[0], low, high); test != nil {
			return test
		}
		x := build(n.args[0]).number
		return func(s *features.Snapshot, at features.Day) bool {
			v := x(s, at)
			return v >= low && v <= high
		}
	case OpOneOf:
		if n.args[0].kind == KindText {
			return oneOfTexts(build(n.args[0]), n.texts)
		}
		return oneOfNumbers(build(n.args[0]).number, n.numbers)
	case OpListHas:
		return listHas(build(n.args[0]), build(n.args[1]).list)
	case OpWasSegment:
		days, name := int(n.number), n.text
		return func(s *features.Snapshot, at features.Day) bool { return s.History.WasSegment(days, at) == name }
	case OpMatches:
		x, pattern := build(n.args[0]).text, n.pattern
		return func(s *features.Snapshot, at features.Day) bool {
			v, known := x(s, at)
			return known && pattern.MatchString(v)
		}
	}
	return buildTextTest(n)
}

func buildTextTest(n *Node) truthFunc {
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
