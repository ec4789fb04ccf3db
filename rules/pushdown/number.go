package pushdown

import (
	"math"

	"treue/rules"
	"treue/rules/features"
)

// number is a number in SQL: of type float8, or of an integer type whose values float8 holds exactly.
type number struct {
	sql     string
	bare    bool // needs no brackets
	integer bool
	null    bool // may be unknown
	fixed   bool // a constant, bound where it is used
	value   float64
	age     *date // the date if the number is the days since it; then there is no sql
	bounds
}

// maxExact bounds the integers that float8 holds exactly.
const maxExact = 1 << 53

func constant(v float64) number {
	if v-v != 0 {
		return number{sql: "NULL::float8", bare: true, null: true, bounds: bounds{0, math.Inf(1)}}
	}
	return number{fixed: true, bare: true, value: v, bounds: boundsOf(v)}
}

// whole reports whether the number is a constant that fits an SQL integer and float8 alike.
func (x number) whole() bool {
	return x.fixed && x.value == math.Trunc(x.value) && math.Abs(x.value) <= maxExact
}

// term returns the number in its own type as an operand of what binds more loosely than arithmetic.
func (x number) term(t *translator) string {
	switch {
	case x.fixed:
		return t.b.value("float8", x.value)
	case x.age != nil:
		return t.b.day(t.b.env.Day) + " - " + x.age.sql
	}
	return x.sql
}

// operand returns the number in its own type as an operand of any operator.
func (x number) operand(t *translator) string {
	if x.fixed || x.bare {
		return x.term(t)
	}
	return "(" + x.term(t) + ")"
}

// float returns the number as float8, an operand of any operator.
func (x number) float(t *translator) string {
	if x.integer {
		return x.operand(t) + "::float8"
	}
	return x.operand(t)
}

// floatTerm returns the number as float8, an operand of what binds more loosely than arithmetic.
func (x number) floatTerm(t *translator) string {
	if x.integer {
		return x.float(t)
	}
	return x.term(t)
}

// number translates a number. Memory makes unknown what overflows, where Postgres would stop the statement: so a part
// that could leave the middle of float8's range is not translated.
func (t *translator) number(n *rules.Node) number {
	if t.failed {
		return number{}
	}
	if of := n.Expansion(); of != nil {
		return t.number(of)
	}
	x := t.numeric(n)
	x.sql = t.bounded(x.sql)
	return x
}

func (t *translator) numeric(n *rules.Node) number {
	args := n.Args()
	switch n.Op() {
	case rules.OpConstant:
		return constant(n.Number())
	case rules.OpField:
		return t.numberField(n)
	case rules.OpMeasure:
		return t.measuredNumber(n.Measure())
	case rules.OpNegative:
		return t.negative(args[0])
	case rules.OpArith:
		return t.arithmetic(n)
	case rules.OpChoice:
		c, a, b := t.truth(args[0]), t.number(args[1]), t.number(args[2])
		return number{
			sql: "CASE WHEN " + c.sql + " THEN " + a.floatTerm(t) + " ELSE " + b.floatTerm(t) + " END", bare: true, null: a.null || b.null,
			bounds: a.bounds.hull(b.bounds),
		}
	case rules.OpCall:
		return t.callNumber(n)
	}
	t.fail()
	return number{}
}

func (t *translator) numberField(n *rules.Node) number {
	sql, typ := columnOf(n)
	switch typ {
	case columnCount:
		return number{sql: sql, bare: true, integer: true, bounds: bounds{maxExact, 1}}
	case columnAmount:
		return number{sql: sql, bare: true, null: true, bounds: bounds{features.LargestAmount, features.SmallestAmount}}
	}
	t.fail()
	return number{}
}

func (t *translator) negative(n *rules.Node) number {
	x := t.number(n)
	if x.fixed {
		return constant(-x.value)
	}
	return number{sql: "-" + x.operand(t), integer: x.integer, null: x.null, bounds: x.bounds}
}

func (t *translator) callNumber(n *rules.Node) number {
	args := n.Args()
	switch name := n.Symbol(); name {
	case "days_since":
		return t.daysSince(args[0])
	case "days_until_anniversary":
		return t.untilAnniversary(args[0])
	case "year", "month", "day", "weekday":
		return t.datePart(name, args[0])
	case "len":
		return t.length(args[0])
	case "abs":
		x := t.number(args[0])
		return number{sql: "abs(" + x.term(t) + ")", bare: true, integer: x.integer, null: x.null, bounds: x.bounds}
	case "round", "floor", "ceil":
		return t.rounded(name, args[0])
	case "min":
		return t.extreme("least", args)
	case "max":
		return t.extreme("greatest", args)
	}
	t.fail()
	return number{}
}

func (t *translator) length(n *rules.Node) number {
	if n.Kind() == rules.KindList {
		return number{sql: "cardinality(" + t.column(n, columnWords) + ")", bare: true, integer: true, bounds: bounds{maxExact, 1}}
	}
	x := t.text(n)
	return number{sql: "char_length(" + x.use(t) + ")", bare: true, integer: true, null: x.null, bounds: bounds{maxExact, 1}}
}

// rounded rounds halves away from zero: twice the fraction, which is exact, has no whole part below a half.
func (t *translator) rounded(name string, n *rules.Node) number {
	x := t.number(n)
	if x.integer {
		return x
	}
	whole := bounds{x.most + 1, 1}
	if name != "round" {
		return number{sql: name + "(" + x.term(t) + ")", bare: true, null: x.null, bounds: whole}
	}
	v := x.term(t)
	return number{sql: "trunc(" + v + ") + trunc((" + x.operand(t) + " - trunc(" + v + ")) * 2)", null: x.null, bounds: whole}
}

// extreme makes the extreme of numbers null if one of them is: Postgres leaves nulls out.
func (t *translator) extreme(function string, args []*rules.Node) number {
	result := number{bare: true, bounds: bounds{0, math.Inf(1)}}
	items, known := "", ""
	for _, arg := range args {
		x := t.number(arg)
		items += separator(items, ", ") + x.floatTerm(t)
		if x.null {
			known += separator(known, " AND ") + x.operand(t) + " IS NOT NULL"
		}
		result.null = result.null || x.null
		result.bounds = result.bounds.hull(x.bounds)
		t.bounded(items)
	}
	result.sql = function + "(" + items + ")"
	if result.null {
		result.sql = "CASE WHEN " + known + " THEN " + result.sql + " END"
	}
	return result
}

func separator(before, sep string) string {
	if before == "" {
		return ""
	}
	return sep
}
