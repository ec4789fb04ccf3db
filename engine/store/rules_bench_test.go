package store_test

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"treue/engine/enginetest"
	"treue/engine/store"
	"treue/rules"
	"treue/rules/features"
)

// million is a shop of a million customers with three orders each.
type million struct {
	*store.Store
	url  string
	db   *pgxpool.Pool
	set  store.Set
	view store.View
}

const millionCustomers = 1_000_000

// arrangeMillion is the shop as SQL: hashes make the values, so that every run measures the same.
var arrangeMillion = []string{
	`SET session_replication_role = replica`, // rows refer to nothing that is missing
	`CREATE FUNCTION h(n bigint, salt int, most int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT (hashint8extended(n, salt) & 2147483647)::int % most'`,
	`INSERT INTO customers (customer_id, source, external_id, tags, created_at, updated_at) SELECT g, 'shop', 'c' || g, '{}', $1, $1 FROM generate_series(1, %d) g`,
	`INSERT INTO orders (customer_id, order_id, source, external_id, ordered_at, currency, total, discount, status, imported_at)
		SELECT g, 10 * g + k, 'shop', 'o', $1 - make_interval(hours => h(g, k, 17520)), 'EUR', 1000 + h(g, k + 10, 20000), 0, 'completed', $1
		FROM generate_series(1, %d) g, generate_series(1, 3) k ORDER BY hashint8(g * 4 + k)`,
	`INSERT INTO order_lines (customer_id, order_id, line_no, product_id, external_product_id, category, quantity, unit_price)
		SELECT g, 10 * g + k, 1, h(g, k, 50), 'p' || h(g, k, 50), 'category ' || h(g, k + 20, 9), 1, 1000 FROM generate_series(1, %d) g, generate_series(1, 3) k`,
	`INSERT INTO category_names SELECT 'category ' || n FROM generate_series(0, 8) n`,
	`INSERT INTO clv_models VALUES (1, $1, $1, 'nbd', '{}', 0, true, '', 'none', '{}', NULL, '{}', 0, 0, 0)`,
	`INSERT INTO snapshot_sets VALUES (1, 'a', $1, $1::date, $1, 0, 1, %d, 0, 0)`,
	`INSERT INTO snapshot_pointer VALUES (true, 1)`,
	`VACUUM ANALYZE orders`, `VACUUM ANALYZE order_lines`, `VACUUM ANALYZE snapshots_a`,
}

// generated is the expression of a column's value for customer g.
func generated(n int, c features.Column) string {
	unknown := fmt.Sprintf("CASE WHEN h(g, %d, 10) > 0 THEN ", 100+n)
	switch {
	case c.Name == "p_alive":
		return unknown + "h(g, 1, 1000) / 1000.0 END"
	case c.Name == "source":
		return "'shop'"
	case c.Name == "external_id":
		return "'c' || g"
	case c.Name == "country":
		return unknown + "(ARRAY['DE', 'AT', 'CH', 'FR'])[1 + h(g, 2, 4)] END"
	case c.Name == "segment":
		return unknown + "(ARRAY['champions', 'loyal', 'at_risk', 'hibernating', 'new'])[1 + h(g, 3, 5)] END"
	case c.Count != nil:
		return fmt.Sprintf("h(g, %d, 10)", n)
	case c.Amount != nil:
		return unknown + fmt.Sprintf("h(g, %d, 50000) / 100.0 END", n)
	case c.Word != nil:
		return unknown + fmt.Sprintf("'w' || h(g, %d, 20) END", n)
	case c.Day != nil:
		return unknown + fmt.Sprintf("date '2026-05-04' - h(g, %d, 800) END", n)
	case c.Flag != nil:
		return fmt.Sprintf("h(g, %d, 2) = 1", n)
	}
	return fmt.Sprintf("ARRAY['category ' || h(g, %d, 4), 'category ' || 4 + h(g, %d, 5)]", n, n+1)
}

func newMillion(b *testing.B) *million {
	b.Helper()
	m := &million{url: enginetest.Database(b)}
	var err error
	must := func() {
		if err != nil {
			b.Fatal(err)
		}
	}
	m.Store, err = store.Open(b.Context(), m.url)
	must()
	b.Cleanup(m.Close)
	_, err = m.Migrate(b.Context())
	must()
	m.db, err = pgxpool.New(b.Context(), m.url)
	must()
	b.Cleanup(m.db.Close)
	conn, err := m.db.Acquire(b.Context())
	must()
	defer conn.Release()
	values := []string{"g", "1"}
	for n, c := range features.Columns() {
		values = append(values, generated(n, c))
	}
	steps := slices.Insert(slices.Clone(arrangeMillion), 7, `INSERT INTO snapshots_a SELECT `+strings.Join(values, ", ")+` FROM generate_series(1, %d) g`)
	for _, sql := range steps {
		var args []any
		if sql = strings.ReplaceAll(sql, "%d", fmt.Sprint(millionCustomers)); strings.Contains(sql, "$1") {
			sql = strings.ReplaceAll(sql, "$1", "timestamptz '"+noon.Format(time.RFC3339)+"'")
		}
		_, err = conn.Exec(b.Context(), sql, args...)
		must()
	}
	m.set, err = m.CurrentSet(b.Context())
	must()
	m.view = store.View{Now: noon, Zone: time.UTC}
	return m
}

// by runs SQL as a good engineer would: planned once, without a compiler.
func (m *million) by(ctx context.Context, sql string) error {
	return pgx.BeginFunc(ctx, m.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL jit = off; SET LOCAL work_mem = '64MB'`); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, sql)
		if err != nil {
			return err
		}
		for rows.Next() {
			continue
		}
		return rows.Err()
	})
}

const pairs = 15

// interleaved runs two ways in turn and reports the median of each and of their ratio, ours to theirs.
func interleaved(b *testing.B, n int, ours, theirs func() error) {
	b.Helper()
	measured := func(run func() error) float64 {
		start := time.Now()
		if err := run(); err != nil {
			b.Fatal(err)
		}
		return time.Since(start).Seconds()
	}
	for b.Loop() {
		var a, c, ratios []float64
		for range n {
			mine, other := measured(ours), measured(theirs)
			a, c, ratios = append(a, mine), append(c, other), append(ratios, mine/other)
		}
		b.ReportMetric(1000*median(a), "ms/ours")
		b.ReportMetric(1000*median(c), "ms/theirs")
		b.ReportMetric(median(ratios), "ratio")
	}
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// BenchmarkRules measures rules over a million customers against what somebody would write by hand.
func BenchmarkRules(b *testing.B) {
	if testing.Short() {
		b.Skip("needs a million customers")
	}
	m := newMillion(b)
	b.Run("count", m.count)
	b.Run("events", m.events)
	b.Run("match", m.match)
	b.Run("memory", m.memory)
}

const day = `date '2026-05-04'`

func (m *million) count(b *testing.B) {
	rule := compiled(b, `consent && orders >= 2 && days_since_last_order > 90 && country == "DE" && clv_predicted > 50`)[0]
	terms := []string{`consent`, `orders >= 2`, day + ` - last_order_on > 90`, `country = 'DE'`, `clv_predicted > 50`}
	unknown := []string{`last_order_on IS NULL`, `country IS NULL`, `clv_predicted IS NULL`}
	few := `SELECT count(*), count(*) FILTER (WHERE ` + strings.Join(terms, `), count(*) FILTER (WHERE `) + `), count(*) FILTER (WHERE ` + strings.Join(terms, ` AND `) + `)`
	all := few
	for i := 2; i < len(terms); i++ {
		all += `, count(*) FILTER (WHERE ` + strings.Join(terms[:i], ` AND `) + `)`
	}
	all += `, count(*) FILTER (WHERE ` + strings.Join(unknown, `), count(*) FILTER (WHERE `) + `)`
	const from = ` FROM snapshots_a WHERE set_id = 1`
	ours := func() error {
		_, err := m.Count(b.Context(), m.set, m.view, rule)
		return err
	}
	b.Run("same-answers", func(b *testing.B) {
		interleaved(b, pairs, ours, func() error { return m.by(b.Context(), all+from) })
	})
	b.Run("without-sequence", func(b *testing.B) {
		interleaved(b, pairs, ours, func() error { return m.by(b.Context(), few+from) })
	})
}

func (m *million) events(b *testing.B) {
	rule := compiled(b, `consent && orders_within(90) >= 2 && days_since_bought("category 3") > 60`)[0]
	const byHand = `SELECT count(*), count(*) FILTER (WHERE consent), count(*) FILTER (WHERE n >= 2), count(*) FILTER (WHERE ` + day + ` - last_on > 60),
			count(*) FILTER (WHERE consent AND n >= 2), count(*) FILTER (WHERE consent AND n >= 2 AND ` + day + ` - last_on > 60), count(*) FILTER (WHERE last_on IS NULL)
		FROM snapshots_a s
		LEFT JOIN (SELECT customer_id, count(*) AS n FROM orders WHERE ordered_at >= timestamptz '2026-02-03 00:00Z' AND ordered_at <= timestamptz '2026-05-04 12:00Z'
			AND status NOT IN ('test', 'cancelled') GROUP BY 1) o USING (customer_id)
		LEFT JOIN (SELECT l.customer_id, max((o.ordered_at AT TIME ZONE 'UTC')::date) AS last_on FROM order_lines l JOIN orders o USING (customer_id, order_id)
			LEFT JOIN products p USING (product_id) WHERE coalesce(l.category, p.category) = 'category 3' AND o.ordered_at <= timestamptz '2026-05-04 12:00Z'
			AND o.status NOT IN ('test', 'cancelled') GROUP BY 1) l USING (customer_id)
		WHERE set_id = 1`
	interleaved(b, 5, func() error {
		_, err := m.Count(b.Context(), m.set, m.view, rule)
		return err
	}, func() error { return m.by(b.Context(), byHand) })
}

// twenty are rules as campaigns have them, with their translation by hand.
func twenty() (sources, byHand []string) {
	for i := range 20 {
		ours := []string{`consent`}
		theirs := []string{`consent`}
		add := func(rule, sql string) { ours, theirs = append(ours, rule), append(theirs, sql) }
		switch i % 4 {
		case 0:
			add(fmt.Sprintf(`orders >= %d`, 2+i/4), fmt.Sprintf(`orders >= %d`, 2+i/4))
			add(fmt.Sprintf(`days_since_last_order > %d`, 200+90*i/4), fmt.Sprintf(day+` - last_order_on > %d`, 200+90*i/4))
			add(`clv_predicted > 200`, `clv_predicted > 200`)
		case 1:
			add(`country in ["DE", "AT"]`, `country IN ('DE', 'AT')`)
			add(fmt.Sprintf(`clv_predicted > %d && mails_30d <= 2`, 300+10*i), fmt.Sprintf(`clv_predicted > %d AND mails_30d <= 2`, 300+10*i))
		case 2:
			add(`segment == "champions"`, `segment = 'champions'`)
			add(fmt.Sprintf(`p_alive < 0.%d`, 3+i/4), fmt.Sprintf(`p_alive < 0.%d`, 3+i/4))
			add(`bought("category 1")`, `categories && ARRAY['category 1']`)
		case 3:
			add(fmt.Sprintf(`overdue_factor > %d`, 2+i/4), fmt.Sprintf(`(`+day+` - last_order_on) / nullif(rhythm, 0) > %d`, 2+i/4))
			add(`revenue > 100 && clv_historic > 250`, `revenue > 100 AND clv_historic > 250`)
		}
		sources, byHand = append(sources, strings.Join(ours, " && ")), append(byHand, strings.Join(theirs, " AND "))
	}
	return sources, byHand
}

func (m *million) match(b *testing.B) {
	sources, byHand := twenty()
	all := compiled(b, sources...)
	var matched int
	ours := func() error {
		matched = 0
		view := m.view
		view.Needs = rules.Needs{Columns: []string{"clv_predicted", "categories"}}
		return m.Match(b.Context(), m.set, view, all, func(_ *features.Snapshot, holding store.Mask) error {
			for i := range all {
				if holding.Has(i) {
					matched++
				}
			}
			return nil
		})
	}
	if _, err := m.db.Exec(b.Context(), `CREATE TABLE matched (customer_id bigint, n int)`); err != nil {
		b.Fatal(err)
	}
	b.Run("counts", func(b *testing.B) {
		interleaved(b, 5, ours, func() error {
			for _, where := range byHand {
				if err := m.by(b.Context(), `SELECT count(*) FROM snapshots_a WHERE set_id = 1 AND `+where); err != nil {
					return err
				}
			}
			return nil
		})
		b.ReportMetric(float64(matched), "matches")
	})
	b.Run("inserts", func(b *testing.B) {
		interleaved(b, 5, ours, func() error {
			if err := m.by(b.Context(), `TRUNCATE matched`); err != nil {
				return err
			}
			for i, where := range byHand {
				if err := m.by(b.Context(), fmt.Sprintf(`INSERT INTO matched SELECT customer_id, %d FROM snapshots_a WHERE set_id = 1 AND %s`, i, where)); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// gormSnapshot is a row as an application with an object mapper reads it.
type gormSnapshot struct {
	CustomerID   int64 `gorm:"primaryKey"`
	SetID        int64
	Orders       int64
	Consent      bool
	Country      *string
	LastOrderOn  *time.Time
	ClvPredicted *float64
}

func (gormSnapshot) TableName() string { return "snapshots_a" }

func (m *million) memory(b *testing.B) {
	rule := compiled(b, `consent && orders >= 2 && days_since_last_order > 90 && country == "DE"`)[0]
	view := m.view
	view.Evaluator, view.Needs = store.Memory, rule.Needs()
	orm, err := gorm.Open(postgres.Open(m.url), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		b.Fatal(err)
	}
	program, err := expr.Compile(`consent && orders >= 2 && days_since_last_order > 90 && country == "DE"`,
		expr.Env(map[string]any{"consent": false, "orders": int64(0), "days_since_last_order": 0.0, "country": ""}))
	if err != nil {
		b.Fatal(err)
	}
	var found [2]int
	var peak uint64
	ours := func() error {
		runtime.GC()
		found[0] = 0
		at, read := features.DayOf(noon, time.UTC), 0
		return m.EachSnapshot(b.Context(), m.set, view, func(s *features.Snapshot) error {
			if rule.Match(s, at) {
				found[0]++
			}
			if read++; read%100_000 == 0 {
				var stats runtime.MemStats
				runtime.ReadMemStats(&stats)
				peak = max(peak, stats.HeapInuse+stats.StackInuse)
			}
			return nil
		})
	}
	theirs := func() error {
		found[1] = 0
		env := map[string]any{}
		machine := vm.VM{}
		var batch []gormSnapshot
		return orm.Where("set_id = 1").FindInBatches(&batch, 1000, func(*gorm.DB, int) error {
			for i := range batch {
				s := &batch[i]
				env["consent"], env["orders"], env["country"], env["days_since_last_order"] = s.Consent, s.Orders, "", 0.0
				if s.Country != nil {
					env["country"] = *s.Country
				}
				if s.LastOrderOn != nil {
					env["days_since_last_order"] = noon.Sub(*s.LastOrderOn).Hours() / 24
				}
				if out, err := machine.Run(program, env); err != nil {
					return err
				} else if holds, _ := out.(bool); holds {
					found[1]++
				}
			}
			return nil
		}).Error
	}
	interleaved(b, 5, ours, theirs)
	if cmp.Compare(found[0], found[1]) != 0 {
		b.Errorf("%d customers here, %d there", found[0], found[1])
	}
	b.ReportMetric(float64(peak)/1e6, "MB/peak")
}
