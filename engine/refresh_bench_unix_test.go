//go:build unix

package engine

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/engine/enginetest"
	"treue/engine/localpg"
	"treue/engine/store"
	"treue/rules/clv"
	"treue/rules/customer"
)

var (
	benchCustomers = flag.Int("refresh.customers", 1_000_000, "customers of the shop that BenchmarkRefresh refreshes; each has some 10 orders")
	benchLines     = flag.Bool("refresh.lines", false, "give every order of BenchmarkRefresh two lines")
	benchEvents    = flag.Bool("refresh.events", false, "refund every 50th order of BenchmarkRefresh")
	benchRounds    = flag.Int("refresh.rounds", 3, "how often BenchmarkRefresh measures each step; it reports medians")
)

// arrangeShop is a shop as SQL: hashes make the values, so that every run measures the same. Rows lie as imports
// leave them: customers by id, orders by time.
//
// Customers buy as models of their value assume: from the first order on at a rate that is exponential over the customers, by
// 1 in 4 weeks, and after each order they leave for good by a chance that is Beta(1, 14). So the number of repeat orders that
// fit into their time is geometric, their moments are uniform, and of these come those before they leave: some 10 orders each.
var arrangeShop = []string{
	`SET session_replication_role = replica`, // rows refer to nothing that is missing
	`CREATE FUNCTION h(n bigint, salt int, most int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT (hashint8extended(n, salt) & 2147483647)::int % most'`,
	`CREATE FUNCTION id(n bigint, salt int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT hashint8extended(n, salt) & 9223372036854775807'`,
	`CREATE FUNCTION u(n bigint, salt int) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT ((hashint8extended(n, salt) & 2147483647) + 0.5) / 2147483648'`,
	`INSERT INTO customers (customer_id, source, external_id, email, address_hash, country, language, tags, created_at, updated_at)
		SELECT id(g, 7), 'shop', 'c' || g, 'c' || g || '@shop.example', int8send(g), 'DE', 'de', '{}', $1, $1 FROM generate_series(1, %d) g ORDER BY 1`,
	`INSERT INTO consents SELECT id(g, 7), 1, 'grant', $1 - interval '400 days', $1, true, 'form', 'form', '', '' FROM generate_series(1, %d) g ORDER BY 1`,
	`SELECT set_config('bench.key', pg_get_constraintdef(oid), false) FROM pg_constraint WHERE conrelid = 'orders'::regclass AND contype = 'p'`,
	`ALTER TABLE orders DROP CONSTRAINT orders_pkey CASCADE`,
	`INSERT INTO orders (customer_id, order_id, source, external_id, ordered_at, currency, total, discount, status, imported_at)
		SELECT id(g, 7), id(1000 * g + k, 8), 'shop', 'o' || g || '-' || k, $1 - make_interval(mins => ago), 'EUR',
			(exp(7.5 + h(g, 4, 1000) / 700.0 + h(g * 1000 + k, 5, 1000) / 900.0))::int, 0, 'completed', $1
		FROM (SELECT g, age, least(200, floor(ln(u(g, 2)) / ln(age / (age + 40320.0)))) AS repeats, least(200, floor(14 * ln(u(g, 9)) / ln(u(g, 10)))) AS stays
			FROM (SELECT g, 1 + h(g, 1, 1500000) AS age FROM generate_series(1, %d) g) x) c
		CROSS JOIN LATERAL (SELECT 0 AS k, age AS ago UNION ALL
			(SELECT k, (age * u(g * 1000 + k, 3))::int AS ago FROM generate_series(1, repeats::int) k ORDER BY ago DESC LIMIT stays::int)) o ORDER BY ago DESC`,
	`DO $do$ BEGIN EXECUTE 'ALTER TABLE orders ADD CONSTRAINT orders_pkey ' || current_setting('bench.key'); END $do$`,
	`VACUUM ANALYZE orders`, `ANALYZE customers`, `ANALYZE consents`,
}

var arrangeLines = []string{
	`INSERT INTO order_lines (customer_id, order_id, line_no, product_id, external_product_id, category, quantity, unit_price)
		SELECT customer_id, order_id, n, 1, 'p', 'category ' || h(order_id + n, 6, 12), 1, 1000 FROM orders, generate_series(1, 2) n`,
	`ANALYZE order_lines`,
}

var arrangeEvents = []string{
	`INSERT INTO order_events SELECT customer_id, order_id, 1, 'refund', total / 2, false, ordered_at, ordered_at FROM orders WHERE order_id %% 50 = 0`,
	`ANALYZE order_events`,
}

// The yardsticks: what a database needs at least to group orders by customer, and what somebody would write. The sums are
// used, or the planner would leave them out.
const (
	floorSQL = `SELECT sum(orders), sum(revenue), min(first_at), max(last_at)
		FROM (SELECT customer_id, count(*) AS orders, sum(total) AS revenue, min(ordered_at) AS first_at, max(ordered_at) AS last_at FROM orders GROUP BY customer_id OFFSET 0) x`
	naiveSQL = `CREATE TEMP TABLE naive AS
		SELECT customer_id, count(*) AS orders, sum(total / 100.0) AS revenue, min(day) AS first_on, max(day) AS last_on, count(DISTINCT day) - 1 AS repeat_days,
			(array_agg(total ORDER BY ordered_at DESC))[1] / 100.0 AS last_value, sum(total / 100.0) FILTER (WHERE ordered_at > $1::timestamptz - interval '90 days') AS recent,
			count(*) FILTER (WHERE discount > 0 OR coupon_code IS NOT NULL) AS discounted, max(delivered_at) AS delivered_at, array_agg(DISTINCT day ORDER BY day) AS days
		FROM (SELECT *, (ordered_at AT TIME ZONE 'Europe/Berlin')::date AS day FROM orders WHERE ordered_at <= $1 AND status <> 'test') o GROUP BY customer_id`
)

// bigShop is a shop to measure with.
type bigShop struct {
	*shop
	b    *testing.B
	conn *pgx.Conn
}

func newBigShop(b *testing.B) *bigShop {
	b.Helper()
	// The yardsticks assume that orders and their indexes are in memory.
	server, err := localpg.Start(b.Context(), localpg.Config{Dir: filepath.Join(b.TempDir(), "postgres"), Buffers: "4GB"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = server.Close() })
	s := &bigShop{shop: newShopWith(b, server.URL(), enginetest.SMTPConfig{}, nil), b: b}
	s.conn, err = pgx.Connect(b.Context(), s.url)
	s.must(err)
	b.Cleanup(func() { _ = s.conn.Close(context.Background()) })
	steps := slices.Clone(arrangeShop)
	if *benchLines {
		steps = append(steps, arrangeLines...)
	}
	if *benchEvents {
		steps = append(steps, arrangeEvents...)
	}
	for _, sql := range steps {
		sql = strings.ReplaceAll(strings.ReplaceAll(sql, "%d", strconv.Itoa(*benchCustomers)), "%%", "%")
		s.run(strings.ReplaceAll(sql, "$1", "timestamptz '"+s.now.Format(time.RFC3339)+"'"))
	}
	s.run(`SET jit = off; SET max_parallel_workers_per_gather = 0`) // what workers take is not counted
	s.tidy()
	return s
}

// tidy vacuums until the orders can be read from an index alone: an open transaction of somebody else on the same server
// keeps that from happening.
func (s *bigShop) tidy() {
	s.b.Helper()
	for range 100 {
		s.run(`VACUUM orders`)
		if one[bool](s.shop, `SELECT relallvisible > 0.9 * relpages FROM pg_class WHERE oid = 'orders'::regclass`) {
			return
		}
	}
	s.b.Fatal("other sessions keep old rows alive: run this benchmark on a server of its own, with TMPDIR set to an empty folder")
}

func (s *bigShop) run(sql string, args ...any) {
	s.b.Helper()
	_, err := s.conn.Exec(s.b.Context(), sql, args...)
	s.must(err)
}

// seconds is the median time on a processor that something takes, here and in the database: on a machine that others
// use, too, the clock on the wall says little. The first time does not count: it waits for memory that the system has yet to
// give, once in the life of a server.
func (s *bigShop) seconds(name string, do func()) float64 {
	var all, wall []float64
	do()
	for range *benchRounds {
		before, start := s.processor(), time.Now()
		do()
		all, wall = append(all, s.processor()-before), append(wall, time.Since(start).Seconds())
	}
	slices.Sort(all)
	slices.Sort(wall)
	s.b.ReportMetric(all[len(all)/2], "s/"+name)
	s.b.ReportMetric(wall[len(wall)/2], "wall-s/"+name)
	return all[len(all)/2]
}

// processor is how long this process and the database's sessions have been on a processor, in seconds.
func (s *bigShop) processor() float64 {
	s.b.Helper()
	var used syscall.Rusage
	s.must(syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	sum := float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
	rows, err := s.conn.Query(s.b.Context(), `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'`)
	s.must(err)
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	s.must(err)
	for _, pid := range pids {
		if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid)); err == nil {
			nanos, err := strconv.ParseFloat(strings.Fields(string(text))[0], 64)
			s.must(err)
			sum += nanos / 1e9
		}
	}
	return sum
}

func (s *bigShop) refresh(full bool) Refreshed {
	done, err := s.Refresh(s.b.Context(), s.now, clv.NameAuto, full)
	s.must(err)
	return done
}

// purchase imports one order of today for every step-th customer.
func (s *bigShop) purchase(step, serial int) {
	rows, err := s.conn.Query(s.b.Context(), `SELECT g::int, id(g, 7) FROM generate_series($1::int, $2::int, $3::int) g`, 1+serial, *benchCustomers, step)
	s.must(err)
	var g int
	var who int64
	var all []customer.Order
	_, err = pgx.ForEachRow(rows, []any{&g, &who}, func() error {
		external := fmt.Sprint("n", serial, "-", g)
		all = append(all, customer.Order{
			ID: customer.NewID("shop", external), Source: "shop", ExternalID: external, CustomerID: who, CustomerExternalID: fmt.Sprint("c", g),
			OrderedAt: s.now, Currency: "EUR", Status: customer.StatusCompleted, Total: 4900,
		})
		return nil
	})
	s.must(err)
	s.importOrders(all...)
}

// peak returns the most memory that this process has had, in MB.
func peak(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("the peak is read from /proc")
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kb / 1000
		}
	}
	b.Fatal("the system tells no peak")
	return 0
}

// BenchmarkRefresh measures refreshes against the yardsticks, all in one run over one shop.
func BenchmarkRefresh(b *testing.B) {
	if testing.Short() {
		b.Skip("needs a large shop")
	}
	for b.Loop() {
		s := newBigShop(b)
		b.ReportMetric(float64(one[int64](s.shop, `SELECT count(*) FROM orders`)), "orders")
		s.measure()
	}
}

func (s *bigShop) measure() {
	heap := s.seconds("heap", func() {
		s.run(`SET enable_indexonlyscan = off; SET enable_indexscan = off; SET work_mem = '512MB'`)
		s.run(floorSQL)
		s.run(`RESET enable_indexonlyscan; RESET enable_indexscan; SET work_mem = '64MB'`)
	})
	naive := s.seconds("naive", func() {
		s.run(naiveSQL, s.now)
		s.run(`DROP TABLE naive`)
	})
	s.run(`CREATE INDEX narrow ON orders (customer_id, ordered_at) INCLUDE (total, status)`)
	s.run(`SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashagg = off`)
	floor := s.seconds("floor", func() { s.run(floorSQL) })
	s.run(`RESET enable_seqscan; RESET enable_bitmapscan; RESET enable_hashagg; DROP INDEX narrow`)
	sql := s.seconds("sql", func() {
		s.must(s.Store().Refresh(s.b.Context(), s.now, s.terms(), func(r *store.Refreshing) error { return r.RenewAll(s.b.Context()) }))
	})
	full := s.seconds("full", func() {
		// A likelihood without an optimum takes a search as long as it likes.
		if done := s.refresh(true); !done.Model.Converged {
			s.b.Errorf("no model fits the shop: %s", done.Model.Reason)
		}
	})
	s.b.ReportMetric(1e6*full/float64(*benchCustomers), "us-per-customer/full")
	days := s.seconds("new-day", func() {
		s.days(1)
		if done := s.refresh(false); done.Renewed != 0 {
			s.b.Errorf("a new day read the orders of %d customers", done.Renewed)
		}
	})
	change := s.changed()
	for name, ratio := range map[string]float64{
		"sql:floor": sql / floor, "naive:sql": naive / sql, "full:heap": full / heap, "changed:full": change / full, "new-day:full": days / full,
	} {
		s.b.ReportMetric(ratio, name)
	}
	s.b.ReportMetric(peak(s.b), "MB/peak")
}

// changed is the median time of a refresh on the same day, after an import for one customer in a hundred.
func (s *bigShop) changed() float64 {
	var all []float64
	for serial := range *benchRounds {
		s.purchase(100, serial)
		before := s.processor()
		done := s.refresh(false)
		all = append(all, s.processor()-before)
		if got := float64(done.Computed) / float64(*benchCustomers); got < 0.009 || got > 0.011 {
			s.b.Errorf("%d customers computed anew, want 1 %%", done.Computed)
		}
	}
	slices.Sort(all)
	s.b.ReportMetric(all[len(all)/2], "s/changed")
	return all[len(all)/2]
}
