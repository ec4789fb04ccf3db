package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"treue/campaigns"
	"treue/engine/delivery"
	"treue/engine/store"
)

// lastMail is how long the mail in hand may take once the work has to end.
const lastMail = 5 * time.Second

// worker is one worker of a dispatch.
type worker struct {
	*dispatch
	conn     delivery.Conn // nil: none is open
	relieved bool          // another worker has taken its place
	owed     *attempt      // the last mail, if it is not known to be on record how it ended
	ready    *draft        // the next mail, if it is made already
	rooms    [][]byte      // of mails that have left
}

// work takes sends until none is due. A cancelled context ends it between two mails; the mail in hand is finished
// first.
func (w *worker) work(ctx context.Context) (err error) {
	defer w.hangUp()
	finishing, stop := delivery.Lingering(ctx, lastMail)
	defer stop()
	defer func() { err = errors.Join(err, w.pay(finishing)) }()
	for ctx.Err() == nil && !w.relieved {
		next, err := w.next(finishing)
		if err != nil {
			return err
		}
		if next == nil {
			if more, err := w.wait(ctx); err != nil || !more {
				return err
			}
			continue
		}
		if err := w.one(finishing, next); err != nil {
			return err
		}
	}
	return nil
}

func (w *worker) hangUp() {
	if w.conn != nil {
		_ = w.conn.Close()
		w.conn = nil
	}
}

// one brings one send as far as it goes today. The mail is made and the connection open before the attempt is recorded,
// so that as little as possible can go wrong between the record and the mail. It leaves when it is on record how the last
// one ended.
func (w *worker) one(ctx context.Context, m *draft) error {
	c := &m.Claim
	if slices.Contains(w.hanging(), c.Provider) {
		return w.store.PutBack(ctx, w.lease, c.SendKey)
	}
	if w.conn == nil && c.Arm != string(campaigns.OutcomeControl) {
		if err := w.open(ctx, c); err != nil {
			return err
		}
	}
	begun := w.ledger.Begin(ctx, *c, w.owed.recorded(), func(due *campaigns.Due) campaigns.Check { return w.check(m, due) })
	w.ahead(ctx)
	state, err := begun()
	if err := errors.Join(ignoreNotOurs(err), w.pay(ctx)); err != nil {
		return err
	}
	defer func() { w.rooms = append(w.rooms, m.mail.Raw) }()
	if err != nil {
		return nil // another worker has it
	}
	w.touched.note(c.SendKey, state)
	if state != campaigns.Sending {
		return nil
	}
	o := w.send(ctx, c, m.mail)
	if o.Kind != delivery.Accepted && (o.Code == 0 || o.Code == 421) {
		w.hangUp() // it is opened again before the next attempt is recorded, not after
	}
	w.owed = w.settle(ctx, c, o)
	if o.Kind == delivery.Accepted {
		return nil
	}
	return w.pay(ctx) // what it says about the provider counts for what follows
}

func (w *worker) open(ctx context.Context, c *store.Claim) error {
	var err error
	if w.conn, err = w.sender.Open(ctx); err != nil {
		return w.unreachable(ctx, c, err)
	}
	return nil
}

// unreachable puts a send off when no server can be reached, and stops the worker: the others would fail alike.
func (d *dispatch) unreachable(ctx context.Context, c *store.Claim, cause error) error {
	var open *delivery.OpenError
	if !errors.As(cause, &open) || ctx.Err() != nil {
		return cause
	}
	state, retry := d.retries().After(campaigns.ResultDeferred, campaigns.Attempt{Attempts: 1}, d.now)
	if err := d.store.Defer(ctx, c.SendKey, open.Error(), retry); err != nil {
		return err
	}
	d.touched.note(c.SendKey, state)
	if open.Outcome.Kind == delivery.SenderFault {
		if err := d.alarm(ctx, c.Provider, open.Outcome); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: %w", ErrSenderFault, cause)
}

// ignoreNotOurs lets a worker go on when another one has taken a send over.
func ignoreNotOurs(err error) error {
	if errors.Is(err, store.ErrNotOurs) {
		return nil
	}
	return err
}

// resultOf translates the outcome of an attempt into what it means for the send.
func resultOf(o delivery.Outcome) campaigns.Result {
	switch o.Kind {
	case delivery.Accepted:
		return campaigns.ResultAccepted
	case delivery.Unknown:
		return campaigns.ResultUnknown
	case delivery.BouncedHard, delivery.BouncedSoft:
		return campaigns.ResultBounced
	case delivery.Blocked, delivery.MessageFault:
		return campaigns.ResultFailed
	case delivery.SenderFault:
		return campaigns.ResultSenderFault
	default:
		return campaigns.ResultDeferred
	}
}
