package delivery_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"treue/engine/delivery"
	"treue/engine/enginetest"
)

// patience is far beyond what any step needs; only tests of silence wait for
// a shorter time of their own.
const patience = 30 * time.Second

func options() delivery.Options {
	return delivery.Options{Hello: "shop.test", Timeouts: delivery.Timeouts{Connect: patience, Command: patience, Dot: patience}}
}

func open(t testing.TB, url string, o delivery.Options) (delivery.Conn, error) {
	t.Helper()
	sender, err := delivery.Parse(url, o)
	if err != nil {
		t.Fatalf("parse mail URL: %v", err)
	}
	conn, err := sender.Open(t.Context())
	if err == nil {
		t.Cleanup(func() { _ = conn.Close() })
	}
	return conn, err
}

func mustOpen(t testing.TB, url string, o delivery.Options) delivery.Conn {
	t.Helper()
	conn, err := open(t, url, o)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func message(n int) delivery.Message {
	return delivery.Message{
		From: delivery.Address{Name: "Käseladen", Addr: "post@shop.test"}, To: fmt.Sprintf("kundin%d@mail.test", n),
		Subject: "Schön, dass es Sie gibt", Text: "Guten Tag\n.\n..x\n", HTML: "<p>Guten Tag</p>",
		MessageID: fmt.Sprintf("m%d@shop.test", n), Date: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC),
		Unsubscribe: "https://shop.test/u/1",
	}
}

func prepare(t testing.TB, m delivery.Message) delivery.Prepared {
	t.Helper()
	p, err := delivery.Prepare(m)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// want is the part of an outcome that a case fixes.
type want struct {
	kind   delivery.Kind
	reason delivery.Reason
}

func check(t *testing.T, got delivery.Outcome, w want) {
	t.Helper()
	if got.Kind != w.kind || got.Reason != w.reason {
		t.Errorf("got %v [%s], want %v: %s", got, got.Text, w.kind, w.reason)
	}
}

// fault is one misbehaviour of a server and the outcome that the table of the
// product promises for it.
type fault struct {
	name  string
	stage enginetest.SMTPStage
	step  enginetest.SMTPStep
	want  want
	conns int // connections used by the faulty mail and the one after it
}

// refusals are proper replies: the connection lives on, unless it is a 421.
func refusals() []fault {
	type step = enginetest.SMTPStep
	temporary := want{delivery.Deferred, delivery.ReasonTemporary}
	rate := want{delivery.Deferred, delivery.ReasonRate}
	hard := want{delivery.BouncedHard, delivery.ReasonNoMailbox}
	soft := want{delivery.BouncedSoft, delivery.ReasonPermanent}
	full := want{delivery.BouncedSoft, delivery.ReasonMailboxFull}
	blocked := want{delivery.Blocked, delivery.ReasonPolicy}
	unproven := want{delivery.SenderFault, delivery.ReasonUnproven}
	unauthorized := want{delivery.SenderFault, delivery.ReasonLogin}
	tooBig := want{delivery.MessageFault, delivery.ReasonTooBig}
	return []fault{
		{"450 greylisted", enginetest.AtRcpt, step{Reply: "450 4.2.0 greylisted"}, temporary, 1},
		{"451 local error", enginetest.AtRcpt, step{Reply: "451 4.3.0 try again"}, temporary, 1},
		{"450 4.2.1", enginetest.AtRcpt, step{Reply: "450 4.2.1 mailbox unavailable"}, temporary, 1},
		{"452 4.2.2", enginetest.AtRcpt, step{Reply: "452 4.2.2 over quota"}, temporary, 1},
		{"451 at DATA", enginetest.AtData, step{Reply: "451 4.3.0 no"}, temporary, 1},
		{"451 after the dot", enginetest.AtDot, step{Reply: "451 4.3.0 no"}, temporary, 1},
		{"421 4.7.28", enginetest.AtRcpt, step{Reply: "421 4.7.28 unusual rate", Drop: true}, rate, 2},
		{"451 rate limit by word", enginetest.AtMail, step{Reply: "451 Rate limit exceeded"}, rate, 1},
		{"450 4.7.1", enginetest.AtRcpt, step{Reply: "450 4.7.1 slow down"}, rate, 1},
		{"550 5.1.1", enginetest.AtRcpt, step{Reply: "550 5.1.1 no such user"}, hard, 1},
		{"550 5.1.1 on several lines", enginetest.AtRcpt, step{Reply: "550-5.1.1 no such user\n550 5.1.1 see page"}, hard, 1},
		{"550 5.1.10", enginetest.AtRcpt, step{Reply: "556 5.1.10 null MX"}, hard, 1},
		{"550 5.2.1", enginetest.AtRcpt, step{Reply: "550 5.2.1 disabled"}, hard, 1},
		{"5.1.1 after the dot", enginetest.AtDot, step{Reply: "550 5.1.1 no such user"}, hard, 1},
		{"552 5.2.2", enginetest.AtRcpt, step{Reply: "552 5.2.2 mailbox full"}, full, 1},
		{"bare 550", enginetest.AtRcpt, step{Reply: "550 user unknown"}, soft, 1},
		{"bare 552", enginetest.AtDot, step{Reply: "552 exceeded"}, soft, 1},
		{"bare 554", enginetest.AtDot, step{Reply: "554 failed"}, soft, 1},
		{"550 5.7.1", enginetest.AtRcpt, step{Reply: "550 5.7.1 blocked"}, blocked, 1},
		{"550 5.7.1 after the dot", enginetest.AtDot, step{Reply: "550 5.7.1 looks like spam"}, blocked, 1},
		{"550 5.7.26", enginetest.AtDot, step{Reply: "550-5.7.26 unauthenticated\n550 5.7.26 mail"}, unproven, 1},
		{"550 5.7.515", enginetest.AtDot, step{Reply: "550 5.7.515 access denied"}, unproven, 1},
		{"530 at MAIL", enginetest.AtMail, step{Reply: "530 5.7.0 authentication required"}, unauthorized, 1},
		{"552 5.3.4", enginetest.AtDot, step{Reply: "552 5.3.4 too big"}, tooBig, 1},
	}
}

// breaks are failures before the final dot: certainly not delivered.
func breaks() []fault {
	type step = enginetest.SMTPStep
	never := make(chan struct{})
	long := strings.Repeat("x", 8<<10)
	lost := want{delivery.Deferred, delivery.ReasonLost}
	late := want{delivery.Deferred, delivery.ReasonTimeout}
	temporary := want{delivery.Deferred, delivery.ReasonTemporary}
	garbled := want{delivery.Deferred, delivery.ReasonProtocol}
	hard := want{delivery.BouncedHard, delivery.ReasonNoMailbox}
	tooBig := want{delivery.MessageFault, delivery.ReasonTooBig}
	return []fault{
		{"drop at RCPT", enginetest.AtRcpt, step{Drop: true}, lost, 2},
		{"reset at RCPT", enginetest.AtRcpt, step{Reset: true}, lost, 2},
		{"drop at DATA", enginetest.AtData, step{Drop: true}, lost, 2},
		{"hang at RCPT", enginetest.AtRcpt, step{Hang: true}, late, 2},
		{"hang at DATA", enginetest.AtData, step{Hang: true}, late, 2},
		{"hang in the text", enginetest.AtBody, step{Until: never}, late, 2},
		{"reset in the text", enginetest.AtBody, step{Reset: true}, lost, 2},
		{"421 at RCPT", enginetest.AtRcpt, step{Reply: "421 4.3.2 shutting down", Drop: true}, temporary, 2},
		{"554 with the 354", enginetest.AtData, step{Raw: true, Reply: "354 go\r\n552 5.3.4 too big\r\n"}, tooBig, 2},
		{"250 instead of 354", enginetest.AtData, step{Reply: "250 ok"}, garbled, 2},
		{"no number", enginetest.AtRcpt, step{Reply: "hello there"}, garbled, 2},
		{"wrong multi-line", enginetest.AtRcpt, step{Raw: true, Reply: "250-ok\r\n550 5.1.1 no\r\n", Drop: true}, lost, 2},
		{"multi-line that never ends", enginetest.AtRcpt, step{Raw: true, Reply: "250-ok\r\n550 5.1.1 no\r\n"}, late, 2},
		{"endless reply", enginetest.AtRcpt, step{Raw: true, Reply: strings.Repeat("250-"+long+"\r\n", 40)}, garbled, 2},
		{"NUL in the refusal", enginetest.AtRcpt, step{Reply: "550 5.1.1 no\x00such\x01user \xff"}, hard, 1},
		{"8 kB refusal", enginetest.AtRcpt, step{Reply: "550 5.1.1 " + long}, hard, 1},
	}
}

// answersToTheDot are the good, the bad and the missing ones.
func answersToTheDot() []fault {
	type step = enginetest.SMTPStep
	long := strings.Repeat("x", 8<<10)
	temporary := want{delivery.Deferred, delivery.ReasonTemporary}
	silent := want{delivery.Unknown, delivery.ReasonTimeout}
	vanished := want{delivery.Unknown, delivery.ReasonLost}
	muddled := want{delivery.Unknown, delivery.ReasonProtocol}
	accepted := want{delivery.Accepted, delivery.ReasonAccepted}
	return []fault{
		{"drop after the dot", enginetest.AtDot, step{Drop: true}, vanished, 2},
		{"drop after the dot, mail kept", enginetest.AtDot, step{Drop: true, Keep: true}, vanished, 2},
		{"reset after the dot", enginetest.AtDot, step{Reset: true}, vanished, 2},
		{"hang after the dot", enginetest.AtDot, step{Hang: true}, silent, 2},
		{"half an answer to the dot", enginetest.AtDot, step{Raw: true, Reply: "25", Drop: true}, muddled, 2},
		{"multi-line to the dot that never ends", enginetest.AtDot, step{Raw: true, Reply: "250-ok\r\n", Keep: true}, silent, 2},
		{"wrong multi-line to the dot", enginetest.AtDot, step{Raw: true, Reply: "250-ok\r\n550 no\r\n", Drop: true}, vanished, 2},
		{"no number after the dot", enginetest.AtDot, step{Reply: "ok"}, muddled, 2},
		{"354 after the dot", enginetest.AtDot, step{Reply: "354 more"}, muddled, 2},
		{"421 after the dot", enginetest.AtDot, step{Reply: "421 4.3.2 shutting down", Drop: true}, temporary, 2},
		{"250 after a delay", enginetest.AtDot, step{Delay: 50 * time.Millisecond}, accepted, 1},
		{"250 in packets of one byte", enginetest.AtDot, step{Slow: true}, accepted, 1},
		{"354 in packets of one byte", enginetest.AtData, step{Slow: true}, accepted, 1},
		{"8 kB answer to the dot", enginetest.AtDot, step{Reply: "250 2.0.0 " + long}, accepted, 1},
		{"NUL in the answer to the dot", enginetest.AtDot, step{Reply: "250 2.0.0 ok\x00"}, accepted, 1},
		{"250 on several lines", enginetest.AtDot, step{Reply: "250-2.0.0 ok\n250 2.0.0 queued"}, accepted, 1},
		{"251 after the dot", enginetest.AtDot, step{Reply: "251 forwarded"}, accepted, 1},
	}
}

// forms are the ways in which a server takes the commands of a mail: one by one, as a group, and as a group of which it
// grants DATA though it has refused the recipient.
func forms() map[string]enginetest.SMTPConfig {
	return map[string]enginetest.SMTPConfig{"stepwise": {Stepwise: true}, "grouped": {}, "lax": {Lax: true}}
}

// The mail after the faulty one must go through, over the same connection or a
// new one: one fault never poisons the next mail. The outcome is the same in
// whatever form the commands went.
func TestFaultsWhileSending(t *testing.T) {
	t.Parallel()
	for form, config := range forms() {
		for _, tt := range slices.Concat(refusals(), breaks(), answersToTheDot()) {
			t.Run(form+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				checkFault(t, enginetest.StartSMTPWith(t, config), tt)
			})
		}
	}
}

func checkFault(t *testing.T, server *enginetest.SMTPServer, tt fault) {
	t.Helper()
	first := message(1)
	if tt.stage == enginetest.AtBody {
		// Larger than what the kernel buffers, so that the dot cannot have left.
		first.Text = strings.Repeat("0123456789abcdef\n", 1<<20)
	}
	server.ScriptTo(first.To, tt.stage, tt.step)
	if tt.stage == enginetest.AtMail { // reached before the recipient is known
		server.Script(tt.stage, tt.step)
	}
	o := options()
	if tt.want.reason == delivery.ReasonTimeout {
		o.Timeouts.Dot = time.Second
		if tt.stage != enginetest.AtDot {
			o.Timeouts.Command = time.Second
		}
	}
	conn := mustOpen(t, server.URL(), o)
	got := conn.Send(t.Context(), prepare(t, first))
	check(t, got, tt.want)
	if got.Server != server.Addr() || strings.ContainsAny(got.Text, "\x00\x01\r\n") || len(got.Text) > 500 {
		t.Errorf("server %q, text %q", got.Server, got.Text)
	}
	check(t, conn.Send(t.Context(), prepare(t, message(2))), want{delivery.Accepted, delivery.ReasonAccepted})
	if server.Connections() != tt.conns {
		t.Errorf("used %d connections, want %d", server.Connections(), tt.conns)
	}
	copies := 1
	if tt.want.kind == delivery.Accepted || tt.step.Keep {
		copies = 2
	}
	if len(server.Mails()) != copies {
		t.Errorf("server took %d mails, want %d", len(server.Mails()), copies)
	}
}

func TestFaultsWhileOpening(t *testing.T) {
	t.Parallel()
	type step = enginetest.SMTPStep
	tests := []struct {
		name  string
		stage enginetest.SMTPStage
		step  step
		want  want
	}{
		{"421 banner", enginetest.AtBanner, step{Reply: "421 4.3.2 busy", Drop: true}, want{delivery.Deferred, delivery.ReasonTemporary}},
		{"554 banner", enginetest.AtBanner, step{Reply: "554 no service", Drop: true}, want{delivery.SenderFault, delivery.ReasonRefused}},
		{"drop before the banner", enginetest.AtBanner, step{Drop: true}, want{delivery.Deferred, delivery.ReasonLost}},
		{"hang before the banner", enginetest.AtBanner, step{Hang: true}, want{delivery.Deferred, delivery.ReasonTimeout}},
		{"not SMTP", enginetest.AtBanner, step{Reply: "HTTP/1.1 400 Bad Request"}, want{delivery.Deferred, delivery.ReasonProtocol}},
		{"8 kB banner", enginetest.AtBanner, step{Reply: "421 " + strings.Repeat("x", 8<<10)}, want{delivery.Deferred, delivery.ReasonTemporary}},
		{"550 at EHLO", enginetest.AtEhlo, step{Reply: "550 5.7.1 go away", Sticky: true}, want{delivery.SenderFault, delivery.ReasonRefused}},
		{"drop at EHLO", enginetest.AtEhlo, step{Drop: true}, want{delivery.Deferred, delivery.ReasonLost}},
		{"535", enginetest.AtAuth, step{Reply: "535 5.7.8 invalid: geheim+wort"}, want{delivery.SenderFault, delivery.ReasonLogin}},
		{"534", enginetest.AtAuth, step{Reply: "534 5.7.9 too weak"}, want{delivery.SenderFault, delivery.ReasonLogin}},
		{"454 at AUTH", enginetest.AtAuth, step{Reply: "454 4.7.0 later"}, want{delivery.Deferred, delivery.ReasonTemporary}},
		{"drop at AUTH", enginetest.AtAuth, step{Drop: true}, want{delivery.Deferred, delivery.ReasonLost}},
		{"no AUTH offered", enginetest.AtEhlo, step{Reply: "250-scripted.test\n250 8BITMIME"}, want{delivery.SenderFault, delivery.ReasonLogin}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := enginetest.StartSMTPWith(t, enginetest.SMTPConfig{User: "shop", Secret: "geheim+wort"})
			server.Script(tt.stage, tt.step)
			o := options()
			if tt.want.reason == delivery.ReasonTimeout {
				o.Timeouts.Connect = 300 * time.Millisecond
			}
			_, err := open(t, server.URL(), o)
			checkOpen(t, err, tt.want)
			if err != nil && strings.Contains(err.Error(), "geheim") {
				t.Errorf("the error tells the secret: %v", err)
			}
		})
	}
}

func TestServerAway(t *testing.T) {
	t.Parallel()
	server := enginetest.StartSMTP(t)
	server.Stop()
	_, err := open(t, server.URL(), options())
	checkOpen(t, err, want{delivery.Deferred, delivery.ReasonUnreachable})
}

func TestSMTPUTF8(t *testing.T) {
	t.Parallel()
	m := message(1)
	m.To = "jürgen@mail.test"
	old := enginetest.StartSMTPWith(t, enginetest.SMTPConfig{NoUTF8: true})
	conn := mustOpen(t, old.URL(), options())
	got := conn.Send(t.Context(), prepare(t, m))
	check(t, got, want{delivery.BouncedSoft, delivery.ReasonPermanent})
	if got.Enhanced != "5.6.7" || len(old.Mails()) != 0 {
		t.Errorf("enhanced code %q, %d mails", got.Enhanced, len(old.Mails()))
	}
	check(t, conn.Send(t.Context(), prepare(t, message(2))), want{delivery.Accepted, delivery.ReasonAccepted})

	server := enginetest.StartSMTP(t)
	conn = mustOpen(t, server.URL(), options())
	for _, mail := range []delivery.Message{m, message(2)} {
		check(t, conn.Send(t.Context(), prepare(t, mail)), want{delivery.Accepted, delivery.ReasonAccepted})
	}
	mails := server.Mails()
	if mails[0].To != m.To || !strings.Contains(mails[0].Params, "SMTPUTF8") {
		t.Errorf("non-ASCII mail: to %q with %q", mails[0].To, mails[0].Params)
	}
	if strings.Contains(mails[1].Params, "SMTPUTF8") || !strings.Contains(mails[1].Params, "BODY=8BITMIME") {
		t.Errorf("ASCII mail must not ask for SMTPUTF8: %q", mails[1].Params)
	}
}

// Stopping before the dot costs nothing; after it the answer is awaited.
func TestCancel(t *testing.T) {
	t.Parallel()
	t.Run("before Send", func(t *testing.T) {
		t.Parallel()
		server := enginetest.StartSMTP(t)
		conn := mustOpen(t, server.URL(), options())
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		check(t, conn.Send(ctx, prepare(t, message(1))), want{delivery.Deferred, delivery.ReasonCancelled})
		check(t, conn.Send(t.Context(), prepare(t, message(1))), want{delivery.Accepted, delivery.ReasonAccepted})
		if server.Connections() != 1 {
			t.Errorf("used %d connections, want 1", server.Connections())
		}
	})
	for _, stage := range []enginetest.SMTPStage{enginetest.AtRcpt, enginetest.AtData} {
		t.Run("at "+string(stage), func(t *testing.T) {
			t.Parallel()
			server := enginetest.StartSMTP(t)
			reached := make(chan struct{})
			server.Script(stage, enginetest.SMTPStep{Reached: reached, Hang: true})
			conn := mustOpen(t, server.URL(), options())
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-reached; cancel() }()
			check(t, conn.Send(ctx, prepare(t, message(1))), want{delivery.Deferred, delivery.ReasonCancelled})
			check(t, conn.Send(t.Context(), prepare(t, message(1))), want{delivery.Accepted, delivery.ReasonAccepted})
		})
	}
	t.Run("after the dot", func(t *testing.T) {
		t.Parallel()
		server := enginetest.StartSMTP(t)
		reached, release := make(chan struct{}), make(chan struct{})
		server.Script(enginetest.AtDot, enginetest.SMTPStep{Reached: reached, Until: release})
		conn := mustOpen(t, server.URL(), options())
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-reached; cancel(); close(release) }()
		check(t, conn.Send(ctx, prepare(t, message(1))), want{delivery.Accepted, delivery.ReasonAccepted})
	})
	t.Run("after the dot, without an answer", func(t *testing.T) {
		t.Parallel()
		server := enginetest.StartSMTP(t)
		reached := make(chan struct{})
		server.Script(enginetest.AtDot, enginetest.SMTPStep{Reached: reached, Hang: true})
		o := options()
		o.Timeouts.Linger = 100 * time.Millisecond // far less than Dot
		conn := mustOpen(t, server.URL(), o)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-reached; cancel() }()
		check(t, conn.Send(ctx, prepare(t, message(1))), want{delivery.Unknown, delivery.ReasonCancelled})
	})
	t.Run("while opening", func(t *testing.T) {
		t.Parallel()
		server := enginetest.StartSMTP(t)
		reached := make(chan struct{})
		server.Script(enginetest.AtBanner, enginetest.SMTPStep{Reached: reached, Hang: true})
		sender, err := delivery.Parse(server.URL(), options())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-reached; cancel() }()
		_, err = sender.Open(ctx)
		checkOpen(t, err, want{delivery.Deferred, delivery.ReasonCancelled})
	})
}
