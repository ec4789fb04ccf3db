package engine

import (
	"math"
	"testing"
	"time"

	"treue/campaigns"
	"treue/campaigns/lift"
	"treue/rules/customer"
)

// TestProgramme: a shop that holds a third of its customers out of everything, and one campaign in the quarter. Where the
// campaign's effect is real the holdout confirms it; where its own control group lost what the treated gained, the gap shows.
func TestProgramme(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name                   string
		held, control, treated int64 // minor units that a customer of each group brings
		shown                  bool
		missing                lift.Reason
		share                  string
		later                  int // days from 4 May to the look
	}{
		{"confirmed", 1000, 1000, 3000, false, "", "33%", 86},
		{"taken from each other", 1000, 0, 3000, true, "", "33%", 86},
		{"before the refunds are known", 1000, 1000, 3000, false, NoCampaigns, "33%", 85}, // 2026Q1 is the last one that can be read
		{"nobody is held out", 1000, 1000, 3000, false, NoHoldout, "0%", 86},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, func(c *Config) { c.GlobalHoldout = test.share })
			s.customers(600, nil)
			s.start(func(d *campaigns.Definition) { d.Holdout = 0.5; oneMail(d) })
			ran := s.run("winback")
			arms := s.arms("winback")
			var orders []customer.Order
			for i := range 600 {
				cents := map[string]int64{"": test.held, "control": test.control, "treated": test.treated}[arms[id(i)]]
				if cents > 0 {
					orders = append(orders, orderOf(i, s.now.AddDate(0, 0, 20), cents+int64(i%7)*100))
				}
			}
			s.importOrders(orders...)
			s.now = s.now.AddDate(0, 0, test.later)
			reports, err := s.MeasureReports(t.Context(), s.now, nil)
			s.must(err)
			p, err := s.Programme(t.Context(), s.now, reports)
			s.must(err)
			same(t, "missing", p.Missing, test.missing)
			if test.missing != "" {
				return
			}
			same(t, "period and basis", []any{p.Period, p.Basis, p.Campaigns}, []any{"2026Q2", revenueBasis, 1})
			if int(p.Others) >= 600-int(p.Held) || int(p.Held) < 80 {
				t.Errorf("%d held out, %d not: whom the quarter before drew must be in neither", p.Held, p.Others)
			}
			g := p.Gap
			// Four of nine are neither drawn by this quarter nor by the one before; they are four of the seven who may enter.
			treated := float64(ran.Plans[0].ToSend()) * 4 / 7
			if want := treated * float64(test.treated-test.control) / 100; math.Abs(g.Claimed.Effect-want) > 0.25*want {
				t.Errorf("claimed %v of some %v", g.Claimed.Effect, want)
			}
			if g.Shown != test.shown || g.Low >= g.High || math.Abs(g.Value-(g.Claimed.Effect-g.Confirmed.Effect)) > 1e-9 {
				t.Errorf("gap %+v", g)
			}
		})
	}
}

// TestLastQuarter: a quarter is read once its refunds are known, in the shop's own days.
func TestLastQuarter(t *testing.T) {
	t.Parallel()
	zone := berlin(t)
	for at, want := range map[string]string{
		"2026-07-28T22:30:00+02:00": "2026-01-01", "2026-07-29T00:30:00+02:00": "2026-04-01", "2026-01-15T12:00:00+01:00": "2025-07-01", "2026-01-29T12:00:00+01:00": "2025-10-01",
	} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if from, to := lastQuarter(now, zone); from.Format(time.DateOnly) != want || !to.Equal(from.AddDate(0, 3, 0)) {
			t.Errorf("at %s: from %s to %s, want from %s", at, from, to, want)
		}
	}
}
