package engine

import (
	"testing"

	"treue/campaigns"
	"treue/campaigns/lift"
	"treue/rules/customer"
)

// launchOf plans the only campaign before its start.
func (s *shop) launchOf(gain float64) *Launch {
	s.t.Helper()
	plans, err := s.Plan(s.t.Context(), s.now, []string{"winback"})
	s.must(err)
	l, err := s.PlanLaunch(s.t.Context(), s.now, &plans[0], gain)
	s.must(err)
	return l
}

// TestPlanLaunch looks at who matched one window ago and what they brought since, not at those who match today.
func TestPlanLaunch(t *testing.T) {
	t.Parallel()
	share := 0.5
	s := newShop(t, func(c *Config) { c.MarginShare = &share })
	s.customers(1400, nil) // last order 150 days ago: quiet now and one window of 28 days ago
	var bought, recent []customer.Order
	var outcomes []float64
	for i := range 1400 {
		y := 0.0
		if i%4 == 0 {
			o := orderOf(i, s.now.AddDate(0, 0, -10), 2000+int64(i)*3)
			bought = append(bought, o)
			y = float64(o.Total) / 200
		}
		if i >= 1260 { // quiet since today's window began: newcomers, of no history
			recent = append(recent, orderOf(i, s.now.AddDate(0, 0, -110), 3000))
			continue
		}
		outcomes = append(outcomes, y)
	}
	s.importOrders(append(recent, bought...)...)
	s.apply(func(d *campaigns.Definition) { d.Holdout = 0.4; d.Entry.PerDay = 100 })
	l := s.launchOf(2)
	sums := lift.SumsOf(outcomes)
	same(t, "history", []any{l.History.N, l.HistoryBuyers, l.Margin, l.Missing}, []any{sums.N, int64(315), true, lift.Reason("")})
	if diff := l.History.Y/sums.Y - 1; diff > 1e-12 || diff < -1e-12 || l.History.Y2/sums.Y2 > 1+1e-12 || l.History.Y3/sums.Y3 > 1+1e-12 {
		t.Errorf("sums %+v, want %+v", l.History, sums)
	}
	// Three in four are still quiet, 105 of them since within the window; the pace of entries stops nobody for good.
	same(t, "waiting and new", []any{l.Waiting, l.NewPerDay, l.PerDay}, []any{int64(1050), 105.0 / 28, int64(100)})
	want, err := lift.Plan(l.Launch, []float64{0.5, 0.4, 0.2})
	s.must(err)
	same(t, "choices", len(l.Choices), len(want))
	for i := range want {
		same(t, "share, control, day, sight", []any{l.Choices[i].Share, l.Choices[i].Control, l.Choices[i].VerdictOn, l.Choices[i].MDE, l.Choices[i].Price},
			[]any{want[i].Share, want[i].Control, want[i].VerdictOn, want[i].MDE, 2 * float64(want[i].Control)})
	}
	if c := l.Choices[1]; c.Refused != "" || !c.VerdictOn.After(s.now.AddDate(0, 0, 42)) {
		t.Errorf("%+v", c)
	}
	s.must(s.Store().SetStatus(t.Context(), "winback", campaigns.Active, s.now.AddDate(0, 0, -3)))
	s.planOnly("winback")
	if l := s.launchOf(1); l != nil {
		t.Errorf("a campaign that has begun is planned: %+v", l)
	}
}

// TestPlanLaunchOfTooFew: the planner refuses what cannot become a verdict, and a history without a buyer.
func TestPlanLaunchOfTooFew(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(60, nil)
	s.apply(nil)
	same(t, "nobody bought", s.launchOf(1).Missing, lift.ZeroVariance)
	s.importOrders(orderOf(0, s.now.AddDate(0, 0, -9), 2500), orderOf(1, s.now.AddDate(0, 0, -9), 3500))
	l := s.launchOf(1)
	same(t, "choices", len(l.Choices), 3)
	for _, c := range l.Choices {
		if c.Refused != lift.FewControls || c.Needs.ControlCustomers <= 0 || !c.VerdictOn.IsZero() {
			t.Errorf("%+v", c)
		}
	}
}

func TestControlShares(t *testing.T) {
	t.Parallel()
	for own, want := range map[float64][]float64{
		0: {0.5, 0.33, 0.2}, 0.33: {0.5, 0.33, 0.2}, 0.3: {0.5, 0.3, 0.2}, 0.1: {0.5, 0.33, 0.1}, 0.9: {0.9, 0.33, 0.2},
	} {
		same(t, "shares", controlShares(own), want)
	}
}
