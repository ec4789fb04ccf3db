package lift_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"treue/campaigns/lift"
)

// pairOf sums two arms of rows.
func pairOf(treated, control []customer) lift.Pair {
	var zero [lift.Amounts]float64
	return lift.Pair{Treated: sumUp(zero, treated...), Control: sumUp(zero, control...)}
}

// residuals are y - theta x of each customer, computed from the rows.
func residuals(rows []customer, theta [lift.Amounts - 1]float64, centre customer) (s lift.Sums) {
	for _, r := range rows {
		y := r[0]
		for i, th := range theta {
			y -= th * (r[i+1] - centre[i+1])
		}
		s.Add(y)
	}
	return s
}

// TestAdjustedFromSumsIsFromCustomers: residuals of the customers themselves give the same interval as their sums.
func TestAdjustedFromSumsIsFromCustomers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		treated, control := customers(t, "treated", 12, 60), customers(t, "control", 12, 40)
		a, err := lift.Adjust([]lift.Pair{pairOf(treated, control)}, 0.04)
		if err != nil {
			t.Skip("no variance")
		}
		var centre customer
		all := append(append([]customer{}, treated...), control...)
		for _, r := range all {
			for i, x := range r {
				centre[i] += x / float64(len(all))
			}
		}
		want, err := lift.DecisionInterval(residuals(treated, a.Theta, centre), residuals(control, a.Theta, centre), 0.04)
		if err != nil {
			t.Skip("nothing is left")
		}
		scale := scaleOf(want) + 1
		if !same(a.Diff, want.Diff, scale) || !same(a.SEWelch, want.SEWelch, scale) || !same(a.Low, want.Low, 100*scale) ||
			!same(a.PrintHigh, want.PrintHigh, 100*scale) {
			t.Fatalf("%+v, from the customers %+v", a.Interval, want)
		}
		if raw := interval(t, outcomeSums(treated), outcomeSums(control), 0.04); !same(a.Diff+a.Gap, raw.Diff, scale) {
			t.Fatalf("adjusted %v and gap %v, raw %v", a.Diff, a.Gap, raw.Diff)
		}
	})
}

func outcomeSums(rows []customer) (s lift.Sums) {
	for _, r := range rows {
		s.Add(r[0])
	}
	return s
}

// TestThetaIsLeastSquares: no other coefficients leave less variance.
func TestThetaIsLeastSquares(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := customers(t, "rows", 10, 60)
		best := lift.Theta([]lift.Pair{pairOf(rows, nil)})
		left := residuals(rows, best, customer{}).Variance()
		for i := range best {
			for _, step := range []float64{-0.01, 0.01} {
				other := best
				other[i] += step
				if v := residuals(rows, other, customer{}).Variance(); v < left-1e-6*(1+left) {
					t.Fatalf("theta %v leaves %v, %v leaves %v", best, left, other, v)
				}
			}
		}
	})
}

// season is a campaign whose outcome depends on the past and on the customer's segment.
func season(seed uint64, n int, tainted float64) []lift.Pair {
	random := rand.New(rand.NewPCG(seed, 90))
	pairs := make([]lift.Pair, 3)
	for range n {
		segment := random.IntN(3)
		past := math.Exp(2 + random.NormFloat64())
		y := 0.5*past + 8*float64(segment) + 5*random.NormFloat64()
		if random.IntN(3) == 0 {
			pairs[segment].Control.Add(y, past)
			continue
		}
		pairs[segment].Treated.Add(y+2, past+tainted*random.Float64())
	}
	return pairs
}

// TestAdjustedFindsTheEffectWithLessNoise: past and segment explain most of the outcome, and the draw was sound.
func TestAdjustedFindsTheEffectWithLessNoise(t *testing.T) {
	t.Parallel()
	a, err := lift.Adjust(season(1, 3000, 0), 0.04)
	if err != nil {
		t.Fatal(err)
	}
	if a.PrintLow > 2 || a.PrintHigh < 2 || a.Reduction < 0.5 || a.Strata != 3 || math.Abs(a.Theta[0]-0.5) > 0.05 {
		t.Errorf("%+v", a)
	}
	if a.Alarm {
		t.Errorf("alarm at a gap of %v, standard error %v", a.Gap, a.GapSE)
	}
	if a.Theta[1] != 0 || a.Theta[2] != 0 {
		t.Errorf("covariates nobody measured have coefficients %v", a.Theta)
	}
}

// TestAlarmOnATaintedCovariate: a covariate that the campaign has raised shows as a gap between raw and adjusted.
func TestAlarmOnATaintedCovariate(t *testing.T) {
	t.Parallel()
	a, err := lift.Adjust(season(1, 3000, 20), 0.04)
	if err != nil || !a.Alarm || a.Gap < 2*a.GapSE {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestAlarmIsRareInSoundDraws: 1 in 20 by construction.
func TestAlarmIsRareInSoundDraws(t *testing.T) {
	t.Parallel()
	const n = 400
	alarms := 0
	for seed := range uint64(n) {
		a, err := lift.Adjust(season(100+seed, 600, 0), 0.04)
		if err != nil {
			t.Fatal(err)
		}
		if a.Alarm {
			alarms++
		}
	}
	if share := float64(alarms) / n; share > 0.05+noise(0.05, n) || share < 0.01 {
		t.Errorf("alarms in %.3f of sound draws", share)
	}
}

func TestCovariatesThatSayNothing(t *testing.T) {
	t.Parallel()
	flat := []customer{{5, 1}, {0, 1}, {9, 1}, {0, 1}}
	a, err := lift.Adjust([]lift.Pair{pairOf(flat, flat[:3])}, 0.05)
	if err != nil || a.Theta[0] != 0 || a.Reduction != 0 || a.Alarm {
		t.Errorf("a covariate of 1: %+v, %v", a, err)
	}
	twice := []customer{{5, 1, 2}, {0, 0, 0}, {9, 3, 6}, {1, 1, 2}}
	b, err := lift.Adjust([]lift.Pair{pairOf(twice, twice[:3])}, 0.05)
	if err != nil || b.Theta[0] == 0 || b.Theta[1] != 0 {
		t.Errorf("a covariate and its double: %+v, %v", b.Theta, err)
	}
	exact := []customer{{5, 1}, {0, 0}, {15, 3}, {0.35, 0.07}}
	if a, err := lift.Adjust([]lift.Pair{pairOf(exact, exact[:3])}, 0.05); lift.ReasonOf(err) != lift.ZeroVariance {
		t.Errorf("an outcome that the covariate determines: %+v, %v", a.Interval, err)
	}
	if _, err := lift.Adjust(nil, 0.05); lift.ReasonOf(err) != lift.FewerThanTwo {
		t.Errorf("nobody: %v", err)
	}
	if _, err := lift.Adjust([]lift.Pair{pairOf(flat, flat)}, 0); lift.ReasonOf(err) != lift.OutOfRange {
		t.Errorf("alpha 0: %v", err)
	}
}

// TestSmallStrataAreReadTogether and no customer is lost.
func TestSmallStrataAreReadTogether(t *testing.T) {
	t.Parallel()
	pairs := season(2, 900, 0)
	for i := range 8 {
		tiny := lift.Pair{}
		tiny.Treated.Add(float64(3*i), 1)
		tiny.Control.Add(float64(i), 2)
		pairs = append(pairs, tiny)
	}
	a, err := lift.Adjust(pairs, 0.04)
	if err != nil || a.Strata != 3 {
		t.Fatalf("%d strata, %v: 8 customers per arm belong to a large one", a.Strata, err)
	}
	var treated int64
	for _, p := range pairs {
		treated += p.Treated.N
	}
	if a.Treated != treated {
		t.Errorf("%d treated customers, want %d", a.Treated, treated)
	}
	for range 8 {
		pairs = append(pairs, pairs[len(pairs)-8])
	}
	if a, err = lift.Adjust(pairs, 0.04); err != nil || a.Strata != 4 {
		t.Errorf("%d strata, %v: 16 customers per arm make one", a.Strata, err)
	}
}

// TestOneStratumIsTheWhole: stratified reading of one group is the plain one.
func TestOneStratumIsTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		treated, control := arms(t)
		got, want := lift.AssessStrata([]lift.Stratum{{Treated: treated, Control: control}}, 0.04), lift.Assess(treated, control, 0.04)
		scale := scaleOf(want.Interval)
		if !same(got.Diff, want.Diff, scale) || !same(got.PrintLow, want.PrintLow, scale) || !same(got.High, want.High, scale) ||
			!same(got.PValue, want.PValue, 1) || !same(got.MDE, want.MDE, scale) || (got.Relative == nil) != (want.Relative == nil) {
			t.Fatalf("%+v, want %+v", got, want)
		}
		if got.Relative != nil && !same(got.Relative.Low, want.Relative.Low, 1+math.Abs(want.Relative.Low)) {
			t.Fatalf("%+v, want %+v", got.Relative, want.Relative)
		}
	})
}

// TestStrataDoNotConfound: two campaigns without effect, one of big spenders with a large control. As one heap the
// treated look worse; stratified they do not.
func TestStrataDoNotConfound(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 90))
	group := func(n int, mean float64) (s lift.Sums) {
		for range n {
			s.Add(mean + 10*random.NormFloat64())
		}
		return s
	}
	strata := []lift.Stratum{{Treated: group(1000, 100), Control: group(1000, 100)}, {Treated: group(1600, 20), Control: group(400, 20)}}
	e := lift.AssessStrata(strata, 0.04)
	if e.Works() || e.Hurts() || math.Abs(e.Diff) > 1.5 {
		t.Errorf("stratified: %+v", e.Interval)
	}
	heap := lift.Assess(strata[0].Treated.Merge(strata[1].Treated), strata[0].Control.Merge(strata[1].Control), 0.04)
	if !heap.Hurts() {
		t.Errorf("one heap: %+v, the test proves nothing", heap.Interval)
	}
	if e := lift.AssessStrata(append(strata, lift.Stratum{}), 0.04); e.Missing != lift.FewerThanTwo || e.Defined() {
		t.Errorf("an empty stratum: %+v", e)
	}
}
