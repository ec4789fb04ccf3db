package engine

import (
	"context"
	"maps"
	"math"
	"slices"

	"treue/engine/store"
	"treue/rules/features"
)

// regularsLimit is how many buyers are remembered at most, in some 20 MB. A larger shop reads its buyers at every refresh.
const regularsLimit = 100_000

// regulars is what a refresh knew of the buyers before it valued them. On another day the next one reads only those of whom
// something changed.
type regulars struct {
	set      store.Set
	buyers   []buyer
	unvalued []outlook // of the buyers, see keep
	ordered  orderDays
	sets     *categorySets
}

// regulars returns what is to be remembered with a set that has been computed; nil: nothing.
func (p *population) regulars(set store.Set) *regulars {
	if p.unvalued == nil {
		return nil
	}
	return &regulars{set, p.buyers, p.unvalued, p.ordered, p.sets}
}

// gather fills the population: with those whom the last refresh knew as they were, unless they have changed.
func (f *refresh) gather(ctx context.Context, p *population) error {
	var err error
	if f.base == nil || f.known == nil || !f.known.set.Is(f.base.Set) {
		f.known = nil
		err = f.Buyers(ctx, nil, p.add)
	} else {
		err = f.meetAgain(ctx, p)
	}
	few := len(p.buyers) <= regularsLimit
	if few {
		p.unvalued = slices.Clone(p.outlooks)
	}
	if few || f.base != nil {
		p.sets = newCategorySets(len(p.buyers))
	}
	return err
}

// meetAgain takes the known buyers over, and reads the others: all come in order of their ids.
func (f *refresh) meetAgain(ctx context.Context, p *population) error {
	r := f.known
	f.strangers = r.strangers(f.base.listed, f.day)
	var days []features.OrderDay
	at := 0
	before := func(id int64) {
		for ; at < len(r.buyers) && r.buyers[at].id < id; at++ {
			b := r.buyers[at]
			if f.strangers[b.id] || f.LeftOut(b.id) {
				continue
			}
			days = r.ordered.of(at, b.days, b.first, int(b.repeats)+1, days[:0])
			p.take(b, r.unvalued[at], days)
			f.done.Known++
		}
	}
	err := f.Buyers(ctx, keysOf(f.strangers), func(a *store.Aggregate) {
		before(a.CustomerID)
		p.add(a)
	})
	before(math.MaxInt64)
	return err
}

// keysOf is never nil.
func keysOf(set map[int64]bool) []int64 {
	return slices.AppendSeq(make([]int64, 0, len(set)), maps.Keys(set))
}

// strangers are who is listed, and those whose earlier history has grown by the day, see [store.Before].
func (r *regulars) strangers(listed map[int64]bool, day features.Day) map[int64]bool {
	all := maps.Clone(listed)
	after, upTo := r.set.Day-store.BeforeDays, day-store.BeforeDays
	var days []features.OrderDay
	for at := range r.buyers {
		b := &r.buyers[at]
		if b.first > upTo || b.last <= after {
			continue
		}
		days = r.ordered.of(at, b.days, b.first, int(b.repeats)+1, days[:0])
		if slices.ContainsFunc(days, func(d features.OrderDay) bool { return d.On > after && d.On <= upTo }) {
			all[b.id] = true
		}
	}
	return all
}

// categorise takes up what categories buyers bought.
func (f *refresh) categorise(ctx context.Context, p *population) error {
	if f.known == nil {
		return f.CategorySets(ctx, nil, p.addCategories)
	}
	var set []string
	for at := range f.known.buyers {
		if id := f.known.buyers[at].id; !f.strangers[id] && !f.LeftOut(id) {
			set = f.known.sets.of(at, set[:0])
			p.addCategories(id, set)
		}
	}
	return f.CategorySets(ctx, keysOf(f.strangers), p.addCategories)
}
