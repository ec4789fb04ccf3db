package store

import (
	"context"
	"iter"

	"treue/rules/customer"
)

const stageProducts = `CREATE TEMP TABLE staged (line integer, product_id bigint, source text, external_id text, name text, category text,
	price bigint, cost bigint, tax_rate float8, url text, image_url text, attributes jsonb, active boolean) ON COMMIT DROP`

var stageProductsColumns = []string{
	"line", "product_id", "source", "external_id", "name", "category", "price", "cost", "tax_rate", "url", "image_url", "attributes", "active",
}

// ImportProducts merges the shop's range.
func (s *Store) ImportProducts(ctx context.Context, in Import, rows iter.Seq2[Numbered[customer.Product], error]) (Counts, error) {
	return importRows(ctx, s, in, stageProducts, stageProductsColumns, rows, stagedProduct, mergeProducts)
}

func stagedProduct(n Numbered[customer.Product]) []any {
	p := n.Record
	attributes := p.Attributes
	if attributes == nil {
		attributes = map[string]string{}
	}
	return []any{
		n.Line, p.ID, p.Source, p.ExternalID, p.Name, textOrNull(p.Category), p.Price, p.Cost, p.TaxRate, textOrNull(p.URL),
		textOrNull(p.ImageURL), attributes, p.Active,
	}
}

const lastProductWins = `DELETE FROM staged a USING (SELECT product_id, max(line) AS line FROM staged GROUP BY product_id HAVING count(*) > 1) b
	WHERE a.product_id = b.product_id AND a.line < b.line`

const updateProducts = `UPDATE products p SET name = s.name, category = coalesce(s.category, p.category), price = coalesce(s.price, p.price),
		cost = coalesce(s.cost, p.cost), tax_rate = coalesce(s.tax_rate, p.tax_rate), url = coalesce(s.url, p.url),
		image_url = coalesce(s.image_url, p.image_url), attributes = p.attributes || s.attributes, active = s.active, updated_at = $1
	FROM staged s WHERE p.product_id = s.product_id
		AND (p.name, p.category, p.price, p.cost, p.tax_rate, p.url, p.image_url, p.attributes, p.active) IS DISTINCT FROM
		(s.name, coalesce(s.category, p.category), coalesce(s.price, p.price), coalesce(s.cost, p.cost), coalesce(s.tax_rate, p.tax_rate),
			coalesce(s.url, p.url), coalesce(s.image_url, p.image_url), p.attributes || s.attributes, s.active)`

const insertProducts = `INSERT INTO products (product_id, source, external_id, name, category, price, cost, tax_rate, url, image_url, attributes, active, updated_at)
	SELECT product_id, source, external_id, name, category, price, cost, tax_rate, url, image_url, attributes, active, $1::timestamptz
	FROM staged s WHERE NOT EXISTS (SELECT FROM products p WHERE p.product_id = s.product_id)`

// recategorised selects who bought a product that gets another category, on a line that names none itself.
const recategorised = `SELECT l.customer_id FROM order_lines l
	JOIN (SELECT s.product_id FROM staged s LEFT JOIN products p USING (product_id) WHERE s.category IS NOT NULL AND s.category IS DISTINCT FROM p.category) n
		USING (product_id)
	WHERE l.category IS NULL`

func mergeProducts(ctx context.Context, t *intake) (c Counts, err error) {
	const known = `SELECT product_id AS id, source, external_id FROM products`
	if c.Rejects, err = t.takeRejects(ctx, colliding("product", "product_id", "external_id", known)); err != nil {
		return c, err
	}
	if err = t.execAll(ctx, lastProductWins); err != nil {
		return c, err
	}
	if err = t.stale(ctx, recategorised); err != nil {
		return c, err
	}
	if c.Updated, err = t.exec(ctx, updateProducts, t.in.Now); err != nil {
		return c, err
	}
	if c.Inserted, err = t.exec(ctx, insertProducts, t.in.Now); err != nil {
		return c, err
	}
	c.Unchanged = t.staged - c.Inserted - c.Updated - int64(len(c.Rejects))
	return c, t.execAll(ctx, learnCategories)
}
