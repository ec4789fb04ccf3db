package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"html"
	"strings"
	"time"

	"treue/engine/delivery"
	"treue/rules/customer"
)

// handOver sends one mail that is no advertising, over a connection of its own.
func (e *Engine) handOver(ctx context.Context, mail delivery.Prepared) (delivery.Outcome, error) {
	conn, err := e.sender.Open(ctx)
	if err != nil {
		return delivery.Outcome{}, err
	}
	o := conn.Send(ctx, mail)
	_ = conn.Close() // changes nothing about the mail
	return o, nil
}

// SendTest sends an operator a mail that shows how mails of the shop leave: by the same servers, with the same addresses,
// signature and imprint. It is no advertising; still it respects the list of those who want no mail.
func (e *Engine) SendTest(ctx context.Context, to string, now time.Time) (delivery.Outcome, error) {
	address, err := customer.NormaliseAddress(to)
	if err != nil {
		return delivery.Outcome{}, fmt.Errorf("the address of the test mail: %w", err)
	}
	switch suppressed, err := e.store.IsSuppressed(ctx, customer.AddressHash(e.keys.Pepper, address)); {
	case err != nil:
		return delivery.Outcome{}, err
	case suppressed:
		return delivery.Outcome{}, errors.New("the address is suppressed: it has unsubscribed, complained or bounced; test with another one")
	}
	if err := e.Ground(ctx); err != nil {
		return delivery.Outcome{}, err
	}
	mail, err := e.testMail(address, now)
	if err != nil {
		return delivery.Outcome{}, err
	}
	return e.handOver(ctx, mail)
}

// testMail is as plain as can be: what is wrong with it is wrong with the way, not with the content.
func (e *Engine) testMail(to string, now time.Time) (delivery.Prepared, error) {
	subject, words := "Test mail of "+e.Shop.Name, "This mail shows that mails of the shop arrive. Nothing has to be done."
	if e.Language == "de" {
		subject, words = "Testmail von "+e.Shop.Name, "Diese Mail zeigt, dass Mails des Shops ankommen. Es ist nichts zu tun."
	}
	imprint := strings.Join(e.Shop.Imprint.Lines(e.Language), "\n")
	escaped := strings.ReplaceAll(html.EscapeString(imprint), "\n", "<br>")
	return e.signed(delivery.Prepare(delivery.Message{
		From: e.From, ReplyTo: e.ReplyTo, To: to, Subject: strings.TrimSpace(subject), Date: now, Language: e.Language,
		Text:      words + "\n\n--\n" + imprint + "\n",
		HTML:      "<!DOCTYPE html><html><head><meta charset=\"utf-8\"></head><body><p>" + words + "</p><p>" + escaped + "</p></body></html>",
		MessageID: strings.ToLower(rand.Text()) + "@" + e.domain(),
	}))
}
