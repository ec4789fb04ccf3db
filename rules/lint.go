package rules

import (
	"slices"
	"sync"
)

// Warning is advice on a valid rule: it compiles, and likely says something else than its author means.
type Warning struct {
	Term    int    // the rule's term, from 0
	Code    string // one of the codes below
	Message string
	Hint    string
}

// The codes of warnings.
const (
	UnknownDrops = "unknown-drops" // a comparison leaves out customers of whom the value is unknown
	UnknownKept  = "unknown-kept"  // a negated comparison lets them in
	CountForever = "count-forever" // a number of orders is asked for, whenever it was reached
	OneDay       = "one-day"       // a condition holds on a single day
	Redundant    = "redundant"     // another condition says it already, or rules it out
	NoEffect     = "no-effect"     // a condition holds for everyone
)

// advice is a warning before its language is chosen.
type advice struct {
	claim   claim
	code    string
	message phrase
	hint    phrase
}

// linter looks at a valid rule.
type linter struct {
	text  text
	found []advice
}

// maxLinted bounds the conditions a linter looks at, with segments written out; longer rules get no warnings.
const maxLinted = 400

// lint returns what there is to say about a rule, in the order of its terms.
func lint(t text, roots []*Node) []advice {
	var a analyst
	l := linter{text: t}
	whole := a.whole(roots)
	if a.claims > maxLinted {
		return nil
	}
	l.noEffects(roots)
	l.conjunction(whole.parts, nil, nil)
	_, _, dead := contradiction(whole)
	for _, c := range dead {
		l.never(c)
	}
	slices.SortStableFunc(l.found, func(a, b advice) int {
		if a.claim.term != b.claim.term {
			return a.claim.term - b.claim.term
		}
		return a.claim.from - b.claim.from
	})
	return l.found
}

// warningsOf makes a rule's warnings at their first use.
func warningsOf(t text, roots []*Node, language string) func() []Warning {
	return sync.OnceValue(func() []Warning {
		l := languageOf(language)
		var all []Warning
		for _, a := range lint(t, roots) {
			all = append(all, Warning{Term: a.claim.term, Code: a.code, Message: a.message.in(l), Hint: a.hint.in(l)})
		}
		return all
	})
}

// Warnings returns what a second reader would ask about the rule, in the language of its Options and in the order of
// its terms. Conditions inside the shop's own segments are not looked at on their own.
func (r *Rule) Warnings() []Warning { return slices.Clone(r.warnings()) }

func (l *linter) add(c claim, code string, message, hint phrase) {
	same := func(a advice) bool { return a.claim.order == c.order && a.code == code }
	if !slices.ContainsFunc(l.found, same) {
		l.found = append(l.found, advice{c, code, message, hint})
	}
}

// noEffects reports terms that hold for every customer.
func (l *linter) noEffects(roots []*Node) {
	for i, root := range roots {
		a := analyst{term: i}
		opposite := a.junction(root, true)
		if opposite.op == OpCompare || a.claims == 0 {
			continue // always judges single conditions, and a plain true says what it does
		}
		if _, never, _ := contradiction(junction{op: OpAnd, parts: []junction{opposite}}); never {
			whole := claim{node: root, subject: subject{node: root}, term: i, order: -1 - i, from: root.from, to: root.to}
			l.add(whole, NoEffect, say("%s holds for every customer", l.text.quoted(whole)), say("take it out"))
		}
	}
}

// conjunction looks at conditions that hold together. Around are those outside the present branch of ||, beside the
// single conditions of the other branches.
func (l *linter) conjunction(parts []junction, around, beside []claim) {
	flat := conjuncts(parts)
	var own []claim
	for _, p := range flat {
		if p.op == OpCompare {
			own = append(own, p.claim)
		}
	}
	l.redundant(own, around)
	all := slices.Concat(around, own)
	for _, c := range own {
		if !c.inSegment() { // else its segment's author is told
			l.single(c, all, beside)
		}
	}
	for _, p := range flat {
		if p.op == OpOr {
			l.disjunction(p, all)
		}
	}
}

func (l *linter) disjunction(p junction, around []claim) {
	branches := alternatives(p)
	for i, branch := range branches {
		var beside []claim
		for j, other := range branches {
			if j != i && other.op == OpCompare {
				beside = append(beside, other.claim)
			}
		}
		l.conjunction([]junction{branch}, around, beside)
	}
	l.redundantBranches(branches)
}

// single looks at one condition beside all those that hold with it.
func (l *linter) single(c claim, all, beside []claim) {
	switch {
	case l.always(c):
	case c.negated:
		l.kept(c, all, beside)
	default:
		l.drops(c, all)
	}
	l.oneDay(c)
	l.forever(c, all)
}
