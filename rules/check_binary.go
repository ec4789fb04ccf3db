package rules

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"

	"treue/rules/features"
)

func (c *checker) binary(n *ast.BinaryNode) *node {
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
	hint := "rules know == != < <= > >= in contains startsWith endsWith matches && || ! + - * / %"
	if n.Operator == ".." {
		hint = "a range stands to the right of in: orders in 2..5"
	}
	return c.report(fault{from: from, to: to, message: fmt.Sprintf("the operator %s cannot stand here", n.Operator), hint: hint})
}

func (c *checker) logic(n *ast.BinaryNode) *node {
	a, b := c.check(n.Left), c.check(n.Right)
	if a == nil || b == nil {
		return nil
	}
	for _, x := range []*node{a, b} {
		if x.kind != kindBool {
			return c.needsCondition(x)
		}
	}
	op := opAnd
	if n.Operator == "||" || n.Operator == "or" {
		op = opOr
	}
	return &node{op: op, kind: kindBool, args: []*node{a, b}, from: a.from, to: b.to}
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
	c.report(fault{from: from, to: to, message: fmt.Sprintf("unknown field %q", word.Value), hint: "texts need quotes: " + fix, fix: &fix})
	return true
}

func (c *checker) comparison(n *ast.BinaryNode) *node {
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
	case a.kind == kindList:
		return c.operatorFault(n, "lists cannot be compared", `ask "x" in tags, or len(tags)`)
	case a.kind == kindBool && ordered:
		return c.operatorFault(n, "conditions have no order", "join them with && or ||")
	case !c.sensible(a, b) || !c.sensible(b, a):
		return nil
	}
	return &node{op: opCompare, kind: kindBool, symbol: n.Operator, args: []*node{a, b}, from: a.from, to: b.to}
}

func (c *checker) operatorFault(n *ast.BinaryNode, message, hint string) *node {
	from, to := span(n)
	return c.report(fault{from: from, to: to, message: message, hint: hint})
}

// mismatch explains a comparison of two kinds, with the repair that its constant suggests.
func (c *checker) mismatch(n *ast.BinaryNode, a, b *node) *node {
	value, other := b, a
	if a.isConstant() {
		value, other = a, b
	}
	f := fault{from: value.from, to: value.to, message: fmt.Sprintf("%s cannot be compared with %s", a.kind, b.kind)}
	fix := ""
	switch {
	case other.kind == kindList && value.kind == kindText:
		f.hint = "write " + quote(value.text) + " in " + other.field.Name
	case other.kind == kindBool && other.op != opField:
		f.from, f.to = span(n)
		f.hint = "a condition is complete; join the next one with && or ||"
	case other.kind == kindBool:
		f.hint = "write " + other.field.Name + " or !" + other.field.Name
	case !value.isConstant():
		f.from, f.to = span(n)
		f.hint = "compare numbers with numbers, texts with texts, dates with dates"
	case other.kind == kindDate && value.kind == kindNumber:
		f.hint = "write days_since(" + other.field.Name + ") to compare with a number of days"
	case other.kind == kindDate && value.kind == kindText:
		f.hint = `write date("2026-01-31")`
		if iso, found := isoDate(value.text); found {
			fix = "date(" + quote(iso) + ")"
		}
	case other.kind == kindText && value.kind == kindNumber:
		fix = quote(strconv.FormatFloat(value.number, 'f', -1, 64))
	case other.kind == kindNumber && value.kind == kindText:
		f.hint = "numbers are written without quotes"
		if _, err := strconv.ParseFloat(value.text, 64); err == nil {
			fix = value.text
		}
	}
	if fix != "" {
		f.hint, f.fix = "write "+fix, &fix
	}
	return c.report(f)
}

// sensible refuses constants that the field beside them never equals: shares above 1 and values it does not have.
func (c *checker) sensible(x, value *node) bool {
	if x.op != opField || !value.isConstant() {
		return true
	}
	switch {
	case x.field.Unit == features.Share && (value.number > 1 || value.number < 0):
		f := fault{from: value.from, to: value.to, message: fmt.Sprintf("%s is a share: it goes from 0 to 1", x.field.Name), hint: "shares are 0 to 1"}
		if value.number >= 2 && value.number <= 100 {
			fix := strconv.FormatFloat(value.number/100, 'g', 12, 64)
			f.hint, f.fix = f.hint+": write "+fix, &fix
		}
		c.report(f)
		return false
	case len(x.field.Values) > 0 && value.kind == kindText && !slices.Contains(x.field.Values, value.text):
		f := fault{
			from: value.from, to: value.to, message: fmt.Sprintf("%s is never %s", x.field.Name, quote(value.text)),
			hint: "it is one of " + strings.Join(x.field.Values, ", "),
		}
		if near, found := nearest(value.text, x.field.Values); found {
			fix := quote(near)
			f.hint, f.fix = fmt.Sprintf("did you mean %s?", fix), &fix
		}
		c.report(f)
		return false
	}
	return true
}

func (c *checker) textTest(n *ast.BinaryNode) *node {
	if c.unquoted(n.Right, n.Left) {
		return nil
	}
	a, b := c.check(n.Left), c.check(n.Right)
	switch {
	case a == nil || b == nil:
		return nil
	case a.kind == kindList && b.kind == kindText:
		f := fault{from: a.from, to: b.to, message: n.Operator + " looks into a text, and this is a list", hint: `write "x" in ` + a.field.Name}
		if b.isConstant() {
			fix := quote(b.text) + " in " + a.field.Name
			f.hint, f.fix = "write "+fix, &fix
		}
		return c.report(f)
	case a.kind != kindText || b.kind != kindText:
		return c.operatorFault(n, fmt.Sprintf("%s needs two texts, and here are %s and %s", n.Operator, a.kind, b.kind), `write channel contains "ads"`)
	}
	return &node{op: opText, kind: kindBool, symbol: n.Operator, args: []*node{a, b}, from: a.from, to: b.to}
}

func (c *checker) match(n *ast.BinaryNode) *node {
	a := c.check(n.Left)
	pattern, literal := n.Right.(*ast.StringNode)
	switch {
	case a == nil:
		return nil
	case a.kind != kindText:
		return c.operatorFault(n, fmt.Sprintf("matches needs a text, and this is %s", a.kind), `write channel matches "^ads-[0-9]+$"`)
	case !literal:
		return c.operatorFault(n, "the pattern must be a text in quotes", `write channel matches "^ads-[0-9]+$"`)
	}
	c.nodes++
	compiled, message := compilePattern(pattern.Value)
	if message != "" {
		from, to := span(pattern)
		return c.report(fault{from: from, to: to, message: message, hint: "contains, startsWith and endsWith are often enough"})
	}
	_, to := span(pattern)
	return &node{op: opMatches, kind: kindBool, text: pattern.Value, pattern: compiled, args: []*node{a}, from: a.from, to: to}
}

func (c *checker) arithmetic(n *ast.BinaryNode) *node {
	a, b := c.check(n.Left), c.check(n.Right)
	switch {
	case a == nil || b == nil:
		return nil
	case a.kind == kindText && b.kind == kindText && n.Operator == "+":
		return c.operatorFault(n, "texts cannot be joined", "compare each text on its own")
	case a.kind == kindDate || b.kind == kindDate:
		return c.operatorFault(n, "dates cannot be added or subtracted", "days_since(date) gives the number of days up to today")
	case a.kind != kindNumber || b.kind != kindNumber:
		return c.operatorFault(n, fmt.Sprintf("%s needs two numbers, and here are %s and %s", n.Operator, a.kind, b.kind), "")
	case n.Operator == "%" && (!a.whole || !b.whole):
		return c.operatorFault(n, "the remainder % needs whole numbers", "use it on fields that count: orders % 5 == 0")
	}
	return &node{
		op: opArith, kind: kindNumber, symbol: n.Operator, whole: a.whole && b.whole && n.Operator != "/",
		args: []*node{a, b}, from: a.from, to: b.to,
	}
}

// membership checks the three forms of in: a list, a range, and a field that is a list.
func (c *checker) membership(n *ast.BinaryNode) *node {
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
	case list.kind == kindText:
		return c.operatorFault(n, "in looks into a list or a range, and this is a text", "use contains: text contains part")
	case list.kind != kindList:
		return c.operatorFault(n, fmt.Sprintf("in looks into a list or a range, and this is %s", list.kind), `write x in ["a", "b"] or x in 2..5`)
	case x.kind != kindText:
		return c.operatorFault(n, fmt.Sprintf("%s is a list of texts, and this is %s", list.field.Name, x.kind), `write "x" in `+list.field.Name)
	}
	return &node{op: opListHas, kind: kindBool, args: []*node{x, list}, from: x.from, to: list.to}
}

func (c *checker) oneOf(n *ast.BinaryNode, x *node, list *ast.ArrayNode) *node {
	from, to := span(list)
	if c.elements += len(list.Nodes); c.elements > MaxElements {
		return c.report(fault{from: from, to: to, message: fmt.Sprintf("lists have more than %d items in all", MaxElements), hint: "tag the customers in the shop and ask has_tag(...)"})
	}
	switch {
	case x == nil:
		return nil
	case len(list.Nodes) == 0:
		return c.report(fault{from: from, to: to, message: "the list is empty", hint: `write at least one item: x in ["a"]`})
	case x.kind == kindList || x.kind == kindBool:
		return c.operatorFault(n, fmt.Sprintf("in asks for a number, text or date, and this is %s", x.kind), `write "vip" in tags`)
	}
	result := &node{op: opOneOf, kind: kindBool, args: []*node{x}, from: x.from, to: to}
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

func (c *checker) element(list, x, value *node) bool {
	switch {
	case value == nil:
		return false
	case !value.isConstant():
		c.report(fault{from: value.from, to: value.to, message: "a list holds only fixed values", hint: "compare with == and join with ||"})
		return false
	case value.kind != x.kind:
		c.report(fault{from: value.from, to: value.to, message: fmt.Sprintf("the list holds %s where %s is asked for", value.kind, x.kind), hint: "all items need the kind of what stands before in"})
		return false
	case !c.sensible(x, value):
		return false
	}
	if x.kind == kindText {
		list.texts = append(list.texts, value.text)
	} else {
		list.numbers = append(list.numbers, value.number)
	}
	return true
}

// between checks x in a..b, which means x >= a && x <= b, fractions included.
func (c *checker) between(x *node, bounds *ast.BinaryNode) *node {
	low, high := c.check(bounds.Left), c.check(bounds.Right)
	switch {
	case x == nil || low == nil || high == nil:
		return nil
	case x.kind != kindNumber:
		return c.operatorFault(bounds, fmt.Sprintf("a range is of numbers, and before in stands %s", x.kind), "use >= and <=")
	case !low.isConstant() || !high.isConstant() || !low.whole || !high.whole:
		return c.operatorFault(bounds, "the ends of a range must be whole numbers", "use >= and <=: p_alive >= 0.2 && p_alive <= 0.5")
	case low.number > high.number:
		return c.operatorFault(bounds, "the range is empty: it ends before it begins", fmt.Sprintf("write %.0f..%.0f", high.number, low.number))
	case math.Abs(low.number) > maxBound || math.Abs(high.number) > maxBound:
		return c.operatorFault(bounds, "the ends of the range are too far away", "use >= and <=")
	case !c.sensible(x, low) || !c.sensible(x, high):
		return nil
	}
	return &node{op: opBetween, kind: kindBool, args: []*node{x}, numbers: []float64{low.number, high.number}, from: x.from, to: high.to}
}

// maxBound keeps the ends of ranges exact as float64.
const maxBound = 1 << 53
