package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"
)

// CategoryRows gives the categories that buyers bought, for buyers in the order of their ids.
type CategoryRows struct {
	rows rowStream
	row  [][]byte
	more bool
	seen words
}

// CategoryRows starts reading them.
func (r *Refreshing) CategoryRows(ctx context.Context) (*CategoryRows, error) {
	const sql = `SELECT customer_id, categories FROM {categories} ORDER BY customer_id`
	rows, err := openCursor(ctx, r.tx, "categories_read", r.names.Replace(sql), nil, []uint32{pgtype.Int8OID, pgtype.TextArrayOID})
	if err != nil {
		return nil, fmt.Errorf("read the categories: %w", err)
	}
	return &CategoryRows{rows: rows, more: true, seen: words{}}, nil
}

// Of appends the categories of a buyer, who comes after those asked for before.
func (c *CategoryRows) Of(ctx context.Context, id int64, into []string) ([]string, error) {
	for c.more && (c.row == nil || wholeNumber(c.row[0]) < id) {
		var err error
		if c.row, err = c.rows.next(ctx); err != nil {
			return into, fmt.Errorf("read the categories: %w", err)
		}
		c.more = c.row != nil
	}
	if c.row == nil || wholeNumber(c.row[0]) != id {
		return into, nil
	}
	return c.seen.texts(into, c.row[1]), nil
}
