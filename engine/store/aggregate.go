package store

import (
	"context"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"treue/rules/customer"
	"treue/rules/features"
)

// Terms are the shop-wide figures that turn an order into money.
type Terms struct {
	Zone        *time.Location
	MarginShare *float64 // of the net value, for orders without a cost; nil: their margin is unknown
	TaxRate     *float64 // taken out where an order has no tax; nil: such orders stay gross
}

// Aggregate is what one pass over a customer's history gives: the observed part of a snapshot, and what only serves
// to compute the rest of it.
type Aggregate struct {
	features.Snapshot
	ConsentDates customer.ConsentDates
	HasAddress   bool
}

// orderValue is the money of one order: revenue and margin in minor units. It expects o (an order),
// e (its events up to the moment in question), kept (see keptShare) and terms (margin_share and tax_rate, or null).
const orderValue = `
	(o.total - coalesce(e.refund, 0))::float8 AS revenue,
	(o.total - coalesce(o.tax, o.total * terms.tax_rate / (1 + terms.tax_rate), 0) - coalesce(o.shipping, 0)) * kept.share
		* CASE WHEN o.cost IS NULL THEN terms.margin_share ELSE 1 END - coalesce(o.cost, 0) * kept.goods AS margin`

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
	SELECT customer_id, first_attempt_at AS at FROM sends WHERE first_attempt_at <= $1
	UNION ALL SELECT customer_id, sent_at FROM foreign_mails WHERE sent_at <= $1`

const aggregateSQL = `
WITH e AS (` + orderEvents + `),
o AS (
	SELECT o.customer_id, o.order_id, o.ordered_at, (o.ordered_at AT TIME ZONE $2)::date AS day, ` + orderValue + `
	FROM (SELECT $3::float8 AS margin_share, $4::float8 AS tax_rate) terms
	CROSS JOIN orders o LEFT JOIN e USING (customer_id, order_id) ` + keptShare + `
	WHERE o.ordered_at <= $1 AND o.status <> 'test' AND NOT coalesce(e.cancelled, false)
),
d AS (
	SELECT customer_id, day, count(*) AS orders, sum(revenue) AS revenue, sum(margin) AS margin, count(*) = count(margin) AS margin_known
	FROM o GROUP BY customer_id, day
),
p AS (
	SELECT customer_id, sum(orders)::bigint AS orders, sum(revenue) / 100 AS revenue,
		CASE WHEN bool_and(margin_known) THEN sum(margin) / 100 END AS margin,
		min(day) AS first_on, max(day) AS last_on, count(*) - 1 AS repeat_days,
		(sum(revenue) - (array_agg(revenue ORDER BY day))[1]) / nullif(count(*) - 1, 0) / 100 AS repeat_spend
	FROM d GROUP BY customer_id
),
l AS (
	SELECT l.customer_id, array_agg(DISTINCT c.category COLLATE "C" ORDER BY c.category COLLATE "C") AS categories,
		(array_agg(c.category ORDER BY o.ordered_at DESC, l.order_id, l.line_no))[1] AS last_category
	FROM order_lines l
	JOIN o USING (customer_id, order_id)
	LEFT JOIN products p USING (product_id)
	CROSS JOIN LATERAL (SELECT coalesce(l.category, p.category) AS category) c
	WHERE c.category IS NOT NULL
	GROUP BY l.customer_id
),
k AS (SELECT customer_id, ` + consentDates + ` GROUP BY customer_id),
m AS (
	SELECT customer_id, count(*) FILTER (WHERE at > $1 - interval '720 hours') AS mails_30d, max(at) AS last_at
	FROM (` + contacts + `) x GROUP BY customer_id
)
SELECT c.customer_id, c.source, c.external_id, c.country, c.language, c.acquisition_channel, c.tags,
	(c.signed_up_at AT TIME ZONE $2)::date, c.email IS NOT NULL,
	k.granted_at, k.withdrawn_at, k.objected_at, k.profiling_objected_at, k.profiling_allowed_at,
	coalesce(p.orders, 0), coalesce(p.revenue, 0), CASE WHEN p.orders IS NULL THEN 0 ELSE p.margin END,
	p.first_on, p.last_on, coalesce(l.categories, '{}'), l.last_category,
	coalesce(p.repeat_days, 0), p.repeat_spend,
	coalesce(m.mails_30d, 0), (m.last_at AT TIME ZONE $2)::date
FROM customers c
LEFT JOIN p USING (customer_id)
LEFT JOIN l USING (customer_id)
LEFT JOIN k USING (customer_id)
LEFT JOIN m USING (customer_id)
WHERE c.erased_at IS NULL
ORDER BY c.customer_id`

// Aggregates reads the history of every customer who was not erased, as known at asOf, in one statement; ordered by
// customer. Predictions, ranks and segments are left unknown.
func (s *Store) Aggregates(ctx context.Context, asOf time.Time, t Terms) ([]Aggregate, error) {
	var all []Aggregate
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		// Sorting a shop's orders in the usual 4 MB goes through files.
		if _, err := tx.Exec(ctx, `SET LOCAL work_mem = '64MB'`); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, aggregateSQL, asOf, t.Zone.String(), t.MarginShare, t.TaxRate)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, scanAggregate)
		return err
	})
	return all, wrap("read the histories", err)
}

func scanAggregate(row pgx.CollectableRow) (Aggregate, error) {
	var a Aggregate
	nan := math.NaN()
	a.PAlive, a.ExpectedOrders, a.CLVHistoric, a.CLVPredicted, a.CLVPercentile = nan, nan, nan, nan, nan
	var country, language, channel, last pgtype.Text
	var margin, spend pgtype.Float8
	var signed, first, latest, mailed pgtype.Date
	targets := []any{&a.CustomerID, &a.Source, &a.ExternalID, &country, &language, &channel, &a.Tags, &signed, &a.HasAddress}
	targets = append(targets, consentTargets(&a.ConsentDates)...)
	targets = append(targets, &a.Orders, &a.Revenue, &margin, &first, &latest, &a.Categories, &last, &a.RepeatDays, &spend, &a.Mails30d, &mailed)
	err := row.Scan(targets...)
	a.Country, a.Language, a.Channel, a.LastCategory = country.String, language.String, channel.String, last.String
	a.Margin, a.RepeatSpend = number(margin), number(spend)
	a.SignedUpOn, a.FirstOrderOn, a.LastOrderOn, a.LastMailOn = day(signed), day(first), day(latest), day(mailed)
	return a, err
}

// number reads a nullable number; unknown is NaN.
func number(v pgtype.Float8) float64 {
	if !v.Valid {
		return math.NaN()
	}
	return v.Float64
}

// day reads a nullable date; unknown is features.NoDay.
func day(v pgtype.Date) features.Day {
	if !v.Valid {
		return features.NoDay
	}
	return features.DayOf(v.Time, time.UTC)
}
