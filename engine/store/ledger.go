package store

import (
	"context"
	"sync"
	"time"

	"treue/campaigns"
)

// Ledger records the attempts of workers that share a lease. What several workers ask for at the same time is recorded in
// one transaction, so that a mail costs the database less the more workers there are; each of them goes on after its own
// commit. Outcomes do not wait for attempts: a mail that has left and is not yet on record leaves again after a crash.
type Ledger struct {
	store *Store
	lease Lease
	now   time.Time
	ended *book[*ending]
	begun *book[*beginning]
}

// OpenLedger opens a ledger for so many workers, which must be closed when none of them writes into it any more.
func (s *Store) OpenLedger(ctx context.Context, l Lease, now time.Time, workers int) *Ledger {
	ended := func(ctx context.Context, patience string, page []*ending) error {
		return s.end(ctx, l, now, patience, page)
	}
	begun := func(ctx context.Context, patience string, page []*beginning) error {
		if patience == forEver { // as many may be, and no outcome shall wait for a connection that waits for it
			await(page)
		}
		return s.begin(ctx, l, now, patience, page)
	}
	each := func(*ending) any { return nil }
	customer := func(b *beginning) any { return b.CustomerID }
	// What has not begun can wait for the other workers, but a mail that has left waits for few.
	return &Ledger{
		store: s, lease: l, now: now,
		ended: openBook(ctx, min(workers/4, worthAPage), ended, each),
		begun: openBook(ctx, min(workers, worthAPage), begun, customer),
	}
}

// Close waits for what is being recorded.
func (g *Ledger) Close() {
	g.ended.close()
	g.begun.close()
}

// Begin is the commit before a mail leaves (C1), as [Store.Begin]. What it returns waits for it. It is not made before
// last has returned, which waits until it is on record how the worker's last mail ended; nil: there was none. So no more
// mails are in the air than there are workers, and a worker asks for the next commit without waiting for the last one.
func (g *Ledger) Begin(ctx context.Context, c Claim, last func() error, check func(*campaigns.Due) campaigns.Check) (wait func() (campaigns.State, error)) {
	b := &beginning{Claim: c, check: check, last: last}
	written := g.begun.write(ctx, b)
	return func() (campaigns.State, error) {
		if err := <-written; err != nil {
			return "", wrap("record an attempt", err)
		}
		return b.state, wrap("record an attempt", b.err)
	}
}

// Settle is the commit after a mail left (C2), as [Store.Settle]. What it returns waits for it and says how it went, to
// as many as ask.
func (g *Ledger) Settle(ctx context.Context, k SendKey, o Settled) (wait func() error) {
	if o.Dead != nil || o.Soft != nil {
		err := g.store.Settle(ctx, g.lease, k, o, g.now)
		return func() error { return err }
	}
	e := &ending{SendKey: k, Settled: o, err: new(error)}
	written := g.ended.write(ctx, e)
	return sync.OnceValue(func() error {
		if err := <-written; err != nil {
			return wrap("record an outcome", err)
		}
		return wrap("record an outcome", *e.err)
	})
}
