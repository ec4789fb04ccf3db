package rules

import (
	"math"
	"strconv"
	"strings"

	"treue/rules/features"
)

// Expansions make composed functions of simpler parts, so that each part has one meaning in every evaluator.

func measured(m features.Measure, k Kind, whole bool) *Node {
	return &Node{op: OpMeasure, kind: k, whole: whole, measure: &m}
}

// some asks whether there is any such event.
func some(m features.Measure) *Node { return compared(">", measured(m, KindNumber, true), fixed(0)) }

func fixed(v float64) *Node {
	return &Node{op: OpConstant, kind: KindNumber, number: v, whole: v == math.Trunc(v)}
}

func compared(symbol string, a, b *Node) *Node {
	return &Node{op: OpCompare, kind: KindBool, symbol: symbol, args: []*Node{a, b}}
}

func arithmetic(symbol string, a, b *Node) *Node {
	return &Node{op: OpArith, kind: KindNumber, whole: a.whole && b.whole && symbol != "/", symbol: symbol, args: []*Node{a, b}}
}

func both(a, b *Node) *Node { return &Node{op: OpAnd, kind: KindBool, args: []*Node{a, b}} }

// called is a call of a function with an evaluator of its own.
func called(f function, args ...*Node) *Node {
	return &Node{op: OpCall, kind: f.result, whole: f.whole, symbol: f.Name, call: f, args: args}
}

func daysSince(date *Node) *Node { return called(daysSinceFunction(), date) }

// reference is a field as an expansion reads it.
func (c *checker) reference(name string) *Node {
	f, _ := c.fields(name)
	return &Node{op: OpField, kind: kindOf(f.Type), whole: f.Whole, field: f.Field, expands: f.expands}
}

// untilWithin asks whether the next anniversary of a day lies within the call's days.
func untilWithin(field string) func(*checker, *Node) *Node {
	return func(c *checker, n *Node) *Node {
		until := called(anniversaryFunction(), c.reference(field))
		return compared("<=", until, fixed(n.args[0].number))
	}
}

// expandDue divides the units bought before the last purchase by the days they lasted: that is the pace at which the
// last ones are used up.
func expandDue(_ *checker, n *Node) *Node {
	take := func(what features.Take, k Kind) *Node {
		return measured(features.Measure{Of: features.LineEvents, Take: what, From: features.Ever, Category: features.ParsePath(textOf(n.args[0]))}, k, k == KindDate)
	}
	age := func(what features.Take) *Node { return daysSince(take(what, KindDate)) }
	last := take(features.TakeLastUnits, KindNumber)
	lasted := arithmetic("-", age(features.TakeFirstDay), age(features.TakeLastDay))
	before := arithmetic("-", take(features.TakeUnits, KindNumber), last)
	return arithmetic("-", arithmetic("/", arithmetic("*", lasted, last), before), age(features.TakeLastDay))
}

func expandCrossed(c *checker, n *Node) *Node {
	take := features.TakeRevenue
	if textOf(n.args[0]) == "orders" {
		take = features.TakeCount
	}
	now, amount := c.reference(textOf(n.args[0])), fixed(n.args[1].number)
	before := arithmetic("-", now, ordersSince(take, daysOf(n.args[2])))
	return both(compared(">=", now, amount), compared("<", before, amount))
}

func expandWasSegment(_ *checker, n *Node) *Node {
	return &Node{op: OpWasSegment, kind: KindBool, text: textOf(n.args[0]), number: n.args[1].number}
}

// callText writes a call of fixed values and fields as its author would.
func callText(n *Node) string {
	args := make([]string, len(n.args))
	for i, arg := range n.args {
		switch {
		case arg.op == OpField:
			args[i] = arg.field.Name
		case arg.kind == KindText:
			args[i] = quote(arg.text)
		default:
			args[i] = strconv.FormatFloat(arg.number, 'f', -1, 64)
		}
	}
	return n.symbol + "(" + strings.Join(args, ", ") + ")"
}
