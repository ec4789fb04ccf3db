package delivery

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"treue/templates"
)

// zone is a DNS of the test's own.
type zone map[string][]string

func (z zone) lookup(_ context.Context, name string) ([]string, error) {
	if found, ok := z[name]; ok {
		return found, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

// keyFile writes a private key as operators keep it.
func keyFile(t testing.TB, key any, mode os.FileMode) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pemFile(t, "PRIVATE KEY", der, mode)
}

func pemFile(t testing.TB, kind string, der []byte, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dkim.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // past the umask
		t.Fatal(err)
	}
	return path
}

func rsaKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func edKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// bothKeys signs for shop.example with an Ed25519 and an RSA key, and publishes them.
func bothKeys(t testing.TB) (*DKIM, zone) {
	t.Helper()
	d, err := LoadDKIM("shop.example", []KeyFile{{"e1", keyFile(t, edKey(t), 0o600)}, {"r1", keyFile(t, rsaKey(t, 2048), 0o640)}})
	if err != nil {
		t.Fatal(err)
	}
	records, err := d.Records()
	if err != nil {
		t.Fatal(err)
	}
	z := zone{}
	for _, r := range records {
		z[r.Name] = []string{r.Value}
	}
	return d, z
}

func signed(t testing.TB, d *DKIM, m Message) Prepared {
	t.Helper()
	p, err := Prepare(m)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = d.Sign(p); err != nil {
		t.Fatal(err)
	}
	if err := checkLines(p.Raw); err != nil {
		t.Fatal(err)
	}
	return p
}

// verified counts the signatures of a mail and those that hold.
func verified(t testing.TB, z zone, raw []byte) (all, good int) {
	t.Helper()
	found, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{
		LookupTXT: func(name string) ([]string, error) { return z.lookup(t.Context(), name) },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		if v.Err == nil {
			good++
		}
	}
	return len(found), good
}

// TestStarterMailsVerify renders, signs and verifies every mail that comes with the product.
func TestStarterMailsVerify(t *testing.T) {
	t.Parallel()
	d, z := bothKeys(t)
	set, err := templates.Starters()
	if err != nil {
		t.Fatal(err)
	}
	if len(set.List()) == 0 {
		t.Fatal("there are no starter mails")
	}
	for _, template := range set.List() {
		t.Run(template.Key()+"/"+template.Language(), func(t *testing.T) {
			t.Parallel()
			rendered, err := template.Render(templates.Sample(template.Language(), time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)))
			if err != nil {
				t.Fatal(err)
			}
			m := sample()
			m.Subject, m.HTML, m.Text, m.Language = rendered.Subject, rendered.HTML, rendered.Text, template.Language()
			if all, good := verified(t, z, signed(t, d, m).Raw); all != 2 || good != 2 {
				t.Errorf("%d of %d signatures hold, want 2 of 2", good, all)
			}
		})
	}
}

// TestSignedHeaders holds what h= lists, with and without the headers of bulk mail.
func TestSignedHeaders(t *testing.T) {
	t.Parallel()
	d, z := bothKeys(t)
	twice := "From:From:To:To:Subject:Subject:Date:Date"
	service := sample()
	service.ReplyTo, service.Unsubscribe, service.UnsubscribeMailto, service.ListID, service.FeedbackID = Address{}, "", "", "", ""
	long := sample()
	long.Subject = strings.Repeat("Schöne Grüße und ein Gutschein ", 20)
	long.Unsubscribe = "https://shop.example/u/" + strings.Repeat("a", 600)
	long.From.Name = strings.Repeat("Müllers Käse & Söhne ", 10)
	for name, c := range map[string]struct {
		message Message
		want    []string
	}{
		"bulk": {sample(), []string{"Reply-To", "Message-ID", "MIME-Version", "Content-Type", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID"}},
		"long": {long, []string{"Reply-To", "Message-ID", "MIME-Version", "Content-Type", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID"}},
		"bare": {service, []string{"Message-ID", "MIME-Version", "Content-Type"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := signed(t, d, c.message).Raw
			if all, good := verified(t, z, raw); all != 2 || good != 2 {
				t.Errorf("%d of %d signatures hold, want 2 of 2", good, all)
			}
			for _, signature := range parse(t, raw).header["Dkim-Signature"] {
				list := tags(signature)
				rest, ok := strings.CutPrefix(list["h"], twice)
				got := strings.Split(strings.TrimPrefix(rest, ":"), ":")
				slices.Sort(got)
				slices.Sort(c.want)
				if !ok || !slices.Equal(got, c.want) || len(list["h"]) <= 74 {
					t.Errorf("h=%s, want %s and %v", list["h"], twice, c.want)
				}
				if _, partial := list["l"]; partial || list["c"] != "relaxed/relaxed" || list["d"] != "shop.example" {
					t.Errorf("signature: %v", list)
				}
			}
		})
	}
}

// TestAlteredMailFails: whatever an honest relay does passes, whatever changes the message does not.
func TestAlteredMailFails(t *testing.T) {
	t.Parallel()
	d, z := bothKeys(t)
	raw := signed(t, d, sample()).Raw
	replace := func(old, other string) []byte {
		out := bytes.Replace(raw, []byte(old), []byte(other), 1)
		if bytes.Equal(out, raw) {
			t.Fatalf("%q is not in the mail:\n%s", old, raw)
		}
		return out
	}
	for name, c := range map[string]struct {
		raw  []byte
		good int
	}{
		"as it is":                {raw, 2},
		"a header of the relay":   {append([]byte("Received: from a by b\r\nX-Relay: yes\r\n"), raw...), 2},
		"blanks":                  {replace("List-Id: <", "List-ID:   <"), 2},
		"a second From":           {append([]byte("From: evil@example.org\r\n"), raw...), 0},
		"a second Subject":        {append([]byte("Subject: other\r\n"), raw...), 0},
		"another unsubscribe":     {replace("https://shop.example/u/", "https://evil.example/u/"), 0},
		"no one-click":            {replace("\r\nList-Unsubscribe-Post:", "\r\nX-Was:"), 0},
		"another feedback":        {replace("Feedback-ID: winback", "Feedback-ID: other"), 0},
		"text after the end":      {append(slices.Clone(raw), "more\r\n"...), 0},
		"another Message-ID":      {replace("<0a1b2c@", "<0a1b2d@"), 0},
		"another type of content": {replace("multipart/alternative", "multipart/mixed"), 0},
	} {
		if all, good := verified(t, z, c.raw); all != 2 || good != c.good {
			t.Errorf("%s: %d of %d signatures hold, want %d", name, good, all, c.good)
		}
	}
}

func TestBadKeys(t *testing.T) {
	t.Parallel()
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := keyFile(t, edKey(t), 0o600)
	pkcs1 := pemFile(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey(t, 2048)), 0o400)
	for name, c := range map[string]struct {
		domain string
		files  []KeyFile
		want   string // "" loads
	}{
		"fine":             {"Shop.Example", []KeyFile{{"a", good}, {"b.2026-x", pkcs1}}, ""},
		"no key":           {"shop.example", nil, "has no key"},
		"no domain":        {"", []KeyFile{{"a", good}}, "DKIM domain"},
		"public suffix":    {"co.uk", []KeyFile{{"a", good}}, "belongs to everybody"},
		"selector missing": {"shop.example", []KeyFile{{"", good}}, "selector"},
		"selector bad":     {"shop.example", []KeyFile{{"a b;", good}}, "selector"},
		"selector twice":   {"shop.example", []KeyFile{{"a", good}, {"A", pkcs1}}, "twice"},
		"file missing":     {"shop.example", []KeyFile{{"a", filepath.Join(t.TempDir(), "none.pem")}}, "none.pem"},
		"not PEM":          {"shop.example", []KeyFile{{"a", "dkim_test.go"}}, ""},
		"short":            {"shop.example", []KeyFile{{"a", keyFile(t, rsaKey(t, 1024), 0o600)}}, "1024 bits"},
		"other kind":       {"shop.example", []KeyFile{{"a", keyFile(t, curve, 0o600)}}, "want RSA or Ed25519"},
		"public":           {"shop.example", []KeyFile{{"a", pemFile(t, "PUBLIC KEY", []byte("x"), 0o600)}}, "not a private key"},
		"damaged":          {"shop.example", []KeyFile{{"a", pemFile(t, "PRIVATE KEY", []byte("x"), 0o600)}}, "damaged"},
		"encrypted":        {"shop.example", []KeyFile{{"a", pemFile(t, "ENCRYPTED PRIVATE KEY", []byte("x"), 0o600)}}, "encrypted"},
		"too big":          {"shop.example", []KeyFile{{"a", pemFile(t, "PRIVATE KEY", make([]byte, maxKeyFile), 0o600)}}, "too big"},
	} {
		if name == "not PEM" {
			plain := filepath.Join(t.TempDir(), "key.txt")
			if err := os.WriteFile(plain, []byte("hello"), 0o600); err != nil {
				t.Fatal(err)
			}
			c.files[0].Path, c.want = plain, "is not PEM"
		}
		_, err := LoadDKIM(c.domain, c.files)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestKeyThatOthersMayRead(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("permissions are kept in other ways")
	}
	for _, mode := range []os.FileMode{0o604, 0o644, 0o602} {
		path := keyFile(t, edKey(t), mode)
		_, err := LoadDKIM("shop.example", []KeyFile{{"a", path}})
		if err == nil || !strings.Contains(err.Error(), "chmod 600 "+path) {
			t.Errorf("mode %o: got %v", mode, err)
		}
	}
}

func TestAligned(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		domain, from string
		ok           bool
	}{
		{"shop.example", "a@shop.example", true},
		{"shop.example", "a@Mail.Shop.example", true},
		{"mail.shop.example", "a@shop.example", true},
		{"shop.co.uk", "a@news.shop.co.uk", true},
		{"shop.co.uk", "a@other.co.uk", false},
		{"shop.example", "a@workshop.example", false},
		{"shop.example", "a@co.uk", false},
	} {
		d := &DKIM{domain: c.domain}
		if err := d.Aligned(c.from); (err == nil) != c.ok {
			t.Errorf("%s for %s: %v", c.domain, c.from, err)
		}
	}
}

func TestRecords(t *testing.T) {
	t.Parallel()
	d, z := bothKeys(t)
	records, err := d.Records()
	if err != nil || len(records) != 2 {
		t.Fatalf("%v, %v", records, err)
	}
	if records[0].Name != "r1._domainkey.shop.example" || records[1].Name != "e1._domainkey.shop.example" {
		t.Errorf("names: %v: want RSA first", records)
	}
	long := records[0].Zone()
	if strings.Count(long, `"`) != 4 || !strings.HasPrefix(long, `r1._domainkey.shop.example. IN TXT ( "v=DKIM1; k=rsa; p=`) {
		t.Errorf("a long record must be split: %s", long)
	}
	rsaRecord := records[0]
	broken := errors.New("no network")
	for name, c := range map[string]struct {
		found []string
		err   error
		want  string
	}{
		"published":    {z[rsaRecord.Name], nil, ""},
		"folded":       {[]string{strings.Replace(rsaRecord.Value, "p=MII", "p= MI I", 1)}, nil, ""},
		"short form":   {[]string{strings.TrimPrefix(rsaRecord.Value, "v=DKIM1; k=rsa; ")}, nil, ""},
		"none":         {nil, nil, "is not published"},
		"no such name": {nil, &net.DNSError{IsNotFound: true}, "is not published"},
		"no answer":    {nil, broken, "no network"},
		"two":          {[]string{rsaRecord.Value, rsaRecord.Value}, nil, "leave one"},
		"revoked":      {[]string{"v=DKIM1; p="}, nil, "revoked"},
		"other key":    {z[records[1].Name], nil, "another key"},
		"other record": {[]string{"v=spf1 -all"}, nil, "no DKIM record"},
	} {
		err := rsaRecord.Check(t.Context(), txt{found: c.found, err: c.err})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// txt answers every question for TXT records alike.
type txt struct {
	Resolver

	found []string
	err   error
}

func (r txt) LookupTXT(context.Context, string) ([]string, error) { return r.found, r.err }

func BenchmarkSign(b *testing.B) {
	m := sample()
	m.HTML = "<p>" + strings.Repeat("Ein Gutschein, nur für Sie. ", 350) + "</p>" // about 10 KB
	for name, keys := range map[string][]crypto.Signer{
		"unsigned": nil, "rsa": {rsaKey(b, 2048)}, "ed25519": {edKey(b)}, "both": {rsaKey(b, 2048), edKey(b)},
	} {
		b.Run(name, func(b *testing.B) {
			d := &DKIM{domain: "shop.example"}
			for _, k := range keys {
				d.keys = append(d.keys, dkimKey{"s", k})
			}
			for b.Loop() {
				_ = signed(b, d, m)
			}
		})
	}
}
