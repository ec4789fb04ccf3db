package rules

import (
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
	fields   func(name string) (bound, bool)
	inner    bool // a formula of our own: hidden names are known
	options  Options
	compile  func(string, *checker) (*Rule, []fault) // for segments
	session  *session
	segments []string // the named rules that led here
	faults   []fault
	nodes    int // parts of the rule without list elements
	expanded int // parts of its segments written out
	elements int
}

func (c *checker) report(f fault) *Node {
	c.faults = append(c.faults, f)
	return nil
}

func (c *checker) check(n ast.Node) *Node {
	if c.nodes++; c.nodes > MaxNodes {
		if c.nodes == MaxNodes+1 {
			c.report(fault{from: n.Location().From, message: say("the rule has more than %d parts", MaxNodes), hint: say("split it, or use a list: x in [..]")})
		}
		return nil
	}
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return c.identifier(n)
	case *ast.IntegerNode:
		return c.constant(n, Node{kind: KindNumber, number: float64(n.Value), whole: true})
	case *ast.FloatNode:
		return c.constant(n, Node{kind: KindNumber, number: n.Value})
	case *ast.BoolNode:
		return c.constant(n, Node{kind: KindBool, truth: n.Value})
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

func (c *checker) constant(n ast.Node, value Node) *Node {
	value.op = OpConstant
	value.from, value.to = span(n)
	return &value
}

func (c *checker) text(n *ast.StringNode) *Node {
	from, to := span(n)
	if strings.ContainsRune(n.Value, 0) || !utf8.ValidString(n.Value) {
		return c.report(fault{from: from, to: to, message: say("a text cannot hold the NUL character or invalid UTF-8"), hint: say("remove the escape")})
	}
	return c.constant(n, Node{kind: KindText, text: n.Value})
}

func (c *checker) unsupported(n ast.Node) *Node {
	from, to := span(n)
	f := fault{from: from, to: to, message: say("this is not part of the rule language"), hint: say("rules compare fields: orders >= 2")}
	switch n.(type) {
	case *ast.NilNode:
		f.message, f.hint = say("there is no nil: an unknown value equals nothing"), say("ask known(x) or !known(x)")
	case *ast.ArrayNode:
		f.message, f.hint = say("a list stands only to the right of in"), say(`write x in ["a", "b"]`)
	case *ast.MemberNode, *ast.SliceNode, *ast.ChainNode:
		f.message, f.hint = say("parts of a list or text cannot be taken out"), say(`ask "x" in list, contains or startsWith`)
	case *ast.BytesNode:
		f.message, f.hint = say("byte strings are not part of the rule language"), say("write the text without the b")
	}
	return c.report(f)
}

func (c *checker) identifier(n *ast.IdentifierNode) *Node {
	from, to := span(n)
	if f, found := c.fields(n.Value); found {
		return &Node{op: OpField, kind: kindOf(f.Type), whole: f.Whole, field: f.Field, expands: f.expands, from: from, to: to}
	}
	f := fault{from: from, to: to, message: say("unknown field %q", n.Value), hint: say("`treue rules fields` lists them; a text needs quotes: %s", quote(n.Value))}
	if len(c.faults) >= maxFaults {
		return c.report(f) // nobody sees its hint
	}
	if call, found := functionNamed(n.Value); found {
		f.message, f.hint = say("%s is a function", n.Value), howToCall(call)
		if len(call.params) == 0 {
			fix := n.Value + "()"
			f.hint, f.fix = say("write %s", fix), &fix
		}
	} else if instead, found := elsewhere(n.Value); found {
		f.hint = instead
	} else if near, found := nearestField(n.Value); found {
		f.hint, f.fix = say("did you mean `%s`?", near), &near
	} else if owner, value, found := ownerOfValue(n.Value); found {
		f.hint = say("texts need quotes; %s is a value of %s: write %s == %s", value, owner, owner, quote(value))
	}
	return c.report(f)
}

// ownerOfValue finds the field one of whose values a word is.
func ownerOfValue(word string) (field, value string, found bool) {
	for _, f := range described() {
		if slices.Contains(f.Values, word) {
			return f.Name, word, true
		}
	}
	return "", "", false
}

func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(text) + `"`
}

func (c *checker) unary(n *ast.UnaryNode) *Node {
	from, to := span(n)
	x := c.check(n.Node)
	if x == nil {
		return nil
	}
	switch n.Operator {
	case "!", "not":
		if x.kind != KindBool {
			return c.report(fault{
				from: from, to: to, message: say("%s needs a condition, and this is %s", n.Operator, x.kind),
				hint: say("put the comparison in brackets: !(orders > 2), or ask !known(x)"),
			})
		}
		return &Node{op: OpNot, kind: KindBool, args: []*Node{x}, from: from, to: x.to}
	}
	if x.kind != KindNumber {
		return c.report(fault{from: from, to: to, message: say("%s needs a number, and this is %s", n.Operator, x.kind), hint: say("days_since(date) makes a number of a date")})
	}
	x.from = from
	switch {
	case n.Operator == "+":
		return x
	case x.isConstant():
		x.number = -x.number
		return x
	}
	return &Node{op: OpNegative, kind: KindNumber, whole: x.whole, args: []*Node{x}, from: from, to: x.to}
}

func (c *checker) choice(n *ast.ConditionalNode) *Node {
	condition, a, b := c.check(n.Cond), c.check(n.Exp1), c.check(n.Exp2)
	switch {
	case condition == nil || a == nil || b == nil:
		return nil
	case condition.kind != KindBool:
		return c.needsCondition(condition)
	case a.kind != b.kind || a.kind == KindList:
		return c.report(fault{
			from: b.from, to: b.to, message: say("the two sides of : differ: %s and %s", a.kind, b.kind),
			hint: say("both must be numbers, texts, dates or conditions"),
		})
	}
	return &Node{op: OpChoice, kind: a.kind, whole: a.whole && b.whole, args: []*Node{condition, a, b}, from: condition.from, to: b.to}
}

// needsCondition reports a number, text, date or list where only a condition makes sense.
func (c *checker) needsCondition(n *Node) *Node {
	hint := say("write a comparison, e.g. %s", "orders >= 2")
	switch n.op {
	case OpField:
		hint = say("write a comparison, e.g. %s", n.field.Example)
	case OpConstant:
		hint = say(`repeat the field, or use a list: country in ["DE", "AT"]`)
	}
	return c.report(fault{from: n.from, to: n.to, message: say("a condition is needed here, and this is %s", n.kind), hint: hint})
}

// function finds a function that may be called here.
func (c *checker) function(name string) (function, bool) {
	if c.inner {
		f, found := functionTable()[name]
		return f, found
	}
	return functionNamed(name)
}

func (c *checker) callNode(n *ast.CallNode) *Node {
	name, named := n.Callee.(*ast.IdentifierNode)
	if !named {
		return c.unsupported(n)
	}
	call, found := c.function(name.Value)
	if !found {
		return c.identifier(name)
	}
	from, to := span(n)
	if len(n.Arguments) < len(call.params) || len(n.Arguments) > len(call.params) && !call.variadic {
		return c.report(fault{from: from, to: to, message: signatureOf(call), hint: howToCall(call)})
	}
	result := &Node{op: OpCall, symbol: call.Name, kind: call.result, whole: call.whole, call: call, from: from, to: to}
	for i, argument := range n.Arguments {
		if c.bareArgument(call.params[min(i, len(call.params)-1)], argument) {
			return nil
		}
		x := c.check(argument)
		if x == nil || !c.argument(call, call.params[min(i, len(call.params)-1)], x) {
			return nil
		}
		result.args, result.to = append(result.args, x), x.to+1
	}
	switch {
	case call.Name == "date":
		return c.date(result)
	case call.expand != nil:
		if result.expands = call.expand(c, result); result.expands == nil {
			return nil
		}
	}
	return result
}

// bareArgument reports a word without quotes where a function wants a fixed text.
func (c *checker) bareArgument(want param, n ast.Node) bool {
	word, isWord := n.(*ast.IdentifierNode)
	if !isWord || !want.fixed || want.kind != KindText {
		return false
	}
	if _, known := c.fields(word.Value); known {
		return false
	}
	from, to := span(n)
	fix := quote(word.Value)
	c.report(fault{from: from, to: to, message: say("unknown field %q", word.Value), hint: say("texts need quotes: %s", fix), fix: &fix})
	return true
}

// maxDays bounds windows: a century.
const maxDays = 36525

// argument reports whether x may be passed to call, and says why not.
func (c *checker) argument(call function, want param, x *Node) bool {
	f := fault{from: x.from, to: x.to, hint: howToCall(call)}
	switch {
	case call.Name == "known" && x.kind == KindBool && x.op != OpField:
		f.message, f.hint = say("a condition is never unknown"), say("ask known(x) of the field itself")
	case call.Name == "len" && x.kind != KindText && x.kind != KindList:
		f.message = say("len needs a text or a list, and this is %s", x.kind)
	case want.fixed && want.kind == KindText && (x.kind != KindText || !x.isConstant()):
		f.message = say("%s needs a text in quotes", call.Name)
	case want.fixed && want.kind == KindText && strings.TrimSpace(x.text) == "":
		f.message = say("%s needs a text that is not empty", call.Name)
	case want.names != nil && !slices.Contains(want.names, x.text):
		f = unknownName(call, want, x)
	case !call.anyKind && x.kind != want.kind:
		f.message = say("%s needs %s, and this is %s", call.Name, want.kind, x.kind)
	case want.fixed && !x.isConstant():
		f.message = say("%s needs a number written out, not a field", call.Name)
	case want.days && (!x.whole || x.number < 0 || x.number > maxDays):
		f.message, f.hint = say("%s needs a whole number of days, 0 to %d", call.Name, maxDays), say("write %s", call.Example)
	default:
		return true
	}
	c.report(f)
	return false
}

// maxNames bounds the names in a hint: a shop may have many segments.
const maxNames = 50

// unknownName reports a text that is none of those a function knows.
func unknownName(call function, want param, x *Node) fault {
	f := fault{
		from: x.from, to: x.to, message: say("%s does not know %s", call.Name, quote(x.text)),
		hint: say("it is one of %s", strings.Join(want.names[:min(len(want.names), maxNames)], ", ")),
	}
	if near, found := nearest(x.text, want.names); found {
		fix := quote(near)
		f.hint, f.fix = say("did you mean %s?", fix), &fix
	}
	return f
}

// date makes a constant of date("2026-01-31").
func (c *checker) date(n *Node) *Node {
	text := n.args[0]
	day, err := time.Parse(time.DateOnly, text.text)
	if err == nil {
		return &Node{op: OpConstant, kind: KindDate, number: float64(features.DayOf(day, time.UTC)), from: n.from, to: n.to}
	}
	f := fault{from: text.from, to: text.to, message: say("%s is not a date", quote(text.text)), hint: say(`write year-month-day: date("2026-01-31")`)}
	if iso, found := isoDate(text.text); found {
		fix := quote(iso)
		f.hint, f.fix = say("write %s", fix), &fix
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
