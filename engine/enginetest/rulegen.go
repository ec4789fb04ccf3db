package enginetest

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"treue/rules"
	"treue/rules/features"
)

// Words are the texts of an invented shop that random rules ask for; a shop with the same words gives them something
// to find.
type Words struct {
	Categories []string
	Tags       []string
	Products   []string
	Attributes [][2]string
	Campaigns  []string
	Texts      []string // values of any text field
	Dates      []string // as 2006-01-02
	Segments   []string // for in_segment
}

// RuleMaker writes random rules in the whole language: every field, function and operator. Most are valid; what the
// compiler refuses, such as a share above 1, is to be left out.
type RuleMaker struct {
	rand   *rand.Rand
	words  Words
	fields map[features.Type][]features.Field
}

// NewRuleMaker returns a maker whose rules depend on the seed alone.
func NewRuleMaker(seed uint64, w Words) *RuleMaker {
	m := &RuleMaker{rand: rand.New(rand.NewPCG(seed, 1)), words: w, fields: make(map[features.Type][]features.Field)}
	for _, f := range rules.Fields() {
		m.fields[f.Type] = append(m.fields[f.Type], f)
	}
	return m
}

// Rule returns the next rule: up to three terms, each with conditions up to three deep.
func (m *RuleMaker) Rule() string {
	terms := make([]string, 1+m.rand.IntN(3)*m.rand.IntN(2))
	for i := range terms {
		terms[i] = m.truth(m.rand.IntN(4))
	}
	return strings.Join(terms, " && ")
}

func pick[T any](m *RuleMaker, items []T) T { return items[m.rand.IntN(len(items))] }

func (m *RuleMaker) oneIn(n int) bool { return m.rand.IntN(n) == 0 }

// any calls one of the makers.
func (m *RuleMaker) any(makers ...func() string) string { return pick(m, makers)() }

func (m *RuleMaker) field(t features.Type) string { return pick(m, m.fields[t]).Name }

func (m *RuleMaker) truth(depth int) string {
	if depth <= 0 {
		return m.any(m.simple, m.simple, m.membership, m.call, m.textTest)
	}
	return m.any(
		func() string { return m.comparison(depth) },
		func() string { return m.comparison(depth) },
		func() string { return "(" + m.truth(depth-1) + " && " + m.truth(depth-1) + ")" },
		func() string { return "(" + m.truth(depth-1) + " || " + m.truth(depth-1) + ")" },
		func() string { return "!(" + m.truth(depth-1) + ")" },
		func() string { return "not (" + m.truth(depth-1) + ")" },
		func() string { return m.choice(depth, m.truth) },
		func() string {
			return "(" + m.truth(depth-1) + ") " + pick(m, []string{"==", "!="}) + " (" + m.truth(depth-1) + ")"
		},
		func() string { return "known(" + m.value(depth-1) + ")" },
		m.membership, m.call, m.textTest,
	)
}

// value returns something that may be unknown.
func (m *RuleMaker) value(depth int) string {
	return m.any(
		func() string { return m.number(depth) }, func() string { return m.text(depth) }, func() string { return m.date(depth) },
		func() string { return m.field(features.Boolean) }, func() string { return m.field(features.List) },
	)
}

func (m *RuleMaker) choice(depth int, of func(int) string) string {
	return "(" + m.truth(depth-1) + " ? " + of(depth-1) + " : " + of(depth-1) + ")"
}

func (m *RuleMaker) order() string { return pick(m, []string{"==", "!=", "<", "<=", ">", ">="}) }

// simple compares a field with a constant, as most rules do.
func (m *RuleMaker) simple() string {
	switch f := pick(m, m.allFields()); f.Type {
	case features.Number:
		return m.swap(f.Name, m.constantFor(f))
	case features.Text:
		return m.swap(f.Name, m.textFor(f))
	case features.Date:
		return m.swap(f.Name, m.dateConstant())
	case features.List:
		return "len(" + f.Name + ") " + m.order() + " " + strconv.Itoa(m.rand.IntN(4))
	case features.Boolean:
		return f.Name
	}
	return pick(m, []string{"true", "false"})
}

func (m *RuleMaker) allFields() []features.Field { return rules.Fields() }

func (m *RuleMaker) swap(a, b string) string {
	if m.oneIn(4) {
		a, b = b, a
	}
	return a + " " + m.order() + " " + b
}

func (m *RuleMaker) comparison(depth int) string {
	return m.any(
		func() string { return m.swap(m.number(depth-1), m.number(depth-1)) },
		func() string { return m.swap(m.number(depth-1), m.constant()) },
		m.few,
		func() string { return m.swap(m.text(depth-1), m.text(depth-1)) },
		func() string { return m.swap(m.date(depth-1), m.date(depth-1)) },
	)
}

// few asks whether there is any event, in one of many ways.
func (m *RuleMaker) few() string {
	count := m.any(
		func() string { return "orders_within(" + m.days() + ")" },
		func() string { return "times_bought(" + m.category() + ", " + m.days() + ")" },
		func() string { return "active_campaigns" },
	)
	return m.swap(count, pick(m, []string{"0", "1", "2", "-1", "0.5"}))
}

func (m *RuleMaker) membership() string {
	in := pick(m, []string{" in ", " in ", " not in "})
	return m.any(
		func() string { return m.field(features.Number) + in + m.list(m.constant) },
		func() string { return m.number(1) + in + m.list(m.whole) },
		func() string { return m.number(1) + in + m.span() },
		func() string { return m.field(features.Number) + in + m.span() },
		func() string {
			f := pick(m, m.fields[features.Text])
			return f.Name + in + m.list(func() string { return m.textFor(f) })
		},
		func() string { return m.text(1) + in + m.list(m.textConstant) },
		func() string { return m.date(1) + in + m.list(m.dateConstant) },
		func() string { return m.textConstant() + in + m.field(features.List) },
		func() string { return m.text(1) + in + m.field(features.List) },
	)
}

func (m *RuleMaker) list(of func() string) string {
	items := make([]string, 1+m.rand.IntN(4))
	if m.oneIn(10) {
		items = make([]string, 12)
	}
	for i := range items {
		items[i] = of()
	}
	return "[" + strings.Join(items, ", ") + "]"
}

func (m *RuleMaker) span() string {
	from := m.rand.IntN(60) - 10
	return fmt.Sprintf("%d..%d", from, from+m.rand.IntN(400))
}

func (m *RuleMaker) textTest() string {
	if m.oneIn(6) {
		return m.text(0) + " matches " + quote(pick(m, []string{"^a", "e$", "[0-9]+", "(?i)kaffee", "ü"}))
	}
	word := pick(m, []string{" contains ", " startsWith ", " endsWith "})
	return m.text(1) + word + m.any(m.textConstant, m.part, func() string { return m.text(1) })
}

// part is a piece of a text, wildcards of SQL and the empty one included.
func (m *RuleMaker) part() string {
	text := []rune(pick(m, m.words.Texts))
	from := m.rand.IntN(len(text) + 1)
	return quote(pick(m, []string{string(text[from:]), string(text[:from]), "%", "_", ""}))
}

func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

func (m *RuleMaker) days() string {
	return strconv.Itoa(pick(m, []int{0, 1, 2, 6, 7, 29, 30, 31, 89, 90, 180, 364, 365, 366, 400, 3650, 36525}))
}

func (m *RuleMaker) category() string {
	c := pick(m, m.words.Categories)
	switch m.rand.IntN(6) {
	case 0:
		c = strings.ToUpper(c)
	case 1:
		c, _, _ = strings.Cut(c, ">")
	case 2:
		c = pick(m, []string{"nothing", ">", " " + c + " ", c + "> x"})
	}
	return quote(c)
}

// call returns a call that is a condition.
func (m *RuleMaker) call() string {
	attribute := pick(m, m.words.Attributes)
	return m.any(
		func() string { return "has_tag(" + quote(m.changed(pick(m, m.words.Tags))) + ")" },
		func() string { return "bought(" + m.category() + ")" },
		func() string { return "bought_product(" + quote(pick(m, m.words.Products)) + ")" },
		func() string {
			return "bought_with(" + quote(m.changed(attribute[0])) + ", " + quote(m.changed(attribute[1])) + ")"
		},
		func() string { return "bought_within(" + m.category() + ", " + m.days() + ")" },
		func() string { return "received(" + quote(pick(m, m.words.Campaigns)) + ", " + m.days() + ")" },
		func() string { return "in_campaign(" + quote(pick(m, m.words.Campaigns)) + ")" },
		func() string {
			return "in_segment(" + quote(pick(m, append(features.Segments(), m.words.Segments...))) + ")"
		},
		func() string { return "was_in_segment(" + quote(pick(m, features.Segments())) + ", " + m.days() + ")" },
		func() string { return "birthday_within(" + m.days() + ")" },
		func() string { return "anniversary_within(" + m.days() + ")" },
		func() string { return "crossed(\"revenue\", " + m.constant() + ", " + m.days() + ")" },
		func() string { return "crossed(\"orders\", " + m.whole() + ", " + m.days() + ")" },
	)
}

// changed may change a text's case.
func (m *RuleMaker) changed(text string) string {
	switch m.rand.IntN(4) {
	case 0:
		return strings.ToUpper(text)
	case 1:
		return strings.ToLower(text)
	}
	return text
}
