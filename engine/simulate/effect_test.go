package simulate

import (
	"math"
	"slices"
	"testing"

	"treue/campaigns"
	"treue/campaigns/assign"
	"treue/campaigns/lift"
	"treue/engine/store"
)

func TestOddsAddUp(t *testing.T) {
	t.Parallel()
	sum := odds(-1) + odds(causedDays)
	for after := range causedDays {
		sum += odds(after)
	}
	if math.Abs(sum-1) > 1e-12 {
		t.Errorf("odds add up to %v", sum)
	}
	r := stream(5)
	const n = 100_000
	var seen [causedDays]float64
	for range n {
		seen[delay(r)]++
	}
	for after, count := range seen {
		want := odds(after)
		if got := count / n; math.Abs(got-want) > 5*math.Sqrt(want/n) {
			t.Errorf("%d days: %.4f, want %.4f", after, got, want)
		}
	}
}

func TestDefinitions(t *testing.T) {
	t.Parallel()
	program, err := demo(berlin(t))
	if err != nil {
		t.Fatal(err)
	}
	var kinds []campaigns.Kind
	for i := range program {
		d := &program[i].Definition
		kinds = append(kinds, d.Kind)
		if _, err := campaigns.New(*d, 1, 1, campaigns.Active); err != nil {
			t.Error(err)
		}
		if warnings := d.Warnings(); len(warnings) > 0 {
			t.Errorf("%s: %s", d.Key, warnings)
		}
		if d.Cooldown != 0 {
			t.Errorf("%s: the truth counts one entry per customer", d.Key)
		}
		if d.CostPerMail == nil {
			t.Errorf("%s: the cost of a mail must not depend on the engine's settings", d.Key)
		}
	}
	if want := []campaigns.Kind{campaigns.Winback, campaigns.Loyalty, campaigns.Crosssell}; !slices.Equal(kinds, want) {
		t.Errorf("kinds are %v, want %v", kinds, want)
	}
}

// embedded is the demo's campaign of that kind.
func embedded(t testing.TB, kind campaigns.Kind) *Campaign {
	t.Helper()
	program, err := demo(berlin(t))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(program, func(c Campaign) bool { return c.Kind == kind })
	return &program[i]
}

func send(p *Person, c *Campaign, step, sent, assigned int) mailing {
	m := mailing{Person: p, Effect: c.Effect, sent: sent, assigned: assigned}
	m.SendKey = store.SendKey{CustomerID: p.ID, CampaignKey: c.Key, Entry: 1, StepKey: c.Steps[step].Key}
	if o := c.Steps[step].Offer; o != nil {
		m.CouponCode = "CODE"
	}
	return m
}

// What a mail is worth is the mean over very many repetitions of what it causes.
func TestWorthByBruteForce(t *testing.T) {
	t.Parallel()
	c := embedded(t, campaigns.Winback)
	s := NewShop(shop(t, 3, 60, 3))
	for name, m := range map[string]mailing{
		"first mail":             send(&s.People[0], c, 0, 10, 10),
		"offer":                  send(&s.People[1], c, 1, 17, 10),
		"late, half outside":     send(&s.People[1], c, 1, 33, 10),
		"after the window ended": send(&s.People[2], c, 1, 40, 10),
	} {
		m.Person.Responsiveness = 6 // many orders, quick convergence
		const n = 40_000
		var sum, squares float64
		for seed := range uint64(n) {
			s.Seed = seed
			y := s.outcome(s.caused(&m), m.assigned, &c.Definition)
			sum, squares = sum+y, squares+y*y
		}
		mean, want := sum/n, s.worth(&m, verdict(&c.Definition))
		if m.sent < m.assigned+int(c.Measure) {
			want += *c.CostPerMail
		}
		if se := math.Sqrt((squares/n - mean*mean) / n); math.Abs(mean-want) > 4*se+1e-12 {
			t.Errorf("%s: orders bring %.4f, want %.4f ± %.4f", name, mean, want, 4*se)
		}
	}
}

// outcome is the margin, in major units, of the orders inside a window that opened on the given day.
func (s *Shop) outcome(orders []Order, assigned int, c *campaigns.Definition) float64 {
	sum, from, to := 0.0, s.calendar.run(assigned), s.calendar.run(assigned+int(c.Measure))
	for i := range orders {
		if o := &orders[i]; !o.OrderedAt.Before(from) && o.OrderedAt.Before(to) {
			sum += o.Margin(assigned+int(c.Measure+c.Grace)-1, s.calendar)
		}
	}
	return sum / 100
}

// The interval covers the truth as often as it says, and the estimate is not biased against it: every customer enters
// on day 0, and who has not bought within a week gets the second mail, as the engine does it.
func TestEstimateAgainstTruth(t *testing.T) {
	t.Parallel()
	c := embedded(t, campaigns.Winback)
	const shops = 250
	var covered int
	var sum, squares float64
	for seed := range uint64(shops) {
		cfg := shop(t, 500, 40, seed)
		cfg.History = 40
		estimate, want := onPaper(NewShop(cfg), c)
		z := (estimate.Diff - want) / estimate.SEWelch
		sum, squares = sum+z, squares+z*z
		if estimate.PrintLow <= want && want <= estimate.PrintHigh {
			covered++
		}
	}
	mean, spread := sum/shops, math.Sqrt(squares/shops)
	if math.Abs(mean) > 4/math.Sqrt(shops) {
		t.Errorf("the estimate is off by %.2f standard errors on average", mean)
	}
	if spread < 0.85 || spread > 1.15 {
		t.Errorf("errors spread by %.2f standard errors, want about 1", spread)
	}
	if share := float64(covered) / shops; share < 0.92 {
		t.Errorf("%.1f %% of the intervals cover the truth, want 96 %%", share*100)
	}
}

// onPaper runs a campaign over everybody who has joined by day 0, without engine and database.
func onPaper(s *Shop, c *Campaign) (lift.Estimate, float64) {
	organic := map[int64][]Order{}
	for _, o := range s.Orders {
		organic[o.CustomerID] = append(organic[o.CustomerID], o)
	}
	salt := assign.CampaignSalt(c.Key, int(s.Seed)+1)
	var treated, control lift.Sums
	var mails []mailing
	for i := range s.People {
		p := &s.People[i]
		if p.Joined >= 0 {
			continue
		}
		orders := organic[p.ID]
		if assign.IsControl(assign.U(salt, p.ID), c.Holdout) {
			control.Add(s.outcome(orders, 0, &c.Definition))
			continue
		}
		sent := []mailing{send(p, c, 0, 0, 0)}
		orders = append(orders, s.caused(&sent[0])...)
		if !slices.ContainsFunc(orders, func(o Order) bool {
			return o.OrderedAt.After(s.calendar.run(0)) && o.OrderedAt.Before(s.calendar.run(7))
		}) {
			sent = append(sent, send(p, c, 1, 7, 0))
			orders = append(orders, s.caused(&sent[1])...)
		}
		treated.Add(s.outcome(orders, 0, &c.Definition) - float64(len(sent))**c.CostPerMail)
		mails = append(mails, sent...)
	}
	return lift.Assess(treated, control, lift.Alpha(false)), s.truth(mails, c.Key, verdict(&c.Definition), int(c.Measure+c.Grace), treated.N)
}

func TestTruthCountsTheMaturedOnly(t *testing.T) {
	t.Parallel()
	c := embedded(t, campaigns.Loyalty)
	s := NewShop(shop(t, 2, 60, 3))
	mails := []mailing{send(&s.People[0], c, 0, 0, 0), send(&s.People[1], c, 0, 1, 1)}
	whole := int(c.Measure + c.Grace)
	for day, want := range map[int]float64{whole: -0.02 / 5, whole + 1: -0.04 / 5, whole - 1: 0} {
		if got := s.truth(mails, c.Key, verdict(&c.Definition), day, 5); math.Abs(got-want) > 1e-12 {
			t.Errorf("day %d: %v, want %v", day, got, want)
		}
	}
	if got := s.truth(nil, c.Key, verdict(&c.Definition), whole, 0); !math.IsNaN(got) {
		t.Errorf("the truth about nobody is %v", got)
	}
}
