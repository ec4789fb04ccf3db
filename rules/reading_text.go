package rules

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxQuoted is how many characters of a text are quoted.
const maxQuoted = 40

// quoted puts a text in the quotes of the language. What could end the quotes, or change the direction or the line of
// what follows, is replaced, so that no text can pass for words of the reading.
func (a *aloud) quoted(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune("„“”‟\"«»", r):
			return '\''
		case unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp):
			return ' '
		}
		return r
	}, text)
	if utf8.RuneCountInString(text) > maxQuoted {
		text = string([]rune(text)[:maxQuoted]) + "…"
	}
	return a.of("„", "“") + text + a.of("“", "”")
}

// textComparison reads the comparison of a text with a fixed one.
func (a *aloud) textComparison(x *Node, text, symbol string, holds bool) spoken {
	unknown := !holds && a.maybe(x)
	if !holds {
		symbol = negation(symbol)
	}
	if symbol == "==" || symbol == "!=" {
		return a.textTest(x, []string{text}, symbol == "==", unknown)
	}
	if passing := a.valuesThat(x, symbol, text); len(passing) > 0 {
		return a.textTest(x, passing, true, unknown)
	}
	s := spoken{text: a.noun(x) + " " + a.relation(KindText, symbol) + " " + a.quoted(text)}
	if unknown {
		return a.otherwise(s, a.of("unbekannt", "is unknown"))
	}
	return s
}

// valuesThat returns the values of a field with few of them that stand so to a text; none if that is all or none.
func (a *aloud) valuesThat(x *Node, symbol, text string) []string {
	if x.op != OpField {
		return nil
	}
	var passing []string
	for _, value := range x.field.Values {
		if (test{symbol, []float64{0}}).passes(float64(strings.Compare(value, text))) {
			passing = append(passing, value)
		}
	}
	if len(passing) == len(x.field.Values) {
		return nil
	}
	return passing
}

// textTest reads that a text is one of several, or none of them.
func (a *aloud) textTest(x *Node, texts []string, among, unknown bool) spoken {
	field := ""
	if x.op == OpField {
		field = x.field.Name
	}
	w := a.words(field)
	before, each, after := cutEach(w.clause)
	if each == "" || !among && !unknown && a.maybe(x) {
		return a.textGeneral(x, field, texts, among, unknown)
	}
	items := make([]string, len(texts))
	for i, text := range texts {
		items[i] = a.named(field, text, true)
	}
	s := spoken{topic: field}
	if among {
		s.short = fill(each, []string{"{}", a.either(items)})
		s.text = before + s.short + after
	} else {
		lead, trail, _ := strings.Cut(each, "{}")
		for i := range items {
			items[i] += trail
		}
		s = spoken{text: before + a.neither(items, lead) + after}
	}
	return a.keepUnknown(s, w, unknown)
}

// cutEach takes the phrase of a text field apart: what stands in [ ] is repeated for each text of "neither … nor".
func cutEach(clause string) (before, each, after string) {
	before, rest, _ := strings.Cut(clause, "[")
	each, after, _ = strings.Cut(rest, "]")
	return before, each, after
}

func (a *aloud) textGeneral(x *Node, field string, texts []string, among, unknown bool) spoken {
	items := make([]string, len(texts))
	for i, text := range texts {
		items[i] = a.named(field, text, false)
	}
	label, said := a.noun(x), a.either(items)
	is := a.of(" ist ", " is ")
	if !among {
		said = a.neither(items, "")
		if !unknown && a.maybe(x) {
			is = a.of(" ist bekannt und ", " is known and ")
		}
	}
	if unknown {
		said += a.of(" oder unbekannt", " or unknown")
	}
	return spoken{text: label + is + said}
}

// textPart reads the tests of a text's parts.
func (a *aloud) textPart(p part) spoken {
	n := p.node
	x, unknown := a.noun(n.args[0]), a.maybe(n.args[0])
	var sought string
	if n.op == OpMatches {
		sought = a.quoted(n.text)
	} else {
		sought = a.noun(n.args[1])
		unknown = unknown || a.maybe(n.args[1])
	}
	verb, preposition := a.partVerb(n, p.holds)
	s := spoken{text: x + " " + verb + " " + preposition + sought}
	switch {
	case p.holds:
		s.topic, s.short = x+" "+verb, preposition+sought
	case unknown:
		return a.otherwise(s, a.of("ist unbekannt", "is unknown"))
	}
	return s
}

func (a *aloud) partVerb(n *Node, holds bool) (verb, preposition string) {
	verbs := map[string][2]string{
		"contains":   {a.of("enthält", "contains"), a.of("enthält nicht", "does not contain")},
		"startsWith": {a.of("beginnt", "starts"), a.of("beginnt nicht", "does not start")},
		"endsWith":   {a.of("endet", "ends"), a.of("endet nicht", "does not end")},
		"":           {a.of("passt", "matches"), a.of("passt nicht", "does not match")},
	}
	prepositions := map[string]string{
		"startsWith": a.of("mit ", "with "), "endsWith": a.of("auf ", "with "), "": a.of("auf das Muster ", "the pattern "),
	}
	symbol := n.symbol
	if n.op == OpMatches {
		symbol = ""
	}
	if holds {
		return verbs[symbol][0], prepositions[symbol]
	}
	return verbs[symbol][1], prepositions[symbol]
}

// listHas reads that a text is in a list of the customer's.
func (a *aloud) listHas(p part) spoken {
	x, list := p.node.args[0], p.node.args[1]
	if x.isConstant() {
		return a.yesNo(a.words(list.field.Name), p.holds, []string{"{1}", a.quoted(x.text)})
	}
	s := spoken{text: a.noun(x) + a.of(" steht in der ", " is in the ") + a.label(list)}
	if p.holds {
		return s
	}
	s.text = a.noun(x) + a.of(" steht nicht in der ", " is not in the ") + a.label(list)
	if a.maybe(x) {
		return a.otherwise(s, a.of("ist unbekannt", "is unknown"))
	}
	return s
}

// named says a text as the field's readers know it: countries, languages, segments and tiers by name.
func (a *aloud) named(field, text string, declined bool) string {
	switch field {
	case "country":
		if c, found := countries()[text]; found {
			if declined && a.tongue == german && c.from != "" {
				return c.from
			}
			return a.of(c.de, c.en)
		}
	case "language":
		if l, found := languages()[text]; found {
			return a.of(l.de, l.en)
		}
	case "segment":
		if s, found := segmentNames()[text]; found {
			return a.quoted(a.of(s.de, s.en))
		}
	case "tier":
		if slices.Contains([]string{"a", "b", "c", "d"}, text) {
			return strings.ToUpper(text)
		}
	}
	return a.quoted(text)
}
