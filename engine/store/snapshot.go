package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
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
	Terms      string // of that model
	Customers  int64
	Buyers     int64
	Mailable   int64 // customers whose consent is proven and valid; counted when the set is written
	slot       string
}

// Is reports whether both are the same set, and neither was changed in place since the other was read.
func (s Set) Is(other Set) bool { return s.ID == other.ID && s.ComputedAt.Equal(other.ComputedAt) }

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

// Publish publishes snapshots that are at hand; customers ascend. Refreshes of a shop stream them instead, see
// [Refreshing.NewSet].
func (s *Store) Publish(ctx context.Context, set Set, rows []features.Snapshot) (Set, error) {
	err := s.Refresh(ctx, set.AsOf, Terms{}, func(r *Refreshing) error { return r.writeAll(ctx, &set, rows) })
	if err != nil {
		return Set{}, fmt.Errorf("write the snapshots: %w", err)
	}
	return set, nil
}

// PublishPrivate keeps snapshots that are at hand as a private set.
func (s *Store) PublishPrivate(ctx context.Context, set Set, rows []features.Snapshot) (Set, error) {
	err := s.Preview(ctx, set.AsOf, Terms{}, func(r *Refreshing) error { return r.writeAll(ctx, &set, rows) })
	if err != nil {
		return Set{}, fmt.Errorf("write the snapshots: %w", err)
	}
	return set, nil
}

func (r *Refreshing) writeAll(ctx context.Context, set *Set, rows []features.Snapshot) error {
	if err := r.NewSet(ctx, set); err != nil {
		return err
	}
	set.Mailable = 0
	copied := set.Rows()
	for i := range rows {
		copied.Add(&rows[i])
		if rows[i].Consent {
			set.Mailable++
		}
	}
	if err := r.Write(ctx, *set, copied); err != nil {
		return err
	}
	return r.Finish(ctx, set, nil)
}

// NewSet numbers a new set and makes room for it, in the table that nobody reads. A private one is for commands that look
// at another day; private sets older than a day by the database's clock are forgotten.
func (r *Refreshing) NewSet(ctx context.Context, set *Set) error {
	set.slot = "private"
	clean := []string{`WITH old AS (DELETE FROM snapshot_sets WHERE slot = 'private' AND computed_at < clock_timestamp() - interval '1 day' RETURNING set_id)
		DELETE FROM snapshots_private p USING old WHERE p.set_id = old.set_id`}
	if !r.private {
		current, err := r.Current(ctx)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		set.slot = "a"
		if current.slot == "a" {
			set.slot = "b"
		}
		// To build the key afterwards takes a third of keeping it.
		clean = []string{`TRUNCATE ` + set.table(), `DELETE FROM snapshot_sets WHERE slot = '` + set.slot + `'`, set.key(`DROP CONSTRAINT %s`)}
	}
	err := r.tx.QueryRow(ctx, `SELECT coalesce(max(set_id), 0) + 1 FROM snapshot_sets`).Scan(&set.ID)
	for _, sql := range clean {
		if err == nil {
			_, err = r.tx.Exec(ctx, sql)
		}
	}
	return err
}

// Write adds rows to a set that NewSet has numbered, or to one that is changed in place.
func (r *Refreshing) Write(ctx context.Context, set Set, rows *SnapshotRows) error {
	return r.copyInto(ctx, set.table(), rows)
}

func (r *Refreshing) copyInto(ctx context.Context, table string, rows *SnapshotRows) error {
	sql := `COPY ` + table + ` (customer_id, set_id, ` + strings.Join(rows.columns, ", ") + `) FROM STDIN BINARY`
	_, err := r.tx.Conn().PgConn().CopyFrom(ctx, rows.reader(), sql)
	return err
}

// key changes the key of the set's table.
func (s Set) key(change string) string {
	return `ALTER TABLE ` + s.table() + ` ` + fmt.Sprintf(change, s.table()+`_pkey`)
}

// Finish publishes a set: with the transaction a reader sees it and not the old one. norms, as JSON, are what all
// customers together say. A private set is only kept.
func (r *Refreshing) Finish(ctx context.Context, set *Set, norms []byte) error {
	const insert = `INSERT INTO snapshot_sets (set_id, slot, as_of, day, computed_at, last_import, model_id, customers, buyers, mailable, norms)
		VALUES ($1, $2, $3, $4, clock_timestamp(), $5, $6, $7, $8, $9, $10) RETURNING computed_at`
	err := r.tx.QueryRow(ctx, insert, set.ID, set.slot, set.AsOf, set.Day.Date(), set.LastImport, set.ModelID, set.Customers, set.Buyers, set.Mailable, textOrNull(string(norms))).Scan(&set.ComputedAt)
	if err != nil {
		return err
	}
	if !r.private {
		if _, err := r.tx.Exec(ctx, set.key(`ADD CONSTRAINT %s PRIMARY KEY (customer_id, set_id)`)); err != nil {
			return err
		}
	}
	// Until somebody counts the rows, the planner takes the table for empty and joins it row by row. A few pages do.
	if _, err := r.tx.Exec(ctx, `SET LOCAL default_statistics_target = 1; ANALYZE `+set.table()+` (customer_id, set_id)`); err != nil || r.private {
		return err
	}
	_, err = r.tx.Exec(ctx, `INSERT INTO snapshot_pointer (one, set_id) VALUES (true, $1) ON CONFLICT (one) DO UPDATE SET set_id = $1`, set.ID)
	return err
}

// Norms returns what Finish or Amend kept of a set, nil if there is nothing.
func (r *Refreshing) Norms(ctx context.Context, set Set) (norms []byte, err error) {
	err = r.tx.QueryRow(ctx, `SELECT norms::text::bytea FROM snapshot_sets WHERE set_id = $1`, set.ID).Scan(&norms)
	return norms, notFound(err)
}

// Listed is what the listed customers' rows in a set stand for.
type Listed struct {
	Customers, Buyers, Mailable int64
	Orders                      int64
	Unpriced                    int64 // buyers whose margin is unknown
}

// Listed counts the rows of the listed customers in the published set.
func (r *Refreshing) Listed(ctx context.Context, set Set) (l Listed, err error) {
	sql := `SELECT count(*), count(*) FILTER (WHERE s.orders > 0), count(*) FILTER (WHERE s.consent), coalesce(sum(s.orders), 0)::bigint,
			count(*) FILTER (WHERE s.orders > 0 AND s.margin IS NULL)
		FROM picked p JOIN ` + set.table() + ` s ON s.customer_id = p.customer_id AND s.set_id = $1`
	err = r.tx.QueryRow(ctx, sql, set.ID).Scan(&l.Customers, &l.Buyers, &l.Mailable, &l.Orders, &l.Unpriced)
	return l, err
}

// Replace puts new rows of the listed customers in the place of theirs in the published set. The set keeps its number:
// who holds it sees the rows as they were, or all the new ones once the transaction ends.
func (r *Refreshing) Replace(ctx context.Context, set Set, rows *SnapshotRows) error {
	_, err := r.tx.Exec(ctx, `DELETE FROM `+set.table()+` s USING picked p WHERE s.customer_id = p.customer_id AND s.set_id = $1`, set.ID)
	if err != nil {
		return err
	}
	return r.Write(ctx, set, rows)
}

// Amend notes what changed of the published set as a whole.
func (r *Refreshing) Amend(ctx context.Context, set *Set, norms []byte) error {
	const update = `UPDATE snapshot_sets SET as_of = $2, computed_at = clock_timestamp(), last_import = $3, customers = $4, buyers = $5, mailable = $6, norms = $7
		WHERE set_id = $1 RETURNING computed_at`
	return r.tx.QueryRow(ctx, update, set.ID, set.AsOf, set.LastImport, set.Customers, set.Buyers, set.Mailable, textOrNull(string(norms))).Scan(&set.ComputedAt)
}

const selectSet = `SELECT s.set_id, s.slot, s.as_of, s.day, s.computed_at, s.last_import, s.model_id, s.customers, s.buyers, s.mailable,
	coalesce((SELECT m.terms FROM clv_models m WHERE m.model_id = s.model_id), '') FROM snapshot_sets s `

func scanSet(row pgx.Row) (Set, error) {
	var s Set
	var d pgtype.Date
	err := row.Scan(&s.ID, &s.slot, &s.AsOf, &d, &s.ComputedAt, &s.LastImport, &s.ModelID, &s.Customers, &s.Buyers, &s.Mailable, &s.Terms)
	s.Day = day(d)
	return s, notFound(err)
}

const currentSet = selectSet + `JOIN snapshot_pointer p USING (set_id)`

// CurrentSet returns the published set, or ErrNotFound before the first refresh.
func (s *Store) CurrentSet(ctx context.Context) (Set, error) {
	return scanSet(s.pool.QueryRow(ctx, currentSet))
}

// PrivateSet returns the newest private set of that day, or ErrNotFound.
func (s *Store) PrivateSet(ctx context.Context, day features.Day) (Set, error) {
	return scanSet(s.pool.QueryRow(ctx, selectSet+`WHERE slot = 'private' AND day = $1 ORDER BY set_id DESC LIMIT 1`, day.Date()))
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

// list stores an absent list as an empty one.
func list(v []string) []string {
	if v == nil {
		return []string{}
	}
	return v
}
