package pushdown

import "treue/rules"

// truth is a condition in SQL. Where it may be null, null stands for false.
type truth struct {
	sql   string
	binds binding
	null  bool
}

// binding orders conditions by how loosely their outermost operator binds.
type binding uint8

const (
	bindsWhole binding = iota // needs no brackets anywhere
	bindsTest
	bindsNot
	bindsAnd
	bindsOr
)

// within puts brackets around what binds more loosely than its surroundings.
func (p truth) within(b binding) string {
	if p.binds > b {
		return "(" + p.sql + ")"
	}
	return p.sql
}

// plain makes a condition that is never null.
func (p truth) plain() truth {
	if !p.null {
		return p
	}
	return truth{sql: p.within(bindsWhole) + " IS TRUE", binds: bindsTest}
}

func test(sql string, null bool) truth { return truth{sql: sql, binds: bindsTest, null: null} }

// truth translates a condition. Null spreads through AND and OR as false would, so that only what sees plain booleans
// needs IS TRUE.
func (t *translator) truth(n *rules.Node) truth {
	if t.failed {
		return truth{}
	}
	if of := n.Expansion(); of != nil {
		return t.truth(of)
	}
	p := t.condition(n)
	p.sql = t.bounded(p.sql)
	return p
}

func (t *translator) condition(n *rules.Node) truth {
	args := n.Args()
	switch n.Op() {
	case rules.OpConstant:
		return constantTruth(n.Truth())
	case rules.OpField:
		return truth{sql: t.column(n, columnFlag)}
	case rules.OpNot:
		return t.not(args[0])
	case rules.OpAnd:
		return t.junction(" AND ", bindsAnd, args)
	case rules.OpOr:
		return t.junction(" OR ", bindsOr, args)
	case rules.OpChoice:
		c, a, b := t.truth(args[0]), t.truth(args[1]), t.truth(args[2])
		return truth{sql: "CASE WHEN " + c.sql + " THEN " + a.sql + " ELSE " + b.sql + " END", null: a.null || b.null}
	case rules.OpCompare:
		return t.compare(n)
	case rules.OpBetween:
		return t.between(n)
	case rules.OpOneOf:
		return t.oneOf(n)
	case rules.OpListHas:
		x := t.text(args[0])
		return test(x.use(t)+" = ANY("+t.column(args[1], columnWords)+")", x.null)
	case rules.OpText:
		return t.textTest(n)
	case rules.OpWasSegment:
		return t.wasSegment(n.Text(), int(n.Number()))
	case rules.OpCall:
		return t.callTruth(n)
	}
	t.fail()
	return truth{}
}

func constantTruth(v bool) truth {
	if v {
		return truth{sql: "true"}
	}
	return truth{sql: "false"}
}

func (t *translator) not(n *rules.Node) truth {
	p := t.truth(n)
	if p.null {
		return test(p.within(bindsWhole)+" IS NOT TRUE", false)
	}
	return truth{sql: "NOT " + p.within(bindsWhole), binds: bindsNot}
}

func (t *translator) junction(word string, b binding, args []*rules.Node) truth {
	x, y := t.truth(args[0]), t.truth(args[1])
	return truth{sql: x.within(b) + word + y.within(b), binds: b, null: x.null || y.null}
}

func (t *translator) callTruth(n *rules.Node) truth {
	switch n.Symbol() {
	case "known":
		return t.known(n.Args()[0])
	case "has_tag":
		return t.hasTag(n.Args()[0].Text())
	case "bought":
		return t.bought(n.Args()[0].Text())
	}
	t.fail()
	return truth{}
}

// known takes back what it wrote of an operand that is always known: no placeholder may stay unused.
func (t *translator) known(n *rules.Node) truth {
	before := t.b.mark()
	var sql string
	var null bool
	switch n.Kind() {
	case rules.KindNumber:
		x := t.number(n)
		sql, null = x.operand(t), x.null
	case rules.KindDate:
		x := t.date(n)
		sql, null = x.use(t), x.null
	case rules.KindText:
		x := t.text(n)
		sql, null = x.use(t), x.null
	case rules.KindBool, rules.KindList:
	}
	if !null {
		t.b.rollback(before)
		return constantTruth(true)
	}
	return test(sql+" IS NOT NULL", false)
}
