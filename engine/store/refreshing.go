package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Refreshing is one transaction that computes snapshots: it sees the database as it was at one moment, and what it
// writes shows at once or not at all. Use it from one goroutine.
type Refreshing struct {
	AsOf       time.Time
	Terms      Terms
	LastImport int64 // the newest import it sees
	tx         pgx.Tx
	names      *strings.Replacer // of the tables of statistics
	private    bool
	computed   bool      // statistics are there from an earlier refresh
	computedAt time.Time // as of when
	terms      string    // by which terms
	picked     bool      // the customers to be computed anew are listed
	declared   []int64   // the customers who are stale for another reason than their orders
	objectors  map[int64]time.Time
	customers  int64          // who were not erased; counted with erased
	erased     map[int64]bool // nil: not read yet
}

// Refresh runs do on a refresh of the published snapshots. Refreshes take turns.
func (s *Store) Refresh(ctx context.Context, asOf time.Time, t Terms, do func(*Refreshing) error) error {
	r := &Refreshing{AsOf: asOf, Terms: t, names: strings.NewReplacer("{orders}", "customer_stats", "{categories}", "customer_categories")}
	return wrap("refresh the snapshots", s.refreshing(ctx, r, do))
}

// Preview runs do on a refresh that leaves what is published alone, and the statistics that refreshes share.
func (s *Store) Preview(ctx context.Context, asOf time.Time, t Terms, do func(*Refreshing) error) error {
	r := &Refreshing{AsOf: asOf, Terms: t, private: true, names: strings.NewReplacer("{orders}", "stats_then", "{categories}", "categories_then")}
	return wrap("compute snapshots", s.refreshing(ctx, r, do))
}

// refreshing opens the transaction. The planner is to know how many rows a table has and that they lie in order, for which
// a small sample does. The lock comes before the first look, so that a refresh sees all that the one before
// it wrote. Estimating parameters takes seconds in which the connection is idle.
func (s *Store) refreshing(ctx context.Context, r *Refreshing, do func(*Refreshing) error) error {
	const begin = `BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL idle_in_transaction_session_timeout = '2min';
		SET LOCAL jit = off; SET LOCAL work_mem = '64MB'; SET LOCAL cursor_tuple_fraction = 1; SET LOCAL default_statistics_target = 10;
		LOCK TABLE snapshot_sets, clv_models IN SHARE ROW EXCLUSIVE MODE`
	return pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{BeginQuery: begin}, func(tx pgx.Tx) error {
		r.tx = tx
		if err := r.look(ctx); err != nil {
			return err
		}
		return do(r)
	})
}

// look reads where things stand.
func (r *Refreshing) look(ctx context.Context) error {
	if err := r.tx.QueryRow(ctx, `SELECT coalesce(max(import_id), 0) FROM imports`).Scan(&r.LastImport); err != nil {
		return err
	}
	var err error
	if r.objectors, err = objectors(ctx, r.tx.Query, ""); err != nil {
		return err
	}
	if r.private {
		_, err := r.tx.Exec(ctx, `CREATE TEMP TABLE stats_then (LIKE customer_stats INCLUDING ALL) ON COMMIT DROP;
			CREATE TEMP TABLE categories_then (LIKE customer_categories INCLUDING ALL) ON COMMIT DROP`)
		return err
	}
	err = r.tx.QueryRow(ctx, `SELECT as_of, terms FROM stats_state`).Scan(&r.computedAt, &r.terms)
	r.computed = err == nil
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return err
}

// Current returns the published set, or ErrNotFound before the first refresh.
func (r *Refreshing) Current(ctx context.Context) (Set, error) {
	return scanSet(r.tx.QueryRow(ctx, currentSet))
}

// CountCustomers returns how many customers were not erased.
func (r *Refreshing) CountCustomers(ctx context.Context) (int64, error) {
	if r.erased != nil {
		return r.customers, nil
	}
	var erased []int64
	const sql = `SELECT count(*) FILTER (WHERE erased_at IS NULL), array_agg(customer_id) FILTER (WHERE erased_at IS NOT NULL) FROM customers`
	if err := r.tx.QueryRow(ctx, sql).Scan(&r.customers, &erased); err != nil {
		return 0, err
	}
	r.erased = make(map[int64]bool, len(erased))
	for _, id := range erased {
		r.erased[id] = true
	}
	return r.customers, nil
}

// LeftOut reports whether there is no snapshot of a customer, once customers are counted.
func (r *Refreshing) LeftOut(id int64) bool {
	_, objects := r.objectors[id]
	return objects || r.erased[id]
}

// LatestModel returns the newest fit whose as-of lies in (after, upTo], or ErrNotFound.
func (r *Refreshing) LatestModel(ctx context.Context, after, upTo time.Time) (Model, error) {
	return scanModel(r.tx.QueryRow(ctx, latestModel, after, upTo))
}

// SaveModel stores a fit and returns its id.
func (r *Refreshing) SaveModel(ctx context.Context, m Model) (int64, error) {
	id, err := insertModel(ctx, r.tx, m)
	return id, wrap("save the model", err)
}

// Sparing reports whether statistics of an earlier refresh serve: those of the same terms, and of no later moment.
func (r *Refreshing) Sparing() bool {
	return r.computed && r.terms == r.Terms.Name() && !r.computedAt.After(r.AsOf)
}

// Computed reports whether the set is of the statistics as they were found.
func (r *Refreshing) Computed(set Set) bool { return r.computed && set.AsOf.Equal(r.computedAt) }

// pick lists customers to be computed anew, and returns how many they are.
func (r *Refreshing) pick(ctx context.Context, from string, args ...any) (int64, error) {
	if !r.picked {
		if _, err := r.tx.Exec(ctx, `CREATE TEMP TABLE picked (customer_id bigint PRIMARY KEY) ON COMMIT DROP`); err != nil {
			return 0, err
		}
		r.picked = true
	}
	if _, err := r.tx.Exec(ctx, from, args...); err != nil {
		return 0, err
	}
	if _, err := r.tx.Exec(ctx, `ANALYZE picked`); err != nil {
		return 0, err
	}
	var n int64
	err := r.tx.QueryRow(ctx, `SELECT count(*) FROM picked`).Scan(&n)
	return n, err
}

const pickStale = `INSERT INTO picked SELECT DISTINCT customer_id FROM (SELECT customer_id FROM stale_customers WHERE stamp > 0 UNION ALL ` + becomeDue + `) x`

// PickStale lists the customers whose statistics may have changed since they were computed: by imports, or since something
// dated ahead took effect. It returns how many there are. Declarations and mails, which leave orders as they are, are noted
// for [Refreshing.PickOthers]: their marks go when statistics are renewed.
func (r *Refreshing) PickStale(ctx context.Context) (int64, error) {
	const declared = `SELECT coalesce(array_agg(DISTINCT customer_id), '{}') FROM stale_customers WHERE stamp < 0`
	if err := r.tx.QueryRow(ctx, declared).Scan(&r.declared); err != nil {
		return 0, err
	}
	return r.pickByDate(ctx, pickStale, r.computedAt, r.AsOf)
}

// PickOthers adds to the list whose snapshot changed since then for any other reason but that another day began, and
// returns how many are on it.
func (r *Refreshing) PickOthers(ctx context.Context) (int64, error) {
	const pick = mailWindows + ` INSERT INTO picked SELECT DISTINCT customer_id FROM (` + becomeOther + ` UNION ALL SELECT unnest($3::bigint[])) x ON CONFLICT DO NOTHING`
	return r.pickByDate(ctx, pick, r.computedAt, r.AsOf, r.declared)
}

// pickByDate picks by dates since the statistics were computed. Where a column is mostly empty, the planner knows nothing
// of how its dates lie, and would rather read the whole table than ask the index which pages may have one.
func (r *Refreshing) pickByDate(ctx context.Context, from string, args ...any) (int64, error) {
	if _, err := r.tx.Exec(ctx, `SET LOCAL enable_seqscan = off`); err != nil {
		return 0, err
	}
	n, err := r.pick(ctx, from, args...)
	if err != nil {
		return 0, err
	}
	_, err = r.tx.Exec(ctx, `SET LOCAL enable_seqscan = on`)
	return n, err
}

// exec runs a statement over the tables of statistics.
func (r *Refreshing) exec(ctx context.Context, sql string, args ...any) error {
	if _, err := r.tx.Exec(ctx, r.names.Replace(sql), args...); err != nil {
		return fmt.Errorf("compute statistics: %w", err)
	}
	return nil
}
