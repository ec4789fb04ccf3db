package engine

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/enginetest"
	"treue/rules/customer"
)

// TestMailFacts holds that a mail says what the snapshot knows, and waits for a person where it does not know it.
func TestMailFacts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		template string
		values   map[string]string
		born     bool
		says     string // in the text part; "": it is held
		why      string
	}{
		{"birthday", nil, true, "zum 4. Mai wünschen wir Ihnen", ""},
		{"birthday", nil, false, "", "customer.birthday"},
		{"anniversary", nil, false, "Inzwischen sind 2 Bestellungen daraus geworden", ""},
		{"feedback-question", nil, false, "am 5. Dezember 2025 haben Sie zuletzt bei uns bestellt", ""},
		{"tier-reached", map[string]string{"tier": "Stammgast"}, false, "Stammgast", ""},
		{"tier-reached", nil, false, "", "values.tier"},
		{"bundle-offer", nil, false, "", "bundle.name"},
	} {
		s := newShop(t, nil)
		s.customers(2, func(_ int, c *customer.Customer) {
			if test.born {
				c.Birthday = new(time.Date(1984, 5, 4, 0, 0, 0, 0, time.UTC))
			}
		})
		s.start(func(d *campaigns.Definition) {
			d.Holdout, d.Steps = 0, []campaigns.Step{{Key: "one", Template: test.template, Values: test.values}}
		})
		sent := s.run("winback").Sends
		if test.says == "" {
			same(t, test.template+" is held", sent, states{campaigns.Held: 2})
			if reason := one[string](s, `SELECT DISTINCT reason FROM sends`); !strings.Contains(reason, "no value for "+test.why) {
				t.Errorf("%s is held for %q", test.template, reason)
			}
			continue
		}
		same(t, test.template+" is sent", sent, states{campaigns.Accepted: 2})
		if text := partOf(t, s.smtp.Mails()[0], "text/plain"); !strings.Contains(text, test.says) {
			t.Errorf("%s says\n%s", test.template, text)
		}
	}
}

// TestMailTiles holds that mails show what a customer will want next, with what the range says of it, and the bundle that
// suits them.
func TestMailTiles(t *testing.T) {
	t.Parallel()
	s := coffeeShop(t)
	yes, since := true, s.now.AddDate(-2, 0, 0)
	people := []customer.Customer{{
		ID: id(60), Source: "shop", ExternalID: name(60), Email: address(60), Language: "de", Consent: &yes, ConsentAt: &since, ConsentSource: "checkout",
	}}
	_, err := s.Store().ImportCustomers(t.Context(), s.intake("customers"), testKeys().Pepper, numbered(people))
	s.must(err)
	products := []customer.Product{
		{ID: customer.NewID("shop", "grinder"), Source: "shop", ExternalID: "grinder", Name: "Mühle", URL: "https://shop.example.com/p/grinder", ImageURL: "https://shop.example.com/i/grinder.jpg", Price: new(int64(8900)), Active: true},
		{ID: customer.NewID("shop", "machine"), Source: "shop", ExternalID: "machine", Name: "Maschine", URL: "javascript:alert(1)", Price: new(int64(50000)), Active: true},
	}
	_, err = s.Store().ImportProducts(t.Context(), s.intake("products"), numbered(products))
	s.must(err)
	for _, test := range []struct{ template, says string }{
		{"crosssell-next", "Das hier könnte Ihnen gefallen:\n\nMühle <https://shop.example.com/p/grinder>\n89,00"},
		{"bundle-offer", "Zusammen 589,00"},
	} {
		s.start(func(d *campaigns.Definition) {
			d.Key, d.Audience, d.Holdout, d.Steps = test.template, "orders == 1", 0, []campaigns.Step{{Key: "one", Template: test.template}}
		})
		same(t, test.template, s.run(test.template).Sends, states{campaigns.Accepted: 1})
		mails := s.smtp.Mails()
		if text := partOf(t, mails[len(mails)-1], "text/plain"); !strings.Contains(text, test.says) || strings.Contains(text, "javascript") {
			t.Errorf("%s says\n%s", test.template, text)
		}
		s.days(8)
	}
}

// partOf returns the part of a mail that has the media type, decoded.
func partOf(t *testing.T, m enginetest.SMTPMail, mediaType string) string {
	t.Helper()
	read, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	for parts := multipart.NewReader(read.Body, params["boundary"]); ; { // undoes quoted-printable, too
		part, err := parts.NextPart()
		if err != nil {
			t.Fatalf("no part is %s: %v", mediaType, err)
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), mediaType) {
			text, err := io.ReadAll(part)
			if err != nil {
				t.Fatal(err)
			}
			return strings.ReplaceAll(string(text), "\r\n", "\n")
		}
	}
}
