package store

import (
	"context"
	"iter"

	"treue/rules/customer"
)

const stageOrders = `CREATE TEMP TABLE staged (
	line integer, order_id bigint, customer_id bigint, source text, external_id text, customer_external_id text, ordered_at timestamptz,
	currency text, total bigint, tax bigint, shipping bigint, cost bigint, discount bigint, coupon_code text, delivered_at timestamptz,
	status text, refund bigint, refunded_at timestamptz, cancelled_at timestamptz) ON COMMIT DROP`

var stageOrdersColumns = []string{
	"line", "order_id", "customer_id", "source", "external_id", "customer_external_id", "ordered_at", "currency", "total", "tax", "shipping",
	"cost", "discount", "coupon_code", "delivered_at", "status", "refund", "refunded_at", "cancelled_at",
}

// ImportOrders merges orders: new ones are inserted, changed ones updated, and one that arrives under another customer
// moves. Unknown customers are created, without consent. Refunds and cancellations become dated events.
func (s *Store) ImportOrders(ctx context.Context, in Import, rows iter.Seq2[Numbered[customer.Order], error]) (Counts, error) {
	return importRows(ctx, s, in, stageOrders, stageOrdersColumns, rows, stagedOrder, mergeOrders)
}

func stagedOrder(n Numbered[customer.Order]) []any {
	o := n.Record
	return []any{
		n.Line, o.ID, o.CustomerID, o.Source, o.ExternalID, o.CustomerExternalID, o.OrderedAt, o.Currency, o.Total, o.Tax, o.Shipping,
		o.Cost, o.Discount, textOrNull(o.CouponCode), o.DeliveredAt, string(o.Status), o.Refund, o.RefundedAt, o.CancelledAt,
	}
}

// lastOrderWins drops the earlier of two rows with the same id.
const lastOrderWins = `DELETE FROM staged a USING (SELECT order_id, max(line) AS line FROM staged GROUP BY order_id HAVING count(*) > 1) b
	WHERE a.order_id = b.order_id AND a.line < b.line`

// resolveAliases puts rows of a second account under the person's customer id.
const resolveAliases = `UPDATE staged s SET customer_id = a.customer_id FROM customer_aliases a WHERE a.alias_id = s.customer_id`

// dropErased takes out rows of customers who were erased: the shop's file may still name them, we keep nothing anew.
const dropErased = `DELETE FROM staged s USING customers c WHERE c.customer_id = s.customer_id AND c.erased_at IS NOT NULL`

// knownOrders are the shop's own ids behind our ids of orders.
const knownOrders = `SELECT order_id AS id, o.source, o.external_id FROM orders o JOIN order_keys USING (order_id, customer_id)`

// createCustomers makes customers that only an order names. Nothing is known of them, least of all a consent.
const createCustomers = `INSERT INTO customers (customer_id, source, external_id, tags, created_at, updated_at)
	SELECT DISTINCT ON (customer_id) customer_id, source, customer_external_id, '{}'::text[], $1::timestamptz, $1::timestamptz
	FROM staged s WHERE NOT EXISTS (SELECT FROM customers c WHERE c.customer_id = s.customer_id)`

// mergeOrders brings the staged rows in. The table touched holds the orders that changed, fresh those that are new.
func mergeOrders(ctx context.Context, t *intake) (c Counts, err error) {
	for _, sql := range []string{
		colliding("customer", "customer_id", "customer_external_id", knownIdentities), colliding("order", "order_id", "external_id", knownOrders),
	} {
		bad, err := t.takeRejects(ctx, sql)
		if err != nil {
			return c, err
		}
		c.Rejects = append(c.Rejects, bad...)
	}
	if err = t.execAll(ctx, lastOrderWins, resolveAliases, dropErased); err != nil {
		return c, err
	}
	if _, err = t.exec(ctx, createCustomers, t.in.Now); err != nil {
		return c, err
	}
	if err = t.execAll(ctx, moveOrders...); err != nil {
		return c, err
	}
	if err = t.execAll(ctx, updateOrders, insertOrderKeys, `CREATE TEMP TABLE fresh (order_id bigint, customer_id bigint) ON COMMIT DROP`); err != nil {
		return c, err
	}
	if c.Inserted, err = t.exec(ctx, insertOrders, t.in.Now); err != nil {
		return c, err
	}
	if err = t.execAll(ctx, `ANALYZE fresh`); err != nil {
		return c, err
	}
	if _, err = t.exec(ctx, insertOrderEvents, t.in.Now); err != nil {
		return c, err
	}
	const changed = `SELECT count(DISTINCT order_id) FROM touched WHERE order_id NOT IN (SELECT order_id FROM fresh)`
	if err = t.QueryRow(ctx, changed).Scan(&c.Updated); err != nil {
		return c, err
	}
	c.Unchanged = t.staged - c.Inserted - c.Updated - int64(len(c.Rejects))
	const theirs = `SELECT customer_id FROM fresh UNION ALL SELECT customer_id FROM touched UNION ALL SELECT old_id FROM moved`
	if err = t.stale(ctx, theirs); err != nil {
		return c, err
	}
	return c, t.staleOutcomes(ctx, theirs)
}

// moveOrders takes orders that arrive under another customer to that customer, with all that hangs on them.
var moveOrders = []string{
	`CREATE TEMP TABLE moved ON COMMIT DROP AS SELECT k.order_id, k.customer_id AS old_id, s.customer_id AS new_id
		FROM staged s JOIN order_keys k USING (order_id) WHERE k.customer_id <> s.customer_id`,
	`INSERT INTO orders (customer_id, order_id, source, external_id, ordered_at, currency, total, tax, shipping, cost, discount, coupon_code,
			delivered_at, status, imported_at)
		SELECT m.new_id, order_id, source, external_id, ordered_at, currency, total, tax, shipping, cost, discount, coupon_code,
			delivered_at, status, imported_at FROM orders o JOIN moved m USING (order_id) WHERE o.customer_id = m.old_id`,
	`INSERT INTO order_events (customer_id, order_id, event_no, kind, amount, goods_kept, effective_at, recorded_at)
		SELECT m.new_id, order_id, event_no, kind, amount, goods_kept, effective_at, recorded_at
		FROM order_events o JOIN moved m USING (order_id) WHERE o.customer_id = m.old_id`,
	`INSERT INTO order_lines (customer_id, order_id, line_no, product_id, external_product_id, name, category, ordered_at, quantity, unit_price, unit_cost)
		SELECT m.new_id, order_id, line_no, product_id, external_product_id, name, category, ordered_at, quantity, unit_price, unit_cost
		FROM order_lines o JOIN moved m USING (order_id) WHERE o.customer_id = m.old_id`,
	`DELETE FROM orders o USING moved m WHERE o.order_id = m.order_id AND o.customer_id = m.old_id`,
	`UPDATE order_keys k SET customer_id = m.new_id FROM moved m WHERE k.order_id = m.order_id`,
	`CREATE TEMP TABLE touched ON COMMIT DROP AS SELECT order_id, new_id AS customer_id FROM moved`,
}

// updateOrders changes what a file says anew; a column that the file lacks clears nothing. Completed is what a file
// without a status means, so that it brings no cancelled or test order back.
const updateOrders = `WITH changed AS (
	UPDATE orders o SET ordered_at = s.ordered_at, currency = s.currency, total = s.total, tax = n.tax, shipping = n.shipping, cost = n.cost,
		discount = s.discount, coupon_code = n.coupon_code, delivered_at = n.delivered_at, status = n.status
	FROM staged s, orders p, LATERAL (SELECT coalesce(s.tax, p.tax) AS tax, coalesce(s.shipping, p.shipping) AS shipping, coalesce(s.cost, p.cost) AS cost,
		coalesce(s.coupon_code, p.coupon_code) AS coupon_code, coalesce(s.delivered_at, p.delivered_at) AS delivered_at,
		CASE WHEN s.status = 'completed' AND p.status IN ('cancelled', 'test') THEN p.status ELSE s.status END AS status) n
	WHERE o.customer_id = s.customer_id AND o.order_id = s.order_id AND p.customer_id = o.customer_id AND p.order_id = o.order_id
		AND (p.ordered_at, p.currency, p.total, p.tax, p.shipping, p.cost, p.discount, p.coupon_code, p.delivered_at, p.status)
		IS DISTINCT FROM (s.ordered_at, s.currency, s.total, n.tax, n.shipping, n.cost, s.discount, n.coupon_code, n.delivered_at, n.status)
	RETURNING o.order_id, o.customer_id)
	INSERT INTO touched (order_id, customer_id) SELECT order_id, customer_id FROM changed`

const insertOrderKeys = `INSERT INTO order_keys (order_id, customer_id) SELECT order_id, customer_id FROM staged s
	WHERE NOT EXISTS (SELECT FROM order_keys k WHERE k.order_id = s.order_id)`

const insertOrders = `WITH i AS (
	INSERT INTO orders (customer_id, order_id, source, external_id, ordered_at, currency, total, tax, shipping, cost, discount,
		coupon_code, delivered_at, status, imported_at)
	SELECT customer_id, order_id, source, external_id, ordered_at, currency, total, tax, shipping, cost, discount, coupon_code, delivered_at,
		status, $1::timestamptz FROM staged s
	WHERE NOT EXISTS (SELECT FROM orders o WHERE o.customer_id = s.customer_id AND o.order_id = s.order_id)
	RETURNING order_id, customer_id)
	INSERT INTO fresh SELECT order_id, customer_id FROM i`

// insertOrderEvents turns a refund or a cancellation into an event: dated as the file says, else by the order at its
// first import and by the import afterwards. A file that names no refund says nothing about one.
const insertOrderEvents = `WITH known AS (
	SELECT s.customer_id, s.order_id, coalesce(sum(e.amount) FILTER (WHERE e.kind = 'refund'), 0) AS refund,
		coalesce(sum(CASE e.kind WHEN 'cancel' THEN 1 WHEN 'reopen' THEN -1 ELSE 0 END), 0) > 0 AS cancelled,
		coalesce(max(e.event_no), 0) AS last_no
	FROM staged s LEFT JOIN order_events e USING (customer_id, order_id)
	WHERE s.refund > 0 OR s.status = 'cancelled' OR s.cancelled_at IS NOT NULL OR e.event_no IS NOT NULL
	GROUP BY s.customer_id, s.order_id
), news AS (
	SELECT k.*, f.order_id IS NOT NULL AS fresh, s.ordered_at, x.*
	FROM known k JOIN staged s USING (customer_id, order_id) LEFT JOIN fresh f USING (order_id, customer_id)
	CROSS JOIN LATERAL (VALUES
		('refund', s.refund - k.refund, s.refund > 0 AND s.refund <> k.refund, s.refunded_at),
		('cancel', 0, NOT k.cancelled AND (s.status = 'cancelled' OR s.cancelled_at IS NOT NULL), s.cancelled_at),
		('reopen', 0, k.cancelled AND s.status IN ('open', 'paid', 'shipped') AND s.cancelled_at IS NULL, NULL::timestamptz)
	) x(kind, amount, applies, at)
	WHERE x.applies
), added AS (
	INSERT INTO order_events (customer_id, order_id, event_no, kind, amount, goods_kept, effective_at, recorded_at)
	SELECT customer_id, order_id, last_no + row_number() OVER (PARTITION BY customer_id, order_id ORDER BY kind), kind, amount, false,
		coalesce(at, CASE WHEN fresh THEN ordered_at ELSE $1::timestamptz END), $1::timestamptz
	FROM news RETURNING order_id, customer_id
)
INSERT INTO touched (order_id, customer_id) SELECT order_id, customer_id FROM added`
