package store

import (
	"context"
	"iter"

	"treue/rules/customer"
)

// ImportSuppressions takes over addresses that another tool must not write to. The earliest reason stays. pepper keys
// the address hashes.
func (s *Store) ImportSuppressions(ctx context.Context, in Import, pepper []byte, rows iter.Seq2[Numbered[customer.Suppression], error]) (Counts, error) {
	const stage = `CREATE TEMP TABLE staged (line integer, address_hash bytea, reason text, since timestamptz) ON COMMIT DROP`
	values := func(n Numbered[customer.Suppression]) []any {
		since := in.Now
		if n.Record.Since != nil {
			since = *n.Record.Since
		}
		return []any{n.Line, customer.AddressHash(pepper, n.Record.Email), n.Record.Reason, since}
	}
	return importRows(ctx, s, in, stage, []string{"line", "address_hash", "reason", "since"}, rows, values, mergeSuppressions)
}

func mergeSuppressions(ctx context.Context, t *intake) (c Counts, err error) {
	const merge = `INSERT INTO suppressions (address_hash, reason, since, recorded_at)
		SELECT DISTINCT ON (address_hash) address_hash, reason, since, $1::timestamptz FROM staged ORDER BY address_hash, since, line
		ON CONFLICT (address_hash) DO NOTHING`
	c.Inserted, err = t.exec(ctx, merge, t.in.Now)
	c.Unchanged = t.staged - c.Inserted
	return c, err
}

// strangers are staged rows whose customer is unknown.
const strangers = `SELECT s.line, 'customer ' || s.customer_external_id || ' is unknown: import the customers first' AS reason
	FROM staged s WHERE NOT EXISTS (SELECT FROM customers c WHERE c.customer_id = s.customer_id)`

// allStaged takes every customer of a file for changed: these files bring little but news.
const allStaged = `SELECT customer_id FROM staged`

// ImportMails notes mails that other tools sent, so that the frequency caps know them.
func (s *Store) ImportMails(ctx context.Context, in Import, rows iter.Seq2[Numbered[customer.Mail], error]) (Counts, error) {
	const stage = `CREATE TEMP TABLE staged (line integer, customer_id bigint, source text, customer_external_id text, sent_at timestamptz,
		kind text) ON COMMIT DROP`
	values := func(n Numbered[customer.Mail]) []any {
		m := n.Record
		return []any{n.Line, m.CustomerID, m.Source, m.CustomerExternalID, m.SentAt, m.Kind}
	}
	columns := []string{"line", "customer_id", "source", "customer_external_id", "sent_at", "kind"}
	return importRows(ctx, s, in, stage, columns, rows, values, mergeMails)
}

func mergeMails(ctx context.Context, t *intake) (c Counts, err error) {
	if err = t.execAll(ctx, resolveAliases, dropErased); err != nil {
		return c, err
	}
	if c.Rejects, err = t.takeRejects(ctx, strangers); err != nil {
		return c, err
	}
	const merge = `INSERT INTO foreign_mails (customer_id, sent_at, kind) SELECT DISTINCT customer_id, sent_at, kind FROM staged ON CONFLICT DO NOTHING`
	c.Inserted, err = t.exec(ctx, merge)
	c.Unchanged = t.staged - c.Inserted - int64(len(c.Rejects))
	if err != nil {
		return c, err
	}
	return c, t.stale(ctx, allStaged)
}

// ImportCases merges complaints.
func (s *Store) ImportCases(ctx context.Context, in Import, rows iter.Seq2[Numbered[customer.Case], error]) (Counts, error) {
	const stage = `CREATE TEMP TABLE staged (line integer, customer_id bigint, source text, customer_external_id text, case_id bigint,
		external_id text, opened_at timestamptz, closed_at timestamptz, reason text) ON COMMIT DROP`
	values := func(n Numbered[customer.Case]) []any {
		r := n.Record
		return []any{n.Line, r.CustomerID, r.Source, r.CustomerExternalID, r.ID, r.ExternalID, r.OpenedAt, r.ClosedAt, textOrNull(r.Reason)}
	}
	columns := []string{"line", "customer_id", "source", "customer_external_id", "case_id", "external_id", "opened_at", "closed_at", "reason"}
	return importRows(ctx, s, in, stage, columns, rows, values, mergeCases)
}

func mergeCases(ctx context.Context, t *intake) (c Counts, err error) {
	const lastWins = `DELETE FROM staged a USING (SELECT case_id, max(line) AS line FROM staged GROUP BY case_id HAVING count(*) > 1) b
		WHERE a.case_id = b.case_id AND a.line < b.line`
	if err = t.execAll(ctx, lastWins, resolveAliases, dropErased); err != nil {
		return c, err
	}
	if c.Rejects, err = t.takeRejects(ctx, strangers); err != nil {
		return c, err
	}
	const update = `UPDATE cases k SET opened_at = s.opened_at, closed_at = coalesce(s.closed_at, k.closed_at), reason = coalesce(s.reason, k.reason)
		FROM staged s WHERE k.customer_id = s.customer_id AND k.case_id = s.case_id
			AND (k.opened_at, k.closed_at, k.reason) IS DISTINCT FROM (s.opened_at, coalesce(s.closed_at, k.closed_at), coalesce(s.reason, k.reason))`
	if c.Updated, err = t.exec(ctx, update); err != nil {
		return c, err
	}
	const insert = `INSERT INTO cases (customer_id, case_id, external_id, opened_at, closed_at, reason)
		SELECT customer_id, case_id, external_id, opened_at, closed_at, reason FROM staged ON CONFLICT DO NOTHING`
	c.Inserted, err = t.exec(ctx, insert)
	c.Unchanged = t.staged - c.Inserted - c.Updated - int64(len(c.Rejects))
	if err != nil {
		return c, err
	}
	return c, t.stale(ctx, allStaged)
}
