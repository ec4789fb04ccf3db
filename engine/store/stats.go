package store

import (
	"context"
	"fmt"
	"math"
)

// Name tells terms apart; days are those of the zone.
func (t Terms) Name() string {
	one := func(v *float64) string {
		if v == nil {
			return "unknown"
		}
		return fmt.Sprint(*v)
	}
	return fmt.Sprint("zone ", t.Zone, ", margin share ", one(t.MarginShare), ", tax rate ", one(t.TaxRate), ", cost per order ", t.CostPerOrder, ", acquisition ", t.AcquisitionCosts)
}

// termsFrom are the terms that [orderValue] expects, from the parameters $n on: see args.
func termsFrom(n int) string {
	return fmt.Sprintf(`(SELECT $%d::float8 AS margin_share, $%d::float8 AS tax_rate, $%d::float8 AS cost_per_order) terms`, n, n+1, n+2)
}

// following is how the margin of an order follows of which nothing but its revenue is known: share of that, less a cost in
// minor units. See orderValue. The share is NaN where the shop's is unknown.
func (t *Terms) following() (share, cost float64) {
	if t.MarginShare == nil {
		return math.NaN(), 0
	}
	share, cost = *t.MarginShare, 100*t.CostPerOrder
	if t.TaxRate != nil {
		share /= 1 + *t.TaxRate
	}
	return share, cost
}

// args puts the parameters of termsFrom behind others.
func (t *Terms) args(others ...any) []any {
	return append(others, t.MarginShare, t.TaxRate, t.CostPerOrder)
}

// orderValue is the money of one order: revenue and margin in minor units. It expects o (an order),
// e (its events up to the moment in question), kept (see keptShare) and terms (margin_share and tax_rate, or null;
// cost_per_order in major units).
const orderValue = `
	(o.total - coalesce(e.refund, 0))::float8 AS revenue,
	(o.total - coalesce(o.tax, o.total * terms.tax_rate / (1 + terms.tax_rate), 0) - coalesce(o.shipping, 0)) * kept.share
		* CASE WHEN o.cost IS NULL THEN terms.margin_share ELSE 1 END - coalesce(o.cost, 0) * kept.goods - 100 * terms.cost_per_order AS margin`

// eventSums are the refunds and cancellations of orders as known at $1, one row per order; a condition may come before
// the groups.
const (
	eventSums = `
	SELECT customer_id, order_id,
		coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0)::bigint AS refund,
		coalesce(sum(amount) FILTER (WHERE kind = 'refund' AND goods_kept), 0)::bigint AS refund_kept,
		sum(CASE kind WHEN 'cancel' THEN 1 WHEN 'reopen' THEN -1 ELSE 0 END) > 0 AS cancelled
	FROM order_events WHERE effective_at <= $1`
	eventGroups = ` GROUP BY customer_id, order_id`
)

// keptShare is the part of an order that was not refunded, and the part of its goods that did not come back.
const keptShare = `CROSS JOIN LATERAL (SELECT
		CASE WHEN o.total > 0 THEN 1 - coalesce(e.refund, 0)::float8 / o.total ELSE 1 END AS share,
		CASE WHEN o.total > 0 THEN 1 - coalesce(e.refund - e.refund_kept, 0)::float8 / o.total ELSE 1 END AS goods) kept`

// Where the events of orders come from: of the listed customers, of all, or from nowhere, for customers whose orders have
// none.
const (
	listedOrders = `picked JOIN orders o USING (customer_id) LEFT JOIN (` + eventSums + listed + eventGroups + `) e USING (customer_id, order_id) ` + keptShare
	allOrders    = `orders o LEFT JOIN (` + eventSums + eventGroups + `) e USING (customer_id, order_id) ` + keptShare

	listed      = ` AND customer_id IN (SELECT customer_id FROM picked)`
	plainOrders = `orders o CROSS JOIN (SELECT 0::bigint AS refund, false AS cancelled) e CROSS JOIN (SELECT 1::float8 AS share, 1::float8 AS goods) kept`
)

// ownMargin is whether an order's margin does not follow from its revenue and the terms alone, see [Terms.following].
const ownMargin = `o.cost IS NOT NULL OR o.tax IS NOT NULL OR o.shipping IS NOT NULL OR e.refund <> 0`

// rare is what a shop's orders may have, each of which takes time to look at. Those to come are dated after the as-of.
type rare struct{ figures, discounts, deliveries, tests, toCome bool }

// anything is for the few orders of listed customers.
func anything() rare { return rare{true, true, true, true, true} }

// rarities looks into the indexes that know: the planner would rather read on until the first is found.
func (r *Refreshing) rarities(ctx context.Context) (has rare, err error) {
	const sql = `SELECT EXISTS (SELECT FROM orders WHERE cost IS NOT NULL) OR EXISTS (SELECT FROM orders WHERE tax IS NOT NULL) OR EXISTS (SELECT FROM orders WHERE shipping IS NOT NULL),
		EXISTS (SELECT FROM orders WHERE discount > 0) OR EXISTS (SELECT FROM orders WHERE coupon_code IS NOT NULL), EXISTS (SELECT FROM orders WHERE delivered_at IS NOT NULL),
		EXISTS (SELECT FROM orders WHERE status = 'test'), EXISTS (SELECT FROM orders WHERE ordered_at > $1)`
	if _, err := r.tx.Exec(ctx, `SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; SET LOCAL max_parallel_workers_per_gather = 0`); err != nil {
		return has, err
	}
	if err := r.tx.QueryRow(ctx, sql, r.AsOf).Scan(&has.figures, &has.discounts, &has.deliveries, &has.tests, &has.toCome); err != nil {
		return has, err
	}
	_, err = r.tx.Exec(ctx, `SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = on; SET LOCAL enable_indexonlyscan = on; SET LOCAL max_parallel_workers_per_gather TO DEFAULT`)
	return has, err
}

// statsOf groups the orders that count at $1 by customer; the terms are $2 and on. What a refresh needs of single days
// it takes from the lists: grouping by day here would take three times as long.
func statsOf(orders string, has rare) string {
	revenue, refunded := `o.total - o.refund`, `sum(o.refund)::float8`
	if orders == plainOrders {
		revenue, refunded = `o.total`, `0::float8`
	}
	return `SELECT o.customer_id, array_agg(o.ordered_at) AS ordered_at, array_agg(` + revenue + `) AS revenue, ` +
		unless(has.figures, `float8[]`, `array_agg(CASE WHEN o.own THEN o.margin END)`) + ` AS margin, ` + refunded + ` AS refunded, ` +
		unless(has.discounts, `timestamptz[]`, `array_agg(o.ordered_at) FILTER (WHERE o.discount > 0 OR o.coupon_code IS NOT NULL)`) + ` AS discounted_at, ` +
		unless(has.deliveries, `timestamptz`, `max(o.delivered_at) FILTER (WHERE o.delivered_at <= $1)`) + ` AS delivered_at
	FROM (
		SELECT o.customer_id, o.ordered_at, o.total, coalesce(e.refund, 0) AS refund, o.discount, o.coupon_code, o.delivered_at, ` + ownMargin + ` AS own, ` + orderValue + `
		FROM ` + termsFrom(2) + ` CROSS JOIN ` + orders + `
		WHERE ` + wherever(has.toCome, `o.ordered_at <= $1`) + ` AND ` + wherever(has.tests, `o.status <> 'test'`) + ` AND NOT coalesce(e.cancelled, false)
	) o GROUP BY o.customer_id`
}

// wherever is a condition that is not asked where no order fails it; the planner sees that.
func wherever(has bool, condition string) string { return fmt.Sprintf(`(%t OR %s)`, !has, condition) }

// unless is a column, null where no order has what it is made of.
func unless(has bool, kind, column string) string {
	if has {
		return column
	}
	return `NULL::` + kind
}

const intoOrders = `INSERT INTO {orders} (customer_id, ordered_at, revenue, margin, refunded, discounted_at, delivered_at) `

// categoriesOf summarises by customer what the orders that count at $1 brought. The last of several rows is the greatest
// array that begins with the time: unlike a sorted list it needs no room.
func categoriesOf(orders string) string {
	return `
WITH o AS (
	SELECT o.customer_id, o.order_id, o.ordered_at, (date_part('epoch', o.ordered_at) * 1e6)::bigint AS micros
	FROM ` + orders + ` WHERE o.ordered_at <= $1 AND o.status <> 'test' AND NOT coalesce(e.cancelled, false)
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
)
INSERT INTO {categories} (customer_id, categories, last_category, favourite_category)
SELECT customer_id, array_agg(category ORDER BY category), (array_agg(category ORDER BY last DESC))[1],
	(array_agg(category ORDER BY orders DESC, last_at DESC, category))[1]
FROM g GROUP BY customer_id ORDER BY customer_id`
}

// RenewAll computes the statistics of all buyers.
func (r *Refreshing) RenewAll(ctx context.Context) error {
	args := r.Terms.args(r.AsOf)
	if err := r.exec(ctx, `TRUNCATE {orders}, {categories}`); err != nil {
		return err
	}
	if r.picked {
		if err := r.exec(ctx, `TRUNCATE picked`); err != nil {
			return err
		}
	}
	// Few orders have events. Customers without any need no join, which keeps their orders in the order of the key.
	eventful, err := r.pick(ctx, `INSERT INTO picked SELECT DISTINCT customer_id FROM order_events`)
	if err != nil {
		return err
	}
	has, err := r.rarities(ctx)
	if err != nil {
		return fmt.Errorf("compute statistics: %w", err)
	}
	plain := statsOf(plainOrders, has)
	if eventful > 0 {
		plain = `SELECT x.* FROM (` + plain + ` OFFSET 0) x WHERE NOT EXISTS (SELECT FROM picked p WHERE p.customer_id = x.customer_id)`
	}
	// To build the key afterwards takes a third of keeping it.
	if err := r.exec(ctx, `ALTER TABLE {orders} DROP CONSTRAINT {orders}_pkey`); err != nil {
		return err
	}
	if err := r.exec(ctx, intoOrders+plain, args...); err != nil {
		return err
	}
	if eventful > 0 {
		if err := r.exec(ctx, intoOrders+statsOf(listedOrders, anything()), args...); err != nil {
			return err
		}
	}
	if err := r.exec(ctx, `ALTER TABLE {orders} ADD CONSTRAINT {orders}_pkey PRIMARY KEY (customer_id)`); err != nil {
		return err
	}
	if err := r.renewCategories(ctx, allOrders); err != nil {
		return err
	}
	// Until somebody counts the rows, the planner takes the tables for empty and joins them row by row.
	if err := r.exec(ctx, `ANALYZE {orders} (customer_id); ANALYZE {categories} (customer_id)`); err != nil {
		return err
	}
	return r.renewed(ctx)
}

// RenewPicked computes the statistics of the listed customers.
func (r *Refreshing) RenewPicked(ctx context.Context) error {
	err := r.exec(ctx, `DELETE FROM {orders} s USING picked p WHERE s.customer_id = p.customer_id;
		DELETE FROM {categories} s USING picked p WHERE s.customer_id = p.customer_id`)
	if err != nil {
		return err
	}
	if err := r.exec(ctx, intoOrders+statsOf(listedOrders, anything()), r.Terms.args(r.AsOf)...); err != nil {
		return err
	}
	if err := r.renewCategories(ctx, listedOrders); err != nil {
		return err
	}
	return r.renewed(ctx)
}

// renewCategories is for shops that import lines.
func (r *Refreshing) renewCategories(ctx context.Context, orders string) error {
	var lines bool
	if err := r.tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM order_lines)`).Scan(&lines); err != nil || !lines {
		return err
	}
	return r.exec(ctx, categoriesOf(orders), r.AsOf)
}

// renewed notes as of when the statistics are. The marks that this transaction sees are worked off with it.
func (r *Refreshing) renewed(ctx context.Context) error {
	if r.private {
		return nil
	}
	if err := r.exec(ctx, `DELETE FROM stale_customers`); err != nil {
		return err
	}
	return r.exec(ctx, `INSERT INTO stats_state (one, as_of, terms) VALUES (true, $1, $2)
		ON CONFLICT (one) DO UPDATE SET as_of = excluded.as_of, terms = excluded.terms`, r.AsOf, r.Terms.Name())
}
