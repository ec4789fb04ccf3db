package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/campaigns"
)

// Pace is the clock and the ramp by which tokens are given out. The clocks of all processes must agree.
type Pace struct {
	At         time.Time // moves on while a run's now stands still
	Day        time.Time // the shop's day: midnight UTC of that date
	WarmStart  int       // mails a provider gets on the first day; 0: no warming up
	WarmFactor float64   // by which each further day with mail is larger
	Bucketed   bool      // a provider without a bucket gets nothing, since Limits.All promises it one
	After      string    // providers are taken in turn, from the one that follows this
	Skip       []string  // providers that get nothing from this worker now
}

// RateOf is a provider's rate.
type RateOf struct {
	Provider string
	campaigns.Rate
}

// newRateSQL is a provider without a limit and with a token. A row that exists is locked, so that it is not forgotten
// before it is read.
const newRateSQL = `INSERT INTO provider_rates (provider, reason, kind, next_at, warm_days, warm_sent) VALUES ($1, '', '', '-infinity', 0, 0)
	ON CONFLICT (provider) DO UPDATE SET provider = excluded.provider WHERE false`

const rateColumns = `kind, reason, coalesce(since, '0001-01-01'), coalesce(paused_until, '0001-01-01'), coalesce(pause, '0'), coalesce(per_hour, 0),
	coalesce(ceiling, 0), coalesce(fixed, 0), coalesce(raised_at, '0001-01-01')`

func rateTargets(r *campaigns.Rate) []any {
	return []any{&r.Kind, &r.Reason, &r.Since, &r.PausedUntil, &r.Pause, &r.PerHour, &r.Ceiling, &r.Fixed, &r.RaisedAt}
}

// Troubles returns the rates of the providers with which something is wrong, faults of ours first.
func (s *Store) Troubles(ctx context.Context) ([]RateOf, error) {
	rows, err := s.pool.Query(ctx, `SELECT provider, `+rateColumns+` FROM provider_rates WHERE kind <> '' ORDER BY kind <> 'fault', provider`)
	if err != nil {
		return nil, fmt.Errorf("read the rates: %w", err)
	}
	rates, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (RateOf, error) {
		var r RateOf
		err := row.Scan(append([]any{&r.Provider}, rateTargets(&r.Rate)...)...)
		return r, err
	})
	return rates, wrap("read the rates", err)
}

// AdjustRate lets change decide on a provider's rate while nobody else does, and returns it before and after. Traffic is
// that of the ten minutes before at.
func (s *Store) AdjustRate(ctx context.Context, provider string, at time.Time, change func(campaigns.Rate, campaigns.Traffic) campaigns.Rate) (before, after campaigns.Rate, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, newRateSQL, provider); err != nil {
			return err
		}
		row := tx.QueryRow(ctx, `SELECT `+rateColumns+` FROM provider_rates WHERE provider = $1 FOR UPDATE`, provider)
		if err := row.Scan(rateTargets(&before)...); err != nil {
			return err
		}
		// Read after the lock: what the process before us has counted is in it.
		var seen campaigns.Traffic
		const traffic = `SELECT coalesce(sum(tried), 0), coalesce(sum(blocked), 0) FROM provider_minutes WHERE provider = $1 AND minute > $2 AND minute <= $3`
		if err := tx.QueryRow(ctx, traffic, provider, at.Add(-10*time.Minute), at).Scan(&seen.Tried, &seen.Blocked); err != nil {
			return err
		}
		if after = change(before, seen); after == before {
			return nil
		}
		return writeRate(ctx, tx, provider, after)
	})
	return before, after, wrap("change the rate of "+provider, err)
}

func writeRate(ctx context.Context, tx pgx.Tx, provider string, r campaigns.Rate) error {
	const sql = `UPDATE provider_rates SET kind = $2, reason = $3, since = $4, paused_until = $5, pause = $6, per_hour = nullif($7, 0), ceiling = nullif($8, 0),
		raised_at = $9 WHERE provider = $1`
	_, err := tx.Exec(ctx, sql, provider, string(r.Kind), r.Reason, timeOrNull(r.Since), timeOrNull(r.PausedUntil), r.Pause, r.PerHour, r.Ceiling, timeOrNull(r.RaisedAt))
	return err
}

func timeOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// Resume ends the pauses that faults of ours have caused: somebody has mended them.
func (s *Store) Resume(ctx context.Context) error {
	_, err := s.pool.Exec(ctx, `UPDATE provider_rates SET paused_until = NULL, pause = NULL WHERE kind = 'fault'`)
	return wrap("resume sending", err)
}

// Limits are the shop's own limits, in mails an hour.
type Limits struct {
	PerHour map[string]int // by provider; 0: none. Each of them gets a bucket
	Rest    int            // for every other provider; 0: none
	All     bool           // every provider that waits for mail gets a bucket, be it to warm up
}

// SetLimits makes the limits those that hold.
func (s *Store) SetLimits(ctx context.Context, l Limits) error {
	names, limits := []string{}, []int{}
	for name, limit := range l.PerHour {
		names, limits = append(names, name), append(limits, limit)
	}
	const sql = `WITH RECURSIVE waiting AS (
			(SELECT provider FROM outbox WHERE worker IS NULL ORDER BY provider LIMIT 1)
			UNION ALL
			SELECT (SELECT o.provider FROM outbox o WHERE o.worker IS NULL AND o.provider > w.provider ORDER BY o.provider LIMIT 1) FROM waiting w WHERE w.provider IS NOT NULL
		), wanted AS (
			SELECT w.provider, nullif(w.fixed, 0) AS fixed FROM unnest($1::text[], $2::int[]) w(provider, fixed)
			UNION ALL
			SELECT provider, nullif($3::int, 0) FROM waiting WHERE $4 AND provider IS NOT NULL AND provider <> ALL($1)
		), others AS (
			UPDATE provider_rates r SET fixed = nullif($3::int, 0) WHERE fixed IS DISTINCT FROM nullif($3::int, 0)
				AND NOT EXISTS (SELECT FROM wanted w WHERE w.provider = r.provider)
		)
		INSERT INTO provider_rates AS r (provider, fixed, reason, kind, next_at, warm_days, warm_sent)
		SELECT provider, fixed, '', '', '-infinity', 0, 0 FROM wanted ORDER BY provider
		ON CONFLICT (provider) DO UPDATE SET fixed = excluded.fixed WHERE r.fixed IS DISTINCT FROM excluded.fixed`
	_, err := s.pool.Exec(ctx, sql, names, limits, l.Rest, l.All)
	return wrap("set the limits of providers", err)
}

// CountAttempts adds a worker's attempts at a provider to the traffic of late.
func (s *Store) CountAttempts(ctx context.Context, worker, provider string, at time.Time, t campaigns.Traffic) error {
	const sql = `INSERT INTO provider_minutes AS m (provider, minute, worker, tried, blocked) VALUES ($1, date_trunc('minute', $2::timestamptz), $3, $4, $5)
		ON CONFLICT (provider, minute, worker) DO UPDATE SET tried = m.tried + $4, blocked = m.blocked + $5`
	_, err := s.pool.Exec(ctx, sql, provider, at, worker, t.Tried, t.Blocked)
	return wrap("count attempts", err)
}

// ForgetAttempts drops traffic that nothing looks at any more, and providers that have had no mail for a month and no
// trouble: many are the domain of a single customer.
func (s *Store) ForgetAttempts(ctx context.Context, at time.Time) error {
	if _, err := s.pool.Exec(ctx, `DELETE FROM provider_minutes WHERE minute < $1`, at.Add(-time.Hour)); err != nil {
		return fmt.Errorf("forget attempts: %w", err)
	}
	const idle = `DELETE FROM provider_rates r WHERE kind = '' AND next_at < $1 AND coalesce(warm_day, '-infinity') < $1::date
		AND NOT EXISTS (SELECT FROM outbox o WHERE o.provider = r.provider)`
	_, err := s.pool.Exec(ctx, idle, at.AddDate(0, -1, 0))
	return wrap("forget idle providers", err)
}

// NextToken returns when a send that is due at now and only waits for its provider may leave at the earliest, or
// ErrNotFound. What is spent for the day does not count.
func (s *Store) NextToken(ctx context.Context, campaignKeys []string, now time.Time, p Pace) (time.Time, error) {
	const sql = `SELECT nullif(w.at, '-infinity') FROM provider_rates r
		CROSS JOIN LATERAL (SELECT greatest(r.next_at, r.paused_until, (SELECT max(paused_until) FROM provider_rates WHERE kind = 'fault')) AS at) w
		WHERE r.provider <> ALL($6::text[]) AND NOT ($3 > 0 AND r.warm_day >= $5 AND r.warm_sent >= floor($3 * power($4, r.warm_days)))
			AND EXISTS (SELECT FROM outbox o JOIN campaigns c USING (campaign_key) WHERE o.provider = r.provider AND o.worker IS NULL AND o.due_at <= $2
				AND c.campaign_key = ANY($1) AND c.status IN ('active', 'archived'))
		ORDER BY w.at LIMIT 1`
	var at *time.Time
	err := s.pool.QueryRow(ctx, sql, campaignKeys, now, p.WarmStart, p.WarmFactor, p.Day, append([]string{}, p.Skip...)).Scan(&at)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return time.Time{}, ErrNotFound
	case err != nil:
		return time.Time{}, fmt.Errorf("look for the next token: %w", err)
	case at == nil:
		return p.At, nil
	}
	return *at, nil
}
