package templates

import (
	"slices"
	"strings"
)

// reader reads one expression and infers its type. It exists so that nothing
// reaches the engine which this package does not know.
type reader struct {
	part   part
	scope  *scope
	tokens []token
	next   int
}

// parse starts reading source, which stands at byte base of the part.
func parse(p part, sc *scope, source string, base int) (*reader, error) {
	tokens, err := lex(p, source, base)
	if err != nil {
		return nil, err
	}
	return &reader{part: p, scope: sc, tokens: tokens}, nil
}

func (r *reader) peek() token { return r.tokens[r.next] }

// take never moves past the end, so that readers need not look for it.
func (r *reader) take() token {
	t := r.tokens[r.next]
	if t.kind != tokenEnd {
		r.next++
	}
	return t
}

// accept takes the next token if it reads so.
func (r *reader) accept(text string) bool {
	t := r.peek()
	if (t.kind == tokenSign || t.kind == tokenPath) && t.text == text {
		r.next++
		return true
	}
	return false
}

// fault reports at a token.
func (r *reader) fault(t token, hint, format string, args ...any) error {
	return r.part.fault(t.at, hint, format, args...)
}

// end wants nothing to be left.
func (r *reader) end() error {
	if t := r.peek(); t.kind != tokenEnd {
		return r.fault(t, "", "unexpected %s", t.text)
	}
	return nil
}

// output reads {{ … }} and gives the name of its first variable and its type.
func (r *reader) output() (variable string, err error) {
	start := r.peek()
	value, err := r.filtered()
	if err != nil {
		return "", err
	}
	switch value.kind {
	case kindList:
		return "", r.fault(start, "use for, join, first or last", "%s is a list and cannot be printed", start.text)
	case kindGroup:
		return "", r.fault(start, "name one of its fields: "+strings.Join(value.names, ", "), "%s is a group", start.text)
	case kindBool:
		return "", r.fault(start, "use it in if", "%s is yes or no and cannot be printed", start.text)
	default:
		return start.text, r.end()
	}
}

// condition reads what stands behind if, elsif and unless.
func (r *reader) condition() error {
	for {
		if err := r.comparison(); err != nil {
			return err
		}
		if !r.accept("and") && !r.accept("or") {
			return r.end()
		}
	}
}

// comparison reads one value, or two with an operator between them. The engine takes
// any two and calls strange pairs unequal; here they are faults.
func (r *reader) comparison() error {
	left, err := r.operand()
	if err != nil {
		return err
	}
	operator := r.peek()
	if !slices.Contains([]string{"==", "!=", "<", ">", "<=", ">=", "contains"}, operator.text) || operator.kind == tokenText {
		return nil
	}
	r.take()
	right, err := r.operand()
	if err != nil {
		return err
	}
	if !canCompare(operator.text, left, right) {
		return r.fault(operator, "", "%s cannot compare %s with %s", operator.text, left.kind, right.kind)
	}
	return nil
}

// canCompare tells whether the engine gives such a comparison a meaning.
func canCompare(operator string, left, right *shape) bool {
	switch operator {
	case "contains":
		listed := left.kind == kindList && left.elem.kind == kindText
		return (left.kind == kindText || listed) && right.kind == kindText
	case "==", "!=":
		return left.kind == right.kind && left.kind <= kindBool
	default:
		return left.kind == kindNumber && right.kind == kindNumber
	}
}

// loop reads "product in products limit: 3" and gives the variable and its type.
func (r *reader) loop() (string, *shape, error) {
	name := r.take()
	if name.kind != tokenPath || strings.Contains(name.text, ".") || reserved(name.text) {
		return "", nil, r.fault(name, "write for product in products", "for needs a name")
	}
	if r.scope.find(name.text) != nil {
		return "", nil, r.fault(name, "choose another", "the name %s is taken", name.text)
	}
	if !r.accept("in") {
		return "", nil, r.fault(r.peek(), "write for product in products", "expected in")
	}
	at := r.peek()
	list, err := r.operand()
	if err != nil {
		return "", nil, err
	}
	if list.kind != kindList {
		return "", nil, r.fault(at, "", "%s is no list", at.text)
	}
	return name.text, list.elem, r.limit()
}

// limit reads the only modifier of a loop that is allowed; it must be a number, so
// that the bound is known.
func (r *reader) limit() error {
	if r.accept("limit") {
		if !r.accept(":") {
			return r.fault(r.peek(), "write limit: 3", "expected a colon")
		}
		if t := r.take(); t.kind != tokenNumber || strings.ContainsAny(t.text, ".-") || len(t.text) > 3 {
			return r.fault(t, "write limit: 3", "limit needs a whole number")
		}
	}
	return r.end()
}

// filtered reads a value and its filters from left to right.
func (r *reader) filtered() (*shape, error) {
	value, err := r.operand()
	for err == nil && r.accept("|") {
		value, err = r.filter(value)
	}
	return value, err
}

// filter checks one filter against the list and gives the type of its result.
func (r *reader) filter(in *shape) (*shape, error) {
	all := filters()
	name := r.take()
	f, ok := all[name.text]
	if !ok {
		return nil, r.fault(name, filterHint(name.text), "there is no filter %s", name.text)
	}
	if !slices.Contains(f.takes, in.kind) {
		return nil, r.fault(name, "", "%s does not work on a %s", name.text, in.kind)
	}
	args, err := r.arguments(name, f)
	if err != nil {
		return nil, err
	}
	switch {
	case f.gives == elemKind || (name.text == "join" && in.elem.kind == kindGroup):
		return r.element(name, in)
	case f.gives == sameKind && args[0].kind == in.kind:
		return in, nil
	case f.gives == sameKind:
		return &shape{kind: kindText}, nil
	default:
		return &shape{kind: f.gives}, nil
	}
}

// element is the type of what first and last give.
func (r *reader) element(name token, in *shape) (*shape, error) {
	if in.elem.kind == kindGroup {
		return nil, r.fault(name, "loop over the list", "%s does not work on a list of groups", name.text)
	}
	return in.elem, nil
}

// arguments reads what stands behind the colon and checks number and types.
func (r *reader) arguments(name token, f filter) ([]*shape, error) {
	var out []*shape
	for separator := ":"; r.accept(separator); separator = "," {
		at := r.peek()
		arg, err := r.operand()
		if err != nil {
			return nil, err
		}
		scalar := arg.kind != kindGroup && arg.kind != kindList
		if len(out) == len(f.args) || (f.args[len(out)] != arg.kind && !(f.args[len(out)] == anyKind && scalar)) {
			return nil, r.fault(at, "", "%s does not take this %s", name.text, arg.kind)
		}
		if err := r.literal(name, at); err != nil {
			return nil, err
		}
		out = append(out, arg)
	}
	if len(out) < len(f.args)-f.free {
		return nil, r.fault(name, "write | "+name.text+": …", "%s needs an argument", name.text)
	}
	return out, nil
}

// literal checks arguments that are known before any mail is written.
func (r *reader) literal(name, at token) error {
	style := strings.Trim(at.text, `"'`)
	if name.text == "date" && at.kind == tokenText && !slices.Contains(dateStyles(), style) {
		return r.fault(at, "use one of "+strings.Join(dateStyles(), ", "), "no date style %s", at.text)
	}
	return nil
}

// operand reads a literal or a variable.
func (r *reader) operand() (*shape, error) {
	switch t := r.take(); {
	case t.kind == tokenText:
		return &shape{kind: kindText}, nil
	case t.kind == tokenNumber && len(t.text) > 9:
		return nil, r.fault(t, "", "the number is too long")
	case t.kind == tokenNumber:
		return &shape{kind: kindNumber}, nil
	case t.kind == tokenPath && (t.text == "true" || t.text == "false"):
		return &shape{kind: kindBool}, nil
	case t.kind == tokenPath && !reserved(t.text):
		return r.variable(t)
	case t.kind == tokenEnd:
		return nil, r.fault(t, "", "a value is missing")
	default:
		return nil, r.fault(t, "", "expected a value, found %s", t.text)
	}
}

// variable resolves a name, or proposes the nearest.
func (r *reader) variable(t token) (*shape, error) {
	if found := r.scope.find(t.text); found != nil {
		r.scope.names = append(r.scope.names, t.text)
		return found, nil
	}
	hint := ""
	if near := nearest(t.text, r.scope.candidates()); near != "" {
		hint = "did you mean " + near + "?"
	}
	return nil, r.fault(t, hint, "unknown variable %s", t.text)
}

// filterHint answers the habits of people who know other Liquids.
func filterHint(name string) string {
	if name == "raw" {
		return "values are always escaped; write HTML into the template itself"
	}
	if near := nearest(name, Filters()); near != "" {
		return "did you mean " + near + "?"
	}
	return "there are " + strings.Join(Filters(), ", ")
}

// reserved are words that the engine reads as something else than a name.
func reserved(word string) bool {
	return slices.Contains([]string{"and", "or", "in", "contains", "nil", "true", "false", "empty", "blank"}, word)
}
