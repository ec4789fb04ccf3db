package ruletest

import (
	"math"
	"reflect"
	"slices"

	"treue/rules"
	"treue/rules/features"
)

// Bounds of the search for a value. Half of the days lie before today, further back than anybody is old.
const (
	mostDays  = 80000
	mostCount = 10000
	ambiguous = 800 // days or counts beyond the first solution in which a second one is looked for
)

// solve gives the column the value by which the formula comes out as given, and leaves it alone if there is none.
func (u *customer) solve(f *formula, column string) bool {
	c := u.columns[column]
	found, several := false, false
	switch {
	case c.Day != nil:
		found, several = u.search(f, mostDays, func(i int) { *c.Day(&u.Snapshot) = u.today + alternating(i) })
	case c.Count != nil:
		found, several = u.search(f, mostCount, func(i int) { *c.Count(&u.Snapshot) = int64(i) })
	case c.Flag != nil:
		found, several = u.search(f, 2, func(i int) { *c.Flag(&u.Snapshot) = i == 1 })
	case c.Amount != nil:
		found = u.bisect(f, c.Amount(&u.Snapshot))
	}
	if !found {
		u.clear(c)
		return false
	}
	u.set[column] = true
	if several {
		u.open[column] = f.field.Name
	}
	return true
}

// alternating counts 0, -1, 1, -2, 2 and so on: the solution next to today comes first.
func alternating(i int) features.Day {
	if i%2 == 1 {
		return features.Day(-(i + 1) / 2)
	}
	return features.Day(i / 2)
}

// search tries candidates in turn, keeps the first that fits, and says whether another one would do as well.
func (u *customer) search(f *formula, most int, try func(int)) (found, several bool) {
	first := 0
	for i := 0; i < most && (!found || i-first < ambiguous); i++ {
		try(i)
		if !f.holds(&u.Snapshot, u.today) {
			continue
		}
		if found {
			several = true
			break
		}
		found, first = true, i
	}
	if found {
		try(first)
	}
	return found, several
}

// clear makes a column unknown again.
func (u *customer) clear(c features.Column) {
	blank := features.Snapshot{}
	features.Blank(&blank)
	switch {
	case c.Day != nil:
		*c.Day(&u.Snapshot) = *c.Day(&blank)
	case c.Count != nil:
		*c.Count(&u.Snapshot) = *c.Count(&blank)
	case c.Amount != nil:
		*c.Amount(&u.Snapshot) = *c.Amount(&blank)
	case c.Flag != nil:
		*c.Flag(&u.Snapshot) = *c.Flag(&blank)
	}
}

// bisect finds an amount by which the formula comes out: between two amounts where it lies above and below, halving
// the distance until no float is left between them. Of several floats that fit the roundest is taken, as people count.
func (u *customer) bisect(f *formula, x *float64) bool {
	gap := func(v float64) float64 {
		*x = v
		return f.field.Number(&u.Snapshot, u.today) - f.value.number
	}
	grid := amounts()
	for i := 1; i < len(grid); i++ {
		low, high := grid[i-1], grid[i]
		a, b := gap(low), gap(high)
		if math.IsNaN(a) || math.IsNaN(b) || a*b > 0 {
			continue
		}
		for range 2000 {
			mid := low + (high-low)/2
			if mid == low || mid == high {
				break
			}
			if m := gap(mid); m == 0 || (m > 0) == (b > 0) {
				high = mid
			} else {
				low = mid
			}
		}
		for digits := range 12 {
			if scale := math.Pow10(digits); gap(math.Round(high*scale)/scale) == 0 {
				return true
			}
		}
		if math.Abs(gap(low)) < math.Abs(gap(high)) {
			high = low
		}
		*x = high
		if f.holds(&u.Snapshot, u.today) {
			return true
		}
	}
	return false
}

// amounts are places between which formulas are monotone: powers of ten on both sides of 0.
func amounts() []float64 {
	var grid []float64
	for e := 12; e >= -9; e-- {
		grid = append(grid, -math.Pow10(e))
	}
	grid = append(grid, 0)
	for e := -9; e <= 12; e++ {
		grid = append(grid, math.Pow10(e))
	}
	return grid
}

// choose fixes all but one of the free columns at some value and solves for that one.
func (u *customer) choose(f *formula, free []string) {
	if len(free) == 1 {
		f.solved = u.solve(f, free[0])
		return
	}
	for _, v := range []float64{0, 1, 100, 1000} {
		for last := range slices.Backward(free) {
			for i, c := range free {
				if i != last {
					u.pretend(u.columns[c], v)
				}
			}
			if !u.solve(f, free[last]) {
				for _, c := range free {
					u.clear(u.columns[c])
				}
				continue
			}
			for _, c := range free {
				u.set[c], u.open[c], f.solved = true, f.field.Name, true
			}
			return
		}
	}
}

// pretend sets a column to a number: of orders, of money, of days before today.
func (u *customer) pretend(c features.Column, v float64) {
	switch {
	case c.Day != nil:
		*c.Day(&u.Snapshot) = u.today - features.Day(v)
	case c.Count != nil:
		*c.Count(&u.Snapshot) = int64(v)
	case c.Amount != nil:
		*c.Amount(&u.Snapshot) = v
	case c.Flag != nil:
		*c.Flag(&u.Snapshot) = v != 0
	}
}

// makeEvents makes the events that given counts and sums of them speak of, where the case lists none of their kind.
func (u *customer) makeEvents(h *history, formulas []*formula) {
	counts := slices.DeleteFunc(slices.Clone(formulas), func(f *formula) bool {
		return f.measure == nil || f.value.unknown || h.said[f.measure.Of] || f.value.number < 0 || f.value.number > mostCount*100
	})
	slices.SortStableFunc(counts, func(a, b *formula) int {
		if a.measure.Take != b.measure.Take {
			return int(a.measure.Take) - int(b.measure.Take) // events before what they are worth
		}
		return a.measure.From - b.measure.From
	})
	for _, f := range counts {
		for range u.lacking(f) {
			u.addEvent(f)
		}
		u.fixed = append(u.fixed, *f.measure)
		if f.value.number != 0 {
			u.made[f.measure.Of] = f.field.Name
		}
	}
}

// lacking is how many events have to be added for the formula to come out as given.
func (u *customer) lacking(f *formula) int {
	missing := f.value.number - u.History.Measure(f.measure, u.today)
	switch {
	case missing <= 0:
		return 0
	case f.measure.Take == features.TakeCount:
		return int(min(missing, mostCount))
	}
	return 1 // that carries all of it
}

// addEvent adds an event at the beginning of the measure's days, where shorter windows do not reach.
func (u *customer) addEvent(f *formula) {
	m, h := f.measure, u.History
	missing := func() float64 { return f.value.number - h.Measure(m, u.today) }
	day := u.today - features.Day(max(m.From, 0))
	switch {
	case m.Of == features.OrderEvents && m.Take == features.TakeRevenue:
		worth := minor(missing())
		if i := f.firstOf(h.Orders, u.today); i >= 0 {
			h.Orders[i].Revenue += worth
		} else {
			h.Orders = append(h.Orders, features.OrderEvent{Day: day, Revenue: worth})
		}
	case m.Of == features.OrderEvents:
		h.Orders = append(h.Orders, features.OrderEvent{Day: day})
	case m.Of == features.EntryEvents:
		h.Entries = append(h.Entries, "another-campaign")
	case m.Of == features.PointEvents:
		h.Points = append(h.Points, features.PointLot{ExpiresOn: features.NoDay, Points: int64(math.Round(missing() * 1000))})
	}
}

// firstOf returns the first order within the measure's days, or -1.
func (f *formula) firstOf(orders []features.OrderEvent, today features.Day) int {
	return slices.IndexFunc(orders, func(o features.OrderEvent) bool { return o.Day >= today-features.Day(f.measure.From) })
}

// suits reports why a rule cannot be tested on the customer: it reads something that the case leaves open.
func (u *customer) suits(rule *rules.Rule, at place) error {
	var wrong error
	var walk func(n *rules.Node)
	walk = func(n *rules.Node) {
		if n.Op() == rules.OpField && u.given[n.Field().Name] || wrong != nil {
			return
		}
		switch m := n.Measure(); {
		case n.Op() == rules.OpWasSegment && u.History.Cuts == nil:
			wrong = at.fail("history: {cuts: {recency: [180, 90, 60, 30], frequency: [2, 3, 4, 6]}}",
				"the rule asks for an earlier segment: say in history where scores begin (cuts), and list the orders")
		case n.Op() == rules.OpField && n.Expansion() == nil && u.open[n.Field().Column] != "":
			name := n.Field().Name
			wrong = at.fail("give it, too", "the rule reads %s, which %s alone leaves open", name, u.open[n.Field().Column])
		case m != nil && u.made[m.Of] != "" && !slices.ContainsFunc(u.fixed, func(f features.Measure) bool { return reflect.DeepEqual(f, *m) }):
			wrong = at.fail("list the events under history", "the rule reads events that %s alone leaves open", u.made[m.Of])
		}
		if n.Expansion() != nil {
			walk(n.Expansion())
		}
		for _, arg := range n.Args() {
			walk(arg)
		}
	}
	for _, t := range rule.Terms() {
		walk(t.Root)
	}
	return wrong
}
