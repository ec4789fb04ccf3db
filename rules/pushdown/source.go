package pushdown

import (
	"strings"

	"treue/rules/features"
)

// Source returns the statement of events of one kind as known at a moment, whose placeholder is given: one row per
// event. Money is in minor units, units and points in thousandths.
//
//   - OrderEvents: customer_id, order_id, at, revenue (net of refunds). Orders that are tests or cancelled are left out.
//   - LineEvents: customer_id, order_id, at (of the order), product_id, product (the shop's own id), category (null if
//     it has none), units, revenue (quantity times unit price). Lines of orders left out are left out, too.
//   - ContactEvents: customer_id, at, campaign_key (null for mail of another tool). A send counts once attempted.
//   - EntryEvents: customer_id, campaign_key, one row per campaign with a mail still to come.
//   - PointEvents: customer_id, at (of the expiry; null: they stay), points.
//
// All columns of time are timestamptz, all numbers bigint.
func Source(of features.Events, known string) string {
	statement := ""
	switch of {
	case features.OrderEvents:
		statement = orderSource
	case features.LineEvents:
		statement = lineSource
	case features.ContactEvents:
		statement = contactSource
	case features.EntryEvents:
		statement = entrySource
	case features.PointEvents:
		statement = pointSource
	case features.NoEvents:
	}
	return strings.ReplaceAll(statement, "@known", known)
}

// orderChanges are the refunds and cancellations, one row per order that has any: few have.
const orderChanges = `SELECT customer_id, order_id,
	coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0)::bigint AS refund,
	sum(CASE kind WHEN 'cancel' THEN 1 WHEN 'reopen' THEN -1 ELSE 0 END) > 0 AS cancelled
FROM order_events WHERE effective_at <= @known GROUP BY customer_id, order_id`

const orderSource = `SELECT o.customer_id, o.order_id, o.ordered_at AS at, o.total - coalesce(c.refund, 0) AS revenue
FROM orders o LEFT JOIN (` + orderChanges + `) c ON c.customer_id = o.customer_id AND c.order_id = o.order_id
WHERE o.ordered_at <= @known AND o.status <> 'test' AND c.cancelled IS NOT TRUE`

// lineSource bounds the revenue of a line, which nothing else keeps within bigint.
const lineSource = `SELECT o.customer_id, o.order_id, o.ordered_at AS at, l.product_id, l.external_product_id AS product,
	coalesce(l.category, p.category) AS category,
	floor(least(l.quantity, 1e9) * 1000 + 0.5)::bigint AS units,
	floor(least(l.quantity * l.unit_price, 1e15) + 0.5)::bigint AS revenue
FROM orders o JOIN order_lines l ON l.customer_id = o.customer_id AND l.order_id = o.order_id
LEFT JOIN products p ON p.product_id = l.product_id
LEFT JOIN (` + orderChanges + `) c ON c.customer_id = o.customer_id AND c.order_id = o.order_id
WHERE o.ordered_at <= @known AND o.status <> 'test' AND c.cancelled IS NOT TRUE`

const contactSource = `SELECT customer_id, first_attempt_at AS at, campaign_key FROM sends WHERE first_attempt_at <= @known
UNION ALL SELECT customer_id, sent_at, NULL FROM foreign_mails WHERE sent_at <= @known`

const entrySource = `SELECT DISTINCT e.customer_id, e.campaign_key
FROM entries e JOIN sends d ON d.customer_id = e.customer_id AND d.campaign_key = e.campaign_key AND d.entry = e.entry
WHERE e.entered_at <= @known AND (d.finished_at IS NULL OR d.finished_at > @known)`

const pointSource = `SELECT customer_id, expires_at AS at, points FROM points WHERE earned_at IS NULL OR earned_at <= @known`
