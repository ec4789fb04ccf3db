package engine

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"treue/campaigns"
	"treue/engine/enginetest"
	"treue/engine/store"
	"treue/rules/customer"
)

type states = map[campaigns.State]int

func TestFullCycle(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.mixed(100)
	s.start(nil)
	ran := s.planOnly("winback")
	toSend := ran.Plans[0].ToSend()
	gone := s.pick("treated", "winback", 0)
	s.must(s.UnsubscribeCustomer(t.Context(), s.keys.Token(Unsubscribe, id(gone), "winback"), s.now.Add(time.Second), "link"))
	same(t, "sends", s.dispatch(), states{campaigns.Accepted: toSend - 1, campaigns.Ghost: ran.Plans[0].Control(), campaigns.Suppressed: 1})
	mails := s.smtp.Mails()
	same(t, "mails", len(mails), toSend-1)
	seen := map[string]bool{}
	for _, m := range mails {
		if seen[m.MessageID] || seen[m.To] {
			t.Errorf("%s or its Message-ID came twice", m.To)
		}
		seen[m.MessageID], seen[m.To] = true, true
		var n int
		for i := range 100 {
			if address(i) == m.To {
				n = i
			}
		}
		same(t, "arm of "+m.To, s.armOf(n, "winback"), "treated")
		same(t, "Message-ID", m.MessageID, "<"+testKeys().MessageID(id(n), "winback", 1, "reminder", "shop.example")+">")
		same(t, "one click", m.Header.Get("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click")
		leave := m.Header.Get("List-Unsubscribe")
		token := leave[strings.Index(leave, "/u/")+3 : strings.Index(leave, ">")]
		who, campaign, err := testKeys().ReadToken(Unsubscribe, token)
		s.must(err)
		same(t, "link", []any{who, campaign}, []any{id(n), "winback"})
		if !strings.Contains(leave, "<mailto:leave@shop.example?subject=unsubscribe%20") {
			t.Errorf("List-Unsubscribe: %s", leave)
		}
	}
	same(t, "the unsubscribed", seen[address(gone)], false)
	same(t, "nothing is due", len(s.dispatch()), 0)
}

// TestFollowUp looks at the second step: a week later at the same local time, not for those who bought or left.
func TestFollowUp(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(60, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0.5 })
	ran := s.run("winback")
	control := ran.Plans[0].Control()
	buyer, ghostBuyer := s.pick("treated", "winback", 0), s.pick("control", "winback", 0)
	gone := s.pick("treated", "winback", buyer+1)
	s.importOrders(orderOf(buyer, s.now.Add(time.Hour), 4000), orderOf(ghostBuyer, s.now.Add(2*time.Hour), 4000))
	s.must(s.UnsubscribeCustomer(t.Context(), s.keys.Token(Unsubscribe, id(gone), "winback"), s.now.Add(time.Hour), "link"))
	s.days(7)
	s.pass(-time.Microsecond)
	same(t, "a moment too early", len(s.dispatch()), 0)
	s.pass(time.Microsecond)
	same(t, "sends", s.dispatch(), states{
		campaigns.Cancelled: 2, campaigns.Suppressed: 1, campaigns.Accepted: 60 - control - 2, campaigns.Ghost: control - 1,
	})
	for _, m := range s.smtp.Mails()[60-control:] {
		if m.To == address(buyer) || m.To == address(gone) {
			t.Errorf("a second mail to %s", m.To)
		}
	}
	same(t, "coupons", one[int](s, `SELECT count(*) FROM coupons`), 60-control)
	same(t, "coupons of control", one[int](s, `SELECT count(*) FROM sends WHERE arm = 'control' AND coupon_code IS NOT NULL`), 0)
}

func TestExitRule(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(20, nil)
	s.start(func(d *campaigns.Definition) { d.Kind, d.ExitWhen = campaigns.Loyalty, "orders >= 3" })
	s.run("winback")
	s.orders(5, s.now.Add(time.Hour))
	s.days(7)
	_, err := s.Fresh(t.Context(), s.now)
	s.must(err)
	same(t, "sends that ended", s.dispatch()[campaigns.Cancelled], 5)
}

// TestExitRuleOutlivesRefreshes refreshes twice while a dispatch is at work: the snapshots that it began with are gone.
func TestExitRuleOutlivesRefreshes(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(2, nil)
	c := s.start(func(d *campaigns.Definition) { d.Kind, d.ExitWhen = campaigns.Loyalty, "orders >= 3" })
	refresh := func() {
		_, err := s.Refresh(t.Context(), s.now, "auto", true)
		s.must(err)
	}
	refresh()
	d, err := s.newDispatch(t.Context(), store.Lease{}, s.now, []string{c.Key})
	s.must(err)
	exits := func(i int) bool {
		k := store.SendKey{CustomerID: id(i), CampaignKey: c.Key}
		known, err := d.recall(t.Context(), []store.Claim{{SendKey: k, Version: c.Version, Step: 1}})
		s.must(err)
		return known[k].exits
	}
	same(t, "exit before the order", exits(0), false)
	s.orders(1, s.now.Add(-time.Hour))
	refresh()
	refresh()
	same(t, "exit after the order", exits(0), true)
	same(t, "exit of another customer", exits(1), false)
	same(t, "exit of nobody", exits(2), false)
}

// TestObjectionDuringARun declares no after the run's own now, as happens while a long run is at work.
func TestObjectionDuringARun(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(4, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0; oneMail(d) })
	s.planOnly("winback")
	later := s.now.Add(20 * time.Minute)
	declare := func(i int, kind customer.ConsentKind) {
		s.must(s.Store().Declare(t.Context(), id(i), customer.ConsentEvent{Kind: kind, EffectiveAt: later, Source: "link"}, "link"))
	}
	declare(0, customer.ConsentObjectMarketing)
	declare(1, customer.ConsentWithdraw)
	declare(2, customer.ConsentObjectProfiling)
	s.must(s.Store().Suppress(t.Context(), customer.AddressHash(testKeys().Pepper, address(3)), "complaint", later))
	same(t, "sends", s.dispatch(), states{campaigns.Suppressed: 4})
	same(t, "mails", len(s.smtp.Mails()), 0)
}

func TestClosedWindow(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(12, nil)
	s.start(func(d *campaigns.Definition) {
		d.Window = campaigns.Window{From: 9 * 60, To: 11 * 60}
		oneMail(d)
	})
	ran := s.run("winback") // at noon
	same(t, "due", ran.Plans[0].DueTreated+ran.Plans[0].DueGhost, 0)
	same(t, "touched", len(ran.Sends), 0)
	s.pass(20*time.Hour + 59*time.Minute) // 08:59
	same(t, "still closed", len(s.dispatch()), 0)
	s.pass(time.Minute)
	same(t, "open", s.dispatch()[campaigns.Accepted], ran.Plans[0].ToSend())
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(12, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0; oneMail(d) })
	s.planOnly("winback")
	s.pass(7*24*time.Hour + time.Second)
	same(t, "never attempted", s.dispatch(), states{campaigns.Expired: 12})
	same(t, "mails", len(s.smtp.Mails()), 0)
}

// TestErasedWithoutAddress: who is gone is cancelled, although no mail could be made for them.
func TestErasedWithoutAddress(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(3, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0; oneMail(d) })
	s.planOnly("winback")
	s.sql(`UPDATE customers SET email = NULL, address_hash = NULL, erased_at = $2 WHERE customer_id = $1`, id(0), s.now)
	s.sql(`UPDATE customers SET email = NULL, address_hash = NULL WHERE customer_id = $1`, id(1))
	same(t, "sends", s.dispatch(), states{campaigns.Cancelled: 1, campaigns.Suppressed: 1, campaigns.Accepted: 1})
}

// TestUnfitMail holds a send that cannot be made into a mail, in both arms.
func TestUnfitMail(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(20, nil)
	s.start(func(d *campaigns.Definition) { d.Steps[0].Template = "there-is-none"; oneMail(d) })
	same(t, "sends", s.run("winback").Sends, states{campaigns.Held: 20})
	same(t, "reason", one[string](s, `SELECT DISTINCT reason FROM sends`), `there is no template "there-is-none"`)
	s.days(1)
	same(t, "held ones wait for a person", len(s.dispatch()), 0)
}

func TestTemporaryRefusal(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(1, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0; oneMail(d) })
	refuse := enginetest.SMTPStep{Reply: "451 4.3.0 later"}
	s.smtp.Script(enginetest.AtRcpt, refuse, refuse, refuse)
	same(t, "first", s.run("winback").Sends, states{campaigns.Deferred: 1})
	for _, wait := range []time.Duration{time.Minute, 5 * time.Minute} {
		same(t, "not before its time", len(s.dispatch()), 0)
		s.pass(wait)
		same(t, "again", s.dispatch(), states{campaigns.Deferred: 1})
	}
	s.pass(15 * time.Minute)
	same(t, "at last", s.dispatch(), states{campaigns.Accepted: 1})
	same(t, "attempts", one[int](s, `SELECT attempts FROM sends`), 4)
}

func TestDeadAddress(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(3, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0 })
	s.smtp.ScriptTo(address(1), enginetest.AtRcpt, enginetest.SMTPStep{Reply: "550 5.1.1 no such user"})
	s.smtp.ScriptTo(address(2), enginetest.AtRcpt, enginetest.SMTPStep{Reply: "550 5.7.1 policy"})
	same(t, "sends", s.run("winback").Sends, states{campaigns.Accepted: 1, campaigns.Bounced: 1, campaigns.Failed: 1})
	same(t, "suppressed", one[[]byte](s, `SELECT address_hash FROM suppressions`), customer.AddressHash(testKeys().Pepper, address(1)))
	s.days(7)
	same(t, "next step", s.dispatch(), states{campaigns.Accepted: 2, campaigns.Suppressed: 1})
}

// TestUnansweredDot: nobody knows whether the mail arrived, so it is tried twice more with the same Message-ID, then a
// person decides.
func TestUnansweredDot(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(2, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0; oneMail(d) })
	dropped := enginetest.SMTPStep{Drop: true, Keep: true}
	s.smtp.ScriptTo(address(0), enginetest.AtDot, dropped, dropped, dropped)
	s.smtp.ScriptTo(address(1), enginetest.AtDot, dropped)
	same(t, "first", s.run("winback").Sends, states{campaigns.Unknown: 2})
	s.pass(15 * time.Minute)
	same(t, "second", s.dispatch(), states{campaigns.Unknown: 1, campaigns.Accepted: 1})
	s.pass(time.Hour)
	same(t, "third", s.dispatch(), states{campaigns.Held: 1})
	s.days(2)
	same(t, "held", len(s.dispatch()), 0)
	ids := map[string]map[string]int{}
	for _, m := range s.smtp.Mails() {
		if ids[m.To] == nil {
			ids[m.To] = map[string]int{}
		}
		ids[m.To][m.MessageID]++
	}
	for i, copies := range []int{3, 2} {
		same(t, "Message-IDs of "+address(i), len(ids[address(i)]), 1)
		for _, n := range ids[address(i)] {
			same(t, "copies for "+address(i), n, copies)
		}
	}
}

func TestServerAway(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(30, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0; oneMail(d) })
	s.smtp.Stop()
	ran, err := s.Run(t.Context(), s.now, RunOptions{Keys: []string{"winback"}, Confirm: true})
	if !errors.Is(err, ErrSenderFault) || !strings.Contains(err.Error(), s.smtp.Addr()) {
		t.Errorf("error: %v", err)
	}
	same(t, "planned all the same", ran.Plans[0].ToSend(), 30)
	if n := ran.Sends[campaigns.Deferred]; n < 1 || n > s.Connections {
		t.Errorf("%d put off, want one per connection at most", n)
	}
	same(t, "attempts", one[int](s, `SELECT sum(attempts)::int FROM sends`), 0)
	same(t, "claimed", one[int](s, `SELECT count(*) FROM outbox WHERE worker IS NOT NULL`), 0)
	back := enginetest.StartSMTP(t)
	s.Engine = s.engineOver(s.openStore(), s.Config, back.URL())
	s.pass(time.Minute)
	same(t, "nothing is lost", s.dispatch(), states{campaigns.Accepted: 30})
}

// waitingAtRcpt is a shop with forty mails to send over two connections, whose server keeps one of them waiting until wait
// is closed; reached is closed when it does.
func waitingAtRcpt(t *testing.T) (s *shop, reached, wait chan struct{}) {
	t.Helper()
	s = newShop(t, func(c *Config) { c.Connections = 2 })
	s.customers(40, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0; oneMail(d) })
	s.planOnly("winback")
	reached, wait = make(chan struct{}), make(chan struct{})
	s.smtp.ScriptTo(address(7), enginetest.AtRcpt, enginetest.SMTPStep{Reached: reached, Until: wait})
	return s, reached, wait
}

// TestServerGoesAway stops the server in the middle: at most the mails in hand are touched.
func TestServerGoesAway(t *testing.T) {
	t.Parallel()
	s, reached, _ := waitingAtRcpt(t)
	var g errgroup.Group
	g.Go(func() error { _, err := s.Dispatch(t.Context(), s.now, nil); return err })
	arrives(t, reached)
	s.smtp.Stop()
	if err := g.Wait(); !errors.Is(err, ErrSenderFault) {
		t.Errorf("error: %v", err)
	}
	got := s.states("winback")
	same(t, "all are somewhere", got[campaigns.Accepted]+got[campaigns.Deferred]+got[campaigns.Planned]+got[campaigns.Unknown], 40)
	if n := got[campaigns.Deferred] + got[campaigns.Unknown]; n > 4 {
		t.Errorf("%d mails were touched by the fault: %v", n, got)
	}
}

func TestSenderFault(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(c *Config) { c.Connections = 1 })
	s.customers(10, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0; oneMail(d) })
	s.smtp.Script(enginetest.AtMail, enginetest.SMTPStep{Reply: "530 5.7.0 login first", Sticky: true})
	ran, err := s.Run(t.Context(), s.now, RunOptions{Keys: []string{"winback"}, Confirm: true})
	if !errors.Is(err, ErrSenderFault) {
		t.Errorf("error: %v", err)
	}
	same(t, "touched", ran.Sends, states{campaigns.Deferred: 1})
	same(t, "all", s.states("winback"), states{campaigns.Deferred: 1, campaigns.Planned: 9})
	same(t, "suppressed", one[int](s, `SELECT count(*) FROM suppressions`), 0)
}

// TestTwoEngines lets two processes' engines empty one outbox at once.
func TestTwoEngines(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(120, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0.2; oneMail(d) })
	toSend := s.planOnly("winback").Plans[0].ToSend()
	other := s.engineOver(s.openStore(), s.Config, s.smtp.URL())
	var g errgroup.Group
	for _, e := range []*Engine{s.Engine, other} {
		g.Go(func() error { _, err := e.Dispatch(t.Context(), s.now, nil); return err })
	}
	s.must(g.Wait())
	got := map[string]int{}
	for _, m := range s.smtp.Mails() {
		got[m.To]++
	}
	same(t, "recipients", len(got), toSend)
	same(t, "mails", len(s.smtp.Mails()), toSend)
	same(t, "states", s.states("winback"), states{campaigns.Accepted: toSend, campaigns.Ghost: 120 - toSend})
	same(t, "leases left behind", one[int](s, `SELECT count(*) FROM leases WHERE name LIKE 'worker:%' AND expires_at > clock_timestamp()`), 0)
}

// TestCancelled stops a dispatch while a mail is in hand: that mail is finished, the rest is given back.
func TestCancelled(t *testing.T) {
	t.Parallel()
	s, reached, wait := waitingAtRcpt(t)
	ctx, cancel := context.WithCancel(t.Context())
	var g errgroup.Group
	g.Go(func() error { _, err := s.Dispatch(ctx, s.now, nil); return err })
	arrives(t, reached)
	cancel()
	close(wait)
	if err := g.Wait(); !errors.Is(err, context.Canceled) {
		t.Errorf("error: %v", err)
	}
	got := s.states("winback")
	same(t, "accepted or untouched", got[campaigns.Accepted]+got[campaigns.Planned], 40)
	same(t, "the mail in hand", one[string](s, `SELECT state FROM sends WHERE customer_id = $1`, id(7)), "accepted")
	same(t, "claimed", one[int](s, `SELECT count(*) FROM outbox WHERE worker IS NOT NULL`), 0)
	same(t, "mails", len(s.smtp.Mails()), got[campaigns.Accepted])
	same(t, "the rest", s.dispatch(), states{campaigns.Accepted: got[campaigns.Planned]})
}

// TestALostLease ends the lease of a dispatch while a mail is in hand, as if the process had stood still: it finishes that
// mail and goes on under a new lease.
func TestALostLease(t *testing.T) {
	t.Parallel()
	s, reached, wait := waitingAtRcpt(t)
	var g errgroup.Group
	var sent states
	g.Go(func() (err error) { sent, err = s.Dispatch(t.Context(), s.now, nil); return err })
	arrives(t, reached)
	s.sql(`UPDATE leases SET expires_at = clock_timestamp() WHERE name LIKE 'worker:%'`)
	close(wait)
	s.must(g.Wait())
	same(t, "sent", sent, states{campaigns.Accepted: 40})
	same(t, "repeats", s.repeats(), 0)
}

// TestTakeover: a worker that died while sending leaves one mail unknown, what it had only claimed is due again.
func TestTakeover(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(10, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0; oneMail(d) })
	s.planOnly("winback")
	db := s.Store()
	l, err := db.AcquireWorker(t.Context(), "dead", time.Hour)
	s.must(err)
	claims, err := db.Claim(t.Context(), l, []string{"winback"}, s.now, store.Pace{At: s.now}, 4)
	s.must(err)
	state, err := db.Begin(t.Context(), l, claims[0], s.now, func(*campaigns.Due) campaigns.Check { return campaigns.Check{State: campaigns.Sending} })
	s.must(err)
	same(t, "begun", state, campaigns.Sending)
	same(t, "while its lease lasts", s.dispatch(), states{campaigns.Accepted: 6})
	s.sql(`UPDATE leases SET expires_at = '-infinity'`)
	same(t, "afterwards", s.dispatch(), states{campaigns.Accepted: 3})
	same(t, "the one in the air", s.states("winback"), states{campaigns.Accepted: 9, campaigns.Unknown: 1})
	s.pass(15 * time.Minute)
	same(t, "again", s.dispatch(), states{campaigns.Accepted: 1})
}
