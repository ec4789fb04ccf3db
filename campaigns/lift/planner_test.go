package lift_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"treue/campaigns/lift"
)

// launch is a shop's win-back: 1,200 lapsed customers, 100 entries a day, 12 % buy in a window.
func launch() lift.Launch {
	return lift.Launch{
		History: bought(2500, 300), HistoryBuyers: 300, Waiting: 1200, PerDay: 100, WindowDays: 91, GraceDays: 28,
		On: time.Date(2027, 1, 4, 0, 0, 0, 0, time.UTC), Alpha: lift.AlphaPlanned, Gain: 1, Effect: 3,
	}
}

func plan(t *testing.T, l lift.Launch, shares ...float64) []lift.Choice {
	t.Helper()
	choices, err := lift.Plan(l, shares)
	if err != nil {
		t.Fatal(err)
	}
	return choices
}

func TestPlanOfABacklog(t *testing.T) {
	t.Parallel()
	choices := plan(t, launch(), 0.5, 1.0/3, 0.2)
	half, third, fifth := choices[0], choices[1], choices[2]
	for i, want := range []int64{600, 400, 240} {
		if c := choices[i]; c.Control != want || c.Treated != 1200-want || c.EntryDays != 12 || c.Refused != "" || c.Price != float64(want) {
			t.Errorf("%+v, want a control of %d", c, want)
		}
	}
	// The last enters on day 12; its window and grace end 119 days later.
	if want := time.Date(2027, 5, 14, 0, 0, 0, 0, time.UTC); !third.VerdictOn.Equal(want) {
		t.Errorf("verdict on %v, want %v", third.VerdictOn, want)
	}
	if !(half.MDE < third.MDE && third.MDE < fifth.MDE && half.Chance > third.Chance && third.Chance > fifth.Chance) {
		t.Errorf("sight %v, %v, %v; chances %v, %v, %v", half.MDE, third.MDE, fifth.MDE, half.Chance, third.Chance, fifth.Chance)
	}
	if math.Abs(third.ControlBuyers-48) > 1e-9 || !slices.Contains(third.Warnings, lift.SmallSample) {
		t.Errorf("%+v", third)
	}
	if slices.Contains(fifth.Warnings, lift.SmallShare) || fifth.Skew >= 0 || half.Skew != 0 {
		t.Errorf("%+v", fifth)
	}
}

// TestPlanWaitsForTheGates: a steady flow of 10 a day needs 60 days for 200 control customers at a third.
func TestPlanWaitsForTheGates(t *testing.T) {
	t.Parallel()
	l := launch()
	l.Waiting, l.NewPerDay, l.PerDay = 0, 10, 0
	c := plan(t, l, 1.0/3)[0]
	if c.EntryDays != 63 || c.Control != 210 || c.Refused != "" { // 25 buyers take 209 customers
		t.Errorf("%+v", c)
	}
	l.HistoryBuyers = 30 // 1.2 % buy: 25 control buyers need 2,084 control customers
	if c := plan(t, l, 1.0/3)[0]; c.EntryDays != 626 || c.ControlBuyers < 25 {
		t.Errorf("%+v", c)
	}
	l.NewPerDay = 5
	c = plan(t, l, 1.0/3)[0]
	if c.Refused != lift.FewControls || !c.VerdictOn.IsZero() || c.Needs.ControlBuyers == 0 || c.Needs.ControlCustomers != 0 {
		t.Errorf("%+v", c)
	}
	// Entries outrun the limit: the backlog never ends, the gates decide.
	l = launch()
	l.NewPerDay = 150
	if c := plan(t, l, 1.0/3)[0]; c.Refused != "" || c.EntryDays > 10 {
		t.Errorf("%+v", c)
	}
}

func TestPlanRefusesSmallShops(t *testing.T) {
	t.Parallel()
	l := launch()
	l.Waiting = 300
	for _, c := range plan(t, l, 0.5, 1.0/3, 0.2, 0.05) {
		if c.Refused != lift.FewControls || !c.VerdictOn.IsZero() || c.Needs.ControlCustomers != 200-c.Control {
			t.Errorf("%+v", c)
		}
	}
	if c := plan(t, launch(), 0.17)[0]; !slices.Contains(c.Warnings, lift.SmallShare) {
		t.Errorf("%+v", c)
	}
}

// TestPlanWarnsOfSkewness: a few large buyers and a twentieth held out.
func TestPlanWarnsOfSkewness(t *testing.T) {
	t.Parallel()
	l := launch()
	l.Waiting, l.PerDay = 10_000, 0
	l.History = bought(2500, 300).Merge(lift.SumsOf([]float64{5000, 8000, 12_000}))
	c := plan(t, l, 0.05, 0.5)
	if !slices.Contains(c[0].Warnings, lift.SkewedDifference) || !slices.Contains(c[0].Warnings, lift.OnlyLargeEffects) {
		t.Errorf("%+v", c[0])
	}
	if slices.Contains(c[1].Warnings, lift.SkewedDifference) {
		t.Errorf("%+v", c[1])
	}
}

// TestPlannedSightSolvesItsEquation: the promised effect is k standard errors with the variance it brings itself.
func TestPlannedSightSolvesItsEquation(t *testing.T) {
	t.Parallel()
	const k = 1.959963984540054 + 0.8416212335729143
	rapid.Check(t, func(t *rapid.T) {
		l := launch()
		l.Alpha = 0.05
		l.Waiting = rapid.Int64Range(1000, 100_000).Draw(t, "waiting")
		l.Reduction = rapid.Float64Range(0, 0.9).Draw(t, "reduction")
		share := rapid.Float64Range(0.05, 0.6).Draw(t, "share")
		choices, err := lift.Plan(l, []float64{share})
		if err != nil {
			t.Fatal(err)
		}
		c, s2, mean := choices[0], l.History.Variance()*(1-l.Reduction), l.History.Mean()
		se := math.Sqrt(s2*(1+c.MDE/mean)/float64(c.Treated) + s2/float64(c.Control))
		if math.Abs(c.MDE/(k*se)-1) > 1e-9 || math.Abs(c.RelativeMDE*mean/c.MDE-1) > 1e-12 {
			t.Fatalf("MDE %v, k standard errors %v", c.MDE, k*se)
		}
		if c.Refused == "" && (c.Control < 200 || c.ControlBuyers < 25-1e-6) {
			t.Fatalf("%+v passes the gates", c)
		}
		if !(c.Chance >= 0 && c.Chance <= 1) {
			t.Fatalf("chance %v", c.Chance)
		}
	})
}

func TestPlanNeedsAHistory(t *testing.T) {
	t.Parallel()
	for want, change := range map[lift.Reason]func(*lift.Launch){
		lift.FewerThanTwo: func(l *lift.Launch) { l.History = lift.Sums{} },
		lift.ZeroVariance: func(l *lift.Launch) { l.History = bought(300, 0) },
		lift.NotFinite:    func(l *lift.Launch) { l.History.Y2 = math.Inf(1) },
		lift.OutOfRange:   func(l *lift.Launch) { l.Waiting = -1 },
	} {
		l := launch()
		change(&l)
		if _, err := lift.Plan(l, []float64{0.5}); lift.ReasonOf(err) != want {
			t.Errorf("%v, want %q", err, want)
		}
	}
	for _, share := range []float64{0, 1, -0.2, math.NaN()} {
		if _, err := lift.Plan(launch(), []float64{share}); lift.ReasonOf(err) != lift.OutOfRange {
			t.Errorf("share %v: %v", share, err)
		}
	}
}

func TestOfferSentences(t *testing.T) {
	t.Parallel()
	l, day := launch(), time.Date(2027, 2, 10, 0, 0, 0, 0, time.UTC)
	offered := lift.Choice{Share: 1.0 / 3, MDE: 2.94, Price: 275, VerdictOn: day, Chance: 0.637}
	tests := []struct{ got, want string }{
		{
			l.OfferSentence(offered, "de", "EUR"),
			"Zwei von drei: Urteil am 10. Februar 2027, sichtbar ab 2,94 € je Kunde; kostet höchstens 275 €, wenn die Mail 1 € je Kunde bringt. Newsletter und Service bekommt jeder.",
		},
		{
			l.OfferSentence(offered, "en", "EUR"),
			"Two in three: verdict on 10 February 2027, visible from €2.94 per customer; costs at most €275 if the mail brings €1 per customer. Everybody gets newsletter and service mail.",
		},
		{
			l.OfferSentence(lift.Choice{Share: 0.17, MDE: 2.94, VerdictOn: day}, "de", "EUR"),
			"83 von 100: Urteil am 10. Februar 2027, sichtbar ab 2,94 € je Kunde. Newsletter und Service bekommt jeder.",
		},
		{
			l.OfferSentence(lift.Choice{Share: 0.2, Refused: lift.FewControls, Needs: lift.Needs{ControlCustomers: 140, ControlBuyers: 1}}, "de", "EUR"),
			"Vier von fünf: Kein Urteil möglich, zu wenige Kunden; nach zwei Jahren fehlen noch: 140 Kunden im Vergleich und 1 Käufer im Vergleich.",
		},
		{
			l.OfferSentence(lift.Choice{Share: 0.5, Refused: lift.FewControls, Needs: lift.Needs{ControlBuyers: 3}}, "en", "EUR"),
			"One in two: no verdict to be had, too few customers; missing in two years of entries: 3 comparison buyers.",
		},
		{l.ChanceSentence(offered, "de", "EUR"), "Bringt die Mail 3 € je Kunde, sähe man das bei 63 von 100 solchen Kampagnen."},
		{l.ChanceSentence(offered, "en", "EUR"), "If the mail brings €3 per customer, 63 of 100 such campaigns would show it."},
		{l.ChanceSentence(lift.Choice{Refused: lift.FewControls}, "en", "EUR"), ""},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%q\nwant %q", tt.got, tt.want)
		}
	}
}

// TestWarningsAreSaidInBothLanguages: one sentence for each.
func TestWarningsAreSaidInBothLanguages(t *testing.T) {
	t.Parallel()
	all := lift.Choice{Warnings: []lift.Reason{lift.SmallShare, lift.SmallSample, lift.SkewedDifference, lift.OnlyLargeEffects}}
	german, english := all.WarningSentences("de"), all.WarningSentences("en")
	for i := range all.Warnings {
		if !strings.HasSuffix(german[i], ".") || !strings.HasSuffix(english[i], ".") || german[i] == english[i] {
			t.Errorf("%s: %q and %q", all.Warnings[i], german[i], english[i])
		}
	}
}
