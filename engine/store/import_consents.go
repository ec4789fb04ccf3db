package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/rules/customer"
)

// declaration is a consent event on its way in.
type declaration struct {
	line       int
	customerID int64
	dated      bool // the file says when; otherwise the time is the import's
	customer.ConsentEvent
}

// declarations returns what a row says about consent.
func declarations(n Numbered[customer.Customer], now time.Time) []declaration {
	var all []declaration
	for _, e := range n.Record.Declarations(now) {
		at := n.Record.ConsentAt
		dated := e.Kind == customer.ConsentNotice || at != nil && at.Equal(e.EffectiveAt)
		all = append(all, declaration{line: n.Line, customerID: n.Record.ID, dated: dated, ConsentEvent: e})
	}
	return all
}

// keepWithdrawals lets the withdrawals of rejected rows count all the same: losing one would let mail go to somebody
// who said no.
func (t *intake) keepWithdrawals(ctx context.Context, rejected []RowReject) error {
	lines := make([]int, len(rejected))
	for i, r := range rejected {
		lines[i] = r.Line
	}
	_, err := t.Exec(ctx, `UPDATE accepted SET withdrawal_only = true WHERE line = ANY($1::int[])`, lines)
	return err
}

// lockDeclared resolves second accounts and then locks the customers whose chains may grow, so that no declaration
// made meanwhile forks one.
var lockDeclared = []string{
	`DELETE FROM declared d WHERE NOT EXISTS (SELECT FROM accepted a WHERE a.line = d.line AND (NOT a.withdrawal_only OR d.kind = 'withdraw'))`,
	`UPDATE declared d SET customer_id = a.customer_id FROM customer_aliases a WHERE a.alias_id = d.customer_id`,
	`SELECT count(*) FROM (SELECT FROM customers WHERE customer_id IN (SELECT customer_id FROM declared) ORDER BY customer_id FOR NO KEY UPDATE) x`,
	`ANALYZE declared`,
}

// newsOnly keeps the declarations that say something new: a dated one that is not on record, an undated grant where
// none is, an undated withdrawal where none is newer than the grants.
const newsOnly = `WITH
	d AS (
		SELECT DISTINCT ON (customer_id, kind, effective_at) * FROM declared ORDER BY customer_id, kind, effective_at, line DESC),
	known AS (SELECT e.* FROM consents e WHERE e.customer_id IN (SELECT customer_id FROM d)),
	l AS (SELECT DISTINCT ON (customer_id) customer_id, seq, hash FROM known ORDER BY customer_id, seq DESC),
	k AS (
		SELECT customer_id, max(effective_at) FILTER (WHERE kind = 'grant' AND effective_at <= $1) AS granted,
			max(effective_at) FILTER (WHERE kind IN ('withdraw', 'object_marketing')) AS withdrawn, bool_or(kind = 'grant') AS any_grant
		FROM known GROUP BY customer_id)
	SELECT d.line, d.customer_id, d.kind, d.effective_at, d.proven, d.source, coalesce(l.seq, 0), coalesce(l.hash, '')
	FROM d
	JOIN customers c ON c.customer_id = d.customer_id AND c.erased_at IS NULL
	LEFT JOIN l ON l.customer_id = d.customer_id
	LEFT JOIN k ON k.customer_id = d.customer_id
	WHERE CASE
		WHEN d.dated THEN NOT EXISTS (SELECT FROM known e WHERE e.customer_id = d.customer_id AND e.kind = d.kind
			AND e.effective_at = d.effective_at AND e.source = d.source AND e.proven = d.proven)
		WHEN d.kind = 'grant' THEN k.any_grant IS NOT TRUE
		ELSE k.withdrawn IS NULL OR k.granted > k.withdrawn END
	ORDER BY d.customer_id, d.effective_at, d.kind`

// declare appends the declarations to the customers' consent chains and returns how many rows changed something only
// by them.
func (t *intake) declare(ctx context.Context, all []declaration) (int64, error) {
	if len(all) == 0 {
		return 0, nil
	}
	if err := t.execAll(ctx, `CREATE TEMP TABLE declared (line integer, customer_id bigint, kind text, effective_at timestamptz, proven boolean,
		source text, dated boolean) ON COMMIT DROP`); err != nil {
		return 0, err
	}
	columns := []string{"line", "customer_id", "kind", "effective_at", "proven", "source", "dated"}
	err := copyRows(ctx, t.Tx, "declared", len(all), columns, func(i int) []any {
		d := all[i]
		return []any{d.line, d.customerID, string(d.Kind), d.EffectiveAt, d.Proven, d.Source, d.dated}
	})
	if err != nil {
		return 0, err
	}
	if err := t.execAll(ctx, lockDeclared...); err != nil {
		return 0, err
	}
	rows, err := t.Query(ctx, newsOnly, t.in.Now)
	if err != nil {
		return 0, err
	}
	var lines []int
	news, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (consentLink, error) {
		var l consentLink
		var line int
		err := r.Scan(&line, &l.CustomerID, &l.Kind, &l.EffectiveAt, &l.Proven, &l.Source, &l.Seq, &l.Hash)
		lines = append(lines, line)
		return l, err
	})
	if err != nil {
		return 0, err
	}
	if err := appendConsents(ctx, t.Tx, t.in.Now, "import of "+t.in.File, news); err != nil {
		return 0, err
	}
	const onlyByThem = `SELECT count(DISTINCT line) FROM unnest($1::int[]) x(line)
		WHERE line IN (SELECT line FROM accepted WHERE NOT withdrawal_only) AND line NOT IN (SELECT line FROM counted)`
	var changed int64
	err = t.QueryRow(ctx, onlyByThem, lines).Scan(&changed)
	return changed, err
}
