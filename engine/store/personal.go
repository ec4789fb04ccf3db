package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Records are all rows about one person, by table, as Postgres writes rows in JSON.
type Records map[string][]json.RawMessage

// derivedTables say nothing that the others do not: statistics that are computed from orders, marks for the next refresh,
// and keys by which rows are found. A refresh empties some of them, and keeps everybody from reading them until its end.
const derivedTables = `'customer_stats', 'customer_categories', 'stale_customers', 'order_keys', 'address_keys'`

// RecordsOf collects every row that holds the customer's id or the hash of the address, from whatever table there is:
// a new table is in it without anybody thinking of it. Left out are derivedTables and the snapshots, which are copies of
// one another: the scores that count are read from the published one. No table is waited for longer than five seconds.
// ErrNotFound: there is no such customer.
func (s *Store) RecordsOf(ctx context.Context, customerID int64) (Records, error) {
	const tables = `SELECT relname, bool_or(attname = 'customer_id'), bool_or(attname = 'address_hash')
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
		WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND attname IN ('customer_id', 'address_hash')
			AND relname NOT LIKE 'snapshots\_%' AND relname NOT IN (` + derivedTables + `) GROUP BY relname ORDER BY relname`
	type place struct {
		Table        string
		ByID, ByHash bool
	}
	records := Records{}
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		var address []byte
		var email string
		if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = '5s'`); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, `SELECT address_hash, coalesce(email, '') FROM customers WHERE customer_id = $1`, customerID).Scan(&address, &email)
		if err != nil {
			return notFound(err)
		}
		rows, err := tx.Query(ctx, tables)
		if err != nil {
			return err
		}
		places, err := pgx.CollectRows(rows, pgx.RowToStructByPos[place])
		if err != nil {
			return err
		}
		for _, p := range places {
			where, arg := "customer_id = $1", any(customerID)
			if !p.ByID {
				where, arg = "address_hash = $1", any(address)
			}
			if err := records.add(ctx, tx, p.Table, where, arg); err != nil {
				return err
			}
		}
		return records.add(ctx, tx, "caught_mails", "recipient = $1", email)
	})
	return records, wrap("collect a customer's records", err)
}

// add reads the rows of a table. The name comes from the catalogue.
func (r Records) add(ctx context.Context, tx pgx.Tx, table, where string, arg any) error {
	rows, err := tx.Query(ctx, fmt.Sprintf(`SELECT to_jsonb(t) FROM %s t WHERE %s`, pgx.Identifier{table}.Sanitize(), where), arg)
	if err != nil {
		return err
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[json.RawMessage])
	if err == nil && len(found) > 0 {
		r[table] = found
	}
	return err
}

// MailRecord is a mail that was handed to a mail server for a customer, and why.
type MailRecord struct {
	At       time.Time
	Campaign string // its name
	Key      string
	Version  int
	Step     string
	State    string
	Basis    string
	Evidence string
}

// MailsOf returns the mails that reached a mail server for a customer, the newest first.
func (s *Store) MailsOf(ctx context.Context, customerID int64) ([]MailRecord, error) {
	rows, err := s.pool.Query(ctx, `SELECT coalesce(last_attempt_at, planned_at), name, campaign_key, s.version, step_key, state, basis, evidence
		FROM sends s JOIN campaigns c USING (campaign_key)
		WHERE customer_id = $1 AND state IN ('accepted', 'bounced', 'unknown', 'sending') ORDER BY 1 DESC, campaign_key, step_key`, customerID)
	if err != nil {
		return nil, wrap("read a customer's mails", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[MailRecord])
	return all, wrap("read a customer's mails", err)
}
