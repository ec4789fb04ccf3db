package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/delivery"
	"treue/engine/enginetest"
	"treue/engine/store"
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
	dns := enginetest.StartDNS(t)
	examine := func(settings ...string) map[string]doctorCheck { return s.examined(dns, "", settings...) }
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
	dns.Set("TXT", records[0].Name, records[0].Value)
	if c := examine(signs...)["dkim"]; !c.OK {
		t.Errorf("published: %+v", c)
	}
	signs[2] = "mail.dkim.key_file=" + keyAt(t, "open.pem", 0o644)
	if all := examine(signs...); len(all) != 1 || all["dkim"].OK || !strings.Contains(all["dkim"].Detail, "chmod 600") {
		t.Errorf("open key: %+v", all)
	}
}

// TestDoctorOnSending: faults of ours and rejections fail it, a lowered rate does not.
func TestDoctorOnSending(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	db, err := store.Open(t.Context(), s.args[3])
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Now().Truncate(time.Microsecond)
	sending := func() map[string]any {
		checks := s.document(1, "doctor")["checks"].([]any) // no orders yet: it always fails
		for _, c := range checks {
			if c := c.(map[string]any); c["name"] == "sending" {
				return c
			}
		}
		t.Fatalf("doctor says nothing of sending: %v", checks)
		return nil
	}
	for _, c := range []struct {
		change func(campaigns.Rate) campaigns.Rate
		ok     bool
		detail string
		fix    string
	}{
		{func(r campaigns.Rate) campaigns.Rate { return r }, true, "no provider is slowed down", ""},
		{func(r campaigns.Rate) campaigns.Rate { return r.Throttled(now, "421", campaigns.Traffic{}, 1) }, true, "60 mails an hour", ""},
		{func(campaigns.Rate) campaigns.Rate {
			return campaigns.Rate{}.Rejected(now, "5.7.1", campaigns.Traffic{Tried: 3, Blocked: 3}, 1)
		}, false, "paused until", "postmaster"},
		{func(campaigns.Rate) campaigns.Rate { return campaigns.Rate{}.Faulted(now, "535 refused", 1) }, false, "535 refused", "--confirm"},
	} {
		if _, _, err := db.AdjustRate(t.Context(), "gmail", now, func(r campaigns.Rate, _ campaigns.Traffic) campaigns.Rate { return c.change(r) }); err != nil {
			t.Fatal(err)
		}
		got := sending()
		fix, _ := got["fix"].(string)
		if got["ok"] != c.ok || !strings.Contains(got["detail"].(string), c.detail) || !strings.Contains(fix, c.fix) {
			t.Errorf("got %v, want %q", got, c.detail)
		}
	}
}

func TestRateSettings(t *testing.T) {
	t.Parallel()
	for settings, want := range map[string]string{
		"mail.per_hour=gmail=2000, rest=500": "", "mail.warmup=50": "", "mail.per_hour=gmail": "mail.per_hour", "mail.per_hour=nobody=5": "nobody=5",
		"mail.per_hour=gmail=0": "gmail=0", "mail.warmup=-1": "mail.warmup", "mail.warmup=many": "mail.warmup",
	} {
		c, err := loadConfig(globalFlags{dataDir: t.TempDir(), settings: []string{settings}})
		if err != nil {
			t.Fatal(err)
		}
		e, err := c.engine()
		if err == nil {
			err = e.WithDefaults().Validate()
		}
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", settings, err, want)
		}
	}
}
