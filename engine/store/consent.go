package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/rules/customer"
)

// consentLink is a declaration with the end of the chain that it continues.
type consentLink struct {
	CustomerID  int64
	Kind        customer.ConsentKind
	EffectiveAt time.Time
	Proven      bool
	Source      string
	Seq         int32
	Hash        []byte
}

// appendConsents appends links, which are ordered by customer, to their customers' chains.
func appendConsents(ctx context.Context, tx pgx.Tx, now time.Time, evidence string, links []consentLink) error {
	rows := make([][]any, len(links))
	for i, l := range links {
		if i > 0 && links[i-1].CustomerID == l.CustomerID {
			l.Seq, l.Hash = links[i-1].Seq, links[i-1].Hash
		}
		previous := l.Hash
		l.Seq++
		l.Hash = chainHash(previous, l, now, evidence)
		links[i] = l
		rows[i] = []any{l.CustomerID, l.Seq, string(l.Kind), l.EffectiveAt, now, l.Proven, l.Source, evidence, nonNil(previous), l.Hash}
	}
	columns := []string{"customer_id", "seq", "kind", "effective_at", "recorded_at", "proven", "source", "evidence", "prev_hash", "hash"}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"consents"}, columns, pgx.CopyFromRows(rows)); err != nil {
		return err
	}
	return staleByConsent(ctx, tx, links)
}

// chainHash binds a declaration to everything the chain said before, so that none can be changed or dropped unseen.
func chainHash(previous []byte, l consentLink, recordedAt time.Time, evidence string) []byte {
	h := sha256.New()
	h.Write(previous)
	_ = binary.Write(h, binary.BigEndian, []int64{l.CustomerID, int64(l.Seq), l.EffectiveAt.UnixMicro(), recordedAt.UnixMicro()}) // a hash never fails
	fmt.Fprintf(h, "%q %t %q %q", l.Kind, l.Proven, l.Source, evidence)
	return h.Sum(nil)
}

func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Declare appends one declaration of a customer, made now: an unsubscribe, an objection, a new consent. It may name
// one of the person's other accounts. ErrNotFound: there is no such customer.
func (s *Store) Declare(ctx context.Context, customerID int64, e customer.ConsentEvent, evidence string) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error { return declare(ctx, tx, customerID, e, evidence) })
	return wrap("record the declaration", err)
}

// DeclareChange is Declare for whoever may say the same again and again: what stands already is not recorded once more.
func (s *Store) DeclareChange(ctx context.Context, customerID int64, e customer.ConsentEvent, evidence string) error {
	return wrap("record the declaration", s.inTx(ctx, func(tx pgx.Tx) error {
		// In the order of declare: an unsubscribe of the same customer at the same time must not end in a deadlock.
		if err := awaitAttempts(ctx, tx, customerID); err != nil {
			return err
		}
		var id int64
		if err := tx.QueryRow(ctx, person, customerID).Scan(&id); err != nil {
			return notFound(err)
		}
		known, err := choicesOf(ctx, tx.QueryRow, id, e.EffectiveAt)
		if err != nil || known.Consent.Stands(e.Kind) {
			return err
		}
		return declare(ctx, tx, id, e, evidence)
	}))
}

// awaitAttempts takes the lock that an attempt holds while it reads what the customer declared: one that has read is on
// record before the declaration is, and one that comes later reads the declaration. It comes before the lock on the
// customer, everywhere.
func awaitAttempts(ctx context.Context, tx pgx.Tx, customerID int64) error {
	const lock = `SELECT FROM pressure WHERE customer_id = coalesce((SELECT customer_id FROM customer_aliases WHERE alias_id = $1), $1) FOR UPDATE`
	_, err := tx.Exec(ctx, lock, customerID)
	return err
}

func declare(ctx context.Context, tx pgx.Tx, customerID int64, e customer.ConsentEvent, evidence string) error {
	if err := awaitAttempts(ctx, tx, customerID); err != nil {
		return err
	}
	// The row lock orders two declarations of one customer, so that the chain does not fork.
	const lock = `SELECT customer_id FROM customers
		WHERE customer_id = coalesce((SELECT customer_id FROM customer_aliases WHERE alias_id = $1), $1) FOR NO KEY UPDATE`
	l := consentLink{Kind: e.Kind, EffectiveAt: e.EffectiveAt, Proven: e.Proven, Source: e.Source}
	if err := tx.QueryRow(ctx, lock, customerID).Scan(&l.CustomerID); err != nil {
		return notFound(err)
	}
	err := tx.QueryRow(ctx, `SELECT seq, hash FROM consents WHERE customer_id = $1 ORDER BY seq DESC LIMIT 1`, l.CustomerID).Scan(&l.Seq, &l.Hash)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	if err := appendConsents(ctx, tx, e.EffectiveAt, evidence, []consentLink{l}); err != nil {
		return err
	}
	return forgetClicks(ctx, tx, l.CustomerID, e.Kind)
}

// Declaration is one link of a customer's consent chain, as stored.
type Declaration struct {
	Seq int32
	customer.ConsentEvent
	RecordedAt time.Time
	Evidence   string
	Hash       []byte
	Fits       bool // its hash and its place follow from everything before it
}

// Declarations returns a customer's consent chain in order, each link checked against those before. From the first
// that does not fit on, nothing is proven.
func (s *Store) Declarations(ctx context.Context, customerID int64) ([]Declaration, error) {
	const query = `SELECT kind, effective_at, recorded_at, proven, source, evidence, seq, prev_hash, hash FROM consents WHERE customer_id = $1 ORDER BY seq`
	rows, err := s.pool.Query(ctx, query, customerID)
	if err != nil {
		return nil, fmt.Errorf("read the consents: %w", err)
	}
	previous, want := []byte{}, int32(0)
	all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (Declaration, error) {
		var d Declaration
		var before []byte
		err := r.Scan(&d.Kind, &d.EffectiveAt, &d.RecordedAt, &d.Proven, &d.Source, &d.Evidence, &d.Seq, &before, &d.Hash)
		l := consentLink{CustomerID: customerID, Kind: d.Kind, EffectiveAt: d.EffectiveAt, Proven: d.Proven, Source: d.Source, Seq: d.Seq}
		want++
		d.Fits = d.Seq == want && bytes.Equal(before, previous) && bytes.Equal(chainHash(previous, l, d.RecordedAt, d.Evidence), d.Hash)
		previous = d.Hash
		return d, err
	})
	return all, wrap("read the consents", err)
}

// CheckChain recomputes a customer's consent chain and returns the number of the first declaration that does not fit;
// 0: all do.
func (s *Store) CheckChain(ctx context.Context, customerID int64) (int32, error) {
	all, err := s.Declarations(ctx, customerID)
	for i, d := range all {
		if !d.Fits {
			return int32(i) + 1, err
		}
	}
	return 0, err
}
