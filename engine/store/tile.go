package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Tile is a product as a mail shows it. What the shop's range does not say is "" or nil.
type Tile struct {
	ProductID string // the shop's own
	URL       string
	ImageURL  string
	Price     *int64 // minor units
}

// Tiles returns what the range says of products, by the shop's own ids. Of a product that several shop systems have, one
// with an address comes first.
func (s *Store) Tiles(ctx context.Context, productIDs []string) (map[string]Tile, error) {
	const sql = `SELECT DISTINCT ON (external_id) external_id, coalesce(url, ''), coalesce(image_url, ''), price
		FROM products WHERE external_id = ANY($1) AND active ORDER BY external_id, url IS NULL, source`
	rows, err := s.pool.Query(ctx, sql, productIDs)
	if err != nil {
		return nil, wrap("read products", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Tile])
	tiles := make(map[string]Tile, len(all))
	for _, t := range all {
		tiles[t.ProductID] = t
	}
	return tiles, wrap("read products", err)
}

// Bought returns which of the products a customer has ever bought, by the shop's own ids.
func (s *Store) Bought(ctx context.Context, customerID int64, productIDs []string) (map[string]bool, error) {
	const sql = `SELECT DISTINCT external_product_id FROM order_lines JOIN orders o USING (customer_id, order_id)
		WHERE customer_id = $1 AND external_product_id = ANY($2) AND o.status NOT IN ('cancelled', 'test')`
	rows, err := s.pool.Query(ctx, sql, customerID, productIDs)
	if err != nil {
		return nil, wrap("read what a customer has bought", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	bought := make(map[string]bool, len(all))
	for _, id := range all {
		bought[id] = true
	}
	return bought, wrap("read what a customer has bought", err)
}
