package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"treue/campaigns"
)

// ErrNotOurs says that a send passed to another worker meanwhile, so that nothing was marked.
var ErrNotOurs = errors.New("the send belongs to another worker now")

// lockSQL lets nobody else attempt a mail to the customer, or note what keeps one from them, before this attempt is on
// record.
const lockSQL = `SELECT 1 FROM pressure WHERE customer_id = $1 FOR UPDATE`

// dueSQL reads whether the worker's lease $7, $8, $9 is alive, the send in its hands, and its provider $11 paused since it
// was claimed at $10; and what is on record at this moment of the customer $2 for the send ($3, $4, $5); $6 is when the
// entry began. $1 is the run's now: a run may take long, and what was declared, suppressed or sent since it began counts,
// too. What the customer bought is read for the one legal basis that asks. The lease row is not locked: many attempts
// share it, and would keep it from being renewed.
const dueSQL = `
SELECT EXISTS (SELECT FROM leases WHERE name = $7 AND holder = $8 AND term = $9 AND expires_at > clock_timestamp()),
	EXISTS (SELECT FROM outbox WHERE customer_id = $2 AND campaign_key = $3 AND entry = $4 AND step_key = $5 AND worker = $8 AND term = $9),
	EXISTS (SELECT FROM provider_rates WHERE paused_until > $10 AND (provider = $11 OR kind = 'fault')),
	(SELECT status FROM campaigns WHERE campaign_key = $3), c.erased_at IS NOT NULL, coalesce(c.email, ''), x.address_hash IS NOT NULL,
	CASE WHEN c.notice_at <= $1 THEN c.notice_at END, c.basis_order_id IS NOT NULL,
	EXISTS (SELECT FROM orders o WHERE o.customer_id = c.customer_id AND o.ordered_at > $6 AND o.ordered_at <= $1 AND o.status NOT IN ('cancelled', 'test')),
	ARRAY(SELECT DISTINCT coalesce(l.category, p.category) FROM order_lines l JOIN orders o USING (customer_id, order_id)
		LEFT JOIN products p USING (product_id)
		WHERE l.customer_id = c.customer_id AND o.status NOT IN ('cancelled', 'test') AND coalesce(l.category, p.category) IS NOT NULL
			AND EXISTS (SELECT FROM sends s WHERE s.customer_id = $2 AND s.campaign_key = $3 AND s.entry = $4 AND s.step_key = $5 AND s.basis = 'existing_customer')),
	EXISTS (SELECT FROM sends p JOIN sends s USING (customer_id, campaign_key, entry) WHERE p.customer_id = $2 AND p.campaign_key = $3
		AND p.entry = $4 AND s.step_key = $5 AND p.step_no < s.step_no AND p.finished_at IS NULL),
	m.in_7d, m.in_30d, ` + preferenceColumns + `, k.*
FROM customers c
LEFT JOIN suppressions x ON x.address_hash = c.address_hash
LEFT JOIN preferences w ON w.customer_id = c.customer_id
CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE at > $1::timestamptz - interval '168 hours') AS in_7d, count(*) FILTER (WHERE at > $1::timestamptz - interval '720 hours') AS in_30d
	FROM (SELECT first_attempt_at AS at FROM sends s WHERE s.customer_id = c.customer_id AND (s.campaign_key, s.entry, s.step_key) <> ($3, $4, $5)
		UNION ALL SELECT sent_at FROM foreign_mails f WHERE f.customer_id = c.customer_id) y) m
CROSS JOIN LATERAL (SELECT ` + consentMaxima + ` FROM consents WHERE customer_id = $2) k
WHERE c.customer_id = $2`

// Begin is the commit before a mail leaves (C1). Under a lock on the customer it reads consent, preferences, suppression,
// cap and purchases again and asks check; then it records the attempt, or whatever check decided instead. A ghost send ends
// here. The mail may leave only if the returned state is Sending; Planned says that the send is due again later.
// ErrLeaseHeld: the worker's lease is over. ErrNotOurs: the claim is. All of it takes two round trips.
func (s *Store) Begin(ctx context.Context, l Lease, c Claim, now time.Time, check func(*campaigns.Due) campaigns.Check) (campaigns.State, error) {
	var state campaigns.State
	// A connection that is given back within a transaction is closed: what went wrong half-way is undone by that.
	err := s.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		d, err := s.lookAgain(ctx, conn, l, c, now)
		if err != nil {
			return err
		}
		var decided move
		state, decided = d.decide(l, c, now, check)
		moved := 0
		b := &pgx.Batch{}
		b.Queue(decided.sql, decided.args...).QueryRow(func(row pgx.Row) error { return row.Scan(&moved) })
		b.Queue(`COMMIT`)
		if err := s.sendBatch(ctx, conn, b); err != nil {
			return err
		}
		return onlyOurs(moved, c.SendKey)
	})
	return state, wrap("record an attempt", err)
}

// underLock is what stands on record of a send that is about to be attempted.
type underLock struct {
	campaigns.Due

	address             string // of the customer
	alive, ours, paused bool   // the lease, the claim, the provider
}

// lookAgain begins the transaction and locks the customer. Read after the lock, nothing can be overtaken by another
// attempt before the commit.
func (s *Store) lookAgain(ctx context.Context, conn *pgxpool.Conn, l Lease, c Claim, now time.Time) (d underLock, err error) {
	d.Due = campaigns.Due{CustomerID: c.CustomerID, DueAt: c.DueAt, FirstAttempt: c.FirstAttempt, EnteredAt: c.EnteredAt, Step: c.Step}
	targets := []any{
		&d.alive, &d.ours, &d.paused, &d.Status, &d.Erased, &d.address, &d.Suppressed, &d.NoticeAt, &d.BasisOrder, &d.Purchased, &d.Categories,
		&d.EarlierOpen, &d.Contacts7d, &d.Contacts30d,
	}
	targets = append(append(targets, preferenceTargets(&d.Preferences)...), consentTargets(&d.Consent)...)
	b := &pgx.Batch{}
	b.Queue(`BEGIN`)
	b.Queue(noLongPause)
	b.Queue(lockSQL, c.CustomerID)
	b.Queue(dueSQL, now, c.CustomerID, c.CampaignKey, c.Entry, c.StepKey, c.EnteredAt, l.Name, l.Holder, l.Term, c.At, c.Provider).
		QueryRow(func(row pgx.Row) error { return row.Scan(targets...) })
	err = s.sendBatch(ctx, conn, b)
	d.HasAddress = d.address != ""
	switch {
	case err != nil:
		return d, err
	case !d.alive:
		return d, fmt.Errorf("%s: %w", l.Name, ErrLeaseHeld)
	case !d.ours:
		return d, onlyOurs(0, c.SendKey)
	}
	return d, nil
}

// decide asks check what becomes of the send. A mail that was made for an address that is no longer the customer's is
// made anew.
func (d *underLock) decide(l Lease, c Claim, now time.Time, check func(*campaigns.Due) campaigns.Check) (campaigns.State, move) {
	if d.paused || d.HasAddress && d.address != c.Customer.Email {
		return campaigns.Planned, release(c.SendKey, nil)
	}
	verdict := check(&d.Due)
	switch {
	case verdict.State == campaigns.Planned:
		return verdict.State, release(c.SendKey, &verdict.Until)
	case verdict.State.Final() || verdict.State == campaigns.Held:
		return verdict.State, settle(c.SendKey, nil, Settled{State: verdict.State, Reason: verdict.Reason}, now)
	case c.Arm == "control":
		return campaigns.Ghost, begin(l, c.SendKey, campaigns.Ghost, now)
	}
	return verdict.State, begin(l, c.SendKey, verdict.State, now)
}

// move is one statement that changes where a send stands, whole or not at all, and counts the sends that it changed.
type move struct {
	sql  string
	args []any
}

// in makes the move by itself or in a transaction.
func (m move) in(ctx context.Context, db querier, mode pgx.QueryExecMode, k SendKey) error {
	moved := 0
	if err := db.QueryRow(ctx, m.sql, append([]any{mode}, m.args...)...).Scan(&moved); err != nil {
		return err
	}
	return onlyOurs(moved, k)
}

// querier is a pool, a connection or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func onlyOurs(moved int, k SendKey) error {
	if moved != 1 {
		return fmt.Errorf("%s, step %s: %w", k.CampaignKey, k.StepKey, ErrNotOurs)
	}
	return nil
}

// begin notes an attempt. The first one is a contact, which shows in the customer's snapshot. A ghost leaves the outbox.
func begin(l Lease, k SendKey, state campaigns.State, now time.Time) move {
	const sql = `WITH begun AS (UPDATE sends SET state = $5, reason = '', attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, $6),
			last_attempt_at = $6, worker = $7, term = $8, finished_at = CASE WHEN $5 = 'ghost' THEN $6::timestamptz END
		WHERE customer_id = $1 AND campaign_key = $2 AND entry = $3 AND step_key = $4 AND state IN ('planned', 'deferred', 'unknown')
		RETURNING customer_id, attempts),
	stale AS (INSERT INTO stale_customers (customer_id, stamp) SELECT customer_id, $9 FROM begun WHERE attempts = 1 ON CONFLICT DO NOTHING),
	gone AS (DELETE FROM outbox WHERE $5 = 'ghost' AND customer_id = $1 AND campaign_key = $2 AND entry = $3 AND step_key = $4 AND EXISTS (SELECT FROM begun))
	SELECT count(*) FROM begun`
	return move{sql, []any{k.CustomerID, k.CampaignKey, k.Entry, k.StepKey, string(state), now, l.Holder, l.Term, -now.UnixMicro()}}
}

// Settled is how an attempt, or a send without one, ended.
type Settled struct {
	State    campaigns.State
	Reason   string
	Code     int
	Response string
	RetryAt  time.Time // of an open state
	Unknown  bool      // counts as an attempt without an answer
	Dead     []byte    // hash of the address, if it turned out not to exist: it is suppressed; else nil
	Soft     []byte    // hash of the address, if it could not be reached: a long series suppresses it; else nil
}

// Settle is the commit after a mail left (C2). It marks nothing if the send passed to another worker.
func (s *Store) Settle(ctx context.Context, l Lease, k SendKey, o Settled, now time.Time) error {
	settled := settle(k, &l, o, now)
	if o.Dead == nil && o.Soft == nil {
		return wrap("record an outcome", settled.in(ctx, s.pool, s.often, k))
	}
	return wrap("record an outcome", s.inTx(ctx, func(tx pgx.Tx) error {
		if err := settled.in(ctx, tx, s.often, k); err != nil {
			return err
		}
		return o.suppress(ctx, tx, k.CustomerID, now)
	}))
}

// settle writes the outcome: with a lease of an attempt of that very holder and term, without one of a send that
// nobody is sending. What is finished leaves the outbox; what is held stays in it, out of reach, until a person decides.
func settle(k SendKey, l *Lease, o Settled, now time.Time) move {
	const sql = `WITH settled AS (UPDATE sends SET state = $5, reason = $6, code = $7, response = $8, unknowns = unknowns + $9,
			finished_at = CASE WHEN $10 THEN $11::timestamptz END
		WHERE customer_id = $1 AND campaign_key = $2 AND entry = $3 AND step_key = $4 AND finished_at IS NULL
			AND CASE WHEN $12::text IS NULL THEN state <> 'sending' ELSE state = 'sending' AND worker = $12 AND term = $13 END
		RETURNING customer_id),
	gone AS (DELETE FROM outbox WHERE $10 AND customer_id = $1 AND campaign_key = $2 AND entry = $3 AND step_key = $4 AND EXISTS (SELECT FROM settled)),
	kept AS (UPDATE outbox SET worker = NULL, term = NULL, due_at = CASE $5 WHEN 'held' THEN 'infinity' ELSE $14::timestamptz END
		WHERE NOT $10 AND customer_id = $1 AND campaign_key = $2 AND entry = $3 AND step_key = $4 AND EXISTS (SELECT FROM settled))
	SELECT count(*) FROM settled`
	var holder, term, code any
	if l != nil {
		holder, term = l.Holder, l.Term
	}
	if o.Code != 0 {
		code = o.Code
	}
	unknown := 0
	if o.Unknown {
		unknown = 1
	}
	return move{sql, []any{
		k.CustomerID, k.CampaignKey, k.Entry, k.StepKey, string(o.State), o.Reason, code, textOrNull(o.Response), unknown, o.State.Final(), now,
		holder, term, o.RetryAt,
	}}
}

// release makes a claimed send due again, at the given time or as it was.
func release(k SendKey, at *time.Time) move {
	const sql = `WITH released AS (UPDATE outbox SET worker = NULL, term = NULL, due_at = coalesce($5, due_at)
		WHERE customer_id = $1 AND campaign_key = $2 AND entry = $3 AND step_key = $4 RETURNING customer_id)
	SELECT count(*) FROM released`
	return move{sql, []any{k.CustomerID, k.CampaignKey, k.Entry, k.StepKey, at}}
}

// suppress keeps the address from further mail if the outcome proves it dead, be it as the last of a series, to which
// the bounces that came as a mail count, too.
func (o Settled) suppress(ctx context.Context, tx pgx.Tx, customerID int64, now time.Time) error {
	address, reason := o.Dead, "hard bounce"
	if o.Soft != nil {
		series, err := inSeries(ctx, tx, customerID, now)
		if err != nil {
			return err
		}
		if series {
			address, reason = o.Soft, "soft bounces"
		}
	}
	if address == nil {
		return nil
	}
	_, err := tx.Exec(ctx, suppressSQL, address, reason, now)
	return err
}

// Hold stops a send that cannot be made into a mail until a person has looked at it.
func (s *Store) Hold(ctx context.Context, k SendKey, reason string, now time.Time) error {
	return wrap("hold a send", settle(k, nil, Settled{State: campaigns.Held, Reason: reason}, now).in(ctx, s.pool, s.often, k))
}

// SendStates counts a campaign's sends by state.
func (s *Store) SendStates(ctx context.Context, campaignKey string) (map[campaigns.State]int, error) {
	rows, err := s.pool.Query(ctx, `SELECT state, count(*) FROM sends WHERE campaign_key = $1 GROUP BY state`, campaignKey)
	if err != nil {
		return nil, fmt.Errorf("count the sends of %s: %w", campaignKey, err)
	}
	states := map[campaigns.State]int{}
	_, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (struct{}, error) {
		var state campaigns.State
		var n int
		err := r.Scan(&state, &n)
		states[state] = n
		return struct{}{}, err
	})
	return states, wrap("count the sends of "+campaignKey, err)
}

// DueCount counts what is due at now, by whether a mail or a ghost.
func (s *Store) DueCount(ctx context.Context, campaignKey string, now time.Time) (treated, ghost int, err error) {
	const sql = `SELECT count(*) FILTER (WHERE s.arm <> 'control'), count(*) FILTER (WHERE s.arm = 'control')
		FROM outbox o JOIN sends s USING (customer_id, campaign_key, entry, step_key) WHERE o.campaign_key = $1 AND o.due_at <= $2`
	err = s.pool.QueryRow(ctx, sql, campaignKey, now).Scan(&treated, &ghost)
	return treated, ghost, wrap("count what is due", err)
}

// Defer puts a send off that could not even be attempted. One whose last attempt is unknown stays unknown.
func (s *Store) Defer(ctx context.Context, k SendKey, reason string, until time.Time) error {
	return wrap("put a send off", s.inTx(ctx, func(tx pgx.Tx) error {
		const sql = `UPDATE sends SET state = CASE state WHEN 'unknown' THEN 'unknown' ELSE 'deferred' END, reason = $5
			WHERE customer_id = $1 AND campaign_key = $2 AND entry = $3 AND step_key = $4 AND state IN ('planned', 'deferred', 'unknown')`
		tag, err := tx.Exec(ctx, sql, k.CustomerID, k.CampaignKey, k.Entry, k.StepKey, reason)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		return release(k, &until).in(ctx, tx, s.often, k)
	}))
}
