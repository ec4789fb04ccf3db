package engine

import (
	"context"
	"fmt"

	"treue/campaigns"
	"treue/engine/delivery"
	"treue/engine/store"
	"treue/rules/customer"
)

// attempt is a mail that a server has answered, or not, and what that makes of its send.
type attempt struct {
	claim   *store.Claim
	outcome delivery.Outcome
	state   campaigns.State
	written func() error // waits until it is on record
}

// recorded waits until a mail is on record; nil if there is none.
func (a *attempt) recorded() func() error {
	if a == nil {
		return nil
	}
	return a.written
}

// settle records the outcome even when the process is told to stop: the mail has left.
func (d *dispatch) settle(ctx context.Context, c *store.Claim, o delivery.Outcome) *attempt {
	result := resultOf(o)
	tried := campaigns.Attempt{Attempts: c.Attempts + 1, Unknowns: c.Unknowns, Spread: spread()}
	if result == campaigns.ResultUnknown {
		tried.Unknowns++
	}
	state, retry := d.retries().After(result, tried, d.now)
	ended := store.Settled{State: state, Reason: o.String(), Code: o.Code, Response: o.Text, RetryAt: retry, Unknown: result == campaigns.ResultUnknown}
	if state == campaigns.Accepted {
		ended.Reason = ""
	}
	switch o.Kind {
	case delivery.BouncedHard:
		ended.Dead = customer.AddressHash(d.Engine.keys.Pepper, c.Customer.Email)
	case delivery.BouncedSoft:
		ended.Soft = customer.AddressHash(d.Engine.keys.Pepper, c.Customer.Email)
	}
	return &attempt{c, o, state, d.ledger.Settle(context.WithoutCancel(ctx), c.SendKey, ended)}
}

// pay waits until it is on record how the last mail ended, and heeds it. No other mail leaves before.
func (w *worker) pay(ctx context.Context) error {
	last := w.owed
	if last == nil {
		return nil
	}
	w.owed = nil
	if err := last.written(); err != nil {
		return ignoreNotOurs(err)
	}
	return w.heedAttempt(ctx, last)
}

// heedAttempt draws the conclusions for the mails that follow.
func (d *dispatch) heedAttempt(ctx context.Context, a *attempt) error {
	after := context.WithoutCancel(ctx)
	d.touched.note(a.claim.SendKey, a.state)
	if err := d.heed(after, a.claim, a.outcome); err != nil {
		return err
	}
	switch a.outcome.Kind {
	case delivery.Accepted:
		d.stumbles.over(a.claim.CampaignKey)
	case delivery.MessageFault:
		if err := d.stumbled(after, a.claim.CampaignKey, a.outcome.String(), d.now); err != nil {
			return err
		}
	}
	if a.outcome.Kind == delivery.SenderFault || a.outcome.Kind == delivery.Deferred && a.outcome.Stage != 0 && a.outcome.Stage < delivery.StageReset {
		return fmt.Errorf("%w: %s", ErrSenderFault, a.outcome)
	}
	return nil
}
