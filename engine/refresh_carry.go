package engine

import (
	"context"
	"errors"
	"fmt"
	"math"

	"treue/engine/store"
	"treue/rules/features"
)

// carryBelow is the share of the customers up to which those whose data changed are computed apart, and the others taken
// over from the day before.
const carryBelow = 0.2

// movingPortion is how many buyers are carried over at once: enough to make up for planning the statement.
const movingPortion = 16384

// errUncarried says that the set before does not hold whom it says it holds: nothing of it is to be relied on.
var errUncarried = errors.New("customers could not be carried over")

// base is a published set from which customers can be carried over.
type base struct {
	store.Set
	gone   store.Listed // what of it changed
	listed map[int64]bool
}

// findBase looks for one: a set of these statistics, by a model that still serves, of which few customers are listed. It
// lists those whose snapshot changed for any other reason but that another day began. A new model, once a week, starts
// from nothing, so that no snapshot is carried for ever.
func (f *refresh) findBase(ctx context.Context, current store.Set) error {
	m, err := f.LatestModel(ctx, f.now.Add(-modelLife), f.now)
	if errors.Is(err, store.ErrNotFound) || err == nil && (m.ID != current.ModelID || !f.Computed(current)) {
		return nil
	}
	if err != nil {
		return err
	}
	n, err := f.PickOthers(ctx)
	if err != nil {
		return err
	}
	if float64(n) > carryBelow*float64(current.Customers) && n > amendAnyway {
		return nil
	}
	b := base{Set: current}
	if b.gone, err = f.Listed(ctx, current); err != nil {
		return err
	}
	if b.listed, err = f.Picked(ctx); err != nil {
		return err
	}
	f.base = &b
	return nil
}

// serves reports whether everybody who is not listed can be carried over: the same buyers, by the same model.
func (b *base) serves(m *store.Model, p *population) bool {
	if b == nil || m.ID != b.ModelID {
		return false
	}
	kept := int64(0)
	for i := range p.buyers {
		if !b.listed[p.buyers[i].id] {
			kept++
		}
	}
	return kept == b.Buyers-b.gone.Buyers
}

// carry takes over who is not listed, and computes the others.
func (f *refresh) carry(ctx context.Context, set store.Set, p *population, to *finishing) (tally, error) {
	b := f.base
	carrying, err := f.Carry(ctx, b.Set, set)
	if err != nil {
		return tally{}, err
	}
	if err := f.carryAll(ctx, carrying, p, to, set); err != nil {
		return tally{}, err
	}
	if want := b.Customers - b.gone.Customers; carrying.Count != want {
		return tally{}, fmt.Errorf("%w: %d of %d were", errUncarried, carrying.Count, want)
	}
	total, err := f.write(ctx, set, p, to, true)
	f.done.Carried = carrying.Count
	total.customers += carrying.Count
	total.buyers += b.Buyers - b.gone.Buyers
	total.mailable += b.Mailable - b.gone.Mailable
	return total, err
}

// carryAll takes over portion by portion: while the database writes one, the next is made.
func (f *refresh) carryAll(ctx context.Context, carrying *store.Carrying, p *population, to *finishing, set store.Set) error {
	now, next := newMoving(set), newMoving(set)
	at := now.gather(p, f.base.listed, 0)
	now.complete(p, to)
	for {
		at = next.gather(p, f.base.listed, at)
		if len(next.buyers) == 0 {
			return carrying.Write(ctx, now.rows, math.MaxInt64)
		}
		made := make(chan struct{})
		go func() {
			defer close(made)
			next.complete(p, to)
		}()
		err := carrying.Write(ctx, now.rows, p.buyers[now.buyers[len(now.buyers)-1]].id)
		<-made
		if err != nil {
			return err
		}
		now, next = next, now
	}
}

// moving is some buyers on their way from one set to another.
type moving struct {
	buyers []int32 // places in the population
	rows   *store.SnapshotRows
}

func newMoving(set store.Set) *moving { return &moving{rows: set.MovingRows()} }

// gather takes the next buyers from at on who are not listed, and returns where to go on.
func (m *moving) gather(p *population, listed map[int64]bool, at int) int {
	m.buyers = m.buyers[:0]
	for ; at < len(p.buyers) && len(m.buyers) < movingPortion; at++ {
		if !listed[p.buyers[at].id] {
			m.buyers = append(m.buyers, int32(at))
		}
	}
	return at
}

// complete makes the rows.
func (m *moving) complete(p *population, to *finishing) {
	m.rows.Reset()
	var blank, s features.Snapshot
	features.Blank(&blank)
	var days []features.OrderDay
	var categories []string
	for _, at := range m.buyers {
		categories = p.sets.of(int(at), categories[:0])
		s = blank
		s.CustomerID, s.Categories = p.buyers[at].id, categories
		days = p.fill(&s, int(at), to, days)
		m.rows.Add(&s)
	}
}
