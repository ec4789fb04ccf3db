package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// Passing is what the gates look at and what a moment alone may change, for all customers: few have any.
type Passing struct {
	at         time.Time
	suppressed map[int64]bool      // whose address is
	entered    map[int64]string    // the campaign that took them on this local day
	coming     map[int64]int       // mails that are due and not yet attempted
	open       map[inCampaign]bool // whose entry still has mails to come
}

type inCampaign struct {
	customerID  int64
	campaignKey string
}

// Passing reads it as known at now; the local day began at dayStart.
func (s *Store) Passing(ctx context.Context, now, dayStart time.Time) (Passing, error) {
	const suppressed = `SELECT c.customer_id FROM suppressions x JOIN customers c USING (address_hash) WHERE x.since <= $1`
	const entered = `SELECT customer_id, min(campaign_key) FROM entries WHERE entered_at >= $2 AND entered_at <= $1 GROUP BY 1`
	const open = `SELECT s.customer_id, g.campaign_key, count(*) FILTER (WHERE s.first_attempt_at IS NULL AND s.due_at <= $1)
		FROM campaigns g CROSS JOIN LATERAL (SELECT customer_id, first_attempt_at, due_at FROM sends
			WHERE campaign_key = g.campaign_key AND state IN (` + openStates + `) AND planned_at <= $1 OFFSET 0) s GROUP BY 1, 2`
	p := Passing{now, map[int64]bool{}, map[int64]string{}, map[int64]int{}, map[inCampaign]bool{}}
	var id int64
	var key string
	var n int
	for _, part := range []struct {
		sql     string
		args    []any
		targets []any
		keep    func()
	}{
		{suppressed, []any{now}, []any{&id}, func() { p.suppressed[id] = true }},
		{entered, []any{now, dayStart}, []any{&id, &key}, func() { p.entered[id] = key }},
		{open, []any{now}, []any{&id, &key, &n}, func() {
			p.open[inCampaign{id, key}] = true
			if n > 0 {
				p.coming[id] += n
			}
		}},
	} {
		rows, err := s.pool.Query(ctx, part.sql, part.args...)
		if err != nil {
			return p, wrap("read the candidates", err)
		}
		_, err = pgx.ForEachRow(rows, part.targets, func() error {
			part.keep()
			return nil
		})
		if err != nil {
			return p, wrap("read the candidates", err)
		}
	}
	return p, nil
}

// Happened returns the customers of whom anything that [Store.Facts] or [Store.Memberships] tells may have changed between
// since and now, if the published set is the one given and was not changed; otherwise ok is false. What was read when that set
// had been begun, or later, and as of since, is as it was for everybody else.
func (s *Store) Happened(ctx context.Context, set Set, since, now time.Time) (ids []int64, ok bool, err error) {
	// The planner does not know how dates lie in columns that are mostly empty, see pickByDate.
	const begin = `BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL jit = off; SET LOCAL enable_seqscan = off`
	const sql = mailWindows + ` SELECT DISTINCT customer_id FROM (SELECT customer_id FROM stale_customers UNION ALL ` + becomeOther + `) x`
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{BeginQuery: begin}, func(tx pgx.Tx) error {
		current, err := scanSet(tx.QueryRow(ctx, currentSet))
		if errors.Is(err, ErrNotFound) || err == nil && !current.Is(set) {
			return nil
		}
		if err != nil {
			return err
		}
		ok = true
		rows, err := tx.Query(ctx, sql, since, now)
		if err != nil {
			return err
		}
		ids, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		return err
	})
	return ids, ok, wrap("look for changes", err)
}
