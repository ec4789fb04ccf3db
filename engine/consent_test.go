package engine

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"treue/engine/store"
	"treue/rules/customer"
)

// requestOf reads the newest request for consent.
func requestOf(s *shop) store.ConsentRequest {
	s.t.Helper()
	r, err := s.Store().ConsentRequest(s.t.Context(), one[int64](s, `SELECT request_id FROM consent_requests ORDER BY requested_at DESC LIMIT 1`))
	s.must(err)
	return r
}

func tokenOf(link string) string { return link[strings.LastIndexByte(link, '/')+1:] }

func TestDoubleOptIn(t *testing.T) {
	t.Parallel()
	for name, known := range map[string]bool{"a customer": true, "a stranger": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, nil)
			if known {
				s.customers(1, func(_ int, c *customer.Customer) { c.Consent = nil })
			}
			from := Origin{IP: "192.0.2.1", UserAgent: "Browser/1", URL: "https://shop.example/newsletter"}
			s.must(s.RequestConsent(t.Context(), strings.ToUpper(address(0)), "en", from, s.now))
			mails := s.smtp.Mails()
			same(t, "mails", len(mails), 1)
			raw := string(mails[0].Raw)
			for _, banned := range []string{"<img", "url(", "List-Unsubscribe", "<script", "coupon"} {
				if strings.Contains(strings.ReplaceAll(raw, "=\r\n", ""), banned) {
					t.Errorf("the confirmation mail holds %s", banned)
				}
			}
			r := requestOf(s)
			same(t, "consents before", one[int](s, `SELECT count(*) FROM consents WHERE kind = 'grant'`), 0)
			confirm := Origin{IP: "192.0.2.2", UserAgent: "Browser/2"}
			for range 3 { // people press buttons twice
				s.must(s.ConfirmConsent(t.Context(), tokenOf(s.ConfirmLink(r)), confirm, s.now.Add(time.Hour)))
			}
			same(t, "grants", one[int](s, `SELECT count(*) FROM consents WHERE kind = 'grant' AND proven`), 1)
			who := one[int64](s, `SELECT customer_id FROM address_keys WHERE address_hash = (SELECT address_hash FROM consent_requests)`)
			same(t, "is the customer", who == id(0), known)
			chain, err := s.Store().Declarations(t.Context(), who)
			s.must(err)
			v, ok := ReadEvidence(chain[len(chain)-1].Evidence)
			same(t, "evidence", ok, true)
			same(t, "request", []any{v.Origin, v.RequestedAt.Equal(s.now), v.Text, v.MessageID}, []any{from, true, s.ConsentText("en"), strings.Trim(mails[0].MessageID, "<>")})
			same(t, "confirmation", []any{*v.Confirmed, v.ConfirmedAt.Equal(s.now.Add(time.Hour))}, []any{confirm, true})
			same(t, "hash of the mail", v.MailHash, fmt.Sprintf("%x", sha256.Sum256(mails[0].Raw)))
			c, err := s.Store().ChoicesOf(t.Context(), who, s.now.Add(2*time.Hour))
			s.must(err)
			same(t, "consent stands", c.Consent.Valid(), true)
		})
	}
}

func TestConfirmLinksEnd(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.must(s.RequestConsent(t.Context(), "a@b.example", "", Origin{}, s.now))
	token := tokenOf(s.ConfirmLink(requestOf(s)))
	for _, bad := range []string{"", token + "A", s.keys.Token(Preferences, 1, "x"), s.keys.Token(Confirm, 1, "soon"), NewKeys().Token(Confirm, 1, "99999999999")} {
		if err := s.ConfirmConsent(t.Context(), bad, Origin{}, s.now); !errors.Is(err, ErrBadToken) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := s.ConfirmConsent(t.Context(), token, Origin{}, s.now.Add(7*24*time.Hour)); !errors.Is(err, ErrExpired) {
		t.Errorf("after seven days: %v", err)
	}
	same(t, "forgotten before 14 days", forget(s, s.now.Add(14*24*time.Hour)), 0)
	same(t, "forgotten after", forget(s, s.now.Add(14*24*time.Hour+time.Second)), 1)
	if err := s.ConfirmConsent(t.Context(), token, Origin{}, s.now); !errors.Is(err, ErrExpired) {
		t.Errorf("of a forgotten request: %v", err)
	}
	same(t, "consents", one[int](s, `SELECT count(*) FROM consents`), 0)
}

// forget lets the daily work of a day delete old requests, and counts them.
func forget(s *shop, now time.Time) int {
	s.t.Helper()
	before := one[int](s, `SELECT count(*) FROM consent_requests`)
	s.sql(`DELETE FROM ticks`)
	s.must(s.daily(s.t.Context(), now))
	return before - one[int](s, `SELECT count(*) FROM consent_requests`)
}

func TestConfirmationMailsAreRationed(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	for _, tt := range []struct {
		after time.Duration
		fails bool
	}{{0, false}, {time.Minute, true}, {24*time.Hour - time.Second, true}, {24 * time.Hour, false}, {48 * time.Hour, false}, {72 * time.Hour, true}, {9000 * time.Hour, true}} {
		err := s.RequestConsent(t.Context(), "Spam@Victim.example", "de", Origin{}, s.now.Add(tt.after))
		if errors.Is(err, store.ErrMailedEnough) != tt.fails || err != nil && !tt.fails {
			t.Errorf("after %v: %v", tt.after, err)
		}
	}
	same(t, "mails", len(s.smtp.Mails()), 3)
	s.must(s.Store().Suppress(t.Context(), customer.AddressHash(testKeys().Pepper, "no@victim.example"), "complaint", s.now))
	if err := s.RequestConsent(t.Context(), "NO@victim.example", "de", Origin{}, s.now); !errors.Is(err, store.ErrSuppressed) {
		t.Errorf("to a suppressed address: %v", err)
	}
	same(t, "mails to the suppressed", len(s.smtp.Mails()), 3)
}
