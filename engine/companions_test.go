package engine

import (
	"math"
	"strings"
	"testing"

	"treue/campaigns"
	"treue/campaigns/lift"
	"treue/engine/store"
	"treue/rules/customer"
)

// TestCompanions: a shop where the past predicts the outcome. The adjusted figure has less variance and the same aim,
// large orders are cut at what was usual before, and the raw verdict is what it was.
func TestCompanions(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(600, nil)
	var before []customer.Order
	for i := range 600 {
		before = append(before, orderOf(i, s.now.AddDate(0, 0, -120), 1000*int64(1+i%20)))
	}
	s.importOrders(before...)
	s.importOrders(orderOf(9000, s.now.AddDate(0, 0, -9), 7000)) // the usual of the last 28 days: the cap
	s.start(func(d *campaigns.Definition) { d.Holdout = 0.5; oneMail(d); d.Reads = []campaigns.Days{28, 56} })
	s.run("winback")
	var orders []customer.Order
	for i := range 600 {
		cents := 500 * int64(1+i%20)
		if s.armOf(i, "winback") == "treated" {
			cents += 300
		}
		orders = append(orders, orderOf(i, s.now.AddDate(0, 0, 5), cents), orderOf(i, s.now.AddDate(0, 0, 40), 1000))
	}
	orders[10].Total = 50_000
	s.days(42)
	s.importOrders(orders...)
	r := s.report("winback")
	a := r.Adjusted
	if !a.Defined() || a.Reduction < 0.5 || a.Alarm || math.Abs(a.Theta[store.PredictedBefore-1]) < 0.1 {
		t.Errorf("adjusted %+v", a)
	}
	if math.Abs(a.Diff-3) > 3*a.SEWelch || a.SEWelch >= r.Estimate.SEWelch {
		t.Errorf("adjusted %v ± %v, raw %v ± %v", a.Diff, a.SEWelch, r.Estimate.Diff, r.Estimate.SEWelch)
	}
	if math.Abs(a.Gap-(r.Estimate.Diff-a.Diff)) > 1e-9 {
		t.Errorf("gap %v between %v and %v", a.Gap, r.Estimate.Diff, a.Diff)
	}
	if r.Capped == nil || r.Capped.Customers == 0 || r.Capped.Cap <= 0 || r.Capped.SEWelch >= r.Estimate.SEWelch {
		t.Fatalf("capped %+v", r.Capped)
	}
	same(t, "the raw verdict is judged on raw sums", r.Estimate, lift.Assess(r.Arms[1].Sums, r.Arms[0].Sums, lift.AlphaPlanned))
	if r.Realised != nil {
		t.Error("the last read is shown before it is due")
	}
	s.days(70)
	late := s.report("winback")
	if late.Realised == nil || late.Realised.WindowDays != 56 || !late.Realised.Estimate.Defined() {
		t.Fatalf("last read %+v", late.Realised)
	}
	want := late.Arms[1].Sums.Y/float64(late.Arms[1].Sums.N) - late.Arms[0].Sums.Y/float64(late.Arms[0].Sums.N)
	if math.Abs(late.Realised.Estimate.Diff-want) > 1e-9 { // everybody bought for 10 more in the longer window
		t.Errorf("realised %v, want %v", late.Realised.Estimate.Diff, want)
	}
	texts := strings.Join(late.Companions("en", "EUR"), " ")
	if !strings.Contains(texts, "Adjusted for what was known before") || !strings.Contains(texts, "cut (") {
		t.Error(texts)
	}
	same(t, "while too early", len((&Report{Verdict: lift.Verdict{Code: lift.TooEarly}, Estimate: r.Estimate, Adjusted: a}).Companions("de", "EUR")), 0)
}

// TestVersionsAreStrata: a version with another mix of arms does not tilt the difference.
func TestVersionsAreStrata(t *testing.T) {
	t.Parallel()
	arm := func(name string, rich, poor int64) store.ArmOutcome {
		a := store.ArmOutcome{Arm: name}
		for version, n := range []int64{rich, poor} {
			var j lift.Joint
			for i := range n {
				j.Add(float64(100*(1-version)) + float64(i%3))
			}
			a.Strata = append(a.Strata, store.Stratum{Version: version + 1, Joint: j})
			a.Sums = a.Sums.Merge(j.Linear(1))
		}
		a.Assigned, a.Matured, a.Buyers = a.Sums.N, a.Sums.N, a.Sums.N
		return a
	}
	r := Report{Campaign: &campaigns.Campaign{Zone: berlin(t)}, Arms: []store.ArmOutcome{arm("control", 300, 600), arm("treated", 600, 300)}}
	r.judge(r.Arms[0].FirstAt, drawn{ratio: 1, ratioOK: true, reconciled: true})
	if math.Abs(r.Estimate.Diff) > 1e-9 || r.Verdict.Code == lift.Works {
		t.Errorf("%v per customer, %s", r.Estimate.Diff, r.Verdict.Code)
	}
	if heap := lift.Assess(r.Arms[1].Sums, r.Arms[0].Sums, lift.AlphaPlanned); !heap.Works() {
		t.Errorf("the heap would not have been fooled: %+v", heap)
	}
}

// TestSizesOfUnknownShares: equal arms may be tested, others not.
func TestSizesOfUnknownShares(t *testing.T) {
	t.Parallel()
	sized := func(n ...int64) (arms []store.ArmOutcome) {
		for _, size := range n {
			arms = append(arms, store.ArmOutcome{Assigned: size})
		}
		return arms
	}
	for _, test := range []struct {
		arms    []store.ArmOutcome
		weights []float64
		defined bool
		ok      bool
	}{
		{sized(1000, 1010, 990), nil, true, true},
		{sized(1000, 9000), nil, false, true},
		{sized(1000, 9000), []float64{0.1, 0.9}, true, true},
		{sized(800, 9200), []float64{0.1, 0.9}, true, false},
		{sized(5), nil, false, true},
	} {
		var d drawn
		d.sizes(test.arms, test.weights)
		same(t, "defined and sound", []bool{!math.IsNaN(d.ratio), d.ratioOK}, []bool{test.defined, test.ok})
	}
}

// TestRealisedHasTheReportsBasis: an order without a cost after the first read leaves the last one without a figure in
// the report's money, and a report in revenue reads the last one in revenue, too.
func TestRealisedHasTheReportsBasis(t *testing.T) {
	t.Parallel()
	priced := func(o customer.Order, cost int64) customer.Order {
		o.Cost = &cost
		return o
	}
	for _, first := range []string{marginBasis, revenueBasis} {
		t.Run(first, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, nil)
			s.customers(60, nil)
			s.start(func(d *campaigns.Definition) {
				d.Holdout = 0.5
				oneMail(d)
				d.Reads, d.Grace = []campaigns.Days{28, 56}, 1
			})
			s.run("winback")
			late := s.now.AddDate(0, 0, 40)
			for i := range 60 {
				s.importOrders(priced(orderOf(i, s.now.AddDate(0, 0, 5), 2000+100*int64(i%3)), 500))
			}
			if first == revenueBasis {
				s.importOrders(orderOf(1, s.now.AddDate(0, 0, 6), 2000))
			} else {
				s.importOrders(orderOf(1, late, 2000))
			}
			s.days(28 + 56 + 1)
			r := s.report("winback")
			same(t, "basis", r.Basis, first)
			switch {
			case r.Realised == nil:
				t.Fatal("the last read is not there")
			case first == marginBasis:
				same(t, "missing", r.Realised.Estimate.Missing, OtherBasis)
			default:
				same(t, "the same money", r.Realised.Estimate.Diff, r.Estimate.Diff) // nobody bought between the reads
			}
		})
	}
}
