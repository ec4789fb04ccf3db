package engine

import (
	"cmp"
	"context"
	"sync"

	"treue/engine/store"
)

// The sizes of a hand: few sends, since what a process holds waits for its lease if it dies, but enough for every
// connection while more of them are claimed.
const (
	leastInHand   = 40
	perConnection = 10
)

// errand is a send that was claimed and has not begun, with what is known of it.
type errand struct {
	store.Claim

	known *recalled
	own   bool // the customer agrees that their own clicks are kept
}

// hand is what a dispatch has claimed and not begun. All workers take from it, so that none is left with much to do when
// the others have nothing.
type hand struct {
	mu      sync.Mutex
	errands []*errand
	filling *filling // nil: nobody fills it
	more    bool     // there was more due than it could hold
	after   string   // the provider that had its turn last; whoever fills it has it
}

// filling is one claim for all workers: while one of them makes it, nobody else does.
type filling struct {
	done chan struct{}
	got  int // once done
}

// spare is the next errand, if there is one.
func (h *hand) spare() (next *errand) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.errands) > 0 {
		next, h.errands = h.errands[0], h.errands[1:]
	}
	return next
}

// fill returns the filling that the caller has to make, or else may wait for. It is needed now or soon: nobody waits for
// more as long as enough is there.
func (h *hand) fill(needed bool, enough int) (f *filling, mine bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.filling == nil && (needed || h.more && len(h.errands) < enough) {
		h.filling, mine = &filling{done: make(chan struct{})}, true
	}
	return h.filling, mine
}

// giveBack leaves an errand to the others, as the next one.
func (h *hand) giveBack(e *errand) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.errands = append([]*errand{e}, h.errands...)
}

// filled ends a filling.
func (h *hand) filled(f *filling, errands []*errand, size int) {
	h.mu.Lock()
	h.errands = append(h.errands, errands...)
	h.filling, h.more = nil, len(errands) >= size
	h.mu.Unlock()
	f.got = len(errands)
	close(f.done)
}

// next is the next mail to send; nil: nothing is due at any provider whose turn it is. The hand is filled while no attempt
// is on record that waits for its mail.
func (w *worker) next(ctx context.Context) (*draft, error) {
	size := max(leastInHand, perConnection*w.Connections)
	for {
		var e *errand
		if w.ready == nil {
			e = w.hand.spare()
		}
		f, mine := w.hand.fill(w.ready == nil && e == nil, size/4)
		if mine {
			errands, err := w.claim(ctx, size)
			w.hand.filled(f, errands, size)
			if err != nil {
				return nil, err // what nobody begins is given back at the end
			}
		}
		if m := w.ready; m != nil {
			w.ready = nil
			return m, nil
		}
		if e != nil {
			return w.draft(ctx, e)
		}
		if err := w.pay(ctx); err != nil { // nobody knows for how long there is nothing to do
			return nil, err
		}
		if <-f.done; f.got == 0 {
			return nil, nil //nolint:nilnil // nothing is due
		}
	}
}

// claim takes what is due from the outbox, for all workers.
func (w *worker) claim(ctx context.Context, size int) ([]*errand, error) {
	if err := w.pay(ctx); err != nil {
		return nil, err
	}
	if err := w.takeOver(ctx); err != nil {
		return nil, err
	}
	p := w.pace()
	p.After = w.hand.after
	claims, err := w.store.Claim(ctx, w.lease, w.keys, w.now, p, size)
	if err != nil {
		return nil, err
	}
	w.hand.after = lastTurn(claims, w.hand.after)
	tracked, err := w.agreed(ctx, claims)
	if err != nil {
		return nil, err
	}
	known, err := w.recall(ctx, claims)
	if err != nil {
		return nil, err
	}
	errands := make([]*errand, len(claims))
	for i, c := range claims {
		errands[i] = &errand{c, known[c.SendKey], tracked[c.CustomerID]}
	}
	return errands, nil
}

// lastTurn is the provider that was the last to have its turn when they were taken in order from the one after on: those
// up to it came last.
func lastTurn(hand []store.Claim, after string) string {
	last, around := "", ""
	for i := range hand {
		if p := hand[i].Provider; p <= after {
			around = max(around, p)
		} else {
			last = max(last, p)
		}
	}
	return cmp.Or(around, last, after)
}
