package engine

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"treue/campaigns"
	"treue/campaigns/lift"
	"treue/engine/store"
	"treue/rules/customer"
)

// matured is a shop with one campaign of 200 customers whose windows are over: all treated and every third of control
// bought.
func matured(t *testing.T) *shop {
	t.Helper()
	share := 0.5
	s := newShop(t, func(c *Config) { c.MarginShare, c.CostPerMail = &share, 0.25 })
	s.customers(200, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0.5; oneMail(d) })
	s.run("winback")
	var orders []customer.Order
	for i := range 200 {
		if s.armOf(i, "winback") == "treated" || i%3 == 0 {
			orders = append(orders, orderOf(i, s.now.AddDate(0, 0, 10), 4000+int64(i)))
		}
	}
	s.days(42)
	s.importOrders(orders...)
	s.days(28) // the planned read waits for those who enter in the first four weeks
	return s
}

// TestKeptSaysTheSame: a report that is opened is the report that was kept, to the last digit, and what reads reports
// together cannot tell them apart.
func TestKeptSaysTheSame(t *testing.T) {
	t.Parallel()
	s := matured(t)
	r := s.report("winback")
	if r.Kept == nil || r.Kept.Number != 1 || len(r.Kept.Hash) != 64 || !r.Shown() {
		t.Fatalf("kept as %+v, verdict %+v", r.Kept, r.Verdict)
	}
	opened, err := s.Kept(t.Context(), s.now, nil)
	s.must(err)
	if len(opened) != 1 {
		t.Fatalf("%d reports, want 1", len(opened))
	}
	ignore := cmpopts.IgnoreFields(Report{}, "Campaign", "cells")
	if diff := cmp.Diff(r, opened[0], ignore, cmp.AllowUnexported(Report{}), cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	same(t, "campaign", opened[0].Campaign.Definition.Audience, r.Campaign.Audience)
	same(t, "sentence", opened[0].Sentence("de", "EUR"), r.Sentence("de", "EUR"))
	before, err := Review([]Report{r})
	s.must(err)
	after, err := Review(opened)
	s.must(err)
	same(t, "portfolio", after.Portfolio, before.Portfolio)
}

// TestRevisionsAreNeverOverwritten: a later day makes another revision, and the first stays what it was.
func TestRevisionsAreNeverOverwritten(t *testing.T) {
	t.Parallel()
	s := matured(t)
	first := s.report("winback")
	same(t, "the same day again", s.report("winback").Kept.Number, 1)
	s.importOrders(orderOf(0, s.now.AddDate(0, 0, -1), 9900)) // outside the window: conduct and funnel alone could notice
	s.sql(`UPDATE outcomes SET margin = margin + 5 WHERE arm = 'treated'`)
	second := s.report("winback")
	same(t, "a correction", second.Kept.Number, 2)
	old, err := s.Revisions(t.Context(), "winback", 1)
	s.must(err)
	same(t, "the first revision", []any{old[0].Estimate.Diff, old[0].Kept.Hash}, []any{first.Estimate.Diff, first.Kept.Hash})
	newest, err := s.Kept(t.Context(), s.now, []string{"winback"})
	s.must(err)
	same(t, "the newest", newest[0].Estimate.Diff, second.Estimate.Diff)
	none, err := s.Revisions(t.Context(), "winback", 9)
	s.must(err)
	same(t, "a revision that nobody kept", len(none), 0)
	earlier, err := s.Kept(t.Context(), first.Kept.AsOf.AddDate(0, 0, -1), nil)
	s.must(err)
	same(t, "known the day before", len(earlier), 0)
}

// TestCurrentJudgesWhatIsNotKept: a campaign nobody has measured yet has a report all the same.
func TestCurrentJudgesWhatIsNotKept(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(30, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0.5; oneMail(d) })
	s.run("winback")
	reports, err := s.Current(t.Context(), s.now)
	s.must(err)
	if len(reports) != 1 || reports[0].Kept != nil || reports[0].Verdict.Code != lift.TooEarly {
		t.Fatalf("%+v", reports)
	}
	s.report("winback")
	reports, err = s.Current(t.Context(), s.now)
	s.must(err)
	if len(reports) != 1 || reports[0].Kept == nil || reports[0].Campaign.Status != campaigns.Active {
		t.Errorf("%+v", reports)
	}
}

// TestReportWithoutRatioIsKept: JSON has no NaN.
func TestReportWithoutRatioIsKept(t *testing.T) {
	t.Parallel()
	r := Report{Campaign: &campaigns.Campaign{Definition: campaigns.Definition{Key: "x", Timezone: "UTC"}}, Split: 1, SRM: math.NaN(), Arms: make([]store.ArmOutcome, 2)}
	data, err := json.Marshal(&r)
	if err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(data, &back); err != nil || !math.IsNaN(back.SRM) || back.Campaign.Key != "x" {
		t.Errorf("%v: %+v", err, back)
	}
}

// TestEvidence holds what stands beside the figures against a count by hand.
func TestEvidence(t *testing.T) {
	t.Parallel()
	s := matured(t)
	r := s.report("winback")
	control, treated := r.Arms[0], r.Arms[1]
	f := r.Evidence.Funnel
	same(t, "matched", f.Matched, control.Assigned+treated.Assigned)
	c := r.Conduct("treated")
	same(t, "treated", []int64{c.Customers, c.Mails, c.Ghosts, c.Reached, c.Orders}, []int64{treated.Assigned, treated.Assigned, 0, treated.Assigned, treated.Orders})
	c = r.Conduct("control")
	same(t, "control", []int64{c.Customers, c.Mails, c.Ghosts, c.Reached, c.Orders}, []int64{control.Assigned, 0, control.Assigned, control.Assigned, control.Orders})
	same(t, "weeks", len(r.Evidence.Curve), 8)
	for _, arm := range r.Arms {
		sum, weeks := 0.0, 0
		for _, w := range r.Evidence.Curve {
			if w.Arm != arm.Arm {
				continue
			}
			weeks++
			sum += w.Value
			same(t, arm.Arm+" observed", w.Observed, arm.Assigned)
			if w.Week == 1 && w.Value != 0 || w.Week == 2 && math.Abs(w.Value-arm.Value) > 1e-9 || math.Abs(w.Total-sum) > 1e-9 {
				t.Errorf("%s in week %d: %+v, want the orders of day 11 alone: %v", arm.Arm, w.Week, w, arm.Value)
			}
		}
		if weeks != 4 || math.Abs(sum-arm.Value) > 1e-9 {
			t.Errorf("%s: %v in %d weeks, banked %v", arm.Arm, sum, weeks, arm.Value)
		}
	}
	if e := r.Difference(Guardrails()[0]); e.Defined() {
		t.Errorf("nobody complained, and there is a difference: %+v", e)
	}
}

// TestGuardrails: who leaves after the mail, and orders that come back, are counted in their arm.
func TestGuardrails(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(60, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0.5; oneMail(d) })
	s.run("winback")
	who := s.pick("treated", "winback", 0)
	after := s.now.AddDate(0, 0, 2)
	s.must(s.Store().Declare(t.Context(), id(who), customer.ConsentEvent{Kind: customer.ConsentWithdraw, EffectiveAt: after, Source: "link"}, "link"))
	s.sql(`INSERT INTO mail_events (customer_id, event_id, kind, at, detail) VALUES ($1, 1, 'complaint', $2, '')`, id(who), after)
	o := orderOf(s.pick("control", "winback", 0), after, 5000)
	o.Refund, o.Discount = 1000, 500
	s.days(5)
	s.importOrders(o)
	r := s.report("winback")
	treated, control := r.Conduct("treated"), r.Conduct("control")
	same(t, "treated", []int64{treated.Unsubscribed, treated.Complained, treated.Returners}, []int64{1, 1, 0})
	same(t, "control", []int64{control.Unsubscribed, control.Complained, control.Returners, control.Refunded, control.Discount, control.Couponers}, []int64{0, 0, 1, 1000, 500, 1})
	e := r.Difference(Guardrails()[0])
	if want := 1 / float64(treated.Customers); !e.Defined() || math.Abs(e.Diff-want) > 1e-12 || !(e.PrintLow < e.Diff && e.Diff < e.PrintHigh) {
		t.Errorf("difference in complaints: %+v, want %v", e, want)
	}
}

// TestSegmentsAddUp: the segments hold all customers with one, and a lone one is judged like the whole.
func TestSegmentsAddUp(t *testing.T) {
	t.Parallel()
	s := matured(t)
	r := s.report("winback")
	segments := r.Segments()
	var treated, control int64
	for _, g := range segments {
		treated, control = treated+g.Treated, control+g.Control
		if g.Estimate.Defined() && g.Holm < g.Estimate.PValue {
			t.Errorf("%s: Holm %v below p %v", g.Segment, g.Holm, g.Estimate.PValue)
		}
	}
	same(t, "customers", []int64{treated, control}, []int64{r.Arms[1].Matured, r.Arms[0].Matured})
	if len(segments) == 1 {
		same(t, "one segment", segments[0].Estimate.Diff, r.Estimate.Diff)
	}
}

// TestInteractions: two campaigns over the same customers, one cell too small to compare and then large enough.
func TestInteractions(t *testing.T) {
	t.Parallel()
	sums := func(n int64, mean float64) lift.Sums {
		f := float64(n)
		return lift.Sums{N: n, Y: mean * f, Y2: (mean*mean + 4) * f, Y3: (mean*mean*mean + 12*mean) * f}
	}
	r := Report{Campaign: &campaigns.Campaign{}, Arm: "treated", Evidence: store.Evidence{Overlaps: []store.Overlap{
		{Campaign: "b", Split: 1, Arm: "control", Other: "control", Sums: sums(800, 10)},
		{Campaign: "b", Split: 1, Arm: "control", Other: "treated", Sums: sums(800, 10)},
		{Campaign: "b", Split: 1, Arm: "treated", Other: "control", Sums: sums(800, 12)},
		{Campaign: "b", Split: 1, Arm: "treated", Other: "treated", Sums: sums(800, 11)},
		{Campaign: "c", Split: 2, Arm: "treated", Other: "treated", Sums: sums(499, 11)},
		{Campaign: "c", Split: 2, Arm: "other variant", Other: "treated", Sums: sums(900, 11)},
	}}}
	all := r.Interactions()
	if len(all) != 2 || all[0].Customers != 3200 || all[0].Effect == nil || math.Abs(all[0].Effect.Difference+1) > 1e-9 || all[0].Q > 0.01 {
		t.Fatalf("%+v", all)
	}
	if low, high := all[0].Effect.Limits(0.05); !(low < -1 && -1 < high && high < 0) {
		t.Errorf("limits %v to %v", low, high)
	}
	if all[1].Customers != 499 || all[1].Effect != nil || all[1].Q != 1 {
		t.Errorf("%+v", all[1])
	}
}
