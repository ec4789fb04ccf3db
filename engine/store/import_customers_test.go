package store_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"treue/engine/store"
	"treue/rules/customer"
)

func TestImportCustomers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	full := person("c1", "a@shop.example")
	full.FirstName, full.LastName, full.Language, full.Country, full.Timezone = "Käthe", "Kolb", "de", "AT", "Europe/Vienna"
	full.Postcode, full.City, full.Group, full.Channel, full.AcquisitionCost = "1010", "Wien", "retail", "search", new(int64(150))
	full.Birthday, full.SignedUpAt, full.SubscriptionStartedAt = new(noon.Truncate(24*time.Hour)), new(noon), new(noon)
	full.Tags, full.NoticeAt, full.BasisOrderID, full.BasisCategory = []string{"a", "b"}, new(noon), "o1", "tea"

	b.customers("first", noon, counts{inserted: 2}, full, person("c2", ""))
	b.customers("again at the same time", noon, counts{unchanged: 2}, full, person("c2", ""))
	b.customers("again later", noon.Add(time.Hour), counts{unchanged: 2}, full, person("c2", ""))
	b.customers("an empty cell clears nothing", noon.Add(time.Hour), counts{unchanged: 1}, person("c1", ""))
	changed := full
	changed.FirstName = "Katharina"
	b.customers("one field", noon.Add(2*time.Hour), counts{updated: 1, unchanged: 1}, changed, person("c2", ""))
	if got := value[string](b, `SELECT first_name || last_name || city || array_to_string(tags, '') FROM customers WHERE external_id = 'c1'`); got != "KatharinaKolbWienab" {
		t.Errorf("after the update: %s", got)
	}
	retagged := person("c1", "")
	retagged.Tags = []string{"c"}
	b.customers("tags are a whole", noon.Add(3*time.Hour), counts{updated: 1}, retagged)
	if got := value[[]string](b, `SELECT tags FROM customers WHERE external_id = 'c1'`); !slices.Equal(got, []string{"c"}) {
		t.Errorf("tags = %v", got)
	}
	first, last := person("c3", ""), person("c3", "")
	first.City, last.City = "Graz", "Linz"
	b.customers("the last row wins", noon, counts{inserted: 1, unchanged: 2}, first, first, last)
	if got := value[string](b, `SELECT city FROM customers WHERE external_id = 'c3'`); got != "Linz" {
		t.Errorf("city = %s", got)
	}
	b.customers("an empty file", noon, counts{})
}

func TestImportNumbersAndRecordsItself(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if id, at, err := b.NewestImport(b.ctx(), "customers"); id != 0 || at != nil || err != nil {
		t.Fatal(id, at, err)
	}
	in := file("customers", noon)
	in.Close = func() (string, int64) { return "abc", 3 }
	if _, err := b.ImportCustomers(b.ctx(), in, pepper, lines(person("c1", ""))); err != nil {
		t.Fatal(err)
	}
	b.orders("orders", noon.Add(time.Hour), counts{inserted: 1}, order("o1", "c1", noon, 100))
	id, at, err := b.NewestImport(b.ctx(), "customers")
	if id != 2 || at == nil || !at.Equal(noon) || err != nil {
		t.Errorf("newest = %d at %v, %v; want 2 and the customers' time", id, at, err)
	}
	if got := value[string](b, `SELECT concat_ws(' ', kind, source, file_name, file_hash, inserted, updated, unchanged, rejected) FROM imports WHERE import_id = 1`); got != "customers shop customers.csv abc 1 0 0 3" {
		t.Errorf("import = %s", got)
	}
}

func TestSecondAccounts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const mail = "a@shop.example"
	b.customers("in one file", noon, counts{inserted: 3}, person("c1", mail), person("c2", "A@shop.example"), person("c9", "z@shop.example"))
	b.customers("again", noon, counts{unchanged: 3}, person("c1", mail), person("c2", "A@shop.example"), person("c9", "z@shop.example"))
	b.customers("in a later file", noon, counts{inserted: 1}, person("c3", mail))
	if got := value[int64](b, `SELECT count(*) FROM customers`); got != 2 {
		t.Errorf("%d customers, want 2", got)
	}
	if got := value[int64](b, `SELECT count(*) FROM customer_aliases WHERE customer_id = $1`, id("c1")); got != 2 {
		t.Errorf("%d aliases, want 2", got)
	}
	b.orders("orders of all accounts", noon, counts{inserted: 2}, order("o1", "c2", noon, 100), order("o2", "c3", noon, 100))
	if got := value[int64](b, `SELECT count(*) FROM orders WHERE customer_id = $1`, id("c1")); got != 2 {
		t.Errorf("%d orders under the person, want 2", got)
	}
	b.lines("lines of an alias", noon, counts{inserted: 1}, line(1, "o1", "c2", "p", 1))

	b.customers("consent", noon, counts{updated: 1}, says(person("c1", mail), true, noon.Add(-time.Hour), "form"))
	b.customers("an alias says no", noon.Add(time.Hour), counts{updated: 1}, says(person("c2", mail), false, time.Time{}, ""))
	b.customers("and says it again", noon.Add(2*time.Hour), counts{unchanged: 1}, says(person("c2", mail), false, time.Time{}, ""))
	if a := b.aggregate(noon.Add(3*time.Hour), "c1"); a.ConsentDates.Valid() {
		t.Error("the person is still mailed")
	}
	if err := b.Declare(b.ctx(), id("c3"), customer.ConsentEvent{Kind: customer.ConsentObjectMarketing, EffectiveAt: noon, Source: "link"}, "x"); err != nil {
		t.Error(err)
	}
	if a := b.aggregate(noon.Add(3*time.Hour), "c1"); a.ConsentDates.ObjectedAt == nil {
		t.Error("an objection under a second account is lost")
	}
}

func TestAddressesBelongToOne(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.customers("known", noon, counts{inserted: 4}, person("c1", "a@shop.example"), person("c2", "b@shop.example"), person("c3", ""), person("c4", ""))
	c := b.customers("taken", noon, counts{rejected: 1, updated: 1}, person("c3", "c@shop.example"), person("c2", "a@shop.example"))
	if len(c.Rejects) != 1 || c.Rejects[0].Line != 3 || !strings.Contains(c.Rejects[0].Reason, "belongs to customer c1") {
		t.Errorf("rejects = %v", c.Rejects)
	}
	if got := value[string](b, `SELECT email FROM customers WHERE external_id = 'c2'`); got != "b@shop.example" {
		t.Errorf("c2 has %s", got)
	}
	b.customers("two known ones want the same", noon, counts{rejected: 1, updated: 1}, person("c1", "n@shop.example"), person("c4", "n@shop.example"))
	b.customers("a known one goes before a newcomer", noon, counts{inserted: 1, updated: 1}, person("c5", "m@shop.example"), person("c4", "m@shop.example"))
	if got := value[int64](b, `SELECT customer_id FROM customer_aliases WHERE alias_id = $1`, id("c5")); got != id("c4") {
		t.Error("the newcomer is not the alias of the known customer")
	}
	b.customers("a change of address", noon, counts{updated: 1}, person("c1", "new@shop.example"))
	b.customers("the old address is free", noon, counts{inserted: 1}, person("c6", "n@shop.example"))
	if got := value[int64](b, `SELECT count(*) FROM customers WHERE external_id = 'c6'`); got != 1 {
		t.Error("the old address still belongs to who gave it up")
	}
	if got := value[int64](b, `SELECT count(*) FROM customers c FULL JOIN address_keys k USING (address_hash)
		WHERE (c.email IS NOT NULL OR k.address_hash IS NOT NULL) AND c.customer_id IS DISTINCT FROM k.customer_id`); got != 0 {
		t.Errorf("%d addresses have another owner than the customers say", got)
	}
}

func TestRejectedRowsDeclareNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.customers("known", noon, counts{inserted: 2}, says(person("c1", "a@shop.example"), true, noon.Add(-time.Hour), "form"), person("c2", "b@shop.example"))
	stranger := says(person("x", "x@shop.example"), true, noon.Add(-time.Hour), "form")
	stranger.ID = id("c2")
	c := b.customers("colliding", noon, counts{rejected: 1}, stranger)
	if !strings.Contains(c.Rejects[0].Reason, "collides with that of shop:c2") {
		t.Errorf("reason = %s", c.Rejects[0].Reason)
	}
	b.customers("taken", noon, counts{rejected: 1}, says(person("c2", "a@shop.example"), true, noon.Add(-time.Hour), "form"))
	if b.aggregate(noon, "c2").ConsentDates.GrantedAt != nil {
		t.Error("a rejected row granted consent")
	}
	b.customers("a withdrawal of a rejected row counts", noon, counts{rejected: 1}, says(person("c1", "b@shop.example"), false, time.Time{}, ""))
	if b.aggregate(noon, "c1").ConsentDates.Valid() {
		t.Error("a withdrawal was lost with the row")
	}
}

func TestCollidingIDs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.customers("known", noon, counts{inserted: 2}, person("c1", "a@shop.example"), person("alias", "a@shop.example"))
	b.orders("known", noon, counts{inserted: 1}, order("o1", "c1", noon, 100))
	twin, other, same := person("c9", ""), person("c10", ""), person("y", "")
	other.ID, same.ID = twin.ID, id("alias")
	b.customers("in one file and with an alias", noon, counts{inserted: 1, rejected: 2}, twin, other, same)
	o := order("o2", "c1", noon, 100)
	o.ID = id("o1")
	foreign := order("o3", "z", noon, 100)
	foreign.CustomerID = id("c1")
	b.orders("orders", noon, counts{rejected: 2}, o, foreign)
	p := customer.Product{ID: 1, Source: "shop", ExternalID: "p1", Name: "tea"}
	q := p
	q.ExternalID = "p2"
	if c, err := b.ImportProducts(b.ctx(), file("products", noon), lines(p, q)); err != nil || c.Inserted != 1 || len(c.Rejects) != 1 {
		t.Errorf("products: %+v, %v", c, err)
	}
}

func TestErasedCustomersStayAway(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.customers("known", noon, counts{inserted: 2}, person("c1", "a@shop.example"), person("alias", "a@shop.example"))
	b.exec(`UPDATE customers SET email = NULL, address_hash = NULL, first_name = NULL, erased_at = $1`, noon)
	b.exec(`DELETE FROM address_keys`)
	back := says(person("c1", "a@shop.example"), true, noon, "form")
	back.FirstName = "Käthe"
	b.customers("in a file", noon, counts{unchanged: 2}, back, says(person("alias", "a@shop.example"), true, noon, "form"))
	b.orders("an order", noon, counts{unchanged: 1}, order("o1", "c1", noon, 100))
	if got := value[int64](b, `SELECT (SELECT count(*) FROM consents) + (SELECT count(*) FROM orders) + count(first_name) + count(email) FROM customers`); got != 0 {
		t.Errorf("%d traces of an erased customer came back", got)
	}
	b.customers("a new account with the old address", noon, counts{unchanged: 1, inserted: 1}, back, person("c2", "a@shop.example"))
	if got := value[string](b, `SELECT email FROM customers WHERE external_id = 'c2'`); got != "a@shop.example" {
		t.Errorf("the new account has %s", got)
	}
}

// broken yields n good rows and then fails.
func broken(n int, cause error) iter.Seq2[store.Numbered[customer.Customer], error] {
	return func(yield func(store.Numbered[customer.Customer], error) bool) {
		for i := range n {
			if !yield(store.Numbered[customer.Customer]{Line: i + 2, Record: person(strings.Repeat("x", i%50+1)+time.Duration(i).String(), "")}, nil) {
				return
			}
		}
		yield(store.Numbered[customer.Customer]{}, cause)
	}
}

func TestAnImportIsWholeOrNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	cause := errors.New("the file ends within a cell")
	_, err := b.ImportCustomers(b.ctx(), file("customers", noon), pepper, broken(2000, cause))
	if !errors.Is(err, cause) {
		t.Errorf("error = %v", err)
	}
	ctx, cancel := context.WithCancel(b.ctx())
	rows := func(yield func(store.Numbered[customer.Customer], error) bool) {
		yield(store.Numbered[customer.Customer]{Line: 2, Record: person("c1", "")}, nil)
		cancel()
	}
	if _, err := b.ImportCustomers(ctx, file("customers", noon), pepper, rows); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
	if got := value[int64](b, `SELECT (SELECT count(*) FROM customers) + count(*) FROM imports`); got != 0 {
		t.Errorf("%d rows left behind", got)
	}
	b.customers("the next one works", noon, counts{inserted: 1}, person("c1", ""))
}

func TestImportsAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var people []customer.Customer
	var bought []customer.Order
	for i := range 200 {
		who := "c" + time.Duration(i).String()
		people = append(people, says(person(who, who+"@shop.example"), true, noon.Add(-time.Hour), "form"))
		bought = append(bought, order("o"+who, who, noon, 100))
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var total store.Counts
	run := func(c store.Counts, err error) {
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			t.Error(err)
		}
		total.Inserted, total.Updated, total.Unchanged = total.Inserted+c.Inserted, total.Updated+c.Updated, total.Unchanged+c.Unchanged
	}
	for range 3 {
		wg.Go(func() { run(b.ImportCustomers(b.ctx(), file("customers", noon), pepper, lines(people...))) })
		wg.Go(func() { run(b.ImportOrders(b.ctx(), file("orders", noon), lines(bought...))) })
	}
	wg.Wait()
	// Customers whom an order brought first are updated by the file of customers.
	if total.Inserted+total.Updated+total.Unchanged != 1200 || total.Inserted < 400-200 || total.Inserted > 400 {
		t.Errorf("in all %+v", total)
	}
	if got := value[int64](b, `SELECT (SELECT count(*) FROM customers) * 1000000 + (SELECT count(*) FROM orders) * 1000 + count(*) FROM consents`); got != 200200200 {
		t.Errorf("customers, orders, consents = %d", got)
	}
}
