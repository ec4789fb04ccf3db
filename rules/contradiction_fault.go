package rules

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"treue/rules/features"
)

// text is a rule's source with its tokens, to quote parts of it.
type text struct {
	src    []rune
	tokens []token
}

// quoted returns a condition as its author wrote it, with the brackets and the negation that belong to it.
func (t text) quoted(c claim) string {
	source, negated := t.between(c.from, c.to)
	switch {
	case c.negated == negated:
		return source
	case c.node.op == OpField || c.node.op == OpCall:
		return "!" + source
	}
	return "!(" + source + ")"
}

// between returns the text from a part's begin to its end, and reports whether it holds the not of not in. The end is
// where the brackets opened on the way are closed.
func (t text) between(from, to int) (source string, negated bool) {
	depth := 0
	first, _ := slices.BinarySearchFunc(t.tokens, from, func(x token, at int) int { return x.from - at })
	for i, x := range t.tokens[first:] {
		if x.from >= to && depth <= 0 {
			break
		}
		switch {
		case x.is(tokenBracket, "(", "["):
			depth++
		case x.is(tokenBracket, ")", "]"):
			depth--
		case depth == 0 && i > 0 && x.is(tokenWord, "not"):
			negated = true
		}
		to = max(to, x.to)
	}
	return string(t.src[from:min(to, len(t.src))]), negated
}

// place returns line and column of a condition, both from 1.
func (t text) place(c claim) (line, column int) {
	line, column = 1, 1
	for _, r := range t.src[:min(c.from, len(t.src))] {
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	return line, column
}

// fault words a conflict.
func (t text) fault(c conflict) fault {
	f := fault{from: c.claim.from, to: c.claim.to}
	if c.with == nil {
		f.message, f.hint = say("no customer satisfies %s", t.quoted(c.claim)), rangeOf(c.claim.subject)
		return f
	}
	first, second := *c.with, c.claim
	if first.from > second.from {
		first, second = second, first
		f.from, f.to = second.from, second.to
	}
	line, column := t.place(first)
	f.message = say("no customer satisfies both %s (%d:%d) and %s", t.quoted(first), line, column, t.quoted(second))
	f.hint = untangle(first, second)
	return f
}

// untangle says how to mend two conditions that exclude each other.
func untangle(a, b claim) phrase {
	name := written(a.subject.node)
	first, second, fixed := oneValueEach(a, b)
	switch {
	case name != "" && fixed:
		return say("%s has one value at a time: write %s", name, name+" in ["+first+", "+second+"]")
	case onlyUnknown(a) != onlyUnknown(b):
		return say("an unknown value satisfies no comparison: take one of the two out")
	case name == "" || !bounds(a) || !bounds(b):
		return say("take one of them out, or join them with || if one of them is enough")
	}
	low, high := boundOf(a), boundOf(b)
	if a.allowed.numbers[0].noLow {
		low, high = high, low
	}
	from, to := literal(a.subject.node.kind, low, ""), literal(a.subject.node.kind, high, "")
	if high > low {
		return say("no whole number lies between: write %s >= %s && %s <= %s", name, from, name, to)
	}
	return say("swap the two bounds, %s > %s && %s < %s, or join them with || if one of them is enough", name, to, name, from)
}

// oneValueEach returns the values of two claims that name one each.
func oneValueEach(a, b claim) (first, second string, fixed bool) {
	if !a.pins() || !b.pins() {
		return "", "", false
	}
	return a.pinned(), b.pinned(), true
}

// pins reports whether a claim asks for exactly one text, number or date.
func (c claim) pins() bool {
	if c.allowed.unknown || c.subject.node.kind == KindBool {
		return false
	}
	return single(c.allowed.texts) || single(c.allowed.numbers)
}

func (c claim) pinned() string {
	if len(c.allowed.texts) > 0 {
		return quote(c.allowed.texts[0].low)
	}
	return literal(c.subject.node.kind, c.allowed.numbers[0].low, "")
}

// single reports whether ranges hold one value.
func single[T cmp.Ordered](r ranges[T]) bool {
	return len(r) == 1 && !r[0].noLow && !r[0].noHigh && r[0].low == r[0].high
}

// bounds reports whether a claim is a comparison with one bound of a number or date.
func bounds(c claim) bool {
	n := c.allowed.numbers
	return c.node.op == OpCompare && !c.allowed.unknown && len(n) == 1 && n[0].noLow != n[0].noHigh
}

func boundOf(c claim) float64 {
	if c.allowed.numbers[0].noLow {
		return c.allowed.numbers[0].high
	}
	return c.allowed.numbers[0].low
}

func onlyUnknown(c claim) bool {
	left := c.subject.start.and(c.allowed, c.subject.whole)
	return left.unknown && len(left.numbers) == 0 && len(left.texts) == 0
}

// rangeOf says what a subject may be.
func rangeOf(s subject) phrase {
	name := written(s.node)
	numbers := s.start.numbers
	switch {
	case name == "" || len(numbers) == 0 || s.node.kind == KindBool || numbers[0].noLow:
		return say("take it out")
	case !numbers[0].noHigh:
		return say("%s goes from %s to %s", name, number(numbers[0].low), number(numbers[0].high))
	case s.whole:
		return say("%s is a whole number, %s or more", name, number(numbers[0].low))
	}
	return say("%s is never below %s", name, number(numbers[0].low))
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// literal writes a constant as a rule would.
func literal(k Kind, v float64, t string) string {
	switch k {
	case KindText:
		return quote(t)
	case KindDate:
		return "date(" + quote(features.Day(v).String()) + ")"
	}
	return number(v)
}

// written returns a field's name or a function's call as a rule writes it; "" for anything composed in the rule.
func written(n *Node) string {
	switch {
	case n.op == OpField:
		return n.field.Name
	case n.op == OpConstant && n.kind != KindBool:
		return literal(n.kind, n.number, n.text)
	case n.op != OpCall:
		return ""
	}
	args := make([]string, len(n.args))
	for i, arg := range n.args {
		if args[i] = written(arg); args[i] == "" {
			return ""
		}
	}
	return n.symbol + "(" + strings.Join(args, ", ") + ")"
}
