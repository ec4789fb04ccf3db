package store_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"treue/engine/enginetest"
	"treue/migrations"
	"treue/rules/customer"
)

const dictionaries = `SELECT word FROM (SELECT category AS word, 1 AS of FROM category_names UNION ALL SELECT tag, 2 FROM tag_names) x ORDER BY of, word COLLATE "C"`

func TestDictionariesLearn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tagged := func(who, mail string, tags ...string) customer.Customer {
		c := person(who, mail)
		c.Tags = tags
		return c
	}
	of := func(l customer.Line, category string) customer.Line {
		l.Category = category
		return l
	}
	product := func(id, category string) customer.Product {
		return customer.Product{ID: customer.NewID("shop", id), Source: "shop", ExternalID: id, Name: id, Category: category, Active: true}
	}
	b.customers("customers", noon, counts{inserted: 3}, tagged("k1", "", "abo", "VIP"), tagged("k2", "", "abo", ""), tagged("k3", ""))
	b.orders("orders", noon, counts{inserted: 1}, order("o1", "k1", noon, 100))
	b.lines("lines", noon, counts{inserted: 3}, of(line(1, "o1", "k1", "p1", 1), "Kaffee > Bohnen"), of(line(2, "o1", "k1", "p2", 1), "kaffee > bohnen"), line(3, "o1", "k1", "p3", 1))
	imported := func(what string, want counts, products ...customer.Product) {
		c, err := b.ImportProducts(b.ctx(), file("products", noon), lines(products...))
		b.check(what, c, err, want)
	}
	imported("products", counts{inserted: 3}, product("p1", "Kaffee > Bohnen"), product("p2", "Mühlen"), product("p3", ""))
	if got, want := b.all(dictionaries), "Kaffee > Bohnen, Mühlen, kaffee > bohnen, VIP, abo"; got != want {
		t.Errorf("dictionaries = %s, want %s", got, want)
	}

	b.customers("a tag goes", noon, counts{updated: 1}, tagged("k1", "", "new"))
	b.lines("a category goes", noon, counts{updated: 1}, of(line(1, "o1", "k1", "p1", 1), "Tee"))
	imported("a category of a product", counts{updated: 1}, product("p2", "Zubehör"))
	if got, want := b.all(dictionaries), "Kaffee > Bohnen, Mühlen, Tee, Zubehör, kaffee > bohnen, VIP, abo, new"; got != want {
		t.Errorf("what was once carried stays: %s, want %s", got, want)
	}

	b.exec(`UPDATE customers SET erased_at = $1 WHERE external_id = 'k3'`, noon)
	b.customers("an erased customer", noon, counts{unchanged: 1}, tagged("k3", "", "secret"))
	c, err := b.ImportLines(b.ctx(), file("lines", noon), lines(of(line(1, "o9", "k1", "p1", 1), "Nowhere")))
	b.check("a line that is rejected", c, err, counts{rejected: 1})
	if got := b.all(dictionaries); strings.Contains(got, "secret") || strings.Contains(got, "Nowhere") {
		t.Errorf("words of rows that do not count: %s", got)
	}
}

// TestDictionariesStartFull migrates a database that was filled before there were dictionaries.
func TestDictionariesStartFull(t *testing.T) {
	t.Parallel()
	url := enginetest.Database(t)
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	p, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`INSERT INTO customers (customer_id, source, external_id, tags, created_at, updated_at)
			VALUES (1, 'shop', 'k1', '{abo,VIP}', now(), now()), (2, 'shop', 'k2', '{abo,""}', now(), now()), (3, 'shop', 'k3', '{}', now(), now())`,
		`INSERT INTO orders (customer_id, order_id, source, external_id, ordered_at, currency, total, discount, status, imported_at)
			VALUES (1, 1, 'shop', 'o1', now(), 'EUR', 1, 0, 'paid', now())`,
		`INSERT INTO order_lines (customer_id, order_id, line_no, product_id, external_product_id, category, quantity, unit_price)
			VALUES (1, 1, 1, 1, 'p1', 'Tee', 1, 1), (1, 1, 2, 2, 'p2', NULL, 1, 1), (1, 1, 3, 3, 'p3', '', 1, 1)`,
		`INSERT INTO products (product_id, source, external_id, name, category, attributes, active, updated_at)
			VALUES (1, 'shop', 'p1', 'a', 'Tee', '{}', true, now()), (2, 'shop', 'p2', 'b', 'Mühlen', '{}', true, now()), (3, 'shop', 'p3', 'c', NULL, '{}', true, now())`,
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got string
	if err := db.QueryRowContext(t.Context(), `SELECT string_agg(word, ', ') FROM (`+dictionaries+`) y`).Scan(&got); err != nil || got != "Mühlen, Tee, VIP, abo" {
		t.Errorf("dictionaries = %s, %v", got, err)
	}
}
