package pushdown

import (
	"math"

	"treue/rules"
)

// bounds are the greatest absolute value of a number and the smallest one that is not zero.
type bounds struct{ most, least float64 }

// The range in which a result is sure not to overflow or underflow.
const (
	rangeMost  = 1e290
	rangeLeast = 1e-290
)

func boundsOf(v float64) bounds {
	if v == 0 {
		return bounds{0, math.Inf(1)}
	}
	return bounds{math.Abs(v), math.Abs(v)}
}

func (a bounds) hull(b bounds) bounds { return bounds{max(a.most, b.most), min(a.least, b.least)} }

func (a bounds) safe() bool { return a.most <= rangeMost && a.least >= rangeLeast }

// sum is at least one unit in the last place of the smaller operand, if not zero.
func (a bounds) sum(b bounds) bounds {
	return bounds{a.most + b.most, min(a.least, b.least) * 0x1p-53}
}

func (a bounds) product(b bounds) bounds { return bounds{a.most * b.most, a.least * b.least} }

func (a bounds) quotient(b bounds) bounds {
	if b.most == 0 {
		return bounds{0, math.Inf(1)}
	}
	return bounds{a.most / b.least, a.least / b.most}
}

func (t *translator) arithmetic(n *rules.Node) number {
	x, y := t.number(n.Args()[0]), t.number(n.Args()[1])
	switch symbol := n.Symbol(); {
	case t.failed:
		return number{}
	case x.fixed && y.fixed:
		return constant(calculate(symbol, x.value, y.value))
	case symbol == "%":
		return t.remainder(x, y)
	default:
		return t.operation(symbol, x, y)
	}
}

// calculate does what evaluation in memory does.
func calculate(symbol string, x, y float64) float64 {
	switch symbol {
	case "+":
		return x + y
	case "-":
		return x - y
	case "*":
		return x * y
	case "/":
		return x / y
	}
	return math.Mod(x, y)
}

func (t *translator) operation(symbol string, x, y number) number {
	result := number{sql: x.float(t) + " " + symbol + " ", null: x.null || y.null}
	switch symbol {
	case "+", "-":
		result.bounds = x.bounds.sum(y.bounds)
	case "*":
		result.bounds = x.bounds.product(y.bounds)
	case "/":
		result.bounds = x.bounds.quotient(y.bounds)
	default:
		t.fail()
	}
	if !result.safe() {
		t.fail()
	}
	if symbol == "/" && (!y.fixed || y.value == 0) {
		result.sql += "nullif(" + y.float(t) + ", 0)"
		result.null = true
	} else {
		result.sql += y.float(t)
	}
	return result
}

// maxBigint is a power of ten that bigint still holds.
const maxBigint = 1e18

// remainder is taken of integers, where it is exact and has the sign of the dividend, as in memory.
func (t *translator) remainder(x, y number) number {
	if x.most > maxBigint || y.most > maxBigint {
		t.fail()
		return number{}
	}
	result := number{sql: x.bigint(t) + " % " + y.bigint(t), null: x.null || y.null, bounds: bounds{min(x.most, y.most), 1}}
	if !y.fixed || y.value == 0 {
		result.sql, result.null = x.bigint(t)+" % nullif("+y.bigint(t)+", 0)", true
	}
	if result.most > maxExact {
		result.sql = "(" + result.sql + ")::float8"
		return result
	}
	result.integer = true
	return result
}

// bigint returns a number without a fraction as an integer.
func (x number) bigint(t *translator) string {
	switch {
	case x.fixed:
		return t.b.value("bigint", int64(x.value))
	case x.integer:
		return x.operand(t)
	}
	return x.operand(t) + "::bigint"
}
