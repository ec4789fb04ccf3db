package store_test

import (
	"context"
	"database/sql"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"gorm.io/gorm/schema"

	"treue/engine/enginetest"
	"treue/engine/store"
	"treue/migrations"
)

// The three groups of tables. A new table must be put into one of them, so that the schema keeps distributing by
// customer_id.
var (
	customerTables = []string{
		"assignments", "cases", "clv_history", "consents", "coupons", "customer_categories", "customer_stats", "customers", "decisions", "entries",
		"feedback", "foreign_mails", "mail_events", "next_products", "order_events", "order_lines", "orders", "outcomes", "points", "preferences", "pressure", "sends",
		"snapshots_a", "snapshots_b", "snapshots_private", "stale_customers", "stale_outcomes",
	}
	referenceTables = []string{
		"address_keys", "campaign_splits", "campaign_versions", "campaigns", "category_names", "clv_models", "consent_mails", "customer_aliases", "departed",
		"links", "mail_templates", "order_keys", "outcome_caps", "outcome_models", "product_bundles", "products", "segments", "sold_products", "suppressions", "tag_names",
	}
	localTables = []string{
		"audit", "caught_mails", "clv_months", "clv_trends", "consent_requests", "imports", "key_ids", "leases", "link_clicks", "next_products_state",
		"outbox", "provider_minutes", "provider_rates", "reports", "runs", "sessions", "snapshot_pointer", "snapshot_sets", "stats_state", "ticks", "users",
	}
)

func column(b *bench, query string) []string {
	b.Helper()
	rows, err := b.db.Query(b.ctx(), query)
	if err != nil {
		b.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		b.Fatal(err)
	}
	return all
}

// mine restricts a catalogue query to the test's schema.
const mine = ` relnamespace = current_schema()::regnamespace `

func TestSchemaDistributes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	known := slices.Concat(customerTables, referenceTables, localTables)
	for _, table := range column(b, `SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relname !~ '^goose' AND`+mine) {
		if !slices.Contains(known, table) {
			t.Errorf("table %s belongs to no group", table)
		}
	}
	// A composite key of a customer's table, as table, kind and first column.
	keys := column(b, `SELECT c.relname || ' ' || i.indisprimary || ' ' || a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] WHERE i.indisunique AND c.`+strings.TrimSpace(mine))
	for _, table := range customerTables {
		if !slices.Contains(keys, table+" true customer_id") {
			t.Errorf("the primary key of %s does not begin with customer_id", table)
		}
	}
	for _, key := range keys {
		if parts := strings.Fields(key); slices.Contains(customerTables, parts[0]) && parts[2] != "customer_id" {
			t.Errorf("a unique index of %s begins with %s", parts[0], parts[2])
		}
	}
}

func TestForeignKeysStayWithTheCustomer(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	keys := column(b, `SELECT concat_ws(' ', c.conrelid::regclass, c.confrelid::regclass, a.attname, f.attname) FROM pg_constraint c
		JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
		JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = c.confkey[1]
		WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace`)
	if len(keys) < 15 {
		t.Fatalf("only %d foreign keys found", len(keys))
	}
	for _, key := range keys {
		parts := strings.Fields(key)
		from, to := parts[0], parts[1]
		switch {
		case !slices.Contains(customerTables, from):
			if slices.Contains(customerTables, to) {
				t.Errorf("%s, no customer's table, refers to %s", from, to)
			}
		case slices.Contains(customerTables, to):
			if parts[2] != "customer_id" || parts[3] != "customer_id" {
				t.Errorf("%s refers to %s by %s first", from, to, parts[2])
			}
		case !slices.Contains(referenceTables, to):
			t.Errorf("%s refers to %s, which stays local", from, to)
		}
	}
}

func TestSchemaHasNoMindOfItsOwn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for what, query := range map[string]string{
		"trigger":          `SELECT t.tgname::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND c.` + strings.TrimSpace(mine),
		"rule":             `SELECT r.rulename::text FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE c.` + strings.TrimSpace(mine),
		"sequence":         `SELECT relname::text FROM pg_class WHERE relkind = 'S' AND relname !~ '^goose' AND` + mine,
		"default":          `SELECT c.relname || '.' || a.attname FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum WHERE c.relname !~ '^goose' AND c.` + strings.TrimSpace(mine),
		"identity":         `SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.attidentity <> '' AND c.relname !~ '^goose' AND c.` + strings.TrimSpace(mine),
		"time without one": `SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.atttypid = 'timestamp'::regtype AND c.relkind = 'r' AND c.relname !~ '^goose' AND c.` + strings.TrimSpace(mine),
	} {
		if found := column(b, query); len(found) > 0 {
			t.Errorf("the schema has a %s: %v", what, found)
		}
	}
}

func TestMigrationsUpDownUp(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("pgx", enginetest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	p, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS)
	if err != nil {
		t.Fatal(err)
	}
	tables := func() (n int) {
		const count = `SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname !~ '^goose' AND` + mine
		if err := db.QueryRow(count).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, step := range []struct {
		run  func(context.Context) error
		want int
	}{
		{func(ctx context.Context) error { _, err := p.Up(ctx); return err }, len(customerTables) + len(referenceTables) + len(localTables)},
		{func(ctx context.Context) error { _, err := p.DownTo(ctx, 0); return err }, 0},
		{func(ctx context.Context) error { _, err := p.Up(ctx); return err }, len(customerTables) + len(referenceTables) + len(localTables)},
	} {
		if err := step.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := tables(); got != step.want {
			t.Fatalf("%d tables, want %d", got, step.want)
		}
	}
}

func TestEveryMigrationHasADown(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	last := ""
	for _, name := range files {
		text, err := fs.ReadFile(migrations.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		if number, _, _ := strings.Cut(name, "_"); len(number) != 5 || number <= last {
			t.Errorf("%s does not come after number %s", name, last)
		} else {
			last = number
		}
		if _, down, found := strings.Cut(string(text), "-- +goose Down"); !found || strings.TrimSpace(down) == "" {
			t.Errorf("%s cannot be undone", name)
		}
	}
}

func TestMigrateTakesTurns(t *testing.T) {
	t.Parallel()
	url := enginetest.Database(t)
	var wg sync.WaitGroup
	steps := make([]int, 4)
	errs := make([]error, len(steps))
	for i := range steps {
		s := open(t, url)
		wg.Go(func() { steps[i], errs[i] = s.Migrate(t.Context()) })
	}
	wg.Wait()
	total := 0
	for i, err := range errs {
		total += steps[i]
		if err != nil {
			t.Error(err)
		}
	}
	s := open(t, url)
	current, newest, err := s.SchemaVersion(t.Context())
	files, globErr := fs.Glob(migrations.FS, "*.sql")
	if err != nil || globErr != nil || current != newest || total != len(files) {
		t.Errorf("%d steps to version %d of %d: %v", total, current, newest, err)
	}
}

func TestRowsMatchTheirTables(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, row := range store.Rows() {
		s, err := schema.Parse(row, &sync.Map{}, schema.NamingStrategy{})
		if err != nil {
			t.Fatal(err)
		}
		fields := slices.Clone(s.DBNames)
		slices.Sort(fields)
		columns := column(b, `SELECT attname::text FROM pg_attribute WHERE attrelid = '`+s.Table+`'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname`)
		if !slices.Equal(fields, columns) {
			t.Errorf("%T has %v, table %s has %v", row, fields, s.Table, columns)
		}
	}
}
