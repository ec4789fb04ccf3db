package engine

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"treue/campaigns"
	"treue/rules/customer"
)

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// mixed imports customers of whom some have no consent, some no address.
func (s *shop) mixed(n int) {
	no := false
	s.customers(n, func(i int, c *customer.Customer) {
		switch {
		case i%5 == 1:
			c.Consent = &no
		case i%10 == 3:
			c.Email = ""
		case i%10 == 4:
			c.ConsentAt = nil // granted, but when is not known: unproven
		}
	})
}

func TestPlanEqualsRun(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.mixed(200)
	s.start(nil)
	s.start(func(d *campaigns.Definition) { d.Key, d.Priority, d.Entry.PerDay = "first", 90, 30; oneMail(d) })
	s.sql(`INSERT INTO suppressions (address_hash, reason, since, recorded_at) VALUES ($1, 'complaint', $2, $2)`,
		customer.AddressHash(testKeys().Pepper, address(0)), s.now.AddDate(0, 0, -9))
	planned, err := s.Plan(t.Context(), s.now, []string{"winback", "first"})
	s.must(err)
	ran := s.planOnly("winback", "first")
	for i := range planned {
		same(t, planned[i].Campaign.Key+": plan and run", counts(&ran.Plans[i]), counts(&planned[i]))
		sum := planned[i].ToSend() + planned[i].Control()
		for _, n := range planned[i].Stopped() {
			sum += n
		}
		same(t, "sum", sum, planned[i].Matched)
	}
	same(t, "first", planned[1].ToSend()+planned[1].Control(), 30)
	same(t, "gates", planned[0].Stopped(), map[campaigns.Outcome]int{
		campaigns.GateConsent: 80, campaigns.GateSuppressed: 1, campaigns.GateArbitration: 30,
	})
	// Every candidate has one open decision, and the second run finds everybody in.
	same(t, "ledger", one[int](s, `SELECT count(*) FROM decisions WHERE campaign_key = 'winback' AND run_to IS NULL`), 200)
	s.pass(time.Minute)
	second := s.planOnly("winback")
	same(t, "second run", second.Plans[0].ToSend()+second.Plans[0].Control(), 0)
	same(t, "second run's reentry", second.Plans[0].Count(campaigns.GateReentry), 200-80-1-30)
	written := one[int](s, `SELECT count(*) FROM decisions`)
	s.pass(time.Minute)
	s.planOnly("winback")
	same(t, "a third run that changes nothing writes nothing", one[int](s, `SELECT count(*) FROM decisions`), written)
}

// TestSendEqualsPlan compares the preview with what arrives at the mail server.
func TestSendEqualsPlan(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.mixed(60)
	s.start(nil)
	planned, err := s.Plan(t.Context(), s.now, nil)
	s.must(err)
	ran := s.run("winback")
	same(t, "mails", len(s.smtp.Mails()), planned[0].ToSend())
	same(t, "sends", ran.Sends, map[campaigns.State]int{campaigns.Accepted: planned[0].DueTreated, campaigns.Ghost: planned[0].DueGhost})
}

func TestWhoLeftAndCameBack(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(10, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0.5; d.Cooldown = 30; oneMail(d) })
	s.run("winback")
	s.orders(1, s.now.Add(time.Hour))
	s.days(1)
	ran := s.planOnly("winback")
	same(t, "matched", ran.Plans[0].Matched, 9)
	same(t, "left", one[string](s, `SELECT outcome FROM decisions WHERE customer_id = $1 AND run_to IS NULL`, id(0)), "left")
	arm := s.armOf(0, "winback")
	s.days(120)
	s.orders(1, s.now.AddDate(0, 0, -100)) // an import, so that the data is fresh
	ran = s.planOnly("winback")
	same(t, "everybody again", ran.Plans[0].ToSend()+ran.Plans[0].Control(), 10)
	same(t, "arm", s.armOf(0, "winback"), arm)
	same(t, "assignments", one[int](s, `SELECT count(*) FROM assignments`), 10)
	same(t, "entries", one[int](s, `SELECT count(*) FROM entries WHERE entry = 2`), 10)
}

func TestNewVersionKeepsArms(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(40, nil)
	s.start(func(d *campaigns.Definition) { d.Cooldown = 1; oneMail(d) })
	s.run("winback")
	s.days(8)
	s.orders(1, s.now.AddDate(0, 0, -100))
	c := s.apply(func(d *campaigns.Definition) { d.Cooldown, d.Audience = 1, "orders >= 1"; oneMail(d) })
	same(t, "version and split", []int{c.Version, c.Split}, []int{2, 1})
	ran := s.run("winback")
	same(t, "entering again", ran.Plans[0].ToSend()+ran.Plans[0].Control(), 40)
	same(t, "assignments", one[int](s, `SELECT count(*) FROM assignments`), 40)
	same(t, "entries whose arm differs", one[int](s,
		`SELECT count(*) FROM entries e JOIN assignments a USING (customer_id, campaign_key, split) WHERE e.arm <> a.arm`), 0)
	// Another share is another split: it takes newcomers only, since everybody else belongs to the first.
	c = s.apply(func(d *campaigns.Definition) { d.Cooldown, d.Audience, d.Holdout = 1, "orders >= 1", 0.5; oneMail(d) })
	same(t, "version and split", []int{c.Version, c.Split}, []int{3, 2})
	s.days(8)
	s.customers(50, nil)
	ran = s.run("winback")
	same(t, "newcomers", ran.Plans[0].ToSend()+ran.Plans[0].Control(), 10)
	same(t, "the others", ran.Plans[0].Stopped(), map[campaigns.Outcome]int{campaigns.GateReentry: 40})
	same(t, "second split", one[int](s, `SELECT count(*) FROM assignments WHERE split = 2`), 10)
	// After its last read the first split releases its customers, who are drawn anew.
	s.days(14) // 30 days after the first run
	s.orders(1, s.now.AddDate(0, 0, -100))
	ran = s.run("winback")
	same(t, "all", ran.Plans[0].ToSend()+ran.Plans[0].Control(), 50)
	same(t, "second split", one[int](s, `SELECT count(*) FROM assignments WHERE split = 2`), 50)
	ok, share, err := s.reconcile(t.Context(), ran.Plans[0].Campaign, 1)
	s.must(err)
	same(t, "the first split is still in order", []any{ok, share}, []any{true, 0.33})
}

func TestDraftAndUnknownKey(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(10, nil)
	s.apply(nil)
	plans, err := s.Plan(t.Context(), s.now, []string{"winback"})
	s.must(err)
	same(t, "a draft is shown as if active", plans[0].ToSend()+plans[0].Control(), 10)
	plans, err = s.Plan(t.Context(), s.now, nil)
	s.must(err)
	same(t, "without a key only active ones", len(plans), 0)
	if _, err = s.Run(t.Context(), s.now, RunOptions{Keys: []string{"winback"}}); err == nil {
		t.Error("a draft ran")
	}
	for _, key := range []string{"winbak", "Winback", "zzzzzz"} {
		_, err = s.Plan(t.Context(), s.now, []string{key})
		var unknown *UnknownKeyError
		if !errors.As(err, &unknown) {
			t.Fatalf("%s: %v", key, err)
		}
		want := "winback"
		if key == "zzzzzz" {
			want = ""
		}
		same(t, key, unknown.Nearest, want)
	}
	s.must(s.Store().SetStatus(t.Context(), "winback", campaigns.Active, s.now))
	s.planOnly("winback")
	s.must(s.Store().SetStatus(t.Context(), "winback", campaigns.Paused, s.now))
	same(t, "a paused campaign sends nothing", len(s.dispatch()), 0)
	s.must(s.Store().SetStatus(t.Context(), "winback", campaigns.Archived, s.now))
	s.dispatch()
	same(t, "an archived one cancels what is due", s.states("winback")[campaigns.Cancelled] >= 10, true)
	same(t, "mails", len(s.smtp.Mails()), 0)
}

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"winback-90", "loyalty", "crosssell-beans"}
	for word, want := range map[string]string{
		"winback-9": "winback-90", "WINBACK-90": "winback-90", "loyality": "loyalty", "crossell-beans": "crosssell-beans", "xyz": "", "": "",
	} {
		same(t, word, Nearest(word, known), want)
	}
}

func TestEntryBacklog(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	no, since := false, s.now.AddDate(-1, 0, 0)
	s.customers(10, func(i int, c *customer.Customer) {
		if i == 0 {
			c.Consent = &no
		}
	})
	s.start(func(d *campaigns.Definition) { d.Entry.NewOnly = true; oneMail(d) })
	// A held run is not the start: afterwards everybody is still backlog.
	s.days(3)
	if _, err := s.Run(t.Context(), s.now, RunOptions{Keys: []string{"winback"}}); !errors.Is(err, ErrHeld) {
		t.Fatalf("old data: %v", err)
	}
	s.orders(1, s.now.AddDate(0, 0, -140))
	ran := s.planOnly("winback")
	same(t, "first run", ran.Plans[0].Stopped(), map[campaigns.Outcome]int{campaigns.GateReentry: 9, campaigns.GateConsent: 1})
	// Someone of the backlog consents: still backlog. A newcomer enters.
	s.days(1)
	yes := true
	s.customers(12, func(i int, c *customer.Customer) {
		if i == 0 {
			at := since.AddDate(1, 0, 4)
			c.Consent, c.ConsentAt = &yes, &at
		}
	})
	ran = s.planOnly("winback")
	same(t, "later run", ran.Plans[0].Stopped(), map[campaigns.Outcome]int{campaigns.GateReentry: 10})
	same(t, "newcomers", ran.Plans[0].ToSend()+ran.Plans[0].Control(), 2)
	// Who leaves the audience and matches anew is a newcomer, too.
	s.orders(1, s.now)
	s.days(1)
	s.planOnly("winback")
	s.days(100)
	s.orders(1, s.now.AddDate(0, 0, -95))
	ran = s.planOnly("winback")
	same(t, "came back", ran.Plans[0].ToSend()+ran.Plans[0].Control(), 1)
}

func TestHeldRuns(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(2, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0; oneMail(d) })
	s.run("winback") // two customers: a small usual size
	s.customers(203, nil)
	s.pass(time.Hour)
	for range usualRuns + 2 { // being held again and again is no way round
		ran, err := s.Run(t.Context(), s.now, RunOptions{Keys: []string{"winback"}})
		if !errors.Is(err, ErrHeld) || ran.Plans[0].Held == "" {
			t.Fatalf("201 instead of 2: %v", err)
		}
	}
	same(t, "entries", one[int](s, `SELECT count(*) FROM entries`), 2)
	same(t, "held runs", one[int](s, `SELECT count(*) FROM runs WHERE state = 'held' AND matched = 203 AND to_send = 201`), usualRuns+2)
	ran, err := s.Run(t.Context(), s.now, RunOptions{Keys: []string{"winback"}, Confirm: true, NoDispatch: true})
	s.must(err)
	same(t, "confirmed", ran.Plans[0].ToSend(), 201)
}

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sizes []int64
		want  float64
	}{{[]int64{5}, 5}, {[]int64{9, 1}, 5}, {[]int64{3, 1, 2}, 2}, {[]int64{0, 0, 0, 900}, 0}, {[]int64{4, 1, 3, 2}, 2.5}} {
		same(t, "median", median(c.sizes), c.want)
	}
}

func TestDataAge(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(3, nil)
	s.start(nil)
	plan := func() error {
		_, err := s.Run(t.Context(), s.now, RunOptions{Keys: []string{"winback"}, NoDispatch: true})
		return err
	}
	s.pass(36 * time.Hour)
	s.must(plan())
	s.pass(time.Second)
	if err := plan(); !errors.Is(err, ErrHeld) {
		t.Errorf("orders of 36 hours and a second ago: %v", err)
	}
	s.MaxDataAge = -1
	s.must(plan())
}

func TestBudgetOverRuns(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(c *Config) { c.CostPerMail = 1 })
	s.customers(60, nil)
	s.start(func(d *campaigns.Definition) {
		d.Holdout, d.Budget = 0, campaigns.Budget{Money: 10, Per: "week"}
		oneMail(d)
	})
	same(t, "first run", s.planOnly("winback").Plans[0].ToSend(), 10)
	s.days(1)
	s.orders(1, s.now.AddDate(0, 0, -140))
	same(t, "same week", s.planOnly("winback").Plans[0].ToSend(), 0)
	s.days(6) // the next Monday
	s.orders(1, s.now.AddDate(0, 0, -140))
	same(t, "next week", s.planOnly("winback").Plans[0].ToSend(), 10)
}

func TestPeriodStart(t *testing.T) {
	t.Parallel()
	zone := berlin(t)
	for _, c := range []struct {
		per, now, want string
	}{
		{"day", "2026-05-06T12:00", "2026-05-06"},
		{"week", "2026-05-06T12:00", "2026-05-04"},
		{"week", "2026-05-10T23:59", "2026-05-04"},
		{"week", "2026-05-11T00:00", "2026-05-11"},
		{"month", "2026-05-31T12:00", "2026-05-01"},
	} {
		now, err := time.ParseInLocation("2006-01-02T15:04", c.now, zone)
		if err != nil {
			t.Fatal(err)
		}
		d := definition(func(d *campaigns.Definition) { d.Budget = campaigns.Budget{Mails: 1, Per: c.per} })
		campaign, err := campaigns.New(d, 1, 1, campaigns.Active)
		if err != nil {
			t.Fatal(err)
		}
		same(t, c.per+" of "+c.now, periodStart(campaign, now).Format("2006-01-02T15:04"), c.want+"T00:00")
	}
}

// TestCrowdedCap has four campaigns want the same customers on the same day and later: nobody gets more than the cap.
func TestCrowdedCap(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(c *Config) { c.Cap7d, c.Cap30d = 1, 2 })
	const customers = 30
	s.customers(customers, nil)
	for _, key := range []string{"a", "b", "c", "d"} {
		s.start(func(d *campaigns.Definition) { d.Key, d.Holdout, d.Entry.PerDay = key, 0.2, 9 })
	}
	for day := range 11 {
		s.orders(1, s.now.AddDate(0, 0, -120))
		s.run("a", "b", "c", "d")
		for range 2 { // mails that were planned and found the cap full wait in the outbox
			s.pass(time.Hour)
			s.dispatch()
		}
		s.now = time.Date(2026, 5, 5+day, 12, 0, 0, 0, s.zone)
	}
	const breaches = `SELECT count(*) FROM sends a JOIN sends b USING (customer_id)
		WHERE (a.campaign_key, a.step_key) <> (b.campaign_key, b.step_key)
			AND b.first_attempt_at >= a.first_attempt_at AND b.first_attempt_at < a.first_attempt_at + interval '7 days'`
	same(t, "two contacts within seven days", one[int](s, breaches), 0)
	got := map[string]int{}
	for _, m := range s.smtp.Mails() {
		got[m.To]++
		if got[m.To] > 2 {
			t.Errorf("%s got %d mails in 11 days", m.To, got[m.To])
		}
	}
	same(t, "mails to control", one[int](s, `SELECT count(*) FROM sends WHERE arm = 'control' AND state = 'accepted'`), 0)
	if len(got) < customers/2 {
		t.Errorf("only %d customers were written to", len(got))
	}
	same(t, "campaigns that took somebody", one[int](s, `SELECT count(DISTINCT campaign_key) FROM entries`) > 1, true)
	same(t, "customers in two campaigns on a day", one[int](s, `SELECT count(*) FROM entries a JOIN entries b USING (customer_id)
		WHERE a.campaign_key < b.campaign_key AND a.entered_at::date = b.entered_at::date`), 0)
}
