package rules

import (
	"regexp"

	"treue/rules/features"
)

// kind is the type of a part of a rule.
type kind uint8

const (
	kindBool kind = iota
	kindNumber
	kindText
	kindDate // held as days since 1970-01-01
	kindList // of texts
)

func (k kind) String() string {
	return [...]string{"a yes or no", "a number", "a text", "a date", "a list"}[k]
}

// operation is what a node does with its arguments.
type operation uint8

const (
	opConstant operation = iota
	opField
	opNot
	opAnd
	opOr
	opChoice   // args: condition, then, else
	opCompare  // symbol: == != < <= > >=
	opOneOf    // args[0] in numbers or texts
	opListHas  // text args[0] in list args[1]
	opBetween  // args[0] in numbers[0]..numbers[1]
	opText     // symbol: contains startsWith endsWith
	opMatches  // args[0] matches pattern
	opArith    // symbol: + - * / %
	opNegative // -args[0]
	opCall
)

// node is a part of a rule after checking: every operand has the type its operation needs.
type node struct {
	op     operation
	kind   kind
	whole  bool // a number that has no fraction, if known
	symbol string
	args   []*node

	number  float64
	text    string
	truth   bool
	numbers []float64
	texts   []string
	pattern *regexp.Regexp
	field   features.Field
	call    function

	from, to int // in the source, in characters
}

func (n *node) isConstant() bool { return n.op == opConstant }

func kindOf(t features.Type) kind {
	switch t {
	case features.Number:
		return kindNumber
	case features.Text:
		return kindText
	case features.Date:
		return kindDate
	case features.List:
		return kindList
	}
	return kindBool
}

// fieldsOf returns the fields a part reads, in order of appearance, each once.
func fieldsOf(n *node) []features.Field {
	var found []features.Field
	seen := make(map[string]bool)
	var walk func(*node)
	add := func(f features.Field) {
		if !seen[f.Name] {
			seen[f.Name] = true
			found = append(found, f)
		}
	}
	walk = func(n *node) {
		switch {
		case n.op == opField:
			add(n.field)
		case n.op == opCall && n.call.reads != "":
			f, _ := fieldNamed(n.call.reads)
			add(f)
		}
		for _, arg := range n.args {
			walk(arg)
		}
	}
	walk(n)
	return found
}
