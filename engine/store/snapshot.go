package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"treue/rules/features"
)

// Set describes one refresh: all snapshots of one as-of.
type Set struct {
	ID         int64
	AsOf       time.Time
	Day        features.Day
	ComputedAt time.Time
	LastImport int64 // the newest import it saw
	ModelID    int64
	Customers  int64
	Buyers     int64
	Mailable   int64 // customers whose consent is proven and valid; counted when the set is written
	slot       string
}

// table returns where the set's rows live: two tables that take turns behind the pointer, and one for private sets.
func (s Set) table() string {
	switch s.slot {
	case "a":
		return "snapshots_a"
	case "b":
		return "snapshots_b"
	default:
		return "snapshots_private"
	}
}

// snapshotColumns are the columns of the tables, in their order.
func snapshotColumns() []string {
	names := []string{"customer_id", "set_id"}
	for _, c := range features.Columns() {
		names = append(names, c.Name)
	}
	return names
}

// Publish writes a refresh into the table that nobody reads and turns the pointer to it, in one transaction:
// a reader sees the old set or the new one, and a refresh that dies leaves the old one.
func (s *Store) Publish(ctx context.Context, set Set, rows []features.Snapshot) (Set, error) {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockSets(ctx, tx); err != nil {
			return err
		}
		var current string
		err := tx.QueryRow(ctx, `SELECT s.slot FROM snapshot_pointer p JOIN snapshot_sets s USING (set_id)`).Scan(&current)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		set.slot = "a"
		if current == "a" {
			set.slot = "b"
		}
		if _, err := tx.Exec(ctx, `TRUNCATE `+set.table()); err != nil {
			return err
		}
		if err := insertSet(ctx, tx, &set, rows); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO snapshot_pointer (one, set_id) VALUES (true, $1) ON CONFLICT (one) DO UPDATE SET set_id = $1`, set.ID)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `DELETE FROM snapshot_sets WHERE slot = $1 AND set_id <> $2`, set.slot, set.ID)
		return err
	})
	if err != nil {
		return Set{}, fmt.Errorf("write the snapshots: %w", err)
	}
	return set, nil
}

// PublishPrivate keeps a set for commands that look at another day, and forgets private sets that are older than a
// day by the database's clock.
func (s *Store) PublishPrivate(ctx context.Context, set Set, rows []features.Snapshot) (Set, error) {
	set.slot = "private"
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockSets(ctx, tx); err != nil {
			return err
		}
		const old = `WITH old AS (DELETE FROM snapshot_sets WHERE slot = 'private' AND computed_at < clock_timestamp() - interval '1 day' RETURNING set_id)
			DELETE FROM snapshots_private p USING old WHERE p.set_id = old.set_id`
		if _, err := tx.Exec(ctx, old); err != nil {
			return err
		}
		return insertSet(ctx, tx, &set, rows)
	})
	if err != nil {
		return Set{}, fmt.Errorf("write the snapshots: %w", err)
	}
	return set, nil
}

// lockSets makes refreshes take turns: they number their sets and must not empty a table for each other.
func lockSets(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `LOCK TABLE snapshot_sets IN SHARE ROW EXCLUSIVE MODE`)
	return err
}

func insertSet(ctx context.Context, tx pgx.Tx, set *Set, rows []features.Snapshot) error {
	set.Mailable = 0
	for i := range rows {
		if rows[i].Consent {
			set.Mailable++
		}
	}
	const insert = `INSERT INTO snapshot_sets (set_id, slot, as_of, day, computed_at, last_import, model_id, customers, buyers, mailable)
		SELECT coalesce(max(set_id), 0) + 1, $1, $2, $3, clock_timestamp(), $4, $5, $6, $7, $8 FROM snapshot_sets RETURNING set_id`
	err := tx.QueryRow(ctx, insert, set.slot, set.AsOf, set.Day.Date(), set.LastImport, set.ModelID, set.Customers, set.Buyers, set.Mailable).Scan(&set.ID)
	if err != nil {
		return err
	}
	write := newSnapshotWriter(set.ID)
	source := pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) { return write.row(&rows[i]), nil })
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{set.table()}, snapshotColumns(), source); err != nil {
		return err
	}
	// Until somebody counts the rows, the planner takes the table for empty and joins it row by row.
	_, err = tx.Exec(ctx, `ANALYZE `+set.table()+` (customer_id, set_id)`)
	return err
}

const selectSet = `SELECT s.set_id, s.slot, s.as_of, s.day, s.computed_at, s.last_import, s.model_id, s.customers, s.buyers, s.mailable FROM snapshot_sets s `

func scanSet(row pgx.Row) (Set, error) {
	var s Set
	var d pgtype.Date
	err := row.Scan(&s.ID, &s.slot, &s.AsOf, &d, &s.ComputedAt, &s.LastImport, &s.ModelID, &s.Customers, &s.Buyers, &s.Mailable)
	s.Day = day(d)
	return s, notFound(err)
}

// CurrentSet returns the published set, or ErrNotFound before the first refresh.
func (s *Store) CurrentSet(ctx context.Context) (Set, error) {
	return scanSet(s.pool.QueryRow(ctx, selectSet+`JOIN snapshot_pointer p USING (set_id)`))
}

// PrivateSet returns the newest private set of that day, or ErrNotFound.
func (s *Store) PrivateSet(ctx context.Context, day features.Day) (Set, error) {
	return scanSet(s.pool.QueryRow(ctx, selectSet+`WHERE slot = 'private' AND day = $1 ORDER BY set_id DESC LIMIT 1`, day.Date()))
}

// snapshotWriter turns snapshots into rows for COPY.
type snapshotWriter struct {
	set    int64
	values []func(*features.Snapshot) any
	buffer []any
}

func newSnapshotWriter(set int64) *snapshotWriter {
	w := &snapshotWriter{set: set}
	for _, c := range features.Columns() {
		w.values = append(w.values, stored(c))
	}
	return w
}

// row returns the values in the order of snapshotColumns; the next call overwrites them.
func (w *snapshotWriter) row(s *features.Snapshot) []any {
	w.buffer = append(w.buffer[:0], s.CustomerID, w.set)
	for _, value := range w.values {
		w.buffer = append(w.buffer, value(s))
	}
	return w.buffer
}

// stored returns how a statistic is kept.
func stored(c features.Column) func(*features.Snapshot) any {
	switch {
	case c.Count != nil:
		return func(s *features.Snapshot) any { return *c.Count(s) }
	case c.Amount != nil:
		return func(s *features.Snapshot) any { return amountOrNull(*c.Amount(s)) }
	case c.Word != nil && (c.Name == "source" || c.Name == "external_id"):
		return func(s *features.Snapshot) any { return *c.Word(s) }
	case c.Word != nil:
		return func(s *features.Snapshot) any { return textOrNull(*c.Word(s)) }
	case c.Day != nil:
		return func(s *features.Snapshot) any { return dayOrNull(*c.Day(s)) }
	case c.Flag != nil:
		return func(s *features.Snapshot) any { return *c.Flag(s) }
	}
	return func(s *features.Snapshot) any { return list(*c.Words(s)) }
}

// Arithmetic of two stored amounts must not leave the range of double precision, at which Postgres fails.
const (
	largestAmount  = 1e18
	smallestAmount = 1e-30
)

// amountOrNull stores an unknown number as null, and one that no shop can mean as unknown.
func amountOrNull(v float64) any {
	switch size := math.Abs(v); {
	case !(size <= largestAmount):
		return nil
	case size < smallestAmount:
		return 0.0
	}
	return v
}

// textOrNull stores unknown text as null.
func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// numberOrNull stores an unknown number as null.
func numberOrNull(v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return v
}

// dayOrNull stores an unknown day as null.
func dayOrNull(d features.Day) any {
	if !d.Known() {
		return nil
	}
	return d.Date()
}

// list stores an absent list as an empty one.
func list(v []string) []string {
	if v == nil {
		return []string{}
	}
	return v
}
