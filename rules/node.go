package rules

import (
	"regexp"

	"treue/rules/features"
)

// Kind is the type of a part of a rule.
type Kind uint8

// The kinds of part.
const (
	KindBool Kind = iota
	KindNumber
	KindText
	KindDate // held as days since 1970-01-01
	KindList // of texts
)

func (k Kind) String() string {
	return [...]string{"a yes or no", "a number", "a text", "a date", "a list"}[k]
}

// Operation is what a part of a rule does with its arguments.
type Operation uint8

// The operations.
const (
	OpConstant   Operation = iota
	OpField                // a stored field, or one with an Expansion
	OpNot                  // Args: a condition
	OpAnd                  // Args: two conditions
	OpOr                   // Args: two conditions
	OpChoice               // Args: condition, then, else
	OpCompare              // Symbol: == != < <= > >=
	OpOneOf                // Args[0] in Numbers or Texts
	OpListHas              // text Args[0] in list Args[1]
	OpBetween              // Args[0] in Numbers[0]..Numbers[1]
	OpText                 // Symbol: contains startsWith endsWith
	OpMatches              // Args[0] matches a regular expression
	OpArith                // Symbol: + - * / %
	OpNegative             // -Args[0]
	OpCall                 // the function Symbol, or its Expansion
	OpMeasure              // a number or date taken from the customer's events
	OpWasSegment           // the segment was Text, Number days ago
)

// Node is a part of a rule after checking: every operand has the type its operation needs. It is not to be changed.
type Node struct {
	op     Operation
	kind   Kind
	whole  bool // a number that has no fraction, if known
	symbol string
	args   []*Node

	number  float64
	text    string
	truth   bool
	numbers []float64
	texts   []string
	pattern *regexp.Regexp
	field   features.Field
	call    function
	measure *features.Measure
	expands *Node // what a field with a formula or a composed function stands for

	from, to int // in the source, in characters
}

// Op returns what the part does.
func (n *Node) Op() Operation { return n.op }

// Kind returns the part's type.
func (n *Node) Kind() Kind { return n.kind }

// Whole reports whether the part is a number known to have no fraction.
func (n *Node) Whole() bool { return n.whole }

// Symbol returns the operator of comparisons, text tests and arithmetic, and the name of a called function.
func (n *Node) Symbol() string { return n.symbol }

// Args returns the operands.
func (n *Node) Args() []*Node { return n.args }

// Number returns the value of a numeric constant, a date as days since 1970-01-01, and the days of OpWasSegment.
func (n *Node) Number() float64 { return n.number }

// Text returns the value of a text constant and the name of OpWasSegment.
func (n *Node) Text() string { return n.text }

// Truth returns the value of a boolean constant.
func (n *Node) Truth() bool { return n.truth }

// Numbers returns the items of a list of numbers or dates, or the two ends of a range.
func (n *Node) Numbers() []float64 { return n.numbers }

// Texts returns the items of a list of texts.
func (n *Node) Texts() []string { return n.texts }

// Field returns the field of OpField.
func (n *Node) Field() features.Field { return n.field }

// Measure returns what OpMeasure takes from the events.
func (n *Node) Measure() *features.Measure { return n.measure }

// Reads returns the column that a function reads without naming it, "" if it reads none.
func (n *Node) Reads() string {
	f, _ := features.Lookup(n.call.reads)
	return f.Column
}

// Expansion returns what a field with a formula or a composed function stands for, else nil.
func (n *Node) Expansion() *Node { return n.expands }

func (n *Node) isConstant() bool { return n.op == OpConstant }

func kindOf(t features.Type) Kind {
	switch t {
	case features.Number:
		return KindNumber
	case features.Text:
		return KindText
	case features.Date:
		return KindDate
	case features.List:
		return KindList
	}
	return KindBool
}

// Walk calls visit for a part and all parts below it, expansions included.
func (n *Node) Walk(visit func(*Node)) {
	visit(n)
	if n.expands != nil {
		n.expands.Walk(visit)
	}
	for _, arg := range n.args {
		arg.Walk(visit)
	}
}

// reading is a field or composed function that a term reads, as explanations name it.
type reading struct {
	name  string
	typ   features.Type
	field features.Field // with its accessors
}

// readingsOf returns what a part reads, in order of appearance, each once.
func readingsOf(n *Node) []reading {
	var found []reading
	seen := make(map[string]bool)
	add := func(r reading) {
		if !seen[r.name] {
			seen[r.name] = true
			found = append(found, r)
		}
	}
	var walk func(*Node)
	walk = func(n *Node) {
		switch {
		case n.op == OpField:
			add(reading{n.field.Name, n.field.Type, n.field})
			return
		case n.op == OpCall && n.call.reads != "":
			f, _ := fieldNamed(n.call.reads)
			add(reading{f.Name, f.Type, f})
		case n.op == OpCall && n.expands != nil:
			add(readingOfCall(n))
			return
		case n.op == OpWasSegment:
			return
		}
		for _, arg := range n.args {
			walk(arg)
		}
	}
	walk(n)
	return found
}

// readingOfCall makes a field of a composed function, so that its value is shown like any other.
func readingOfCall(n *Node) reading {
	f := accessible(features.Field{Name: callText(n), Type: typeOf(n.kind)}, build(n.expands))
	return reading{f.Name, f.Type, f}
}

func typeOf(k Kind) features.Type {
	switch k {
	case KindNumber:
		return features.Number
	case KindText:
		return features.Text
	case KindDate:
		return features.Date
	case KindList:
		return features.List
	}
	return features.Boolean
}

// accessible gives a field the accessors of what it stands for.
func accessible(f features.Field, o operand) features.Field {
	f.Number, f.List, f.Boolean = o.number, o.list, o.truth
	if text := o.text; text != nil {
		f.Text = func(s *features.Snapshot, at features.Day) string {
			v, _ := text(s, at)
			return v
		}
	}
	return f
}
