package rules

import (
	"strings"
	"unicode/utf8"

	"treue/rules/features"
)

// ordinalTest reads a test of a number or date against fixed values. It uses the phrase made for what is tested where
// that fits, and the general form elsewhere.
func (a *aloud) ordinalTest(x *Node, t test, negated bool) spoken {
	if x.kind == KindDate {
		return a.dateTest(x, a.dayTest(t, a.date), t, negated)
	}
	unknown := a.maybe(x)
	if s, w, found := a.fine(x, t); found {
		return a.keepUnknown(s, w, unknown && negated)
	}
	return a.general(x, t, negated)
}

// keepUnknown adds that unknown values count where they do.
func (a *aloud) keepUnknown(s spoken, w wording, unknown bool) spoken {
	switch {
	case !unknown:
		return s
	case w.unknown != "":
		return a.otherwise(s, w.unknown)
	}
	return a.otherwise(s, a.of("das ist unbekannt", "that is unknown"))
}

// fine looks for a phrase made for x.
func (a *aloud) fine(x *Node, t test) (spoken, wording, bool) {
	switch x.op {
	case OpField:
		w := a.words(x.field.Name)
		s, found := a.clause(w, w.form, t, x.whole, nil, x.field.Name)
		return s, w, found
	case OpCall:
		return a.fineCall(x, t)
	case OpArith:
		return a.divisible(x, t)
	}
	return spoken{}, wording{}, false
}

// divisible reads that a division leaves nothing, or something.
func (a *aloud) divisible(x *Node, t test) (spoken, wording, bool) {
	divisor := x.args[1]
	if x.symbol != "%" || !divisor.isConstant() || t.values[0] != 0 || t.symbol != "==" && (t.symbol != "!=" || a.maybe(x)) {
		return spoken{}, wording{}, false
	}
	is := a.of(" ist durch ", " is divisible by ")
	if t.symbol == "!=" {
		is = a.of(" ist nicht durch ", " is not divisible by ")
	}
	return spoken{text: a.noun(x.args[0]) + is + a.number(divisor.number) + a.of(" teilbar", "")}, wording{}, true
}

// clause fills a phrase with a quantity. Slots are the other marks of the phrase.
func (a *aloud) clause(w wording, f form, t test, whole bool, slots []string, subject string) (spoken, bool) {
	if f.counts() {
		t = t.counting(whole)
	}
	if special := w.special(t); special != "" {
		return spoken{text: fill(special, slots)}, true
	}
	switch f {
	case formChange:
		return a.change(w, t)
	case formPercentile:
		if s, found := a.percentile(w, t); found {
			return s, true
		}
	case formStock:
		switch {
		case t.symbol == "<" && t.values[0] == 0:
			return spoken{text: fill(w.no, slots)}, true
		case t.values[0] < 0 || t.symbol == "outside":
			return spoken{}, false
		}
	}
	said, found := a.slot(w, f, t)
	if !found || w.clause == "" {
		return spoken{}, false
	}
	slots = append([]string{"{}", said}, slots...)
	s := spoken{text: fill(w.clause, slots), topic: subject, short: said}
	if w.topic != "" {
		s.topic = w.topic
	}
	if w.short != "" {
		s.short = fill(w.short, slots)
	}
	if w.away != "" && (t.symbol == ">" || t.symbol == ">=") {
		days, _ := a.quantity(t, a.ofDays())
		s.short = fill(w.away, []string{"{}", days})
	}
	return s, true
}

// slot says the quantity in the form that a phrase wants it.
func (a *aloud) slot(w wording, f form, t test) (string, bool) {
	switch f {
	case formAmount:
		return a.quantity(t, unit{one: a.number})
	case formTimes:
		return a.quantity(t, a.timesUnit())
	case formFactor:
		if t.values[0] <= 1 {
			return "", false
		}
		return a.quantity(t, a.factorUnit())
	case formShare, formPercentile:
		return a.quantity(t, unit{one: a.percent})
	case formCount:
		return a.quantity(t, a.nouns(w.one, w.many, w.one != a.of("Tag", "day")))
	case formStock:
		return a.stock(t)
	case formAgo:
		return a.ago(t)
	case formAhead:
		return a.ahead(t)
	}
	return "", false
}

// change says by how much something rose or fell.
func (a *aloud) change(w wording, t test) (spoken, bool) {
	v := t.values[0]
	fell, rose := v < 0 && (t.symbol == "<" || t.symbol == "<="), v > 0 && (t.symbol == ">" || t.symbol == ">=")
	if !fell && !rose {
		return spoken{}, false
	}
	by, verb := a.of("mindestens ", "at least "), a.of("gestiegen", "risen")
	if t.symbol == "<" || t.symbol == ">" {
		by = a.of("mehr als ", "more than ")
	}
	if fell {
		v, verb = -v, a.of("gefallen", "fallen")
	}
	return spoken{text: fill(w.clause, []string{"{}", by + a.percent(v), "{verb}", verb})}, true
}

// percentile says to which end of the customers someone belongs.
func (a *aloud) percentile(w wording, t test) (spoken, bool) {
	v := t.values[0]
	switch {
	case v <= 0 || v >= 1:
	case t.symbol == ">=":
		return spoken{text: fill(w.yes, []string{"{}", a.percent(1 - v)})}, true
	case t.symbol == "<":
		return spoken{text: fill(w.no, []string{"{}", a.percent(v)})}, true
	}
	return spoken{}, false
}

// stock says how many days something still lasts; a bound from above holds for what is used up already, too.
func (a *aloud) stock(t test) (string, bool) {
	said, found := a.quantity(t, a.days())
	if t.symbol == "<" || t.symbol == "<=" {
		said += a.of(" oder ist schon aufgebraucht", " or is used up already")
	}
	return said, found
}

// general reads a test as "label is quantity".
func (a *aloud) general(x *Node, t test, negated bool) spoken {
	say := a.sayer(x)
	items := make([]string, len(t.values))
	for i, v := range t.values {
		items[i] = say(v)
	}
	unknown := a.maybe(x)
	label, is := a.noun(x), a.of("ist ", "is ")
	said := a.generalQuantity(t.symbol, items)
	switch {
	case t.excludes() && unknown && !negated:
		return spoken{text: label + a.of(" ist bekannt und ", " is known and ") + said}
	case unknown && negated:
		return spoken{text: label + " " + is + said + a.of(" oder unbekannt", " or unknown")}
	}
	return spoken{text: label + " " + is + said, topic: label, short: said}
}

func (a *aloud) generalQuantity(symbol string, items []string) string {
	switch symbol {
	case "==":
		return a.of("genau ", "exactly ") + items[0]
	case "!=":
		return a.of("nicht ", "not ") + items[0]
	case "<":
		return a.of("unter ", "under ") + items[0]
	case "<=":
		return a.of("höchstens ", "at most ") + items[0]
	case ">":
		return a.of("über ", "over ") + items[0]
	case ">=":
		return a.of("mindestens ", "at least ") + items[0]
	case "between":
		return items[0] + a.of(" bis ", " to ") + items[1]
	case "outside":
		return a.of("unter ", "under ") + items[0] + a.of(" oder über ", " or over ") + items[1]
	case "out":
		return a.neither(items, "")
	}
	return a.either(items)
}

// neither says that none of the items is it.
func (a *aloud) neither(items []string, before string) string {
	more := ""
	if n := len(items) - maxListed; n > 1 {
		more = a.of(" noch einer von ", " nor one of ") + a.number(float64(n)) + a.of(" weiteren Werten", " more values")
		items = items[:maxListed]
	}
	if len(items) == 1 {
		return a.of("nicht ", "not ") + before + items[0]
	}
	return a.of("weder ", "neither ") + before + strings.Join(items, a.of(" noch ", " nor ")+before) + more
}

// sayer writes numbers as the tested value has them.
func (a *aloud) sayer(x *Node) func(float64) string {
	switch {
	case x.op == OpField && (x.field.Unit == features.Share || x.field.Unit == fraction):
		return a.percent
	case x.op == OpCall && x.symbol == "year":
		return plain
	}
	return a.number
}

// fraction is the unit of relative changes.
const fraction = "fraction"

// The parts of a calculation, and its length in characters, beyond which it is only named.
const (
	maxNounParts = 12
	maxNoun      = 160
)

// noun names a value, whatever its kind.
func (a *aloud) noun(n *Node) string {
	if size(n) <= maxNounParts {
		if text := a.value(n); utf8.RuneCountInString(text) <= maxNoun {
			return text
		}
	}
	return a.of("eine längere Rechnung mit ", "a longer calculation with ") + a.topics(n)
}

// size counts the parts that the author wrote.
func size(n *Node) int {
	parts := 1
	for _, arg := range n.args {
		parts += size(arg)
	}
	return parts
}

func (a *aloud) value(n *Node) string {
	if n.kind == KindBool {
		return a.condition(part{n, true}, maxNoun).within("")
	}
	switch n.op {
	case OpField:
		return a.label(n)
	case OpConstant:
		return a.constant(n)
	case OpNegative:
		return a.of("minus ", "minus ") + a.operand(n.args[0])
	case OpArith:
		return a.arithmetic(n)
	case OpChoice:
		condition := a.condition(part{n.args[0], true}, maxNoun)
		return "(" + a.ifElse(condition.within(""), a.noun(n.args[1]), a.noun(n.args[2])) + ")"
	case OpCall:
		return a.callNoun(n)
	}
	return a.of("ein Wert", "a value")
}

func (a *aloud) constant(n *Node) string {
	switch n.kind {
	case KindText:
		return a.quoted(n.text)
	case KindDate:
		return a.date(n.number)
	}
	return a.number(n.number)
}

// operand names a value beside an operator.
func (a *aloud) operand(n *Node) string {
	text := a.noun(n)
	if n.op == OpArith || n.op == OpNegative || n.isConstant() && n.number < 0 {
		return "(" + text + ")"
	}
	return text
}

func (a *aloud) arithmetic(n *Node) string {
	x, y := a.operand(n.args[0]), a.operand(n.args[1])
	switch n.symbol {
	case "+":
		return x + " plus " + y
	case "-":
		return x + " minus " + y
	case "*":
		return x + a.of(" mal ", " times ") + y
	case "/":
		return x + a.of(" geteilt durch ", " divided by ") + y
	}
	return a.of("Rest von ", "remainder of ") + x + a.of(" geteilt durch ", " divided by ") + y
}
