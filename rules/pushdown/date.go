package pushdown

import (
	"time"

	"treue/rules"
	"treue/rules/features"
)

// date is a date in SQL.
type date struct {
	sql   string
	null  bool // may be unknown
	fixed bool // a constant, bound where it is used
	value features.Day
}

// use returns the date as an operand of any operator.
func (d date) use(t *translator) string {
	if d.fixed {
		return t.b.day(d.value)
	}
	return d.sql
}

func (t *translator) date(n *rules.Node) date {
	if t.failed {
		return date{}
	}
	if of := n.Expansion(); of != nil {
		return t.date(of)
	}
	args := n.Args()
	switch n.Op() {
	case rules.OpConstant:
		return date{fixed: true, value: features.Day(n.Number())}
	case rules.OpField:
		return date{sql: t.column(n, columnDay), null: true}
	case rules.OpMeasure:
		return t.measuredDay(n.Measure())
	case rules.OpCall:
		return t.today(n.Symbol())
	case rules.OpChoice:
		c, a, b := t.truth(args[0]), t.date(args[1]), t.date(args[2])
		return date{sql: t.bounded("CASE WHEN " + c.sql + " THEN " + a.use(t) + " ELSE " + b.use(t) + " END"), null: a.null || b.null}
	}
	t.fail()
	return date{}
}

func (t *translator) today(call string) date {
	if call != "today" || !t.b.env.Day.Known() {
		t.fail()
	}
	return date{fixed: true, value: t.b.env.Day}
}

// daysSince keeps the date, so that a comparison can be made of the date itself.
func (t *translator) daysSince(n *rules.Node) number {
	d, today := t.date(n), t.b.env.Day
	switch {
	case !today.Known():
		t.fail()
		return number{}
	case d.fixed:
		return constant(float64(today) - float64(d.value))
	}
	return number{integer: true, null: d.null, age: &d, bounds: bounds{maxAge, 1}}
}

// maxAge is more than the days between any two dates of Postgres.
const maxAge = 1 << 32

// dateParts are the parts of a date by the name of their function: as Postgres calls them, and in Go.
func dateParts(function string) (string, func(time.Time) int) {
	switch function {
	case "year":
		return "year", time.Time.Year
	case "month":
		return "month", func(t time.Time) int { return int(t.Month()) }
	case "day":
		return "day", time.Time.Day
	case "weekday":
		return "isodow", func(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }
	}
	return "", nil
}

func (t *translator) datePart(function string, n *rules.Node) number {
	part, of := dateParts(function)
	d := t.date(n)
	if d.fixed {
		return constant(float64(of(d.value.Date())))
	}
	return number{sql: "extract(" + part + " FROM " + d.sql + ")::int", bare: true, integer: true, null: d.null, bounds: bounds{maxAge, 1}}
}

// untilAnniversary adds whole years, at least one, which clamps 29 February; if the day is past this year, one more.
func (t *translator) untilAnniversary(n *rules.Node) number {
	d, today := t.date(n), t.b.env.Day
	switch {
	case !today.Known():
		t.fail()
		return number{}
	case d.fixed:
		return constant(d.value.UntilAnniversary(today))
	}
	year := t.b.value("int", int32(today.Date().Year()))
	years := "greatest(" + year + " - extract(year FROM " + d.sql + ")::int, 1)"
	at := t.b.day(today)
	past := "((" + d.sql + " + make_interval(years => " + years + "))::date < " + at + ")::int"
	next := "(" + d.sql + " + make_interval(years => " + years + " + " + past + "))::date"
	return number{sql: t.bounded(next + " - " + at), integer: true, null: d.null, bounds: bounds{maxAge, 1}}
}
