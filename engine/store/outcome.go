package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Window says which outcomes to freeze: those of a campaign's split over so many days after the assignment.
type Window struct {
	CampaignKey string
	Split       int
	Days        int            // of the window
	Last        int            // days of the campaign's last read; not above Days: there is no later one
	Grace       int            // days after it, until refunds are known
	Zone        *time.Location // the campaign's, in which days are counted; that of Terms is not used
	CostPerMail float64        // major units
	Revenue     bool           // read in revenue even if every order has a margin
	Terms
}

// maturity is when the window of an assignment ends and when its outcome is final: the same local time so many
// calendar days later. A local time that daylight saving repeats is the second of the two.
const maturity = `
	SELECT a.*, w.window_end, ((w.window_end AT TIME ZONE $5) + make_interval(days => $6)) AT TIME ZONE $5 AS matured_at
	FROM assignments a
	CROSS JOIN LATERAL (SELECT ((a.assigned_at AT TIME ZONE $5) + make_interval(days => $4)) AT TIME ZONE $5 AS window_end) w
	WHERE a.campaign_key = $2 AND a.split = $3`

// args are the parameters of maturity at now.
func (w *Window) args(now time.Time) []any {
	return []any{now, w.CampaignKey, w.Split, w.Days, w.Zone.String(), w.Grace}
}

// counted are the orders o that count, with their money as it was known then: span narrows them by time, known the
// refunds and cancellations e. It expects terms as [orderValue] does.
func counted(span, known string) string {
	return `SELECT o.customer_id, o.ordered_at, ` + orderValue + `
		FROM orders o
		CROSS JOIN LATERAL (
			SELECT coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0) AS refund,
				coalesce(sum(amount) FILTER (WHERE kind = 'refund' AND goods_kept), 0) AS refund_kept,
				coalesce(sum(CASE kind WHEN 'cancel' THEN 1 WHEN 'reopen' THEN -1 ELSE 0 END), 0) > 0 AS cancelled
			FROM order_events e WHERE e.customer_id = o.customer_id AND e.order_id = o.order_id AND ` + known + `
		) e ` + keptShare + `
		WHERE ` + span + ` AND o.status <> 'test' AND NOT e.cancelled`
}

// outcomesSQL computes outcomes of assignments: all orders in the window, with refunds as known when it matured, what was
// known of the customer before the draw, and both histories that a model values. of narrows the assignments a.
func outcomesSQL(of string) string {
	return `
SELECT a.customer_id, a.version, a.arm, a.matured_at, v.orders, v.revenue, v.margin,
	$10::float8 * (SELECT count(*) FROM sends s WHERE s.customer_id = a.customer_id AND s.campaign_key = a.campaign_key AND s.state = 'accepted'
		AND s.last_attempt_at >= a.assigned_at AND s.last_attempt_at < a.window_end), p.orders, p.revenue, p.margin,
	h.repeats, h.first_on, h.last_on, h.spend, (a.assigned_at AT TIME ZONE $5)::date,
	g.repeats, g.first_on, g.last_on, g.spend, (a.window_end AT TIME ZONE $5)::date
FROM (` + maturity + `) a
CROSS JOIN ` + termsFrom(7) + `
CROSS JOIN LATERAL (
	SELECT count(*) AS orders, coalesce(sum(x.revenue), 0) / 100.0 AS revenue,
		CASE WHEN count(*) = count(x.margin) THEN coalesce(sum(x.margin), 0) / 100.0 END AS margin
	FROM (` + counted(`o.customer_id = a.customer_id AND o.ordered_at >= a.assigned_at AND o.ordered_at < a.window_end`,
		`e.effective_at <= a.matured_at`) + `) x
) v
CROSS JOIN LATERAL (
	SELECT ((a.assigned_at AT TIME ZONE $5) - make_interval(days => $4)) AT TIME ZONE $5 AS window_begin,
		((a.assigned_at AT TIME ZONE $5) - make_interval(days => 365)) AT TIME ZONE $5 AS year_begin
) s
CROSS JOIN LATERAL (
	SELECT count(*) FILTER (WHERE x.ordered_at >= s.window_begin) AS orders,
		coalesce(sum(x.revenue) FILTER (WHERE x.ordered_at >= s.year_begin), 0) / 100.0 AS revenue,
		CASE WHEN count(*) = count(x.margin) THEN coalesce(sum(x.margin) FILTER (WHERE x.ordered_at >= s.year_begin), 0) / 100.0 END AS margin
	FROM (` + counted(`o.customer_id = a.customer_id AND o.ordered_at >= least(s.window_begin, s.year_begin) AND o.ordered_at < a.assigned_at`,
		`e.effective_at < a.assigned_at`) + `) x
) p
CROSS JOIN LATERAL (` + buying(`o.ordered_at < a.assigned_at`, `e.effective_at < a.assigned_at`) + `) h
CROSS JOIN LATERAL (` + buying(`o.ordered_at < a.window_end`, `e.effective_at <= a.matured_at`) + `) g
WHERE ` + of
}

// buying is what a purchase model knows of the customer of the assignment a: purchases of one day are one.
func buying(span, known string) string {
	return `SELECT count(*) - 1 AS repeats, min(x.on_day) AS first_on, max(x.on_day) AS last_on,
			(sum(x.revenue) - (array_agg(x.revenue ORDER BY x.on_day))[1]) / nullif(count(*) - 1, 0) / 100.0 AS spend
		FROM (SELECT (y.ordered_at AT TIME ZONE $5)::date AS on_day, sum(y.revenue) AS revenue
			FROM (` + counted(`$11::bool AND o.customer_id = a.customer_id AND `+span, known) + `) y GROUP BY 1) x`
}

// matured narrows assignments to those that have matured at $1 and have no outcome yet.
const matured = `a.matured_at <= $1 AND NOT EXISTS (SELECT FROM outcomes d
	WHERE d.customer_id = a.customer_id AND d.campaign_key = a.campaign_key AND d.split = a.split AND d.read_days = $4)`

// doubted narrows them to the customers $12, whose orders changed after their outcome was frozen.
const doubted = `$1::timestamptz IS NOT NULL AND a.customer_id = ANY($12)`

// capsSQL writes where amounts are cut, once the first outcome is there. The nearest-rank percentile is that of everybody
// who brought something before the first draw: of a campaign's own audience, chosen for its silence, often nobody did.
func capsSQL() string {
	return `
INSERT INTO outcome_caps (campaign_key, split, read_days, first_at, revenue, margin, revenue_before, margin_before)
SELECT $2, $3, $4, f.first_at,
	percentile_disc($10::float8) WITHIN GROUP (ORDER BY c.revenue) FILTER (WHERE c.revenue <> 0),
	percentile_disc($10::float8) WITHIN GROUP (ORDER BY c.margin) FILTER (WHERE c.margin <> 0),
	percentile_disc($10::float8) WITHIN GROUP (ORDER BY c.year_revenue) FILTER (WHERE c.year_revenue <> 0),
	percentile_disc($10::float8) WITHIN GROUP (ORDER BY c.year_margin) FILTER (WHERE c.year_margin <> 0)
FROM (SELECT min(assigned_at) AS first_at FROM assignments WHERE campaign_key = $2 AND split = $3 AND assigned_at <= $1) f
CROSS JOIN ` + termsFrom(7) + `
CROSS JOIN LATERAL (
	SELECT ((f.first_at AT TIME ZONE $5) - make_interval(days => $4)) AT TIME ZONE $5 AS window_begin,
		((f.first_at AT TIME ZONE $5) - make_interval(days => 365)) AT TIME ZONE $5 AS year_begin
) s
LEFT JOIN LATERAL (
	SELECT sum(x.revenue) FILTER (WHERE x.ordered_at >= s.window_begin) / 100.0 AS revenue,
		sum(x.margin) FILTER (WHERE x.ordered_at >= s.window_begin) / 100.0 AS margin,
		sum(x.revenue) FILTER (WHERE x.ordered_at >= s.year_begin) / 100.0 AS year_revenue,
		sum(x.margin) FILTER (WHERE x.ordered_at >= s.year_begin) / 100.0 AS year_margin
	FROM (` + counted(`o.ordered_at >= least(s.window_begin, s.year_begin) AND o.ordered_at < f.first_at`, `e.effective_at < f.first_at`) + `) x
	GROUP BY x.customer_id
) c ON true
WHERE $6::int >= 0 AND EXISTS (SELECT FROM outcomes WHERE campaign_key = $2 AND split = $3 AND read_days = $4 AND matured_at <= $1)
	AND NOT EXISTS (SELECT FROM outcome_caps WHERE campaign_key = $2 AND split = $3 AND read_days = $4)
GROUP BY f.first_at
ON CONFLICT DO NOTHING`
}

// Draw is a stored arm beside what it was drawn from, so that it can be drawn again.
type Draw struct {
	CustomerID int64
	Arm        string
	Share      float64
}

// Draws calls visit for every assignment of a split.
func (s *Store) Draws(ctx context.Context, campaignKey string, split int, visit func(Draw)) error {
	rows, err := s.pool.Query(ctx, `SELECT customer_id, arm, share FROM assignments WHERE campaign_key = $1 AND split = $2`, campaignKey, split)
	if err != nil {
		return fmt.Errorf("read the arms of %s: %w", campaignKey, err)
	}
	_, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (struct{}, error) {
		var d Draw
		err := r.Scan(&d.CustomerID, &d.Arm, &d.Share)
		visit(d)
		return struct{}{}, err
	})
	return wrap("read the arms of "+campaignKey, err)
}

// MailedControls counts mails that reached a server for a customer in the control group: there must be none.
func (s *Store) MailedControls(ctx context.Context, campaignKey string) (int64, error) {
	const sql = `SELECT count(*) FROM sends s JOIN entries e USING (customer_id, campaign_key, entry)
		JOIN assignments a USING (customer_id, campaign_key, split)
		WHERE s.campaign_key = $1 AND a.arm = 'control' AND s.state IN ('accepted', 'bounced', 'unknown', 'sending')`
	var n int64
	err := s.pool.QueryRow(ctx, sql, campaignKey).Scan(&n)
	return n, wrap("reconcile "+campaignKey, err)
}
