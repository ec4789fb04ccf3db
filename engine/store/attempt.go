package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/campaigns"
)

// ErrNotOurs says that a send passed to another worker meanwhile, so that nothing was marked.
var ErrNotOurs = errors.New("the send belongs to another worker now")

// dueSQL reads what is on record at this moment of the customer $2 for the send ($3, $4, $5); $6 is when the entry
// began. $1 is the run's now: a run may take long, and what was declared, suppressed or sent since it began counts, too.
// What the customer bought is read for the one legal basis that asks.
const dueSQL = `
SELECT (SELECT status FROM campaigns WHERE campaign_key = $3), c.erased_at IS NOT NULL, coalesce(c.email, ''), x.address_hash IS NOT NULL,
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
// ErrLeaseHeld: the worker's lease is over. ErrNotOurs: the claim is.
func (s *Store) Begin(ctx context.Context, l Lease, c Claim, now time.Time, check func(*campaigns.Due) campaigns.Check) (campaigns.State, error) {
	var state campaigns.State
	err := s.inOftenTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT 1 FROM pressure WHERE customer_id = $1 FOR UPDATE`, c.CustomerID); err != nil {
			return err
		}
		switch paused, err := claimed(ctx, tx, l, &c); {
		case err != nil:
			return err
		case paused:
			state = campaigns.Planned
			return release(ctx, tx, c.SendKey, nil)
		}
		due, address, err := readDue(ctx, tx, c, now)
		if err != nil {
			return err
		}
		if address != "" && address != c.Customer.Email {
			state = campaigns.Planned // the mail was made for an address that is no longer the customer's: make it anew
			return release(ctx, tx, c.SendKey, nil)
		}
		verdict := check(&due)
		state = verdict.State
		switch {
		case state == campaigns.Planned:
			return release(ctx, tx, c.SendKey, &verdict.Until)
		case state.Final() || state == campaigns.Held:
			return settle(ctx, tx, c.SendKey, nil, Settled{State: state, Reason: verdict.Reason}, now)
		case c.Arm == "control":
			state = campaigns.Ghost
		}
		return begin(ctx, tx, l, c.SendKey, state, now)
	})
	return state, wrap("record an attempt", err)
}

// claimed fails unless the worker's lease is alive and the send is in its hands, and tells whether its provider has
// been paused since it was claimed. The lease row is not locked: many attempts share it, and would keep it from being
// renewed.
func claimed(ctx context.Context, tx pgx.Tx, l Lease, c *Claim) (paused bool, err error) {
	const sql = `SELECT EXISTS (SELECT FROM leases WHERE name = $1 AND holder = $2 AND term = $3 AND expires_at > clock_timestamp()),
		EXISTS (SELECT FROM outbox WHERE customer_id = $4 AND campaign_key = $5 AND entry = $6 AND step_key = $7 AND worker = $2 AND term = $3),
		EXISTS (SELECT FROM provider_rates WHERE paused_until > $8 AND (provider = $9 OR kind = 'fault'))`
	var alive, ours bool
	err = tx.QueryRow(ctx, sql, l.Name, l.Holder, l.Term, c.CustomerID, c.CampaignKey, c.Entry, c.StepKey, c.At, c.Provider).Scan(&alive, &ours, &paused)
	switch {
	case err != nil:
		return false, err
	case !alive:
		return false, fmt.Errorf("%s: %w", l.Name, ErrLeaseHeld)
	case !ours:
		return false, fmt.Errorf("%s, step %s: %w", c.CampaignKey, c.StepKey, ErrNotOurs)
	}
	return paused, nil
}

// readDue reads what a check looks at, and the customer's address. Read after the lock, it cannot be overtaken by
// another attempt before the commit.
func readDue(ctx context.Context, tx pgx.Tx, c Claim, now time.Time) (d campaigns.Due, address string, err error) {
	d = campaigns.Due{CustomerID: c.CustomerID, DueAt: c.DueAt, FirstAttempt: c.FirstAttempt, EnteredAt: c.EnteredAt, Step: c.Step}
	targets := []any{
		&d.Status, &d.Erased, &address, &d.Suppressed, &d.NoticeAt, &d.BasisOrder, &d.Purchased, &d.Categories, &d.EarlierOpen,
		&d.Contacts7d, &d.Contacts30d,
	}
	targets = append(targets, preferenceTargets(&d.Preferences)...)
	row := tx.QueryRow(ctx, dueSQL, now, c.CustomerID, c.CampaignKey, c.Entry, c.StepKey, c.EnteredAt)
	err = row.Scan(append(targets, consentTargets(&d.Consent)...)...)
	d.HasAddress = address != ""
	return d, address, err
}

// begin notes an attempt. The first one is a contact, which shows in the customer's snapshot.
func begin(ctx context.Context, tx pgx.Tx, l Lease, k SendKey, state campaigns.State, now time.Time) error {
	const sql = `WITH begun AS (UPDATE sends SET state = $5, reason = '', attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, $6),
			last_attempt_at = $6, worker = $7, term = $8, finished_at = CASE WHEN $5 = 'ghost' THEN $6::timestamptz END
		WHERE customer_id = $1 AND campaign_key = $2 AND entry = $3 AND step_key = $4 AND state IN ('planned', 'deferred', 'unknown')
		RETURNING customer_id, attempts),
	stale AS (INSERT INTO stale_customers (customer_id, stamp) SELECT customer_id, $9 FROM begun WHERE attempts = 1 ON CONFLICT DO NOTHING)
	SELECT count(*) FROM begun`
	var begun int
	err := tx.QueryRow(ctx, sql, k.CustomerID, k.CampaignKey, k.Entry, k.StepKey, string(state), now, l.Holder, l.Term, -now.UnixMicro()).Scan(&begun)
	if err != nil {
		return err
	}
	if begun != 1 {
		return fmt.Errorf("%s, step %s: %w", k.CampaignKey, k.StepKey, ErrNotOurs)
	}
	if state == campaigns.Ghost {
		return leave(ctx, tx, k)
	}
	return nil
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
	return wrap("record an outcome", s.inOftenTx(ctx, func(tx pgx.Tx) error { return settle(ctx, tx, k, &l, o, now) }))
}

// settle writes the outcome: with a lease of an attempt of that very holder and term, without one of a send that
// nobody is sending.
func settle(ctx context.Context, tx pgx.Tx, k SendKey, l *Lease, o Settled, now time.Time) error {
	const sql = `UPDATE sends SET state = $5, reason = $6, code = $7, response = $8, unknowns = unknowns + $9,
			finished_at = CASE WHEN $10 THEN $11::timestamptz END
		WHERE customer_id = $1 AND campaign_key = $2 AND entry = $3 AND step_key = $4 AND finished_at IS NULL
			AND CASE WHEN $12::text IS NULL THEN state <> 'sending' ELSE state = 'sending' AND worker = $12 AND term = $13 END`
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
	tag, err := tx.Exec(ctx, sql, k.CustomerID, k.CampaignKey, k.Entry, k.StepKey, string(o.State), o.Reason, code, textOrNull(o.Response), unknown,
		o.State.Final(), now, holder, term)
	if err == nil {
		err = o.suppress(ctx, tx, k.CustomerID, now)
	}
	switch {
	case err != nil:
		return err
	case tag.RowsAffected() != 1:
		return fmt.Errorf("%s, step %s: %w", k.CampaignKey, k.StepKey, ErrNotOurs)
	case o.State.Final():
		return leave(ctx, tx, k)
	case o.State == campaigns.Held:
		// Stays in the outbox, out of reach, until a person decides.
		_, err = tx.Exec(ctx, `UPDATE outbox SET worker = NULL, term = NULL, due_at = 'infinity'
			WHERE customer_id = $1 AND campaign_key = $2 AND entry = $3 AND step_key = $4`, k.CustomerID, k.CampaignKey, k.Entry, k.StepKey)
		return err
	}
	return release(ctx, tx, k, &o.RetryAt)
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

// leave takes a finished send out of the outbox.
func leave(ctx context.Context, tx pgx.Tx, k SendKey) error {
	const sql = `DELETE FROM outbox WHERE customer_id = $1 AND campaign_key = $2 AND entry = $3 AND step_key = $4`
	_, err := tx.Exec(ctx, sql, k.CustomerID, k.CampaignKey, k.Entry, k.StepKey)
	return err
}

// Hold stops a send that cannot be made into a mail until a person has looked at it.
func (s *Store) Hold(ctx context.Context, k SendKey, reason string, now time.Time) error {
	return wrap("hold a send", s.inTx(ctx, func(tx pgx.Tx) error {
		return settle(ctx, tx, k, nil, Settled{State: campaigns.Held, Reason: reason}, now)
	}))
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
		return release(ctx, tx, k, &until)
	}))
}
