package rules

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"

	"treue/rules/features"
)

func (c *checker) binary(n *ast.BinaryNode) *Node {
	switch n.Operator {
	case "&&", "and", "||", "or":
		return c.logic(n)
	case "==", "!=", "<", "<=", ">", ">=":
		return c.comparison(n)
	case "in":
		return c.membership(n)
	case "contains", "startsWith", "endsWith":
		return c.textTest(n)
	case "matches":
		return c.match(n)
	case "+", "-", "*", "/", "%":
		return c.arithmetic(n)
	}
	from, to := span(n)
	hint := say("rules know == != < <= > >= in contains startsWith endsWith matches && || ! + - * / %%")
	if n.Operator == ".." {
		hint = say("a range stands to the right of in: orders in 2..5")
	}
	return c.report(fault{from: from, to: to, message: say("the operator %s cannot stand here", n.Operator), hint: hint})
}

func (c *checker) logic(n *ast.BinaryNode) *Node {
	a, b := c.check(n.Left), c.check(n.Right)
	if a == nil || b == nil {
		return nil
	}
	op := OpAnd
	if n.Operator == "||" || n.Operator == "or" {
		op = OpOr
	}
	switch {
	case a.kind != KindBool:
		return c.needsCondition(a)
	case b.kind != KindBool && op == OpOr && b.isConstant():
		b = c.needsField(lastOf(a), b) // of a longer chain, all are reported
	}
	switch {
	case b == nil:
		return nil
	case b.kind != KindBool:
		return c.needsCondition(b)
	}
	return &Node{op: op, kind: KindBool, args: []*Node{a, b}, from: a.from, to: b.to}
}

// lastOf returns the last condition of a chain.
func lastOf(n *Node) *Node {
	for n.op == OpAnd || n.op == OpOr {
		n = n.args[1]
	}
	return n
}

// needsField reports country == "DE" or "AT", and repeats the field.
func (c *checker) needsField(before, value *Node) *Node {
	if before.op != OpCompare || before.symbol != "==" || before.args[0].op != OpField || before.args[0].kind != value.kind {
		return c.needsCondition(value)
	}
	fix := before.args[0].field.Name + " == " + literal(value.kind, value.number, value.text)
	c.report(fault{
		from: value.from, to: value.to, message: say("a condition is needed here, and this is %s", value.kind),
		hint: say("repeat the field: %s", fix), fix: &fix,
	})
	return &Node{op: OpCompare, kind: KindBool, symbol: "==", args: []*Node{before.args[0], value}, from: value.from, to: value.to}
}

// unquoted reports a word beside a text field that is no field itself: its author forgot the quotes.
func (c *checker) unquoted(n ast.Node, beside ast.Node) bool {
	word, isWord := n.(*ast.IdentifierNode)
	other, isField := beside.(*ast.IdentifierNode)
	if !isWord || !isField {
		return false
	}
	field, found := fieldNamed(other.Value)
	if _, known := fieldNamed(word.Value); known || !found || field.Type != features.Text && field.Type != features.List {
		return false
	}
	value := word.Value
	if near, found := nearest(value, field.Values); found {
		value = near
	}
	from, to := span(n)
	fix := quote(value)
	c.report(fault{from: from, to: to, message: say("unknown field %q", word.Value), hint: say("texts need quotes: %s", fix), fix: &fix})
	return true
}

func (c *checker) comparison(n *ast.BinaryNode) *Node {
	if c.unquoted(n.Left, n.Right) || c.unquoted(n.Right, n.Left) {
		return nil
	}
	a, b := c.check(n.Left), c.check(n.Right)
	if a == nil || b == nil {
		return nil
	}
	ordered := n.Operator != "==" && n.Operator != "!="
	switch {
	case a.kind != b.kind:
		return c.mismatch(n, a, b)
	case a.kind == KindList:
		return c.operatorFault(n, say("lists cannot be compared"), say(`ask "x" in tags, or len(tags)`))
	case a.kind == KindBool && ordered:
		return c.operatorFault(n, say("conditions have no order"), say("join them with && or ||"))
	case !c.sensible(a, b) || !c.sensible(b, a):
		return nil
	}
	return &Node{op: OpCompare, kind: KindBool, symbol: n.Operator, args: []*Node{a, b}, from: a.from, to: b.to}
}

func (c *checker) operatorFault(n *ast.BinaryNode, message, hint phrase) *Node {
	from, to := span(n)
	return c.report(fault{from: from, to: to, message: message, hint: hint})
}

// mismatch explains a comparison of two kinds, with the repair that its constant suggests.
func (c *checker) mismatch(n *ast.BinaryNode, a, b *Node) *Node {
	value, other := b, a
	if a.isConstant() {
		value, other = a, b
	}
	f := fault{from: value.from, to: value.to, message: say("%s cannot be compared with %s", a.kind, b.kind)}
	fix := ""
	switch {
	case other.kind == KindList && value.kind == KindText:
		f.hint = say("write %s in %s", quote(value.text), other.field.Name)
	case other.kind == KindBool && other.op != OpField:
		f.from, f.to = span(n)
		f.hint = say("a condition is complete; join the next one with && or ||")
	case other.kind == KindBool:
		f.hint = say("write %s or !%s", other.field.Name, other.field.Name)
	case !value.isConstant():
		f.from, f.to = span(n)
		f.hint = say("compare numbers with numbers, texts with texts, dates with dates")
	case other.kind == KindDate && value.kind == KindNumber:
		f.hint = say("write days_since(%s) to compare with a number of days", other.field.Name)
	case other.kind == KindDate && value.kind == KindText:
		f.hint = say("write %s", `date("2026-01-31")`)
		if iso, found := isoDate(value.text); found {
			fix = "date(" + quote(iso) + ")"
		}
	case other.kind == KindText && value.kind == KindNumber:
		fix = quote(strconv.FormatFloat(value.number, 'f', -1, 64))
	case other.kind == KindNumber && value.kind == KindText:
		f.hint = say("numbers are written without quotes")
		if _, err := strconv.ParseFloat(value.text, 64); err == nil {
			fix = value.text
		}
	}
	if fix != "" {
		f.hint, f.fix = say("write %s", fix), &fix
	}
	return c.report(f)
}

// sensible refuses constants that the field beside them never equals: shares above 1 and values it does not have.
func (c *checker) sensible(x, value *Node) bool {
	if x.op != OpField || !value.isConstant() {
		return true
	}
	switch {
	case x.field.Unit == features.Share && (value.number > 1 || value.number < 0):
		f := fault{from: value.from, to: value.to, message: say("%s is a share: it goes from 0 to 1", x.field.Name), hint: say("shares are 0 to 1")}
		if value.number >= 2 && value.number <= 100 {
			fix := strconv.FormatFloat(value.number/100, 'g', 12, 64)
			f.hint, f.fix = say("shares are 0 to 1: write %s", fix), &fix
		}
		c.report(f)
		return false
	case len(x.field.Values) > 0 && value.kind == KindText && !slices.Contains(x.field.Values, value.text):
		f := fault{
			from: value.from, to: value.to, message: say("%s is never %s", x.field.Name, quote(value.text)),
			hint: say("it is one of %s", strings.Join(x.field.Values, ", ")),
		}
		if near, found := nearest(value.text, x.field.Values); found {
			fix := quote(near)
			f.hint, f.fix = say("did you mean %s?", fix), &fix
		}
		c.report(f)
		return false
	}
	return value.kind != KindText || !c.miscoded(x.field, value)
}

func (c *checker) textTest(n *ast.BinaryNode) *Node {
	if c.unquoted(n.Right, n.Left) {
		return nil
	}
	a, b := c.check(n.Left), c.check(n.Right)
	switch {
	case a == nil || b == nil:
		return nil
	case a.kind == KindList && b.kind == KindText:
		f := fault{from: a.from, to: b.to, message: say("%s looks into a text, and this is a list", n.Operator), hint: say("write %s", `"x" in `+a.field.Name)}
		if b.isConstant() {
			fix := quote(b.text) + " in " + a.field.Name
			f.hint, f.fix = say("write %s", fix), &fix
		}
		return c.report(f)
	case a.kind != KindText || b.kind != KindText:
		return c.operatorFault(n, say("%s needs two texts, and here are %s and %s", n.Operator, a.kind, b.kind), say(`write channel contains "ads"`))
	}
	return &Node{op: OpText, kind: KindBool, symbol: n.Operator, args: []*Node{a, b}, from: a.from, to: b.to}
}

func (c *checker) match(n *ast.BinaryNode) *Node {
	a := c.check(n.Left)
	pattern, literal := n.Right.(*ast.StringNode)
	switch {
	case a == nil:
		return nil
	case a.kind != KindText:
		return c.operatorFault(n, say("matches needs a text, and this is %s", a.kind), say(`write channel matches "^ads-[0-9]+$"`))
	case !literal:
		return c.operatorFault(n, say("the pattern must be a text in quotes"), say(`write channel matches "^ads-[0-9]+$"`))
	}
	c.nodes++
	compiled, wrong := compilePattern(pattern.Value)
	if wrong != nil {
		from, to := span(pattern)
		return c.report(fault{from: from, to: to, message: *wrong, hint: say("contains, startsWith and endsWith are often enough")})
	}
	_, to := span(pattern)
	return &Node{op: OpMatches, kind: KindBool, text: pattern.Value, pattern: compiled, args: []*Node{a}, from: a.from, to: to}
}

func (c *checker) arithmetic(n *ast.BinaryNode) *Node {
	a, b := c.check(n.Left), c.check(n.Right)
	switch {
	case a == nil || b == nil:
		return nil
	case a.kind == KindText && b.kind == KindText && n.Operator == "+":
		return c.operatorFault(n, say("texts cannot be joined"), say("compare each text on its own"))
	case a.kind == KindDate || b.kind == KindDate:
		return c.operatorFault(n, say("dates cannot be added or subtracted"), say("days_since(date) gives the number of days up to today"))
	case a.kind != KindNumber || b.kind != KindNumber:
		return c.operatorFault(n, say("%s needs two numbers, and here are %s and %s", n.Operator, a.kind, b.kind), phrase{})
	case n.Operator == "%" && (!a.whole || !b.whole):
		return c.operatorFault(n, say("the remainder %% needs whole numbers"), say("use it on fields that count: orders %% 5 == 0"))
	}
	return &Node{
		op: OpArith, kind: KindNumber, symbol: n.Operator, whole: a.whole && b.whole && n.Operator != "/",
		args: []*Node{a, b}, from: a.from, to: b.to,
	}
}

// membership checks the three forms of in: a list, a range, and a field that is a list.
func (c *checker) membership(n *ast.BinaryNode) *Node {
	if c.unquoted(n.Left, n.Right) {
		return nil
	}
	x := c.check(n.Left)
	switch right := n.Right.(type) {
	case *ast.ArrayNode:
		return c.oneOf(n, x, right)
	case *ast.BinaryNode:
		if right.Operator == ".." {
			return c.between(x, right)
		}
	}
	list := c.check(n.Right)
	switch {
	case x == nil || list == nil:
		return nil
	case list.kind == KindText:
		return c.operatorFault(n, say("in looks into a list or a range, and this is a text"), say("use contains: text contains part"))
	case list.kind != KindList:
		return c.operatorFault(n, say("in looks into a list or a range, and this is %s", list.kind), say(`write x in ["a", "b"] or x in 2..5`))
	case x.kind != KindText:
		return c.operatorFault(n, say("%s is a list of texts, and this is %s", list.field.Name, x.kind), say("write %s", `"x" in `+list.field.Name))
	}
	return &Node{op: OpListHas, kind: KindBool, args: []*Node{x, list}, from: x.from, to: list.to}
}

func (c *checker) oneOf(n *ast.BinaryNode, x *Node, list *ast.ArrayNode) *Node {
	from, to := span(list)
	if c.elements += len(list.Nodes); c.elements > MaxElements {
		return c.report(fault{from: from, to: to, message: say("lists have more than %d items in all", MaxElements), hint: say("tag the customers in the shop and ask has_tag(...)")})
	}
	switch {
	case x == nil:
		return nil
	case len(list.Nodes) == 0:
		return c.report(fault{from: from, to: to, message: say("the list is empty"), hint: say(`write at least one item: x in ["a"]`)})
	case x.kind == KindList || x.kind == KindBool:
		return c.operatorFault(n, say("in asks for a number, text or date, and this is %s", x.kind), say(`write "vip" in tags`))
	}
	result := &Node{op: OpOneOf, kind: KindBool, args: []*Node{x}, from: x.from, to: to}
	whole := true
	for _, element := range list.Nodes {
		if c.unquoted(element, n.Left) {
			whole = false
			continue
		}
		c.nodes-- // elements have a bound of their own
		whole = c.element(result, x, c.check(element)) && whole
	}
	if !whole {
		return nil
	}
	return result
}

func (c *checker) element(list, x, value *Node) bool {
	switch {
	case value == nil:
		return false
	case !value.isConstant():
		c.report(fault{from: value.from, to: value.to, message: say("a list holds only fixed values"), hint: say("compare with == and join with ||")})
		return false
	case value.kind != x.kind:
		c.report(fault{from: value.from, to: value.to, message: say("the list holds %s where %s is asked for", value.kind, x.kind), hint: say("all items need the kind of what stands before in")})
		return false
	case !c.sensible(x, value):
		return false
	}
	if x.kind == KindText {
		list.texts = append(list.texts, value.text)
	} else {
		list.numbers = append(list.numbers, value.number)
	}
	return true
}

// between checks x in a..b, which means x >= a && x <= b, fractions included.
func (c *checker) between(x *Node, bounds *ast.BinaryNode) *Node {
	low, high := c.check(bounds.Left), c.check(bounds.Right)
	switch {
	case x == nil || low == nil || high == nil:
		return nil
	case !low.isConstant() || !high.isConstant():
		return c.operatorFault(bounds, say("the ends of a range must be whole numbers"), say("use >= and <=: p_alive >= 0.2 && p_alive <= 0.5"))
	case x.kind == KindDate:
		return c.betweenDates(bounds, x, low, high)
	case x.kind != KindNumber:
		return c.operatorFault(bounds, say("a range is of numbers, and before in stands %s", x.kind), say("use >= and <="))
	case low.kind == KindNumber && high.kind == KindNumber && !(low.whole && high.whole):
		return c.twoComparisons(bounds, say("the ends of a range must be whole numbers"), x, high, number(low.number), number(high.number))
	case low.kind != KindNumber || high.kind != KindNumber:
		return c.operatorFault(bounds, say("the ends of a range must be whole numbers"), say("use >= and <="))
	case low.number > high.number:
		return c.operatorFault(bounds, say("the range is empty: it ends before it begins"), say("write %.0f..%.0f", high.number, low.number))
	case math.Abs(low.number) > maxBound || math.Abs(high.number) > maxBound:
		return c.operatorFault(bounds, say("the ends of the range are too far away"), say("use >= and <="))
	case !c.sensible(x, low) || !c.sensible(x, high):
		return nil
	}
	return &Node{op: OpBetween, kind: KindBool, args: []*Node{x}, numbers: []float64{low.number, high.number}, from: x.from, to: high.to}
}

// betweenDates says how to ask for a date between two days, or for one so many days ago.
func (c *checker) betweenDates(bounds *ast.BinaryNode, x, low, high *Node) *Node {
	from, isDate := dayOf(low)
	to, areDates := dayOf(high)
	name := written(x)
	switch {
	case isDate && areDates:
		return c.twoComparisons(bounds, say("ranges are of numbers, not of dates"), x, high, from, to)
	case low.kind == KindNumber && high.kind == KindNumber && name != "":
		fix := "days_since(" + name + ")"
		return c.report(fault{
			from: x.from, to: x.to, message: say("a range of numbers needs a number before in, and %s is a date", name),
			hint: say("write %s for the days since then", fix), fix: &fix,
		})
	}
	return c.operatorFault(bounds, say("ranges are of numbers, not of dates"), say("use >= and <="))
}

// dayOf writes a date, or a text that is one, as a rule does.
func dayOf(n *Node) (string, bool) {
	if n.kind == KindDate {
		return literal(n.kind, n.number, ""), true
	}
	iso, found := isoDate(n.text)
	return "date(" + quote(iso) + ")", n.kind == KindText && found
}

// twoComparisons reports a range that must be written as two comparisons, and writes them.
func (c *checker) twoComparisons(bounds *ast.BinaryNode, message phrase, x, end *Node, low, high string) *Node {
	from, to := span(bounds)
	name := written(x)
	if x.op != OpField {
		return c.report(fault{from: from, to: to, message: message, hint: say("use >= and <=")})
	}
	fix := "(" + name + " >= " + low + " && " + name + " <= " + high + ")"
	if slices.ContainsFunc(c.tokens, func(t token) bool { return t.is(tokenWord, "not") && t.from > x.from && t.to < from }) {
		fix = "!" + fix
	}
	return c.report(fault{from: x.from, to: end.to, message: message, hint: say("write %s", fix), fix: &fix})
}

// maxBound keeps the ends of ranges exact as float64.
const maxBound = 1 << 53
