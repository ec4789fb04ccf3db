package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/campaigns/lift"
)

// Evidence is what a report shows beside its figures: how the customers came in, what both arms did week by week, how
// they were treated and how they behaved.
type Evidence struct {
	Funnel   Funnel
	Curve    []Week    // by arm and week
	Conduct  []Conduct // by arm
	Overlaps []Overlap // with other campaigns of our own
}

// Evidence gathers what was known at now. Margin says which basis the report has.
func (s *Store) Evidence(ctx context.Context, w Window, margin bool, now time.Time) (Evidence, error) {
	var e Evidence
	asOneSees := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, s.pool, asOneSees, func(tx pgx.Tx) (err error) {
		if e.Funnel, err = funnel(ctx, tx, &w, now); err != nil {
			return err
		}
		if e.Curve, err = gather[Week](ctx, tx, curveSQL(basisName(margin)), w.valued(now)...); err != nil {
			return err
		}
		if e.Conduct, err = gather[Conduct](ctx, tx, conductSQL, w.assignedArgs(now)...); err != nil {
			return err
		}
		e.Overlaps, err = overlaps(ctx, tx, &w, basisName(margin), now)
		return err
	})
	return e, wrap("gather the evidence of "+w.CampaignKey, err)
}

func gather[T any](ctx context.Context, tx pgx.Tx, sql string, args ...any) ([]T, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[T])
}

func basisName(margin bool) string {
	if margin {
		return "margin"
	}
	return "revenue"
}

// assignedArgs are the parameters of assigned at now.
func (w *Window) assignedArgs(now time.Time) []any {
	return []any{now, w.CampaignKey, w.Split, w.Days, w.Zone.String()}
}

// valued are assignedArgs with the terms of orders; $6 is not used there.
func (w *Window) valued(now time.Time) []any {
	return w.Terms.args(w.args(now)...)
}

// assigned are the customers of a split with the part of their window that is over at $1: until when, and how many
// weeks of it. The last week may be shorter than seven days.
const assigned = `
	SELECT a.customer_id, a.arm, a.assigned_at, least(w.window_end, $1) AS until,
		CASE WHEN w.window_end <= $1 THEN ceil($4::int / 7.0)::int
			ELSE floor(extract(epoch FROM ($1::timestamptz AT TIME ZONE $5) - (a.assigned_at AT TIME ZONE $5)) / 604800)::int END AS seen
	FROM assignments a
	CROSS JOIN LATERAL (SELECT ((a.assigned_at AT TIME ZONE $5) + make_interval(days => $4)) AT TIME ZONE $5 AS window_end) w
	WHERE a.campaign_key = $2 AND a.split = $3 AND a.assigned_at <= $1`

// Week is what an arm brought in one week after the assignment, in major units and before the cost of mail.
type Week struct {
	Arm        string
	Week       int   // 1 is the first
	Observed   int64 // customers for whom it is over
	Value      float64
	Total      float64 // of those, up to the end of the week
	TotalTwice float64 // sum of the squares of each customer's total
}

// curveSQL sums up the weeks. Customers who bought nothing are in the counts alone.
func curveSQL(basis string) string {
	return `
WITH a AS MATERIALIZED (` + assigned + `), x AS MATERIALIZED (
	SELECT a.arm, a.customer_id, a.seen, v.week, sum(v.amount) AS amount
	FROM a CROSS JOIN ` + termsFrom(7) + `
	CROSS JOIN LATERAL (
		SELECT 1 + floor(extract(epoch FROM (o.ordered_at AT TIME ZONE $5) - (a.assigned_at AT TIME ZONE $5)) / 604800)::int AS week,
			coalesce(o.` + basis + `, 0) / 100.0 AS amount
		FROM (` + counted(`o.customer_id = a.customer_id AND o.ordered_at >= a.assigned_at AND o.ordered_at < a.until`, `e.effective_at <= $1`) + `) o
	) v
	WHERE v.week <= a.seen AND $6::int >= 0
	GROUP BY 1, 2, 3, 4
)
SELECT n.arm, w.week, n.observed, coalesce(v.amount, 0)::float8, coalesce(t.total, 0)::float8, coalesce(t.squares, 0)::float8
FROM generate_series(1, ceil($4::int / 7.0)::int) w(week)
CROSS JOIN LATERAL (SELECT a.arm, count(*) AS observed FROM a WHERE a.seen >= w.week GROUP BY a.arm) n
LEFT JOIN LATERAL (SELECT sum(x.amount) AS amount FROM x WHERE x.arm = n.arm AND x.week = w.week) v ON true
LEFT JOIN LATERAL (
	SELECT sum(c.total) AS total, sum(c.total * c.total) AS squares
	FROM (SELECT sum(x.amount) AS total FROM x WHERE x.arm = n.arm AND x.week <= w.week AND x.seen >= w.week GROUP BY x.customer_id) c
) t ON true
ORDER BY 1, 2`
}

// Overlap is one arm of another campaign within one arm of this one: the outcomes of the customers in both.
type Overlap struct {
	Campaign string
	Split    int
	Arm      string // of this campaign
	Other    string // arm of the other campaign
	Sums     lift.Sums
}

// overlapsSQL groups the matured outcomes by the arms of campaigns whose window met this one's.
func overlapsSQL(basis string) string {
	return `
SELECT b.campaign_key, b.split, a.arm, b.arm, count(*), sum(y.y), sum(y.y * y.y), sum(y.y * y.y * y.y)
FROM outcomes d
JOIN assignments a USING (customer_id, campaign_key, split)
JOIN assignments b ON b.customer_id = d.customer_id AND b.campaign_key <> d.campaign_key
	AND b.assigned_at > a.assigned_at - make_interval(days => $4) AND b.assigned_at < a.assigned_at + make_interval(days => $4)
JOIN campaigns c ON c.campaign_key = b.campaign_key AND c.kind <> 'external'
CROSS JOIN LATERAL (SELECT d.` + basis + ` - d.cost AS y) y
WHERE d.campaign_key = $2 AND d.split = $3 AND d.read_days = $4 AND d.matured_at <= $1 AND y.y IS NOT NULL
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`
}

func overlaps(ctx context.Context, tx pgx.Tx, w *Window, basis string, now time.Time) ([]Overlap, error) {
	rows, err := tx.Query(ctx, overlapsSQL(basis), now, w.CampaignKey, w.Split, w.Days)
	if err != nil {
		return nil, fmt.Errorf("read overlaps: %w", err)
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (o Overlap, err error) {
		err = r.Scan(&o.Campaign, &o.Split, &o.Arm, &o.Other, &o.Sums.N, &o.Sums.Y, &o.Sums.Y2, &o.Sums.Y3)
		return o, err
	})
}
