package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"treue/engine/store"
	"treue/rules/customer"
)

// signUp confirms a consent for an address at a time, and returns whose it is.
func (b *bench) signUp(email string, at time.Time) int64 {
	b.Helper()
	r := store.ConsentRequest{
		ID: customer.NewID(email, at.String()), Email: email, AddressHash: customer.AddressHash(pepper, email), Language: "de", RequestedAt: at,
		Text: "Ja", Purposes: []string{"mail"}, MessageID: "m", MailHash: "h",
	}
	if err := b.OpenRequest(b.ctx(), r); err != nil {
		b.Fatal(err)
	}
	if err := b.ConfirmRequest(b.ctx(), r.ID, at.Add(time.Minute), func(store.ConsentRequest) string { return "confirmed" }); err != nil {
		b.Fatal(err)
	}
	return value[int64](b, `SELECT customer_id FROM address_keys WHERE address_hash = $1`, r.AddressHash)
}

// mismatches counts addresses that belong to another customer than the customers say, and customers who share one.
func (b *bench) mismatches() int64 {
	b.Helper()
	return value[int64](b, `SELECT (SELECT count(*) FROM customers c FULL JOIN address_keys k USING (address_hash)
			WHERE (c.email IS NOT NULL OR k.address_hash IS NOT NULL) AND c.customer_id IS DISTINCT FROM k.customer_id)
		+ (SELECT count(*) - count(DISTINCT address_hash) FROM customers WHERE address_hash IS NOT NULL)`)
}

// whois is a customer as the shop knows them.
func (b *bench) whois(customerID int64) string {
	b.Helper()
	return value[string](b, `SELECT concat_ws(' ', source, external_id, email) FROM customers WHERE customer_id = $1`, customerID)
}

// TestShopAdoptsWhoSignedUpFirst lets somebody sign up before the shop's files come, which bring two accounts with that
// address in any order: the first is theirs, the second its alias, and all that is under either finds them.
func TestShopAdoptsWhoSignedUpFirst(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i, places := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		p := fmt.Sprint("p", i)
		rows := []customer.Customer{person(p+"a", p+"@shop.example"), person(p+"b", p+"@shop.example"), person(p+"c", p+"c@shop.example")}
		first := p + "a"
		if slices.Index(places, 1) < slices.Index(places, 0) {
			first = p + "b"
		}
		var file []customer.Customer
		for _, j := range places {
			file = append(file, rows[j])
		}
		who := b.signUp(p+"@shop.example", noon)
		b.customers("customers", noon.Add(time.Hour), counts{inserted: 2, updated: 1}, file...)
		if got, want := b.whois(who), "shop "+first+" "+p+"@shop.example"; got != want {
			t.Fatalf("rows %v: the customer is %q, want %q", places, got, want)
		}
		b.orders("orders", noon, counts{inserted: 3}, order(p+"oa", p+"a", noon, 100), order(p+"ob", p+"b", noon, 100), order(p+"oc", p+"c", noon, 100))
		if got := value[int64](b, `SELECT count(*) FROM orders WHERE customer_id = $1`, who); got != 2 {
			t.Errorf("rows %v: %d orders, want those of both accounts", places, got)
		}
		slices.Reverse(file)
		b.customers("once more", noon.Add(2*time.Hour), counts{unchanged: 3}, file...)
		changed := person(first, p+"@shop.example")
		changed.FirstName = "Käthe"
		b.customers("news", noon.Add(2*time.Hour), counts{updated: 1}, changed)
		if got := value[string](b, `SELECT first_name FROM customers WHERE customer_id = $1`, who); got != "Käthe" {
			t.Errorf("rows %v: the shop's news did not reach the customer: %q", places, got)
		}
		for _, account := range []string{p + "a", p + "b"} {
			if c, err := b.FindCustomer(b.ctx(), account); err != nil || c.ID != who {
				t.Errorf("rows %v: %s leads to %+v, %v", places, account, c, err)
			}
		}
		c, err := b.ChoicesOf(b.ctx(), id(first), noon.Add(3*time.Hour))
		if err != nil || c.ID != who || !c.Consent.Valid() {
			t.Errorf("rows %v: the consent is gone: %+v, %v", places, c, err)
		}
		if bad, err := b.CheckChain(b.ctx(), who); bad != 0 || err != nil {
			t.Errorf("rows %v: the chain breaks at %d, %v", places, bad, err)
		}
		b.customers("the shop's account says no", noon.Add(4*time.Hour), counts{updated: 1}, says(changed, false, time.Time{}, ""))
		if c, err := b.ChoicesOf(b.ctx(), who, noon.Add(5*time.Hour)); err != nil || c.Consent.Valid() {
			t.Errorf("rows %v: a withdrawal under the shop's id is lost: %v", places, err)
		}
	}
	if n := b.mismatches(); n != 0 {
		t.Errorf("%d addresses are not their owners'", n)
	}
}

// TestSwallowedAccountsAreAdopted mends what imports did before they adopted anybody: the shop's account is an alias of a
// customer whose name is a hash.
func TestSwallowedAccountsAreAdopted(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	who := b.signUp("a@shop.example", noon)
	b.exec(`INSERT INTO customer_aliases VALUES ($1, $2, 'shop', 'c1', $3)`, id("c1"), who, noon)
	b.customers("the next file", noon, counts{updated: 1}, person("c1", "a@shop.example"))
	if got := b.whois(who); got != "shop c1 a@shop.example" {
		t.Errorf("the customer is %q", got)
	}
}

// TestErasedSignUpsStayAway holds that neither a file nor another sign-up brings an erased customer back.
func TestErasedSignUpsStayAway(t *testing.T) {
	t.Parallel()
	for _, keyLeft := range []bool{false, true} {
		b := newBench(t)
		who := b.signUp("a@shop.example", noon)
		b.exec(`UPDATE customers SET email = NULL, address_hash = NULL, erased_at = $1`, noon)
		if !keyLeft { // else the shop's account becomes an alias of the erased
			b.exec(`DELETE FROM address_keys`)
		}
		b.customers("a file", noon, counts{inserted: 1}, says(person("c1", "a@shop.example"), true, noon, "form"))
		again := b.signUp("a@shop.example", noon.Add(25*time.Hour))
		if keyLeft == (again == id("c1")) || again == who {
			t.Errorf("key left %t: whoever signs up anew is %s", keyLeft, b.whois(again))
		}
		if got := b.whois(who); !strings.HasPrefix(got, "consent-form ") || strings.Contains(got, "@") {
			t.Errorf("key left %t: the erased customer is back: %s", keyLeft, got)
		}
		if got := value[int64](b, `SELECT count(*) FROM consents WHERE customer_id = $1`, who); got != 1 {
			t.Errorf("key left %t: %d declarations of the erased, want the old one", keyLeft, got)
		}
		if n := b.mismatches(); n != 0 {
			t.Errorf("key left %t: %d addresses are not their owners'", keyLeft, n)
		}
	}
}

// TestOldAddressIsSomebodyElses lets somebody sign up whose address was another customer's before: that one keeps the new
// address and every declaration.
func TestOldAddressIsSomebodyElses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	who := b.signUp("a@shop.example", noon)
	b.customers("adopted", noon, counts{updated: 1}, person("c1", "a@shop.example"))
	b.customers("moved", noon, counts{updated: 1}, person("c1", "new@shop.example"))
	other := b.signUp("a@shop.example", noon.Add(25*time.Hour))
	if got := b.whois(who); other == who || got != "shop c1 new@shop.example" {
		t.Errorf("the moved customer is %q; the other one's id is the same: %t", got, other == who)
	}
	b.customers("and again", noon, counts{updated: 1}, person("c2", "a@shop.example"))
	if got := b.whois(other); got != "shop c2 a@shop.example" {
		t.Errorf("the other one is %q", got)
	}
	if n := b.mismatches(); n != 0 {
		t.Errorf("%d addresses are not their owners'", n)
	}
}
