package pushdown

import (
	"treue/rules"
	"treue/rules/features"
)

// presence translates a count that is compared with nothing or one, which asks whether there is any event.
func (t *translator) presence(symbol string, left, right *rules.Node) (truth, bool) {
	if left.Op() == rules.OpConstant {
		left, right, symbol = right, left, rules.Mirrored(symbol)
	}
	for left.Expansion() != nil {
		left = left.Expansion()
	}
	if left.Op() != rules.OpMeasure || right.Op() != rules.OpConstant || !t.b.env.Day.Known() {
		return truth{}, false
	}
	if take := left.Measure().Take; take != features.TakeCount && take != features.TakeOrders {
		return truth{}, false
	}
	wanted, asked := asksForAny(symbol, right.Number())
	if !asked {
		return truth{}, false
	}
	return t.exists(left.Measure(), wanted), true
}

// asksForAny reports whether a comparison of a count asks for at least one, or for none.
func asksForAny(symbol string, than float64) (wanted, asked bool) {
	switch {
	case than == 0 && (symbol == ">" || symbol == "!="), than == 1 && symbol == ">=":
		return true, true
	case than == 0 && (symbol == "<=" || symbol == "=="), than == 1 && symbol == "<":
		return false, true
	}
	return false, false
}

func (t *translator) exists(m *features.Measure, wanted bool) truth {
	where, possible := t.b.matches(m)
	switch {
	case !possible:
		return constantTruth(!wanted)
	case m.Of == features.LineEvents:
		return t.joined(m, wanted)
	}
	where = append([]string{"e.customer_id = s.customer_id"}, append(where, t.b.covers(m)...)...)
	sql := "EXISTS (SELECT FROM (" + Source(m.Of, t.b.known()) + ") e" + whereOf(where) + ")"
	if !wanted {
		return truth{sql: "NOT " + sql, binds: bindsNot}
	}
	return truth{sql: sql}
}

// joined asks for lines by their group: where the condition is no conjunct of the whole statement, EXISTS would look
// into orders and lines once per customer.
func (t *translator) joined(m *features.Measure, wanted bool) truth {
	alias, _ := t.b.join(m, 0)
	if !wanted {
		return test(alias+".customer_id IS NULL", false)
	}
	return test(alias+".customer_id IS NOT NULL", false)
}
