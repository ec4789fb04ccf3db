package delivery

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"
)

type classifyCase struct {
	name     string
	stage    Stage
	code     int
	text     string
	err      error
	kind     Kind
	reason   Reason
	enhanced string
	rate     bool
}

// classifyBroken are good answers to the dot and attempts without a proper reply.
func classifyBroken() []classifyCase {
	reset := &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	late := fmt.Errorf("read: %w", os.ErrDeadlineExceeded)
	return []classifyCase{
		{"250 after the dot", StageDot, 250, "2.0.0 Ok: queued as 4F9D", nil, Accepted, ReasonAccepted, "2.0.0", false},
		{"251 after the dot", StageDot, 251, "will forward", nil, Accepted, ReasonAccepted, "", false},
		{"250 where 354 belongs", StageData, 250, "ok", nil, Deferred, ReasonProtocol, "", false},

		{"refused", StageConnect, 0, "", refused, Deferred, ReasonUnreachable, "", false},
		{"no such host", StageConnect, 0, "", &net.DNSError{IsNotFound: true}, Deferred, ReasonUnreachable, "", false},
		{"connect timeout", StageConnect, 0, "", late, Deferred, ReasonTimeout, "", false},
		{"reset at RCPT", StageRcpt, 0, "", reset, Deferred, ReasonLost, "", false},
		{"reset in the text", StageData, 0, "", reset, Deferred, ReasonLost, "", false},
		{"timeout in the text", StageData, 0, "", late, Deferred, ReasonTimeout, "", false},
		{"stopped by us", StageData, 0, "", fmt.Errorf("%w: %w", errStopped, late), Deferred, ReasonCancelled, "", false},
		{"garbage", StageRcpt, 0, "", textproto.ProtocolError("short response: hi"), Deferred, ReasonProtocol, "", false},
		{"endless reply", StageRcpt, 0, "", errReplyTooLong, Deferred, ReasonProtocol, "", false},

		{"drop after the dot", StageDot, 0, "", io.EOF, Unknown, ReasonLost, "", false},
		{"reset after the dot", StageDot, 0, "", reset, Unknown, ReasonLost, "", false},
		{"timeout after the dot", StageDot, 0, "", late, Unknown, ReasonTimeout, "", false},
		{"garbage after the dot", StageDot, 0, "", textproto.ProtocolError("x"), Unknown, ReasonProtocol, "", false},
		{"354 after the dot", StageDot, 354, "go on", nil, Unknown, ReasonProtocol, "", false},
		{"421 after the dot", StageDot, 421, "4.3.0 closing", nil, Deferred, ReasonTemporary, "4.3.0", false},
	}
}

// classifyTemporary are 4xx replies.
func classifyTemporary() []classifyCase {
	return []classifyCase{
		{"greylisted", StageRcpt, 451, "4.2.0 greylisted", nil, Deferred, ReasonTemporary, "4.2.0", false},
		{"450 4.2.1", StageRcpt, 450, "4.2.1 unavailable", nil, Deferred, ReasonTemporary, "4.2.1", false},
		{"452 4.2.2", StageRcpt, 452, "4.2.2 over quota", nil, Deferred, ReasonTemporary, "4.2.2", false},
		{"421 4.7.28", StageRcpt, 421, "4.7.28 unusual rate of mail", nil, Deferred, ReasonRate, "4.7.28", true},
		{"421 by word", StageMail, 421, "Rate limit exceeded", nil, Deferred, ReasonRate, "", true},
		{"451 with generate", StageMail, 451, "cannot generate corporate id", nil, Deferred, ReasonTemporary, "", false},
		{"452 4.7.1 is no rate code", StageRcpt, 452, "4.7.1 later", nil, Deferred, ReasonTemporary, "4.7.1", false},
		{"4xx with a 5.1.1", StageRcpt, 450, "5.1.1 unknown here", nil, Deferred, ReasonTemporary, "5.1.1", false},
		{"421 banner", StageConnect, 421, "busy", nil, Deferred, ReasonTemporary, "", false},
		{"454 STARTTLS", StageTLS, 454, "4.7.0 TLS not available", nil, Deferred, ReasonTemporary, "4.7.0", false},
		{"454 AUTH", StageAuth, 454, "4.7.0 try later", nil, Deferred, ReasonTemporary, "4.7.0", false},
	}
}

// classifyPermanent are 5xx replies about the recipient or the mail, and bounce messages.
func classifyPermanent() []classifyCase {
	return []classifyCase{
		{"5.1.1", StageRcpt, 550, "5.1.1 no such user", nil, BouncedHard, ReasonNoMailbox, "5.1.1", false},
		{"5.1.1 after the dot", StageDot, 550, "5.1.1 no such user", nil, BouncedHard, ReasonNoMailbox, "5.1.1", false},
		{"5.1.1 before basic 535", StageRcpt, 535, "5.1.1 no such user", nil, BouncedHard, ReasonNoMailbox, "5.1.1", false},
		{"5.1.2", StageRcpt, 550, "5.1.2 no such domain", nil, BouncedHard, ReasonNoMailbox, "5.1.2", false},
		{"5.1.3", StageRcpt, 501, "5.1.3 bad syntax", nil, BouncedHard, ReasonNoMailbox, "5.1.3", false},
		{"5.1.6", StageRcpt, 551, "5.1.6 moved", nil, BouncedHard, ReasonNoMailbox, "5.1.6", false},
		{"5.1.10", StageRcpt, 556, "5.1.10 null MX", nil, BouncedHard, ReasonNoMailbox, "5.1.10", false},
		{"5.2.1", StageRcpt, 550, "5.2.1 disabled", nil, BouncedHard, ReasonNoMailbox, "5.2.1", false},
		{"5.1.11 is not 5.1.1", StageRcpt, 550, "5.1.11 odd", nil, BouncedSoft, ReasonPermanent, "5.1.11", false},
		{"5.1.4", StageRcpt, 550, "5.1.4 ambiguous", nil, BouncedSoft, ReasonPermanent, "5.1.4", false},
		{"5.2.2", StageRcpt, 552, "5.2.2 mailbox full", nil, BouncedSoft, ReasonMailboxFull, "5.2.2", false},
		{"5.2.3", StageDot, 552, "5.2.3 too long for it", nil, BouncedSoft, ReasonPermanent, "5.2.3", false},
		{"bare 550", StageRcpt, 550, "User unknown", nil, BouncedSoft, ReasonPermanent, "", false},
		{"bare 552", StageDot, 552, "too much", nil, BouncedSoft, ReasonPermanent, "", false},
		{"bare 554", StageDot, 554, "transaction failed", nil, BouncedSoft, ReasonPermanent, "", false},
		{"bare 5xx unheard of", StageDot, 599, "?", nil, BouncedSoft, ReasonPermanent, "", false},
		{"550 with a 4.4.7", StageDot, 550, "4.4.7 expired", nil, BouncedSoft, ReasonPermanent, "4.4.7", false},

		{"5.7.1", StageRcpt, 550, "5.7.1 blocked", nil, Blocked, ReasonPolicy, "5.7.1", false},
		{"5.7.1 at MAIL", StageMail, 550, "5.7.1 blocked", nil, Blocked, ReasonPolicy, "5.7.1", false},
		{"550 4.7.1", StageDot, 550, "4.7.1 policy", nil, Blocked, ReasonPolicy, "4.7.1", false},
		{"5.7.25", StageDot, 550, "5.7.25 no PTR", nil, Blocked, ReasonPolicy, "5.7.25", false},

		{"5.3.4", StageDot, 552, "5.3.4 too big", nil, MessageFault, ReasonTooBig, "5.3.4", false},
		{"5.3.4 at MAIL", StageMail, 552, "5.3.4 too big", nil, MessageFault, ReasonTooBig, "5.3.4", false},

		{"report 5.1.1", StageReport, 0, "5.1.1", nil, BouncedHard, ReasonNoMailbox, "5.1.1", false},
		{"report 4.4.7", StageReport, 0, "4.4.7", nil, BouncedSoft, ReasonPermanent, "4.4.7", false},
		{"report 5.7.1", StageReport, 0, "5.7.1", nil, Blocked, ReasonPolicy, "5.7.1", false},
		{"report 2.0.0", StageReport, 0, "2.0.0", nil, Accepted, ReasonAccepted, "2.0.0", false},
	}
}

// classifySender are faults of ours.
func classifySender() []classifyCase {
	reset := &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	return []classifyCase{
		{"5.7.26", StageDot, 550, "5.7.26 unauthenticated", nil, SenderFault, ReasonUnproven, "5.7.26", false},
		{"5.7.515", StageRcpt, 550, "5.7.515 access denied", nil, SenderFault, ReasonUnproven, "5.7.515", false},
		{"530", StageMail, 530, "5.7.0 authenticate", nil, SenderFault, ReasonLogin, "5.7.0", false},
		{"530 at RCPT", StageRcpt, 530, "authenticate", nil, SenderFault, ReasonLogin, "", false},
		{"535", StageAuth, 535, "5.7.8 invalid", nil, SenderFault, ReasonLogin, "5.7.8", false},
		{"554 banner", StageConnect, 554, "no service", nil, SenderFault, ReasonRefused, "", false},
		{"550 at EHLO", StageHello, 550, "5.1.1 odd", nil, SenderFault, ReasonRefused, "5.1.1", false},
		{"5.1.8 at MAIL", StageMail, 550, "5.1.8 bad sender", nil, SenderFault, ReasonRefused, "5.1.8", false},
		{"5.1.1 at MAIL is about us", StageMail, 550, "5.1.1 who", nil, SenderFault, ReasonRefused, "5.1.1", false},
		{"no STARTTLS", StageTLS, 0, "", errNoTLS, SenderFault, ReasonNoTLS, "", false},
		{"no AUTH", StageAuth, 0, "", errNoLogin, SenderFault, ReasonLogin, "", false},
		{"not loopback", StageConnect, 0, "", errNotLoopback, SenderFault, ReasonRefused, "", false},
		{"unknown authority", StageTLS, 0, "", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, SenderFault, ReasonCertificate, "", false},
		{"wrong host", StageTLS, 0, "", x509.HostnameError{}, SenderFault, ReasonCertificate, "", false},
		{"TLS alert", StageTLS, 0, "", &net.OpError{Op: "remote error", Err: errors.New("tls: bad")}, SenderFault, ReasonCertificate, "", false},
		{"old TLS", StageTLS, 0, "", errors.New("tls: server selected unsupported protocol version 301"), SenderFault, ReasonCertificate, "", false},
		{"not TLS at all", StageTLS, 0, "", tls.RecordHeaderError{Msg: "x"}, SenderFault, ReasonCertificate, "", false},
		{"reset in the handshake", StageTLS, 0, "", reset, Deferred, ReasonLost, "", false},
		{"drop in the handshake", StageTLS, 0, "", io.EOF, Deferred, ReasonLost, "", false},
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	for _, tt := range slices.Concat(classifyBroken(), classifyTemporary(), classifyPermanent(), classifySender()) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := Classify(tt.stage, tt.code, "", tt.text, tt.err)
			if got.Kind != tt.kind || got.Reason != tt.reason || got.Enhanced != tt.enhanced || got.Rate != tt.rate {
				t.Errorf("got %v (enhanced %q, rate %v), want %v: %s (enhanced %q, rate %v)",
					got, got.Enhanced, got.Rate, tt.kind, tt.reason, tt.enhanced, tt.rate)
			}
		})
	}
}

// The promises that hold for every answer a server can invent.
func TestClassifyNeverBlamesTheCustomerByGuess(t *testing.T) {
	t.Parallel()
	hard := map[string]bool{"5.1.1": true, "5.1.2": true, "5.1.3": true, "5.1.6": true, "5.1.10": true, "5.2.1": true}
	rapid.Check(t, func(t *rapid.T) {
		stage := Stage(rapid.IntRange(int(StageConnect), int(StageReport)).Draw(t, "stage"))
		code := rapid.IntRange(0, 999).Draw(t, "code")
		text := rapid.String().Draw(t, "text")
		if rapid.Bool().Draw(t, "enhanced") {
			text = fmt.Sprintf("%d.%d.%d %s", rapid.IntRange(1, 6).Draw(t, "class"),
				rapid.IntRange(0, 8).Draw(t, "subject"), rapid.IntRange(0, 520).Draw(t, "detail"), text)
		}
		o := Classify(stage, code, "", text, io.EOF)
		if o.Kind < Accepted || o.Kind > MessageFault || o.Reason == "" {
			t.Fatalf("no outcome: %+v", o)
		}
		if o.Kind == BouncedHard && (!hard[o.Enhanced] || stage < StageRcpt) {
			t.Fatalf("hard bounce without one of the six codes at RCPT or later: %v", o)
		}
		if (o.Kind == BouncedHard || o.Kind == BouncedSoft) && stage < StageRcpt {
			t.Fatalf("a bounce before any recipient was named: %v", o)
		}
		if o.Kind == Unknown && stage != StageDot {
			t.Fatalf("unknown before the dot: %v", o)
		}
		if stage == StageDot && (code < 200 || code/100 == 3 || code >= 600) && code != 0 && o.Kind != Unknown {
			t.Fatalf("no proper answer to the dot must stay unknown: %v", o)
		}
		if o.Kind == Accepted && stage < StageDot {
			t.Fatalf("accepted before the dot: %v", o)
		}
		if len(o.Text) > maxText || strings.ContainsAny(o.Text, "\x00\r\n") {
			t.Fatalf("text is not clean: %q", o.Text)
		}
	})
}

func TestOutcomeKeepsServerWordsOutOfLogs(t *testing.T) {
	t.Parallel()
	o := Classify(StageRcpt, 550, "", "5.1.1 <anna@shop.example> unknown", nil)
	const want = "bounced_hard: no such mailbox or domain (550 5.1.1 at rcpt)"
	for _, got := range []string{o.String(), fmt.Sprintf("%+v", o), o.LogValue().String()} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if !strings.Contains(o.Text, "anna@shop.example") {
		t.Errorf("Text lost the server's words: %q", o.Text)
	}
}
