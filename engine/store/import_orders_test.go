package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"treue/rules/customer"
)

func TestImportOrders(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	o := order("o1", "c1", noon, 1000)
	o.Tax, o.Shipping, o.Cost, o.Discount, o.CouponCode, o.DeliveredAt = new(int64(160)), new(int64(490)), new(int64(300)), 50, "X", new(noon)
	b.orders("first", noon, counts{inserted: 2}, o, order("o2", "c2", noon, 500))
	b.orders("again at the same time", noon, counts{unchanged: 2}, o, order("o2", "c2", noon, 500))
	b.orders("again later", noon.Add(time.Hour), counts{unchanged: 2}, o, order("o2", "c2", noon, 500))
	if got := value[int64](b, `SELECT count(*) FROM customers WHERE email IS NULL AND NOT EXISTS (SELECT FROM consents)`); got != 2 {
		t.Errorf("%d customers without consent, want 2", got)
	}
	fewer := order("o1", "c1", noon, 1000)
	fewer.Discount = 50
	b.orders("a missing column clears nothing", noon, counts{unchanged: 1}, fewer)
	o.Total = 1100
	b.orders("one field", noon, counts{updated: 1}, o)
	b.orders("the last row wins", noon, counts{inserted: 1, unchanged: 2, updated: 1}, order("o3", "c1", noon, 1), order("o3", "c1", noon, 2), order("o3", "c1", noon, 3), order("o2", "c2", noon, 501))
	if got := value[int64](b, `SELECT sum(total)::bigint FROM orders`); got != 1100+501+3 {
		t.Errorf("total = %d", got)
	}
}

// event is one row of order_events in words.
func (b *bench) events(orderID string) string {
	b.Helper()
	return value[string](b, `SELECT coalesce(string_agg(concat_ws(' ', kind, amount, date_part('day', effective_at - $2)), ', ' ORDER BY event_no), '')
		FROM order_events WHERE order_id = $1`, id(orderID), noon)
}

func TestRefundsAndCancellations(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	day := func(n int) time.Time { return noon.AddDate(0, 0, n) }
	type step struct {
		importedOn int
		change     func(*customer.Order)
		want       counts
	}
	refund := func(amount int64, on *time.Time) func(*customer.Order) {
		return func(o *customer.Order) { o.Refund, o.RefundedAt = amount, on }
	}
	status := func(s customer.Status, on *time.Time) func(*customer.Order) {
		return func(o *customer.Order) { o.Status, o.CancelledAt = s, on }
	}
	as := func(*customer.Order) {}
	fresh, changed, same := counts{inserted: 1}, counts{updated: 1}, counts{unchanged: 1}
	for name, test := range map[string]struct {
		steps []step
		want  string
	}{
		"dated":                       {[]step{{9, refund(40, new(day(3))), fresh}, {10, refund(40, new(day(3))), same}}, "refund 40 3"},
		"undated at first":            {[]step{{9, refund(40, nil), fresh}, {9, refund(40, nil), same}}, "refund 40 0"},
		"undated later":               {[]step{{0, as, fresh}, {9, refund(40, nil), changed}}, "refund 40 9"},
		"undated later on that day":   {[]step{{9, as, fresh}, {9, refund(40, nil), changed}}, "refund 40 9"},
		"grows":                       {[]step{{0, refund(40, nil), fresh}, {9, refund(70, new(day(8))), changed}}, "refund 40 0, refund 30 8"},
		"shrinks":                     {[]step{{0, refund(40, nil), fresh}, {9, refund(10, nil), changed}}, "refund 40 0, refund -30 9"},
		"is not named":                {[]step{{0, refund(40, nil), fresh}, {9, as, same}}, "refund 40 0"},
		"cancelled at first":          {[]step{{9, status(customer.StatusCancelled, nil), fresh}, {10, status(customer.StatusCancelled, nil), same}}, "cancel 0 0"},
		"cancelled later":             {[]step{{0, as, fresh}, {9, status(customer.StatusCancelled, nil), changed}}, "cancel 0 9"},
		"cancelled on a day":          {[]step{{0, as, fresh}, {9, status(customer.StatusCancelled, new(day(4))), changed}}, "cancel 0 4"},
		"reopened":                    {[]step{{0, status(customer.StatusCancelled, nil), fresh}, {9, status(customer.StatusPaid, nil), changed}, {10, status(customer.StatusPaid, nil), same}}, "cancel 0 0, reopen 0 9"},
		"completed does not reopen":   {[]step{{0, status(customer.StatusCancelled, nil), fresh}, {9, as, same}}, "cancel 0 0"},
		"reopened and cancelled":      {[]step{{0, status(customer.StatusCancelled, nil), fresh}, {2, status(customer.StatusPaid, nil), changed}, {5, status(customer.StatusCancelled, nil), changed}}, "cancel 0 0, reopen 0 2, cancel 0 5"},
		"cancelled with a refund":     {[]step{{0, as, fresh}, {9, func(o *customer.Order) { o.Status, o.Refund = customer.StatusCancelled, 100 }, changed}}, "cancel 0 9, refund 100 9"},
		"a test order remains a test": {[]step{{0, status(customer.StatusTest, nil), fresh}, {9, as, same}}, ""},
	} {
		for i, s := range test.steps {
			o := order(name, "c "+name, noon, 100)
			s.change(&o)
			b.orders(fmt.Sprintf("%s, step %d", name, i), day(s.importedOn), s.want, o)
		}
		if got := b.events(name); got != test.want {
			t.Errorf("%s: events %q, want %q", name, got, test.want)
		}
	}
}

func TestOrdersMoveWithAllThatHangsOnThem(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	o := order("o1", "guest", noon, 100)
	o.Refund = 20
	b.orders("first", noon, counts{inserted: 1}, o)
	b.lines("lines", noon, counts{inserted: 2}, line(1, "o1", "guest", "p1", 1), line(2, "o1", "guest", "p2", 2))
	moved := order("o1", "c1", noon, 100)
	moved.Refund = 30
	b.orders("under another customer", noon.AddDate(0, 0, 2), counts{updated: 1}, moved)
	b.orders("again", noon.AddDate(0, 0, 3), counts{unchanged: 1}, moved)
	if got := value[string](b, `SELECT concat_ws(' ', (SELECT count(*) FROM orders WHERE customer_id = $1), (SELECT count(*) FROM order_lines WHERE customer_id = $1),
		(SELECT count(*) FROM order_keys WHERE customer_id = $1), (SELECT count(*) FROM orders), (SELECT count(*) FROM order_lines))`, id("c1")); got != "1 2 1 1 2" {
		t.Errorf("orders, lines, keys of the new customer; orders, lines in all: %s", got)
	}
	if got := b.events("o1"); got != "refund 20 0, refund 10 2" {
		t.Errorf("events = %s", got)
	}
	c, err := b.ImportLines(b.ctx(), file("lines", noon), lines(line(1, "o1", "guest", "p1", 1)))
	b.check("lines under the old customer", c, err, counts{rejected: 1})
	if !strings.Contains(c.Rejects[0].Reason, "belongs to another customer than guest") {
		t.Errorf("reason = %s", c.Rejects[0].Reason)
	}
}

func TestImportLines(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.orders("orders", noon, counts{inserted: 2}, order("o1", "c1", noon, 100), order("o2", "c1", noon, 100))
	one, two, three := line(1, "o1", "c1", "p1", 1), line(2, "o1", "c1", "p2", 0.5), line(1, "o2", "c1", "p1", 1)
	one.Name, one.Category, one.UnitCost, one.OrderedAt = "Tea", "tea", new(int64(40)), new(noon)
	b.lines("first", noon, counts{inserted: 3}, one, two, three)
	b.lines("again", noon, counts{unchanged: 3}, one, two, three)
	two.UnitPrice = 120
	b.lines("a set is replaced as a whole", noon, counts{updated: 2, unchanged: 1}, one, two, three)
	b.lines("a shorter set", noon, counts{updated: 1}, two)
	if got := value[int64](b, `SELECT sum(unit_price)::bigint FROM order_lines WHERE order_id = $1`, id("o1")); got != 120 {
		t.Errorf("price of all lines = %d, want that of the one which is left", got)
	}
	c, err := b.ImportLines(b.ctx(), file("lines", noon), lines(line(1, "o9", "c1", "p1", 1), three))
	b.check("unknown order", c, err, counts{rejected: 1, unchanged: 1})
	if !strings.Contains(c.Rejects[0].Reason, "order o9 is unknown: import its order first") || c.Rejects[0].Line != 2 {
		t.Errorf("rejects = %+v", c.Rejects)
	}
}

func TestImportProducts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := customer.Product{
		ID: id("p1"), Source: "shop", ExternalID: "p1", Name: "Tea", Category: "tea", Price: new(int64(500)), Cost: new(int64(200)), TaxRate: new(0.07),
		URL: "https://shop.example/p1", ImageURL: "https://shop.example/p1.png", Attributes: map[string]string{"origin": "Assam"}, Active: true,
	}
	bare := customer.Product{ID: id("p1"), Source: "shop", ExternalID: "p1", Name: "Tea", Active: true}
	off := bare
	off.Active = false
	for _, step := range []struct {
		what string
		rows []customer.Product
		want counts
	}{
		{"first", []customer.Product{p}, counts{inserted: 1}},
		{"again", []customer.Product{p}, counts{unchanged: 1}},
		{"less", []customer.Product{bare}, counts{unchanged: 1}},
		{"twice in one file", []customer.Product{bare, off}, counts{updated: 1, unchanged: 1}},
	} {
		c, err := b.ImportProducts(b.ctx(), file("products", noon), lines(step.rows...))
		b.check(step.what, c, err, step.want)
	}
	if got := value[string](b, `SELECT concat_ws(' ', category, price, cost, tax_rate, url, image_url, attributes->>'origin', active) FROM products`); got != "tea 500 200 0.07 https://shop.example/p1 https://shop.example/p1.png Assam f" {
		t.Errorf("product = %s", got)
	}
}
