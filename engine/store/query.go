package store

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// pageSQL prepares a transaction that claims or records sends. One in which nothing happens ends: a process that is frozen
// between two statements would keep its locks, and everybody else waiting, for ever. All rows are found by their keys; a
// plan made for that is kept, since making one costs more than carrying it out.
const pageSQL = `SELECT set_config('idle_in_transaction_session_timeout', '10s', true), set_config('lock_timeout', $1, true),
	set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
	set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`

// query is a statement with what reads its rows.
type query struct {
	sql  string
	args []any
	read func(pgx.Rows) error
}

func (q query) queue(b *pgx.Batch) { b.Queue(q.sql, q.args...).Query(q.read) }

// in runs the query by itself or in a transaction.
func (q query) in(ctx context.Context, db querier, mode pgx.QueryExecMode) error {
	rows, err := db.Query(ctx, q.sql, append([]any{mode}, q.args...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	return q.read(rows)
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// statement is a query whose rows nobody reads.
func statement(sql string, args ...any) query {
	return query{sql, args, func(rows pgx.Rows) error {
		rows.Close()
		return rows.Err()
	}}
}

// byKeys runs queries that find their rows by keys, in one transaction and one round trip.
func (s *Store) byKeys(ctx context.Context, patience string, queries ...query) error {
	b := &pgx.Batch{}
	b.Queue(`BEGIN`)
	b.Queue(pageSQL, patience)
	for _, q := range queries {
		q.queue(b)
	}
	b.Queue(`COMMIT`)
	return s.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error { return s.sendBatch(ctx, conn, b) })
}
