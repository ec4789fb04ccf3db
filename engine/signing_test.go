package engine

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"treue/campaigns"
	"treue/engine/delivery"
)

// TestSignedMailArrives verifies what the mail server was given, as receivers do.
func TestSignedMailArrives(t *testing.T) {
	t.Parallel()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := delivery.LoadDKIM("shop.example", []delivery.KeyFile{{Selector: "s1", Path: path}})
	if err != nil {
		t.Fatal(err)
	}
	records, err := d.Records()
	if err != nil {
		t.Fatal(err)
	}
	s := newShop(t, func(c *Config) { c.DKIM = d })
	s.customers(5, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0; oneMail(d) })
	same(t, "sends", s.run("winback").Sends, states{campaigns.Accepted: 5})
	s.Letters = plainLetter
	s.must(s.SendMonth(t.Context(), &Month{From: s.now, Until: s.now}, "boss@shop.example", s.now))
	for _, m := range s.smtp.Mails() {
		found, err := dkim.VerifyWithOptions(bytes.NewReader(m.Raw), &dkim.VerifyOptions{
			LookupTXT: func(name string) ([]string, error) {
				same(t, "name", name, "s1._domainkey.shop.example")
				return []string{records[0].Value}, nil
			},
		})
		if err != nil || len(found) != 1 || found[0].Err != nil {
			t.Errorf("signatures of %s: %+v, %v", m.To, found, err)
		}
	}
}
