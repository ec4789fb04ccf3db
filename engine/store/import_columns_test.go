package store_test

import (
	"fmt"
	"testing"
	"time"

	"treue/rules/customer"
)

// The tests of this file change one field after the other: each must be counted, arrive in its column and leave all others
// alone.

func TestEveryFieldOfACustomerIsStored(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	date := time.Date(1980, 2, 29, 0, 0, 0, 0, time.UTC)
	c := person("k1", "")
	b.customers("bare", noon, counts{inserted: 1}, c)
	for i, field := range []struct {
		column, want string
		set          func()
	}{
		{"email", "a@shop.example", func() { c.Email = "a@shop.example" }},
		{"first_name", "Käthe", func() { c.FirstName = "Käthe" }},
		{"last_name", "Kolb", func() { c.LastName = "Kolb" }},
		{"language", "de", func() { c.Language = "de" }},
		{"country", "AT", func() { c.Country = "AT" }},
		{"timezone", "Europe/Vienna", func() { c.Timezone = "Europe/Vienna" }},
		{"birthday", "1980-02-29", func() { c.Birthday = &date }},
		{"signed_up_at", "2026-05-04 12:00:00", func() { c.SignedUpAt = new(noon) }},
		{"postcode", "01067", func() { c.Postcode = "01067" }},
		{"city", "Dresden", func() { c.City = "Dresden" }},
		{"customer_group", "gastro", func() { c.Group = "gastro" }},
		{"acquisition_channel", "search", func() { c.Channel = "search" }},
		{"acquisition_cost", "0", func() { c.AcquisitionCost = new(int64(0)) }},
		{"acquisition_cost", "1250", func() { c.AcquisitionCost = new(int64(1250)) }},
		{"subscription_started_at", "2026-05-05 12:00:00", func() { c.SubscriptionStartedAt = new(noon.AddDate(0, 0, 1)) }},
		{"subscription_ended_at", "2026-05-06 12:00:00", func() { c.SubscriptionEndedAt = new(noon.AddDate(0, 0, 2)) }},
		{"tags", "{abo,VIP}", func() { c.Tags = []string{"abo", "VIP"} }},
		{"notice_at", "2026-05-02 12:00:00", func() { c.NoticeAt = new(noon.AddDate(0, 0, -2)) }},
		{"basis_order_id", "o1", func() { c.BasisOrderID = "o1" }},
		{"basis_category", "Tee", func() { c.BasisCategory = "Tee" }},
	} {
		field.set()
		now := noon.Add(time.Duration(i+1) * time.Hour)
		b.customers(field.column, now, counts{updated: 1}, c)
		b.customers(field.column+" again", now, counts{unchanged: 1}, c)
		b.holds("customers", field.column, field.want)
	}
	b.customers("all at once", noon, counts{inserted: 1}, func() customer.Customer {
		other := c
		other.ID, other.ExternalID, other.Email = id("k2"), "k2", ""
		return other
	}())
	const differing = `SELECT count(*) FROM (SELECT postcode, city, customer_group, birthday, acquisition_channel, acquisition_cost, subscription_started_at,
		subscription_ended_at, tags, language, country, timezone, signed_up_at, notice_at, basis_order_id, basis_category FROM customers GROUP BY
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16) x`
	if got := value[int64](b, differing); got != 1 {
		t.Error("a customer who comes with everything is stored otherwise than one who comes bit by bit")
	}
}

// holds compares a column of the only row of a table, as text and in UTC.
func (b *bench) holds(table, column, want string) {
	b.Helper()
	const utc = `SELECT CASE WHEN pg_typeof(%[1]s) = 'timestamptz'::regtype THEN (%[1]s::text::timestamptz AT TIME ZONE 'UTC')::text ELSE %[1]s::text END FROM %[2]s`
	if got := value[string](b, fmt.Sprintf(utc, column, table)); got != want {
		b.Errorf("%s.%s = %s, want %s", table, column, got, want)
	}
}

func TestEveryFieldOfAnOrderIsStored(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	o := order("o1", "k1", noon, 1000)
	b.orders("bare", noon, counts{inserted: 1}, o)
	for _, field := range []struct {
		column, want string
		set          func()
	}{
		{"ordered_at", "2026-05-03 12:00:00", func() { o.OrderedAt = noon.AddDate(0, 0, -1) }},
		{"total", "1100", func() { o.Total = 1100 }},
		{"tax", "160", func() { o.Tax = new(int64(160)) }},
		{"shipping", "490", func() { o.Shipping = new(int64(490)) }},
		{"cost", "300", func() { o.Cost = new(int64(300)) }},
		{"discount", "50", func() { o.Discount = 50 }},
		{"coupon_code", "WELCOME", func() { o.CouponCode = "WELCOME" }},
		{"delivered_at", "2026-05-06 12:00:00", func() { o.DeliveredAt = new(noon.AddDate(0, 0, 2)) }},
		{"status", "shipped", func() { o.Status = customer.StatusShipped }},
	} {
		field.set()
		b.orders(field.column, noon, counts{updated: 1}, o)
		b.orders(field.column+" again", noon, counts{unchanged: 1}, o)
		b.holds("orders", field.column, field.want)
	}
	o.ID, o.ExternalID = id("o2"), "o2"
	b.orders("all at once", noon, counts{inserted: 1}, o)
	const same = `SELECT count(*) FROM (SELECT ordered_at, total, tax, shipping, cost, discount, coupon_code, delivered_at, status FROM orders
		GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9) x`
	if got := value[int64](b, same); got != 1 {
		t.Error("an order that comes with everything is stored otherwise than one that comes bit by bit")
	}
}

func TestEveryFieldOfAProductIsStored(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := customer.Product{ID: id("p1"), Source: "shop", ExternalID: "p1", Name: "Crema"}
	imported := func(what string, want counts) {
		c, err := b.ImportProducts(b.ctx(), file("products", noon), lines(p))
		b.check(what, c, err, want)
	}
	imported("bare", counts{inserted: 1})
	b.holds("products", "attributes", "{}")
	for _, field := range []struct {
		column, want string
		set          func()
	}{
		{"name", "Crema 1 kg", func() { p.Name = "Crema 1 kg" }},
		{"category", "Kaffee > Bohnen", func() { p.Category = "Kaffee > Bohnen" }},
		{"price", "1290", func() { p.Price = new(int64(1290)) }},
		{"cost", "600", func() { p.Cost = new(int64(600)) }},
		{"tax_rate", "0.07", func() { p.TaxRate = new(0.07) }},
		{"url", "https://shop.example/p1", func() { p.URL = "https://shop.example/p1" }},
		{"image_url", "https://shop.example/p1.jpg", func() { p.ImageURL = "https://shop.example/p1.jpg" }},
		{"attributes", `{"roast": "hell"}`, func() { p.Attributes = map[string]string{"roast": "hell"} }},
		{"attributes", `{"roast": "hell", "origin": "Kenia \"AA\""}`, func() { p.Attributes = map[string]string{"origin": `Kenia "AA"`} }},
		{"attributes", `{"roast": "dunkel", "origin": "Kenia \"AA\""}`, func() { p.Attributes = map[string]string{"roast": "dunkel"} }},
		{"active", "true", func() { p.Active = true }},
	} {
		field.set()
		imported(field.column, counts{updated: 1})
		imported(field.column+" again", counts{unchanged: 1})
		b.holds("products", field.column, field.want)
	}
}
