package store

import (
	"context"
	"iter"

	"treue/rules/customer"
)

const stageLines = `CREATE TEMP TABLE staged (line integer, customer_id bigint, order_id bigint, line_no integer, product_id bigint, source text,
	order_external_id text, customer_external_id text, external_product_id text, name text, category text, ordered_at timestamptz,
	quantity float8, unit_price bigint, unit_cost bigint) ON COMMIT DROP`

var stageLinesColumns = []string{
	"line", "customer_id", "order_id", "line_no", "product_id", "source", "order_external_id", "customer_external_id", "external_product_id",
	"name", "category", "ordered_at", "quantity", "unit_price", "unit_cost",
}

// ImportLines replaces the lines of every order that the file names, as a set. A line of an unknown order is rejected.
func (s *Store) ImportLines(ctx context.Context, in Import, rows iter.Seq2[Numbered[customer.Line], error]) (Counts, error) {
	return importRows(ctx, s, in, stageLines, stageLinesColumns, rows, stagedLine, mergeLines)
}

func stagedLine(n Numbered[customer.Line]) []any {
	l := n.Record
	return []any{
		n.Line, l.CustomerID, l.OrderID, l.No, l.ProductID, l.Source, l.OrderExternalID, l.CustomerExternalID, l.ExternalProductID,
		textOrNull(l.Name), textOrNull(l.Category), l.OrderedAt, l.Quantity, l.UnitPrice, l.UnitCost,
	}
}

const linesWithoutOrder = `SELECT s.line, CASE WHEN k.order_id IS NULL THEN 'order ' || s.order_external_id || ' is unknown: import its order first'
		ELSE 'order ' || s.order_external_id || ' belongs to another customer than ' || s.customer_external_id END AS reason
	FROM staged s LEFT JOIN order_keys k USING (order_id) WHERE k.customer_id IS DISTINCT FROM s.customer_id`

// changedLines keeps the orders whose lines differ from those stored, in number or in content.
const changedLines = `CREATE TEMP TABLE changed ON COMMIT DROP AS
	SELECT customer_id, order_id, bool_or(l.line_no IS NOT NULL) AS known FROM (
		SELECT customer_id, order_id, line_no, product_id, name, category, ordered_at, quantity, unit_price, unit_cost FROM staged) s
	FULL JOIN (SELECT l.* FROM order_lines l WHERE EXISTS (SELECT FROM staged s WHERE s.customer_id = l.customer_id AND s.order_id = l.order_id)) l
		USING (customer_id, order_id, line_no)
	GROUP BY customer_id, order_id
	HAVING bool_or((s.product_id, s.name, s.category, s.ordered_at, s.quantity, s.unit_price, s.unit_cost)
		IS DISTINCT FROM (l.product_id, l.name, l.category, l.ordered_at, l.quantity, l.unit_price, l.unit_cost))`

const insertLines = `INSERT INTO order_lines (customer_id, order_id, line_no, product_id, external_product_id, name, category, ordered_at, quantity,
		unit_price, unit_cost)
	SELECT s.customer_id, s.order_id, s.line_no, s.product_id, s.external_product_id, s.name, s.category, s.ordered_at, s.quantity, s.unit_price, s.unit_cost
	FROM staged s JOIN changed USING (customer_id, order_id)`

func mergeLines(ctx context.Context, t *intake) (c Counts, err error) {
	if err = t.execAll(ctx, resolveAliases, dropErased); err != nil {
		return c, err
	}
	if c.Rejects, err = t.takeRejects(ctx, linesWithoutOrder); err != nil {
		return c, err
	}
	if err = t.execAll(ctx, changedLines, `ANALYZE changed`, // else all lines are read to find a few
		`DELETE FROM order_lines l USING changed c WHERE l.customer_id = c.customer_id AND l.order_id = c.order_id`, insertLines); err != nil {
		return c, err
	}
	const count = `SELECT count(*) FILTER (WHERE NOT c.known), count(*) FILTER (WHERE c.known)
		FROM staged s LEFT JOIN changed c USING (customer_id, order_id)`
	if err = t.QueryRow(ctx, count).Scan(&c.Inserted, &c.Updated); err != nil {
		return c, err
	}
	c.Unchanged = t.staged - c.Inserted - c.Updated - int64(len(c.Rejects))
	if err = t.stale(ctx, `SELECT customer_id FROM changed`); err != nil {
		return c, err
	}
	return c, t.execAll(ctx, learnCategories)
}
