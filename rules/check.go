package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"

	"treue/rules/features"
)

// checker turns expr's tree into typed nodes and collects the faults on the way. Its methods return nil for a part
// in which they found one.
type checker struct {
	tokens   []token
	faults   []fault
	nodes    int // parts of the rule without list elements
	elements int
}

func (c *checker) report(f fault) *node {
	c.faults = append(c.faults, f)
	return nil
}

func (c *checker) check(n ast.Node) *node {
	if c.nodes++; c.nodes > MaxNodes {
		if c.nodes == MaxNodes+1 {
			c.report(fault{from: n.Location().From, message: fmt.Sprintf("the rule has more than %d parts", MaxNodes), hint: "split it, or use a list: x in [..]"})
		}
		return nil
	}
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return c.identifier(n)
	case *ast.IntegerNode:
		return c.constant(n, node{kind: kindNumber, number: float64(n.Value), whole: true})
	case *ast.FloatNode:
		return c.constant(n, node{kind: kindNumber, number: n.Value})
	case *ast.BoolNode:
		return c.constant(n, node{kind: kindBool, truth: n.Value})
	case *ast.StringNode:
		return c.text(n)
	case *ast.UnaryNode:
		return c.unary(n)
	case *ast.BinaryNode:
		return c.binary(n)
	case *ast.ConditionalNode:
		return c.choice(n)
	case *ast.CallNode:
		return c.callNode(n)
	}
	return c.unsupported(n)
}

// span is the place of a leaf or of an operator.
func span(n ast.Node) (from, to int) {
	at := n.Location()
	return at.From, max(at.To, at.From+1)
}

func (c *checker) constant(n ast.Node, value node) *node {
	value.op = opConstant
	value.from, value.to = span(n)
	return &value
}

func (c *checker) text(n *ast.StringNode) *node {
	from, to := span(n)
	if strings.ContainsRune(n.Value, 0) || !utf8.ValidString(n.Value) {
		return c.report(fault{from: from, to: to, message: "a text cannot hold the NUL character or invalid UTF-8", hint: "remove the escape"})
	}
	return c.constant(n, node{kind: kindText, text: n.Value})
}

func (c *checker) unsupported(n ast.Node) *node {
	from, to := span(n)
	f := fault{from: from, to: to, message: "this is not part of the rule language", hint: "rules compare fields: orders >= 2"}
	switch n.(type) {
	case *ast.NilNode:
		f.message, f.hint = "there is no nil: an unknown value equals nothing", "ask known(x) or !known(x)"
	case *ast.ArrayNode:
		f.message, f.hint = "a list stands only to the right of in", `write x in ["a", "b"]`
	case *ast.MemberNode, *ast.SliceNode, *ast.ChainNode:
		f.message, f.hint = "parts of a list or text cannot be taken out", `ask "x" in list, contains or startsWith`
	case *ast.BytesNode:
		f.message, f.hint = "byte strings are not part of the rule language", "write the text without the b"
	}
	return c.report(f)
}

func (c *checker) identifier(n *ast.IdentifierNode) *node {
	from, to := span(n)
	if f, found := fieldNamed(n.Value); found {
		return &node{op: opField, kind: kindOf(f.Type), whole: f.Whole, field: f, from: from, to: to}
	}
	f := fault{from: from, to: to, message: fmt.Sprintf("unknown field %q", n.Value), hint: "`treue rules fields` lists them; a text needs quotes: " + quote(n.Value)}
	if call, found := functionNamed(n.Value); found {
		f.message, f.hint = n.Value+" is a function", "write "+call.Signature
		if len(call.params) == 0 {
			fix := n.Value + "()"
			f.hint, f.fix = "write "+fix, &fix
		}
	} else if near, found := nearestField(n.Value); found {
		f.hint, f.fix = fmt.Sprintf("did you mean `%s`?", near), &near
	} else if owner, value, found := ownerOfValue(n.Value); found {
		f.hint = fmt.Sprintf("texts need quotes; %s is a %s: write %s == %s", value, owner, owner, quote(value))
	}
	return c.report(f)
}

// ownerOfValue finds the field one of whose values a word is.
func ownerOfValue(word string) (field, value string, found bool) {
	for _, f := range features.Fields() {
		if slices.Contains(f.Values, word) {
			return f.Name, word, true
		}
	}
	return "", "", false
}

func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(text) + `"`
}

func (c *checker) unary(n *ast.UnaryNode) *node {
	from, to := span(n)
	x := c.check(n.Node)
	if x == nil {
		return nil
	}
	switch n.Operator {
	case "!", "not":
		if x.kind != kindBool {
			return c.report(fault{
				from: from, to: to, message: fmt.Sprintf("%s needs a condition, and this is %s", n.Operator, x.kind),
				hint: "put the comparison in brackets: !(orders > 2), or ask !known(x)",
			})
		}
		return &node{op: opNot, kind: kindBool, args: []*node{x}, from: from, to: x.to}
	}
	if x.kind != kindNumber {
		return c.report(fault{from: from, to: to, message: fmt.Sprintf("%s needs a number, and this is %s", n.Operator, x.kind), hint: "days_since(date) makes a number of a date"})
	}
	x.from = from
	switch {
	case n.Operator == "+":
		return x
	case x.isConstant():
		x.number = -x.number
		return x
	}
	return &node{op: opNegative, kind: kindNumber, whole: x.whole, args: []*node{x}, from: from, to: x.to}
}

func (c *checker) choice(n *ast.ConditionalNode) *node {
	condition, a, b := c.check(n.Cond), c.check(n.Exp1), c.check(n.Exp2)
	switch {
	case condition == nil || a == nil || b == nil:
		return nil
	case condition.kind != kindBool:
		return c.needsCondition(condition)
	case a.kind != b.kind || a.kind == kindList:
		return c.report(fault{
			from: b.from, to: b.to, message: fmt.Sprintf("the two sides of : differ: %s and %s", a.kind, b.kind),
			hint: "both must be numbers, texts, dates or conditions",
		})
	}
	return &node{op: opChoice, kind: a.kind, whole: a.whole && b.whole, args: []*node{condition, a, b}, from: condition.from, to: b.to}
}

// needsCondition reports a number, text, date or list where only a condition makes sense.
func (c *checker) needsCondition(n *node) *node {
	hint := "write a comparison, e.g. orders >= 2"
	switch n.op {
	case opField:
		hint = "write a comparison, e.g. " + n.field.Example
	case opConstant:
		hint = `repeat the field, or use a list: country in ["DE", "AT"]`
	}
	return c.report(fault{from: n.from, to: n.to, message: fmt.Sprintf("a condition is needed here, and this is %s", n.kind), hint: hint})
}

func (c *checker) callNode(n *ast.CallNode) *node {
	name, named := n.Callee.(*ast.IdentifierNode)
	if !named {
		return c.unsupported(n)
	}
	call, found := functionNamed(name.Value)
	if !found {
		return c.identifier(name)
	}
	from, to := span(n)
	if len(n.Arguments) < len(call.params) || len(n.Arguments) > len(call.params) && !call.variadic {
		return c.report(fault{from: from, to: to, message: signatureOf(call), hint: "write " + call.Signature})
	}
	result := &node{op: opCall, kind: call.result, whole: call.whole, call: call, from: from, to: to}
	for i, argument := range n.Arguments {
		x := c.check(argument)
		if x == nil || !c.argument(call, call.params[min(i, len(call.params)-1)], x) {
			return nil
		}
		result.args, result.to = append(result.args, x), x.to+1
	}
	if call.Name == "date" {
		return c.date(result)
	}
	return result
}

// argument reports whether x may be passed to call, and says why not.
func (c *checker) argument(call function, want kind, x *node) bool {
	f := fault{from: x.from, to: x.to, hint: "write " + call.Signature}
	switch {
	case call.Name == "known" && x.kind == kindBool && x.op != opField:
		f.message, f.hint = "a condition is never unknown", "ask known(x) of the field itself"
	case call.Name == "len" && x.kind != kindText && x.kind != kindList:
		f.message = fmt.Sprintf("len needs a text or a list, and this is %s", x.kind)
	case call.literal && (x.kind != kindText || !x.isConstant()):
		f.message = call.Name + " needs a text in quotes"
	case call.literal && strings.TrimSpace(x.text) == "":
		f.message = call.Name + " needs a text that is not empty"
	case !call.anyKind && x.kind != want:
		f.message = fmt.Sprintf("%s needs %s, and this is %s", call.Name, want, x.kind)
	default:
		return true
	}
	c.report(f)
	return false
}

// date makes a constant of date("2026-01-31").
func (c *checker) date(n *node) *node {
	text := n.args[0]
	day, err := time.Parse(time.DateOnly, text.text)
	if err == nil {
		return &node{op: opConstant, kind: kindDate, number: float64(features.DayOf(day, time.UTC)), from: n.from, to: n.to}
	}
	f := fault{from: text.from, to: text.to, message: fmt.Sprintf("%s is not a date", quote(text.text)), hint: `write year-month-day: date("2026-01-31")`}
	if iso, found := isoDate(text.text); found {
		fix := quote(iso)
		f.hint, f.fix = "write "+fix, &fix
	}
	return c.report(f)
}

// isoDate reads the ways in which people write a day.
func isoDate(text string) (string, bool) {
	if len(text) < len("1.1.2026") || len(text) > 2*len(time.RFC3339) {
		return "", false
	}
	for _, layout := range []string{time.DateOnly, "02.01.2006", "2.1.2006", "2006/01/02", "2006-1-2", time.RFC3339} {
		if day, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return day.Format(time.DateOnly), true
		}
	}
	return "", false
}
