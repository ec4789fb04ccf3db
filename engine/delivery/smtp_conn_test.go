package delivery_test

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"treue/engine/delivery"
	"treue/engine/enginetest"
)

func checkOpen(t *testing.T, err error, w want) {
	t.Helper()
	var failed *delivery.OpenError
	if !errors.As(err, &failed) {
		t.Fatalf("got error %v, want an OpenError", err)
	}
	check(t, failed.Outcome, w)
	if failed.Outcome.Server == "" || !strings.Contains(err.Error(), failed.Outcome.Server) {
		t.Errorf("the error does not name the server: %v", err)
	}
}

// One connection carries all mails of a worker, with a RSET between them, and
// what arrives is byte for byte what was prepared.
func TestOneConnectionForManyMails(t *testing.T) {
	t.Parallel()
	server := enginetest.StartSMTP(t)
	conn := mustOpen(t, server.URL(), options())
	const n = 50
	for i := range n {
		p := prepare(t, message(i))
		check(t, conn.Send(t.Context(), p), want{delivery.Accepted, delivery.ReasonAccepted})
		got := server.Mails()[i]
		if !bytes.Equal(got.Raw, p.Raw) || got.To != p.To || got.From != p.From || got.MessageID != "<"+p.MessageID+">" || got.Conn != 1 {
			t.Fatalf("mail %d arrived as %q for %s on connection %d:\n%s", i, got.MessageID, got.To, got.Conn, got.Raw)
		}
	}
	resets := 0
	for _, c := range server.Commands() {
		if c.Line == "RSET" {
			resets++
		}
	}
	if server.Connections() != 1 || resets != n-1 {
		t.Errorf("%d connections, %d resets; want 1 and %d", server.Connections(), resets, n-1)
	}
	for range 2 {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
	commands := server.Commands()
	if last := commands[len(commands)-1].Line; last != "QUIT" {
		t.Errorf("last command %q, want QUIT", last)
	}
	check(t, conn.Send(t.Context(), prepare(t, message(n))), want{delivery.Accepted, delivery.ReasonAccepted}) // a closed Conn opens anew
}

// A server that ends an idle connection costs a new connection, not a mail.
func TestIdleConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		stage enginetest.SMTPStage
		step  enginetest.SMTPStep
	}{
		"drop at RSET":    {enginetest.AtReset, enginetest.SMTPStep{Drop: true}},
		"421 at RSET":     {enginetest.AtReset, enginetest.SMTPStep{Reply: "421 4.4.2 idle", Drop: true}},
		"refusal at RSET": {enginetest.AtReset, enginetest.SMTPStep{Reply: "502 no"}},
		"421 at MAIL":     {enginetest.AtMail, enginetest.SMTPStep{Reply: "421 4.4.2 too many mails", Drop: true}},
		"drop at MAIL":    {enginetest.AtMail, enginetest.SMTPStep{Drop: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := enginetest.StartSMTP(t)
			conn := mustOpen(t, server.URL(), options())
			check(t, conn.Send(t.Context(), prepare(t, message(1))), want{delivery.Accepted, delivery.ReasonAccepted})
			server.Script(tt.stage, tt.step)
			check(t, conn.Send(t.Context(), prepare(t, message(2))), want{delivery.Accepted, delivery.ReasonAccepted})
			if server.Connections() != 2 || len(server.Mails()) != 2 {
				t.Errorf("%d connections, %d mails; want 2 and 2", server.Connections(), len(server.Mails()))
			}
		})
	}
}

// The same fault on a fresh connection is an outcome: no endless dialling.
func TestFreshConnectionIsNotRetried(t *testing.T) {
	t.Parallel()
	server := enginetest.StartSMTP(t)
	server.Script(enginetest.AtMail, enginetest.SMTPStep{Reply: "421 4.3.2 closing", Drop: true, Sticky: true})
	conn := mustOpen(t, server.URL(), options())
	check(t, conn.Send(t.Context(), prepare(t, message(1))), want{delivery.Deferred, delivery.ReasonTemporary})
	if server.Connections() != 1 {
		t.Errorf("used %d connections, want 1", server.Connections())
	}
}

// A repeat after an unknown outcome is recognisable as the same mail.
func TestRetryAfterUnknownRepeatsTheBytes(t *testing.T) {
	t.Parallel()
	server := enginetest.StartSMTP(t)
	server.Script(enginetest.AtDot, enginetest.SMTPStep{Drop: true, Keep: true})
	conn := mustOpen(t, server.URL(), options())
	check(t, conn.Send(t.Context(), prepare(t, message(1))), want{delivery.Unknown, delivery.ReasonLost})
	check(t, conn.Send(t.Context(), prepare(t, message(1))), want{delivery.Accepted, delivery.ReasonAccepted})
	mails := server.Mails()
	if len(mails) != 2 || mails[0].MessageID != mails[1].MessageID || !bytes.Equal(mails[0].Raw, mails[1].Raw) {
		t.Errorf("the copies differ: %d mails", len(mails))
	}
}

type tlsCase struct {
	name   string
	config enginetest.SMTPConfig
	query  string
	trust  *x509.CertPool
	step   map[enginetest.SMTPStage]enginetest.SMTPStep
	want   want
}

// tlsCases are servers with every kind of certificate and every broken way to
// begin TLS.
func tlsCases(t *testing.T) []tlsCase {
	t.Helper()
	accepted := want{delivery.Accepted, delivery.ReasonAccepted}
	tomorrow := time.Now().AddDate(0, 0, 1)
	good, trusted := enginetest.Certificate(t, "127.0.0.1", tomorrow)
	expired, trustExpired := enginetest.Certificate(t, "127.0.0.1", time.Now().AddDate(0, 0, -1))
	wrongHost, trustWrong := enginetest.Certificate(t, "other.test", tomorrow)
	badCert := want{delivery.SenderFault, delivery.ReasonCertificate}
	login := enginetest.SMTPConfig{User: "shop", Secret: "geheim+wort"}
	with := func(change func(*enginetest.SMTPConfig)) enginetest.SMTPConfig {
		c := login
		change(&c)
		return c
	}
	return []tlsCase{
		{"STARTTLS", with(func(c *enginetest.SMTPConfig) { c.TLS = good }), "?tls=starttls", trusted, nil, accepted},
		{"implicit", with(func(c *enginetest.SMTPConfig) { c.TLS, c.Implicit = good, true }), "", trusted, nil, accepted},
		{"STARTTLS missing", login, "?tls=starttls", trusted, nil, want{delivery.SenderFault, delivery.ReasonNoTLS}},
		{"unknown authority", with(func(c *enginetest.SMTPConfig) { c.TLS = good }), "?tls=starttls", nil, nil, badCert},
		{"expired", with(func(c *enginetest.SMTPConfig) { c.TLS = expired }), "?tls=starttls", trustExpired, nil, badCert},
		{"wrong host", with(func(c *enginetest.SMTPConfig) { c.TLS = wrongHost }), "?tls=starttls", trustWrong, nil, badCert},
		{"implicit, unknown authority", with(func(c *enginetest.SMTPConfig) { c.TLS, c.Implicit = good, true }), "", nil, nil, badCert},
		{"implicit, wrong host", with(func(c *enginetest.SMTPConfig) { c.TLS, c.Implicit = wrongHost, true }), "", trustWrong, nil, badCert},
		{
			"454 to STARTTLS", with(func(c *enginetest.SMTPConfig) { c.TLS = good }), "?tls=starttls", trusted,
			map[enginetest.SMTPStage]enginetest.SMTPStep{enginetest.AtStartTLS: {Reply: "454 4.7.0 not now"}},
			want{delivery.Deferred, delivery.ReasonTemporary},
		},
		{
			"drop at STARTTLS", with(func(c *enginetest.SMTPConfig) { c.TLS = good }), "?tls=starttls", trusted,
			map[enginetest.SMTPStage]enginetest.SMTPStep{enginetest.AtStartTLS: {Drop: true}},
			want{delivery.Deferred, delivery.ReasonLost},
		},
		{
			"drop in the handshake", with(func(c *enginetest.SMTPConfig) { c.TLS = good }), "?tls=starttls", trusted,
			map[enginetest.SMTPStage]enginetest.SMTPStep{enginetest.AtStartTLS: {Reply: "220 go", Drop: true}},
			want{delivery.Deferred, delivery.ReasonLost},
		},
		{
			"hang in the handshake", with(func(c *enginetest.SMTPConfig) { c.TLS = good }), "?tls=starttls", trusted,
			map[enginetest.SMTPStage]enginetest.SMTPStep{enginetest.AtStartTLS: {Reply: "220 go", Hang: true}},
			want{delivery.Deferred, delivery.ReasonTimeout},
		},
		{
			"no TLS after 220", with(func(c *enginetest.SMTPConfig) { c.TLS = good }), "?tls=starttls", trusted,
			map[enginetest.SMTPStage]enginetest.SMTPStep{enginetest.AtStartTLS: {Raw: true, Reply: "220 go\r\n", Slow: true}},
			badCert,
		},
		{
			"EHLO refused, HELO offers nothing", with(func(c *enginetest.SMTPConfig) { c.TLS = good }), "?tls=starttls", trusted,
			map[enginetest.SMTPStage]enginetest.SMTPStep{enginetest.AtEhlo: {Reply: "502 no EHLO"}},
			want{delivery.SenderFault, delivery.ReasonNoTLS},
		},
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	for _, tt := range tlsCases(t) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := enginetest.StartSMTPWith(t, tt.config)
			for stage, step := range tt.step {
				server.Script(stage, step)
			}
			o := options()
			o.RootCAs = tt.trust
			if tt.want.reason == delivery.ReasonTimeout {
				o.Timeouts.Command = 300 * time.Millisecond
			}
			url := strings.Replace(server.URL(), "geheim+wort", "geheim%2Bwort", 1) + tt.query
			conn, err := open(t, url, o)
			if tt.want.kind == delivery.Accepted {
				if err != nil {
					t.Fatal(err)
				}
				check(t, conn.Send(t.Context(), prepare(t, message(1))), want{delivery.Accepted, delivery.ReasonAccepted})
				if m := server.Mails(); len(m) != 1 || !m[0].TLS || m[0].User != "shop" {
					t.Errorf("mail did not arrive encrypted and logged in: %+v", m)
				}
			} else {
				checkOpen(t, err, tt.want)
			}
			for _, c := range server.Commands() {
				if verb, _, _ := strings.Cut(c.Line, " "); !c.TLS && (verb == "AUTH" || verb == "MAIL" || verb == "RCPT" || verb == "DATA") {
					t.Errorf("%s was sent in plain text", verb)
				}
			}
		})
	}
}

func TestLoginMechanisms(t *testing.T) {
	t.Parallel()
	for _, mechanism := range []string{"PLAIN", "LOGIN"} {
		t.Run(mechanism, func(t *testing.T) {
			t.Parallel()
			server := enginetest.StartSMTPWith(t, enginetest.SMTPConfig{User: "shop@x", Secret: "a:b/c?d#e"})
			server.Script(enginetest.AtEhlo, enginetest.SMTPStep{Reply: "250-scripted.test\n250 AUTH CRAM-MD5 " + mechanism})
			conn := mustOpen(t, "smtp://shop%40x:a%3Ab%2Fc%3Fd%23e@"+server.Addr(), options())
			check(t, conn.Send(t.Context(), prepare(t, message(1))), want{delivery.Accepted, delivery.ReasonAccepted})
		})
	}
}

// Two of three turns go to the server with twice the weight; when it dies the
// other takes all, and a worker's open connection moves over by itself.
func TestFailover(t *testing.T) {
	t.Parallel()
	heavy, light := enginetest.StartSMTP(t), enginetest.StartSMTP(t)
	sender, err := delivery.Parse(heavy.URL()+"?weight=2  "+light.URL(), options())
	if err != nil {
		t.Fatal(err)
	}
	var conns []delivery.Conn
	for i := range 6 {
		conn, err := sender.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		check(t, conn.Send(t.Context(), prepare(t, message(i))), want{delivery.Accepted, delivery.ReasonAccepted})
		conns = append(conns, conn)
	}
	if len(heavy.Mails()) != 4 || len(light.Mails()) != 2 {
		t.Errorf("shares are %d and %d, want 4 and 2", len(heavy.Mails()), len(light.Mails()))
	}
	heavy.Stop()
	for i, conn := range conns {
		check(t, conn.Send(t.Context(), prepare(t, message(10+i))), want{delivery.Accepted, delivery.ReasonAccepted})
	}
	if len(light.Mails()) != 8 {
		t.Errorf("the second server has %d mails, want 8", len(light.Mails()))
	}
	light.Stop()
	check(t, conns[0].Send(t.Context(), prepare(t, message(20))), want{delivery.Deferred, delivery.ReasonUnreachable})
	_, err = sender.Open(t.Context())
	checkOpen(t, err, want{delivery.Deferred, delivery.ReasonUnreachable})
}

// A fault of ours must not hide behind a server that still works.
func TestNoFailoverOnSenderFault(t *testing.T) {
	t.Parallel()
	first := enginetest.StartSMTPWith(t, enginetest.SMTPConfig{User: "shop", Secret: "right"})
	second := enginetest.StartSMTP(t)
	_, err := open(t, "smtp://shop:wrong@"+first.Addr()+" "+second.URL(), options())
	checkOpen(t, err, want{delivery.SenderFault, delivery.ReasonLogin})
	if second.Connections() != 0 {
		t.Error("the second server was asked")
	}
}

// Links that only work here never reach a server elsewhere: nothing is dialled.
func TestLocalLinksStayHere(t *testing.T) {
	t.Parallel()
	m := message(1)
	m.Unsubscribe = "http://localhost:8080/u/1"
	server := enginetest.StartSMTP(t)
	check(t, mustOpen(t, server.URL(), options()).Send(t.Context(), prepare(t, m)), want{delivery.Accepted, delivery.ReasonAccepted})

	mixed := mustOpen(t, server.URL()+"?weight=1000 smtp://mail.invalid", options())
	check(t, mixed.Send(t.Context(), prepare(t, m)), want{delivery.SenderFault, delivery.ReasonLocalLinks})
	if len(server.Mails()) != 1 {
		t.Errorf("server took %d mails, want 1", len(server.Mails()))
	}
}

func benchmarkMail(b *testing.B) delivery.Prepared {
	m := message(1)
	m.HTML = "<p>" + strings.Repeat("Ein Gutschein, nur für Sie. ", 350) + "</p>" // about 10 KB
	return prepare(b, m)
}

func BenchmarkSend(b *testing.B) {
	mail := benchmarkMail(b)
	for _, reuse := range []bool{true, false} {
		b.Run(fmt.Sprintf("reuse=%v", reuse), func(b *testing.B) {
			server := enginetest.StartSMTP(b)
			conn := mustOpen(b, server.URL(), options())
			for b.Loop() {
				if o := conn.Send(b.Context(), mail); o.Kind != delivery.Accepted {
					b.Fatal(o)
				}
				if !reuse {
					_ = conn.Close()
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
		})
	}
}

func BenchmarkPrepare(b *testing.B) {
	m := message(1)
	m.HTML = "<p>" + strings.Repeat("Ein Gutschein, nur für Sie. ", 350) + "</p>"
	for b.Loop() {
		_ = prepare(b, m)
	}
}
