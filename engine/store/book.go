package store

import (
	"context"
	"sync"
	"time"
)

// forEver is the patience of a transaction that claims, or records one entry: it waits for others as long as it takes.
const forEver = "0"

// notLong is that of a transaction that records several: whoever it would wait for may wait for it.
const notLong = "50ms"

// pageSize is how many entries one transaction takes at most.
const pageSize = 64

// A transaction costs the database as much by itself as with four to eight attempts more in it. So the first attempt of a
// page waits for others, but neither long nor for more than are worth it: while some are recorded, others shall leave.
const (
	gathering  = 2 * time.Millisecond
	worthAPage = 8
)

// book is one half of a ledger. It is written page by page: what comes while a page is being written is the next one.
type book[E any] struct {
	record func(ctx context.Context, patience string, page []E) error
	of     func(E) any // no page has two entries of the same; nil is never the same
	worth  int         // the entries for which a page does not wait any longer

	notes chan *note[E]
	work  sync.WaitGroup
}

// note is an entry with whom to tell that it is on record.
type note[E any] struct {
	entry E
	alone func() error // records it by itself
	done  chan error
}

func openBook[E any](ctx context.Context, worth int, record func(context.Context, string, []E) error, of func(E) any) *book[E] {
	b := &book[E]{record: record, of: of, worth: worth, notes: make(chan *note[E], pageSize)}
	b.work.Go(func() { b.keep(context.WithoutCancel(ctx)) }) // the end of one worker's time is not that of the others'
	return b
}

func (b *book[E]) close() {
	close(b.notes)
	b.work.Wait()
}

func (b *book[E]) write(ctx context.Context, entry E) <-chan error {
	n := b.note(ctx, entry)
	b.notes <- n
	return n.done
}

func (b *book[E]) note(ctx context.Context, entry E) *note[E] {
	return &note[E]{entry, func() error { return b.record(ctx, forEver, []E{entry}) }, make(chan error, 1)}
}

func (b *book[E]) keep(ctx context.Context) {
	var waiting []*note[E]
	for {
		if len(waiting) == 0 {
			n, open := <-b.notes
			if !open {
				return
			}
			waiting = append(waiting, n)
		}
		var page []*note[E]
		page, waiting = b.page(b.gather(waiting))
		b.turn(ctx, page)
	}
}

// gather adds what has come meanwhile and, as long as that is not worth a page, what comes soon.
func (b *book[E]) gather(waiting []*note[E]) []*note[E] {
	late := time.After(gathering)
	for len(waiting) < pageSize {
		n, came := b.next(len(waiting) < b.worth, late)
		if !came {
			break
		}
		waiting = append(waiting, n)
	}
	return waiting
}

// next is what has come or, to whoever waits, comes before it is late.
func (b *book[E]) next(wait bool, late <-chan time.Time) (n *note[E], came bool) {
	select {
	case n, came = <-b.notes:
		return n, came
	default:
	}
	if !wait {
		return nil, false
	}
	select {
	case n, came = <-b.notes:
		return n, came
	case <-late:
		return nil, false
	}
}

func (b *book[E]) page(waiting []*note[E]) (page, later []*note[E]) {
	taken := map[any]bool{}
	for _, n := range waiting {
		of := b.of(n.entry)
		if taken[of] {
			later = append(later, n)
			continue
		}
		page = append(page, n)
		if of != nil {
			taken[of] = true
		}
	}
	return page, later
}

// turn records a page. What cannot be recorded together is recorded entry by entry, beside the pages that follow.
func (b *book[E]) turn(ctx context.Context, page []*note[E]) {
	all := make([]E, len(page))
	for i, n := range page {
		all[i] = n.entry
	}
	if b.record(ctx, notLong, all) == nil {
		for _, n := range page {
			n.done <- nil
		}
		return
	}
	for _, n := range page {
		b.work.Go(func() { n.done <- n.alone() })
	}
}
