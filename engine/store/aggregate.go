package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/rules/customer"
	"treue/rules/features"
)

// Terms are the shop-wide figures that turn an order into money.
type Terms struct {
	Zone        *time.Location
	MarginShare *float64 // of the net value, for orders without a cost; nil: their margin is unknown
	TaxRate     *float64 // taken out where an order has no tax; nil: such orders stay gross

	AcquisitionCosts map[string]float64 // by channel, major units: of customers without a cost of their own

	CostPerOrder float64 // parcel, payment and the like, major units: taken off the margin of every order, refunded or not
}

// Aggregate is what one pass over a customer's history gives: the observed part of a snapshot, and what only serves
// to compute the rest of it.
type Aggregate struct {
	features.Snapshot
	ConsentDates customer.ConsentDates
	HasAddress   bool
	OrderDays    []features.OrderDay // ascending
	Before       Before
}

// BeforeDays is how many days ago a customer's earlier history ends.
const BeforeDays = 90

// Before is the history up to the day that lies [BeforeDays] ago; without orders until then its day is
// [features.NoDay]. Refunds count as known today.
type Before struct {
	LastOrderOn features.Day
	Revenue     float64
	Margin      float64 // NaN: unknown
	RepeatDays  int64
	RepeatSpend float64 // NaN without a repeat day
}

// orderValue is the money of one order: revenue and margin in minor units. It expects o (an order),
// e (its events up to the moment in question), kept (see keptShare) and terms
// (margin_share and tax_rate, or null; cost_per_order in major units).
const orderValue = `
	(o.total - coalesce(e.refund, 0))::float8 AS revenue,
	(o.total - coalesce(o.tax, o.total * terms.tax_rate / (1 + terms.tax_rate), 0) - coalesce(o.shipping, 0)) * kept.share
		* CASE WHEN o.cost IS NULL THEN terms.margin_share ELSE 1 END - coalesce(o.cost, 0) * kept.goods - 100 * terms.cost_per_order AS margin`

// orderEvents are the refunds and cancellations of orders as known at $1, one row per order.
const orderEvents = `
	SELECT customer_id, order_id,
		coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0)::bigint AS refund,
		coalesce(sum(amount) FILTER (WHERE kind = 'refund' AND goods_kept), 0)::bigint AS refund_kept,
		sum(CASE kind WHEN 'cancel' THEN 1 WHEN 'reopen' THEN -1 ELSE 0 END) > 0 AS cancelled
	FROM order_events WHERE effective_at <= $1 GROUP BY customer_id, order_id`

// keptShare is the part of an order that was not refunded, and the part of its goods that did not come back.
const keptShare = `CROSS JOIN LATERAL (SELECT
		CASE WHEN o.total > 0 THEN 1 - coalesce(e.refund, 0)::float8 / o.total ELSE 1 END AS share,
		CASE WHEN o.total > 0 THEN 1 - coalesce(e.refund - e.refund_kept, 0)::float8 / o.total ELSE 1 END AS goods) kept`

// consentDates are the newest consent events per customer as known at $1, in the order of consentTargets.
const consentDates = consentMaxima + ` FROM consents WHERE effective_at <= $1`

const consentMaxima = `
	max(effective_at) FILTER (WHERE kind = 'grant' AND proven AND effective_at <= $1) AS granted_at,
	max(effective_at) FILTER (WHERE kind = 'withdraw') AS withdrawn_at,
	max(effective_at) FILTER (WHERE kind = 'object_marketing') AS objected_at,
	max(effective_at) FILTER (WHERE kind = 'object_profiling') AS profiling_objected_at,
	max(effective_at) FILTER (WHERE kind = 'allow_profiling' AND effective_at <= $1) AS profiling_allowed_at`

// consentTargets are where the columns of consentDates go.
func consentTargets(k *customer.ConsentDates) []any {
	return []any{&k.GrantedAt, &k.WithdrawnAt, &k.ObjectedAt, &k.ProfilingObjectedAt, &k.ProfilingAllowedAt}
}

// Days of contacts are 24 hours each: a day of the calendar would depend on the session's time zone.

// contacts are the mails a customer got or, in a control group, would have got up to $1. Once attempted, a contact
// counts whatever the server said.
const contacts = `
	SELECT customer_id, first_attempt_at AS at, campaign_key FROM sends WHERE first_attempt_at <= $1
	UNION ALL SELECT customer_id, sent_at, NULL FROM foreign_mails WHERE sent_at <= $1`

// The last of several rows is the greatest array that begins with the time: unlike a sorted list it needs no room.
const aggregateSQL = `
WITH e AS (` + orderEvents + `),
o AS (
	SELECT o.customer_id, o.order_id, o.ordered_at, (o.ordered_at AT TIME ZONE $2)::date AS day,
		(date_part('epoch', o.ordered_at) * 1e6)::bigint AS micros, coalesce(e.refund, 0) AS refund,
		o.discount > 0 OR o.coupon_code IS NOT NULL AS discounted,
		CASE WHEN o.delivered_at <= $1 THEN o.delivered_at END AS delivered_at, ` + orderValue + `
	FROM (SELECT $3::float8 AS margin_share, $4::float8 AS tax_rate, $6::float8 AS cost_per_order) terms
	CROSS JOIN orders o LEFT JOIN e USING (customer_id, order_id) ` + keptShare + `
	WHERE o.ordered_at <= $1 AND o.status <> 'test' AND NOT coalesce(e.cancelled, false)
),
d AS (
	SELECT customer_id, day, count(*)::int AS orders, sum(revenue) AS revenue, sum(margin) AS margin, count(*) = count(margin) AS margin_known,
		sum(refund) AS refund, count(*) FILTER (WHERE discounted) AS discounted, max(delivered_at) AS delivered_at,
		max(ARRAY[micros, order_id, revenue::bigint, discounted::int]) AS last
	FROM o GROUP BY customer_id, day
),
p AS (
	SELECT customer_id, sum(orders)::bigint AS orders, sum(revenue) / 100 AS revenue,
		CASE WHEN bool_and(margin_known) THEN sum(margin) / 100 END AS margin,
		min(day) AS first_on, max(day) AS last_on, count(*) - 1 AS repeat_days,
		(sum(revenue) - (array_agg(revenue ORDER BY day))[1]) / nullif(count(*) - 1, 0) / 100 AS repeat_spend,
		sum(refund)::float8 / 100 AS refunded, sum(discounted)::bigint AS discounted, max(delivered_at) AS delivered_at, max(last) AS last,
		array_agg(day - date '1970-01-01' ORDER BY day) AS days, array_agg(orders ORDER BY day) AS orders_of_days,
		max(day) FILTER (WHERE day <= $5) AS before_last_on, sum(revenue) FILTER (WHERE day <= $5) / 100 AS before_revenue,
		CASE WHEN bool_and(margin_known) FILTER (WHERE day <= $5) THEN sum(margin) FILTER (WHERE day <= $5) / 100 END AS before_margin,
		greatest(count(*) FILTER (WHERE day <= $5) - 1, 0) AS before_repeat_days,
		(sum(revenue) FILTER (WHERE day <= $5) - (array_agg(revenue ORDER BY day))[1])
			/ nullif(count(*) FILTER (WHERE day <= $5) - 1, 0) / 100 AS before_repeat_spend
	FROM d GROUP BY customer_id
),
b AS (
	SELECT l.customer_id, l.order_id, g.category, o.ordered_at, max(ARRAY[o.micros, l.order_id, -l.line_no]) AS last
	FROM order_lines l
	JOIN o USING (customer_id, order_id)
	LEFT JOIN products p USING (product_id)
	CROSS JOIN LATERAL (SELECT coalesce(l.category, p.category) AS category) g
	WHERE g.category IS NOT NULL
	GROUP BY l.customer_id, l.order_id, g.category, o.ordered_at
),
g AS (
	SELECT customer_id, category COLLATE "C" AS category, count(*) AS orders, max(ordered_at) AS last_at, max(last) AS last
	FROM b GROUP BY customer_id, category
),
l AS (
	SELECT customer_id, array_agg(category ORDER BY category) AS categories, (array_agg(category ORDER BY last DESC))[1] AS last_category,
		(array_agg(category ORDER BY orders DESC, last_at DESC, category))[1] AS favourite_category
	FROM g GROUP BY customer_id
),
k AS (SELECT customer_id, ` + consentDates + ` GROUP BY customer_id),
m AS (
	SELECT customer_id, count(*) FILTER (WHERE at > $1 - interval '168 hours') AS mails_7d,
		count(*) FILTER (WHERE at > $1 - interval '720 hours') AS mails_30d, max(at) AS last_at,
		(array_agg(campaign_key ORDER BY at DESC, campaign_key COLLATE "C") FILTER (WHERE campaign_key IS NOT NULL))[1] AS last_campaign
	FROM (` + contacts + `) x GROUP BY customer_id
),
w AS (
	SELECT o.customer_id, max(o.day) AS last_on FROM o JOIN sends s USING (customer_id)
	WHERE s.first_attempt_at <= o.ordered_at AND s.first_attempt_at > o.ordered_at - interval '336 hours'
	GROUP BY o.customer_id
),
f AS (
	SELECT DISTINCT ON (customer_id) customer_id, given_at, score FROM feedback WHERE given_at <= $1
	ORDER BY customer_id, given_at DESC, feedback_id DESC
),
x AS (SELECT DISTINCT customer_id FROM cases WHERE opened_at <= $1 AND (closed_at IS NULL OR closed_at > $1))
SELECT c.customer_id, c.source, c.external_id, c.country, c.language, c.city, c.postcode, c.customer_group, c.acquisition_channel AS channel,
	c.tags, c.acquisition_cost::float8 / 100 AS acquisition_cost, c.birthday AS born_on, (c.signed_up_at AT TIME ZONE $2)::date AS signed_up_on,
	(c.subscription_started_at AT TIME ZONE $2)::date AS subscribed_on, (c.subscription_ended_at AT TIME ZONE $2)::date AS subscription_ends_on,
	c.email IS NOT NULL AS has_address, k.granted_at, k.withdrawn_at, k.objected_at, k.profiling_objected_at, k.profiling_allowed_at,
	coalesce(p.orders, 0) AS orders, coalesce(p.revenue, 0) AS revenue, CASE WHEN p.orders IS NULL THEN 0 ELSE p.margin END AS margin,
	coalesce(p.refunded, 0) AS refunded, coalesce(p.discounted, 0) AS discounted_orders, p.first_on AS first_order_on, p.last_on AS last_order_on,
	p.last[3]::float8 / 100 AS last_order_value, coalesce(p.last[4] = 1, false) AS last_order_discounted,
	(p.delivered_at AT TIME ZONE $2)::date AS last_delivery_on, coalesce(p.repeat_days, 0) AS repeat_days, p.repeat_spend,
	p.days, p.orders_of_days, p.before_last_on, coalesce(p.before_revenue, 0) AS before_revenue, p.before_margin,
	coalesce(p.before_repeat_days, 0) AS before_repeat_days, p.before_repeat_spend,
	coalesce(l.categories, '{}') AS categories, l.last_category, l.favourite_category,
	coalesce(m.mails_7d, 0) AS mails_7d, coalesce(m.mails_30d, 0) AS mails_30d, (m.last_at AT TIME ZONE $2)::date AS last_mail_on,
	m.last_campaign, w.last_on AS last_campaign_order_on, f.score AS feedback_score, (f.given_at AT TIME ZONE $2)::date AS last_feedback_on,
	x.customer_id IS NOT NULL AS open_complaint
FROM customers c
LEFT JOIN p USING (customer_id)
LEFT JOIN l USING (customer_id)
LEFT JOIN k USING (customer_id)
LEFT JOIN m USING (customer_id)
LEFT JOIN w USING (customer_id)
LEFT JOIN f USING (customer_id)
LEFT JOIN x USING (customer_id)
WHERE c.erased_at IS NULL
ORDER BY c.customer_id`

// Aggregates reads the history of every customer who was not erased, as known at asOf, in one statement; ordered by
// customer. Predictions, ranks and segments are left unknown.
func (s *Store) Aggregates(ctx context.Context, asOf time.Time, t Terms) ([]Aggregate, error) {
	var all []Aggregate
	before := features.DayOf(asOf, t.Zone) - BeforeDays
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		// Sorting a shop's orders in the usual 4 MB goes through files.
		if _, err := tx.Exec(ctx, `SET LOCAL work_mem = '64MB'`); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, aggregateSQL, asOf, t.Zone.String(), t.MarginShare, t.TaxRate, before.Date(), t.CostPerOrder)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, newAggregateReader().read)
		for i := range all {
			t.price(&all[i].Snapshot)
		}
		return err
	})
	return all, wrap("read the histories", err)
}
