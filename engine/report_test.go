package engine

import (
	"testing"
	"time"

	"treue/campaigns"
	"treue/campaigns/lift"
	"treue/engine/store"
	"treue/rules"
	"treue/rules/customer"
)

// report returns the only report of the campaign.
func (s *shop) report(key string) Report {
	s.t.Helper()
	reports, err := s.MeasureReports(s.t.Context(), s.now, []string{key})
	s.must(err)
	if len(reports) != 1 {
		s.t.Fatalf("%d reports, want 1", len(reports))
	}
	return reports[0]
}

func TestReport(t *testing.T) {
	t.Parallel()
	share := 0.5
	s := newShop(t, func(c *Config) { c.MarginShare, c.CostPerMail = &share, 0.25 })
	s.customers(300, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0.5; oneMail(d) })
	ran := s.run("winback")
	early := s.report("winback")
	same(t, "on the first day", []any{early.Verdict.Code, early.Verdict.Reason}, []any{lift.TooEarly, lift.NotMatured})
	same(t, "known on", early.Verdict.KnownOn.In(s.zone).Format(time.DateOnly), "2026-07-13") // 28 days to enter, 28 and 14 to mature

	// Every treated customer buys for 40 euros in the window, every third control customer; two orders lie outside.
	var orders []customer.Order
	buyers := map[string]int64{}
	for i := range 300 {
		arm := s.armOf(i, "winback")
		if arm == "treated" || i%3 == 0 {
			orders = append(orders, orderOf(i, s.now.AddDate(0, 0, 10), 4000))
			buyers[arm]++
		}
	}
	orders = append(orders, orderOf(0, s.now.Add(-time.Microsecond), 9900), orderOf(1, s.now.AddDate(0, 0, 28), 9900))
	s.days(42)
	s.importOrders(orders...)
	s.days(-1)
	pending := s.report("winback")
	same(t, "a day before", []int64{pending.Arms[0].Matured, pending.Arms[1].Matured}, []int64{0, 0})
	s.days(1)
	r := s.report("winback")
	same(t, "arms", []string{r.Arms[0].Arm, r.Arms[1].Arm}, []string{"control", "treated"})
	same(t, "assigned", []int64{r.Arms[0].Assigned, r.Arms[1].Assigned}, []int64{int64(ran.Plans[0].Control()), int64(ran.Plans[0].ToSend())})
	same(t, "matured", []int64{r.Arms[0].Matured, r.Arms[1].Matured}, []int64{r.Arms[0].Assigned, r.Arms[1].Assigned})
	same(t, "buyers", []int64{r.Arms[0].Buyers, r.Arms[1].Buyers}, []int64{buyers["control"], buyers["treated"]})
	same(t, "basis", r.Basis, "margin")
	same(t, "margin", []float64{r.Arms[0].Value, r.Arms[1].Value}, []float64{20 * float64(buyers["control"]), 20 * float64(buyers["treated"])})
	want := 20 - 0.25 - 20*float64(buyers["control"])/float64(r.Arms[0].Matured)
	if diff := r.Estimate.Diff - want; diff > 1e-9 || diff < -1e-9 {
		t.Errorf("lift %v per customer, want %v", r.Estimate.Diff, want)
	}
	same(t, "sample ratio", r.SRMOK, true)
	if r.Verdict.Code == lift.NotTrustworthy {
		t.Errorf("verdict %v: %v", r.Verdict.Code, r.Verdict.Reason)
	}
	revisions := one[int](s, `SELECT count(*) FROM reports`)
	s.report("winback")
	same(t, "nothing new, no new revision", one[int](s, `SELECT count(*) FROM reports`), revisions)
}

// TestReconcile finds what no test of sample ratios would: one arm changed by hand, one mail to the control group.
func TestReconcile(t *testing.T) {
	t.Parallel()
	for name, tamper := range map[string]func(*shop){
		"an arm": func(s *shop) {
			s.sql(`UPDATE assignments SET arm = 'treated' WHERE customer_id = $1`, id(s.pick("control", "winback", 0)))
		},
		"a mail to control": func(s *shop) {
			s.sql(`UPDATE sends SET arm = 'treated', state = 'accepted' WHERE customer_id = $1`, id(s.pick("control", "winback", 0)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, nil)
			s.customers(60, nil)
			s.start(func(d *campaigns.Definition) { d.Holdout = 0.5; oneMail(d) })
			s.run("winback")
			same(t, "before", s.report("winback").Verdict.Reason, lift.NotMatured)
			tamper(s)
			v := s.report("winback").Verdict
			same(t, "after", []any{v.Code, v.Reason}, []any{lift.NotTrustworthy, lift.NotReconciled})
		})
	}
}

func TestReportsWithoutCustomers(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.start(nil)
	reports, err := s.MeasureReports(t.Context(), s.now, nil)
	s.must(err)
	same(t, "reports", len(reports), 0)
	if _, err := s.MeasureReports(t.Context(), s.now, []string{"winbak"}); err == nil {
		t.Error("an unknown campaign has a report")
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.mixed(50)
	s.orders(5, s.now.AddDate(0, 0, -3))
	rule, err := rules.Compile("consent && orders >= 3")
	s.must(err)
	got, err := s.Count(t.Context(), s.now, rule, store.Auto, true)
	s.must(err)
	same(t, "total and matched", []int64{got.Total, got.Matched}, []int64{50, 2}) // 0 and 2: 1 has none, 3 no address, 4 no proof
	same(t, "terms", got.Terms, []store.TermCount{{Expr: "consent", Alone: 30, InSequence: 30}, {Expr: "orders >= 3", Alone: 5, InSequence: 2}})
	ids, err := s.IDs(t.Context(), s.now, rule, store.Auto)
	s.must(err)
	same(t, "ids", ids, []string{"k0", "k2"})
	same(t, "nothing was published", one[int](s, `SELECT count(*) FROM snapshot_pointer`), 0)
	s.must(s.Store().Declare(t.Context(), id(0), customer.ConsentEvent{Kind: customer.ConsentWithdraw, EffectiveAt: s.now.AddDate(0, 0, 1), Source: "link"}, "link"))
	later, err := s.Count(t.Context(), s.now.AddDate(0, 0, 2), rule, store.Memory, true)
	s.must(err)
	same(t, "two days on", later.Matched, int64(1))
	again, err := s.Count(t.Context(), s.now, rule, store.SQL, true)
	s.must(err)
	same(t, "as of then", again.Matched, got.Matched)
}

func TestCountNamesSources(t *testing.T) {
	t.Parallel()
	found := []store.ShopID{{Source: "shop", ExternalID: "b"}, {Source: "shop", ExternalID: "a"}}
	same(t, "one source", idsOf(found), []string{"a", "b"})
	same(t, "two sources", idsOf(append(found, store.ShopID{Source: "old", ExternalID: "c"})), []string{"old:c", "shop:a", "shop:b"})
}
