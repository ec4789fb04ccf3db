package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/campaigns"
)

// SendKey names a send.
type SendKey struct {
	CustomerID  int64
	CampaignKey string
	Entry       int
	StepKey     string
}

// Claim is a send in the hands of a worker, with what its mail is made of.
type Claim struct {
	SendKey
	Step         int
	Version      int
	Arm          string
	State        campaigns.State
	MessageID    string
	DueAt        time.Time // as planned
	EnteredAt    time.Time
	Attempts     int
	Unknowns     int
	FirstAttempt *time.Time
	CouponCode   string
	ValidUntil   *time.Time
	Customer     Recipient
	Provider     string    // the mailbox provider by which rates are kept
	At           time.Time // when it was claimed, by the clock of the pace
}

// Recipient is the customer as a mail needs them.
type Recipient struct {
	Email, FirstName, LastName, Language, Timezone, ExternalID string
}

// workerLease is the name under which a worker's lease is kept.
func workerLease(worker string) string { return "worker:" + worker }

// AcquireWorker takes the lease of a worker, whose name must be unique among all processes.
func (s *Store) AcquireWorker(ctx context.Context, worker string, d time.Duration) (Lease, error) {
	return s.Acquire(ctx, workerLease(worker), worker, d)
}

// claimSQL takes from every provider its share of $5, so that none keeps the others waiting: as much as that from those
// without a limit, and one send for a token from the others. Providers are found by leaping through the index from $10
// on and once around, no more than there are sends to take, and each one's sends by due_at in it, so that what waits for
// a paused provider is never read and many small providers cost no more than a large one.
const claimSQL = `
WITH RECURSIVE going AS (
	SELECT campaign_key FROM campaigns WHERE campaign_key = ANY($4) AND status IN ('active', 'archived')
), waiting AS (
	SELECT $10::text AS provider, 1 AS round, false AS real
	UNION ALL
	SELECT n.provider, n.round, true FROM waiting w CROSS JOIN LATERAL (
		(SELECT o.provider, w.round FROM outbox o
			WHERE o.worker IS NULL AND o.provider > w.provider AND (w.round = 1 OR o.provider <= $10) ORDER BY o.provider LIMIT 1)
		UNION ALL
		(SELECT o.provider, 2 FROM outbox o WHERE w.round = 1 AND o.worker IS NULL AND o.provider <= $10 ORDER BY o.provider LIMIT 1)
		LIMIT 1) n
), ready AS (
	SELECT w.provider, r.provider IS NOT NULL AND ($7::int > 0 OR least(r.per_hour, r.fixed) IS NOT NULL) AS paced FROM waiting w
	LEFT JOIN provider_rates r USING (provider)
	WHERE w.real AND w.provider <> ALL($12::text[]) AND (r.paused_until IS NULL OR r.paused_until <= $6)
		AND CASE WHEN r.provider IS NULL THEN NOT $11::boolean ELSE ` + readySQL + ` END
		AND NOT EXISTS (SELECT FROM provider_rates f WHERE f.kind = 'fault' AND f.paused_until > $6)
		AND EXISTS (SELECT FROM outbox o WHERE o.provider = w.provider AND o.worker IS NULL AND o.due_at <= $3 AND o.campaign_key IN (SELECT campaign_key FROM going) OFFSET 0)
	LIMIT $5
), held AS ( -- in one order for all who claim or set limits: no two wait for each other
	SELECT provider FROM provider_rates WHERE provider IN (SELECT provider FROM ready WHERE paced) ORDER BY provider FOR NO KEY UPDATE
), token AS (
	UPDATE provider_rates r SET
		next_at = $6::timestamptz + coalesce(interval '1 microsecond' * ceil(3600000000.0 / least(per_hour, fixed)), '0'),
		warm_days = warm_days + CASE WHEN $7 > 0 AND warm_day < $9 THEN 1 ELSE 0 END,
		warm_sent = CASE WHEN $7 = 0 THEN warm_sent WHEN warm_day >= $9 THEN warm_sent + 1 ELSE 1 END,
		warm_day = CASE WHEN $7 = 0 THEN warm_day ELSE greatest(warm_day, $9::date) END
	FROM held d
	WHERE r.provider = d.provider AND (r.paused_until IS NULL OR r.paused_until <= $6) AND ` + readySQL + `
	RETURNING r.provider
), quota AS (
	SELECT provider, 1 AS size FROM token
	UNION ALL
	SELECT provider, ceil($5::int / (count(*) OVER ())::numeric)::int FROM ready WHERE NOT paced
), due AS (
	SELECT k.* FROM quota q CROSS JOIN LATERAL (
		SELECT customer_id, campaign_key, entry, step_key FROM outbox o
		WHERE o.provider = q.provider AND o.worker IS NULL AND o.due_at <= $3 AND o.campaign_key IN (SELECT campaign_key FROM going)
		ORDER BY due_at LIMIT q.size FOR UPDATE SKIP LOCKED
	) k
), claimed AS (
	UPDATE outbox o SET worker = $1, term = $2 FROM due d
	WHERE (o.customer_id, o.campaign_key, o.entry, o.step_key) = (d.customer_id, d.campaign_key, d.entry, d.step_key)
	RETURNING o.customer_id, o.campaign_key, o.entry, o.step_key, o.provider
)
SELECT s.customer_id, s.campaign_key, s.entry, s.step_key, s.step_no, s.version, s.arm, s.state, s.message_id, s.due_at, e.entered_at, s.attempts,
	s.unknowns, s.first_attempt_at, coalesce(s.coupon_code, ''), s.valid_until, coalesce(c.email, ''), coalesce(c.first_name, ''),
	coalesce(c.last_name, ''), coalesce(c.language, ''), coalesce(c.timezone, ''), c.external_id, k.provider, $6::timestamptz
FROM claimed k
JOIN sends s USING (customer_id, campaign_key, entry, step_key)
JOIN entries e USING (customer_id, campaign_key, entry)
JOIN customers c USING (customer_id)
ORDER BY s.due_at, s.customer_id, s.campaign_key, s.entry, s.step_no`

// readySQL is whether a bucket r holds a token; one without a rate always does.
const readySQL = `(least(r.per_hour, r.fixed) IS NULL OR r.next_at <= $6) AND ($7 = 0 OR r.warm_day IS NULL OR r.warm_day < $9 OR r.warm_sent < floor($7 * power($8::float8, r.warm_days)))`

// Claim takes about limit sends of the campaigns that are due at now and may leave at the pace, for the worker that holds
// the lease: none of a paused provider, and of one with a rate only what it has a token for.
func (s *Store) Claim(ctx context.Context, l Lease, campaignKeys []string, now time.Time, p Pace, limit int) ([]Claim, error) {
	var claims []Claim
	args := []any{l.Holder, l.Term, now, campaignKeys, limit, p.At, p.WarmStart, p.WarmFactor, p.Day, p.After, p.Bucketed, append([]string{}, p.Skip...)}
	err := s.byKeys(ctx, forEver, query{claimSQL, args, func(rows pgx.Rows) (err error) {
		claims, err = pgx.CollectRows(rows, scanClaim)
		return err
	}})
	return claims, wrap("claim sends", err)
}

func scanClaim(r pgx.CollectableRow) (Claim, error) {
	var c Claim
	err := r.Scan(&c.CustomerID, &c.CampaignKey, &c.Entry, &c.StepKey, &c.Step, &c.Version, &c.Arm, &c.State, &c.MessageID, &c.DueAt, &c.EnteredAt,
		&c.Attempts, &c.Unknowns, &c.FirstAttempt, &c.CouponCode, &c.ValidUntil, &c.Customer.Email, &c.Customer.FirstName,
		&c.Customer.LastName, &c.Customer.Language, &c.Customer.Timezone, &c.Customer.ExternalID, &c.Provider, &c.At)
	return c, err
}

// Unclaim gives back what the worker has claimed and not begun.
func (s *Store) Unclaim(ctx context.Context, l Lease) error {
	const sql = `UPDATE outbox o SET worker = NULL, term = NULL WHERE worker = $1 AND term = $2 AND NOT EXISTS (SELECT FROM sends s
		WHERE (s.customer_id, s.campaign_key, s.entry, s.step_key) = (o.customer_id, o.campaign_key, o.entry, o.step_key) AND s.state = 'sending')`
	_, err := s.pool.Exec(ctx, sql, l.Holder, l.Term)
	return wrap("give sends back", err)
}

// PutBack gives back one send that the worker has claimed and not begun.
func (s *Store) PutBack(ctx context.Context, l Lease, k SendKey) error {
	const sql = `UPDATE outbox o SET worker = NULL, term = NULL WHERE customer_id = $1 AND campaign_key = $2 AND entry = $3 AND step_key = $4
		AND worker = $5 AND term = $6`
	_, err := s.pool.Exec(ctx, sql, k.CustomerID, k.CampaignKey, k.Entry, k.StepKey, l.Holder, l.Term)
	return wrap("give a send back", err)
}

// Reclaim takes sends from workers whose lease is over: what they had only claimed is due again, what they were
// sending is unknown. It returns how many were unknown. Several processes may do it at once, and the worker may come
// back meanwhile: every step is a transaction of its own that changes only what still stands as it was read.
func (s *Store) Reclaim(ctx context.Context, now time.Time, plan campaigns.Retries) (int, error) {
	const dead = `SELECT o.customer_id, o.campaign_key, o.entry, o.step_key, s.state, s.attempts, s.unknowns, coalesce(s.worker, ''), coalesce(s.term, 0)
		FROM outbox o JOIN sends s USING (customer_id, campaign_key, entry, step_key)
		WHERE o.worker IS NOT NULL AND NOT EXISTS (SELECT FROM leases l
			WHERE l.name = 'worker:' || o.worker AND l.term = o.term AND l.expires_at > clock_timestamp())`
	var holders []Lease
	var claims []Claim
	err := s.byKeys(ctx, forEver, query{dead, nil, func(rows pgx.Rows) (err error) {
		claims, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (Claim, error) {
			var c Claim
			var l Lease
			err := r.Scan(&c.CustomerID, &c.CampaignKey, &c.Entry, &c.StepKey, &c.State, &c.Attempts, &c.Unknowns, &l.Holder, &l.Term)
			holders = append(holders, l)
			return c, err
		})
		return err
	}})
	if err != nil {
		return 0, fmt.Errorf("find sends of dead workers: %w", err)
	}
	lost := 0
	for i, c := range claims {
		if c.State != campaigns.Sending {
			continue
		}
		state, retry := plan.After(campaigns.ResultUnknown, campaigns.Attempt{Attempts: c.Attempts, Unknowns: c.Unknowns + 1}, now)
		err := s.Settle(ctx, holders[i], c.SendKey, Settled{State: state, Reason: "the process died while sending", RetryAt: retry, Unknown: true}, now)
		switch {
		case err == nil:
			lost++
		case !errors.Is(err, ErrNotOurs):
			return lost, fmt.Errorf("take over sends of dead workers: %w", err)
		}
	}
	return lost, s.freeDead(ctx)
}

// freeDead makes due again what dead workers had only claimed, and forgets their leases.
func (s *Store) freeDead(ctx context.Context) error {
	const free = `UPDATE outbox o SET worker = NULL, term = NULL
		WHERE worker IS NOT NULL AND NOT EXISTS (SELECT FROM leases l
				WHERE l.name = 'worker:' || o.worker AND l.term = o.term AND l.expires_at > clock_timestamp())
			AND NOT EXISTS (SELECT FROM sends s WHERE (s.customer_id, s.campaign_key, s.entry, s.step_key)
				= (o.customer_id, o.campaign_key, o.entry, o.step_key) AND s.state = 'sending')`
	const forget = `DELETE FROM leases l WHERE starts_with(l.name, 'worker:') AND l.expires_at <= clock_timestamp()
		AND NOT EXISTS (SELECT FROM outbox o WHERE o.worker = substr(l.name, length('worker:') + 1) AND o.term = l.term)`
	return wrap("forget dead workers", s.byKeys(ctx, forEver, statement(free), statement(forget)))
}

// AnyDead reports whether the lease of a worker is over that Reclaim has not dealt with.
func (s *Store) AnyDead(ctx context.Context) (dead bool, err error) {
	const sql = `SELECT EXISTS (SELECT FROM leases WHERE starts_with(name, 'worker:') AND expires_at <= clock_timestamp())`
	err = s.pool.QueryRow(ctx, sql).Scan(&dead)
	return dead, wrap("look for dead workers", err)
}

// wrap names the operation of an error, if there is one.
func wrap(operation string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", operation, err)
}
