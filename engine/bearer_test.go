package engine

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"treue/engine/store"
	"treue/rules/customer"
)

func TestPreferencesTokenRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k := testKeys()
		who, campaign := rapid.Int64().Draw(t, "customer"), rapid.StringMatching(`[a-z0-9-]{0,64}`).Draw(t, "campaign")
		token := k.PreferencesToken(who, "a@shop.example", campaign)
		b, err := k.ReadPreferences(token)
		if err != nil || b.CustomerID != who || b.Campaign != campaign || !k.reads(b, "a@shop.example") || k.reads(b, "b@shop.example") || k.reads(b, "") {
			t.Fatalf("%+v, %v", b, err)
		}
		old, err := k.ReadPreferences(k.Token(Preferences, who, campaign))
		if err != nil || old.CustomerID != who || old.Campaign != campaign || k.reads(old, "a@shop.example") || k.reads(old, "") {
			t.Fatalf("an old one: %+v, %v", old, err)
		}
		for _, p := range []Purpose{Unsubscribe, Confirm} {
			if _, err := k.ReadPreferences(k.Token(p, who, campaign)); !errors.Is(err, ErrBadToken) {
				t.Fatalf("one to %s opens the preferences: %v", p, err)
			}
			if _, _, err := k.ReadToken(p, token); !errors.Is(err, ErrBadToken) {
				t.Fatalf("it does for one to %s: %v", p, err)
			}
		}
	})
}

// TestLinkOpensItsMailboxAlone lets a customer's address change. The links of before, and those of old that name no
// address, still say no, and nothing else.
func TestLinkOpensItsMailboxAlone(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(2, nil)
	yes := []customer.ConsentKind{customer.ConsentGrant, customer.ConsentAllowProfiling}
	no := []customer.ConsentKind{customer.ConsentWithdraw, customer.ConsentObjectProfiling}
	all := func(token string) (errs []error) {
		_, err := s.Centre(t.Context(), token, s.now)
		errs = append(errs, err, s.Choose(t.Context(), token, Wish{Language: "en"}, s.now), s.Rest(t.Context(), token, true, s.now))
		_, err = s.PersonalDataBy(t.Context(), token, s.now)
		errs = append(errs, err)
		for _, kind := range yes {
			errs = append(errs, s.DeclarePreference(t.Context(), token, kind, Origin{}, s.now))
		}
		return errs
	}
	before, other, old := s.preferencesOf(0), s.preferencesOf(1), s.keys.Token(Preferences, id(0), "winback")
	for _, err := range append(all(before), all(other)...) {
		s.must(err)
	}
	s.customers(1, func(_ int, c *customer.Customer) { c.Email = "moved@customer.example" })
	for what, token := range map[string]string{"of the old address": before, "without an address": old} {
		for i, err := range all(token) {
			if !errors.Is(err, ErrOtherMailbox) {
				t.Errorf("a link %s does %d: %v", what, i, err)
			}
		}
		for _, kind := range no {
			s.pass(time.Second)
			s.must(s.DeclarePreference(t.Context(), token, kind, Origin{}, s.now))
		}
	}
	c, err := s.Store().ChoicesOf(t.Context(), id(0), s.now)
	s.must(err)
	same(t, "consent, objection", []bool{c.Consent.Valid(), c.Consent.ObjectedToProfiling()}, []bool{false, true})
	for _, err := range append(all(s.keys.PreferencesToken(id(0), "moved@customer.example", "winback")), all(other)...) {
		s.must(err)
	}
	s.sql(`UPDATE customers SET email = NULL, address_hash = NULL WHERE customer_id = $1`, id(1))
	if _, err := s.Centre(t.Context(), other, s.now); !errors.Is(err, ErrOtherMailbox) {
		t.Errorf("of a customer without an address: %v", err)
	}
	s.sql(`UPDATE customers SET erased_at = $2 WHERE customer_id = $1`, id(1), s.now)
	if err := s.DeclarePreference(t.Context(), other, customer.ConsentWithdraw, Origin{}, s.now); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of an erased customer: %v", err)
	}
}
