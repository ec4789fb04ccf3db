package engine

import (
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"treue/campaigns"
)

func TestDueTick(t *testing.T) {
	t.Parallel()
	zone := berlin(t)
	at := func(s string) time.Time {
		parsed, err := time.ParseInLocation("2006-01-02 15:04:05", s, zone)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	const daily = "0 9 * * *"
	for _, c := range []struct {
		name, schedule string
		missed         campaigns.Missed
		activated      string
		last, now      string // last: the newest tick on record, "" for none
		want           string // "" for none
		late           bool
	}{
		{"on time", daily, campaigns.Skip, "2026-05-01 10:00:00", "2026-05-03 09:00:00", "2026-05-04 09:00:00", "2026-05-04 09:00:00", false},
		{"a second early", daily, campaigns.Skip, "2026-05-01 10:00:00", "2026-05-03 09:00:00", "2026-05-04 08:59:59", "", false},
		{"has run", daily, campaigns.Skip, "2026-05-01 10:00:00", "2026-05-04 09:00:00", "2026-05-04 09:30:00", "", false},
		{"at the latest start", daily, campaigns.Skip, "2026-05-01 10:00:00", "2026-05-03 09:00:00", "2026-05-04 11:00:00", "2026-05-04 09:00:00", false},
		{"past the latest start", daily, campaigns.Skip, "2026-05-01 10:00:00", "2026-05-03 09:00:00", "2026-05-04 11:00:01", "2026-05-04 09:00:00", true},
		{"past it, made up for", daily, campaigns.RunOnce, "2026-05-01 10:00:00", "2026-05-03 09:00:00", "2026-05-04 23:00:00", "2026-05-04 09:00:00", false},
		{"away for ten days: only the newest", daily, campaigns.RunOnce, "2026-04-01 10:00:00", "2026-04-24 09:00:00", "2026-05-04 12:00:00", "2026-05-04 09:00:00", false},
		{"a monthly one", "0 9 1 * *", campaigns.RunOnce, "2026-01-01 10:00:00", "2026-04-01 09:00:00", "2026-05-20 12:00:00", "2026-05-01 09:00:00", false},
		{"before it was started", daily, campaigns.RunOnce, "2026-05-04 10:00:00", "", "2026-05-04 10:30:00", "", false},
		{"the moment it was started", daily, campaigns.Skip, "2026-05-04 09:00:00", "", "2026-05-04 09:00:00", "2026-05-04 09:00:00", false},
		{"never started by anyone", daily, campaigns.Skip, "", "", "2026-05-04 09:00:00", "2026-05-04 09:00:00", false},
		{"skipped by the clock: first valid minute", "30 2 * * *", campaigns.Skip, "2026-01-01 10:00:00", "2026-03-28 02:30:00", "2026-03-29 03:00:00", "2026-03-29 03:00:00", false},
	} {
		d := definition(func(d *campaigns.Definition) { d.Schedule, d.Missed = c.schedule, c.missed })
		campaign, err := campaigns.New(d, 1, 1, campaigns.Active)
		if err != nil {
			t.Fatal(err)
		}
		if c.activated != "" {
			started := at(c.activated)
			campaign.ActivatedAt = &started
		}
		var last time.Time
		if c.last != "" {
			last = at(c.last)
		}
		tick, due := dueTick(campaign, last, at(c.now))
		same(t, c.name+": due", due, c.want != "")
		if due {
			same(t, c.name+": late", tick.Late, c.late)
			same(t, c.name+": at", tick.At.Equal(at(c.want)), true)
		}
		for _, status := range []campaigns.Status{campaigns.Draft, campaigns.Paused, campaigns.Archived} {
			campaign.Status = status
			if _, due := dueTick(campaign, last, at(c.now)); due {
				t.Errorf("%s: a %s campaign ticks", c.name, status)
			}
		}
	}
	byHand, err := campaigns.New(definition(func(d *campaigns.Definition) { d.Schedule = "" }), 1, 1, campaigns.Active)
	if err != nil {
		t.Fatal(err)
	}
	if _, due := dueTick(byHand, time.Time{}, at("2026-05-04 09:00:00")); due {
		t.Error("a campaign without a schedule ticks")
	}
}

// TestAutumnTick: a time that the clock shows twice is one tick.
func TestAutumnTick(t *testing.T) {
	t.Parallel()
	campaign, err := campaigns.New(definition(func(d *campaigns.Definition) { d.Schedule = "30 2 * * *" }), 1, 1, campaigns.Active)
	if err != nil {
		t.Fatal(err)
	}
	first := time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC) // 02:30 summer time
	tick, due := dueTick(campaign, first.AddDate(0, 0, -1), first)
	same(t, "first 02:30", due && tick.At.Equal(first), true)
	if _, due := dueTick(campaign, first, first.Add(time.Hour)); due {
		t.Error("the second 02:30 ticks, too")
	}
}

func TestTickRunsOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(40, nil)
	s.start(oneMail)
	s.start(func(d *campaigns.Definition) {
		d.Key, d.Audience, d.Schedule = "later", "orders > 1000000", "0 15 * * *"
		oneMail(d)
	})
	engines := []*Engine{s.Engine, s.engineOver(s.openStore(), s.Config, s.smtp.URL()), s.engineOver(s.openStore(), s.Config, s.smtp.URL())}
	next, err := s.NextTick(t.Context(), s.now.Add(-time.Minute))
	s.must(err)
	same(t, "next", next.Equal(s.now), true)
	runs := make([]Ran, len(engines))
	var g errgroup.Group
	for i, e := range engines {
		g.Go(func() (err error) { runs[i], err = e.Run(t.Context(), s.now, RunOptions{}); return err })
	}
	s.must(g.Wait())
	planned := 0
	for _, r := range runs {
		planned += len(r.Plans)
	}
	same(t, "plans", planned, 1)
	same(t, "entries", one[int](s, `SELECT count(*) FROM entries`), 40)
	same(t, "ticks", one[int](s, `SELECT count(*) FROM ticks WHERE outcome = 'ran' AND finished_at IS NOT NULL`), 1)
	s.dispatch()
	same(t, "mails", len(s.smtp.Mails()), s.states("winback")[campaigns.Accepted])
	s.pass(time.Minute)
	ran, err := s.Run(t.Context(), s.now, RunOptions{})
	s.must(err)
	same(t, "nothing is due", []int{len(ran.Plans), len(ran.Sends)}, []int{0, 0})
}

// TestTickDispatchesEverything: the tick of one campaign does not keep the follow-ups of another waiting.
func TestTickDispatchesEverything(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(10, nil)
	s.start(func(d *campaigns.Definition) { d.Schedule, d.Holdout = "", 0; oneMail(d) })
	s.start(func(d *campaigns.Definition) { d.Key, d.Audience = "ticks", "orders > 1000000"; oneMail(d) })
	s.planOnly("winback")
	ran, err := s.Run(t.Context(), s.now, RunOptions{})
	s.must(err)
	same(t, "planned", len(ran.Plans), 1)
	same(t, "sent", ran.Sends, states{campaigns.Accepted: 10})
}

func TestMissedTicks(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(c *Config) { c.MaxDataAge = -1 })
	s.customers(10, nil)
	s.start(oneMail)
	s.start(func(d *campaigns.Definition) { d.Key, d.Missed = "catch-up", campaigns.RunOnce; oneMail(d) })
	s.days(3)
	s.pass(3 * time.Hour)
	ran, err := s.Run(t.Context(), s.now, RunOptions{})
	s.must(err)
	same(t, "made up for", len(ran.Plans), 1)
	same(t, "by", ran.Plans[0].Campaign.Key, "catch-up")
	same(t, "missed", one[string](s, `SELECT outcome FROM ticks WHERE schedule = 'winback'`), "missed")
	ran, err = s.Run(t.Context(), s.now.Add(time.Minute), RunOptions{})
	s.must(err)
	same(t, "once", len(ran.Plans), 0)
}

// TestFailedTick: a tick that could not be planned is taken up again, until its latest start.
func TestFailedTick(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(5, nil)
	s.start(oneMail)
	s.sql(`ALTER TABLE entries RENAME TO gone`)
	if _, err := s.Run(t.Context(), s.now, RunOptions{}); err == nil {
		t.Fatal("planned without a table")
	}
	s.sql(`ALTER TABLE gone RENAME TO entries`)
	s.pass(time.Minute)
	ran, err := s.Run(t.Context(), s.now, RunOptions{})
	s.must(err)
	same(t, "plans", len(ran.Plans), 1)
	same(t, "ticks", one[int](s, `SELECT count(*) FROM ticks WHERE outcome = 'ran'`), 1)
	same(t, "entries", one[int](s, `SELECT count(*) FROM entries`), 5)
}

// TestBusyPlanner: a planner that had to give up has taken no tick.
func TestBusyPlanner(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	impatient := s.Config
	impatient.Lease = 100 * time.Millisecond
	s.customers(5, nil)
	s.start(oneMail)
	l, err := s.Store().Acquire(t.Context(), planner, "somebody else", time.Hour)
	s.must(err)
	if _, err := s.engineOver(s.openStore(), impatient, s.smtp.URL()).Run(t.Context(), s.now, RunOptions{}); err == nil {
		t.Fatal("two planners at once")
	}
	same(t, "ticks", one[int](s, `SELECT count(*) FROM ticks`), 0)
	s.must(s.Store().Release(t.Context(), l))
	ran, err := s.Run(t.Context(), s.now, RunOptions{})
	s.must(err)
	same(t, "plans", len(ran.Plans), 1)
}
