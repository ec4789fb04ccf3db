package lift_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"treue/campaigns/lift"
)

// told is a verdict and its estimate, as a report has them.
type told struct {
	verdict  lift.Verdict
	estimate lift.Estimate
}

func tell(in lift.VerdictInput) told {
	return told{lift.Judge(in), lift.Assess(in.Treated, in.Control, lift.Alpha(in.External))}
}

// saying is a verdict on an estimate and the two sentences it must give.
type saying struct {
	name            string
	v               lift.Verdict
	e               lift.Estimate
	english, german string
}

// effect is an estimate with the figures a sentence names.
func effect(level, diff, low, high float64, treated int64) lift.Estimate {
	return lift.Estimate{Interval: lift.Interval{Level: level, Diff: diff, PrintLow: low, PrintHigh: high}, Treated: treated}
}

// calledSayings are verdicts that name an effect.
func calledSayings() []saying {
	works := effect(0.96, 2.3, 0.38, 4.03, 714)
	look := lift.Sequence{Level: 0.99, Diff: 2.3, Low: 0.1, High: 4.5}
	return []saying{
		{
			"works",
			lift.Verdict{Code: lift.Works, Reason: lift.PlannedRead, SmallSample: true},
			works,
			"It works: +€2.30 per customer (96 % range €0.38 to €4.03), +€1,642 in all (€271 to €2,877) (small sample).",
			"Es wirkt: +2,30 € je Kunde (mit 96 % Sicherheit 0,38 € bis 4,03 €), insgesamt +1.642 € (271 € bis 2.877 €) (kleine Stichprobe).",
		},
		{
			"works at any look",
			lift.Verdict{Code: lift.Works, Reason: lift.AnyLook, Sequence: look},
			works,
			"It works, read with a range that is valid on any day: +€2.30 per customer (99 % range €0.10 to €4.50), +€1,642 in all (€71 to €3,213).",
			"Es wirkt, gemessen mit einer Spanne, die an jedem Tag gilt: +2,30 € je Kunde (mit 99 % Sicherheit 0,10 € bis 4,50 €), insgesamt +1.642 € (71 € bis 3.213 €).",
		},
		{
			"hurts",
			lift.Verdict{Code: lift.Hurts, Reason: lift.PlannedRead},
			effect(0.95, -2.3, -4.03, -0.38, 20),
			"It hurts and should stop: −€2.30 per customer (95 % range −€4.03 to −€0.38), −€46.00 in all (−€80.60 to −€7.60).",
			"Es schadet und sollte enden: −2,30 € je Kunde (mit 95 % Sicherheit −4,03 € bis −0,38 €), insgesamt −46,00 € (−80,60 € bis −7,60 €).",
		},
		{
			"no larger effect",
			lift.Verdict{Code: lift.NoLargerEffect, Reason: lift.WithinInterval, Bound: 0.6},
			effect(0.96, 0.1, -0.4, 0.6, 12_000),
			"No effect larger than €0.60 per customer (96 % range −€0.40 to €0.60), which would be at most €7,200 in all.",
			"Keine Wirkung über 0,60 € je Kunde (mit 96 % Sicherheit −0,40 € bis 0,60 €), insgesamt wären das höchstens 7.200 €.",
		},
	}
}

// openSayings are verdicts that name none.
func openSayings() []saying {
	works, wide := effect(0.96, 2.3, 0.38, 4.03, 714), effect(0.96, 0.9, -2.13, 3.93, 243)
	none := lift.Estimate{Missing: lift.FewerThanTwo, Treated: 1}
	day := time.Date(2027, 3, 10, 0, 0, 0, 0, time.UTC)
	return []saying{
		{
			"too early",
			lift.Verdict{Code: lift.TooEarly, Reason: lift.NotMatured, KnownOn: day, MaturedShare: 0.689},
			works,
			"Too early to tell: the verdict comes on 10 March 2027; 68 % of the windows are over.",
			"Noch zu früh: Das Urteil kommt am 10. März 2027; 68 % der Zeitfenster sind um.",
		},
		{
			"too early, no date yet",
			lift.Verdict{Code: lift.TooEarly, Reason: lift.NotMatured},
			none,
			"Too early to tell: 0 % of the windows are over.",
			"Noch zu früh: 0 % der Zeitfenster sind um.",
		},
		{
			"too few",
			lift.Verdict{Code: lift.TooFew, Reason: lift.FewControls, Needs: lift.Needs{ControlCustomers: 1, ControlBuyers: 21}, SmallSample: true},
			wide,
			"Not proven, too few customers; still needed: 1 comparison customer and 21 comparison buyers; anything from −€2.13 to €3.93 per customer is possible (96 % range); it can also be read together with other campaigns of its kind.",
			"Nicht bewiesen, zu wenige Kunden; noch nötig: 1 Kunde im Vergleich und 21 Käufer im Vergleich; möglich ist alles von −2,13 € bis 3,93 € je Kunde (mit 96 % Sicherheit); das Urteil lässt sich auch mit anderen Kampagnen dieser Art gemeinsam lesen.",
		},
		{
			"too few for any range",
			lift.Verdict{Code: lift.TooFew, Reason: lift.FewerThanTwo},
			none,
			"Not proven, too few customers; the outcomes do not differ enough to compare them; it can also be read together with other campaigns of its kind.",
			"Nicht bewiesen, zu wenige Kunden; die Ergebnisse unterscheiden sich zu wenig für einen Vergleich; das Urteil lässt sich auch mit anderen Kampagnen dieser Art gemeinsam lesen.",
		},
		{
			"too imprecise",
			lift.Verdict{Code: lift.TooFew, Reason: lift.TooImprecise, Needs: lift.Needs{ControlCustomers: 1450}},
			wide,
			"Not proven, still too imprecise: about 1,450 more comparison customers would settle it; anything from −€2.13 to €3.93 per customer is possible (96 % range); it can also be read together with other campaigns of its kind.",
			"Nicht bewiesen, noch zu ungenau: Etwa 1.450 weitere Kunden im Vergleich brächten Klarheit; möglich ist alles von −2,13 € bis 3,93 € je Kunde (mit 96 % Sicherheit); das Urteil lässt sich auch mit anderen Kampagnen dieser Art gemeinsam lesen.",
		},
		{
			"sample ratio",
			lift.Verdict{Code: lift.NotTrustworthy, Reason: lift.SampleRatio},
			works,
			"Not trustworthy: the groups do not have the sizes they were drawn with, so their difference may not come from the mail.",
			"Nicht auswertbar: Die Gruppen sind nicht so groß, wie sie ausgelost wurden; ihr Unterschied muss nicht von der Mail kommen.",
		},
		{
			"not reconciled",
			lift.Verdict{Code: lift.NotTrustworthy, Reason: lift.NotReconciled},
			works,
			"Not trustworthy: stored groups, mails or counts contradict each other, so their difference may not come from the mail.",
			"Nicht auswertbar: Gespeicherte Gruppen, Mails oder Zahlen widersprechen sich; ihr Unterschied muss nicht von der Mail kommen.",
		},
		{"not judged", lift.Verdict{}, none, "No verdict yet.", "Noch kein Urteil."},
	}
}

func TestSentences(t *testing.T) {
	t.Parallel()
	for _, tt := range append(calledSayings(), openSayings()...) {
		if got := lift.Sentence(tt.v, tt.e, "en", "EUR"); got != tt.english {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.english)
		}
		if got := lift.Sentence(tt.v, tt.e, "de", "EUR"); got != tt.german {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.german)
		}
	}
}

// TestSentencesAreWhole holds for the sentence of any verdict: one sentence, no gap in a format, and never an amount
// without its range.
func TestSentencesAreWhole(t *testing.T) {
	t.Parallel()
	amount := map[string]*regexp.Regexp{"en": regexp.MustCompile(`€[\d,.]*\d`), "de": regexp.MustCompile(`[\d.,]*\d €`)}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 4000)
		treated, control := n.Draw(t, "treated"), n.Draw(t, "control")
		in := input(treated, rapid.Int64Range(0, treated).Draw(t, "treated buyers"),
			control, rapid.Int64Range(0, control).Draw(t, "control buyers"))
		in.PlannedEndReached = rapid.Bool().Draw(t, "end")
		in.SRMOK = rapid.IntRange(0, 9).Draw(t, "srm") > 0
		said := tell(in)
		for language, money := range amount {
			text := lift.Sentence(said.verdict, said.estimate, language, "EUR")
			if !strings.HasSuffix(text, ".") || strings.Contains(text, "%!") || strings.Contains(text, "NaN") || strings.Contains(text, "  ") {
				t.Fatalf("%+v: %q", said.verdict, text)
			}
			if found := len(money.FindAllString(text, -1)); found == 1 {
				t.Fatalf("a lonely amount: %q", text)
			}
			if calls := said.verdict.Code == lift.Works || said.verdict.Code == lift.Hurts; calls && len(money.FindAllString(text, -1)) != 6 {
				t.Fatalf("a call without its ranges: %q", text)
			}
		}
	})
}
