package rules

import (
	"strings"

	"treue/rules/features"
)

// Term is one clause of a rule: a conjunct of its top-level &&.
type Term struct {
	Expr string // as the author wrote it
	Root *Node
}

// FieldValue is a field that a term reads, with its value for one customer.
type FieldValue struct {
	Name  string
	Value string // as people read it; "unknown" if it is not known
	Known bool
}

// TermVerdict says whether one term holds for one customer, and the values that decided it.
type TermVerdict struct {
	Expr    string
	Matched bool
	Values  []FieldValue
}

// Verdict says whether a rule holds for one customer, term by term.
type Verdict struct {
	Matched bool
	Terms   []TermVerdict
}

// Reason names the first term that fails and the values behind it, or says that all hold.
func (v Verdict) Reason() string {
	for _, t := range v.Terms {
		if !t.Matched {
			return t.String()
		}
	}
	return "every term holds"
}

// String returns the term, whether it holds and the values it read, on one line.
func (t TermVerdict) String() string {
	text := t.Expr + ": no"
	if t.Matched {
		text = t.Expr + ": yes"
	}
	if len(t.Values) == 0 {
		return text
	}
	values := make([]string, len(t.Values))
	for i, v := range t.Values {
		values[i] = v.Name + " = " + v.Value
	}
	return text + " (" + strings.Join(values, ", ") + ")"
}

// Verdict evaluates the rule for a snapshot and keeps the reason.
func (r *Rule) Verdict(s *features.Snapshot, at features.Day) Verdict {
	return Verdict{Matched: r.match(s, at), Terms: r.Explain(s, at)}
}

// Terms returns the rule's clauses in order; a rule without a top-level && is one term.
func (r *Rule) Terms() []Term {
	terms := make([]Term, len(r.terms))
	for i := range r.terms {
		terms[i] = Term{Expr: r.terms[i].expr, Root: r.terms[i].root}
	}
	return terms
}

// Explain evaluates every term, those after a failing one included, and shows the values each one read.
func (r *Rule) Explain(s *features.Snapshot, at features.Day) []TermVerdict {
	verdicts := make([]TermVerdict, len(r.terms))
	for i := range r.terms {
		t := &r.terms[i]
		verdicts[i] = TermVerdict{Expr: t.expr, Matched: t.match(s, at), Values: make([]FieldValue, len(t.readings))}
		for j, r := range t.readings {
			value, known := r.field.Format(s, at)
			verdicts[i].Values[j] = FieldValue{Name: r.name, Value: value, Known: known}
		}
	}
	return verdicts
}
