package rules

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A reading says a checked rule in words, so that its author sees what she has written. It goes by the checked parts,
// not by the text, and negations are carried down to the comparisons: there it shows that they keep the unknown.

// maxReading is the length in characters after which a reading only counts what is left.
const maxReading = 600

// Reading returns the rule as one sentence about the customer, without its subject and its full stop: "de" is German,
// any other language English. Texts of the rule stand in quotes, and long rules end in a count of what is left out.
func (r *Rule) Reading(language string) string {
	a := newAloud(language)
	var parts []part
	for _, t := range r.terms {
		parts = flatten(parts, t.root, true, true)
	}
	return a.join(parts, true, maxReading).text
}

// TermReading returns the i-th of the rule's terms as Reading would say it alone, and "" if there is no such term.
func (r *Rule) TermReading(i int, language string) string {
	if i < 0 || i >= len(r.terms) {
		return ""
	}
	return newAloud(language).join(flatten(nil, r.terms[i].root, true, true), true, maxReading).text
}

// tongue is the language in which people are spoken to.
type tongue bool

const (
	german  tongue = true
	english tongue = false
)

// of picks the words of the language.
func (t tongue) of(de, en string) string {
	if t == german {
		return de
	}
	return en
}

// aloud reads parts of a rule.
type aloud struct {
	tongue
	known map[string]bool // fields that a condition beside the present one asks to be known
}

func newAloud(tag string) *aloud {
	return &aloud{tongue: languageOf(tag), known: make(map[string]bool)}
}

// spoken is a condition in words.
type spoken struct {
	text   string
	topic  string // conditions of one topic, side by side, share the words that the first one said
	short  string // the text without those words; "": all are needed
	joined bool   // made of several: in brackets beside others
}

// part is a condition that holds or must not.
type part struct {
	node  *Node
	holds bool
}

// flatten appends the members of a chain of "and" (or of "or"), which a negation turns into one another.
func flatten(parts []part, n *Node, holds, and bool) []part {
	switch {
	case n.op == OpNot:
		return flatten(parts, n.args[0], !holds, and)
	case n.op == OpAnd && holds == and, n.op == OpOr && holds != and:
		return flatten(flatten(parts, n.args[0], holds, and), n.args[1], holds, and)
	}
	return append(parts, part{n, holds})
}

// condition reads a part that holds, or must not, in about room characters.
func (a *aloud) condition(p part, room int) spoken {
	switch n := p.node; n.op {
	case OpNot:
		return a.condition(part{n.args[0], !p.holds}, room)
	case OpAnd, OpOr:
		and := (n.op == OpAnd) == p.holds
		return a.join(flatten(nil, n, p.holds, and), and, room)
	}
	s, room := a.alone(p, room)
	if utf8.RuneCountInString(s.text) > room {
		return spoken{text: a.of("eine längere Bedingung zu ", "a longer condition on ") + a.topics(p.node)}
	}
	return s
}

// alone reads a part that is no chain, and says how long it may get.
func (a *aloud) alone(p part, room int) (spoken, int) {
	if p.node.op == OpChoice {
		return a.choice(p, room), room
	}
	return a.single(p), maxReading / 2
}

// join reads conditions that all hold, or of which one does.
func (a *aloud) join(parts []part, and bool, room int) spoken {
	if len(parts) == 1 {
		return a.condition(parts[0], room)
	}
	if and {
		defer a.assume(parts)()
	}
	var text strings.Builder
	length, topic := 0, ""
	for i, p := range parts {
		s := a.condition(p, room/2)
		said := s.within(topic)
		added := utf8.RuneCountInString(said)
		if i > 0 && length+added > room {
			text.WriteString(a.rest(len(parts)-i, and))
			break
		}
		text.WriteString(a.comma(i, len(parts), and) + said)
		length, topic = length+added+len(", und "), s.topic
	}
	return spoken{text: text.String(), joined: true}
}

// within is the text beside a condition of that topic.
func (s spoken) within(topic string) string {
	switch {
	case s.joined:
		return "(" + s.text + ")"
	case s.short != "" && s.topic == topic:
		return s.short
	}
	return s.text
}

func (a *aloud) comma(i, n int, and bool) string {
	switch {
	case i == 0:
		return ""
	case !and:
		return a.of(", oder ", ", or ")
	case i < n-1:
		return ", "
	}
	return a.of(", und ", ", and ")
}

// rest counts what is left out.
func (a *aloud) rest(n int, and bool) string {
	switch {
	case and && n == 1:
		return a.of(" … und eine weitere Bedingung", " … and one more condition")
	case and:
		return fmt.Sprintf(a.of(" … und weitere %d Bedingungen", " … and %d more conditions"), n)
	case n == 1:
		return a.of(" … oder eine weitere Möglichkeit", " … or one more alternative")
	}
	return fmt.Sprintf(a.of(" … oder weitere %d Möglichkeiten", " … or %d more alternatives"), n)
}

// assume takes the fields that one of the conditions asks to be known as known in the others, until it is undone.
func (a *aloud) assume(parts []part) (undo func()) {
	var added []string
	for _, p := range parts {
		if n := p.node; p.holds && n.op == OpCall && n.symbol == "known" && n.args[0].op == OpField {
			if name := n.args[0].field.Name; !a.known[name] {
				a.known[name] = true
				added = append(added, name)
			}
		}
	}
	return func() {
		for _, name := range added {
			delete(a.known, name)
		}
	}
}

// choice reads condition ? a : b. A negation goes into both branches.
func (a *aloud) choice(p part, room int) spoken {
	args := p.node.args
	parts := []part{{args[0], true}, {args[1], p.holds}, {args[2], p.holds}}
	var said [3]string
	for i, branch := range parts {
		said[i] = a.condition(branch, room/3).within("")
	}
	return spoken{text: a.ifElse(said[0], said[1], said[2]), joined: true}
}

func (a *aloud) ifElse(condition, yes, no string) string {
	return a.of("wenn gilt: ", "if this holds: ") + condition + a.of(", dann: ", ", then: ") + yes + a.of(", sonst: ", ", otherwise: ") + no
}

// topics names up to three things that a part reads, for what is too long to be read out.
func (a *aloud) topics(n *Node) string {
	var labels []string
	seen := make(map[string]bool)
	var walk func(*Node)
	walk = func(n *Node) {
		if label := a.labelOf(n); label != "" && !seen[label] {
			seen[label] = true
			labels = append(labels, label)
		}
		for _, arg := range n.args {
			walk(arg)
		}
	}
	walk(n)
	switch {
	case len(labels) == 0:
		return a.of("festen Werten", "fixed values")
	case len(labels) > 3:
		return strings.Join(labels[:3], ", ") + " …"
	}
	return strings.Join(labels, ", ")
}

// labelOf names a field or a function that reads customers; "" for anything else.
func (a *aloud) labelOf(n *Node) string {
	switch n.op {
	case OpField:
		return a.label(n)
	case OpCall:
		if len(n.args) > 0 && n.call.params[0].fixed {
			return n.symbol
		}
	}
	return ""
}
