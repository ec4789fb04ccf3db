package engine

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"treue/engine/delivery"
	"treue/rules/customer"
)

// TestSavingChangesOnlyWhatWasChanged sends the page's form back as it was shown, and then with a change.
func TestSavingChangesOnlyWhatWasChanged(t *testing.T) {
	t.Parallel()
	born := time.Date(1980, 2, 29, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		known, sent, want, own string
	}{
		{"fr", "", "fr", ""},
		{"fr", "de", "de", "de"},
		{"de", "de", "de", ""},
		{"en", "en", "en", ""},
		{"de", "en", "en", "en"},
		{"", "", "", ""},
		{"", "en", "en", "en"},
		{"de", "tlh", "de", ""},
	} {
		t.Run(c.known+" "+c.sent, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, nil)
			s.customers(1, func(_ int, x *customer.Customer) { x.Language, x.Birthday = c.known, &born })
			s.must(s.Choose(t.Context(), s.preferencesOf(0), Wish{Language: c.sent, Birthday: &born}, s.now))
			got, err := s.Centre(t.Context(), s.preferencesOf(0), s.now)
			s.must(err)
			same(t, "language, own choice", []string{got.Speaks(), got.Preferences.Language}, []string{c.want, c.own})
			if got.Preferences.Birthday != nil {
				t.Error("the birthday that was shown became the customer's own word")
			}
		})
	}
}

// TestDeclarationsSaySomethingNew presses every button three times: a chain grows only by what changes something, and by
// nothing that a stranger makes long.
func TestDeclarationsSaySomethingNew(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(1, nil) // with a consent
	from := Origin{IP: strings.Repeat("1", 9000), UserAgent: strings.Repeat("é", 9000), URL: strings.Repeat("u", 9000)}
	links := 1
	for _, kind := range []customer.ConsentKind{
		customer.ConsentGrant, customer.ConsentAllowProfiling, customer.ConsentWithdraw, customer.ConsentObjectProfiling, customer.ConsentGrant, customer.ConsentAllowProfiling,
	} {
		if links > 1 || kind == customer.ConsentWithdraw {
			links++
		}
		for range 3 {
			s.pass(time.Minute)
			s.must(s.DeclarePreference(t.Context(), s.preferencesOf(0), kind, from, s.now))
		}
		same(t, "declarations after "+string(kind), one[int](s, `SELECT count(*) FROM consents`), links)
	}
	if n := one[int](s, `SELECT max(length(evidence)) FROM consents`); n > 4000 {
		t.Errorf("evidence of %d letters", n)
	}
	same(t, "chain", one[int](s, `SELECT max(seq) FROM consents`), links)
}

// leaving is a mail server whose visitor goes away while it refuses.
type leaving struct {
	cancel func()
	opens  bool
}

func (l leaving) Loopback() bool { return true }

func (l leaving) Open(context.Context) (delivery.Conn, error) {
	if l.opens {
		return l, nil
	}
	l.cancel()
	return nil, errors.New("away")
}

func (l leaving) Send(context.Context, delivery.Prepared) delivery.Outcome {
	l.cancel()
	return delivery.Outcome{Kind: delivery.Deferred, Code: 450}
}

func (l leaving) Close() error { return nil }

// TestFailedConfirmationDoesNotCount lets the visitor leave while the mail server refuses: the address may ask again.
func TestFailedConfirmationDoesNotCount(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	works := s.sender
	for _, opens := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		s.sender = leaving{cancel, opens}
		if err := s.RequestConsent(ctx, "a@b.example", "de", Origin{}, s.now); err == nil {
			t.Error("a mail that was refused is taken for sent")
		}
		same(t, "requests and mails", one[int](s, `SELECT (SELECT count(*) FROM consent_requests) + (SELECT count(*) FROM consent_mails)`), 0)
	}
	s.sender = works
	s.must(s.RequestConsent(t.Context(), "a@b.example", "de", Origin{}, s.now))
}

// TestForgettingWaitsForNothing deletes old requests and clicks on a day on which nothing can be measured.
func TestForgettingWaitsForNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.must(s.RequestConsent(t.Context(), "a@b.example", "de", Origin{}, s.now))
	s.customers(1, nil)
	s.sql(`INSERT INTO mail_events (customer_id, event_id, kind, at, detail) VALUES ($1, 1, 'click', $2, 'https://shop.example/')`, id(0), s.now)
	s.sql(`ALTER TABLE snapshot_pointer RENAME TO snapshot_pointer_away`)
	if err := s.daily(t.Context(), s.now.Add(max(requestLife, clickLife)+time.Second)); err == nil {
		t.Error("the failure is hidden")
	}
	same(t, "requests", one[int](s, `SELECT count(*) FROM consent_requests`), 0)
	same(t, "clicks", one[int](s, `SELECT count(*) FROM mail_events`), 0)
}
