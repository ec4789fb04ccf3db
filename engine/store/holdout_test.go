package store_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"treue/engine/store"
	"treue/rules/customer"
	"treue/rules/features"
)

// TestHeldOut splits a few histories whose answers are known.
func TestHeldOut(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	zone := berlin(t)
	if _, _, err := b.OrderSpan(b.ctx(), noon, zone); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("without orders: %v", err)
	}
	split := features.DayOf(noon, zone)
	at := func(days, hour int) time.Time { return time.Date(2026, 5, 4+days, hour, 0, 0, 0, zone) }
	change := func(o customer.Order, change func(*customer.Order)) customer.Order {
		change(&o)
		return o
	}
	b.customers("people", noon, counts{inserted: 4}, person("a10", ""), person("a9", ""), person("gone", ""), person("later", ""))
	b.orders("orders", noon, counts{inserted: 11},
		order("1", "a9", at(-20, 9), 5000), order("2", "a9", at(-20, 22), 1000), // one day
		change(order("3", "a9", at(-10, 9), 3000), func(o *customer.Order) { o.Refund, o.RefundedAt = 1000, new(at(-5, 9)) }),
		change(order("4", "a9", at(0, 23), 9000), func(o *customer.Order) { o.Refund, o.RefundedAt = 9000, new(at(3, 9)) }), // refunded after the split
		change(order("5", "a9", at(2, 9), 4000), func(o *customer.Order) { o.Refund, o.RefundedAt = 500, new(at(9, 9)) }),
		order("6", "a9", at(99, 9), 7000), // after the end
		change(order("7", "a10", at(-30, 9), 2000), func(o *customer.Order) { o.Status = customer.StatusTest }),
		order("8", "a10", at(-3, 9), 2000),
		change(order("9", "a10", at(5, 9), 2000), func(o *customer.Order) { o.Status, o.CancelledAt = customer.StatusCancelled, new(at(6, 9)) }),
		order("10", "later", at(1, 0), 2000), // the first minute after the split
		order("11", "gone", at(-3, 9), 2000))
	b.exec(`UPDATE customers SET erased_at = now() WHERE external_id = 'gone'`)
	got, err := b.HeldOut(b.ctx(), split, at(30, 9), zone)
	if err != nil || len(got) != 2 {
		t.Fatal(got, err)
	}
	want := store.HeldOut{FirstOrderOn: split - 20, LastOrderOn: split, RepeatDays: 2, First: 60, RepeatSpend: 55, LaterDays: 1, LaterRevenue: 35}
	if got[0] != want {
		t.Errorf("a9, the shorter id first: %+v, want %+v", got[0], want)
	}
	if h := got[1]; h.FirstOrderOn != split-3 || h.LastOrderOn != split-3 || h.RepeatDays != 0 || h.First != 20 || !math.IsNaN(h.RepeatSpend) || h.LaterDays != 0 || h.LaterRevenue != 0 {
		t.Errorf("a10: %+v", h)
	}
	first, last, err := b.OrderSpan(b.ctx(), at(30, 9), zone)
	if err != nil || first != split-20 || last != split+5 {
		t.Errorf("orders from %v to %v, %v", first, last, err)
	}
}
