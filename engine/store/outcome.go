package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/campaigns/lift"
)

// Window says which outcomes to freeze: those of a campaign's split over so many days after the assignment.
type Window struct {
	CampaignKey string
	Split       int
	Days        int            // of the window
	Grace       int            // days after it, until refunds are known
	Zone        *time.Location // the campaign's, in which days are counted; that of Terms is not used
	CostPerMail float64        // major units
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

// freezeSQL writes the outcome of every assignment that has matured at $1: all orders in the window, with refunds as
// known when it matured. It is written once; reading it again costs no look at the orders.
const freezeSQL = `
INSERT INTO outcomes (customer_id, campaign_key, split, read_days, revision, version, arm, matured_at, orders, revenue, margin, cost)
SELECT a.customer_id, a.campaign_key, a.split, $4, 1, a.version, a.arm, a.matured_at, v.orders, v.revenue, v.margin,
	$9::float8 * (SELECT count(*) FROM sends s WHERE s.customer_id = a.customer_id AND s.campaign_key = a.campaign_key AND s.state = 'accepted'
		AND s.last_attempt_at >= a.assigned_at AND s.last_attempt_at < a.window_end)
FROM (` + maturity + `) a
CROSS JOIN (SELECT $7::float8 AS margin_share, $8::float8 AS tax_rate, $10::float8 AS cost_per_order) terms
CROSS JOIN LATERAL (
	SELECT count(*) AS orders, coalesce(sum(x.revenue), 0) / 100.0 AS revenue,
		CASE WHEN count(*) = count(x.margin) THEN coalesce(sum(x.margin), 0) / 100.0 END AS margin
	FROM (
		SELECT ` + orderValue + `
		FROM orders o
		CROSS JOIN LATERAL (
			SELECT coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0) AS refund,
				coalesce(sum(amount) FILTER (WHERE kind = 'refund' AND goods_kept), 0) AS refund_kept,
				coalesce(sum(CASE kind WHEN 'cancel' THEN 1 WHEN 'reopen' THEN -1 ELSE 0 END), 0) > 0 AS cancelled
			FROM order_events e WHERE e.customer_id = o.customer_id AND e.order_id = o.order_id AND e.effective_at <= a.matured_at
		) e ` + keptShare + `
		WHERE o.customer_id = a.customer_id AND o.ordered_at >= a.assigned_at AND o.ordered_at < a.window_end
			AND o.status <> 'test' AND NOT e.cancelled
	) x
) v
WHERE a.matured_at <= $1 AND NOT EXISTS (SELECT FROM outcomes d
	WHERE d.customer_id = a.customer_id AND d.campaign_key = a.campaign_key AND d.split = a.split AND d.read_days = $4)
ON CONFLICT DO NOTHING`

// Freeze writes the outcomes that have matured at now and were not yet written, and returns how many.
func (s *Store) Freeze(ctx context.Context, w Window, now time.Time) (int64, error) {
	tag, err := s.pool.Exec(ctx, freezeSQL, append(w.args(now), w.MarginShare, w.TaxRate, w.CostPerMail, w.CostPerOrder)...)
	if err != nil {
		return 0, fmt.Errorf("measure %s: %w", w.CampaignKey, err)
	}
	return tag.RowsAffected(), nil
}

// ArmOutcome is one arm of a campaign's split, as far as it has matured.
type ArmOutcome struct {
	Arm         string
	Assigned    int64
	Matured     int64
	Departed    int64
	Buyers      int64
	Orders      int64
	Value       float64 // margin, or revenue where the basis is that; before costs; major units
	Sums        lift.Sums
	FirstAt     time.Time // first and last assignment, and when the last one matures
	LastAt      time.Time
	LastMatures time.Time
	NextMatures *time.Time // the next of those not yet matured; nil: none
}

// Pending returns how many windows are still open.
func (a *ArmOutcome) Pending() int64 { return a.Assigned - a.Matured - a.Departed }

// armsSQL sums up the arms at $1. The basis is margin where every order counted has one.
const armsSQL = `
WITH frozen AS (
	SELECT * FROM outcomes WHERE campaign_key = $2 AND split = $3 AND read_days = $4 AND matured_at <= $1
), basis AS (
	SELECT count(*) > 0 AND count(*) = count(margin) AS margin FROM frozen WHERE orders > 0
)
SELECT b.margin, a.arm, count(*), count(d.customer_id), count(*) FILTER (WHERE d.orders > 0), coalesce(sum(d.orders), 0)::bigint,
	coalesce(sum(x.value), 0), coalesce(sum(x.y), 0), coalesce(sum(x.y * x.y), 0), coalesce(sum(x.y * x.y * x.y), 0),
	min(a.assigned_at), max(a.assigned_at), max(a.matured_at), min(a.matured_at) FILTER (WHERE d.customer_id IS NULL)
FROM (` + maturity + ` AND a.assigned_at <= $1) a
CROSS JOIN basis b
LEFT JOIN frozen d USING (customer_id)
CROSS JOIN LATERAL (SELECT v.value, v.value - d.cost AS y FROM (SELECT CASE WHEN b.margin THEN d.margin ELSE d.revenue END AS value) v) x
GROUP BY b.margin, a.arm ORDER BY a.arm`

// Arms reads the arms of a campaign's split from the frozen outcomes: margin when every order has one, else revenue.
func (s *Store) Arms(ctx context.Context, w Window, now time.Time) (arms []ArmOutcome, margin bool, err error) {
	rows, err := s.pool.Query(ctx, armsSQL, w.args(now)...)
	if err != nil {
		return nil, false, fmt.Errorf("read the outcomes of %s: %w", w.CampaignKey, err)
	}
	arms, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (ArmOutcome, error) {
		var a ArmOutcome
		err := r.Scan(&margin, &a.Arm, &a.Assigned, &a.Matured, &a.Buyers, &a.Orders, &a.Value, &a.Sums.Y, &a.Sums.Y2, &a.Sums.Y3,
			&a.FirstAt, &a.LastAt, &a.LastMatures, &a.NextMatures)
		a.Sums.N = a.Matured
		return a, err
	})
	return arms, margin, wrap("read the outcomes of "+w.CampaignKey, err)
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

// SaveReport keeps a report as the next revision if its input differs from the last one's. Of two at the same time the
// first is kept.
func (s *Store) SaveReport(ctx context.Context, r ReportRow) error {
	const sql = `INSERT INTO reports (campaign_key, split, arm, read_days, revision, as_of, made_at, input_hash, body)
		SELECT $1, $2, $3, $4, coalesce(max(revision), 0) + 1, $5, $6, $7, $8 FROM reports
		WHERE campaign_key = $1 AND split = $2 AND arm = $3 AND read_days = $4
		HAVING $7 IS DISTINCT FROM (array_agg(input_hash ORDER BY revision DESC))[1]
		ON CONFLICT DO NOTHING`
	_, err := s.pool.Exec(ctx, sql, r.CampaignKey, r.Split, r.Arm, r.ReadDays, r.AsOf, r.MadeAt, r.InputHash, r.Body)
	return wrap("keep the report of "+r.CampaignKey, err)
}

// ReportRow is a report as it is kept.
type ReportRow struct {
	CampaignKey  string
	Split        int
	Arm          string
	ReadDays     int
	AsOf, MadeAt time.Time
	InputHash    string
	Body         any // stored as JSON
}
