package store_test

import (
	"testing"
	"time"

	"treue/engine/store"
	"treue/rules/customer"
)

// TestRareColumns: what no order of a shop had until now is seen as soon as one has it.
func TestRareColumns(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	terms := store.Terms{Zone: time.UTC, MarginShare: new(0.5), TaxRate: new(0.25), CostPerOrder: 2}
	check := func(step string, margin float64, discounted int64, delivered bool) {
		t.Helper()
		all, err := b.Aggregates(b.ctx(), noon, terms)
		if err != nil {
			t.Fatal(err)
		}
		if a := all[0]; a.Margin != margin || a.DiscountedOrders != discounted || a.LastDeliveryOn.Known() != delivered {
			t.Errorf("%s: margin %v, %d discounted, delivered on %v; want %v, %d and %v", step, a.Margin, a.DiscountedOrders, a.LastDeliveryOn, margin, discounted, delivered)
		}
	}
	one := func(step string, change func(*customer.Order)) {
		t.Helper()
		o := order(step, "c1", noon.AddDate(0, 0, -10), 1000)
		change(&o)
		b.orders(step, noon, counts{inserted: 1}, o)
	}
	one("plain", func(*customer.Order) {})
	check("plain", 2, 0, false)
	one("cost", func(o *customer.Order) { o.Cost = new(int64(300)) })
	check("cost", 5, 0, false)
	one("coupon", func(o *customer.Order) { o.CouponCode = "SAVE" })
	check("coupon", 7, 1, false)
	one("discount", func(o *customer.Order) { o.Discount = 100 })
	check("discount", 9, 2, false)
	one("delivery", func(o *customer.Order) { o.DeliveredAt = new(noon) })
	check("delivery", 11, 2, true)
	one("test", func(o *customer.Order) { o.Status = customer.StatusTest })
	check("a test order", 11, 2, true)
	one("tomorrow", func(o *customer.Order) { o.OrderedAt = noon.Add(24 * time.Hour) })
	check("an order to come", 11, 2, true)
}
