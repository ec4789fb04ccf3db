package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Conduct is how an arm was treated and how it behaved within the windows, as far as they are over: all customers
// assigned, matured or not. Money is in minor units.
type Conduct struct {
	Arm          string
	Customers    int64
	Mails        int64 // of the campaign, accepted by a mail server
	Ghosts       int64 // that the campaign kept back
	OtherMails   int64 // of our other campaigns
	ForeignMails int64 // of other tools, as far as they were imported
	Reached      int64 // customers whom a mail of the campaign, or its ghost, has met
	Unsubscribed int64 // customers who withdrew or objected
	Complained   int64 // customers who called a mail spam
	Orders       int64
	Revenue      int64 // paid, refunds not taken off
	Refunded     int64
	Returners    int64 // customers with a refund
	Discount     int64 // taken off prices
	Discounted   int64 // orders with a discount
	Couponers    int64 // customers with such an order
	Redeemed     int64 // orders of matured customers with a code of the campaign
	Vouchers     int64 // taken off the prices of those
	Attributed   int64 // revenue of matured customers within five days after a mail of the campaign: the usual count, which proves nothing
}

// conductSQL counts each kind of event on its own: joined together they would multiply. All joins are on whole sets: an
// EXISTS per order is a scan per order where a table has just been filled and nobody has counted it yet.
const conductSQL = `
WITH a AS MATERIALIZED (
	SELECT w.*, d.customer_id IS NOT NULL AS matured FROM (` + assigned + `) w
	LEFT JOIN outcomes d ON d.customer_id = w.customer_id AND d.campaign_key = $2 AND d.split = $3 AND d.read_days = $4 AND d.matured_at <= $1
),
m AS (
	SELECT a.arm, count(*) FILTER (WHERE s.campaign_key = $2 AND s.state = 'accepted') AS own,
		count(*) FILTER (WHERE s.campaign_key = $2 AND s.state = 'ghost') AS ghosts,
		count(*) FILTER (WHERE s.campaign_key <> $2 AND s.state = 'accepted') AS other,
		count(DISTINCT a.customer_id) FILTER (WHERE s.campaign_key = $2) AS reached
	FROM a JOIN sends s ON s.customer_id = a.customer_id AND s.state IN ('accepted', 'ghost')
		AND s.last_attempt_at >= a.assigned_at AND s.last_attempt_at < a.until
	GROUP BY 1
),
f AS (SELECT a.arm, count(*) AS mails FROM a JOIN foreign_mails m ON m.customer_id = a.customer_id AND m.sent_at >= a.assigned_at AND m.sent_at < a.until GROUP BY 1),
u AS (
	SELECT a.arm, count(DISTINCT a.customer_id) AS customers
	FROM a JOIN consents c ON c.customer_id = a.customer_id AND c.kind IN ('withdraw', 'object_marketing', 'object_profiling')
		AND c.effective_at >= a.assigned_at AND c.effective_at < a.until
	GROUP BY 1
),
e AS (
	SELECT a.arm, count(DISTINCT a.customer_id) AS customers
	FROM a JOIN mail_events v ON v.customer_id = a.customer_id AND v.kind = 'complaint' AND v.at >= a.assigned_at AND v.at < a.until
	GROUP BY 1
),
x AS MATERIALIZED (
	SELECT a.arm, a.matured, o.customer_id, o.order_id, o.ordered_at, o.total, o.discount, o.coupon_code, r.refund
	FROM a JOIN orders o ON o.customer_id = a.customer_id AND o.ordered_at >= a.assigned_at AND o.ordered_at < a.until AND o.status <> 'test'
	CROSS JOIN LATERAL (
		SELECT coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0) AS refund,
			coalesce(sum(CASE kind WHEN 'cancel' THEN 1 WHEN 'reopen' THEN -1 ELSE 0 END), 0) > 0 AS cancelled
		FROM order_events e WHERE e.customer_id = o.customer_id AND e.order_id = o.order_id AND e.effective_at <= $1
	) r
	WHERE NOT r.cancelled
),
o AS (
	SELECT x.arm, count(*) AS orders, sum(x.total)::bigint AS revenue, sum(x.refund)::bigint AS refunded,
		count(DISTINCT x.customer_id) FILTER (WHERE x.refund > 0) AS returners, sum(x.discount)::bigint AS discount,
		count(*) FILTER (WHERE x.discount > 0) AS discounted, count(DISTINCT x.customer_id) FILTER (WHERE x.discount > 0) AS couponers,
		count(c.code) FILTER (WHERE x.matured) AS redeemed, (sum(x.discount) FILTER (WHERE x.matured AND c.code IS NOT NULL))::bigint AS vouchers
	FROM x LEFT JOIN coupons c ON c.customer_id = x.customer_id AND c.code = x.coupon_code AND c.campaign_key = $2
	GROUP BY 1
),
t AS (
	SELECT d.arm, sum(d.total)::bigint AS attributed FROM (
		SELECT DISTINCT x.arm, x.customer_id, x.order_id, x.total
		FROM x JOIN sends s ON s.customer_id = x.customer_id AND s.campaign_key = $2 AND s.state = 'accepted'
			AND s.last_attempt_at <= x.ordered_at AND s.last_attempt_at > x.ordered_at - interval '5 days'
		WHERE x.matured
	) d GROUP BY 1
)
SELECT n.arm, n.customers, coalesce(m.own, 0), coalesce(m.ghosts, 0), coalesce(m.other, 0), coalesce(f.mails, 0), coalesce(m.reached, 0),
	coalesce(u.customers, 0), coalesce(e.customers, 0), coalesce(o.orders, 0), coalesce(o.revenue, 0), coalesce(o.refunded, 0), coalesce(o.returners, 0),
	coalesce(o.discount, 0), coalesce(o.discounted, 0), coalesce(o.couponers, 0), coalesce(o.redeemed, 0), coalesce(o.vouchers, 0), coalesce(t.attributed, 0)
FROM (SELECT arm, count(*) AS customers FROM a GROUP BY 1) n
LEFT JOIN m USING (arm) LEFT JOIN f USING (arm) LEFT JOIN u USING (arm) LEFT JOIN e USING (arm) LEFT JOIN o USING (arm) LEFT JOIN t USING (arm)
ORDER BY 1`

// Funnel is how customers came into a campaign, each counted once. Who was stopped and has entered since counts as
// entered.
type Funnel struct {
	Matched int64            // whom the rule ever found
	Stopped map[string]int64 // never assigned, by the gate that stopped them last
	Others  int64            // assigned in other draws of the campaign
}

const funnelSQL = `
WITH last AS (
	SELECT DISTINCT ON (customer_id) customer_id, outcome FROM decisions
	WHERE campaign_key = $2 AND outcome <> 'left' AND decided_at <= $1 ORDER BY customer_id, run_from DESC
), drawn AS (SELECT customer_id, bool_or(split = $3) AS here FROM assignments WHERE campaign_key = $2 AND assigned_at <= $1 GROUP BY 1)
SELECT CASE WHEN d.here THEN '' WHEN d.here IS NOT NULL THEN 'other' ELSE l.outcome END, count(*)
FROM last l FULL JOIN drawn d USING (customer_id) GROUP BY 1`

func funnel(ctx context.Context, tx pgx.Tx, w *Window, now time.Time) (Funnel, error) {
	f := Funnel{Stopped: map[string]int64{}}
	rows, err := tx.Query(ctx, funnelSQL, now, w.CampaignKey, w.Split)
	if err != nil {
		return f, err
	}
	_, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (none struct{}, err error) {
		var outcome string
		var n int64
		err = r.Scan(&outcome, &n)
		f.Matched += n
		switch outcome {
		case "":
		case "other":
			f.Others += n
		default:
			f.Stopped[outcome] += n
		}
		return none, err
	})
	return f, err
}
