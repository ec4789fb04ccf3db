package lift_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"treue/campaigns/lift"
)

// bought is an arm in which some customers spend 40 and nobody else anything.
func bought(customers, buyers int64) lift.Sums {
	n := float64(buyers)
	return lift.Sums{N: customers, Y: 40 * n, Y2: 1600 * n, Y3: 64_000 * n}
}

// period is a portfolio of four campaigns: two useless, one that works, one that nobody bought in.
func period() []lift.Stratum {
	return []lift.Stratum{
		{Treated: bought(3000, 300), Control: bought(1500, 148)},
		{Treated: bought(3000, 420), Control: bought(1500, 130)},
		{Treated: bought(50, 0), Control: bought(50, 0)},
		{Treated: bought(2000, 200), Control: bought(2000, 203)},
	}
}

func TestReview(t *testing.T) {
	t.Parallel()
	p, err := lift.Review(period(), 0.04, lift.FalseDiscoveryRate)
	if err != nil {
		t.Fatal(err)
	}
	if p.Undefined != 1 || p.Lines[2].Missing != lift.ZeroVariance || p.Lines[2].Q != 1 || p.Selection.Count != 1 || !p.Lines[1].Selected {
		t.Fatalf("%+v", p)
	}
	if math.Abs(p.Selection.Level-(1-0.1/3)) > 1e-12 || math.Abs(p.Lines[1].FCR.Level-p.Selection.Level) > 1e-12 {
		t.Errorf("level %v, of the interval %v", p.Selection.Level, p.Lines[1].FCR.Level)
	}
	if p.Lines[0].FCR != (lift.Interval{}) {
		t.Error("a campaign that was not selected has an interval of the selected")
	}
	var raw float64
	for _, i := range []int{0, 1, 3} {
		total, _, _ := p.Lines[i].Total()
		raw += total
	}
	if math.Abs(p.Raw.Effect-raw) > 1e-9 || p.Raw.SE <= 0 {
		t.Errorf("raw %+v, want %v", p.Raw, raw)
	}
	total, _, _ := p.Lines[1].Total()
	if p.RawWinners != total || p.ShrunkenWinners >= total || p.ShrunkenWinners <= 0 {
		t.Errorf("winners %v, shrunken %v of %v", p.RawWinners, p.ShrunkenWinners, total)
	}
}

func TestReviewOfNothing(t *testing.T) {
	t.Parallel()
	if p, err := lift.Review(nil, 0.04, 0.1); err != nil || len(p.Lines) != 0 || p.Raw.Effect != 0 {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := lift.Review(nil, 0.04, 0); lift.ReasonOf(err) != lift.OutOfRange {
		t.Errorf("rate 0: %v", err)
	}
}

// TestGapToTheHoldout: campaigns that take each other's sales claim more than the holdout confirms.
func TestGapToTheHoldout(t *testing.T) {
	t.Parallel()
	p, err := lift.Review(period(), 0.04, lift.FalseDiscoveryRate)
	if err != nil {
		t.Fatal(err)
	}
	holdout := lift.Assess(bought(8000, 800), bought(800, 80), 0.04)
	g, err := p.GapTo(holdout, 0.04)
	if err != nil || g.Confirmed.Effect != 0 || math.Abs(g.Value-p.Shrunken.Effect) > 1e-9 || g.Shown {
		t.Errorf("%+v, %v", g, err)
	}
	if g.SE < g.Claimed.SE || g.SE < g.Confirmed.SE || g.Low > g.Value || g.High < g.Value {
		t.Errorf("%+v", g)
	}
	big := lift.Assess(bought(800_000, 60_000), bought(80_000, 8_000), 0.04)
	if g, err := p.GapTo(big, 0.04); err != nil || !g.Shown || g.Low < 0 {
		t.Errorf("a holdout that did better: %+v, %v", g, err)
	}
	if _, err := p.GapTo(lift.Estimate{Missing: lift.FewerThanTwo}, 0.04); lift.ReasonOf(err) != lift.FewerThanTwo {
		t.Errorf("no holdout: %v", err)
	}
}

// TestSelectionIsTheStepUpRule: a campaign is selected exactly if some k of the smallest p-values holds p <= k rate/m.
func TestSelectionIsTheStepUpRule(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 30).Draw(t, "p")
		rate := rapid.Float64Range(0.01, 0.5).Draw(t, "rate")
		s, err := lift.Select(p, rate)
		if err != nil {
			t.Fatal(err)
		}
		sorted := slices.Sorted(slices.Values(p))
		limit, m := -1.0, float64(len(p))
		for k, x := range sorted {
			if x*m/float64(k+1) <= rate {
				limit = x
			}
		}
		for i, x := range p {
			if s.Selected[i] != (x <= limit) || s.Q[i] < x-1e-15 {
				t.Fatalf("p %v of %v: selected %v, q %v", x, p, s.Selected[i], s.Q[i])
			}
		}
		holm, err := lift.Holm(p)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p {
			if holm[i] < s.Q[i]-1e-12 {
				t.Fatalf("Holm's %v is below Benjamini and Hochberg's %v", holm[i], s.Q[i])
			}
		}
	})
}

// TestShrinkageStaysBetween: a shrunken effect lies between its own and the common mean, the noisier the nearer to it.
func TestShrinkageStaysBetween(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		effects := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) lift.Measured {
			return lift.Measured{Effect: rapid.Float64Range(-5, 5).Draw(t, "effect"), SE: rapid.Float64Range(0.1, 3).Draw(t, "se")}
		}), 1, 20).Draw(t, "effects")
		s, err := lift.Shrink(effects)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range effects {
			low, high := math.Min(e.Effect, s.RandomMean), math.Max(e.Effect, s.RandomMean)
			if got := s.Shrunken[i].Effect; got < low-1e-9 || got > high+1e-9 || s.Shrunken[i].SE > e.SE+1e-12 {
				t.Fatalf("%+v becomes %+v around %v", e, s.Shrunken[i], s.RandomMean)
			}
			for j, o := range effects {
				if o.SE > e.SE && s.Weights[j] > s.Weights[i] {
					t.Fatalf("weights %v of %v", s.Weights, effects)
				}
			}
		}
	})
}

// kindOf is a trusted campaign at its planned read.
func kindOf(treated, treatedBuyers, control, controlBuyers int64) lift.VerdictInput {
	return lift.VerdictInput{
		Treated: bought(treated, treatedBuyers), Control: bought(control, controlBuyers),
		TreatedBuyers: treatedBuyers, ControlBuyers: controlBuyers, SRMOK: true, Reconciled: true, PlannedEndReached: true,
	}
}

// TestKindReadsWhatSingleCampaignsCannot: three campaigns with too few customers each give a verdict together.
func TestKindReadsWhatSingleCampaignsCannot(t *testing.T) {
	t.Parallel()
	small := []lift.VerdictInput{kindOf(300, 60, 150, 15), kindOf(320, 70, 160, 18), kindOf(280, 58, 140, 14)}
	for _, c := range small {
		if v := lift.Judge(c); v.Code != lift.TooFew {
			t.Fatalf("alone: %s", v.Code)
		}
	}
	k := lift.JudgeKind(small)
	if k.Code != lift.Works || k.Reason != lift.PlannedRead || !k.SmallSample || len(k.Read) != 3 || k.MaturedShare != 1 {
		t.Errorf("%+v", k)
	}
	if k.Estimate.Treated != 900 || k.Estimate.Level != 0.96 {
		t.Errorf("%+v", k.Estimate)
	}
}

func TestKindLeavesOutWhatIsNotDueOrTrusted(t *testing.T) {
	t.Parallel()
	day := time.Date(2027, 2, 10, 0, 0, 0, 0, time.UTC)
	later, broken, empty := kindOf(3000, 600, 1500, 100), kindOf(3000, 600, 1500, 100), kindOf(100, 20, 1, 0)
	later.PlannedEndReached, later.KnownOn, later.Pending = false, day.AddDate(0, 1, 0), 500
	broken.Reconciled = false
	k := lift.JudgeKind([]lift.VerdictInput{later, broken, empty, kindOf(300, 60, 150, 15)})
	if k.Code != lift.TooFew || !slices.Equal(k.Read, []int{3}) || !slices.Equal(k.LeftOut, []int{2}) {
		t.Errorf("%+v", k)
	}
	if k.Needs.ControlCustomers != 50 || k.Needs.ControlBuyers != 0 {
		t.Errorf("needs %+v", k.Needs)
	}
	sooner := later
	sooner.KnownOn = day
	if k := lift.JudgeKind([]lift.VerdictInput{later, sooner}); k.Code != lift.TooEarly || !k.KnownOn.Equal(day) || k.MaturedShare >= 1 {
		t.Errorf("%+v", k)
	}
	if k := lift.JudgeKind(nil); k.Code != lift.TooFew || k.Needs.ControlCustomers != 200 || k.Needs.ControlBuyers != 25 {
		t.Errorf("no campaigns: %+v", k)
	}
	external := kindOf(300, 60, 250, 25)
	external.External = true
	if k := lift.JudgeKind([]lift.VerdictInput{external}); k.Estimate.Level != 0.95 {
		t.Errorf("level %v", k.Estimate.Level)
	}
}

// TestKindOfOneIsTheCampaign: pooled with nothing a campaign past its end keeps its verdict.
func TestKindOfOneIsTheCampaign(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		treated := rapid.Int64Range(2, 4000).Draw(t, "treated")
		control := rapid.Int64Range(2, 900).Draw(t, "control") // below the burn-in of early looks
		in := kindOf(treated, rapid.Int64Range(0, treated).Draw(t, "treated buyers"), control,
			rapid.Int64Range(0, control).Draw(t, "control buyers"))
		one, kind := lift.Judge(in), lift.JudgeKind([]lift.VerdictInput{in})
		if one.Code != kind.Code || one.Reason != kind.Reason || one.SmallSample != kind.SmallSample || one.Needs != kind.Needs {
			t.Fatalf("alone %+v, as a kind %+v", one, kind.Verdict)
		}
	})
}
