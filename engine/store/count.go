package store

import (
	"context"
	"strings"

	"treue/rules"
	"treue/rules/features"
	"treue/rules/pushdown"
)

// Counted is how many customers a rule matches.
type Counted struct {
	Total   int64 // customers not erased
	Matched int64
	Terms   []TermCount
	Extent  pushdown.Extent // how much of the rule the database decided
}

// TermCount is how many customers one term keeps.
type TermCount struct {
	Expr       string
	Alone      int64    // for whom the term holds
	InSequence int64    // for whom it and all terms before it hold; in a detailed view
	Unknown    int64    // of whom a value that the term reads is not known; in a detailed view
	Lost       int64    // who reach the term, fail it and lack such a value
	Doubtful   []string // the values that may be unknown, as the rule names them
}

// Count counts the customers of a set whom a rule matches, term by term.
func (s *Store) Count(ctx context.Context, set Set, view View, rule *rules.Rule) (Counted, error) {
	var c Counted
	err := s.evaluated(ctx, set, view, hurried, func(r *reading) error {
		q := newQuestion(rule)
		c = q.counted()
		b, err := r.pushed(ctx, rule)
		if err != nil {
			return err
		}
		if b != nil {
			c.Extent = q.push(b)
		}
		if b != nil && q.left() == 0 {
			err := r.tally(ctx, b, q, &c)
			c.Terms[len(c.Terms)-1].InSequence = c.Matched
			return err
		}
		return r.tallyInMemory(ctx, b, q, &c)
	})
	return c, err
}

// question is everything that a count asks of each customer: whether each term holds, and whether a value that it reads
// is unknown. Condition i is term i; condition n+i, with n terms, is the lack of a value in term i.
type question struct {
	terms      []rules.Term
	conditions []rules.Term // Root is nil where nothing is to be asked
	doubtful   [][]string   // the values that may be unknown, by term
	predicates []string     // of the conditions; "" for those in memory
}

func newQuestion(rule *rules.Rule) *question {
	q := &question{terms: rule.Terms()}
	q.conditions = append(q.conditions, q.terms...)
	for _, t := range q.terms {
		unknown, doubtful := t.Unknown()
		q.conditions, q.doubtful = append(q.conditions, unknown), append(q.doubtful, doubtful)
	}
	q.predicates = make([]string, len(q.conditions))
	return q
}

func (q *question) counted() Counted {
	c := Counted{Terms: make([]TermCount, len(q.terms)), Extent: pushdown.None}
	for i, t := range q.terms {
		c.Terms[i] = TermCount{Expr: t.Expr, Doubtful: q.doubtful[i]}
	}
	return c
}

// push translates what it can, and returns how much that is of the rule itself.
func (q *question) push(b *pushdown.Builder) pushdown.Extent {
	pushed := 0
	for i, c := range q.conditions {
		if c.Root == nil {
			continue
		}
		p, ok := b.Term(c)
		if !ok {
			continue
		}
		q.predicates[i] = "(" + p + ")"
		if i < len(q.terms) {
			pushed++
		}
	}
	switch pushed {
	case len(q.terms):
		return pushdown.Full
	case 0:
		return pushdown.None
	}
	return pushdown.Partial
}

// left returns how many conditions are for memory.
func (q *question) left() (n int) {
	for i, c := range q.conditions {
		if c.Root != nil && q.predicates[i] == "" {
			n++
		}
	}
	return n
}

// tally lets the database count, one aggregate for each number that is asked for.
func (r *reading) tally(ctx context.Context, b *pushdown.Builder, q *question, c *Counted) error {
	sel := r.selected(b, "")
	counts, into := q.aggregates(c, r.view.Detailed)
	const next = `), count(*) FILTER (WHERE `
	sql := `SELECT count(*), count(*) FILTER (WHERE ` + strings.Join(counts, next) + `) FROM ` + sel.from + ` WHERE ` + sel.where
	return r.tx.QueryRow(ctx, sql, sel.args...).Scan(append([]any{&c.Total}, into...)...)
}

// aggregates returns what is to be counted and where each count goes.
func (q *question) aggregates(c *Counted, detailed bool) (where []string, into []any) {
	ask := func(target *int64, all ...string) {
		where, into = append(where, strings.Join(all, " AND ")), append(into, target)
	}
	n := len(q.terms)
	for i := range c.Terms {
		t, unknown := &c.Terms[i], q.predicates[n+i]
		ask(&t.Alone, q.predicates[i])
		if detailed && i < n-1 {
			ask(&t.InSequence, q.predicates[:i+1]...)
		}
		if unknown == "" {
			continue
		}
		if detailed {
			ask(&t.Unknown, unknown)
		}
		// Few lack a value, so that the rest is seldom looked at.
		ask(&t.Lost, append(append([]string{unknown}, q.predicates[:i]...), q.predicates[i]+" IS NOT TRUE")...)
	}
	ask(&c.Matched, q.predicates[:n]...)
	return where, into
}

// tallyInMemory reads every customer, with the columns of what the database cannot decide and a mask of what it can.
func (r *reading) tallyInMemory(ctx context.Context, b *pushdown.Builder, q *question, c *Counted) error {
	sel := r.whole(rules.Needs{})
	if b != nil {
		sel = r.selected(b, "")
		sel.masks = maskSQL(q.predicates)
	}
	sel.unordered = true
	left := make([]func(*features.Snapshot, features.Day) bool, len(q.conditions))
	for i, condition := range q.conditions {
		if condition.Root != nil && q.predicates[i] == "" {
			left[i] = condition.Matcher()
			sel.needs = sel.needs.Join(condition.Needs())
		}
	}
	mask := newMask(len(q.conditions))
	day := features.DayOf(r.view.Now, r.view.Zone)
	return r.scan(ctx, sel, func(s *features.Snapshot, masks [][]byte) error {
		clear(mask)
		mask.read(masks)
		for i, holds := range left {
			if holds != nil && holds(s, day) {
				mask.set(i)
			}
		}
		c.add(mask, 1)
		return nil
	})
}

// add counts customers who are alike in every condition.
func (c *Counted) add(holding Mask, customers int64) {
	c.Total += customers
	reached := true
	for i := range c.Terms {
		t := &c.Terms[i]
		holds, unknown := holding.Has(i), holding.Has(len(c.Terms)+i)
		if holds {
			t.Alone += customers
		}
		if unknown {
			t.Unknown += customers
		}
		if reached && unknown && !holds {
			t.Lost += customers
		}
		reached = reached && holds
		if reached {
			t.InSequence += customers
		}
	}
	if reached {
		c.Matched += customers
	}
}
