package engine

import (
	"bytes"
	"context"
	"mime"
	"net/mail"
	"time"

	"treue/engine/delivery"
	"treue/engine/store"
)

// Catcher keeps mail in the database for the built-in viewer, so that nobody needs a mail server to try the product.
type Catcher struct {
	Store *store.Store
}

// Keep stores one caught mail under its subject and its own date.
func (c Catcher) Keep(ctx context.Context, m delivery.Caught) error {
	kept := store.CaughtMail{Sender: m.From, Recipient: m.To, MessageID: m.MessageID, Raw: m.Raw}
	if parsed, err := mail.ReadMessage(bytes.NewReader(m.Raw)); err == nil {
		var decoder mime.WordDecoder
		if kept.Subject, err = decoder.DecodeHeader(parsed.Header.Get("Subject")); err != nil {
			kept.Subject = parsed.Header.Get("Subject")
		}
		kept.CaughtAt, _ = parsed.Header.Date()
	}
	if kept.CaughtAt.IsZero() {
		kept.CaughtAt = time.Unix(0, 0)
	}
	return c.Store.KeepCaught(ctx, kept)
}
