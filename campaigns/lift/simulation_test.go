package lift_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"treue/campaigns/lift"
)

// shop draws the margins of a window: few customers buy, and who buys, spends by a log-normal taste of their own.
// Its skewness lies near that of real order histories.
func shop(random *rand.Rand, customers int) []float64 {
	rate := distuv.Gamma{Alpha: 0.7, Beta: 0.7 / 0.08, Src: random}
	margins := make([]float64, customers)
	for i := range margins {
		orders := distuv.Poisson{Lambda: rate.Rand() + 1e-12, Src: random}.Rand()
		taste := math.Exp(0.9 * random.NormFloat64())
		for range int(orders) {
			margins[i] += 30 * taste * math.Exp(0.8*random.NormFloat64())
		}
	}
	return margins
}

// draw samples an arm with replacement and adds an effect, in money, for those who bought.
func draw(random *rand.Rand, margins []float64, customers int, factor float64) lift.Sums {
	var s lift.Sums
	for range customers {
		s.Add(factor * margins[random.IntN(len(margins))])
	}
	return s
}

// calls are shares of simulated campaigns.
type calls struct{ wins, losses, welchWins, covered float64 }

// simulate runs campaigns of a size and control share whose treated customers earn factor times as much.
func simulate(t *testing.T, seed uint64, campaigns, customers int, share, factor float64) calls {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 90))
	margins := shop(random, 200_000)
	truth := lift.SumsOf(margins).Mean() * (factor - 1)
	control := int(float64(customers) * share)
	var c calls
	one := 1 / float64(campaigns)
	for range campaigns {
		treatedSums, controlSums := draw(random, margins, customers-control, factor), draw(random, margins, control, 1)
		i, err := lift.DecisionInterval(treatedSums, controlSums, 0.05)
		if err != nil {
			t.Fatal(err)
		}
		w, err := lift.Welch(treatedSums, controlSums, 0.05)
		if err != nil {
			t.Fatal(err)
		}
		if i.Works() {
			c.wins += one
		}
		if i.Hurts() {
			c.losses += one
		}
		if w.Low > 0 {
			c.welchWins += one
		}
		if i.PrintLow <= truth && truth <= i.PrintHigh {
			c.covered += one
		}
	}
	return c
}

// TestUselessCampaignsRarelyWin: campaigns without an effect, a tenth of 4,000 customers held out. The interval calls
// no more of them a success or a failure than it may; Welch's calls several times as many, so the test can fail.
func TestUselessCampaignsRarelyWin(t *testing.T) {
	t.Parallel()
	const campaigns = 2000
	c := simulate(t, 1, campaigns, 4000, 0.1, 1)
	noise := func(share float64) float64 { return 2 * math.Sqrt(share*(1-share)/campaigns) }
	if limit := 0.032 + noise(0.032); c.wins > limit {
		t.Errorf("%.2f %% of useless campaigns win, want at most %.2f %%", 100*c.wins, 100*limit)
	}
	if limit := 0.038 + noise(0.038); c.losses > limit {
		t.Errorf("%.2f %% of useless campaigns lose, want at most %.2f %%", 100*c.losses, 100*limit)
	}
	if c.welchWins < 2*(0.032+noise(0.032)) {
		t.Errorf("Welch calls only %.2f %% of them a success: the shop is too tame to prove anything", 100*c.welchWins)
	}
	t.Logf("false wins %.2f %%, losses %.2f %%; Welch's wins %.2f %%", 100*c.wins, 100*c.losses, 100*c.welchWins)
}

// TestEqualArmsKeepTheirLevel: at 50/50 the two sides together err as often as alpha says.
func TestEqualArmsKeepTheirLevel(t *testing.T) {
	t.Parallel()
	const campaigns = 2000
	c := simulate(t, 2, campaigns, 4000, 0.5, 1)
	noise := 2 * math.Sqrt(0.05*0.95/campaigns)
	if total := c.wins + c.losses; total < 0.036-noise || total > 0.055+noise {
		t.Errorf("%.2f %% of useless campaigns are called, want 3.6 to 5.5 %%", 100*total)
	}
}

// TestIntervalCoversARealEffect: customers who spend a quarter more, and a quarter less.
func TestIntervalCoversARealEffect(t *testing.T) {
	t.Parallel()
	const campaigns = 1000
	for factor, least := range map[float64]float64{1.25: 0.94, 0.75: 0.92} {
		c := simulate(t, 3, campaigns, 4000, 0.2, factor)
		if limit := least - 2*math.Sqrt(least*(1-least)/campaigns); c.covered < limit {
			t.Errorf("spending times %v: the interval covers the truth in %.1f %%, want %.1f %%", factor, 100*c.covered, 100*limit)
		}
		t.Logf("times %v: covered %.1f %%, works %.1f %%, hurts %.1f %%", factor, 100*c.covered, 100*c.wins, 100*c.losses)
	}
}

// TestPeekingIsSafe reads a useless campaign twelve times while its customers mature and stops at the first call, as
// an eager manager would. The verdicts stay within the 5 % they promise; calling on a fixed interval does not.
func TestPeekingIsSafe(t *testing.T) {
	t.Parallel()
	const campaigns, looks, batch = 1000, 12, 500
	random := rand.New(rand.NewPCG(4, 90))
	margins := shop(random, 200_000)
	var called, naive float64
	for range campaigns {
		in := lift.VerdictInput{Planned: looks * batch, SRMOK: true, Reconciled: true}
		var calledNow, naiveNow bool
		for look := 1; look <= looks; look++ {
			for i := range batch {
				margin := margins[random.IntN(len(margins))]
				sums, buyers := &in.Treated, &in.TreatedBuyers
				if i%3 == 0 {
					sums, buyers = &in.Control, &in.ControlBuyers
				}
				sums.Add(margin)
				if margin > 0 {
					*buyers++
				}
			}
			in.PlannedEndReached = look == looks
			v := lift.Judge(in)
			calledNow = calledNow || v.Code == lift.Works || v.Code == lift.Hurts
			if w, err := lift.Welch(in.Treated, in.Control, 0.05); err == nil {
				naiveNow = naiveNow || w.P < 0.05
			}
		}
		if calledNow {
			called += 1.0 / campaigns
		}
		if naiveNow {
			naive += 1.0 / campaigns
		}
	}
	if limit := 0.05 + 2*math.Sqrt(0.05*0.95/campaigns); called > limit {
		t.Errorf("%.1f %% of useless campaigns are called, want at most %.1f %%", 100*called, 100*limit)
	}
	if naive < 0.13 {
		t.Errorf("naive peeking errs in %.1f %% only: the test proves nothing", 100*naive)
	}
	t.Logf("verdicts %.1f %%, naive %.1f %%", 100*called, 100*naive)
}
