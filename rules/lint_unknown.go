package rules

import (
	"slices"
	"strings"

	"treue/rules/features"
)

// comparison is a claim that compares a named value with a constant: value symbol constant.
type comparison struct {
	name, symbol, constant string
}

// comparisonOf reads a claim; it is not ok for anything but a plain comparison.
func comparisonOf(c claim) (comparison, bool) {
	name := written(c.subject.node)
	if c.node.op != OpCompare || name == "" {
		return comparison{}, false
	}
	constant, symbol := c.node.args[1], c.node.symbol
	if c.node.args[0].isConstant() {
		constant, symbol = c.node.args[0], Mirrored(symbol)
	}
	if !constant.isConstant() {
		return comparison{}, false
	}
	return comparison{name, symbol, literal(constant.kind, constant.number, constant.text)}, true
}

func (c comparison) String() string { return c.name + " " + c.symbol + " " + c.constant }

// opposite is the comparison that holds for exactly the other known values.
func (c comparison) opposite() comparison {
	c.symbol = map[string]string{"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}[c.symbol]
	return c
}

// farAway reports whether a comparison reads as if an unknown value satisfied it: who was never mailed has not been
// mailed for a year, and of whom no country is known does not live in Switzerland.
func (c comparison) farAway(x *Node) bool {
	switch {
	case c.symbol == "!=":
		return true
	case ofOrders(x):
		return false // whoever asks for the age of an order means buyers
	case x.kind == KindDate:
		return c.symbol == "<" || c.symbol == "<="
	}
	return isAge(x) && (c.symbol == ">" || c.symbol == ">=")
}

// isAge reports whether a number counts the days since something.
func isAge(n *Node) bool {
	name := written(n)
	return n.kind == KindNumber && (strings.HasPrefix(name, "days_since") || name == "account_age_days")
}

// ofOrders reports whether a value is unknown for customers without orders, and only for a reason like that.
func ofOrders(n *Node) bool {
	found := false
	n.Walk(func(part *Node) {
		found = found || part.op == OpField && strings.HasPrefix(part.field.UnknownWhen, "there are no orders")
	})
	return found
}

// doubts reports whether a condition drops the unknown without showing that its author knew.
func doubts(c claim) bool {
	compared, plain := comparisonOf(c)
	return plain && !c.negated && c.subject.start.unknown && compared.farAway(c.subject.node)
}

// drops reports a comparison that leaves out the unknown although it does not read like that.
func (l *linter) drops(c claim, all []claim) {
	if !doubts(c) || settled(c, all) {
		return
	}
	compared, _ := comparisonOf(c)
	l.add(c, UnknownDrops, say("%s leaves out everyone whose %s is unknown", l.text.quoted(c), compared.name),
		say("to keep them write !(%s); to leave them out, known(%s) && %s", compared.opposite(), compared.name, compared))
}

// kept reports a negation that lets in the unknown, unless it is the very spelling that is meant to.
func (l *linter) kept(c claim, all, beside []claim) {
	compared, plain := comparisonOf(c)
	name := written(c.subject.node)
	switch {
	case !c.subject.start.unknown || name == "" || settled(c, all) || keepsKnowingly(c, beside):
		return
	case c.node.op != OpCompare && c.node.op != OpOneOf && c.node.op != OpBetween:
		return
	case plain && compared.opposite().farAway(c.subject.node):
		return
	}
	condition := l.text.quoted(c)
	l.add(c, UnknownKept, say("%s also holds for everyone whose %s is unknown", condition, name),
		say("to leave them out write known(%s) && %s; to keep them, (!known(%s) || %s)", name, condition, name, condition))
}

// settled reports whether another condition beside c asks for a known value already.
func settled(c claim, all []claim) bool {
	return slices.ContainsFunc(all, func(o claim) bool {
		switch {
		case o.order == c.order || o.allowed.unknown || doubts(o):
			return false
		case o.subject.key == c.subject.key:
			return true
		}
		return ofOrders(c.subject.node) && asksForOrders(o)
	})
}

// asksForOrders reports whether a condition holds for buyers only.
func asksForOrders(c claim) bool {
	n := c.subject.node
	if n.op == OpField && n.field.Name == "orders" {
		return len(c.possible().numbers.common(points(0.0))) == 0
	}
	return ofOrders(n) && !c.possible().unknown
}

// keepsKnowingly reports whether !known(x) stands beside c in a disjunction.
func keepsKnowingly(c claim, beside []claim) bool {
	return slices.ContainsFunc(beside, func(o claim) bool { return o.subject.key == c.subject.key && onlyUnknown(o) })
}

// reads reports whether a value depends on one of the columns, or on events of the customer's orders within days.
func reads(n *Node, columns ...string) bool {
	found := false
	n.Walk(func(part *Node) {
		switch {
		case part.op == OpField && part.expands == nil:
			found = found || slices.Contains(columns, part.field.Column)
		case part.op == OpMeasure:
			orders := part.measure.Of == features.OrderEvents || part.measure.Of == features.LineEvents
			found = found || orders && (part.measure.From != features.Ever || part.measure.Take == features.TakeLastDay)
		}
	})
	return found
}
