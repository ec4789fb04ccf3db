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
	"treue/rules/customer"
)

// claimSize is how many sends a worker takes at a time: few, since what it holds waits for its lease if it dies.
const claimSize = 20

// lastMail is how long the mail in hand may take once the work has to end.
const lastMail = 5 * time.Second

// worker is one worker of a dispatch.
type worker struct {
	*dispatch
	conn     delivery.Conn // nil: none is open
	after    string        // the provider that had its turn last
	hand     []store.Claim // claimed and not begun
	relieved bool          // another worker has taken its place

	tracked map[int64]bool              // of the claims in hand, the customers who agree that their own clicks are kept
	known   map[store.SendKey]*recalled // what is known of the claims in hand
}

// work takes sends until none is due. A cancelled context ends it between two mails; the mail in hand is finished
// first.
func (w *worker) work(ctx context.Context) error {
	defer w.hangUp()
	finishing, stop := delivery.Lingering(ctx, lastMail)
	defer stop()
	for ctx.Err() == nil && !w.relieved {
		if len(w.hand) == 0 {
			if err := w.take(finishing); err != nil {
				return err
			}
		}
		if len(w.hand) == 0 {
			if more, err := w.wait(ctx); err != nil || !more {
				return err
			}
			continue
		}
		c := w.hand[0]
		w.hand = w.hand[1:]
		if err := w.one(finishing, &c); err != nil {
			return err
		}
	}
	return nil
}

// take claims what is due at the providers whose turn it is; nothing: nothing is due at any of them.
func (w *worker) take(ctx context.Context) error {
	if err := w.takeOver(ctx); err != nil {
		return err
	}
	if err := w.claim(ctx); err != nil {
		return err
	}
	var err error
	if w.tracked, err = w.agreed(ctx, w.hand); err != nil {
		return err
	}
	w.known, err = w.recall(ctx, w.hand)
	return err
}

func (w *worker) claim(ctx context.Context) (err error) {
	for {
		p := w.pace()
		p.After = w.after
		w.hand, err = w.store.Claim(ctx, w.lease, w.keys, w.now, p, claimSize)
		if err != nil || len(w.hand) > 0 || p.After == "" {
			for i := range w.hand {
				w.after = max(w.after, w.hand[i].Provider)
			}
			return err
		}
		w.after = ""
	}
}

func (w *worker) hangUp() {
	if w.conn != nil {
		_ = w.conn.Close()
		w.conn = nil
	}
}

// one brings one send as far as it goes today. The mail is rendered and the connection open before the attempt is
// recorded, so that as little as possible can go wrong between the record and the mail.
func (w *worker) one(ctx context.Context, c *store.Claim) error {
	if slices.Contains(w.hanging(), c.Provider) {
		return w.store.PutBack(ctx, w.lease, c.SendKey)
	}
	campaign, err := w.version(ctx, c)
	if err != nil {
		return err
	}
	known := w.known[c.SendKey]
	facts := known.facts
	if w.CountClicks {
		facts.route = &route{Engine: w.Engine, claim: c, own: w.tracked[c.CustomerID], now: w.now}
	}
	mail, unfit := w.prepare(campaign, c, facts, w.now)
	if err := w.keepLinks(ctx, facts.route); err != nil {
		return err
	}
	if w.conn == nil && c.Arm != string(campaigns.OutcomeControl) {
		if w.conn, err = w.sender.Open(ctx); err != nil {
			return w.unreachable(ctx, c, err)
		}
	}
	state, err := w.store.Begin(ctx, w.lease, *c, w.now, func(due *campaigns.Due) campaigns.Check {
		due.Exit, due.Zone = known.exits, w.zones.get(c.Customer.Timezone)
		verdict := campaign.Check(due, w.now, w.settings)
		if verdict.State == campaigns.Sending && unfit != nil {
			return campaigns.Check{State: campaigns.Held, Reason: unfit.Error()}
		}
		return verdict
	})
	if err != nil {
		return ignoreNotOurs(err)
	}
	w.touch(c.SendKey, state)
	if state != campaigns.Sending {
		return nil
	}
	o := w.send(ctx, c, mail)
	if o.Kind != delivery.Accepted && (o.Code == 0 || o.Code == 421) {
		w.hangUp() // it is opened again before the next attempt is recorded, not after
	}
	return w.settle(ctx, c, o)
}

// settle records the outcome even when the process is told to stop: the mail has left.
func (d *dispatch) settle(ctx context.Context, c *store.Claim, o delivery.Outcome) error {
	result := resultOf(o)
	attempt := campaigns.Attempt{Attempts: c.Attempts + 1, Unknowns: c.Unknowns, Spread: spread()}
	if result == campaigns.ResultUnknown {
		attempt.Unknowns++
	}
	state, retry := d.retries().After(result, attempt, d.now)
	outcome := store.Settled{State: state, Reason: o.String(), Code: o.Code, Response: o.Text, RetryAt: retry, Unknown: result == campaigns.ResultUnknown}
	if state == campaigns.Accepted {
		outcome.Reason = ""
	}
	switch o.Kind {
	case delivery.BouncedHard:
		outcome.Dead = customer.AddressHash(d.Engine.keys.Pepper, c.Customer.Email)
	case delivery.BouncedSoft:
		outcome.Soft = customer.AddressHash(d.Engine.keys.Pepper, c.Customer.Email)
	}
	if err := d.store.Settle(context.WithoutCancel(ctx), d.lease, c.SendKey, outcome, d.now); err != nil {
		return ignoreNotOurs(err)
	}
	d.touch(c.SendKey, state)
	if err := d.heed(context.WithoutCancel(ctx), c, o); err != nil {
		return err
	}
	switch o.Kind {
	case delivery.Accepted:
		d.stumbles.over(c.CampaignKey)
	case delivery.MessageFault:
		if err := d.stumbled(context.WithoutCancel(ctx), c.CampaignKey, o.String(), d.now); err != nil {
			return err
		}
	}
	if o.Kind == delivery.SenderFault || o.Kind == delivery.Deferred && o.Stage != 0 && o.Stage < delivery.StageReset {
		return fmt.Errorf("%w: %s", ErrSenderFault, o)
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
	d.touch(c.SendKey, state)
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
