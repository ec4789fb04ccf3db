package engine

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"treue/campaigns"
	"treue/engine/enginetest"
	"treue/engine/store"
	"treue/rules/customer"
)

// testWatch is a stopwatch whose time passes only by waiting.
type testWatch struct {
	mu      sync.Mutex
	elapsed time.Duration
}

// Elapsed is how long has been waited.
func (w *testWatch) Elapsed() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.elapsed
}

// WaitUntil makes the time pass.
func (w *testWatch) WaitUntil(_ context.Context, elapsed time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.elapsed = max(w.elapsed, elapsed)
}

// paced is a shop whose customers are at the provider that domain says, and whose time is simulated. The stopwatch starts
// anew with every dispatch.
func paced(t *testing.T, n int, domain func(i int) string, change func(*Config)) *shop {
	t.Helper()
	s := newShop(t, func(c *Config) {
		c.Stopwatch = func() Stopwatch { return &testWatch{} }
		c.Connections = 1
		if change != nil {
			change(c)
		}
	})
	s.customers(n, func(i int, c *customer.Customer) { c.Email = name(i) + "@" + domain(i) })
	s.start(func(d *campaigns.Definition) { d.Holdout = 0; oneMail(d) })
	s.planOnly("winback")
	return s
}

func gmail(int) string { return "gmail.com" }

// half are customers of gmail and gmx in turn.
func half(i int) string { return []string{"gmail.com", "gmx.de"}[i%2] }

func (s *shop) trouble(provider string) store.RateOf {
	s.t.Helper()
	all, err := s.Troubles(s.t.Context())
	s.must(err)
	for _, r := range all {
		if r.Provider == provider {
			return r
		}
	}
	return store.RateOf{}
}

// TestThrottling: who says "too fast" gets nothing for a minute and half as much for hours; the others get all of it.
func TestThrottling(t *testing.T) {
	t.Parallel()
	s := paced(t, 60, half, nil)
	s.smtp.ScriptTo("k0@gmail.com", enginetest.AtRcpt, enginetest.SMTPStep{Reply: "421 4.7.28 unusual rate"})
	s.smtp.ScriptTo("k2@gmail.com", enginetest.AtRcpt, enginetest.SMTPStep{Reply: "421 4.7.28 unusual rate"})
	s.dispatch()
	toGMX, toGmail := 0, 0
	for _, m := range s.smtp.Mails() {
		if campaigns.Provider(m.To) == "gmx" {
			toGMX++
		} else {
			toGmail++
		}
	}
	same(t, "gmx", toGMX, 30)
	r := s.trouble("gmail")
	same(t, "kind", r.Kind, campaigns.RateFast)
	if pause := r.PausedUntil.Sub(s.now); pause < time.Minute || pause > 90*time.Second || r.Limit() != 60 {
		t.Errorf("paused for %v, %d an hour", pause, r.Limit())
	}
	same(t, "suppressed", one[int](s, `SELECT count(*) FROM suppressions`), 0)
	same(t, "claimed", one[int](s, `SELECT count(*) FROM outbox WHERE worker IS NOT NULL`), 0)
	s.pass(30 * time.Second)
	same(t, "during the pause", s.dispatch(), states{})
	if toGmail > 29 {
		t.Errorf("%d mails to gmail", toGmail)
	}
	for i := 0; i < 2000 && len(s.states("winback")) > 1; i++ {
		s.pass(30 * time.Second)
		s.dispatch()
	}
	same(t, "in the end", s.states("winback"), states{campaigns.Accepted: 60})
	if r := s.trouble("gmail"); r.Kind != campaigns.RateFine && r.Limit() < 30 {
		t.Errorf("two complaints left %d mails an hour", r.Limit())
	}
}

// TestPolicyBlock pauses a provider from the third recipient on; nobody is suppressed, and two are no reason.
func TestPolicyBlock(t *testing.T) {
	t.Parallel()
	s := paced(t, 80, half, nil)
	for _, i := range []string{"0", "2"} {
		s.smtp.ScriptTo("k"+i+"@gmail.com", enginetest.AtRcpt, enginetest.SMTPStep{Reply: "550 5.7.1 policy"})
	}
	for _, i := range []string{"1", "3", "5"} {
		s.smtp.ScriptTo("k"+i+"@gmx.de", enginetest.AtRcpt, enginetest.SMTPStep{Reply: "554 5.7.1 policy"})
	}
	s.dispatch()
	got := s.states("winback")
	same(t, "failed", got[campaigns.Failed], 5)
	same(t, "gmail goes on", s.trouble("gmail").Kind, campaigns.RateFine)
	same(t, "gmx", s.trouble("gmx").Kind, campaigns.RatePolicy)
	same(t, "wait", got[campaigns.Planned] > 0, one[int](s, `SELECT count(*) FROM outbox WHERE provider = 'gmx'`) > 0)
	same(t, "gmail waits", one[int](s, `SELECT count(*) FROM outbox WHERE provider = 'gmail'`), 0)
	same(t, "suppressed", one[int](s, `SELECT count(*) FROM suppressions`), 0)
}

// TestFaultPausesAll: a fault of ours stops everything, stands as an alarm, and ends when mail is taken.
func TestFaultPausesAll(t *testing.T) {
	t.Parallel()
	for _, reply := range []string{"550 5.7.26 not authenticated", "550 5.7.515 not authenticated", "530 5.7.0 login first"} {
		t.Run(reply[:10], func(t *testing.T) {
			t.Parallel()
			s := paced(t, 10, half, nil)
			s.smtp.Script(enginetest.AtRcpt, enginetest.SMTPStep{Reply: reply})
			if _, err := s.Dispatch(t.Context(), s.now, nil); !errors.Is(err, ErrSenderFault) {
				t.Errorf("error: %v", err)
			}
			all, err := s.Troubles(t.Context())
			s.must(err)
			if len(all) != 1 || all[0].Kind != campaigns.RateFault || !all[0].Since.Equal(s.now) {
				t.Errorf("alarm: %+v", all)
			}
			same(t, "meanwhile", s.dispatch(), states{})
			s.pass(2 * time.Minute)
			same(t, "afterwards", s.dispatch(), states{campaigns.Accepted: 9})
			s.pass(time.Hour)
			same(t, "the first", s.dispatch(), states{campaigns.Accepted: 1})
			same(t, "suppressed", one[int](s, `SELECT count(*) FROM suppressions`), 0)
			all, err = s.Troubles(t.Context())
			s.must(err)
			same(t, "alarms", len(all), 0)
		})
	}
}

// TestFaultMended goes on at once when a person says so.
func TestFaultMended(t *testing.T) {
	t.Parallel()
	s := paced(t, 4, gmail, nil)
	s.smtp.Script(enginetest.AtRcpt, enginetest.SMTPStep{Reply: "535 5.7.8 no"})
	if _, err := s.Dispatch(t.Context(), s.now, nil); !errors.Is(err, ErrSenderFault) {
		t.Errorf("error: %v", err)
	}
	same(t, "paused", s.dispatch(), states{})
	same(t, "confirmed", s.run("winback").Sends, states{campaigns.Accepted: 3})
}

// TestTwoWorkersShareOneLimit lets two processes empty one outbox and looks at every window.
func TestTwoWorkersShareOneLimit(t *testing.T) {
	t.Parallel()
	const perHour = 1800 // one in two seconds
	s := paced(t, 60, half, func(c *Config) { c.PerHour, c.Connections = map[string]int{"gmail": perHour}, 2 })
	other := s.engineOver(s.openStore(), s.Config, s.smtp.URL())
	began := s.now
	for round := 0; len(s.states("winback")) > 1 || round == 0; round++ {
		if round > 20 {
			t.Fatal("it never ends")
		}
		var g errgroup.Group
		for _, e := range []*Engine{s.Engine, other} {
			g.Go(func() error { _, err := e.Dispatch(t.Context(), s.now, nil); return err })
		}
		s.must(g.Wait())
		spent := one[time.Time](s, `SELECT next_at FROM provider_rates WHERE provider = 'gmail'`).Sub(began)
		gmails := 30 - one[int](s, `SELECT count(*) FROM outbox WHERE provider = 'gmail'`)
		if most := int(spent / (2 * time.Second)); gmails > most {
			t.Fatalf("%d mails with %d tokens", gmails, most)
		}
		same(t, "gmx is not held back", one[int](s, `SELECT count(*) FROM outbox WHERE provider = 'gmx'`), 0)
		s.pass(30 * time.Second)
	}
	same(t, "in the end", s.states("winback"), states{campaigns.Accepted: 60})
}

// TestWarmup: the first day has so many mails for a provider, every further one half as many more.
func TestWarmup(t *testing.T) {
	t.Parallel()
	s := paced(t, 60, half, func(c *Config) { c.Warmup = 4 })
	for _, want := range []int{8, 12, 18, 22} { // per provider 4, 6, 9, 13 and what is left
		got := s.dispatch()[campaigns.Accepted]
		same(t, "mails", got, min(want, 60))
		same(t, "no more today", len(s.dispatch()), 0)
		s.days(1)
	}
	same(t, "in the end", s.states("winback"), states{campaigns.Accepted: 60})
}

// TestSoftBounces: five of them over two weeks without a mail taken in between end it.
func TestSoftBounces(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what       string
		daysApart  []int
		taken      int // which mail is taken; 0: none
		suppressed int
	}{
		{"a long series", []int{0, 3, 3, 4, 4}, 0, 1},
		{"too quick", []int{0, 1, 1, 1, 1}, 0, 0},
		{"four", []int{0, 10, 10, 10}, 0, 0},
		{"one was taken", []int{0, 4, 4, 4, 4}, 3, 0},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, func(c *Config) { c.Cap7d, c.Cap30d = 50, 50 })
			s.customers(1, nil)
			for i, days := range c.daysApart {
				s.days(days)
				key := "c" + string(rune('a'+i))
				s.must(errOf(s.applyKey(key)))
				if i+1 != c.taken {
					s.smtp.Script(enginetest.AtRcpt, enginetest.SMTPStep{Reply: "552 5.2.2 full"})
				}
				s.run(key)
			}
			same(t, "suppressed", one[int](s, `SELECT count(*) FROM suppressions WHERE reason = 'soft bounces'`), c.suppressed)
		})
	}
}

func errOf(_ *campaigns.Campaign, err error) error { return err }

// applyKey starts a campaign with one mail under a key of its own, which nothing keeps from a customer of another one.
func (s *shop) applyKey(key string) (*campaigns.Campaign, error) {
	c := s.apply(func(d *campaigns.Definition) { d.Key, d.Holdout, d.Cooldown = key, 0, 0; oneMail(d) })
	return c, s.Store().SetStatus(s.t.Context(), key, campaigns.Active, s.now.AddDate(0, 0, -3))
}
