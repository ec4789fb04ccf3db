package store_test

import (
	"fmt"
	"testing"

	"treue/engine/store"
	"treue/rules/customer"
	"treue/rules/features"
)

const suggested = `SELECT coalesce(string_agg(concat_ws(' ', customer_id, product_ids, reasons, because_of, scores), ', ' ORDER BY customer_id), '') FROM next_products`

// teaShop has twenty buyers of tea and pots and as many of tea alone; the set has all of them but the last two.
func teaShop(b *bench) store.Set {
	b.Helper()
	var people []customer.Customer
	var orders []customer.Order
	var sold []customer.Line
	var rows []features.Snapshot
	for i := range 40 {
		who := fmt.Sprintf("c%02d", i)
		people, orders = append(people, person(who, who+"@shop.example")), append(orders, order("o"+who, who, noon.AddDate(0, 0, -40-i), 500))
		sold = append(sold, line(1, "o"+who, who, "tea", 1))
		if i < 20 {
			sold = append(sold, line(2, "o"+who, who, "pot", 1))
		}
		if i < 38 {
			rows = append(rows, features.Snapshot{CustomerID: id(who), Source: "shop", ExternalID: who, Orders: 1})
		}
	}
	b.customers("people", noon, counts{inserted: 40}, people...)
	b.orders("orders", noon, counts{inserted: 40}, orders...)
	b.lines("lines", noon, counts{inserted: 60}, sold...)
	return b.publish(noon, rows)
}

// TestLessonsAreTheSameReadTwice: what is suggested does not depend on whether purchases are held or read again.
func TestLessonsAreTheSameReadTwice(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	set := teaShop(b)
	b.declare("c01", customer.ConsentObjectProfiling, noon.AddDate(0, 0, -1))
	b.exec(`UPDATE customers SET erased_at = $2, email = NULL, address_hash = NULL WHERE customer_id = $1`, id("c02"), noon)
	lessons, err := b.Learn(b.ctx(), noon, berlin(t))
	if err != nil {
		t.Fatal(err)
	}
	var got [2]string
	for i := range got {
		if err := b.RenewNextProducts(b.ctx(), set, lessons, 3); err != nil {
			t.Fatal(err)
		}
		got[i] = value[string](b, suggested)
		lessons.Forget()
	}
	if got[0] == "" || got[0] != got[1] {
		t.Errorf("held %q, read again %q", got[0], got[1])
	}
	for _, who := range []string{"c01", "c02", "c38", "c39"} {
		if n := value[int64](b, `SELECT count(*) FROM next_products WHERE customer_id = $1`, id(who)); n != 0 {
			t.Errorf("%s gets suggestions", who)
		}
	}
	if state, err := b.NextProductsState(b.ctx()); err != nil || state.Customers != 38 || state.Orders != 38 {
		t.Errorf("learned from %+v, %v", state, err)
	}
	if sold := value[string](b, `SELECT string_agg(external_id, ' ' ORDER BY external_id) FROM sold_products WHERE name IS NULL`); sold != "pot tea" {
		t.Errorf("sold %q", sold)
	}
}

// TestNoSuggestionsForASetThatIsGone: those that are there stay.
func TestNoSuggestionsForASetThatIsGone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	gone := teaShop(b)
	lessons, err := b.Learn(b.ctx(), noon, berlin(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.RenewNextProducts(b.ctx(), gone, lessons, 3); err != nil {
		t.Fatal(err)
	}
	before := value[string](b, suggested)
	b.publish(noon, nil)
	b.publish(noon, nil)
	if err := b.RenewNextProducts(b.ctx(), gone, lessons, 1); err != nil {
		t.Fatal(err)
	}
	if after := value[string](b, suggested); after != before {
		t.Errorf("%q, before %q", after, before)
	}
}
