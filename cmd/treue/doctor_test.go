package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"treue/engine/enginetest"
)

// examined are the findings of doctor with settings of its own, by name; to, if set, gets a test mail.
func (s *shop) examined(dns *enginetest.DNSServer, to string, settings ...string) map[string]doctorCheck {
	s.t.Helper()
	a := &app{in: strings.NewReader(""), out: &bytes.Buffer{}, errOut: &bytes.Buffer{}, wall: time.Now, dns: dns}
	var err error
	if a.config, err = loadConfig(globalFlags{dataDir: s.dir, database: s.args[3], settings: settings}); err != nil {
		s.t.Fatal(err)
	}
	checks := map[string]doctorCheck{}
	for _, c := range a.examine(s.t.Context()) {
		checks[c.Name] = c
	}
	if to != "" {
		c := a.sendTest(s.t.Context(), to)
		checks[c.Name] = c
	}
	if err := a.close(); err != nil {
		s.t.Fatal(err)
	}
	return checks
}

// TestDoctorOnTheSender: what receivers look at stands beside the law and the links, each with what to do; a mail server
// on this machine makes of DNS records a note.
func TestDoctorOnTheSender(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	dns, server := enginetest.StartDNS(t), enginetest.StartSMTP(t)
	settings := []string{"mail.from=Shop <shop@shop.example>", "mail.url=" + server.URL()}
	expect := func(checks map[string]doctorCheck, name string, ok bool, detail, fix string) {
		t.Helper()
		c, known := checks[name]
		if !known || c.OK != ok || !strings.Contains(c.Detail, detail) || !strings.Contains(c.Fix, fix) {
			t.Errorf("%s: got %+v, want %v, %q, %q", name, c, ok, detail, fix)
		}
	}
	checks := s.examined(dns, "you@elsewhere.example", settings...)
	expect(checks, "spf", true, "matters as soon as mail leaves this machine", "publish shop.example. IN TXT")
	expect(checks, "dmarc", true, "no DMARC policy", "publish _dmarc.shop.example.")
	expect(checks, "imprint", true, "imprint.name", "law")
	expect(checks, "unsubscribe", true, "not https", "public_url")
	expect(checks, "tls", true, "in plain text", "")
	expect(checks, "test mail", true, server.Addr()+" took it", "arrives")
	if mails := server.Mails(); len(mails) != 1 || mails[0].To != "you@elsewhere.example" || mails[0].From != "shop@shop.example" {
		t.Errorf("test mails: %+v", mails)
	}

	checks = s.examined(dns, "", append(settings, "public_url=https://127.0.0.1:1")...)
	expect(checks, "unsubscribe", false, "dead", "treue serve")
	checks = s.examined(dns, "you@elsewhere.example", settings[0], "mail.url=smtps://mail.gone.invalid")
	expect(checks, "mail", false, "must not leave", "treue config")
	expect(checks, "imprint", false, "imprint.name", "law")
	expect(checks, "spf", false, "does not say", "publish")
	expect(checks, "tls", false, "mail.gone.invalid", "mail.url")
	expect(checks, "test mail", false, "must not leave", "other checks")

	checks = s.examined(dns, "", "mail.url=catch:")
	expect(checks, "tls", true, "stays on this machine", "")
	if _, asked := checks["spf"]; asked {
		t.Error("mail that stays here needs no SPF")
	}
}

// TestDoctorSendsNoTestToWhoWantsNone holds that a test mail respects the list of suppressed addresses.
func TestDoctorSendsNoTestToWhoWantsNone(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.must("suppress", "gone@elsewhere.example")
	server := enginetest.StartSMTP(t)
	for to, want := range map[string]string{"GONE@elsewhere.example": "suppressed", "nonsense": "address"} {
		checks := s.examined(enginetest.StartDNS(t), to, "mail.url="+server.URL())
		if c := checks["test mail"]; c.OK || !strings.Contains(c.Detail, want) {
			t.Errorf("%s: %+v", to, c)
		}
	}
	if len(server.Mails()) != 0 {
		t.Error("a mail was sent")
	}
	checks := s.document(1, "doctor", "--send-test", "you@elsewhere.example")["checks"].([]any) // no orders yet: it always fails
	if last := checks[len(checks)-1].(map[string]any); last["name"] != "test mail" || last["ok"] != true {
		t.Errorf("got %v", last)
	}
}

// TestDoctorPrintsRecordsInFull: what is to be copied stands in one line below the table.
func TestDoctorPrintsRecordsInFull(t *testing.T) {
	t.Parallel()
	record := `s1._domainkey.shop.example. IN TXT ( "v=DKIM1; k=rsa; p=` + strings.Repeat("A", 390) + `" )`
	var out bytes.Buffer
	printChecks(&out, []doctorCheck{{Name: "dkim", Detail: "not published", Fix: "publish " + record, Record: record}, {Name: "mail", OK: true}})
	if got := out.String(); strings.Count(got, record) != 1 || !strings.Contains(got, "publish record 1 below") {
		t.Errorf("printed:\n%s", got)
	}
}
