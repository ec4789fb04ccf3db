package ruletest

import (
	"cmp"
	"slices"
	"strings"

	"treue/rules"
	"treue/rules/features"
)

// customer is the snapshot of a case while it is made: stored statistics are written down, and those from which a
// given formula follows are solved for. What had to be chosen freely on the way is remembered, so that no rule is
// tested on it unawares.
type customer struct {
	features.Snapshot
	today   features.Day
	columns map[string]features.Column
	set     map[string]bool   // the columns that have their value
	open    map[string]string // the columns whose value was chosen, and for which field
	made    map[features.Events]string
	fixed   []features.Measure // what given fields say of events that were made
	given   map[string]bool    // fields
}

// newCustomer makes the customer of a case. The error names the field that does not go with the others.
func newCustomer(c *testCase, today features.Day) (*customer, error) {
	u := &customer{
		today: today, columns: map[string]features.Column{}, set: map[string]bool{}, open: map[string]string{}, made: map[features.Events]string{},
		given: map[string]bool{},
	}
	for _, column := range features.Columns() {
		u.columns[column.Name] = column
	}
	features.Blank(&u.Snapshot)
	past := c.history.History // a copy: what is made for this customer is no other's
	past.Orders, past.Entries, past.Points = slices.Clone(past.Orders), slices.Clone(past.Entries), slices.Clone(past.Points)
	u.History = &past
	var formulas []*formula
	for i := range c.given {
		d := &c.given[i]
		u.given[d.field.Name] = true
		if d.field.Formula != "" {
			formulas = append(formulas, newFormula(d))
			continue
		}
		if err := d.store(u.columns[d.field.Column], &u.Snapshot); err != nil {
			return nil, err
		}
		u.set[d.field.Column] = true
	}
	u.makeEvents(&c.history, formulas)
	u.solveAll(formulas, false)
	u.recall(&c.history)
	u.solveAll(formulas, true)
	return u, u.check(formulas)
}

// formula is a given field that is not stored.
type formula struct {
	*datum
	columns []string          // that it reads
	measure *features.Measure // the one it is, if it reads events
	solved  bool
}

// newFormula finds out what a field reads by compiling a rule that reads it: the rule language says what its formulas mean.
func newFormula(d *datum) *formula {
	f := &formula{datum: d}
	rule, err := rules.Compile("known(" + d.field.Name + ")")
	if err != nil {
		return f // no field is that odd; check would say that it does not hold
	}
	f.columns = rule.Needs().Columns
	rule.Terms()[0].Root.Walk(func(n *rules.Node) {
		if n.Op() == rules.OpMeasure {
			f.measure = n.Measure()
		}
	})
	return f
}

// solveAll solves for what the formulas read: first whatever follows without a choice, then, if asked, the rest, those
// that read least before the others.
func (u *customer) solveAll(formulas []*formula, choose bool) {
	leeway := func(f *formula) int { // a condition leaves a choice, a number does not
		if f.field.Type == features.Boolean {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(formulas, func(a, b *formula) int {
		return cmp.Or(cmp.Compare(leeway(a), leeway(b)), cmp.Compare(len(a.columns), len(b.columns)))
	})
	for again := true; again; {
		again = false
		for _, f := range formulas {
			free := slices.DeleteFunc(slices.Clone(f.columns), func(c string) bool { return u.set[c] })
			open := !f.solved && !f.value.unknown && f.measure == nil && len(free) == 1 && !f.holds(&u.Snapshot, u.today)
			if open && u.solve(f, free[0]) {
				f.solved, again = true, true
			}
		}
	}
	if !choose {
		return
	}
	for _, f := range formulas {
		free := slices.DeleteFunc(slices.Clone(f.columns), func(c string) bool { return u.set[c] })
		if !f.solved && !f.value.unknown && len(free) > 0 && !f.holds(&u.Snapshot, u.today) {
			u.choose(f, free)
		}
	}
}

// recall takes from the events of the case the statistics that it does not give.
func (u *customer) recall(h *history) {
	put := func(column string, store func()) {
		if !u.set[column] {
			store()
			u.set[column] = true
		}
	}
	if len(h.Orders) > 0 {
		first, last := h.Orders[0], h.Orders[0]
		days, revenue := map[features.Day]bool{}, int64(0)
		for _, o := range h.Orders {
			if o.Day < first.Day {
				first = o
			}
			if o.Day >= last.Day {
				last = o
			}
			days[o.Day] = true
			revenue += o.Revenue
		}
		put("orders", func() { u.Orders = int64(len(h.Orders)) })
		put("revenue", func() { u.Revenue = float64(revenue) / 100 })
		put("first_order_on", func() { u.FirstOrderOn = first.Day })
		put("last_order_on", func() { u.LastOrderOn = last.Day })
		put("last_order_value", func() { u.LastOrderValue = float64(last.Revenue) / 100 })
		put("repeat_days", func() { u.RepeatDays = int64(len(days) - 1) })
	}
	u.recallCategories(h, put)
	u.recallMails(h, put)
}

// recallCategories sets what the lines say of categories.
func (u *customer) recallCategories(h *history, put func(string, func())) {
	var categories []string
	var newest features.LineEvent
	for _, l := range h.Lines {
		if l.Category == "" {
			continue
		}
		if !slices.Contains(categories, l.Category) {
			categories = append(categories, l.Category)
		}
		if newest.Category == "" || l.Day >= newest.Day {
			newest = l
		}
	}
	if len(categories) == 0 {
		return
	}
	slices.Sort(categories)
	put("categories", func() { u.Categories = categories })
	put("last_category", func() { u.LastCategory = newest.Category })
}

// recallMails sets what the mails say of contacts.
func (u *customer) recallMails(h *history, put func(string, func())) {
	if len(h.Contacts) == 0 {
		return
	}
	last := h.Contacts[0]
	count := func(days features.Day) (n int64) {
		for _, m := range h.Contacts {
			if m.Day >= u.today-days {
				n++
			}
		}
		return n
	}
	for _, m := range h.Contacts {
		if m.Day >= last.Day {
			last = m
		}
	}
	put("mails_7d", func() { u.Mails7d = count(7) })
	put("mails_30d", func() { u.Mails30d = count(30) })
	put("last_mail_on", func() { u.LastMailOn = last.Day })
	put("last_campaign", func() { u.LastCampaign = last.Campaign })
}

// check reports a given field that the customer does not have in the end.
func (u *customer) check(formulas []*formula) error {
	for _, f := range formulas {
		if f.holds(&u.Snapshot, u.today) {
			continue
		}
		got, _ := f.field.Format(&u.Snapshot, u.today)
		var others []string
		for _, c := range f.columns {
			if name := fieldOf(c); name != "" && !u.given[name] {
				others = append(others, name)
			}
		}
		hint := "change or leave out one of them"
		if len(others) > 0 {
			hint = "give " + strings.Join(others, " and ") + " instead"
		}
		return f.at.fail(hint, "%s does not go with what else is given: by that it is %s; it is computed as %s", f.datum, got, f.field.Formula)
	}
	return nil
}

// fieldOf returns the field that shows a column, or "".
func fieldOf(column string) string {
	for _, f := range features.Fields() {
		if f.Column == column {
			return f.Name
		}
	}
	return ""
}
