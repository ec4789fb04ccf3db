package store_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"treue/engine/store"
	"treue/rules/customer"
)

// TestChoicesAtOnceAllCount lets several tabs add to a customer's choices at the same time: none is lost.
func TestChoicesAtOnceAllCount(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.customers("known", noon, counts{inserted: 1}, person("c1", "a@shop.example"))
	const tabs = 12
	var g errgroup.Group
	for i := range tabs {
		g.Go(func() error {
			return b.Choose(b.ctx(), id("c1"), noon, func(c store.Choices) customer.Preferences {
				p := c.Preferences
				p.UnwantedTopics = append(p.UnwantedTopics, fmt.Sprint("topic ", i))
				return p
			})
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	c, err := b.ChoicesOf(b.ctx(), id("c1"), noon)
	if err != nil || len(c.Preferences.UnwantedTopics) != tabs {
		t.Errorf("%d of %d choices are left, %v", len(c.Preferences.UnwantedTopics), tabs, err)
	}
}

// TestRecordsWaitForNoRefresh reads a customer's records while a refresh has its tables, and while somebody else has one
// that is needed.
func TestRecordsWaitForNoRefresh(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.customers("known", noon, counts{inserted: 1}, person("c1", "a@shop.example"))
	tx, err := b.db.Begin(b.ctx())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(b.ctx()) }()
	if _, err := tx.Exec(b.ctx(), `TRUNCATE customer_stats, customer_categories, stale_customers`); err != nil {
		t.Fatal(err)
	}
	r, err := b.RecordsOf(b.ctx(), id("c1"))
	if err != nil || len(r["customers"]) != 1 {
		t.Errorf("records %v, %v", r, err)
	}
	for _, derived := range []string{"customer_stats", "customer_categories", "stale_customers", "order_keys", "address_keys"} {
		if _, there := r[derived]; there {
			t.Errorf("%s says nothing of its own", derived)
		}
	}
	if _, err := tx.Exec(b.ctx(), `LOCK TABLE preferences`); err != nil {
		t.Fatal(err)
	}
	if _, err := b.RecordsOf(b.ctx(), id("c1")); err == nil || !strings.Contains(err.Error(), "statement timeout") {
		t.Errorf("it waits for a table for ever: %v", err)
	}
}
