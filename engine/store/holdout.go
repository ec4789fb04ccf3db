package store

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"treue/rules/features"
)

// HeldOut is a buyer on both sides of a split: what was known of them then, and what they did after it. Money is in
// major units.
type HeldOut struct {
	FirstOrderOn, LastOrderOn features.Day
	RepeatDays                int64
	First                     float64 // value of the first day with an order
	RepeatSpend               float64 // mean value per repeat day; NaN without one
	LaterDays                 int64   // days with an order after the split
	LaterRevenue              float64
}

// heldOutSQL splits every history after $1 and ends at $2: refunds and cancellations of the orders before the split count
// as known at the split. Customers come in the order of the shop's ids, shorter ones first, so that ties between them
// fall the same way on every machine.
const heldOutSQL = `
WITH e AS (
	SELECT customer_id, order_id,
		coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0)::bigint AS refund,
		coalesce(sum(amount) FILTER (WHERE kind = 'refund' AND effective_at <= $1), 0)::bigint AS refund_then,
		sum(CASE kind WHEN 'cancel' THEN 1 WHEN 'reopen' THEN -1 ELSE 0 END) > 0 AS cancelled,
		sum(CASE kind WHEN 'cancel' THEN 1 WHEN 'reopen' THEN -1 ELSE 0 END) FILTER (WHERE effective_at <= $1) > 0 AS cancelled_then
	FROM order_events WHERE effective_at <= $2 GROUP BY customer_id, order_id
),
o AS (
	SELECT o.customer_id, (o.ordered_at AT TIME ZONE $3)::date AS day, x.before,
		(o.total - coalesce(CASE WHEN x.before THEN e.refund_then ELSE e.refund END, 0))::float8 / 100 AS revenue
	FROM orders o LEFT JOIN e USING (customer_id, order_id) CROSS JOIN LATERAL (SELECT o.ordered_at <= $1 AS before) x
	WHERE o.ordered_at <= $2 AND o.status <> 'test' AND NOT coalesce(CASE WHEN x.before THEN e.cancelled_then ELSE e.cancelled END, false)
),
d AS (SELECT customer_id, day, before, sum(revenue) AS revenue FROM o GROUP BY customer_id, day, before),
p AS (
	SELECT customer_id, min(day) AS first_on, max(day) FILTER (WHERE before) AS last_on, count(*) FILTER (WHERE before) - 1 AS repeat_days,
		(array_agg(revenue ORDER BY day))[1] AS first, sum(revenue) FILTER (WHERE before) AS revenue,
		count(*) FILTER (WHERE NOT before) AS later_days, coalesce(sum(revenue) FILTER (WHERE NOT before), 0) AS later_revenue
	FROM d GROUP BY customer_id HAVING bool_or(before)
)
SELECT p.first_on, p.last_on, p.repeat_days, p.first, (p.revenue - p.first) / nullif(p.repeat_days, 0), p.later_days, p.later_revenue
FROM p JOIN customers c USING (customer_id) WHERE c.erased_at IS NULL AND c.customer_id NOT IN (` + objecting + `)
ORDER BY length(c.external_id), c.external_id COLLATE "C", c.source COLLATE "C"`

// HeldOut reads every buyer's history up to and including the day of the split, and what they ordered after it until end.
func (s *Store) HeldOut(ctx context.Context, split features.Day, end time.Time, zone *time.Location) ([]HeldOut, error) {
	then := (split + 1).Start(zone).Add(-time.Microsecond)
	var all []HeldOut
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL work_mem = '64MB'`); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, heldOutSQL, then, end, zone.String())
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (HeldOut, error) {
			h := HeldOut{RepeatSpend: math.NaN()}
			var first, last pgtype.Date
			var spend *float64
			err := r.Scan(&first, &last, &h.RepeatDays, &h.First, &spend, &h.LaterDays, &h.LaterRevenue)
			h.FirstOrderOn, h.LastOrderOn = day(first), day(last)
			if spend != nil {
				h.RepeatSpend = *spend
			}
			return h, err
		})
		return err
	})
	return all, wrap("read the histories around "+split.String(), err)
}

// OrderSpan returns the days of the first and the last order that counts as known at now; ErrNotFound if there is none.
func (s *Store) OrderSpan(ctx context.Context, now time.Time, zone *time.Location) (first, last features.Day, err error) {
	const sql = `SELECT (min(ordered_at) AT TIME ZONE $2)::date, (max(ordered_at) AT TIME ZONE $2)::date FROM orders WHERE ordered_at <= $1 AND status <> 'test'`
	var from, to pgtype.Date
	if err := s.pool.QueryRow(ctx, sql, now, zone.String()).Scan(&from, &to); err != nil {
		return 0, 0, fmt.Errorf("find the first and the last order: %w", err)
	}
	if !from.Valid {
		return 0, 0, ErrNotFound
	}
	return day(from), day(to), nil
}
