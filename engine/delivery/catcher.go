package delivery

import (
	"context"
	"fmt"
)

// Caught is one mail as the catcher keeps it.
type Caught struct {
	From, To  string // envelope addresses
	MessageID string // without <>; a repeated one replaces the earlier copy
	Raw       []byte // RFC 5322, CRLF
}

// Keeper stores caught mail for the viewer. It must be safe for concurrent use.
type Keeper interface {
	Keep(ctx context.Context, mail Caught) error
}

// catcher is a Sender whose mail never leaves this process's database.
type catcher struct{ keeper Keeper }

// Open cannot fail: the keeper is asked mail by mail.
func (c catcher) Open(context.Context) (Conn, error) { return c, nil }

// Loopback is true: caught mail goes nowhere.
func (c catcher) Loopback() bool { return true }

// Send keeps the mail. A keeper that fails defers it, like a server that is away.
func (c catcher) Send(ctx context.Context, mail Prepared) Outcome {
	err := c.keeper.Keep(ctx, Caught{From: mail.From, To: mail.To, MessageID: mail.MessageID, Raw: mail.Raw})
	return stored(ctx, "catch:", err)
}

// Close has nothing to free.
func (c catcher) Close() error { return nil }

// stored is the outcome of handing a mail to storage of our own.
func stored(ctx context.Context, place string, err error) Outcome {
	o := Outcome{Kind: Accepted, Reason: ReasonAccepted}
	if err != nil {
		cause := errStorage
		if ctx.Err() != nil {
			cause = errStopped
		}
		o = Classify(0, 0, "", err.Error(), fmt.Errorf("%w: %w", cause, err))
	}
	o.Server = place
	return o
}
