package store_test

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"treue/engine/enginetest"
	"treue/engine/store"
	"treue/rules/customer"
)

// noon is the moment around which most tests happen; berlin the zone of their shop.
var (
	noon   = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	pepper = []byte("pepper")
)

func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// bench is a migrated store with a second way into its schema, to arrange and to look at what the store does not show.
type bench struct {
	*store.Store
	*testing.T
	db *pgxpool.Pool
}

func newBench(t *testing.T) *bench {
	t.Helper()
	url := enginetest.Database(t)
	b := &bench{T: t, Store: open(t, url)}
	if _, err := b.Migrate(b.ctx()); err != nil {
		t.Fatal(err)
	}
	var err error
	if b.db, err = pgxpool.New(b.ctx(), url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.db.Close)
	return b
}

func open(t *testing.T, url string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func (b *bench) ctx() context.Context { return b.T.Context() }

// exec arranges something by SQL.
func (b *bench) exec(sql string, args ...any) {
	b.Helper()
	if _, err := b.db.Exec(b.ctx(), sql, args...); err != nil {
		b.Fatalf("%s: %v", sql, err)
	}
}

// value reads one value by SQL.
func value[V any](b *bench, sql string, args ...any) V {
	b.Helper()
	rows, err := b.db.Query(b.ctx(), sql, args...)
	if err != nil {
		b.Fatalf("%s: %v", sql, err)
	}
	v, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[V])
	if err != nil {
		b.Fatalf("%s: %v", sql, err)
	}
	return v
}

// file is an import at a time, with an empty hash.
func file(kind string, now time.Time) store.Import {
	return store.Import{Kind: kind, Source: "shop", File: kind + ".csv", Now: now, Close: func() (string, int64) { return "hash", 0 }}
}

// lines numbers records as a file with a header does: from line 2.
func lines[T any](records ...T) iter.Seq2[store.Numbered[T], error] {
	return func(yield func(store.Numbered[T], error) bool) {
		for i, r := range records {
			if !yield(store.Numbered[T]{Line: i + 2, Record: r}, nil) {
				return
			}
		}
	}
}

// counts is what an import is expected to say, with the number of rejects.
type counts struct{ inserted, updated, unchanged, rejected int64 }

func (b *bench) check(what string, got store.Counts, err error, want counts) {
	b.Helper()
	if err != nil {
		b.Fatalf("%s: %v", what, err)
	}
	if is := (counts{got.Inserted, got.Updated, got.Unchanged, int64(len(got.Rejects))}); is != want {
		b.Errorf("%s: %+v %v, want %+v", what, is, got.Rejects, want)
	}
}

func (b *bench) customers(what string, now time.Time, want counts, records ...customer.Customer) store.Counts {
	b.Helper()
	c, err := b.ImportCustomers(b.ctx(), file("customers", now), pepper, lines(records...))
	b.check(what, c, err, want)
	return c
}

func (b *bench) orders(what string, now time.Time, want counts, records ...customer.Order) store.Counts {
	b.Helper()
	c, err := b.ImportOrders(b.ctx(), file("orders", now), lines(records...))
	b.check(what, c, err, want)
	return c
}

func (b *bench) lines(what string, now time.Time, want counts, records ...customer.Line) store.Counts {
	b.Helper()
	c, err := b.ImportLines(b.ctx(), file("lines", now), lines(records...))
	b.check(what, c, err, want)
	return c
}

// person is a customer of the shop by a short id.
func person(id, email string) customer.Customer {
	return customer.Customer{ID: customer.NewID("shop", id), Source: "shop", ExternalID: id, Email: email}
}

// says adds a declaration to a customer; a zero time leaves it undated.
func says(c customer.Customer, yes bool, at time.Time, source string) customer.Customer {
	c.Consent, c.ConsentSource = &yes, source
	if !at.IsZero() {
		c.ConsentAt = &at
	}
	return c
}

// order is a completed order of a customer.
func order(id, who string, at time.Time, total int64) customer.Order {
	return customer.Order{
		ID: customer.NewID("shop", id), CustomerID: customer.NewID("shop", who), Source: "shop", ExternalID: id, CustomerExternalID: who,
		OrderedAt: at, Currency: "EUR", Status: customer.StatusCompleted, Total: total,
	}
}

func line(no int, orderID, who, product string, quantity float64) customer.Line {
	return customer.Line{
		OrderID: customer.NewID("shop", orderID), CustomerID: customer.NewID("shop", who), ProductID: customer.NewID("shop", product), No: no,
		Source: "shop", OrderExternalID: orderID, CustomerExternalID: who, ExternalProductID: product, Quantity: quantity, UnitPrice: 100,
	}
}

func id(who string) int64 { return customer.NewID("shop", who) }
