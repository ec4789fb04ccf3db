package store

import (
	"context"
	"encoding/hex"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/rules/customer"
)

// Why a request for consent is not taken, or not confirmed.
var (
	ErrSuppressed   = errors.New("the address is suppressed: it gets no mail at all")
	ErrMailedEnough = errors.New("the address got a confirmation mail less than 24 hours ago, or three in all: it gets no further one")
)

// ConsentRequest is somebody's wish to get advertising at an address, which they have yet to confirm from it.
type ConsentRequest struct {
	ID          int64
	Email       string // the sending form
	AddressHash []byte
	Language    string // de or en
	RequestedAt time.Time
	IP          string
	UserAgent   string
	FormURL     string
	Text        string   // of the consent, in full, as it was shown
	Purposes    []string // what it allows
	MessageID   string   // of the confirmation mail
	MailHash    string   // SHA-256 of its bytes, in hex
	ConfirmedAt *time.Time
}

const requestColumns = `request_id, email, address_hash, language, requested_at, ip, user_agent, form_url, consent_text, purposes, message_id, mail_hash, confirmed_at`

func (r *ConsentRequest) targets() []any {
	return []any{
		&r.ID, &r.Email, &r.AddressHash, &r.Language, &r.RequestedAt, &r.IP, &r.UserAgent, &r.FormURL, &r.Text, &r.Purposes, &r.MessageID, &r.MailHash, &r.ConfirmedAt,
	}
}

// OpenRequest records a request before its confirmation mail leaves, and counts that mail. ErrSuppressed, ErrMailedEnough:
// the address must not get one.
func (s *Store) OpenRequest(ctx context.Context, r ConsentRequest) error {
	const count = `INSERT INTO consent_mails (address_hash, mails, last_at) VALUES ($1, 1, $2)
		ON CONFLICT (address_hash) DO UPDATE SET mails = consent_mails.mails + 1, last_at = excluded.last_at
		WHERE consent_mails.mails < 3 AND consent_mails.last_at <= excluded.last_at - interval '24 hours'`
	const insert = `INSERT INTO consent_requests (` + requestColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NULL)`
	return wrap("record a request for consent", s.inTx(ctx, func(tx pgx.Tx) error {
		var suppressed bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM suppressions WHERE address_hash = $1)`, r.AddressHash).Scan(&suppressed); err != nil {
			return err
		}
		if suppressed {
			return ErrSuppressed
		}
		tag, err := tx.Exec(ctx, count, r.AddressHash, r.RequestedAt)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return ErrMailedEnough
		}
		_, err = tx.Exec(ctx, insert, r.ID, r.Email, r.AddressHash, r.Language, r.RequestedAt, r.IP, r.UserAgent, r.FormURL, r.Text, r.Purposes, r.MessageID, r.MailHash)
		return err
	}))
}

// DropRequest takes a request back whose mail certainly did not leave. The mail no longer counts.
func (s *Store) DropRequest(ctx context.Context, r ConsentRequest) error {
	return wrap("take a request for consent back", s.inTx(ctx, func(tx pgx.Tx) error {
		for _, sql := range []string{
			`DELETE FROM consent_mails WHERE address_hash = $2 AND mails = 1 AND EXISTS (SELECT FROM consent_requests WHERE request_id = $1)`,
			`UPDATE consent_mails SET mails = mails - 1, last_at = last_at - interval '24 hours'
				WHERE address_hash = $2 AND mails > 1 AND EXISTS (SELECT FROM consent_requests WHERE request_id = $1)`,
			`DELETE FROM consent_requests WHERE request_id = $1 AND address_hash = $2`,
		} {
			if _, err := tx.Exec(ctx, sql, r.ID, r.AddressHash); err != nil {
				return err
			}
		}
		return nil
	}))
}

// ConsentRequest returns a request. ErrNotFound: there is none, or no more.
func (s *Store) ConsentRequest(ctx context.Context, id int64) (ConsentRequest, error) {
	var r ConsentRequest
	err := s.pool.QueryRow(ctx, `SELECT `+requestColumns+` FROM consent_requests WHERE request_id = $1`, id).Scan(r.targets()...)
	return r, wrap("read a request for consent", notFound(err))
}

// ConfirmRequest turns a request into a proven grant at the end of the customer's chain, once, however often it is
// asked. Who is no customer yet becomes one. evidence describes the whole course of the consent.
func (s *Store) ConfirmRequest(ctx context.Context, id int64, now time.Time, evidence func(ConsentRequest) string) error {
	return wrap("confirm a consent", s.inTx(ctx, func(tx pgx.Tx) error {
		var r ConsentRequest
		err := tx.QueryRow(ctx, `SELECT `+requestColumns+` FROM consent_requests WHERE request_id = $1 FOR UPDATE`, id).Scan(r.targets()...)
		if err != nil {
			return notFound(err)
		}
		if r.ConfirmedAt != nil {
			return nil
		}
		customerID, err := ownerOf(ctx, tx, r, now)
		if err != nil {
			return err
		}
		grant := customer.ConsentEvent{Kind: customer.ConsentGrant, EffectiveAt: now, Source: "double opt-in", Proven: true}
		if err := declare(ctx, tx, customerID, grant, evidence(r)); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE consent_requests SET confirmed_at = $2 WHERE request_id = $1`, id, now)
		return err
	}))
}

// consentSource is the source of customers who are known from a form alone.
const consentSource = "consent-form"

// ownerOf returns the customer whom an address belongs to, and makes one if there is none.
func ownerOf(ctx context.Context, tx pgx.Tx, r ConsentRequest, now time.Time) (int64, error) {
	const claim = `INSERT INTO address_keys AS k (address_hash, customer_id) VALUES ($1, $2)
		ON CONFLICT (address_hash) DO UPDATE SET customer_id = excluded.customer_id
			WHERE EXISTS (SELECT FROM customers c WHERE c.customer_id = k.customer_id AND c.erased_at IS NOT NULL)`
	external, err := formID(ctx, tx, r)
	if err != nil {
		return 0, err
	}
	id := customer.NewID(consentSource, external)
	tag, err := tx.Exec(ctx, claim, r.AddressHash, id)
	if err != nil {
		return 0, err
	}
	if tag.RowsAffected() == 0 {
		err = tx.QueryRow(ctx, `SELECT customer_id FROM address_keys WHERE address_hash = $1`, r.AddressHash).Scan(&id)
		return id, err
	}
	const insert = `INSERT INTO customers (customer_id, source, external_id, email, address_hash, language, tags, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, '{}', $7, $7)`
	_, err = tx.Exec(ctx, insert, id, consentSource, external, r.Email, r.AddressHash, r.Language, now)
	return id, err
}

// formID is the identity of whoever signs up at an address. Who did so before, and has moved to another address since or
// was erased, is somebody else: then the request tells the two apart.
func formID(ctx context.Context, tx pgx.Tx, r ConsentRequest) (string, error) {
	external := hex.EncodeToString(r.AddressHash[:8])
	var taken bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM customers WHERE customer_id = $1)`, customer.NewID(consentSource, external)).Scan(&taken)
	if taken {
		external += "-" + strconv.FormatInt(r.ID, 36)
	}
	return external, err
}

// ForgetRequests deletes requests made before a moment and returns how many. What was confirmed stands in the chains.
func (s *Store) ForgetRequests(ctx context.Context, before time.Time) (int64, error) {
	tag, err := s.pool.Exec(ctx, `DELETE FROM consent_requests WHERE requested_at < $1`, before)
	return tag.RowsAffected(), wrap("delete old requests for consent", err)
}
