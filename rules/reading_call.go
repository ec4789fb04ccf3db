package rules

import "strings"

// call reads the call of a function that answers yes or no.
func (a *aloud) call(p part) spoken {
	n := p.node
	slots := a.slots(n)
	if n.symbol == "known" {
		slots = []string{"{1}", a.noun(n.args[0])}
	}
	return a.yesNo(a.functionWords(n.symbol), p.holds, slots)
}

// slots are the marks of a function's phrases with what its call puts there.
func (a *aloud) slots(n *Node) []string {
	var slots []string
	for i, arg := range n.args {
		if !arg.isConstant() {
			continue
		}
		mark := [...]string{"{1}", "{2}", "{3}"}[min(i, 2)]
		slots = append(slots, mark, a.constant(arg))
	}
	if len(n.args) == 0 {
		return slots
	}
	if days := n.args[len(n.args)-1]; days.isConstant() && days.kind == KindNumber {
		lately, over := a.lately(int(days.number))
		ago, _ := a.ago(test{"==", []float64{days.number}})
		if days.number > 0 {
			ago = strings.Replace(ago, a.of("genau ", "exactly "), "", 1)
		}
		slots = append(slots, "{lately}", lately, "{over}", over, "{soon}", a.soon(int(days.number)), "{ago}", ago)
		slots = append(slots, "{neither}", a.notSoon(int(days.number)))
	}
	switch n.symbol {
	case "in_segment", "was_in_segment":
		slots = append(slots, "{segment}", a.segmentOf(n))
	case "crossed":
		slots = append(slots, "{threshold}", a.threshold(n))
	}
	return slots
}

// notSoon denies soon.
func (a *aloud) notSoon(days int) string {
	switch days {
	case 0:
		return a.of("nicht heute", "not today")
	case 1:
		return a.of("weder heute noch morgen", "neither today nor tomorrow")
	}
	n := a.number(float64(days))
	return a.of("weder heute noch in den nächsten "+n+" Tagen", "neither today nor within the next "+n+" days")
}

// segmentOf names a built-in segment in the language, and one of the shop's own as the shop does.
func (a *aloud) segmentOf(n *Node) string {
	name, stands := n.args[0].text, n.expands
	builtIn := stands.op == OpCompare && stands.args[0].op == OpField && stands.args[0].field.Name == "segment" && stands.args[1].text == name
	if builtIn || n.symbol == "was_in_segment" {
		return a.named("segment", name, false)
	}
	return a.quoted(name)
}

func (a *aloud) threshold(n *Node) string {
	amount := n.args[1].number
	if n.args[0].text == "orders" {
		return a.nouns(a.of("Bestellung", "order"), a.of("Bestellungen", "orders"), true).one(amount)
	}
	return a.number(amount) + a.of(" Umsatz", " in revenue")
}

// fineCall looks for a phrase made for the number that a call returns.
func (a *aloud) fineCall(x *Node, t test) (spoken, wording, bool) {
	switch x.symbol {
	case "year", "month", "day", "weekday":
		return a.datePartTest(x, t)
	case "days_since":
		w, found := a.dateWords(x.args[0])
		said, sayable := a.ago(t)
		return a.when(w, said, a.noun(x.args[0])), w, found && sayable
	case "days_until_anniversary":
		w, found := a.dateWords(x.args[0])
		said, sayable := a.ahead(t.counting(true))
		return spoken{text: a.of("der Jahrestag ", "the anniversary of ") + w.of + a.of(" ist ", " is ") + said}, wording{}, found && sayable
	case "len":
		if list := x.args[0]; list.kind == KindList {
			w := a.words(list.field.Name)
			s, found := a.clause(w, formCount, t, true, nil, "len "+list.field.Name)
			return s, w, found
		}
		return spoken{}, wording{}, false
	}
	w := a.functionWords(x.symbol)
	if w.clause == "" {
		return spoken{}, w, false
	}
	slots := a.slots(x)
	s, found := a.clause(w, w.form, t, x.whole, slots, callText(x))
	w.unknown = fill(w.unknown, slots)
	return s, w, found
}

// callNoun names what a call returns.
func (a *aloud) callNoun(n *Node) string {
	switch n.symbol {
	case "abs":
		if x := n.args[0]; x.op == OpArith && x.symbol == "-" {
			return a.of("Abstand zwischen ", "distance between ") + a.operand(x.args[0]) + a.of(" und ", " and ") + a.operand(x.args[1])
		}
	case "min", "max":
		items := make([]string, len(n.args))
		for i, arg := range n.args {
			items[i] = a.noun(arg)
		}
		return fill(a.functionWords(n.symbol).label, []string{"{all}", strings.Join(items, "; ")})
	}
	slots := a.slots(n)
	if len(n.args) == 1 && !n.args[0].isConstant() {
		slots = append(slots, "{1}", a.operand(n.args[0]))
	}
	if len(n.args) == 1 && n.args[0].kind == KindDate {
		of, since := a.dateCases(n.args[0])
		slots = append(slots, "{of}", of, "{since}", since)
	}
	return fill(a.functionWords(n.symbol).label, slots)
}

// dateCases declines a date.
func (a *aloud) dateCases(n *Node) (of, since string) {
	if w, found := a.dateWords(n); found {
		return w.of, w.since
	}
	if n.isConstant() {
		return a.of("des ", "") + a.date(n.number), a.of("dem ", "") + a.date(n.number)
	}
	return a.of("von ", "") + a.noun(n), a.noun(n)
}
