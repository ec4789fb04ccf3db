package store

import (
	"context"
	"fmt"
	"time"

	"treue/campaigns/lift"
)

// PastOutcome is what some customers brought in a past window.
type PastOutcome struct {
	Sums   lift.Sums // of all, those who brought nothing included
	Buyers int64
	Margin bool // else revenue: not every order has a margin
}

// pastSQL sums up the orders of the customers $2 from $3 to $4, with refunds as known at $1.
func pastSQL() string {
	return `
WITH x AS MATERIALIZED (
	SELECT count(o.customer_id) AS orders, coalesce(sum(o.revenue), 0) / 100.0 AS revenue, coalesce(sum(o.margin), 0) / 100.0 AS margin,
		count(o.customer_id) = count(o.margin) AS known
	FROM unnest($2::bigint[]) i(customer_id)
	CROSS JOIN ` + termsFrom(5) + `
	LEFT JOIN LATERAL (` + counted(`o.customer_id = i.customer_id AND o.ordered_at >= $3 AND o.ordered_at < $4`, `e.effective_at <= $1`) + `) o ON true
	GROUP BY i.customer_id
), b AS (SELECT coalesce(bool_and(known), false) AND coalesce(sum(orders), 0) > 0 AS margin FROM x),
y AS (SELECT b.margin, x.orders, CASE WHEN b.margin THEN x.margin ELSE x.revenue END AS y FROM x CROSS JOIN b)
SELECT coalesce(bool_and(margin), false), count(*), count(*) FILTER (WHERE orders > 0), coalesce(sum(y), 0), coalesce(sum(y * y), 0), coalesce(sum(y * y * y), 0)
FROM y`
}

// Past reads what customers brought from one moment to another, as known at now.
func (s *Store) Past(ctx context.Context, ids []int64, t Terms, from, to, now time.Time) (PastOutcome, error) {
	var p PastOutcome
	err := s.pool.QueryRow(ctx, pastSQL(), t.args(now, ids, from, to)...).
		Scan(&p.Margin, &p.Sums.N, &p.Buyers, &p.Sums.Y, &p.Sums.Y2, &p.Sums.Y3)
	if err != nil {
		return p, fmt.Errorf("read what the audience brought: %w", err)
	}
	return p, nil
}

// Launched reports whether anybody has been assigned in the campaign's split.
func (s *Store) Launched(ctx context.Context, campaignKey string, split int) (bool, error) {
	var launched bool
	const sql = `SELECT EXISTS (SELECT FROM assignments WHERE campaign_key = $1 AND split = $2)`
	err := s.pool.QueryRow(ctx, sql, campaignKey, split).Scan(&launched)
	return launched, wrap("read the arms of "+campaignKey, err)
}
