package pushdown

import (
	"math"
	"slices"
	"strings"

	"treue/rules/features"
)

// span is a stretch of whole numbers, both ends included.
type span struct{ from, to float64 }

// wasSegment looks up the grid of segments by probing it between its cuts: once per pair of scores.
func (t *translator) wasSegment(name string, days int) truth {
	cuts := t.b.env.Cuts
	switch {
	case !t.b.env.Day.Known():
		t.fail()
		return truth{}
	case cuts == nil:
		return constantTruth(false)
	}
	then := t.b.env.Day - features.Day(days)
	var cells []cell
	for _, recency := range spans(cuts.Recency, oldest, 0) {
		for _, frequency := range spans(cuts.Frequency, 1, maxExact) {
			s := features.Snapshot{Orders: int64(frequency.from), LastOrderOn: then + features.Day(recency.from)}
			if cuts.SegmentOf(&s, then) == name {
				cells = append(cells, cell{recency, frequency})
			}
		}
	}
	if len(cells) == 0 {
		return constantTruth(false)
	}
	return t.ordersIn(cells, days)
}

// cell is a pair of scores: stretches of minus the days since the last order, and of the number of orders.
type cell struct{ recency, frequency span }

// ordersIn is the condition that the orders up to so many days ago lie in one of the cells.
func (t *translator) ordersIn(cells []cell, days int) truth {
	m := features.Measure{Of: features.OrderEvents, Take: features.TakeCount, From: features.Ever, To: days}
	n := t.b.figure(&m)
	m.Take = features.TakeLastDay
	lastOn := t.b.figure(&m)
	then := t.b.env.Day - features.Day(days)
	tests := make([]string, len(cells))
	for i, c := range cells {
		tests[i] = t.within(c, n, lastOn, then)
	}
	if len(tests) == 1 {
		return truth{sql: tests[0], binds: bindsAnd, null: true}
	}
	return truth{sql: "(" + strings.Join(tests, ") OR (") + ")", binds: bindsOr, null: true}
}

// oldest is an age in days, as a negative number, that no order reaches: two thousand years.
const oldest = -maxShift

// spans are the whole numbers from lowest to highest, parted at the cuts.
func spans(cuts [4]float64, lowest, highest float64) []span {
	starts := []float64{lowest}
	for _, c := range cuts {
		if c = math.Ceil(c); c > lowest && c <= highest {
			starts = append(starts, c)
		}
	}
	slices.Sort(starts)
	starts = slices.Compact(starts)
	parts := make([]span, len(starts))
	for i, from := range starts {
		parts[i] = span{from, highest}
		if i+1 < len(starts) {
			parts[i].to = starts[i+1] - 1
		}
	}
	return parts
}

// within is the condition that count and last day of the orders lie in a cell; open ends are left out.
func (t *translator) within(c cell, n, lastOn string, then features.Day) string {
	tests := []string{n + " >= " + t.b.value("bigint", int64(c.frequency.from))}
	if c.frequency.to < maxExact {
		tests = append(tests, n+" <= "+t.b.value("bigint", int64(c.frequency.to)))
	}
	if c.recency.from > oldest {
		tests = append(tests, lastOn+" >= "+t.b.day(then+features.Day(c.recency.from)))
	}
	if c.recency.to < 0 {
		tests = append(tests, lastOn+" <= "+t.b.day(then+features.Day(c.recency.to)))
	}
	return strings.Join(tests, " AND ")
}
