package delivery

import (
	"strings"
	"testing"
	"time"

	"treue/engine/enginetest"
)

// records are those of a domain at which nothing is to be mended.
func records(dns *enginetest.DNSServer) {
	dns.Set("TXT", "shop.example", "some-verification=1", "v=spf1 ip4:198.51.100.7 include:mailer.example -all")
	dns.Set("TXT", "mailer.example", "v=spf1 ip4:203.0.113.0/24 ~all")
	dns.Set("TXT", "_dmarc.shop.example", "v=DMARC1; p=quarantine")
	dns.Set("MX", "shop.example", "10 mx.shop.example")
	dns.Set("A", "mail.shop.example", "198.51.100.7")
}

// found is one finding of a name, as a line.
func found(t *testing.T, all []Finding, name string) Finding {
	t.Helper()
	for _, f := range all {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("nothing is said of %s: %+v", name, all)
	return Finding{}
}

// TestWhatReceiversLookAt changes one record after the other and looks at what is found and what is to be done.
func TestWhatReceiversLookAt(t *testing.T) {
	t.Parallel()
	include := "include:a.example include:b.example include:c.example include:d.example include:e.example include:f.example"
	for _, c := range []struct {
		name, look string
		change     func(*enginetest.DNSServer, *SenderCheck)
		ok         bool
		detail     string // a part of it
		fix        string
	}{
		{"all is well", "spf", nil, true, "can be read", ""},
		{"no SPF", "spf", func(d *enginetest.DNSServer, _ *SenderCheck) { d.Set("TXT", "shop.example", "other=1") }, false, "does not say who may send", `publish shop.example. IN TXT ( "v=spf1 mx a ~all" )`},
		{"no such domain", "spf", func(_ *enginetest.DNSServer, c *SenderCheck) { c.Return = "gone.example" }, false, "gone.example does not say", "publish gone.example. IN TXT"},
		{"two SPF records", "spf", func(d *enginetest.DNSServer, _ *SenderCheck) {
			d.Set("TXT", "shop.example", "v=spf1 -all", "v=spf1 ~all")
		}, false, "multiple", "leave one"},
		{"SPF for everybody", "spf", func(d *enginetest.DNSServer, _ *SenderCheck) { d.Set("TXT", "shop.example", "v=spf1 +all") }, false, "whole world", "-all"},
		{"SPF with a typing error", "spf", func(d *enginetest.DNSServer, _ *SenderCheck) {
			d.Set("TXT", "shop.example", "v=spf1 ipv4:198.51.100.7 -all")
		}, false, "cannot read", "mend the term"},
		{"SPF that asks too much", "spf", func(d *enginetest.DNSServer, _ *SenderCheck) {
			d.Set("TXT", "shop.example", "v=spf1 "+include+" -all")
			for n := range strings.FieldsSeq("a b c d e f") {
				d.Set("TXT", n+".example", "v=spf1 a:mail.shop.example a:shop.example -all")
			}
		}, false, "limit", "ten times"},
		{"SPF without an answer", "spf", func(d *enginetest.DNSServer, _ *SenderCheck) { d.Set("TXT", "shop.example", "fail") }, false, "look up", "try again"},
		{"policy", "dmarc", nil, true, "_dmarc.shop.example says p=quarantine", ""},
		{"policy of the owner", "dmarc", func(_ *enginetest.DNSServer, c *SenderCheck) { c.From = "news.shop.example" }, true, "_dmarc.shop.example says", ""},
		{"no policy", "dmarc", func(d *enginetest.DNSServer, _ *SenderCheck) { d.Set("TXT", "_dmarc.shop.example") }, false, "no DMARC policy", `publish _dmarc.shop.example. IN TXT ( "v=DMARC1; p=none; rua=mailto:postmaster@shop.example" )`},
		{"two policies", "dmarc", func(d *enginetest.DNSServer, _ *SenderCheck) {
			d.Set("TXT", "_dmarc.shop.example", "v=DMARC1; p=none", "v=DMARC1; p=reject")
		}, false, "several", "leave one"},
		{"policy with an error", "dmarc", func(d *enginetest.DNSServer, _ *SenderCheck) {
			d.Set("TXT", "_dmarc.shop.example", "v=DMARC1; p=maybe")
		}, false, "policy", "such as _dmarc.shop.example."},
		{"policy without an answer", "dmarc", func(d *enginetest.DNSServer, _ *SenderCheck) { d.Set("TXT", "_dmarc.shop.example", "fail") }, false, "unavailable", "try again"},
		{"both aligned", "alignment", nil, true, "signature and bounce address", ""},
		{"signature alone", "alignment", func(_ *enginetest.DNSServer, c *SenderCheck) { c.Return = "mailer.example" }, true, "the bounce address is not", ""},
		{"bounce address alone", "alignment", func(_ *enginetest.DNSServer, c *SenderCheck) { c.DKIM.domain = "mailer.example" }, true, "forwarded mail", "mail.dkim.domain to shop.example"},
		{"unsigned", "alignment", func(_ *enginetest.DNSServer, c *SenderCheck) { c.DKIM = nil }, true, "we sign nothing", "mail.dkim.key_file"},
		{"nothing aligned", "alignment", func(_ *enginetest.DNSServer, c *SenderCheck) { c.DKIM, c.Return = nil, "mailer.example" }, false, "neither", "mail.bounce"},
		{"one owner", "alignment", func(_ *enginetest.DNSServer, c *SenderCheck) {
			c.From, c.Return = "news.shop.example", "bounce.shop.example"
		}, true, "signature and bounce", ""},
		{"one owner is not strict", "alignment", func(d *enginetest.DNSServer, c *SenderCheck) {
			c.From, c.Return = "news.shop.example", "bounce.shop.example"
			d.Set("TXT", "_dmarc.shop.example", "v=DMARC1; p=none; adkim=s; aspf=s")
		}, false, "neither", "mail.dkim.domain to news.shop.example"},
		{"key not published", "dkim", nil, false, "s1._domainkey.shop.example is not published", "publish s1._domainkey.shop.example. IN TXT ( "},
		{"answers", "answers", nil, true, "shop.example takes mail", ""},
		{"answers by an address record", "answers", func(_ *enginetest.DNSServer, c *SenderCheck) {
			c.From, c.Return = "mail.shop.example", "mail.shop.example"
		}, true, "takes mail", ""},
		{"no answers", "answers", func(d *enginetest.DNSServer, _ *SenderCheck) { d.Set("MX", "shop.example") }, false, "are lost", "publish shop.example. IN MX 10 mail.shop.example."},
		{"answers refused", "answers", func(d *enginetest.DNSServer, _ *SenderCheck) { d.Set("MX", "shop.example", "0 .") }, false, "as its DNS says", "IN MX"},
		{"answers go elsewhere", "answers", func(_ *enginetest.DNSServer, c *SenderCheck) {
			c.From, c.ReplyTo, c.Return = "shop.example", "a-gone.example", "shop.example"
		}, false, "a-gone.example takes no mail", "publish a-gone.example. IN MX"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dns, server := enginetest.StartDNS(t), enginetest.StartSMTP(t)
			records(dns)
			sender, err := Parse(server.URL(), Options{Hello: "shop.example"})
			if err != nil {
				t.Fatal(err)
			}
			look := SenderCheck{From: "shop.example", Sender: sender, DNS: dns, DKIM: &DKIM{domain: "shop.example", keys: []dkimKey{{"s1", edKey(t)}}}}
			if c.change != nil {
				c.change(dns, &look)
			}
			f := found(t, look.Findings(t.Context()), c.look)
			if !strings.Contains(f.Fix, f.Record) || strings.Contains(f.Fix, " IN ") != (f.Record != "") {
				t.Errorf("the record %q is not what is to be done: %q", f.Record, f.Fix)
			}
			if f.OK != c.ok || !strings.Contains(f.Detail, c.detail) || !strings.Contains(f.Fix, c.fix) || f.OK && c.fix == "" && f.Fix != "" {
				t.Errorf("got %+v\nwant %v, %q, %q", f, c.ok, c.detail, c.fix)
			}
		})
	}
}

// TestSPFNamesServers: what the record says of the mail server's addresses is noted, and a proposal names them.
func TestSPFNamesServers(t *testing.T) {
	t.Parallel()
	dns := enginetest.StartDNS(t)
	records(dns)
	dns.Set("A", "relay.other.example", "192.0.2.200", "203.0.113.9")
	check := func(url string) SenderCheck {
		sender, err := Parse(url, Options{Hello: "shop.example"})
		if err != nil {
			t.Fatal(err)
		}
		return SenderCheck{From: "shop.example", Return: "shop.example", Sender: sender, DNS: dns}
	}
	for url, want := range map[string]string{
		"smtp://mail.shop.example": "", "smtp://relay.other.example": "192.0.2.200", "smtp://198.51.100.8": "198.51.100.8",
		"smtp://gone.example": "", "smtp://127.0.0.1": "", "smtp://mail.shop.example smtp://relay.other.example": "192.0.2.200",
	} {
		if got := strings.Join(check(url).uncovered(t.Context()), " "); got != want {
			t.Errorf("%s: not named: %q, want %q", url, got, want)
		}
	}
	f := check("smtp://relay.other.example").spf(t.Context())[0]
	if !f.OK || !strings.Contains(f.Detail, "does not name 192.0.2.200") || f.Fix == "" {
		t.Errorf("got %+v", f)
	}
	dns.Set("TXT", "shop.example")
	if f := check("smtp://relay.other.example").spf(t.Context())[0]; !strings.Contains(f.Fix, `"v=spf1 ip4:192.0.2.200 ip4:203.0.113.9 ~all"`) {
		t.Errorf("got %+v", f)
	}
}

// TestServersAreLookedAt: a session is opened, secured and ended, and no mail is sent.
func TestServersAreLookedAt(t *testing.T) {
	t.Parallel()
	nextMonth := time.Now().AddDate(0, 1, 0).UTC() // as certificates have it, wherever the test runs
	good, trusted := enginetest.Certificate(t, "127.0.0.1", nextMonth)
	expired, trustExpired := enginetest.Certificate(t, "127.0.0.1", time.Now().AddDate(0, 0, -1))
	for _, c := range []struct {
		name, query string
		config      enginetest.SMTPConfig
		away, old   bool
		ok          bool
		detail, fix string
	}{
		{name: "STARTTLS", config: enginetest.SMTPConfig{TLS: good}, query: "?tls=starttls", ok: true, detail: "TLS 1.3, its certificate is valid until " + nextMonth.Format(time.DateOnly)},
		{name: "implicit", config: enginetest.SMTPConfig{TLS: good, Implicit: true, User: "shop", Secret: "geheim"}, ok: true, detail: "knows our login"},
		{name: "plain here", ok: true, detail: "in plain text"},
		{name: "no STARTTLS", query: "?tls=starttls", detail: "encryption not offered", fix: "587"},
		{name: "expired", config: enginetest.SMTPConfig{TLS: expired}, query: "?tls=starttls", old: true, detail: "certificate not valid", fix: "certificate"},
		{name: "away", away: true, detail: "unreachable", fix: "firewall"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := enginetest.StartSMTPWith(t, c.config)
			if c.away {
				server.Stop()
			}
			o := Options{Hello: "shop.example", RootCAs: trusted}
			if c.old {
				o.RootCAs = trustExpired
			}
			sender, err := Parse(server.URL()+c.query, o)
			if err != nil {
				t.Fatal(err)
			}
			f := found(t, SenderCheck{Sender: sender, DNS: enginetest.StartDNS(t)}.Findings(t.Context()), "tls")
			if !strings.Contains(f.Fix, f.Record) || strings.Contains(f.Fix, " IN ") != (f.Record != "") {
				t.Errorf("the record %q is not what is to be done: %q", f.Record, f.Fix)
			}
			if f.OK != c.ok || !strings.Contains(f.Detail, c.detail) || !strings.Contains(f.Fix, c.fix) || strings.Contains(f.Detail+f.Fix, "geheim") {
				t.Errorf("got %+v", f)
			}
			if len(server.Mails()) != 0 {
				t.Error("a mail was sent")
			}
		})
	}
}
