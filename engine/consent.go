package engine

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"treue/engine/delivery"
	"treue/engine/store"
	"treue/rules/customer"
)

// PurposeMail is what a consent of this product allows: advertising by mail.
const PurposeMail = "advertising by mail"

const (
	confirmLife = 7 * 24 * time.Hour  // of a confirmation link
	requestLife = 14 * 24 * time.Hour // of a request that nobody confirms
)

// ErrExpired says that a confirmation link is older than seven days, or its request is gone.
var ErrExpired = errors.New("this confirmation link has expired")

// ConsentText is what people agree to, in full: the shop's own words, else ours.
func (e *Engine) ConsentText(language string) string {
	own, ours := e.ConsentTexts.German, fmt.Sprintf("Ja, %s darf mir per E-Mail Werbung zu eigenen Waren und Angeboten schicken und dafür auswerten, was ich dort kaufe. "+
		"Diese Einwilligung kann ich jederzeit mit Wirkung für die Zukunft widerrufen, zum Beispiel über den Abmeldelink in jeder Mail.", e.Shop.Name)
	if language != "de" {
		own, ours = e.ConsentTexts.English, fmt.Sprintf("Yes, %s may send me advertising for its own goods and offers by e-mail and evaluate what I buy there for it. "+
			"I can withdraw this consent at any time for the future, for example by the unsubscribe link in every mail.", e.Shop.Name)
	}
	if own != "" {
		return own
	}
	return ours
}

// PurposeClicks is what a consent to tracking allows.
const PurposeClicks = "keeping one's own clicks"

// TrackingText is what people agree to who let us keep their own clicks, in full.
func (e *Engine) TrackingText(language string) string {
	if language == "de" {
		return fmt.Sprintf("Ja, %s darf speichern, welche Links in den Mails an mich ich anklicke und wann, und das 90 Tage lang aufbewahren. "+
			"Diese Einwilligung kann ich jederzeit mit Wirkung für die Zukunft auf dieser Seite widerrufen; die Mails bekomme ich auch ohne sie.", e.Shop.Name)
	}
	return fmt.Sprintf("Yes, %s may record which links in the mails to me I follow, and when, and keep that for 90 days. "+
		"I can withdraw this consent at any time for the future on this page; I get the mails without it, too.", e.Shop.Name)
}

func (v *Evidence) setText(text string) {
	sum := sha256.Sum256([]byte(text))
	v.Text, v.TextHash, v.Purposes = text, hex.EncodeToString(sum[:]), []string{PurposeMail}
}

// RequestConsent sends the confirmation mail of a double opt-in to an address (GDPR 7(1), UWG section 7(2) no. 2) and
// records where the request came from. It is no consent yet. language is de, en or "" for the shop's.
// store.ErrSuppressed, store.ErrMailedEnough: the address must not get the mail.
func (e *Engine) RequestConsent(ctx context.Context, email, language string, from Origin, now time.Time) error {
	address, err := customer.NormaliseAddress(email)
	if err != nil {
		return fmt.Errorf("request a consent: %w", err)
	}
	if err := e.Ground(ctx); err != nil {
		return err
	}
	language, from = e.languageOf(language), from.clipped()
	r := store.ConsentRequest{
		ID: newRequestID(), Email: address, AddressHash: customer.AddressHash(e.keys.Pepper, address), Language: language, RequestedAt: now,
		IP: from.IP, UserAgent: from.UserAgent, FormURL: from.URL, Text: e.ConsentText(language), Purposes: []string{PurposeMail},
	}
	mail, err := e.confirmMail(&r)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(mail.Raw)
	r.MailHash = hex.EncodeToString(sum[:])
	if err := e.store.OpenRequest(ctx, r); err != nil {
		return err
	}
	return e.sendConfirmation(ctx, r, mail)
}

// sendConfirmation hands the mail over. Without an answer it counts as sent, since it may have been.
func (e *Engine) sendConfirmation(ctx context.Context, r store.ConsentRequest, mail delivery.Prepared) error {
	o, err := e.handOver(ctx, mail)
	if err != nil {
		return errors.Join(fmt.Errorf("send the confirmation mail: %w", err), e.dropRequest(ctx, r))
	}
	if o.Kind != delivery.Accepted && o.Kind != delivery.Unknown {
		return errors.Join(fmt.Errorf("send the confirmation mail: %s", o), e.dropRequest(ctx, r))
	}
	return nil
}

// dropTime is how long taking a request back may last.
const dropTime = 5 * time.Second

// dropRequest takes a request back, also for a reader who has left meanwhile: else the address could not ask again.
func (e *Engine) dropRequest(ctx context.Context, r store.ConsentRequest) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dropTime)
	defer cancel()
	return e.store.DropRequest(ctx, r)
}

// newRequestID is a random number of 63 bits: it names the request, and the link's tag proves it.
func newRequestID() int64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return int64(binary.BigEndian.Uint64(b[:]) & math.MaxInt64)
}

// clip bounds a text of a stranger's.
func clip(s string) string {
	const most = 500
	if len(s) > most {
		s = s[:most]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}

// ConfirmLink is where the confirmation mail of a request leads.
func (e *Engine) ConfirmLink(r store.ConsentRequest) string {
	return e.link(Confirm, e.keys.Token(Confirm, r.ID, strconv.FormatInt(r.RequestedAt.Add(confirmLife).Unix(), 10)))
}

// confirming returns the request that a confirmation link names, if the link is still good.
func (e *Engine) confirming(token string, now time.Time) (int64, error) {
	id, until, err := e.keys.ReadToken(Confirm, token)
	if err != nil {
		return 0, err
	}
	end, err := strconv.ParseInt(until, 10, 64)
	if err != nil {
		return 0, ErrBadToken
	}
	if now.Unix() >= end {
		return 0, ErrExpired
	}
	return id, nil
}

// Confirmable returns the request that a confirmation link names. It changes nothing. ErrBadToken, ErrExpired.
func (e *Engine) Confirmable(ctx context.Context, token string, now time.Time) (store.ConsentRequest, error) {
	id, err := e.confirming(token, now)
	if err != nil {
		return store.ConsentRequest{}, err
	}
	r, err := e.store.ConsentRequest(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrExpired
	}
	return r, err
}

// ConfirmConsent completes a double opt-in. It may be repeated. ErrBadToken, ErrExpired.
func (e *Engine) ConfirmConsent(ctx context.Context, token string, from Origin, now time.Time) error {
	id, err := e.confirming(token, now)
	if err != nil {
		return err
	}
	from = from.clipped()
	from.URL = ""
	err = e.store.ConfirmRequest(ctx, id, now, func(r store.ConsentRequest) string {
		v := Evidence{
			Way: "double opt-in", RequestedAt: r.RequestedAt.UTC(), Origin: Origin{r.IP, r.UserAgent, r.FormURL}, Language: r.Language,
			MessageID: r.MessageID, MailHash: r.MailHash, ConfirmedAt: new(now.UTC()), Confirmed: &from,
		}
		v.setText(r.Text)
		v.Purposes = r.Purposes
		return v.String()
	})
	if errors.Is(err, store.ErrNotFound) {
		err = ErrExpired
	}
	return err
}
