package lift_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"treue/campaigns/assign"
	"treue/campaigns/lift"
)

// TestReconciliationFindsEveryFlip: arms drawn again from salt and id agree with every stored row, and one flipped row
// among 20,000 is found, where the sizes alone show nothing.
func TestReconciliationFindsEveryFlip(t *testing.T) {
	t.Parallel()
	const customers, share, flipped = 20_000, 0.1, 4_711
	salt := assign.CampaignSalt("winback-90", 1)
	stored := make([]assign.Arm, customers)
	var control int64
	for id := range stored {
		stored[id] = assign.Of(assign.U(salt, int64(id)), share)
	}
	stored[flipped] = map[assign.Arm]assign.Arm{assign.Control: assign.Treated, assign.Treated: assign.Control}[stored[flipped]]
	var wrong []int
	for id, arm := range stored {
		if arm != assign.Of(assign.U(salt, int64(id)), share) {
			wrong = append(wrong, id)
		}
		if arm == assign.Control {
			control++
		}
	}
	if len(wrong) != 1 || wrong[0] != flipped {
		t.Errorf("found %v, want %d", wrong, flipped)
	}
	if p, err := lift.SRM([]int64{control, customers - control}, []float64{share, 1 - share}); err != nil || p < lift.SRMThreshold {
		t.Errorf("p = %v, %v", p, err)
	}
}

// TestSequentialSRMMayBeReadAnyTime: 200 looks at sound draws raise no more alarms than one look may.
func TestSequentialSRMMayBeReadAnyTime(t *testing.T) {
	t.Parallel()
	const campaigns, looks, batch, level = 500, 200, 50, 0.05
	random := rand.New(rand.NewPCG(9, 90))
	alarms, naive := 0, 0
	for range campaigns {
		var counts [2]int64
		var alarm, fixed bool
		for range looks {
			for range batch {
				if random.Float64() < 0.2 {
					counts[0]++
				} else {
					counts[1]++
				}
			}
			s, err := lift.SRMAlwaysValid(counts[:], []float64{0.2, 0.8}, lift.UsualConcentration)
			if err != nil {
				t.Fatal(err)
			}
			p, err := lift.SRM(counts[:], []float64{0.2, 0.8})
			if err != nil {
				t.Fatal(err)
			}
			alarm, fixed = alarm || s.P < level, fixed || p < level
		}
		if alarm {
			alarms++
		}
		if fixed {
			naive++
		}
	}
	if share := float64(alarms) / campaigns; share > level+noise(level, campaigns) {
		t.Errorf("%.3f of sound draws alarmed", share)
	}
	if share := float64(naive) / campaigns; share < 0.2 {
		t.Errorf("reading a fixed test 200 times alarms in %.3f only: the test proves nothing", share)
	}
	if _, err := lift.SRMAlwaysValid([]int64{1, 2}, []float64{1, 1}, 0); lift.ReasonOf(err) != lift.OutOfRange {
		t.Errorf("concentration 0: %v", err)
	}
}

// TestLinAgreesWithAdjust: in a large sound draw slopes per arm and pooled slopes say the same.
func TestLinAgreesWithAdjust(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 90))
	var rows [2][]lift.Row
	var pair lift.Pair
	for i := range 4000 {
		a, b := 10*random.Float64(), random.NormFloat64()
		y := 2*a + b + 3*random.NormFloat64()
		if i%2 == 0 {
			rows[0] = append(rows[0], lift.Row{Y: y, X: []float64{a, b}})
			pair.Control.Add(y, a, b)
			continue
		}
		rows[1] = append(rows[1], lift.Row{Y: y + 1, X: []float64{a, b}})
		pair.Treated.Add(y+1, a, b)
	}
	l, err := lift.Lin(rows[1], rows[0])
	if err != nil {
		t.Fatal(err)
	}
	a, err := lift.Adjust([]lift.Pair{pair}, 0.05)
	if err != nil || math.Abs(l.Diff-a.Diff) > 0.01 || math.Abs(l.SE/a.SEWelch-1) > 0.01 {
		t.Errorf("Lin %+v, adjusted %v with %v (%v)", l, a.Diff, a.SEWelch, err)
	}
	for want, treated := range map[lift.Reason][]lift.Row{
		lift.FewerThanTwo: rows[1][:2], lift.OutOfRange: {{Y: 1}}, lift.ZeroVariance: {{1, []float64{1, 1}}, {2, []float64{1, 1}}, {3, []float64{1, 1}}, {4, []float64{1, 1}}},
	} {
		if _, err := lift.Lin(treated, rows[0]); lift.ReasonOf(err) != want {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestClusteredErrorCoversEntries: customers enter up to eight times and resemble themselves. Counting entries one by
// one promises too narrow a range.
func TestClusteredErrorCoversEntries(t *testing.T) {
	t.Parallel()
	const n, z = 1000, 1.959963984540054
	random := rand.New(rand.NewPCG(10, 90))
	clustered, naive := 0, 0
	for range n {
		var s lift.Joint
		var entries lift.Sums
		for range 300 {
			taste, sum := random.NormFloat64(), 0.0
			times := 1 + random.IntN(8)
			for range times {
				y := 5 + taste + random.NormFloat64()
				sum += y
				entries.Add(y)
			}
			s.Add(sum, float64(times))
		}
		r, err := lift.Ratio(s, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(r.Value-5) < z*r.SE {
			clustered++
		}
		if math.Abs(entries.Mean()-5) < z*math.Sqrt(entries.Variance()/float64(entries.N)) {
			naive++
		}
	}
	if share := float64(clustered) / n; share < 0.94-noise(0.95, n) {
		t.Errorf("clustered ranges cover %.3f", share)
	}
	if share := float64(naive) / n; share > 0.9 {
		t.Errorf("entries one by one cover %.3f: the test proves nothing", share)
	}
}

// TestInteractionOfSums needs 500 customers in each group and agrees with the groups' means.
func TestInteractionOfSums(t *testing.T) {
	t.Parallel()
	o, err := lift.InteractionOf(bought(600, 60), bought(600, 60), bought(600, 120), bought(600, 60))
	if err != nil || math.Abs(o.WithoutB.Effect-4) > 1e-9 || o.WithB.Effect != 0 || math.Abs(o.Difference+4) > 1e-9 || o.P > 0.01 {
		t.Errorf("%+v, %v", o, err)
	}
	if _, err := lift.InteractionOf(bought(600, 60), bought(499, 60), bought(600, 60), bought(600, 60)); lift.ReasonOf(err) != lift.FewerThanTwo {
		t.Errorf("499 customers: %v", err)
	}
}

// TestCompanionsAreUndefinedWithAReason: none of the further estimators answers with a number where there is none.
func TestCompanionsAreUndefinedWithAReason(t *testing.T) {
	t.Parallel()
	var one lift.Joint
	one.Add(5, 1, 1, 1)
	two := one
	two.Add(0, 0, 0, 0)
	tests := map[string]struct {
		want lift.Reason
		got  func() (any, error)
	}{
		"ratio of one customer":  {lift.FewerThanTwo, func() (any, error) { return lift.Ratio(one, 0, 1) }},
		"ratio over nothing":     {lift.ZeroBaseline, func() (any, error) { return lift.Ratio(sumUp(customer{}, customer{5}, customer{3}), 0, 1) }},
		"adjusted ratio of one":  {lift.FewerThanTwo, func() (any, error) { return lift.RelativeRatioAdjusted(two, one, 0.05) }},
		"relative ratio, alpha":  {lift.OutOfRange, func() (any, error) { return lift.RelativeRatio(two, two, 1) }},
		"delta without baseline": {lift.ZeroBaseline, func() (any, error) { return lift.RelativeDelta(bought(9, 3), bought(9, 0), 0.05) }},
		"pooled test of one":     {lift.FewerThanTwo, func() (any, error) { return lift.Student(bought(9, 3), bought(1, 0), 0.05) }},
		"look without error":     {lift.OutOfRange, func() (any, error) { return lift.AlwaysValidOf(1, 0, 10, 10, 0.05) }},
		"one-sided look, alpha":  {lift.OutOfRange, func() (any, error) { return lift.AlwaysValidLow(1, 1, 10, 10, 0.6) }},
		"price of nothing":       {lift.OutOfRange, func() (any, error) { return lift.SequencePrice(0, 10, 0.05) }},
		"plan without mean":      {lift.OutOfRange, func() (any, error) { return lift.RelativePlan{Variance: 1, PerArm: 1}.Power(0.1, 0.05) }},
		"size for no effect":     {lift.OutOfRange, func() (any, error) { return lift.SampleSize(1, 0, 0.05, 0.8) }},
		"further for no effect":  {lift.OutOfRange, func() (any, error) { return lift.FurtherShare(bought(9, 3), bought(9, 2), 0, 0.05, 0.8) }},
		"skewness not a number":  {lift.OutOfRange, func() (any, error) { return lift.Adequate(math.NaN(), 10, 10, 0.05) }},
		"p above 1":              {lift.OutOfRange, func() (any, error) { return lift.Holm([]float64{1.1}) }},
		"no effects":             {lift.FewerThanTwo, func() (any, error) { return lift.Shrink(nil) }},
		"effect without error":   {lift.OutOfRange, func() (any, error) { return lift.Shrink([]lift.Measured{{Effect: 1}}) }},
		"cap of nothing":         {lift.FewerThanTwo, func() (any, error) { return lift.FrozenCap([]float64{0, 0}, 0.99, false) }},
		"cap of NaN":             {lift.NotFinite, func() (any, error) { return lift.FrozenCap([]float64{math.NaN()}, 0.99, true) }},
		"percentile 0":           {lift.OutOfRange, func() (any, error) { return lift.FrozenCap([]float64{1}, 0, true) }},
		"nothing delivered":      {lift.OutOfRange, func() (any, error) { return lift.OnDelivered(lift.Measured{Effect: 1, SE: 1}, 0, 10) }},
		"interaction without error": {lift.ZeroVariance, func() (any, error) {
			return lift.Interaction(lift.Measured{}, lift.Measured{}, lift.Measured{}, lift.Measured{})
		}},
		"ranking without control": {lift.FewerThanTwo, func() (any, error) { return lift.Rank([]lift.Scored{{Treated: 3}}) }},
		"perfect of a group":      {lift.OutOfRange, func() (any, error) { return lift.Perfect([]lift.Scored{{Treated: 3, Control: 2}}) }},
		"coefficient of nothing":  {lift.ZeroVariance, func() (any, error) { return lift.Coefficient(lift.Ranking{}, lift.Ranking{}) }},
	}
	for name, tt := range tests {
		if got, err := tt.got(); lift.ReasonOf(err) != tt.want {
			t.Errorf("%s: %+v, %v, want reason %q", name, got, err, tt.want)
		}
	}
}

// TestRankingKnowsNoOrderWithinAScore: customers of one score may come in any order.
func TestRankingKnowsNoOrderWithinAScore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		groups := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) lift.Scored {
			return lift.Scored{
				Score: float64(rapid.IntRange(0, 3).Draw(t, "score")), Treated: rapid.Int64Range(1, 9).Draw(t, "treated"),
				Control: rapid.Int64Range(1, 9).Draw(t, "control"), TreatedOutcome: float64(rapid.IntRange(0, 9).Draw(t, "y")),
			}
		}), 1, 12).Draw(t, "groups")
		one, err := lift.Rank(groups)
		if err != nil {
			t.Fatal(err)
		}
		other, err := lift.Rank(rapid.Permutation(groups).Draw(t, "permuted"))
		if err != nil || !same(one.Area, other.Area, 1000) || !same(one.Above, other.Above, 1000) {
			t.Fatalf("%+v, %+v, %v", one, other, err)
		}
	})
}

func TestCurveEndsWhereNobodyIs(t *testing.T) {
	t.Parallel()
	got := lift.Curve([]lift.DayMargin{{Observed: 4, Margin: 8}, {Observed: 2, Margin: 1}, {}, {Observed: 1, Margin: 5}})
	if len(got) != 2 || got[1] != 2.5 {
		t.Errorf("%v", got)
	}
}
