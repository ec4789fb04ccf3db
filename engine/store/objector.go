package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/rules/customer"
)

// profilingDates are what customers declared about profiling, per customer. They are today's on every day that is looked
// at: who objects now is not profiled for a day in the past either (GDPR 21(1)).
const profilingDates = `SELECT customer_id, max(effective_at) FILTER (WHERE kind = 'object_profiling'), max(effective_at) FILTER (WHERE kind = 'allow_profiling')
	FROM consents WHERE kind IN ('object_profiling', 'allow_profiling')`

// objecting selects the customers whose objection to profiling stands, as [customer.ConsentDates.ObjectedToProfiling] says.
const objecting = objections + standing

const (
	objections = `SELECT customer_id FROM (` + profilingDates
	standing   = ` GROUP BY customer_id) k (customer_id, objected_at, allowed_at) WHERE objected_at IS NOT NULL AND (allowed_at > objected_at) IS NOT TRUE`
)

// objectingOf selects one of them, by a column of the statement around it, if their objection stands.
func objectingOf(customerID string) string {
	return objections + ` AND customer_id = ` + customerID + standing
}

// ForgetObjectors deletes what was kept of the profiles of customers whose objection to profiling stands: what a refresh
// leaves out it does not take out of the months before.
func (s *Store) ForgetObjectors(ctx context.Context) error {
	return wrap("forget the profiles of objectors", s.inTx(ctx, func(tx pgx.Tx) error {
		for _, table := range []string{"clv_history", "next_products"} {
			if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE customer_id IN (`+objecting+`)`); err != nil {
				return err
			}
		}
		return nil
	}))
}

// objectors returns the customers whose objection to profiling stands, and since when: all, or those whom somebodys picks.
func objectors(ctx context.Context, query func(context.Context, string, ...any) (pgx.Rows, error), somebodys string, args ...any) (map[int64]time.Time, error) {
	rows, err := query(ctx, profilingDates+somebodys+` GROUP BY customer_id`, args...)
	if err != nil {
		return nil, err
	}
	all := map[int64]time.Time{}
	var id int64
	var k customer.ConsentDates
	_, err = pgx.ForEachRow(rows, []any{&id, &k.ProfilingObjectedAt, &k.ProfilingAllowedAt}, func() error {
		if k.ObjectedToProfiling() {
			all[id] = *k.ProfilingObjectedAt
		}
		return nil
	})
	return all, err
}

// ObjectedAt returns since when a customer's objection to profiling stands; nil: there is none. There are no snapshots of
// whoever objects.
func (s *Store) ObjectedAt(ctx context.Context, customerID int64) (*time.Time, error) {
	all, err := objectors(ctx, s.pool.Query, ` AND customer_id = $1`, customerID)
	if at, objects := all[customerID]; objects {
		return &at, nil
	}
	return nil, wrap("read the objections to profiling", err)
}

// ObjectionWaits reports whether somebody has objected to profiling, or taken it back, since the snapshots were computed.
func (s *Store) ObjectionWaits(ctx context.Context) (waits bool, err error) {
	const query = `SELECT EXISTS (SELECT FROM consents c JOIN stale_customers s ON s.customer_id = c.customer_id AND s.stamp = -c.seq
		WHERE c.kind IN ('object_profiling', 'allow_profiling'))`
	err = s.pool.QueryRow(ctx, query).Scan(&waits)
	return waits, wrap("look for objections to profiling", err)
}
