package engine

import (
	"context"
	"time"

	"treue/rules/customer"
)

// UnsubscribeCustomer ends advertising to the customer whom the token names, at once (GDPR 7(3) and 21(3), RFC 8058).
// how says where it was asked for and stays as evidence. It may be repeated. ErrBadToken: the link is not ours.
func (e *Engine) UnsubscribeCustomer(ctx context.Context, token string, now time.Time, how string) error {
	id, campaign, err := e.keys.ReadToken(Unsubscribe, token)
	if err != nil {
		return err
	}
	event := customer.ConsentEvent{Kind: customer.ConsentObjectMarketing, EffectiveAt: now, Source: how}
	return e.store.Declare(ctx, id, event, "link in a mail of campaign "+campaign)
}

// CheckLink returns ErrBadToken unless we made the token for an unsubscribe link. It looks nothing up.
func (e *Engine) CheckLink(token string) error {
	_, _, err := e.keys.ReadToken(Unsubscribe, token)
	return err
}
