package lift_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"treue/campaigns/lift"
)

// TestValidation2Coverage: customers who order a quarter more or less, or half; how often the printed interval holds
// the truth.
func TestValidation2Coverage(t *testing.T) {
	t.Parallel()
	least := map[float64]float64{0: 0.94, 0.25: 0.94, 0.5: 0.92, -0.25: 0.92, -0.5: 0}
	for _, customers := range []int{4_000, 20_000} {
		n := runs(400, 4_000)
		if customers > 4_000 {
			n = runs(100, 4_000)
		}
		effects := []float64{0, 0.25, -0.25}
		if *full {
			effects = append(effects, 0.5, -0.5)
		}
		for _, share := range shares() {
			for _, effect := range effects {
				cover(t, customers, n, share, effect, least[effect])
			}
		}
	}
}

// cover measures one cell. Cells below the verdict's gates (fewer than 25 expected control buyers) are printed only.
func cover(t *testing.T, customers, n int, share, effect, least float64) {
	c := &counter{}
	control := int(math.Round(share * float64(customers)))
	campaigns(uint64(customers)+uint64(1000*share)+uint64(100*(effect+1)), n, func(random *rand.Rand, p pool, _ int) {
		var ts, cs drawn
		p.draw(random, &cs, control, 0)
		p.draw(random, &ts, customers-control, effect)
		i, truth := decide(t, ts.raw(), cs.raw(), 0.05), p.truth(effect)
		c.add("covers", i.PrintLow <= truth && truth <= i.PrintHigh)
		c.add("above", i.PrintLow > truth)
		c.add("works", i.Works())
		c.add("hurts", i.Hurts())
		w, err := lift.Welch(ts.raw(), cs.raw(), 0.05)
		if err != nil {
			t.Error(err)
		}
		c.add("Welch", w.Low <= truth && truth <= w.High)
	})
	covers, welch := c.share("covers", n), c.share("Welch", n)
	t.Logf("V2 N %6d control %2.0f %% effect %+3.0f %%: covers %.1f %% (overclaims %.1f), Welch %.1f %%, works %.1f %%, hurts %.1f %%",
		customers, 100*share, 100*effect, 100*covers, 100*c.share("above", n), 100*welch, 100*c.share("works", n), 100*c.share("hurts", n))
	if covers < least-noise(0.06, n) && float64(control)*buyerRate() >= 25 {
		t.Errorf("N %d, control %.2f, effect %+.2f: covers %.4f, want %.2f", customers, share, effect, covers, least)
	}
	if share == 0.5 && effect >= 0 && math.Abs(welch-0.95) > 0.01+noise(0.05, n) {
		t.Errorf("N %d, effect %+.2f: Welch covers %.4f at 50/50, want 94 to 96 %%", customers, effect, welch)
	}
}

// buyerRate is the share of customers with an order in a window.
func buyerRate() float64 { return 1 - math.Pow(shape/(shape+orderRate), shape) }

// TestValidation4Power: an effect of the size the planner promised is seen in 80 of 100 campaigns, and the achieved
// MDE of their reports is the effect that is. A plan that forgets the effect's own variance promises too much: the
// mutant.
func TestValidation4Power(t *testing.T) {
	t.Parallel()
	for _, customers := range []int{4_000, 20_000} {
		n := runs(1_000, 4_000)
		if customers > 4_000 {
			n = runs(400, 4_000)
		}
		p := promised(t, customers, n, 0.5, 1)
		k := distuv.UnitNormal.Quantile(0.975)
		empirical := p.effect * (k + distuv.UnitNormal.Quantile(0.8)) / (k + distuv.UnitNormal.Quantile(p.power))
		t.Logf("V4 N %6d: planned MDE %.3f, power %.1f %%, empirical MDE %.3f, reports' MDE %.3f", customers, p.effect, 100*p.power,
			empirical, p.reported)
		if math.Abs(p.power-0.8) > 0.03+noise(0.8, n) {
			t.Errorf("N %d: power %.4f, want 0.80", customers, p.power)
		}
		if slack := 0.05 + noise(0.8, n); math.Abs(p.reported/empirical-1) > slack {
			t.Errorf("N %d: reports' MDE %.4f, empirical %.4f", customers, p.reported, empirical)
		}
	}
	n := runs(1_000, 4_000)
	equal := promised(t, 4_000, n, 0.5, 0)
	t.Logf("V4 with equal variances the power is %.1f %%", 100*equal.power)
	if equal.power > 0.77 {
		t.Errorf("with equal variances the power is %.4f: the check would not see the mutant", equal.power)
	}
	for _, share := range []float64{1.0 / 3, 0.2} {
		p := promised(t, 10_000, runs(300, 4_000), share, 1)
		t.Logf("V4 control %.0f %%: chance promised %.1f %%, measured %.1f %%", 100*share, 100*p.chance, 100*p.power)
		if math.Abs(p.power-p.chance) > 0.05+noise(0.75, runs(300, 4_000)) {
			t.Errorf("control %.2f: chance promised %.4f, measured %.4f", share, p.chance, p.power)
		}
	}
}

// promise is what a planner said and what came of it.
type promise struct{ effect, power, reported, chance float64 }

// promised runs campaigns with the effect of the plan. growth 0 plans with equal variances.
func promised(t *testing.T, customers, n int, share, growth float64) promise {
	history := shopHistory(uint64(customers))
	launch := lift.Launch{
		History: history.sums, HistoryBuyers: history.buyers, Waiting: int64(customers), WindowDays: 91, GraceDays: 28,
		On: time.Date(2027, 1, 4, 0, 0, 0, 0, time.UTC), Alpha: 0.05,
	}
	choices, err := lift.Plan(launch, []float64{share})
	if err != nil {
		t.Fatal(err)
	}
	p := promise{effect: choices[0].MDE}
	control := int(choices[0].Control)
	if growth == 0 {
		if p.effect, err = lift.PlannedMDE(history.sums.Variance(), choices[0].Treated, choices[0].Control, 0.05, 0.8); err != nil {
			t.Fatal(err)
		}
	}
	launch.Effect = p.effect
	if choices, err = lift.Plan(launch, []float64{share}); err != nil {
		t.Fatal(err)
	}
	p.chance = choices[0].Chance
	c, mutex := &counter{}, sync.Mutex{}
	campaigns(uint64(40_000+customers)+uint64(100*share), n, func(random *rand.Rand, shop pool, _ int) {
		var ts, cs drawn
		shop.draw(random, &cs, control, 0)
		shop.draw(random, &ts, customers-control, p.effect/(orderRate*shop.spent))
		e := lift.Assess(ts.raw(), cs.raw(), 0.05)
		c.add("seen", e.Works())
		mutex.Lock()
		defer mutex.Unlock()
		p.reported += e.MDE / float64(n)
	})
	p.power = c.share("seen", n)
	return p
}

// past is a shop's history over many pools: a planner's variance from one small shop would be luck.
type past struct {
	sums   lift.Sums
	buyers int64
}

func shopHistory(seed uint64) (h past) {
	mutex := sync.Mutex{}
	campaigns(seed+7, 20*poolRuns, func(_ *rand.Rand, p pool, run int) {
		if run%poolRuns == 0 {
			mutex.Lock()
			defer mutex.Unlock()
			h.sums, h.buyers = h.sums.Merge(p.history), h.buyers+p.historyBuyer
		}
	})
	return h
}

// TestValidation5SampleRatio: what the chi-squared test sees of lost control customers, and how rarely it cries wolf.
func TestValidation5SampleRatio(t *testing.T) {
	t.Parallel()
	n := runs(4_000, 40_000)
	tests := []struct {
		customers, share, lost, want, slack float64
	}{
		{20_000, 0.5, 0, 0.001, 0.001},
		{20_000, 0.1, 0, 0.001, 0.001},
		{20_000, 0.1, 0.02, 0.007, 0.03},
		{10_000, 0.1, 0.10, 0.38, 0.03},
		{24_000, 0.1, 0.10, 0.93, 0.03},
		{20_000, 0.1, 0.05, 0.12, 0.03},
		{96_000, 0.1, 0.05, 0.92, 0.03},
	}
	for i, tt := range tests {
		random := rand.New(rand.NewPCG(uint64(50+i), 90))
		flagged := 0
		for range n {
			control := distuv.Binomial{N: tt.customers, P: tt.share, Src: random}.Rand()
			kept := control - math.Round(tt.lost*control)
			p, err := lift.SRM([]int64{int64(kept), int64(tt.customers - control)}, []float64{tt.share, 1 - tt.share})
			if err != nil {
				t.Fatal(err)
			}
			if p < lift.SRMThreshold {
				flagged++
			}
		}
		got := float64(flagged) / float64(n)
		cell := fmt.Sprintf("N %.0f, control %.0f %%, %.0f %% of it lost", tt.customers, 100*tt.share, 100*tt.lost)
		t.Logf("V5 %s: seen %.2f %%, expected %.1f %%", cell, 100*got, 100*tt.want)
		if math.Abs(got-tt.want) > tt.slack+noise(tt.want, n) {
			t.Errorf("%s: seen %.4f, want %.4f", cell, got, tt.want)
		}
	}
}
