package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"treue/rules"
	"treue/rules/features"
)

// View says how somebody looks at a set. What they do not need stays unknown in the snapshots they see.
type View struct {
	Needs     rules.Needs
	Now       time.Time // events count as known at this moment
	Zone      *time.Location
	Evaluator Evaluator // of rules; "" is Auto
	Detailed  bool      // counts say all they know, and cost a third more
}

// EverythingStored needs all statistics and no events.
func EverythingStored() rules.Needs {
	var needs rules.Needs
	for _, c := range features.Columns() {
		needs.Columns = append(needs.Columns, c.Name)
	}
	return needs
}

// ErrRefreshed says that a set is gone: since it was looked up two refreshes have taken its place (of a private one: a day
// has passed). CurrentSet has the newer one.
var ErrRefreshed = errors.New("the snapshots were refreshed twice meanwhile: ask again")

// EachSnapshot calls visit for every customer of the set in order of customer id. The snapshot with its lists and
// history is reused between calls: keep a copy of what you need.
func (s *Store) EachSnapshot(ctx context.Context, set Set, view View, visit func(*features.Snapshot) error) error {
	return s.read(ctx, set, view, unhurried, func(r *reading) error {
		return r.scan(ctx, r.whole(view.Needs), func(snap *features.Snapshot, _ [][]byte) error { return visit(snap) })
	})
}

// SnapshotOf returns one customer of the set, or ErrNotFound. As of all that reads a set, ErrRefreshed is not about the
// customer.
func (s *Store) SnapshotOf(ctx context.Context, set Set, view View, customerID int64) (snap features.Snapshot, err error) {
	known := false
	err = s.SnapshotsOf(ctx, set, view, []int64{customerID}, func(found *features.Snapshot) error {
		snap, known = *found, true
		return nil
	})
	if err == nil && !known {
		err = ErrNotFound
	}
	return snap, err
}

// SnapshotsOf visits a few customers of the set, by id. What visit gets is good until it returns.
func (s *Store) SnapshotsOf(ctx context.Context, set Set, view View, customerIDs []int64, visit func(*features.Snapshot) error) error {
	return s.read(ctx, set, view, unhurried, func(r *reading) error {
		sel := r.whole(view.Needs)
		sel.where += ` AND s.customer_id = ANY($2)`
		sel.args = append(sel.args, customerIDs)
		sel.few = true
		return r.scan(ctx, sel, func(snap *features.Snapshot, _ [][]byte) error { return visit(snap) })
	})
}

// reading is one consistent look at a set.
type reading struct {
	tx   pgx.Tx
	set  Set
	view View
}

// Statements that people wait for end after a while; a run takes the time it needs.
const (
	unhurried = `0`
	hurried   = `30s`
)

// read runs do on one snapshot of the database, so that dictionaries, snapshots and events fit together. Compiling a
// query at run time costs more than it gains on a scan of this size; work_mem keeps the events of a shop out of files.
func (s *Store) read(ctx context.Context, set Set, view View, timeout string, do func(*reading) error) error {
	// The lock comes before the look: once held, no refresh can empty the table under the reader.
	begin := `BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL idle_in_transaction_session_timeout = '10s';
		SET LOCAL jit = off; SET LOCAL work_mem = '64MB'; SET LOCAL cursor_tuple_fraction = 1;
		SET LOCAL statement_timeout = '` + timeout + `'; LOCK TABLE ` + set.table() + ` IN ACCESS SHARE MODE`
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{BeginQuery: begin}, func(tx pgx.Tx) error {
		_, err := scanSet(tx.QueryRow(ctx, selectSet+`WHERE set_id = $1 AND slot = $2`, set.ID, set.slot))
		if errors.Is(err, ErrNotFound) {
			return ErrRefreshed
		}
		if err != nil {
			return err
		}
		return do(&reading{tx: tx, set: set, view: view})
	})
	return wrap("read the snapshots", err)
}

// selection is a statement over the snapshots as s.
type selection struct {
	from, where string
	args        []any
	needs       rules.Needs
	masks       []string // bigint expressions, handed on with each row
	kept        bool     // only rows with a bit in a mask leave the database
	few         bool     // it gives few rows
	unordered   bool     // the order of customers does not matter
}

// whole selects every row of the set.
func (r *reading) whole(needs rules.Needs) selection {
	return selection{from: r.set.table() + ` s`, where: `s.set_id = $1`, args: []any{r.set.ID}, needs: needs}
}

// sql writes the statement, which gives customer_id, columns and masks.
func (sel *selection) sql(columns []features.Column) string {
	list := []string{"s.customer_id"}
	for _, c := range columns {
		list = append(list, "s."+c.Name)
	}
	var bits []string
	for i, mask := range sel.masks {
		list = append(list, fmt.Sprintf("%s AS m%d", mask, i))
		bits = append(bits, fmt.Sprintf("x.m%d <> 0", i))
	}
	text := `SELECT ` + strings.Join(list, ", ") + ` FROM ` + sel.from + ` WHERE ` + sel.where
	order := ` ORDER BY customer_id`
	if sel.unordered && len(sel.needs.Events) == 0 {
		order = ""
	}
	if sel.kept {
		// The fence keeps the planner from computing every mask twice.
		return `SELECT x.* FROM (` + text + ` OFFSET 0) x WHERE ` + strings.Join(bits, " OR ") + order
	}
	return text + order
}

// columnsOf returns the columns of these names in the order of the table.
func columnsOf(names []string) []features.Column {
	return slices.DeleteFunc(features.Columns(), func(c features.Column) bool { return !slices.Contains(names, c.Name) })
}

// scan calls visit for the rows of a selection with their masks.
func (r *reading) scan(ctx context.Context, sel selection, visit func(*features.Snapshot, [][]byte) error) error {
	columns := columnsOf(sel.needs.Columns)
	seen := words{}
	types := []uint32{pgtype.Int8OID}
	decoders := make([]decoder, len(columns))
	for i, c := range columns {
		var oid uint32
		decoders[i], oid = decoding(c, seen)
		types = append(types, oid)
	}
	for range sel.masks {
		types = append(types, pgtype.Int8OID)
	}
	rows, err := r.open(ctx, &sel, sel.sql(columns), types)
	if err != nil {
		return err
	}
	defer rows.close()
	history, err := r.openHistory(ctx, &sel, seen)
	if err != nil {
		return err
	}
	var snap features.Snapshot
	features.Blank(&snap)
	for {
		row, err := rows.next(ctx)
		if row == nil || err != nil {
			return err
		}
		snap.CustomerID = wholeNumber(row[0])
		for i, decode := range decoders {
			decode(&snap, row[1+i])
		}
		if snap.History, err = history.of(ctx, snap.CustomerID); err != nil {
			return err
		}
		if err := visit(&snap, row[1+len(columns):]); err != nil {
			return err
		}
	}
}

// open starts reading the snapshots: side by side with events if there are any to read.
func (r *reading) open(ctx context.Context, sel *selection, sql string, types []uint32) (rowStream, error) {
	switch {
	case sel.few:
		return readAll(ctx, r.tx, sql, sel.args, types)
	case len(sel.needs.Events) > 0:
		return openCursor(ctx, r.tx, "customers_read", sql, sel.args, types)
	}
	return openRows(ctx, r.tx, sql, sel.args, types)
}
