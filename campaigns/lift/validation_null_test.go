package lift_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"treue/campaigns/lift"
)

// shares of control from the smallest, so that one draw of customers serves all.
func shares() []float64 { return []float64{0.05, 0.10, 0.20, 0.50} }

// TestValidation1UselessCampaigns: campaigns without an effect, raw, adjusted and capped, at 50 to 5 % control. The
// decision interval calls no more of them than it may on either side; Welch's, which is the mutant here, does.
func TestValidation1UselessCampaigns(t *testing.T) {
	t.Parallel()
	var losses, cells float64
	for _, customers := range []int{4_000, 20_000} {
		n := runs(1_000, 10_000)
		if customers > 4_000 {
			n = runs(300, 10_000)
		}
		c := nullCampaigns(t, customers, n)
		for _, share := range shares() {
			for _, form := range []string{"raw", "adjusted", "capped"} {
				key := fmt.Sprintf("%d %.2f %s", customers, share, form)
				wins, lost := c.share(key+" wins", n), c.share(key+" losses", n)
				t.Logf("V1 N %6d control %2.0f %% %-8s false wins %.2f %% losses %.2f %% (Welch %.2f / %.2f)", customers, 100*share,
					form, 100*wins, 100*lost, 100*c.share(key+" Welch wins", n), 100*c.share(key+" Welch losses", n))
				losses, cells = losses+lost, cells+1
				if wins > 0.032+noise(0.032, n) || lost > 0.038+noise(0.038, n) {
					t.Errorf("%s: false wins %.4f, losses %.4f", key, wins, lost)
				}
				if total := wins + lost; share == 0.5 && (total < leastTotal(customers)-noise(0.05, n) || total > 0.055+noise(0.055, n)) {
					t.Errorf("%s: %.4f called at 50/50", key, total)
				}
			}
		}
		if key := fmt.Sprintf("%d %.2f raw Welch wins", customers, 0.1); c.share(key, n) < 0.045 {
			t.Errorf("Welch calls %.4f of them a success: the shop is too tame to prove anything", c.share(key, n))
		}
	}
	if mean := losses / cells; mean > 0.028+noise(0.028, runs(300, 10_000))/2 {
		t.Errorf("%.4f losses on average", mean)
	}
}

// leastTotal at 50/50 is lower in small campaigns: sparse outcomes have lighter tails of t.
func leastTotal(customers int) float64 {
	if customers > 4_000 {
		return 0.043
	}
	return 0.036
}

// nullCampaigns counts calls of campaigns without effect. Control is a prefix of the customers, once per share.
func nullCampaigns(t *testing.T, customers, n int) *counter {
	c := &counter{}
	campaigns(uint64(customers), n, func(random *rand.Rand, p pool, _ int) {
		var parts [5]drawn
		drawn := 0
		for i, share := range append(shares(), 1) {
			upTo := int(math.Round(share * float64(customers)))
			p.draw(random, &parts[i], upTo-drawn, 0)
			drawn = upTo
		}
		for i, share := range shares() {
			control, treated := together(parts[:i+1]), together(parts[i+1:])
			for _, form := range []string{"raw", "adjusted", "capped"} {
				countCalls(t, c, fmt.Sprintf("%d %.2f %s", customers, share, form), form, treated, control)
			}
		}
	})
	return c
}

func together(parts []drawn) (all drawn) {
	for _, a := range parts {
		all.joint, all.capped, all.buyers = all.joint.Merge(a.joint), all.capped.Merge(a.capped), all.buyers+a.buyers
	}
	return all
}

// countCalls counts what one form of the outcome says.
func countCalls(t *testing.T, c *counter, key, form string, treated, control drawn) {
	ts, cs := treated.raw(), control.raw()
	if form == "capped" {
		ts, cs = treated.capped, control.capped
	}
	w, err := lift.Welch(ts, cs, 0.05)
	var i lift.Interval
	if form == "adjusted" {
		a, adjustErr := lift.Adjust([]lift.Pair{{Treated: treated.joint, Control: control.joint}}, 0.05)
		i, err = a.Interval, adjustErr
	} else {
		i = decide(t, ts, cs, 0.05)
	}
	if err != nil {
		t.Error(err)
	}
	c.add(key+" wins", i.Works())
	c.add(key+" losses", i.Hurts())
	c.add(key+" Welch wins", w.Low > 0)
	c.add(key+" Welch losses", w.High < 0)
}

// TestValidation1Oracle: a studentised permutation test is exact whatever the outcomes; the interval calls hardly more
// useless campaigns than it does.
func TestValidation1Oracle(t *testing.T) {
	t.Parallel()
	n, customers, permutations := runs(200, 1_000), 2_000, runs(99, 499)
	c := &counter{}
	campaigns(11, n, func(random *rand.Rand, p pool, _ int) {
		ys := make([]float64, customers)
		for i := range ys {
			ys[i] = p.people[random.IntN(poolSize)].margin
		}
		control := customers / 5
		observed := studentised(ys, control)
		i := decide(t, lift.SumsOf(ys[control:]), lift.SumsOf(ys[:control]), 0.05)
		above := 1
		for range permutations {
			shuffled := slices.Clone(ys)
			random.Shuffle(len(shuffled), func(a, b int) { shuffled[a], shuffled[b] = shuffled[b], shuffled[a] })
			if studentised(shuffled, control) >= observed {
				above++
			}
		}
		c.add("oracle", float64(above)/float64(permutations+1) <= 0.025)
		c.add("interval", i.Works())
	})
	oracle, interval := c.share("oracle", n), c.share("interval", n)
	t.Logf("V1 oracle: permutation calls %.2f %%, interval %.2f %%", 100*oracle, 100*interval)
	if interval > oracle+0.01+noise(0.025, n) {
		t.Errorf("the interval calls %.4f, a permutation test %.4f", interval, oracle)
	}
}

// studentised is the difference over the larger standard error, the first so many being control.
func studentised(ys []float64, control int) float64 {
	i, err := lift.DecisionInterval(lift.SumsOf(ys[control:]), lift.SumsOf(ys[:control]), 0.05)
	if err != nil {
		return 0
	}
	return i.Diff / math.Max(i.SEPooled, i.SEWelch)
}

// TestValidation3Peeking reads a useless campaign at 4, 12 and 30 looks while its customers mature and stops at the
// first call, as an eager manager would. Verdicts stay within the 5 % they promise; the mutant that calls on a fixed
// interval does not, nor would one whose logarithm were decimal.
func TestValidation3Peeking(t *testing.T) {
	t.Parallel()
	n := runs(600, 3_000)
	for _, looks := range []int{4, 12, 30} {
		c := &counter{}
		campaigns(uint64(30+looks), n, func(random *rand.Rand, p pool, _ int) { c.peek(p, random, looks) })
		called, naive := c.share("verdict", n), c.share("naive", n)
		t.Logf("V3 %2d looks: verdicts %.2f %%, fixed interval %.2f %%, decimal logarithm %.2f %%", looks, 100*called, 100*naive,
			100*c.share("decimal", n))
		if called > 0.05+noise(0.05, n) {
			t.Errorf("%d looks: %.4f of useless campaigns are called", looks, called)
		}
		if least := map[int]float64{4: 0.09, 12: 0.13, 30: 0.13}[looks]; naive < least {
			t.Errorf("%d looks: the fixed interval errs in %.4f only: the test proves nothing", looks, naive)
		}
		if decimal := c.share("decimal", n); decimal < 0.05+noise(0.05, n) && looks == 30 {
			t.Errorf("a boundary with log10 errs in %.4f only: it would pass", decimal)
		}
	}
}

// peek runs one campaign of 12,000 customers, a third of them control.
func (c *counter) peek(p pool, random *rand.Rand, looks int) {
	const customers = 12_000
	in := lift.VerdictInput{Planned: customers, SRMOK: true, Reconciled: true}
	var treated, control drawn
	var called, naive, decimal bool
	for look := 1; look <= looks; look++ {
		batch := customers / looks
		p.draw(random, &control, batch/3, 0)
		p.draw(random, &treated, batch-batch/3, 0)
		in.Treated, in.Control = treated.raw(), control.raw()
		in.TreatedBuyers, in.ControlBuyers = treated.buyers, control.buyers
		in.PlannedEndReached = look == looks
		v := lift.Judge(in)
		called = called || v.Code == lift.Works || v.Code == lift.Hurts
		if w, err := lift.Welch(in.Treated, in.Control, 0.05); err == nil {
			naive = naive || w.P < 0.05
			decimal = decimal || math.Abs(w.Diff) > decimalBoundary(w.SE, in.Treated.N+in.Control.N, customers)
		}
	}
	c.add("verdict", called)
	c.add("naive", naive)
	c.add("decimal", decimal)
}

// decimalBoundary is the half-width of an always-valid interval at alpha = 5 % with log10 for the natural logarithm.
func decimalBoundary(se float64, n, planned int64) float64 {
	const alpha = 0.05
	rho2 := (math.Log10(1-2*math.Log10(alpha)) - 2*math.Log10(alpha)) / float64(planned)
	nr2 := float64(n) * rho2
	return se * math.Sqrt(2*(nr2+1)/nr2*math.Log10(math.Sqrt(nr2+1)/alpha))
}
