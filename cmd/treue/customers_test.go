package main

import (
	"strings"
	"testing"
	"time"

	"treue/engine/store"
	"treue/rules/customer"
)

// TestObjectorsAreNotShown asks every command about a customer who objected to profiling: none of them computes a thing.
func TestObjectorsAreNotShown(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.must("import", "customers", s.write("customers.csv", someCustomers))
	s.must("import", "orders", s.write("orders.csv", someOrders))
	s.must("refresh", "--as-of", day)
	s.must("campaigns", "apply", s.write("back.yaml", someCampaign))
	db, err := store.Open(t.Context(), s.args[len(s.args)-1])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	no := customer.ConsentEvent{Kind: customer.ConsentObjectProfiling, EffectiveAt: time.Date(2025, 12, 5, 0, 0, 0, 0, time.UTC), Source: "test"}
	if err := db.Declare(t.Context(), customer.NewID("shop", "k1"), no, "test"); err != nil {
		t.Fatal(err)
	}
	doc := s.document(0, "customers", "show", "k1", "--as-of", day)
	same(t, "show", pick(doc, "customer_id", "orders", "segment", "clv", "clv_interval"), []any{"k1", nil, nil, nil, nil})
	if _, there := doc["p_alive"]; !there || !strings.Contains(doc["reason"].(string), "objected to profiling") {
		t.Errorf("show: %v", doc)
	}
	if out := s.must("customers", "show", "k1", "--as-of", day); !strings.Contains(out, "customer k1: objected to profiling") {
		t.Errorf("show prints %s", out)
	}
	same(t, "explain", pick(s.document(0, "explain", "back", "k1", "--as-of", day), "outcome", "matched"), []any{"objection", false})
	code, _, errOut := s.run("rules", "explain", "orders >= 2", "--customer", "k1", "--as-of", day)
	if code == 0 || !strings.Contains(errOut, "customer k1 objected to profiling") {
		t.Errorf("rules explain: exit %d, %s", code, errOut)
	}
	same(t, "another one", pick(s.document(0, "customers", "show", "k2", "--as-of", day), "orders"), []any{2.0})
}
