package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/campaigns/lift"
	"treue/engine/enginetest"
	"treue/engine/store"
)

const assignedCustomers = 240_000

// arrangeAssigned is a campaign of many customers, one in eight of whom bought.
var arrangeAssigned = []string{
	`SET session_replication_role = replica`, // rows refer to nothing that is missing
	`CREATE FUNCTION h(n bigint, salt int, most int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT (hashint8extended(n, salt) & 2147483647)::int % most'`,
	`INSERT INTO assignments SELECT g, 'winback', 1, 1 + h(g, 1, 2), CASE WHEN h(g, 2, 3) = 0 THEN 'control' ELSE 'treated' END, 0.5, 0.33, '2026-05-04 12:00Z',
		1, h(g, 3, 9000) / 100.0, false, (ARRAY['loyal', 'at_risk', 'hibernating', 'champions'])[1 + h(g, 4, 4)] FROM generate_series(1, 240000) g`,
	`INSERT INTO outcomes SELECT customer_id, 'winback', 1, 10, 1, version, arm, '2026-05-14 12:00Z', o, o * h(customer_id, 6, 20000) / 100.0, NULL, 0.05,
		h(customer_id, 7, 3), h(customer_id, 8, 30000) / 100.0, NULL FROM assignments, LATERAL (SELECT (h(customer_id, 5, 8) = 0)::int AS o) x`,
	`INSERT INTO outcome_caps VALUES ('winback', 1, 10, '2026-05-04 12:00Z', 180, NULL, 290, NULL)`,
	`VACUUM ANALYZE assignments`, `VACUUM ANALYZE outcomes`,
}

// plainGroupBy are the same sums over the same rows, by hand: no basis, no caps, no maturity.
func plainGroupBy() string {
	amounts := []string{"(d.revenue - d.cost)", "a.clv_predicted", "d.revenue_before", "d.orders_before"}
	var sums []string
	for _, product := range lift.Products() {
		var factors []string
		for _, i := range product {
			factors = append(factors, amounts[i])
		}
		sums = append(sums, "sum("+strings.Join(factors, " * ")+")")
	}
	return `SELECT a.arm, a.version, a.segment, count(*), ` + strings.Join(sums, ", ") + `
		FROM assignments a JOIN outcomes d USING (customer_id, campaign_key, split)
		WHERE campaign_key = 'winback' AND split = 1 AND read_days = 10 GROUP BY 1, 2, 3`
}

// BenchmarkArms compares a report's pass over its customers with a plain GROUP BY.
func BenchmarkArms(b *testing.B) {
	url := enginetest.Database(b)
	s, err := store.Open(b.Context(), url)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.Close)
	if _, err := s.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	db, err := pgx.Connect(b.Context(), url)
	if err != nil {
		b.Fatal(err)
	}
	for _, sql := range arrangeAssigned {
		if _, err := db.Exec(b.Context(), sql); err != nil {
			b.Fatalf("%s: %v", sql, err)
		}
	}
	w := store.Window{CampaignKey: "winback", Split: 1, Days: 10, Zone: time.UTC, Terms: store.Terms{Zone: time.UTC}}
	b.Run("report", func(b *testing.B) {
		for b.Loop() {
			o, err := s.Arms(b.Context(), w, noon.AddDate(0, 0, 10))
			if err != nil || len(o.Arms) != 2 || o.Arms[0].Matured+o.Arms[1].Matured != assignedCustomers {
				b.Fatal(o, err)
			}
		}
	})
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			rows, err := db.Query(b.Context(), plainGroupBy())
			if err != nil {
				b.Fatal(err)
			}
			if all, err := pgx.CollectRows(rows, pgx.RowToMap); err != nil || len(all) != 16 {
				b.Fatal(len(all), err)
			}
		}
	})
}
