package rules

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"treue/rules/features"
)

// Rule is a compiled rule. It is immutable and safe for concurrent use.
type Rule struct {
	source string
	match  truthFunc
	terms  []term
	fields []string
	needs  Needs

	warnings func() []Warning // made at the first call
}

// term is a conjunct of the rule's top-level &&.
type term struct {
	expr     string
	root     *Node
	match    truthFunc
	readings []reading
}

// Options are what a rule is compiled with.
type Options struct {
	Segments map[string]string // the shop's named rules, for in_segment
	Language string            // of errors and warnings, an IETF tag (BCP 47): German for de and its regions, else English
}

// Compile checks and compiles a rule that names no segment of the shop's own. See CompileWith.
func Compile(source string) (*Rule, error) { return CompileWith(source, Options{}) }

// CompileWith checks and compiles a rule. Every error it returns is of type Errors: each fault has its place, and most
// a hint that mends it; where all can be mended, the first shows the whole repaired rule.
func CompileWith(source string, o Options) (*Rule, error) {
	rule, faults := compile(source, newChecker(o))
	if len(faults) == 0 {
		return rule, nil
	}
	if repaired, found := repair(source, faults, o); found {
		faults[0].repaired = repaired
	}
	src := []rune(source[:min(len(source), MaxSource)])
	errs := make(Errors, min(len(faults), maxFaults))
	for i := range errs {
		errs[i] = faults[i].place(src, languageOf(o.Language))
	}
	return nil, errs
}

// Source returns the rule as its author wrote it.
func (r *Rule) Source() string { return r.source }

// Match reports whether the rule holds for the snapshot on the day at. It does not allocate, except where lower or
// upper change a text and where times_bought tells orders apart.
func (r *Rule) Match(s *features.Snapshot, at features.Day) bool { return r.match(s, at) }

// Fields returns the names of the fields and composed functions the rule reads, in order of appearance.
func (r *Rule) Fields() []string { return slices.Clone(r.fields) }

// Needs returns what evaluating the rule reads.
func (r *Rule) Needs() Needs { return r.needs }

func newChecker(o Options) *checker {
	return &checker{options: o, fields: publicField, compile: compile, session: &session{segments: make(map[string]segment)}}
}

// compile returns the rule or its faults in the order of the text.
func compile(source string, c *checker) (*Rule, []fault) {
	if f := checkText(source); f != nil {
		return nil, []fault{*f}
	}
	tokens, faults := scan([]rune(source))
	faults = append(faults, checkHabits(tokens)...)
	faults = append(faults, checkNesting(tokens)...)
	if len(faults) > 0 {
		return nil, inOrder(faults)
	}
	if len(tokens) == 0 {
		return nil, []fault{{message: say("the rule is empty"), hint: say("write a condition, e.g. %s", "orders >= 2")}}
	}
	config := c.session.language()
	tree, f := parse(source, tokens, config)
	if f != nil {
		return nil, []fault{*f}
	}
	c.tokens = tokens
	conjuncts := c.checkTerms(tree.Node)
	if len(c.faults) > 0 {
		return nil, inOrder(c.faults)
	}
	if f := confirm(tree, tokens, config); f != nil {
		return nil, []fault{*f}
	}
	written := text{[]rune(source), tokens}
	if found, clash, _ := contradiction(analyse(conjuncts)); clash {
		return nil, []fault{written.fault(found)}
	}
	rule := assemble(source, tokens, conjuncts)
	rule.warnings = warningsOf(written, conjuncts, c.options.Language)
	return rule, nil
}

func inOrder(faults []fault) []fault {
	slices.SortStableFunc(faults, func(a, b fault) int { return a.from - b.from })
	return faults
}

// checkTerms checks the conjuncts one by one, so that a rule with several faults shows them all.
func (c *checker) checkTerms(root ast.Node) []*Node {
	var checked []*Node
	for _, part := range conjunctsOf(root, joints(c.tokens)) {
		n := c.check(part)
		if n != nil && n.kind != KindBool {
			c.needsCondition(n)
		}
		checked = append(checked, n)
	}
	return checked
}

// joints returns the tokens that join top-level conjuncts; there are none where || or ?: binds weaker.
func joints(tokens []token) []token {
	var found []token
	depth := 0
	for _, t := range tokens {
		switch {
		case t.is(tokenBracket, "(", "["):
			depth++
		case t.is(tokenBracket, ")", "]"):
			depth--
		case depth > 0:
		case t.is(tokenOperator, "||", "?"), t.is(tokenWord, "or"):
			return nil
		case t.is(tokenOperator, "&&"), t.is(tokenWord, "and"):
			found = append(found, t)
		}
	}
	return found
}

// conjunctsOf takes the tree apart at the joints. Chains such as 30 < x < 60 hide an && of their own, which is none.
func conjunctsOf(n ast.Node, joints []token) []ast.Node {
	and, isBinary := n.(*ast.BinaryNode)
	if len(joints) == 0 || !isBinary || and.Location().From != joints[len(joints)-1].from {
		return []ast.Node{n}
	}
	return append(conjunctsOf(and.Left, joints[:len(joints)-1]), and.Right)
}

func assemble(source string, tokens []token, conjuncts []*Node) *Rule {
	rule := &Rule{source: source}
	texts := textsBetween([]rune(source), tokens, joints(tokens))
	matches := make([]truthFunc, len(conjuncts))
	for i, n := range conjuncts {
		matches[i] = build(n).truth
		t := term{expr: texts[i], root: n, match: matches[i], readings: readingsOf(n)}
		rule.terms = append(rule.terms, t)
		rule.needs = rule.needs.Join(needsOf(n))
		for _, r := range t.readings {
			if !slices.Contains(rule.fields, r.name) {
				rule.fields = append(rule.fields, r.name)
			}
		}
	}
	rule.match = all(matches)
	return rule
}

// all is the conjunction of truths, the common lengths unrolled.
func all(truths []truthFunc) truthFunc {
	switch len(truths) {
	case 1:
		return truths[0]
	case 2:
		a, b := truths[0], truths[1]
		return func(s *features.Snapshot, at features.Day) bool { return a(s, at) && b(s, at) }
	case 3:
		a, b, c := truths[0], truths[1], truths[2]
		return func(s *features.Snapshot, at features.Day) bool { return a(s, at) && b(s, at) && c(s, at) }
	}
	return func(s *features.Snapshot, at features.Day) bool {
		for _, holds := range truths {
			if !holds(s, at) {
				return false
			}
		}
		return true
	}
}

// textsBetween cuts the source at the joints.
func textsBetween(src []rune, tokens, joints []token) []string {
	var texts []string
	from := tokens[0].from
	for _, joint := range joints {
		texts = append(texts, strings.TrimSpace(string(src[from:joint.from])))
		from = joint.to
	}
	return append(texts, strings.TrimSpace(string(src[from:tokens[len(tokens)-1].to])))
}

// repairs bounds the rounds of repair: a repaired text may show faults that others had hidden.
const repairs = 4

// repair mends a rule all of whose faults say how, until it compiles.
func repair(source string, faults []fault, o Options) (string, bool) {
	for range repairs {
		mended, possible := applyFixes(source, faults)
		if !possible {
			return "", false
		}
		rule, left := compile(mended, newChecker(o))
		if rule != nil {
			return mended, true
		}
		source, faults = mended, left
	}
	return "", false
}

func applyFixes(source string, faults []fault) (string, bool) {
	src := []rune(source)
	var b strings.Builder
	at := 0
	for _, f := range faults {
		if f.fix == nil || f.from < at || f.to > len(src) {
			return "", false
		}
		b.WriteString(string(src[at:f.from]))
		b.WriteString(*f.fix)
		at = f.to
	}
	b.WriteString(string(src[at:]))
	return b.String(), true
}
