package rules

import (
	"maps"
	"slices"
	"strings"

	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser/lexer"

	"treue/rules/features"
)

// MaxExpanded bounds the parts of a rule with all its segments written out.
const MaxExpanded = 2000

// expandSegment puts a named rule in the place of in_segment(name).
func expandSegment(c *checker, n *Node) *Node {
	name := n.args[0].text
	source, own := c.options.Segments[name]
	switch {
	case slices.Contains(c.segments, name):
		return c.cycle(n, name)
	case own:
		return c.segment(n, name, source)
	case slices.Contains(features.Segments(), name):
		return compared("==", c.reference("segment"), &Node{op: OpConstant, kind: KindText, text: name})
	}
	known := slices.Concat(slices.Sorted(maps.Keys(c.options.Segments)), features.Segments())
	f := unknownName(n.call, param{names: known}, n.args[0])
	f.message = say("there is no segment %s", quote(name))
	return c.report(f)
}

func (c *checker) cycle(n *Node, name string) *Node {
	from := slices.Index(c.segments, name)
	way := strings.Join(append(slices.Clone(c.segments[from:]), name), " → ")
	return c.report(fault{
		from: n.args[0].from, to: n.args[0].to, message: say("segments use each other in a circle: %s", way),
		hint: say("take in_segment out of one of them"), nested: true,
	})
}

// session is what a rule and the segments it names share while they are compiled.
type session struct {
	config   *conf.Config // see language
	segments map[string]segment
	parts    int // of all segments compiled so far, each counted once
}

// segment is a named rule after compiling.
type segment struct {
	root  *Node
	fault *fault // as the rules that name it report it, but for the place
	parts int    // with its own segments written out
}

// language describes the rule language to expr. A description remembers what was looked up in it, so that compilations
// at the same time need one each.
func (s *session) language() *conf.Config {
	if s.config == nil {
		s.config = exprConfig(false)
	}
	return s.config
}

// segment puts a named rule in the place of its call; a fault in it is reported where it is named. Each segment is
// compiled once, however often others name it: written out, a few lines of segments can be longer than any memory.
func (c *checker) segment(n *Node, name, source string) *Node {
	s, done := c.session.segments[name]
	if !done {
		s = c.compileSegment(name, source)
		c.session.segments[name] = s
	}
	c.expanded += s.parts
	if s.fault == nil && c.expanded > MaxExpanded {
		s.fault = tooManyParts()
	}
	if s.fault == nil {
		return s.root
	}
	f := *s.fault
	f.from, f.to = n.args[0].from, n.args[0].to
	return c.report(f)
}

// faultySegment is what a segment with a fault takes of the bound, so that the work of finding faults has one, too.
const faultySegment = MaxExpanded / maxFaults

func (c *checker) compileSegment(name, source string) segment {
	switch {
	case len(c.segments) == MaxDepth:
		return segment{fault: &fault{
			message: say("the rule is nested deeper than %d levels", MaxDepth), hint: say("use fewer segments within segments"), nested: true,
		}}
	case c.session.parts > MaxExpanded:
		return segment{fault: tooManyParts()}
	}
	inner := checker{options: c.options, fields: c.fields, compile: c.compile, session: c.session, segments: append(slices.Clone(c.segments), name)}
	rule, faults := c.compile(source, &inner)
	c.session.parts += max(1, inner.nodes)
	if len(faults) == 0 {
		return segment{root: rule.conjunction(), parts: inner.nodes + inner.expanded}
	}
	f := fault{message: say("segment %s has a fault: %s", quote(name), faults[0].message), hint: mendSegment(faults[0]), nested: true}
	if faults[0].nested {
		f = faults[0]
		f.fix = nil
	} else {
		c.session.parts += faultySegment
	}
	return segment{fault: &f}
}

func tooManyParts() *fault {
	return &fault{
		message: say("the rule has more than %d parts with its segments written out", MaxExpanded),
		hint:    say("use fewer segments within segments"), nested: true,
	}
}

// conjunction is the rule as one part.
func (r *Rule) conjunction() *Node {
	root := r.terms[0].root
	for _, t := range r.terms[1:] {
		root = both(root, t.root)
	}
	return root
}

// mendSegment passes on what would mend a segment's own rule.
func mendSegment(f fault) phrase {
	if f.hint.format == "" {
		return say("mend the segment")
	}
	return say("mend the segment: %s", f.hint)
}

// Segments returns the shop's own segments that the rule names itself, each once; what those segments use is not
// among them.
func (r *Rule) Segments() []string {
	var named []string
	for _, t := range r.terms {
		named = segmentsIn(t.root, named)
	}
	return named
}

// SegmentsNamed returns the segments not built in that a text seems to name, each once, whether or not it is a valid
// rule: what must be known before it is compiled. A text that is too long or no text at all names none.
func SegmentsNamed(source string) []string {
	if checkText(source) != nil {
		return nil
	}
	tokens, _ := scan([]rune(source))
	var named []string
	for i, t := range tokens {
		if !t.is(tokenWord, "in_segment") {
			continue
		}
		name, found := firstText(tokens[i+1:])
		if found && !slices.Contains(features.Segments(), name) && !slices.Contains(named, name) {
			named = append(named, name)
		}
	}
	return named
}

// firstText returns the text that follows the brackets with which tokens begin.
func firstText(tokens []token) (string, bool) {
	i := slices.IndexFunc(tokens, func(t token) bool { return !t.is(tokenBracket, "(") })
	if i < 1 || tokens[i].kind != tokenString {
		return "", false
	}
	written := tokens[i].text
	if read, err := lexer.Lex(file.NewSource(written)); err == nil {
		return read[0].Value, true
	}
	return strings.Trim(written, closeQuotes+"'`"), true // in quotes of typography, or never closed
}

// segmentsIn adds the segments that a part names. It does not follow them: no other expansion names any.
func segmentsIn(n *Node, named []string) []string {
	if n.op == OpCall && n.symbol == "in_segment" {
		name := n.args[0].text
		if !slices.Contains(named, name) && !slices.Contains(features.Segments(), name) {
			named = append(named, name)
		}
		return named
	}
	for _, arg := range n.args {
		named = segmentsIn(arg, named)
	}
	return named
}
