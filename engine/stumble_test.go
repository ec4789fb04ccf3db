package engine

import (
	"fmt"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/enginetest"
)

// tooBig lets the server refuse the mails of these customers as too big.
func (s *shop) tooBig(customers ...int) {
	for _, i := range customers {
		s.smtp.ScriptTo(name(i)+"@gmail.com", enginetest.AtDot, enginetest.SMTPStep{Reply: "552 5.3.4 message too big"})
	}
}

// TestThreeUnfitMailsStopTheCampaign: the third in a row pauses the campaign and nothing else; activating it goes on.
func TestThreeUnfitMailsStopTheCampaign(t *testing.T) {
	t.Parallel()
	s := paced(t, 12, gmail, nil)
	due := func() []string {
		return []string{one[string](s, `SELECT coalesce(string_agg(state || n, ' ' ORDER BY state), '') FROM (SELECT state, count(*) n FROM sends GROUP BY state) x`)}
	}
	s.tooBig(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
	s.dispatch()
	same(t, "three failed, the others wait", due(), []string{"failed3 planned9"})
	stopped, err := s.Stopped(t.Context())
	s.must(err)
	if len(stopped) != 1 || stopped[0].Key != "winback" || !stopped[0].At.Equal(s.now) {
		t.Fatalf("stopped: %+v", stopped)
	}
	same(t, "no rate is lowered", s.trouble("gmail").Kind, campaigns.RateFine)
	same(t, "nobody is suppressed", s.suppressed(), "")
	s.pass(time.Minute)
	same(t, "meanwhile", s.dispatch(), states{})

	s.must(s.Store().SetStatus(t.Context(), "winback", campaigns.Active, s.now))
	stopped, err = s.Stopped(t.Context())
	s.must(err)
	same(t, "seen", len(stopped), 0)
	s.days(1)
	s.dispatch()
	same(t, "three more", due(), []string{"failed6 planned6"})
}

// TestRowOfUnfitMailsIsBroken: two, then one that is taken, then two, stop nothing.
func TestRowOfUnfitMailsIsBroken(t *testing.T) {
	t.Parallel()
	s := paced(t, 5, gmail, nil)
	order := one[[]string](s, `SELECT array_agg(external_id ORDER BY o.due_at, o.customer_id) FROM outbox o JOIN customers USING (customer_id)`)
	for _, i := range []int{0, 1, 3, 4} {
		s.smtp.ScriptTo(order[i]+"@gmail.com", enginetest.AtDot, enginetest.SMTPStep{Reply: "552 5.3.4 message too big"})
	}
	same(t, "sent", s.dispatch(), states{campaigns.Accepted: 1, campaigns.Failed: 4})
	stopped, err := s.Stopped(t.Context())
	s.must(err)
	same(t, "stopped", len(stopped), 0)
}

// TestReportsHaveConsequences: what a server in between has taken fails later, with the same effect.
func TestReportsHaveConsequences(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status  string
		reports int
		kind    campaigns.RateKind
		stopped int
	}{
		{"5.7.1", 2, campaigns.RateFine, 0},
		{"5.7.1", 3, campaigns.RatePolicy, 0},
		{"5.7.26", 1, campaigns.RateFault, 0},
		{"5.7.515", 1, campaigns.RateFault, 0},
		{"5.3.4", 2, campaigns.RateFine, 0},
		{"5.3.4", 3, campaigns.RateFine, 1},
		{"5.1.1", 3, campaigns.RateFine, 0},
		{"5.2.2", 3, campaigns.RateFine, 0},
	} {
		t.Run(fmt.Sprintf("%d of %s", c.reports, c.status), func(t *testing.T) {
			t.Parallel()
			s, mails := returning(t, 6)
			for _, m := range mails[:c.reports] {
				s.receive(dsn(m.From, m.To, c.status, ""))
				same(t, "again", s.receive(dsn(m.From, m.To, c.status, "")), EffectRepeated)
			}
			r := s.trouble("customer.example")
			same(t, "kind", r.Kind, c.kind)
			if c.kind == campaigns.RateFault && r.PausedUntil.Before(s.now.Add(time.Hour)) {
				t.Errorf("paused until %v only", r.PausedUntil)
			}
			stopped, err := s.Stopped(t.Context())
			s.must(err)
			same(t, "stopped", len(stopped), c.stopped)
		})
	}
}

// TestMixedSoftSeries: bounces during the attempt and those that came as a mail make one series, whichever is last.
func TestMixedSoftSeries(t *testing.T) {
	t.Parallel()
	for _, series := range []string{"sssmm", "mmsss", "msmsm", "smsms", "smsm"} {
		t.Run(series, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, func(c *Config) { c.Bounce, c.Cap7d, c.Cap30d = "b@bounce.shop.example", 9, 99 })
			s.customers(1, nil)
			for i, how := range series {
				s.must(errOf(s.applyKey(fmt.Sprintf("soft-%d", i))))
				if how == 's' {
					s.smtp.Script(enginetest.AtRcpt, enginetest.SMTPStep{Reply: "552 5.2.2 full"})
				}
				s.run(fmt.Sprintf("soft-%d", i))
				s.pass(time.Hour)
				if how == 'm' {
					mails := s.smtp.Mails()
					last := mails[len(mails)-1]
					s.receive(dsn(last.From, last.To, "5.2.2", ""))
				}
				s.pass(4*24*time.Hour - time.Hour)
			}
			want := "k0 soft bounces"
			if len(series) < 5 {
				want = ""
			}
			same(t, "suppressed", s.suppressed(), want)
		})
	}
}
