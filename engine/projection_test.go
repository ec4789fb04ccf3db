package engine

import (
	"fmt"
	"math"
	"testing"

	"treue/campaigns"
	"treue/campaigns/lift"
	"treue/engine/store"
	"treue/rules/clv"
	"treue/rules/customer"
	"treue/rules/features"
)

// TestValuer: the residual is that of the forecast of a year, and the days until the last read count undiscounted.
func TestValuer(t *testing.T) {
	t.Parallel()
	m := store.FrozenModel{
		ID: 1, Name: clv.NameMBGNBD, Params: map[string]float64{"r": .525, "alpha": 6.183, "a": .891, "b": 1.614},
		SpendName: clv.NameGammaGamma, SpendParams: map[string]float64{"p": 6.25, "q": 3.74, "v": 15.44},
	}
	purchases, spend, err := models(store.Model{Name: m.Name, Params: m.Params, SpendName: m.SpendName, SpendParams: m.SpendParams})
	if err != nil {
		t.Fatal(err)
	}
	value, err := valuer(m, 273)
	if err != nil {
		t.Fatal(err)
	}
	mean := 40.0
	first := features.Day(20_000)
	b := store.Buying{Repeats: 2, First: first, Last: first + 140, Spend: &mean, On: first + 420}
	got := value(store.Buying{Repeats: -1, First: features.NoDay, Last: features.NoDay, On: first}, b)
	h := clv.History{X: 2, Tx: 20, T: 60}
	if want := clv.Residual(purchases, spend, h, clv.Spend{X: 2, Mean: 40}); math.Abs(got.After-want) > 1e-12*want || got.Before != 0 {
		t.Errorf("residual %v, want 0 before and %v after", got, want)
	}
	if want := purchases.Expected(39, h) * spend.Expected(clv.Spend{X: 2, Mean: 40}) / 1; math.Abs(got.Until-want) > 1e-9*want {
		t.Errorf("until the last read %v, want %v", got.Until, want)
	}
	if none, err := valuer(store.FrozenModel{Name: m.Name, Params: m.Params, SpendName: noSpend}, 0); err != nil || !math.IsNaN(none(b, b).After) {
		t.Errorf("without a spend model: %v", err)
	}
}

// TestProjection: one order more per treated customer raises what the model expects of them. The figure is kept beside the
// banked one, its model is the one from before the first draw, and neither a refit nor a refund changes what was reported.
func TestProjection(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(400, nil)
	var before []customer.Order
	for i := range 400 {
		for n := range i % 5 {
			before = append(before, orderOf(i, s.now.AddDate(0, 0, -390+30*n), 2000+10*int64(i%13)))
		}
	}
	s.importOrders(before...)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0.5; oneMail(d); d.Reads = []campaigns.Days{28, 56} })
	s.run("winback")
	same(t, "on the first day", s.report("winback").Projection.Estimate.Missing, NothingRipe)
	arms := s.arms("winback")
	var orders []customer.Order
	for i := range 400 {
		if arms[id(i)] == "treated" || i%4 == 0 {
			orders = append(orders, orderOf(i, s.now.AddDate(0, 0, 10), 4000+int64(i%3)))
		}
	}
	s.days(42)
	s.importOrders(orders...)
	r := s.report("winback")
	p := r.Projection
	if !p.Estimate.Defined() || p.Estimate.PrintLow <= 0 || p.Model.ID != 1 || p.Model.Params["alpha"] <= 0 {
		t.Fatalf("projected %+v by %+v", p.Estimate, p.Model)
	}
	same(t, "kappa", []any{p.Kappa.Kappa, p.Kappa.Missing}, []any{0.0, lift.TooFewCampaigns})
	same(t, "nothing of it counts", p.CLV, r.Estimate)
	checkCells(t, s, &r)

	_, err := s.Refresh(t.Context(), s.now, "nbd", true)
	s.must(err)
	same(t, "after a refit", s.report("winback").Projection, p)
	refund := orders[0]
	refund.Refund, refund.RefundedAt = refund.Total, new(s.now.AddDate(0, 0, -20))
	s.importOrders(refund)
	again := s.report("winback")
	if again.Estimate.Diff == r.Estimate.Diff {
		t.Error("a refund that came in late changed nothing")
	}
	revisions, err := s.Revisions(t.Context(), "winback", 0)
	s.must(err)
	same(t, "revisions", len(revisions), 3)
	for i, want := range []lift.Estimate{{}, r.Estimate, again.Estimate} {
		got := &revisions[i]
		same(t, fmt.Sprint("revision ", i+1), []any{got.Kept.Number, got.Estimate.Diff, got.Estimate.PrintHigh}, []any{i + 1, want.Diff, want.PrintHigh})
	}
	opened := revisions[1]
	same(t, "opened again", []any{opened.Verdict, opened.Adjusted, opened.Projection, opened.Sentence("de", "EUR")}, []any{r.Verdict, r.Adjusted, p, r.Sentence("de", "EUR")})
}

// checkCells adds up what was projected from the rows themselves.
func checkCells(t *testing.T, s *shop, r *Report) {
	t.Helper()
	for _, c := range r.cells {
		want := one[float64](s, `SELECT sum(residual_after - residual_before) FROM outcomes WHERE arm = $1 AND read_days = 28`, c.Arm)
		if math.Abs(c.Joint.First[1]-want) > 1e-6 || c.Joint.N == 0 {
			t.Errorf("%s: projected %v of %d, want %v", c.Arm, c.Joint.First[1], c.Joint.N, want)
		}
		if until := one[float64](s, `SELECT sum(residual_until) FROM outcomes WHERE arm = $1 AND read_days = 28`, c.Arm); !(until > 0) {
			t.Errorf("%s: nothing is expected until the last read", c.Arm)
		}
	}
	same(t, "arms", len(r.cells), 2)
}

// TestKappaOfFinishedCampaigns: five campaigns of a kind whose extra orders left habits as they were. What their model
// expected did not come, and of the next projection nothing counts; of campaigns whose customers really came back it does.
func TestKappaOfFinishedCampaigns(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		back bool
	}{{"habits unchanged", false}, {"came back", true}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, func(c *Config) { c.Cap7d, c.Cap30d, c.MaxDataAge = 50, 50, -1 })
			s.customers(300, nil)
			var before []customer.Order
			for i := range 300 {
				for n := range i % 6 {
					before = append(before, orderOf(i, s.now.AddDate(0, 0, -390+25*n), 3000+int64(i%11)))
				}
			}
			s.importOrders(before...)
			var later []customer.Order
			for day := range 5 {
				key := fmt.Sprint("winback-", day)
				s.start(func(d *campaigns.Definition) {
					oneMail(d)
					d.Key, d.Holdout, d.Reads, d.Audience = key, 0.5, []campaigns.Days{28, 119}, "orders >= 2"
				})
				s.run(key)
				arms := s.arms(key)
				for i := range 300 {
					if arms[id(i)] == "treated" {
						later = append(later, orderOf(i, s.now.AddDate(0, 0, 12-2*day), 4000+int64(day)))
						if test.back {
							later = append(later, orderOf(i, s.now.AddDate(0, 0, 60-2*day), 6000+int64(day)))
						}
					}
					if day == 0 && i%3 == 0 {
						later = append(later, orderOf(i, s.now.AddDate(0, 0, 70), 4000))
					}
				}
				s.days(1)
			}
			s.days(28 + 119 + 14)
			s.importOrders(later...)
			reports, err := s.MeasureReports(t.Context(), s.now, nil)
			s.must(err)
			k := reports[0].Projection.Kappa
			same(t, "campaigns and reason", []any{k.Campaigns, k.Missing}, []any{5, lift.Reason("")})
			if test.back != (k.Kappa > 0.3) || !test.back && k.Kappa > 0 || k.Low >= k.High {
				t.Errorf("kappa %+v", k)
			}
			if r := &reports[0]; r.Projection.CLV.Diff < r.Estimate.Diff || test.back != (r.Projection.CLV.Diff > r.Estimate.Diff) {
				t.Errorf("CLV lift %v from %v banked and %v projected", r.Projection.CLV.Diff, r.Estimate.Diff, r.Projection.Estimate.Diff)
			}
		})
	}
}

// arms are all arms of a campaign by customer.
func (s *shop) arms(key string) map[int64]string {
	s.t.Helper()
	return one[map[int64]string](s, `SELECT coalesce(jsonb_object_agg(customer_id, arm), '{}') FROM assignments WHERE campaign_key = $1`, key)
}
