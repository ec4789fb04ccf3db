package rules

import (
	"fmt"
	"slices"
	"strings"
)

// daysOfGrace let a schedule that skips weekends or holidays still meet every customer.
const daysOfGrace = 3

// oneDay reports a condition that a customer meets on one day only.
func (l *linter) oneDay(c claim) {
	d := c.possible()
	if c.negated || d.unknown || !single(d.numbers) || !moves(c.subject.node) {
		return
	}
	l.add(c, OneDay, say("%s holds on a single day; a schedule that skips it misses the customer", l.text.quoted(c)),
		say("leave some days of grace: %s", graceful(c, d.numbers[0].low)))
}

// moves reports whether a value counts days up or down by itself.
func moves(n *Node) bool {
	switch {
	case n.expands != nil:
		return moves(n.expands)
	case n.op == OpChoice:
		return moves(n.args[1]) || moves(n.args[2])
	}
	return n.op == OpCall && (n.symbol == "days_since" || n.symbol == "days_until_anniversary")
}

// graceful writes the condition with some days around its day.
func graceful(c claim, day float64) string {
	if c.node.op == OpCall {
		return fmt.Sprintf("%s(%d)", c.node.symbol, daysOfGrace)
	}
	name := written(c.subject.node)
	switch {
	case !strings.Contains(name, "until"):
		return fmt.Sprintf("%s in %.0f..%.0f", name, day, day+daysOfGrace)
	case day <= daysOfGrace:
		return fmt.Sprintf("%s <= %d", name, daysOfGrace)
	}
	return fmt.Sprintf("%s in %.0f..%.0f", name, day-daysOfGrace, day)
}

// forever reports a number of orders that was reached at any time.
func (l *linter) forever(c claim, all []claim) {
	n := c.subject.node
	if n.op != OpField || n.field.Name != "orders" || c.negated || !single(c.allowed.numbers) || c.allowed.numbers[0].low < 1 {
		return
	}
	recent := slices.ContainsFunc(all, func(o claim) bool {
		return o.order != c.order && reads(o.subject.node, recency()...)
	})
	if !recent {
		l.add(c, CountForever, say("%s also holds for everyone who got there years ago", l.text.quoted(c)),
			say("to meet them just then add && days_since_last_order <= 7"))
	}
}

// recency names the columns that tell how long ago a customer bought.
func recency() []string {
	return []string{
		"last_order_on", "first_order_on", "last_delivery_on", "next_order_on", "segment_since", "segment", "recency_score", "p_alive", "expected_orders",
	}
}
