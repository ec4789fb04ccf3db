package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/campaigns"
)

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

// ending is an outcome that is to be recorded.
type ending struct {
	SendKey
	Settled
	err *error // ErrNotOurs
}

// Settle is the commit after a mail left (C2). It marks nothing if the send passed to another worker.
func (s *Store) Settle(ctx context.Context, l Lease, k SendKey, o Settled, now time.Time) error {
	return wrap("record an outcome", s.settle(ctx, &l, k, o, now))
}

// end records outcomes in one round trip. After an error nothing is on record; otherwise each outcome has its own.
func (s *Store) end(ctx context.Context, l Lease, now time.Time, patience string, ended []*ending) error {
	for _, o := range ended {
		*o.err = nil
	}
	return s.byKeys(ctx, patience, outcomes(&l, now, ended))
}

// Hold stops a send that cannot be made into a mail until a person has looked at it.
func (s *Store) Hold(ctx context.Context, k SendKey, reason string, now time.Time) error {
	return wrap("hold a send", s.settle(ctx, nil, k, Settled{State: campaigns.Held, Reason: reason}, now))
}

func (s *Store) settle(ctx context.Context, l *Lease, k SendKey, o Settled, now time.Time) error {
	if o.Dead == nil && o.Soft == nil {
		return s.settleIn(ctx, s.pool, l, k, o, now)
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if err := s.settleIn(ctx, tx, l, k, o, now); err != nil {
			return err
		}
		return o.suppress(ctx, tx, k.CustomerID, now)
	})
}

func (s *Store) settleIn(ctx context.Context, db querier, l *Lease, k SendKey, o Settled, now time.Time) error {
	var moved error
	if err := outcomes(l, now, []*ending{{SendKey: k, Settled: o, err: &moved}}).in(ctx, db, s.often); err != nil {
		return err
	}
	return moved
}

// outcomes writes how attempts of that very holder and term ended or, without a lease, sends that nobody is sending. What
// is finished leaves the outbox; what is held stays in it, out of reach, until a person decides.
func outcomes(l *Lease, now time.Time, ended []*ending) query {
	const settled = `WITH settled AS (UPDATE sends s SET state = i.state, reason = i.reason, code = nullif(i.code, 0), response = nullif(i.response, ''),
			unknowns = unknowns + i.unknown::int, finished_at = CASE WHEN i.final THEN $5::timestamptz END
		FROM unnest($1::bigint[], $2::text[], $3::int[], $4::text[], $6::text[], $7::text[], $8::int[], $9::text[], $10::boolean[], $11::boolean[], $12::timestamptz[])
			WITH ORDINALITY i(customer_id, campaign_key, entry, step_key, state, reason, code, response, unknown, final, retry_at, no)
		WHERE (s.customer_id, s.campaign_key, s.entry, s.step_key) = (i.customer_id, i.campaign_key, i.entry, i.step_key) AND s.finished_at IS NULL
			AND CASE WHEN $13::text IS NULL THEN s.state <> 'sending' ELSE s.state = 'sending' AND s.worker = $13 AND s.term = $14 END
		RETURNING i.*)`
	const gone = `, gone AS (DELETE FROM outbox o USING settled i
		WHERE i.final AND (o.customer_id, o.campaign_key, o.entry, o.step_key) = (i.customer_id, i.campaign_key, i.entry, i.step_key))`
	const kept = `, kept AS (UPDATE outbox o SET worker = NULL, term = NULL, due_at = CASE i.state WHEN 'held' THEN 'infinity' ELSE i.retry_at END FROM settled i
		WHERE NOT i.final AND (o.customer_id, o.campaign_key, o.entry, o.step_key) = (i.customer_id, i.campaign_key, i.entry, i.step_key))`
	n := len(ended)
	keys, moved := make([]SendKey, n), make([]*error, n)
	states, reasons, responses := make([]string, n), make([]string, n), make([]string, n)
	codes, unknown, final, retry := make([]int, n), make([]bool, n), make([]bool, n), make([]time.Time, n)
	for i, o := range ended {
		keys[i], moved[i] = o.SendKey, o.err
		states[i], reasons[i], responses[i] = string(o.State), o.Reason, o.Response
		codes[i], unknown[i], final[i], retry[i] = o.Code, o.Unknown, o.State.Final(), o.RetryAt
	}
	var holder, term any
	if l != nil {
		holder, term = l.Holder, l.Term
	}
	args := append(keyColumns(keys), now, states, reasons, codes, responses, unknown, final, retry, holder, term)
	const numbers = ` SELECT no FROM settled`
	sql := settled + gone + kept + numbers
	if !slices.Contains(final, false) { // as nearly always: also what changes nothing has to be set up
		sql = settled + gone + numbers
	}
	return query{sql, args, onlyOurs(keys, moved)}
}

// attempts writes attempts. A customer's first one is a contact, which shows in their snapshot. A ghost leaves the outbox.
func attempts(l Lease, now time.Time, begun []*beginning) query {
	const first = `WITH begun AS (UPDATE sends s SET state = i.state, reason = '', attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, $5),
			last_attempt_at = $5, worker = $7, term = $8, finished_at = CASE WHEN i.state = 'ghost' THEN $5::timestamptz END
		FROM unnest($1::bigint[], $2::text[], $3::int[], $4::text[], $6::text[]) WITH ORDINALITY i(customer_id, campaign_key, entry, step_key, state, no)
		WHERE (s.customer_id, s.campaign_key, s.entry, s.step_key) = (i.customer_id, i.campaign_key, i.entry, i.step_key) AND s.state IN ('planned', 'deferred', 'unknown')
		RETURNING i.*, s.attempts),
	stale AS (INSERT INTO stale_customers (customer_id, stamp) SELECT customer_id, $9 FROM begun WHERE attempts = 1 ON CONFLICT DO NOTHING)`
	const gone = `, gone AS (DELETE FROM outbox o USING begun i
		WHERE i.state = 'ghost' AND (o.customer_id, o.campaign_key, o.entry, o.step_key) = (i.customer_id, i.campaign_key, i.entry, i.step_key))`
	n := len(begun)
	keys, states, moved := make([]SendKey, n), make([]string, n), make([]*error, n)
	for i, c := range begun {
		keys[i], states[i], moved[i] = c.SendKey, string(c.state), &c.err
	}
	const numbers = ` SELECT no FROM begun`
	sql := first + numbers
	if slices.Contains(states, string(campaigns.Ghost)) {
		sql = first + gone + numbers
	}
	return query{sql, append(keyColumns(keys), now, states, l.Holder, l.Term, -now.UnixMicro()), onlyOurs(keys, moved)}
}

// release makes a claimed send due again, at the given time or as it was.
func release(k SendKey, at *time.Time, moved *error) query {
	const sql = `UPDATE outbox SET worker = NULL, term = NULL, due_at = coalesce($5, due_at)
		WHERE customer_id = $1 AND campaign_key = $2 AND entry = $3 AND step_key = $4 RETURNING 1`
	return query{sql, []any{k.CustomerID, k.CampaignKey, k.Entry, k.StepKey, at}, onlyOurs([]SendKey{k}, []*error{moved})}
}

// onlyOurs tells those sends apart that a statement did not change, which returns the numbers of the others.
func onlyOurs(keys []SendKey, moved []*error) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		numbers, err := pgx.CollectRows(rows, pgx.RowTo[int])
		if err != nil || len(numbers) == len(keys) {
			return err
		}
		changed := map[int]bool{}
		for _, n := range numbers {
			changed[n-1] = true
		}
		for i, k := range keys {
			if !changed[i] {
				*moved[i] = notOurs(k)
			}
		}
		return nil
	}
}

func notOurs(k SendKey) error {
	return fmt.Errorf("%s, step %s: %w", k.CampaignKey, k.StepKey, ErrNotOurs)
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

// Defer puts a send off that could not even be attempted. One whose last attempt is unknown stays unknown.
func (s *Store) Defer(ctx context.Context, k SendKey, reason string, until time.Time) error {
	return wrap("put a send off", s.inTx(ctx, func(tx pgx.Tx) error {
		const sql = `UPDATE sends SET state = CASE state WHEN 'unknown' THEN 'unknown' ELSE 'deferred' END, reason = $5
			WHERE customer_id = $1 AND campaign_key = $2 AND entry = $3 AND step_key = $4 AND state IN ('planned', 'deferred', 'unknown')`
		tag, err := tx.Exec(ctx, sql, k.CustomerID, k.CampaignKey, k.Entry, k.StepKey, reason)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		var moved error
		if err := release(k, &until, &moved).in(ctx, tx, s.often); err != nil {
			return err
		}
		return moved
	}))
}
