package engine

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/campaigns"
)

// BenchmarkOpenReport opens the kept report of a campaign with 240,000 customers, beside measuring it anew.
func BenchmarkOpenReport(b *testing.B) {
	s := newShop(b, nil)
	s.apply(func(d *campaigns.Definition) { oneMail(d) })
	conn, err := pgx.Connect(b.Context(), s.url)
	s.must(err)
	for _, sql := range []string{
		`SET session_replication_role = replica`, // what is written here refers to nothing that is missing
		`CREATE FUNCTION h(n bigint, salt int, most int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT (hashint8extended(n, salt) & 2147483647)::int % most'`,
		`INSERT INTO customers (customer_id, source, external_id, tags, created_at, updated_at)
			SELECT g, 'shop', g::text, '{}', '2026-01-01 12:00Z', '2026-01-01 12:00Z' FROM generate_series(1, 240000) g`,
		`INSERT INTO assignments SELECT g, 'winback', 1, 1, CASE WHEN h(g, 2, 3) = 0 THEN 'control' ELSE 'treated' END, 0.5, 0.33, '2026-05-04 12:00Z',
			1, h(g, 3, 9000) / 100.0, false, (ARRAY['loyal', 'at_risk', 'hibernating', 'champions'])[1 + h(g, 4, 4)] FROM generate_series(1, 240000) g`,
		`INSERT INTO orders SELECT customer_id, customer_id, 'shop', customer_id::text, '2026-05-10 12:00Z', 'EUR', h(customer_id, 6, 20000), NULL, NULL, NULL, 0, NULL, NULL, 'completed', '2026-05-10 12:00Z'
			FROM assignments WHERE h(customer_id, 5, 8) = 0`,
		`INSERT INTO decisions SELECT customer_id, 'winback', 1, NULL, 1, '2026-05-04 12:00Z', arm, '' FROM assignments`,
		`VACUUM ANALYZE assignments`, `VACUUM ANALYZE orders`,
	} {
		if _, err := conn.Exec(b.Context(), sql); err != nil {
			b.Fatalf("%s: %v", sql, err)
		}
	}
	s.must(conn.Close(b.Context()))
	s.now = s.now.AddDate(0, 0, 90)
	began := time.Now()
	reports, err := s.MeasureReports(b.Context(), s.now, []string{"winback"})
	s.must(err)
	if len(reports) != 1 || reports[0].Arms[0].Matured+reports[0].Arms[1].Matured != 240_000 {
		b.Fatalf("%+v", reports)
	}
	b.Logf("measured and kept in %v", time.Since(began).Round(time.Millisecond))
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			opened, err := s.Kept(b.Context(), s.now, []string{"winback"})
			if err != nil || len(opened) != 1 || opened[0].Estimate.Diff != reports[0].Estimate.Diff {
				b.Fatal(err, opened)
			}
		}
	})
	b.Run("measure", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Reports(b.Context(), s.now, []string{"winback"}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
