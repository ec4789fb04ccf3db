package engine

import (
	"strings"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/enginetest"
	"treue/engine/store"
)

type (
	rateOf = store.RateOf
	step   = enginetest.SMTPStep
)

// login makes a server ask for a user, whom the URL names.
func login(c *enginetest.SMTPConfig) { c.User, c.Secret = "shop", "geheim" }

// connectionFaults concern the server as a whole, before any mail.
func connectionFaults() []smtpFault {
	const later = time.Minute
	long := strings.Repeat("x", 8<<10)
	return []smtpFault{
		{name: "refused", away: true, state: campaigns.Deferred, reason: "open mail connection to", wait: later},
		{name: "421 banner", at: enginetest.AtBanner, step: step{Reply: "421 4.3.2 busy", Drop: true}, state: campaigns.Deferred, reason: "open mail connection to", wait: later},
		{name: "554 banner", at: enginetest.AtBanner, step: step{Reply: "554 no service", Drop: true}, state: campaigns.Deferred, reason: "open mail connection to", wait: later, pauses: true},
		{name: "silence instead of a banner", at: enginetest.AtBanner, step: step{Hang: true}, state: campaigns.Deferred, reason: "open mail connection to", wait: later},
		{name: "closed before the banner", at: enginetest.AtBanner, step: step{Drop: true}, state: campaigns.Deferred, reason: "open mail connection to", wait: later},
		{name: "reset before the banner", at: enginetest.AtBanner, step: step{Reset: true}, state: campaigns.Deferred, reason: "open mail connection to", wait: later},
		{name: "not SMTP", at: enginetest.AtBanner, step: step{Reply: "HTTP/1.1 400 Bad Request"}, state: campaigns.Deferred, reason: "open mail connection to", wait: later},
		{name: "8 kB banner", at: enginetest.AtBanner, step: step{Reply: "421 " + long}, state: campaigns.Deferred, reason: "open mail connection to", wait: later},
		{name: "550 at EHLO", at: enginetest.AtEhlo, step: step{Reply: "550 5.7.1 go away"}, state: campaigns.Deferred, reason: "open mail connection to", wait: later, pauses: true},
		{name: "closed at EHLO", at: enginetest.AtEhlo, step: step{Drop: true}, state: campaigns.Deferred, reason: "open mail connection to", wait: later},
		{name: "535 login", offer: login, at: enginetest.AtAuth, step: step{Reply: "535 5.7.8 invalid"}, state: campaigns.Deferred, reason: "open mail connection to", wait: later, pauses: true},
		{name: "454 at AUTH", offer: login, at: enginetest.AtAuth, step: step{Reply: "454 4.7.0 later"}, state: campaigns.Deferred, reason: "open mail connection to", wait: later},
		{name: "no AUTH offered", offer: login, at: enginetest.AtEhlo, step: step{Reply: "250-scripted.test\n250 8BITMIME"}, state: campaigns.Deferred, reason: "open mail connection to", wait: later, pauses: true},
	}
}

// tlsFaults are servers to which nothing can be said in confidence.
func tlsFaults(t *testing.T) []smtpFault {
	t.Helper()
	tomorrow := time.Now().AddDate(0, 0, 1)
	good, trusted := enginetest.Certificate(t, "127.0.0.1", tomorrow)
	expired, trustExpired := enginetest.Certificate(t, "127.0.0.1", time.Now().AddDate(0, 0, -1))
	wrong, trustWrong := enginetest.Certificate(t, "other.test", tomorrow)
	offering := func(c enginetest.SMTPConfig) func(*enginetest.SMTPConfig) {
		return func(config *enginetest.SMTPConfig) { *config = c }
	}
	tls := func(name string, offer enginetest.SMTPConfig, change func(*smtpFault)) smtpFault {
		f := smtpFault{
			name: name, offer: offering(offer), query: "?tls=starttls", trust: trusted,
			state: campaigns.Deferred, reason: "open mail connection to", wait: time.Minute, pauses: true,
		}
		if change != nil {
			change(&f)
		}
		return f
	}
	return []smtpFault{
		tls("STARTTLS missing", enginetest.SMTPConfig{}, nil),
		tls("certificate expired", enginetest.SMTPConfig{TLS: expired}, func(f *smtpFault) { f.trust = trustExpired }),
		tls("certificate of another host", enginetest.SMTPConfig{TLS: wrong}, func(f *smtpFault) { f.trust = trustWrong }),
		tls("certificate of nobody we know", enginetest.SMTPConfig{TLS: good}, func(f *smtpFault) { f.trust = nil }),
		tls("the same with implicit TLS", enginetest.SMTPConfig{TLS: good, Implicit: true}, func(f *smtpFault) { f.trust, f.query = nil, "" }),
		tls("454 to STARTTLS", enginetest.SMTPConfig{TLS: good}, func(f *smtpFault) {
			f.at, f.step, f.pauses = enginetest.AtStartTLS, step{Reply: "454 4.7.0 not now"}, false
		}),
		tls("closed in the handshake", enginetest.SMTPConfig{TLS: good}, func(f *smtpFault) {
			f.at, f.step, f.pauses = enginetest.AtStartTLS, step{Reply: "220 go", Drop: true}, false
		}),
	}
}

// refusedMails are proper answers that are no yes.
func refusedMails() []smtpFault {
	refusal := func(name string, at enginetest.SMTPStage, reply string, state campaigns.State, reason string, change func(*smtpFault)) smtpFault {
		f := smtpFault{name: name, at: at, step: step{Reply: reply}, state: state, reason: reason}
		if state == campaigns.Deferred {
			f.wait = time.Minute
		}
		if change != nil {
			change(&f)
		}
		return f
	}
	slower := func(f *smtpFault) { f.group = campaigns.RateFast }
	dead := func(f *smtpFault) { f.dead = true }
	ours := func(f *smtpFault) { f.pauses, f.wait = true, time.Hour }
	const (
		temporary = "deferred: temporary refusal"
		fast      = "deferred: sending too fast"
		hard      = "bounced_hard: no such mailbox"
		soft      = "bounced_soft: permanent refusal"
		blocked   = "blocked: refused by policy"
		unproven  = "sender_fault: sender not authenticated"
		tooBig    = "message_fault: mail too big"
	)
	rcpt, data, dot := enginetest.AtRcpt, enginetest.AtData, enginetest.AtDot
	return []smtpFault{
		refusal("451 greylisted", rcpt, "451 4.3.0 greylisted, come back in 60 seconds", campaigns.Deferred, temporary, nil),
		refusal("450 4.2.1", rcpt, "450 4.2.1 mailbox busy", campaigns.Deferred, temporary, nil),
		refusal("452 4.2.2", rcpt, "452 4.2.2 over quota", campaigns.Deferred, temporary, nil),
		refusal("451 at DATA", data, "451 4.3.0 no", campaigns.Deferred, temporary, nil),
		refusal("451 after the dot", dot, "451 4.3.0 no", campaigns.Deferred, temporary, nil),
		refusal("421 after the dot", dot, "421 4.3.2 shutting down", campaigns.Deferred, temporary, func(f *smtpFault) { f.step.Drop = true }),
		refusal("421 4.7.28", rcpt, "421 4.7.28 unusual rate", campaigns.Deferred, fast, func(f *smtpFault) { f.group, f.step.Drop = campaigns.RateFast, true }),
		refusal("450 4.7.1", rcpt, "450 4.7.1 slow down", campaigns.Deferred, fast, slower),
		refusal("451 rate limit, by word", rcpt, "451 Rate limit exceeded", campaigns.Deferred, fast, slower),
		refusal("550 5.1.1", rcpt, "550 5.1.1 no such user", campaigns.Bounced, hard, dead),
		refusal("550 5.1.1 after the dot", dot, "550-5.1.1 no such user\n550 5.1.1 see page", campaigns.Bounced, hard, dead),
		refusal("556 5.1.10", rcpt, "556 5.1.10 null MX", campaigns.Bounced, hard, dead),
		refusal("550 5.2.1", rcpt, "550 5.2.1 disabled", campaigns.Bounced, hard, dead),
		refusal("8 kB refusal", rcpt, "550 5.1.1 "+strings.Repeat("x", 8<<10), campaigns.Bounced, hard, dead),
		refusal("NUL in the refusal", rcpt, "550 5.1.1 no\x00such\x01user \xff", campaigns.Bounced, hard, dead),
		refusal("552 5.2.2", rcpt, "552 5.2.2 mailbox full", campaigns.Bounced, "bounced_soft: mailbox full", nil),
		refusal("bare 550", rcpt, "550 user unknown", campaigns.Bounced, soft, nil),
		refusal("bare 552", dot, "552 exceeded", campaigns.Bounced, soft, nil),
		refusal("no SMTPUTF8", "", "", campaigns.Bounced, soft, func(f *smtpFault) {
			f.to, f.offer = "jürgen", func(c *enginetest.SMTPConfig) { c.NoUTF8 = true }
		}),
		refusal("550 5.7.1", rcpt, "550 5.7.1 blocked", campaigns.Failed, blocked, nil),
		refusal("550 5.7.1 for three", dot, "550 5.7.1 blocked", campaigns.Failed, blocked, func(f *smtpFault) { f.hit, f.group = 3, campaigns.RatePolicy }),
		refusal("550 5.7.26", dot, "550-5.7.26 unauthenticated\n550 5.7.26 mail", campaigns.Deferred, unproven, ours),
		refusal("550 5.7.515", dot, "550 5.7.515 access denied", campaigns.Deferred, unproven, ours),
		refusal("530 at MAIL", enginetest.AtMail, "530 5.7.0 authentication required", campaigns.Deferred, "sender_fault: login refused", ours),
		refusal("552 5.3.4", dot, "552 5.3.4 too big", campaigns.Failed, tooBig, nil),
		refusal("552 5.3.4 for all", dot, "552 5.3.4 too big", campaigns.Failed, tooBig, func(f *smtpFault) { f.all, f.stops = true, true }),
	}
}

// brokenMails are answers that are none, or late.
func brokenMails() []smtpFault {
	broken := func(name string, at enginetest.SMTPStage, s step, reason string) smtpFault {
		f := smtpFault{name: name, at: at, step: s, state: campaigns.Deferred, reason: "deferred: " + reason, wait: time.Minute}
		if at == enginetest.AtDot {
			f.state, f.reason, f.wait = campaigns.Unknown, "unknown: "+reason, 15*time.Minute
		}
		return f
	}
	fine := func(name string, at enginetest.SMTPStage, s step) smtpFault {
		return smtpFault{name: name, at: at, step: s, state: campaigns.Accepted}
	}
	rcpt, data, dot := enginetest.AtRcpt, enginetest.AtData, enginetest.AtDot
	return []smtpFault{
		broken("closed at RCPT", rcpt, step{Drop: true}, "connection lost"),
		broken("reset at DATA", data, step{Reset: true}, "connection lost"),
		broken("silence at RCPT", rcpt, step{Hang: true}, "no answer in time"),
		broken("silence at DATA", data, step{Hang: true}, "no answer in time"),
		broken("250 instead of 354", data, step{Reply: "250 ok"}, "answer outside the protocol"),
		broken("wrong multi-line", rcpt, step{Raw: true, Reply: "250-ok\r\n550 5.1.1 no\r\n", Drop: true}, "connection lost"),
		broken("endless reply", rcpt, step{Raw: true, Reply: strings.Repeat("250-"+strings.Repeat("x", 8<<10)+"\r\n", 40)}, "answer outside the protocol"),
		broken("closed after the dot", dot, step{Drop: true, Keep: true}, "connection lost"),
		broken("reset after the dot", dot, step{Reset: true}, "connection lost"),
		broken("silence after the dot", dot, step{Hang: true}, "no answer in time"),
		broken("half an answer to the dot", dot, step{Raw: true, Reply: "25", Drop: true}, "answer outside the protocol"),
		fine("250 after a long time", dot, step{Delay: 300 * time.Millisecond}),
		fine("packets of one byte", dot, step{Slow: true}),
		fine("8 kB answer to the dot", dot, step{Reply: "250 2.0.0 " + strings.Repeat("x", 8<<10)}),
	}
}
