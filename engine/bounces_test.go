package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/bounce"
	"treue/engine/enginetest"
	"treue/engine/store"
	"treue/rules/customer"
)

// returning is a shop with a bounce address that has sent one mail to each of some customers.
func returning(t *testing.T, n int) (*shop, []enginetest.SMTPMail) {
	t.Helper()
	s := newShop(t, func(c *Config) { c.Bounce = "b@bounce.shop.example" })
	s.customers(n, nil)
	s.start(func(d *campaigns.Definition) { oneMail(d); d.Holdout = 0 })
	s.run("winback")
	mails := s.smtp.Mails()
	same(t, "mails", len(mails), n)
	s.pass(time.Hour)
	return s, mails
}

// dsn is a report about a mail; to is where it is delivered, embedded what it quotes.
func dsn(to, recipient, status, embedded string) string {
	return "From: MAILER-DAEMON@mx.example\r\nTo: " + to + "\r\nSubject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n" +
		"Final-Recipient: rfc822; " + recipient + "\r\nAction: failed\r\nStatus: " + status + "\r\n\r\n--x\r\nContent-Type: text/rfc822-headers\r\n\r\n" + embedded + "\r\n--x--\r\n"
}

func (s *shop) receive(raw string) Effect {
	s.t.Helper()
	got, err := s.Receive(s.t.Context(), []byte(raw), s.now)
	s.must(err)
	return got.Effect
}

func (s *shop) suppressed() string {
	s.t.Helper()
	return one[string](s, `SELECT coalesce(string_agg(c.external_id || ' ' || x.reason, ', ' ORDER BY c.external_id), '') FROM suppressions x JOIN customers c USING (address_hash)`)
}

// TestReturns sends mail and lets each come back in another way. What counts is our own mark, never the claim alone.
func TestReturns(t *testing.T) {
	t.Parallel()
	s, mails := returning(t, 8)
	id := func(i int) string { return "Message-ID: " + mails[i].MessageID + "\r\n" }
	name := func(i int) string { return strings.TrimSuffix(mails[i].To, "@customer.example") }
	if !strings.HasPrefix(mails[0].From, "b+") || mails[0].From == mails[1].From {
		t.Fatalf("envelope senders %s and %s", mails[0].From, mails[1].From)
	}
	hard := dsn(mails[0].From, mails[0].To, "5.1.1", "")
	same(t, "hard by token", s.receive(hard), EffectSuppressed)
	same(t, "again", s.receive(hard), EffectRepeated)
	same(t, "policy", s.receive(dsn(mails[1].From, mails[1].To, "5.7.1", "")), EffectRecorded)
	same(t, "our fault", s.receive(dsn(mails[1].From, mails[1].To, "5.7.26", "")), EffectRecorded)
	same(t, "soft", s.receive(dsn(mails[2].From, mails[2].To, "5.2.2", "")), EffectRecorded)
	same(t, "hard by Message-ID", s.receive(dsn("b@bounce.shop.example", mails[3].To, "5.1.1", id(3))), EffectSuppressed)
	same(t, "complaint", s.receive(complaint(id(4))), EffectSuppressed)
	same(t, "of a forwarded copy", s.receive(dsn("b@bounce.shop.example", "elsewhere@other.example", "5.1.1", id(5))), EffectRecorded)

	forged := s.keys
	forged.Link = []byte(strings.Repeat("x", keySize))
	same(t, "forged token", s.receive(dsn("b+"+forged.BounceToken(1, mails[6].MessageID, nil, s.now.Add(time.Hour))+"@bounce.shop.example", mails[6].To, "5.1.1", "")), EffectIgnored)
	same(t, "bare claim", s.receive(dsn("b@bounce.shop.example", mails[6].To, "5.1.1", "")), EffectIgnored)
	same(t, "guessed Message-ID", s.receive(dsn("b@bounce.shop.example", mails[6].To, "5.1.1", "Message-ID: <0123@shop.example>\r\n")), EffectIgnored)
	same(t, "absence", s.receive("From: "+mails[6].To+"\r\nTo: "+mails[6].From+"\r\nSubject: Out of office\r\nAuto-Submitted: auto-replied\r\n\r\nuser unknown"), EffectIgnored)

	s.sql(`UPDATE customers SET email = 'new@customer.example', address_hash = $2 WHERE external_id = $1`, name(7), customer.AddressHash(testKeys().Pepper, "new@customer.example"))
	same(t, "of an address given up", s.receive(dsn(mails[7].From, mails[7].To, "5.1.1", "")), EffectRecorded)

	want := []string{name(0) + " hard bounce", name(3) + " hard bounce", name(4) + " complaint"}
	for _, w := range want {
		if !strings.Contains(s.suppressed(), w) {
			t.Errorf("suppressed: %s, want %s", s.suppressed(), w)
		}
	}
	same(t, "suppressed", one[int](s, `SELECT count(*)::int FROM suppressions`), len(want))
	same(t, "sends", s.states("winback"), states{campaigns.Accepted: 4, campaigns.Bounced: 4})
	same(t, "events without a mail", one[int](s, `SELECT count(*)::int FROM mail_events WHERE campaign_key IS NULL`), 0)
	counts, err := s.Store().MailEventCounts(t.Context(), s.now.Add(-time.Hour))
	s.must(err)
	same(t, "alarms", counts, map[string]int64{"hard": 4, "block": 1, "sender": 1, "soft": 1, "complaint": 1})
	s.pass(61 * 24 * time.Hour)
	same(t, "after its time", s.receive(dsn(mails[6].From, mails[6].To, "5.1.1", "")), EffectIgnored)
}

func complaint(embedded string) string {
	return "From: fbl@gmx.example\r\nTo: b@bounce.shop.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=x\r\n\r\n" +
		"--x\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1\r\n\r\n--x\r\nContent-Type: text/rfc822-headers\r\n\r\n" + embedded + "\r\n--x--\r\n"
}

// TestSoftSeries holds that five mails that bounce softly over two weeks count as a dead address, and that neither
// fewer, nor a shorter time, nor five with a delivery among them do.
func TestSoftSeries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		mails   int
		gap     time.Duration
		arrived int // the mail that did not come back; -1: all did
		want    string
	}{
		{"five in sixteen days", 5, 4 * 24 * time.Hour, -1, "k0 soft bounces"},
		{"four", 4, 10 * 24 * time.Hour, -1, ""},
		{"five in eight days", 5, 2 * 24 * time.Hour, -1, ""},
		{"one went through", 6, 4 * 24 * time.Hour, 2, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, func(c *Config) { c.Bounce, c.Cap7d, c.Cap30d = "b@bounce.shop.example", 9, 99 })
			s.customers(1, nil)
			for i := range c.mails {
				key := fmt.Sprintf("soft-%d", i)
				s.start(func(d *campaigns.Definition) { oneMail(d); d.Holdout, d.Key, d.Cooldown = 0, key, 0 })
				s.run(key)
				mail := s.smtp.Mails()[i]
				s.pass(time.Hour)
				if i != c.arrived {
					s.receive(dsn(mail.From, mail.To, "5.2.2", ""))
				}
				s.pass(c.gap - time.Hour)
			}
			same(t, "suppressed", s.suppressed(), c.want)
		})
	}
}

// TestUnsubscribeByMail holds that a letter to the unsubscribe address counts by the token in its subject or as an
// answer to a mail, and that a stranger's does not.
func TestUnsubscribeByMail(t *testing.T) {
	t.Parallel()
	s, mails := returning(t, 3)
	token := s.keys.Token(Unsubscribe, id(0), "winback")
	letter := func(to, subject, answers string) string {
		return "From: someone@customer.example\r\nTo: <" + to + ">\r\nSubject: " + subject + "\r\nIn-Reply-To: " + answers + "\r\n\r\nplease\r\n"
	}
	same(t, "token", s.receive(letter("leave@shop.example", "unsubscribe "+token, "")), EffectUnsubscribed)
	same(t, "encoded", s.receive(letter("leave@shop.example", "=?utf-8?q?unsubscribe_"+strings.ReplaceAll(token, "_", "=5F")+"?=", "")), EffectUnsubscribed)
	same(t, "changed token", s.receive(letter("leave@shop.example", "unsubscribe "+token[:len(token)-2]+"xx", "")), EffectIgnored)
	same(t, "answer", s.receive(letter("Leave@shop.example", "Re: hello", mails[1].MessageID)), EffectUnsubscribed)
	same(t, "answer elsewhere", s.receive(letter("hello@shop.example", "Re: hello", mails[2].MessageID)), EffectIgnored)
	same(t, "stranger", s.receive(letter("leave@shop.example", "unsubscribe me", "<a@b.example>")), EffectIgnored)
	same(t, "objections", one[int](s, `SELECT count(DISTINCT customer_id)::int FROM consents WHERE kind = 'object_marketing'`), 2)
}

// TestReceiveReport holds that the mail provider may name a customer by the address alone.
func TestReceiveReport(t *testing.T) {
	t.Parallel()
	s, mails := returning(t, 2)
	for i, want := range []Effect{EffectSuppressed, EffectRepeated} {
		got, err := s.ReceiveReport(t.Context(), bounce.Report{Kind: bounce.Complaint, Recipient: mails[0].To}, []byte("event 1"), s.now)
		s.must(err)
		same(t, fmt.Sprintf("time %d", i), got.Effect, want)
	}
	got, err := s.ReceiveReport(t.Context(), bounce.Report{Kind: bounce.Hard, Recipient: "nobody@customer.example"}, []byte("event 2"), s.now)
	s.must(err)
	same(t, "a stranger", got.Effect, EffectIgnored)
}

// pile is a mailbox in memory.
type pile struct {
	mails   []string
	deleted map[int]bool
}

// Each implements bounce.Mailbox.
func (p *pile) Each(_ context.Context, visit bounce.Visit) error {
	for i, m := range p.mails {
		done, err := visit([]byte(m))
		if errors.Is(err, bounce.ErrLater) {
			continue
		}
		if err != nil {
			return err
		}
		p.deleted[i] = done
	}
	return nil
}

// TestOneBadMailKeepsNoOthers holds that what a database refuses is not asked of it, and that a mail which fails for
// another reason stays while those behind it are dealt with.
func TestOneBadMailKeepsNoOthers(t *testing.T) {
	t.Parallel()
	s, mails := returning(t, 2)
	for _, id := range []string{"a\xffb@x.example", "a\x00b@x.example"} {
		hostile := dsn("bounce@shop.example", mails[0].To, "5.1.1", "Message-ID: <"+id+">\r\n")
		box := &pile{mails: []string{hostile, dsn(mails[1].From, mails[1].To, "5.1.1", "")}, deleted: map[int]bool{}}
		counts, err := s.Collect(t.Context(), box, s.now)
		if err != nil || counts[EffectSuppressed]+counts[EffectRepeated] != 1 || !box.deleted[1] {
			t.Errorf("%q: %v, %v, deleted %v", id, counts, err, box.deleted)
		}
	}
	s.sql(`ALTER TABLE mail_events ADD CHECK (false) NOT VALID`)
	box := &pile{mails: []string{dsn(mails[0].From, mails[0].To, "5.1.1", ""), "Subject: hello\r\n\r\nA letter.\r\n"}, deleted: map[int]bool{}}
	counts, err := s.Collect(t.Context(), box, s.now)
	if err == nil || counts[EffectIgnored] != 1 {
		t.Errorf("a failing mail first: %v, %v", counts, err)
	}
}

// TestCollect holds that a message is deleted only after its commit: with the database away everything stays.
func TestCollect(t *testing.T) {
	t.Parallel()
	s, mails := returning(t, 2)
	box := &pile{mails: []string{
		dsn(mails[0].From, mails[0].To, "5.1.1", ""), "From: a@b.example\r\nSubject: hello\r\n\r\nA letter.\r\n", dsn(mails[1].From, mails[1].To, "5.7.1", ""),
	}, deleted: map[int]bool{}}
	s.sql(`ALTER TABLE mail_events RENAME TO away`)
	if _, err := s.Collect(t.Context(), box, s.now); err == nil || box.deleted[0] || box.deleted[2] {
		t.Errorf("without the table: %v, deleted %v", err, box.deleted)
	}
	same(t, "nothing happened", s.suppressed(), "")
	s.sql(`ALTER TABLE away RENAME TO mail_events`)
	l, err := s.Store().Acquire(t.Context(), pollLease, "another", time.Minute)
	s.must(err)
	counts, err := s.Collect(t.Context(), box, s.now)
	if !errors.Is(err, store.ErrLeaseHeld) || len(counts) > 0 {
		t.Errorf("beside another: %v %v", counts, err)
	}
	s.must(s.Store().Release(t.Context(), l))
	counts, err = s.Collect(t.Context(), box, s.now)
	s.must(errors.Join(err))
	same(t, "effects", counts, map[Effect]int{EffectSuppressed: 1, EffectIgnored: 1, EffectRecorded: 1})
	same(t, "deleted", box.deleted, map[int]bool{0: true, 1: false, 2: true})
}
