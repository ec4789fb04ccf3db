package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// movingColumns are what another day, or what others ordered, changes of a buyer whose own data are as they were. Of a
// customer without orders all of them are unknown.
func movingColumns() []string {
	return []string{
		"p_alive", "clv_predicted", "clv_percentile", "segment", "tier", "rhythm", "next_order_on", "expected_orders",
		"clv_predicted_low", "clv_predicted_high", "clv_90d_ago", "recency_score", "segment_since", "next_category",
	}
}

// MovingRows returns empty rows of what moves, for [Carrying.Write].
func (s Set) MovingRows() *SnapshotRows { return s.rowsOf(columnsOf(movingColumns())) }

// Carrying takes customers whose data did not change from the published set over into a new one: inside the database, so
// that only what moves has to travel.
type Carrying struct {
	r        *Refreshing
	from, to Set
	above    int64 // the last customer taken over
	insert   string
	Count    int64 // of customers taken over
}

// Carry starts it. The listed customers stay behind.
func (r *Refreshing) Carry(ctx context.Context, from, to Set) (*Carrying, error) {
	moving := movingColumns()
	create := `CREATE TEMP TABLE moving ON COMMIT DROP AS SELECT customer_id, set_id, ` + strings.Join(moving, ", ") + ` FROM ` + from.table() + ` WITH NO DATA`
	if _, err := r.tx.Exec(ctx, create); err != nil {
		return nil, fmt.Errorf("make room for what moves: %w", err)
	}
	columns := snapshotColumns()
	values := slices.Clone(columns)
	for i, c := range columns {
		values[i] = "s." + c
		if slices.Contains(moving, c) {
			values[i] = "m." + c
		}
	}
	values[1] = "$1::bigint"
	// Pages of the new table fill in the order of the customers, and both sides come in it.
	return &Carrying{r: r, from: from, to: to, above: -1, insert: `INSERT INTO ` + to.table() + ` (` + strings.Join(columns, ", ") + `)
		SELECT ` + strings.Join(values, ", ") + ` FROM ` + from.table() + ` s LEFT JOIN moving m ON m.customer_id = s.customer_id
		WHERE s.set_id = $2 AND s.customer_id > $3 AND s.customer_id <= $4
			AND NOT EXISTS (SELECT FROM picked p WHERE p.customer_id = s.customer_id AND p.customer_id > $3 AND p.customer_id <= $4)
		ORDER BY s.customer_id`}, nil
}

// Write takes over the customers after those before and up to the last one given, with what moves of them; who has no
// row never ordered. Rows ascend by customer.
func (c *Carrying) Write(ctx context.Context, rows *SnapshotRows, upTo int64) error {
	begin := inOrder
	if c.above >= 0 {
		begin += `TRUNCATE moving`
	}
	if _, err := c.r.tx.Exec(ctx, begin); err != nil {
		return fmt.Errorf("carry snapshots over: %w", err)
	}
	if err := c.r.copyInto(ctx, "moving", rows); err != nil {
		return fmt.Errorf("carry snapshots over: %w", err)
	}
	done, err := c.r.tx.Exec(ctx, c.insert, c.to.ID, c.from.ID, c.above, upTo)
	if err != nil {
		return fmt.Errorf("carry snapshots over: %w", err)
	}
	c.above, c.Count = upTo, c.Count+done.RowsAffected()
	_, err = c.r.tx.Exec(ctx, anyOrder)
	return err
}

// A snapshot is wide: to merge rows as they lie takes two thirds of the time of hashing and sorting them, which the
// planner prefers.
const (
	inOrder  = `SET LOCAL enable_hashjoin = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off; `
	anyOrder = `SET LOCAL enable_hashjoin = on; SET LOCAL enable_bitmapscan = on; SET LOCAL enable_seqscan = on`
)

// Picked returns the listed customers.
func (r *Refreshing) Picked(ctx context.Context) (map[int64]bool, error) {
	rows, err := r.tx.Query(ctx, `SELECT customer_id FROM picked`)
	if err != nil {
		return nil, fmt.Errorf("read the listed customers: %w", err)
	}
	all, id := map[int64]bool{}, int64(0)
	_, err = pgx.ForEachRow(rows, []any{&id}, func() error { all[id] = true; return nil })
	return all, wrap("read the listed customers", err)
}
