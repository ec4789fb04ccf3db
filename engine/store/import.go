package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"
)

// Import is one file on its way in.
type Import struct {
	Kind   string
	Source string
	File   string
	Now    time.Time
	// Close is asked once all rows were read: the file's hash and how many rows were rejected while reading.
	Close func() (hash string, rejected int64)
}

// RowReject is a row that only the database could refuse, by its line in the file.
type RowReject struct {
	Line   int
	Reason string
}

// Counts says what became of a file's rows.
type Counts struct {
	Inserted, Updated, Unchanged int64
	Rejects                      []RowReject
}

// Numbered is a record with the line on which it began.
type Numbered[T any] struct {
	Line   int
	Record T
}

// intake is a transaction that stages rows in a temporary table before it merges them.
type intake struct {
	pgx.Tx
	in     Import
	staged int64
}

// importRows stages rows by COPY and merges them in the same transaction: a file is in or it is not, whatever dies.
func importRows[T any](ctx context.Context, s *Store, in Import, stage string, columns []string, rows iter.Seq2[Numbered[T], error],
	values func(Numbered[T]) []any, merge func(context.Context, *intake) (Counts, error),
) (Counts, error) {
	var counts Counts
	bulky := false
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, stage); err != nil {
			return err
		}
		next, stop := iter.Pull2(rows)
		defer stop()
		var unreadable error
		staged, err := tx.CopyFrom(ctx, pgx.Identifier{"staged"}, columns, pgx.CopyFromFunc(func() ([]any, error) {
			row, err, ok := next()
			if !ok || err != nil {
				unreadable = err
				return nil, err
			}
			return values(row), nil
		}))
		if unreadable != nil {
			return unreadable // the driver reports it as an error of the database
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `ANALYZE staged (`+columns[0]+`, `+columns[1]+`)`); err != nil {
			return err
		}
		// Imports take turns: two that bring the same new rows would otherwise fail on each other's keys.
		if _, err := tx.Exec(ctx, `LOCK TABLE imports IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return err
		}
		if counts, err = merge(ctx, &intake{Tx: tx, in: in, staged: staged}); err != nil {
			return err
		}
		if err := analyse(ctx, tx, in.Kind, staged); err != nil {
			return err
		}
		bulky = staged >= bulk
		return record(ctx, tx, in, counts)
	})
	if err != nil {
		// The driver may tell of the connection that it closed then, and not of the reason.
		if stopped := context.Cause(ctx); stopped != nil && !errors.Is(err, stopped) {
			err = fmt.Errorf("%w: %w", stopped, err)
		}
		return Counts{}, fmt.Errorf("import %s: %w", in.Kind, err)
	}
	if bulky && in.Kind == "orders" {
		s.tidyOrders(ctx)
	}
	return counts, nil
}

// tidyOrders lets the next refresh read orders from the key alone, and find dates by their index: a page counts for both
// once a vacuum has seen it. The import is in, whatever becomes of this; autovacuum does the same later.
func (s *Store) tidyOrders(ctx context.Context) {
	_, _ = s.pool.Exec(ctx, `VACUUM (SKIP_LOCKED) orders`)
}

// bulk is how many rows make the planner's figures stale at once; fewer are left to autovacuum.
const bulk = 10_000

// analyse refreshes the planner's figures after a bulk import: without them the next refresh may take many times longer.
func analyse(ctx context.Context, tx pgx.Tx, kind string, staged int64) error {
	tables := map[string]string{
		"customers": "customers, consents, address_keys", "orders": "customers, orders, order_keys, order_events", "lines": "order_lines",
		"feedback": "feedback", "points": "points", "exposures": "customers, assignments",
	}[kind]
	if staged < bulk || tables == "" {
		return nil
	}
	_, err := tx.Exec(ctx, `ANALYZE `+tables)
	return err
}

// record notes the import. Its number tells a snapshot whether something came in since.
func record(ctx context.Context, tx pgx.Tx, in Import, c Counts) error {
	hash, rejected := in.Close()
	const insert = `INSERT INTO imports (import_id, kind, source, file_name, file_hash, started_at, finished_at, inserted, updated, unchanged, rejected)
		SELECT coalesce(max(import_id), 0) + 1, $1, $2, $3, $4, $5, $5, $6, $7, $8, $9 FROM imports`
	_, err := tx.Exec(ctx, insert, in.Kind, in.Source, in.File, hash, in.Now, c.Inserted, c.Updated, c.Unchanged, rejected+int64(len(c.Rejects)))
	return err
}

// exec runs one statement and returns how many rows it touched.
func (t *intake) exec(ctx context.Context, sql string, args ...any) (int64, error) {
	tag, err := t.Exec(ctx, sql, args...)
	return tag.RowsAffected(), err
}

// execAll runs statements without parameters in order.
func (t *intake) execAll(ctx context.Context, statements ...string) error {
	for _, sql := range statements {
		if _, err := t.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// knownIdentities are the shop's own ids behind our ids of customers, second accounts included.
const knownIdentities = `SELECT customer_id AS id, source, external_id FROM customers
	UNION ALL SELECT alias_id, source, external_id FROM customer_aliases`

// colliding selects the staged rows whose id, a hash, already stands for another id of the shop: in known, a query of
// (id, source, external_id), or further up in the same file. id and external name the columns of staged.
func colliding(what, id, external, known string) string {
	return `SELECT s.line, '` + what + ` id collides with that of ' || k.source || ':' || k.external_id AS reason
		FROM staged s JOIN (` + known + `) k ON k.id = s.` + id + ` WHERE (k.source, k.external_id) <> (s.source, s.` + external + `)
		UNION
		SELECT s.line, '` + what + ` id collides with that of ' || s.source || ':' || f.` + external + ` || ' in the same file'
		FROM staged s JOIN (SELECT ` + id + `, (array_agg(` + external + ` ORDER BY line))[1] AS ` + external + ` FROM staged
			GROUP BY ` + id + ` HAVING count(*) > 1 AND min(` + external + ` COLLATE "C") <> max(` + external + ` COLLATE "C")) f ON f.` + id + ` = s.` + id + ` AND f.` + external + ` <> s.` + external + `
		WHERE NOT EXISTS (SELECT FROM (` + known + `) k WHERE k.id = s.` + id + `)`
}

// takeRejects removes the staged rows that sql selects as (line, reason) and returns them.
func (t *intake) takeRejects(ctx context.Context, sql string) ([]RowReject, error) {
	rows, err := t.Query(ctx, `WITH bad AS (`+sql+`), gone AS (DELETE FROM staged USING bad WHERE staged.line = bad.line)
		SELECT line, reason FROM bad ORDER BY line`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (RowReject, error) {
		var x RowReject
		return x, r.Scan(&x.Line, &x.Reason)
	})
}

// NewestImport returns the number of the newest import and when the newest one of kind finished; nil: never.
func (s *Store) NewestImport(ctx context.Context, kind string) (int64, *time.Time, error) {
	var id int64
	var at *time.Time
	err := s.pool.QueryRow(ctx, `SELECT coalesce(max(import_id), 0), max(finished_at) FILTER (WHERE kind = $1) FROM imports`, kind).Scan(&id, &at)
	if err != nil {
		return 0, nil, fmt.Errorf("read the imports: %w", err)
	}
	return id, at, nil
}
