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

// lockSQL lets nobody else attempt a mail to the customers, or note what keeps one from them, before these attempts are
// on record.
const lockSQL = `SELECT FROM pressure WHERE customer_id = ANY($1) ORDER BY customer_id FOR UPDATE`

// dueSQL reads of the sends $2, $3, $4, $5 whether the worker's lease $8, $9, $10 is alive, the send in its hands, and its
// provider $7 paused since it was claimed at $11; and what is on record at this moment of its customer; $6 is when the
// entry began. $1 is the run's now: a run may take long, and what was declared, suppressed or sent since it began counts,
// too. What the customer bought is read for the one legal basis that asks. The lease row is not locked: many attempts
// share it, and would keep it from being renewed. A worker that is not distinct is compared where the key leads; among
// those that are equal, an index would have all that the worker has claimed read.
const dueSQL = `
SELECT i.no, EXISTS (SELECT FROM leases WHERE name = $8 AND holder = $9 AND term = $10 AND expires_at > clock_timestamp()),
	EXISTS (SELECT FROM outbox o WHERE (o.customer_id, o.campaign_key, o.entry, o.step_key) = (i.customer_id, i.campaign_key, i.entry, i.step_key)
		AND o.worker IS NOT DISTINCT FROM $9 AND o.term = $10),
	EXISTS (SELECT FROM provider_rates r WHERE r.paused_until > i.at AND (r.provider = i.provider OR r.kind = 'fault')),
	(SELECT status FROM campaigns g WHERE g.campaign_key = i.campaign_key), c.erased_at IS NOT NULL, coalesce(c.email, ''), x.address_hash IS NOT NULL,
	CASE WHEN c.notice_at <= $1 THEN c.notice_at END, c.basis_order_id IS NOT NULL,
	EXISTS (SELECT FROM orders o WHERE o.customer_id = c.customer_id AND o.ordered_at > i.entered_at AND o.ordered_at <= $1 AND o.status NOT IN ('cancelled', 'test')),
	CASE WHEN s.basis = 'existing_customer' THEN ARRAY(SELECT DISTINCT coalesce(l.category, p.category)
		FROM order_lines l JOIN orders o USING (customer_id, order_id) LEFT JOIN products p USING (product_id)
		WHERE l.customer_id = c.customer_id AND o.status NOT IN ('cancelled', 'test') AND coalesce(l.category, p.category) IS NOT NULL) END,
	EXISTS (SELECT FROM sends p WHERE (p.customer_id, p.campaign_key, p.entry) = (s.customer_id, s.campaign_key, s.entry)
		AND p.step_no < s.step_no AND p.finished_at IS NULL),
	m.in_7d, m.in_30d, ` + preferenceColumns + `, k.*
FROM unnest($2::bigint[], $3::text[], $4::int[], $5::text[], $6::timestamptz[], $7::text[], $11::timestamptz[]) WITH ORDINALITY
	i(customer_id, campaign_key, entry, step_key, entered_at, provider, at, no)
JOIN sends s USING (customer_id, campaign_key, entry, step_key)
JOIN customers c USING (customer_id)
LEFT JOIN suppressions x ON x.address_hash = c.address_hash
LEFT JOIN preferences w ON w.customer_id = c.customer_id
CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE at > $1::timestamptz - interval '168 hours') AS in_7d, count(*) FILTER (WHERE at > $1::timestamptz - interval '720 hours') AS in_30d
	FROM (SELECT first_attempt_at AS at FROM sends y WHERE y.customer_id = c.customer_id AND (y.campaign_key, y.entry, y.step_key) <> (i.campaign_key, i.entry, i.step_key)
		UNION ALL SELECT sent_at FROM foreign_mails f WHERE f.customer_id = c.customer_id) y) m
CROSS JOIN LATERAL (SELECT ` + consentMaxima + ` FROM consents d WHERE d.customer_id = c.customer_id) k`

// Begin is the commit before a mail leaves (C1). Under a lock on the customer it reads consent, preferences, suppression,
// cap and purchases again and asks check; then it records the attempt, or whatever check decided instead. A ghost send ends
// here. The mail may leave only if the returned state is Sending; Planned says that the send is due again later.
// ErrLeaseHeld: the worker's lease is over. ErrNotOurs: the claim is. All of it takes two round trips.
func (s *Store) Begin(ctx context.Context, l Lease, c Claim, now time.Time, check func(*campaigns.Due) campaigns.Check) (campaigns.State, error) {
	b := &beginning{Claim: c, check: check}
	if err := s.begin(ctx, l, now, forEver, []*beginning{b}); err != nil {
		return "", wrap("record an attempt", err)
	}
	return b.state, wrap("record an attempt", b.err)
}

// beginning is an attempt that is to be recorded.
type beginning struct {
	Claim
	check func(*campaigns.Due) campaigns.Check
	last  func() error // waits until it is on record how the mail before ended; nil: there was none

	seen  underLock
	state campaigns.State // that was recorded
	err   error           // ErrNotOurs, or that it is not on record how the mail before ended
}

// underLock is what stands on record of a send that is about to be attempted.
type underLock struct {
	campaigns.Due

	found, alive, ours, paused bool   // the send, the lease, the claim, the provider
	address                    string // of the customer
}

// begin records attempts of different customers in two round trips. After an error nothing is on record; otherwise each
// attempt has its own.
func (s *Store) begin(ctx context.Context, l Lease, now time.Time, patience string, begun []*beginning) error {
	// A connection that is given back within a transaction is closed: what went wrong half-way is undone by that.
	return s.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		if err := s.lookAgain(ctx, conn, l, now, patience, begun); err != nil {
			return err
		}
		await(begun)
		b := &pgx.Batch{}
		if err := decide(b, l, now, begun); err != nil {
			return err
		}
		b.Queue(`COMMIT`)
		return s.sendBatch(ctx, conn, b)
	})
}

// await waits for the ends of the mails before. An attempt does not begin if its worker's last one is not on record,
// unless that is another worker's by now.
func await(begun []*beginning) {
	for _, c := range begun {
		if c.last == nil {
			continue
		}
		if err := c.last(); err != nil && !errors.Is(err, ErrNotOurs) {
			c.err = err
		}
	}
}

// lookAgain begins the transaction and locks the customers. Read after the lock, nothing can be overtaken by another
// attempt before the commit.
func (s *Store) lookAgain(ctx context.Context, conn *pgxpool.Conn, l Lease, now time.Time, patience string, begun []*beginning) error {
	ids := make([]int64, len(begun))
	for i, c := range begun {
		ids[i] = c.CustomerID
		c.seen, c.err = underLock{}, nil
	}
	b := &pgx.Batch{}
	b.Queue(`BEGIN`)
	b.Queue(pageSQL, patience)
	b.Queue(lockSQL, ids)
	look(l, now, begun).queue(b)
	return s.sendBatch(ctx, conn, b)
}

// look reads what stands on record of the attempts' sends. What is not found is not ours.
func look(l Lease, now time.Time, begun []*beginning) query {
	entered, ats := make([]time.Time, len(begun)), make([]time.Time, len(begun))
	providers, keys := make([]string, len(begun)), make([]SendKey, len(begun))
	for i, c := range begun {
		keys[i], entered[i], ats[i], providers[i] = c.SendKey, c.EnteredAt, c.At, c.Provider
	}
	args := append(append([]any{now}, keyColumns(keys)...), entered, providers, l.Name, l.Holder, l.Term, ats)
	return query{dueSQL, args, func(rows pgx.Rows) error {
		for rows.Next() {
			var no int
			var d underLock
			targets := []any{
				&no, &d.alive, &d.ours, &d.paused, &d.Status, &d.Erased, &d.address, &d.Suppressed, &d.NoticeAt, &d.BasisOrder, &d.Purchased,
				&d.Categories, &d.EarlierOpen, &d.Contacts7d, &d.Contacts30d,
			}
			if err := rows.Scan(append(append(targets, preferenceTargets(&d.Preferences)...), consentTargets(&d.Consent)...)...); err != nil {
				return err
			}
			c := begun[no-1]
			d.CustomerID, d.DueAt, d.FirstAttempt, d.EnteredAt, d.Step = c.CustomerID, c.DueAt, c.FirstAttempt, c.EnteredAt, c.Step
			d.HasAddress = d.address != ""
			d.found = true
			c.seen = d
		}
		return rows.Err()
	}}
}

// decide asks each attempt's check what becomes of its send, and queues that.
func decide(b *pgx.Batch, l Lease, now time.Time, all []*beginning) error {
	var begun []*beginning
	for _, c := range all {
		switch {
		case c.err != nil:
			continue
		case c.seen.found && !c.seen.alive:
			return fmt.Errorf("%s: %w", l.Name, ErrLeaseHeld)
		case !c.seen.ours:
			c.err = notOurs(c.SendKey)
			continue
		}
		verdict := c.verdict()
		switch c.state = verdict.State; {
		case c.state == campaigns.Planned:
			var until *time.Time
			if !verdict.Until.IsZero() {
				until = &verdict.Until
			}
			release(c.SendKey, until, &c.err).queue(b)
		case c.state.Final() && c.state != campaigns.Ghost || c.state == campaigns.Held:
			outcomes(nil, now, []*ending{{SendKey: c.SendKey, Settled: Settled{State: c.state, Reason: verdict.Reason}, err: &c.err}}).queue(b)
		default:
			begun = append(begun, c)
		}
	}
	if len(begun) > 0 {
		attempts(l, now, begun).queue(b)
	}
	return nil
}

// verdict is what becomes of the send. A mail that was made for an address that is no longer the customer's is made anew.
func (c *beginning) verdict() campaigns.Check {
	if c.seen.paused || c.seen.HasAddress && c.seen.address != c.Customer.Email {
		return campaigns.Check{State: campaigns.Planned}
	}
	verdict := c.check(&c.seen.Due)
	if verdict.State == campaigns.Sending && c.Arm == "control" {
		verdict.State = campaigns.Ghost
	}
	return verdict
}

// keyColumns are the keys as four columns.
func keyColumns(keys []SendKey) []any {
	n := len(keys)
	ids, campaigns, no, steps := make([]int64, n), make([]string, n), make([]int, n), make([]string, n)
	for i, k := range keys {
		ids[i], campaigns[i], no[i], steps[i] = k.CustomerID, k.CampaignKey, k.Entry, k.StepKey
	}
	return []any{ids, campaigns, no, steps}
}
