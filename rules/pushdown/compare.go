package pushdown

import (
	"math"
	"slices"
	"time"

	"treue/rules"
	"treue/rules/features"
)

func sqlOperator(symbol string) string {
	switch symbol {
	case "==":
		return "="
	case "!=":
		return "<>"
	}
	return symbol
}

func (t *translator) compare(n *rules.Node) truth {
	left, right, symbol := n.Args()[0], n.Args()[1], n.Symbol()
	switch left.Kind() {
	case rules.KindBool:
		a, b := t.truth(left).plain(), t.truth(right).plain()
		return test(a.within(bindsWhole)+" "+sqlOperator(symbol)+" "+b.within(bindsWhole), false)
	case rules.KindText:
		return t.compareTexts(symbol, left, right)
	case rules.KindDate:
		a, b := t.date(left), t.date(right)
		return test(a.use(t)+" "+sqlOperator(symbol)+" "+b.use(t), a.null || b.null)
	case rules.KindNumber:
		if p, ok := t.presence(symbol, left, right); ok {
			return p
		}
		return t.compareNumbers(symbol, t.number(left), t.number(right))
	case rules.KindList:
	}
	t.fail()
	return truth{}
}

func (t *translator) compareNumbers(symbol string, x, y number) truth {
	if x.fixed && !y.fixed {
		x, y, symbol = y, x, rules.Mirrored(symbol)
	}
	null := x.null || y.null
	switch {
	case x.age != nil && isAge(y.value) && y.fixed:
		return test(x.age.sql+" "+sqlOperator(rules.Mirrored(symbol))+" "+t.b.day(t.b.env.Day-features.Day(y.value)), null)
	case x.integer && y.integer:
		return test(x.term(t)+" "+sqlOperator(symbol)+" "+y.term(t), null)
	case x.integer && y.whole():
		return test(x.term(t)+" "+sqlOperator(symbol)+" "+y.bigint(t), null)
	}
	return test(x.floatTerm(t)+" "+sqlOperator(symbol)+" "+y.floatTerm(t), null)
}

// maxShift bounds the ages that are compared as dates: two thousand years.
const maxShift = 730_000

// isAge reports whether a day lies so many days ago that is certainly a date of Postgres.
func isAge(days float64) bool { return days == math.Trunc(days) && math.Abs(days) <= maxShift }

func (t *translator) between(n *rules.Node) truth {
	x, low, high := t.number(n.Args()[0]), constant(n.Numbers()[0]), constant(n.Numbers()[1])
	var v, a, b string
	switch today := t.b.env.Day; {
	case x.age != nil && isAge(low.value) && isAge(high.value):
		return test(x.age.sql+" BETWEEN "+t.b.day(today-features.Day(high.value))+" AND "+t.b.day(today-features.Day(low.value)), x.null)
	case x.integer:
		v, a, b = x.term(t), low.bigint(t), high.bigint(t)
	default:
		v, a, b = x.floatTerm(t), low.float(t), high.float(t)
	}
	return test(v+" BETWEEN "+a+" AND "+b, x.null)
}

func (t *translator) oneOf(n *rules.Node) truth {
	arg := n.Args()[0]
	switch arg.Kind() {
	case rules.KindText:
		x := t.text(arg)
		return test(x.use(t)+" = ANY("+t.b.value("text[]", n.Texts())+")", x.null)
	case rules.KindDate:
		x := t.date(arg)
		return test(x.use(t)+" = ANY("+t.days(n.Numbers())+")", x.null)
	case rules.KindNumber:
		return t.oneOfNumbers(t.number(arg), n.Numbers())
	case rules.KindBool, rules.KindList:
	}
	t.fail()
	return truth{}
}

func (t *translator) oneOfNumbers(x number, items []float64) truth {
	integers := make([]int64, 0, len(items))
	for _, item := range items {
		if constant(item).whole() {
			integers = append(integers, int64(item))
		}
	}
	switch {
	case x.integer && len(integers) == len(items):
		return test(x.term(t)+" = ANY("+t.b.value("bigint[]", integers)+")", x.null)
	default:
		return test(x.floatTerm(t)+" = ANY("+t.b.value("float8[]", slices.Clone(items))+")", x.null)
	}
}

func (t *translator) days(numbers []float64) string {
	dates := make([]time.Time, len(numbers))
	for i, d := range numbers {
		dates[i] = features.Day(d).Date()
	}
	return t.b.value("date[]", dates)
}
