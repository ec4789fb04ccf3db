package rules

import (
	"slices"
	"strings"
)

// single reads a condition without && || ! and ?: around it.
func (a *aloud) single(p part) spoken {
	n := p.node
	switch n.op {
	case OpConstant:
		if n.truth == p.holds {
			return spoken{text: a.of("gilt immer", "always holds")}
		}
		return spoken{text: a.of("gilt nie", "never holds")}
	case OpField:
		return a.yesNo(a.words(n.field.Name), p.holds, nil)
	case OpCall:
		return a.call(p)
	case OpCompare:
		return a.comparison(p)
	case OpOneOf:
		if n.args[0].kind == KindText {
			return a.textTest(n.args[0], n.texts, p.holds, !p.holds && a.maybe(n.args[0]))
		}
		return a.ordinalTest(n.args[0], testOf("in", n.numbers, p.holds), !p.holds)
	case OpBetween:
		return a.ordinalTest(n.args[0], testOf("between", n.numbers, p.holds), !p.holds)
	case OpListHas:
		return a.listHas(p)
	case OpText, OpMatches:
		return a.textPart(p)
	}
	return spoken{text: a.of("eine Bedingung zu ", "a condition on ") + a.topics(n)}
}

// yesNo reads a condition that has a phrase for either answer.
func (a *aloud) yesNo(w wording, holds bool, slots []string) spoken {
	if !holds {
		return spoken{text: fill(w.no, slots)}
	}
	s := spoken{text: fill(w.yes, slots), topic: w.topic}
	if w.topic != "" {
		s.short = fill(w.short, slots)
	}
	return s
}

// fill puts slots, given as pairs of mark and text, into a phrase. It is one pass: marks within texts stay as they are.
func fill(phrase string, slots []string) string { return strings.NewReplacer(slots...).Replace(phrase) }

// maybe reports whether a value may be unknown here.
func (a *aloud) maybe(n *Node) bool {
	switch n.op {
	case OpConstant:
		return false
	case OpField:
		return n.field.UnknownWhen != "never" && !a.known[n.field.Name]
	case OpChoice:
		return a.maybe(n.args[1]) || a.maybe(n.args[2])
	case OpArith:
		if divisor := n.args[1]; (n.symbol == "/" || n.symbol == "%") && (!divisor.isConstant() || divisor.number == 0) {
			return true
		}
	case OpCall:
		if n.expands != nil || n.symbol == "today" {
			return n.symbol == "due_in" || n.symbol == "days_since_bought"
		}
	}
	return slices.ContainsFunc(n.args, a.maybe)
}

// comparison reads the six comparisons. A constant, or today, moves to the right.
func (a *aloud) comparison(p part) spoken {
	left, right, symbol := p.node.args[0], p.node.args[1], p.node.symbol
	if isFixed(left) && !isFixed(right) {
		left, right, symbol = right, left, Mirrored(symbol)
	}
	if left.kind == KindBool {
		return a.truths(left, right, (symbol == "==") == p.holds)
	}
	t := testOf(symbol, []float64{right.number}, p.holds)
	switch {
	case left.kind == KindText && right.isConstant():
		return a.textComparison(left, right.text, symbol, p.holds)
	case right.isConstant():
		return a.ordinalTest(left, t, !p.holds)
	case left.kind == KindDate && right.op == OpCall && right.symbol == "today":
		return a.dateTest(left, a.dayTest(t, nil), t, !p.holds)
	}
	if same, found := a.samePart(left, right, t.symbol, !p.holds); found {
		return same
	}
	return a.twoSided(left, right, t.symbol, !p.holds)
}

func isFixed(n *Node) bool { return n.isConstant() || n.op == OpCall && n.symbol == "today" }

// truths reads the comparison of two conditions.
func (a *aloud) truths(left, right *Node, equal bool) spoken {
	if right.isConstant() {
		return a.condition(part{left, right.truth == equal}, maxReading/4)
	}
	x := a.condition(part{left, true}, maxReading/4).text
	y := a.condition(part{right, true}, maxReading/4).text
	both := a.of("von beiden gilt genau eins: (", "exactly one of the two holds: (")
	if equal {
		both = a.of("es gelten beide oder keins von beiden: (", "both hold or neither does: (")
	}
	return spoken{text: both + x + a.of(") und (", ") and (") + y + ")"}
}

// twoSided reads the comparison of two values that both depend on the customer.
func (a *aloud) twoSided(left, right *Node, symbol string, negated bool) spoken {
	x, y := a.noun(left), a.noun(right)
	unknown := a.maybe(left) || a.maybe(right)
	if symbol == "!=" {
		switch {
		case unknown && !negated:
			return spoken{text: x + a.of(" und ", " and ") + y + a.of(" sind bekannt und verschieden", " are known and differ")}
		case unknown:
			return spoken{text: x + a.of(" und ", " and ") + y + a.of(" sind verschieden oder nicht beide bekannt", " differ or are not both known")}
		}
		return spoken{text: x + a.of(" und ", " and ") + y + a.of(" sind verschieden", " differ")}
	}
	text := x + " " + a.relation(left.kind, symbol) + " " + y
	if negated && unknown {
		text += a.of(" oder nicht beide sind bekannt", " or not both are known")
	}
	return spoken{text: text}
}

// relation is the verb between two values of a kind.
func (a *aloud) relation(k Kind, symbol string) string {
	if symbol == "==" {
		return a.of("ist gleich", "equals")
	}
	switch k {
	case KindDate:
		return map[string]string{
			"<": a.of("ist früher als", "is before"), "<=": a.of("ist nicht später als", "is not after"),
			">": a.of("ist später als", "is after"), ">=": a.of("ist nicht früher als", "is not before"),
		}[symbol]
	case KindText:
		return map[string]string{
			"<": a.of("steht in der Zeichenfolge vor", "sorts before"), "<=": a.of("steht in der Zeichenfolge nicht nach", "does not sort after"),
			">": a.of("steht in der Zeichenfolge nach", "sorts after"), ">=": a.of("steht in der Zeichenfolge nicht vor", "does not sort before"),
		}[symbol]
	}
	return map[string]string{
		"<": a.of("ist kleiner als", "is less than"), "<=": a.of("ist höchstens", "is at most"),
		">": a.of("ist größer als", "is greater than"), ">=": a.of("ist mindestens", "is at least"),
	}[symbol]
}

// otherwise adds to a text that the unknown counts, too.
func (a *aloud) otherwise(s spoken, unknown string) spoken {
	return spoken{text: s.text + a.of(" oder ", " or ") + unknown}
}
