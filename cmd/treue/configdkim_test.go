package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"treue/engine/delivery"
)

// keyAt writes a new Ed25519 key.
func keyAt(t *testing.T, name string, mode os.FileMode) string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDKIMSettings(t *testing.T) {
	t.Parallel()
	a, b, open := keyAt(t, "a.pem", 0o600), keyAt(t, "b.pem", 0o600), keyAt(t, "open.pem", 0o644)
	file := filepath.Join(t.TempDir(), "treue.yaml")
	yaml := "mail:\n  from: Shop <shop@news.shop.example>\n  dkim:\n    domain: shop.example\n    selector: [s1, s2]\n    key_file:\n      - " + a + "\n      - " + b + "\n"
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	from := "mail.from=Shop <shop@shop.example>"
	for name, c := range map[string]struct {
		file     string
		settings []string
		want     string // part of what is printed, or of the error
		code     int
	}{
		"a file":            {file, nil, `s2._domainkey.shop.example. IN TXT ( "v=DKIM1; k=ed25519; p=`, 0},
		"one key":           {"", []string{from, "mail.dkim.selector=s", "mail.dkim.key_file=" + a}, "s._domainkey.shop.example. IN TXT", 0},
		"none":              {"", nil, "set mail.dkim.key_file", 2},
		"selectors missing": {"", []string{from, "mail.dkim.selector=s", "mail.dkim.key_file=" + a + ", " + b}, "1 names for 2 key files", 2},
		"keys missing":      {"", []string{from, "mail.dkim.selector=s"}, "mail.dkim.key_file is missing", 2},
		"no sender":         {"", []string{"mail.dkim.selector=s", "mail.dkim.key_file=" + a}, "mail.from is missing", 2},
		"not aligned":       {"", []string{from, "mail.dkim.domain=other.example", "mail.dkim.selector=s", "mail.dkim.key_file=" + a}, "not aligned", 2},
		"open file":         {"", []string{from, "mail.dkim.selector=s", "mail.dkim.key_file=" + open}, "chmod 600", 2},
	} {
		args := []string{"config", "dkim", "--data-dir", t.TempDir()}
		if c.file != "" {
			args = append(args, "--config", c.file)
		}
		for _, s := range c.settings {
			args = append(args, "--set", s)
		}
		var out, errOut bytes.Buffer
		code := Execute(t.Context(), args, strings.NewReader(""), &out, &errOut)
		if text := out.String() + errOut.String(); code != c.code || !strings.Contains(text, c.want) {
			t.Errorf("%s: exit %d\n%s", name, code, text)
		}
	}
}

// TestDoctorOnDKIM: broken keys end the examination, unpublished ones fail it with the record to publish.
func TestDoctorOnDKIM(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	published := map[string][]string{}
	examine := func(settings ...string) map[string]doctorCheck {
		a := &app{in: strings.NewReader(""), out: &bytes.Buffer{}, errOut: &bytes.Buffer{}, wall: time.Now}
		a.lookupTXT = func(_ context.Context, name string) ([]string, error) {
			if found := published[name]; found != nil {
				return found, nil
			}
			return nil, &net.DNSError{IsNotFound: true, Name: name}
		}
		var err error
		if a.config, err = loadConfig(globalFlags{dataDir: s.dir, database: s.args[3], settings: settings}); err != nil {
			t.Fatal(err)
		}
		checks := map[string]doctorCheck{}
		for _, c := range a.examine(t.Context()) {
			checks[c.Name] = c
		}
		if err := a.close(); err != nil {
			t.Fatal(err)
		}
		return checks
	}
	if c := examine()["dkim"]; !c.OK || !strings.Contains(c.Detail, "unsigned") {
		t.Errorf("without keys: %+v", c)
	}
	signs := []string{"mail.from=shop@shop.example", "mail.dkim.selector=s1", "mail.dkim.key_file=" + keyAt(t, "a.pem", 0o600)}
	c := examine(signs...)["dkim"]
	if c.OK || !strings.HasPrefix(c.Fix, "publish s1._domainkey.shop.example. IN TXT (") {
		t.Errorf("not published: %+v", c)
	}
	d, err := delivery.LoadDKIM("shop.example", []delivery.KeyFile{{Selector: "s1", Path: strings.TrimPrefix(signs[2], "mail.dkim.key_file=")}})
	if err != nil {
		t.Fatal(err)
	}
	records, err := d.Records()
	if err != nil {
		t.Fatal(err)
	}
	published[records[0].Name] = []string{records[0].Value}
	if c := examine(signs...)["dkim"]; !c.OK {
		t.Errorf("published: %+v", c)
	}
	signs[2] = "mail.dkim.key_file=" + keyAt(t, "open.pem", 0o644)
	if all := examine(signs...); len(all) != 1 || all["dkim"].OK || !strings.Contains(all["dkim"].Detail, "chmod 600") {
		t.Errorf("open key: %+v", all)
	}
}
