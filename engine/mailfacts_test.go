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
