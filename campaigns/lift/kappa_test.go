package lift_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"treue/campaigns/lift"
)

// matured are campaigns whose projected residual lift is 3 per customer, of which a share really came.
func matured(seed uint64, campaigns int, share float64) []lift.Pair {
	random := rand.New(rand.NewPCG(seed, 90))
	pairs := make([]lift.Pair, campaigns)
	for i := range pairs {
		for c := range 3000 {
			base := 10 * math.Exp(random.NormFloat64())
			realised, predicted := base+5*random.NormFloat64(), base
			if c%3 == 0 {
				pairs[i].Control.Add(realised, predicted)
				continue
			}
			pairs[i].Treated.Add(realised+3*share, predicted+3)
		}
	}
	return pairs
}

// TestKappaIsALowerLimit: it lies below the ratio, near it, and between 0 and 1.
func TestKappaIsALowerLimit(t *testing.T) {
	t.Parallel()
	for _, share := range []float64{0, 0.3, 0.7, 1, 1.6} {
		r, err := lift.KappaOf(matured(1, 8, share), 0.05)
		if err != nil || r.Missing != "" {
			t.Fatalf("%+v, %v", r, err)
		}
		if r.Low > share || r.High < share || r.Kappa > math.Max(0, r.Ratio) || r.Kappa != math.Max(0, math.Min(1, r.Low)) {
			t.Errorf("share %v: %+v", share, r)
		}
		if r.High-r.Low > 0.5 {
			t.Errorf("share %v: limits %v to %v say nothing", share, r.Low, r.High)
		}
	}
}

// TestKappaLimitsHoldTheTruth: at 95 % they do in 95 of 100 portfolios. The amounts are correlated, and limits that
// ignored it would be far too wide; these are not.
func TestKappaLimitsHoldTheTruth(t *testing.T) {
	t.Parallel()
	const n = 300
	held := 0
	for seed := range uint64(n) {
		r, err := lift.KappaOf(matured(10+seed, 1, 0.5), 0.05)
		if err != nil {
			t.Fatal(err)
		}
		if r.Low <= 0.5 && 0.5 <= r.High {
			held++
		}
	}
	if share := float64(held) / n; math.Abs(share-0.95) > noise(0.95, n) {
		t.Errorf("limits hold the truth in %.3f", share)
	}
}

func TestKappaIsZeroBeforeItIsEarned(t *testing.T) {
	t.Parallel()
	if r, err := lift.KappaOf(matured(2, 4, 1), 0.05); err != nil || r.Kappa != 0 || r.Missing != lift.TooFewCampaigns {
		t.Errorf("four campaigns: %+v, %v", r, err)
	}
	if r, err := lift.KappaOf(matured(2, 5, 1), 0.05); err != nil || r.Kappa == 0 {
		t.Errorf("five campaigns: %+v, %v", r, err)
	}
	if r, err := lift.KappaOf(nil, 0.05); err != nil || r.Kappa != 0 || r.Missing != lift.TooFewCampaigns {
		t.Errorf("none: %+v, %v", r, err)
	}
	losing := matured(3, 6, 1)
	for i, p := range losing {
		losing[i] = lift.Pair{Treated: p.Control, Control: p.Treated}
	}
	if r, err := lift.KappaOf(losing, 0.05); err != nil || r.Kappa != 0 || r.Missing != lift.NothingPredicted {
		t.Errorf("a projected loss: %+v, %v", r, err)
	}
	if _, err := lift.KappaOf([]lift.Pair{{}}, 0.05); lift.ReasonOf(err) != lift.FewerThanTwo {
		t.Errorf("an empty campaign: %v", err)
	}
	if _, err := lift.KappaOf(nil, 2); lift.ReasonOf(err) != lift.OutOfRange {
		t.Errorf("alpha 2: %v", err)
	}
}

// TestCLVCountsOnlyWhatKappaAllows: at 0 it is banked value alone, at 1 all of the projection.
func TestCLVCountsOnlyWhatKappaAllows(t *testing.T) {
	t.Parallel()
	p := matured(4, 1, 0)[0]
	at := func(kappa float64) lift.Estimate {
		e, err := lift.AssessCLV(p.Treated, p.Control, kappa, 0.04)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	banked := lift.Assess(p.Treated.Linear(1), p.Control.Linear(1), 0.04)
	if got := at(0); got.Interval != banked.Interval {
		t.Errorf("kappa 0: %+v, want %+v", got.Interval, banked.Interval)
	}
	projected := p.Treated.Mean(1) - p.Control.Mean(1)
	for _, kappa := range []float64{0.25, 1} {
		if got, want := at(kappa).Diff, banked.Diff+kappa*projected; math.Abs(got-want) > 1e-9 {
			t.Errorf("kappa %v: %v, want %v", kappa, got, want)
		}
	}
	if _, err := lift.AssessCLV(p.Treated, p.Control, 1.1, 0.04); lift.ReasonOf(err) != lift.OutOfRange {
		t.Errorf("kappa 1.1: %v", err)
	}
}
