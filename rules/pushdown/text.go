package pushdown

import (
	"unicode/utf8"

	"treue/rules"
	"treue/rules/features"
)

// text is a text in SQL.
type text struct {
	sql   string
	null  bool // may be unknown
	fixed bool // a constant, bound where it is used
	value string
}

// use returns the text as an operand of any operator.
func (x text) use(t *translator) string {
	if x.fixed {
		return t.b.value("text", x.value)
	}
	return x.sql
}

// text translates a text. What lower, upper and trim do depends on Unicode tables and has no exact counterpart.
func (t *translator) text(n *rules.Node) text {
	if t.failed {
		return text{}
	}
	if of := n.Expansion(); of != nil {
		return t.text(of)
	}
	args := n.Args()
	switch n.Op() {
	case rules.OpConstant:
		return text{fixed: true, value: n.Text()}
	case rules.OpField:
		return text{sql: t.column(n, columnWord), null: true}
	case rules.OpChoice:
		c, a, b := t.truth(args[0]), t.text(args[1]), t.text(args[2])
		return text{sql: t.bounded("CASE WHEN " + c.sql + " THEN " + a.use(t) + " ELSE " + b.use(t) + " END"), null: a.null || b.null}
	}
	t.fail()
	return text{}
}

// compareTexts compares bytewise: equality always does, order does in the collation "C".
func (t *translator) compareTexts(symbol string, left, right *rules.Node) truth {
	x, y := t.text(left), t.text(right)
	sql := x.use(t) + " " + sqlOperator(symbol) + " " + y.use(t)
	if symbol != "==" && symbol != "!=" {
		sql += ` COLLATE "C"`
	}
	return test(sql, x.null || y.null)
}

// textTest avoids LIKE, whose wildcards texts may hold.
func (t *translator) textTest(n *rules.Node) truth {
	x, y := t.text(n.Args()[0]), t.text(n.Args()[1])
	null := x.null || y.null
	switch n.Symbol() {
	case "contains":
		return test("strpos("+x.use(t)+", "+y.use(t)+") > 0", null)
	case "startsWith":
		return truth{sql: "starts_with(" + x.use(t) + ", " + y.use(t) + ")", null: null}
	case "endsWith":
		return test("right("+x.use(t)+", "+y.length(t)+") = "+y.use(t), null)
	}
	t.fail()
	return truth{}
}

// length returns the number of characters.
func (x text) length(t *translator) string {
	if x.fixed {
		return t.b.value("int", int32(utf8.RuneCountInString(x.value)))
	}
	return "char_length(" + x.use(t) + ")"
}

// hasTag asks for the tags of the shop that are alike, so that the database need not know how letters fold.
func (t *translator) hasTag(tag string) truth {
	folded := features.FoldCase(tag)
	alike := matching(t.b.env.Tags, func(other string) bool { return features.EqualFold(other, folded) })
	return t.overlaps("tags", alike)
}

// bought asks for the categories of the shop that the path covers.
func (t *translator) bought(category string) truth {
	return t.overlaps("categories", matching(t.b.env.Categories, features.ParsePath(category).Covers))
}

func (t *translator) overlaps(column string, words []string) truth {
	sql, typ := columnNamed(column)
	switch {
	case typ != columnWords:
		t.fail()
	case len(words) == 0:
		return constantTruth(false)
	case len(words) == 1:
		return test(t.b.value("text", words[0])+" = ANY("+sql+")", false)
	}
	return test(sql+" && "+t.b.value("text[]", words), false)
}

func matching(words []string, matches func(string) bool) []string {
	var found []string
	for _, word := range words {
		if matches(word) {
			found = append(found, word)
		}
	}
	return found
}
