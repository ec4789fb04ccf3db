package lift_test

import (
	"testing"

	"treue/campaigns/lift"
)

func TestNotes(t *testing.T) {
	t.Parallel()
	e := effect(0.96, 2.3, 0.38, 4.03, 714)
	relative, without := e, e
	relative.Relative = &lift.Fieller{Value: 0.124, Low: 0.021, High: 0.23}
	without.RelativeMissing = lift.UncertainBaseline
	tests := []struct{ name, english, german, wantEnglish, wantGerman string }{
		{
			"relative",
			lift.RelativeSentence(relative, 0.11, "en"), lift.RelativeSentence(relative, 0.11, "de"),
			"That is +12 % against the comparison group (2.1 % to 23 %, 96 % range); 11 % of what the mailed customers brought comes from the campaign.",
			"Das sind +12 % gegenüber dem Vergleich (2,1 % bis 23 %, mit 96 % Sicherheit); 11 % dessen, was die Angeschriebenen brachten, kommen von der Kampagne.",
		},
		{
			"no share without a gain",
			lift.RelativeSentence(relative, 0, "en"), lift.RelativeSentence(relative, 0, "de"),
			"That is +12 % against the comparison group (2.1 % to 23 %, 96 % range).",
			"Das sind +12 % gegenüber dem Vergleich (2,1 % bis 23 %, mit 96 % Sicherheit).",
		},
		{
			"no percentage",
			lift.RelativeSentence(without, 0, "en"), lift.RelativeSentence(without, 0, "de"),
			"No percentage: what the comparison group brings is too uncertain to relate to.",
			"Keine Prozentangabe: Was der Vergleich bringt, ist zu unsicher, um sich darauf zu beziehen.",
		},
		{
			"adjusted",
			lift.AdjustedSentence(lift.Adjusted{Estimate: e, Reduction: 0.18}, "en", "EUR"),
			lift.AdjustedSentence(lift.Adjusted{Estimate: e, Reduction: 0.18}, "de", "EUR"),
			"Adjusted for what was known before: +€2.30 per customer (96 % range €0.38 to €4.03), with 18 % less variance.",
			"Bereinigt um das, was vorher bekannt war: +2,30 € je Kunde (mit 96 % Sicherheit 0,38 € bis 4,03 €), mit 18 % weniger Streuung.",
		},
		{
			"alarm",
			lift.AdjustedSentence(lift.Adjusted{Estimate: e, Gap: -1.2, Alarm: true}, "en", "EUR"),
			lift.AdjustedSentence(lift.Adjusted{Estimate: e, Gap: -1.2, Alarm: true}, "de", "EUR"),
			"The groups already differed before the campaign, by €1.20 per customer, more than chance explains: do not rely on the adjusted figure before that is understood.",
			"Die Gruppen unterschieden sich schon vor der Kampagne, um 1,20 € je Kunde und mehr, als Zufall erklärt: Auf die bereinigte Zahl ist kein Verlass, bis das geklärt ist.",
		},
		{
			"capped",
			lift.CappedSentence(lift.CappedEstimate{Estimate: e, Cap: 250, Customers: 7}, "en", "EUR"),
			lift.CappedSentence(lift.CappedEstimate{Estimate: e, Cap: 250, Customers: 7}, "de", "EUR"),
			"With amounts above €250.00 cut (7 customers): +€2.30 per customer (96 % range €0.38 to €4.03).",
			"Mit Beträgen über 250,00 € gekappt (7 Kunden): +2,30 € je Kunde (mit 96 % Sicherheit 0,38 € bis 4,03 €).",
		},
		{
			"kappa",
			lift.KappaSentence(lift.Realised{Campaigns: 6, Kappa: 0.318}, "en"),
			lift.KappaSentence(lift.Realised{Campaigns: 6, Kappa: 0.318}, "de"),
			"6 finished campaigns of this kind really earned at least 31 % of what was projected: so much of the projection counts.",
			"6 beendete Kampagnen dieser Art brachten mindestens 31 % des Erwarteten wirklich ein: So viel davon zählt.",
		},
		{
			"kappa of 0",
			lift.KappaSentence(lift.Realised{Campaigns: 6}, "en"), lift.KappaSentence(lift.Realised{Campaigns: 6}, "de"),
			"6 finished campaigns of this kind do not prove that any of the projection came true: none of it counts.",
			"6 beendete Kampagnen dieser Art belegen nicht, dass vom Erwarteten etwas eintrat: Nichts davon zählt.",
		},
		{
			"nothing predicted",
			lift.KappaSentence(lift.Realised{Campaigns: 6, Missing: lift.NothingPredicted}, "en"),
			lift.KappaSentence(lift.Realised{Campaigns: 6, Missing: lift.NothingPredicted}, "de"),
			"6 finished campaigns of this kind projected no certain gain: none of a projection counts.",
			"6 beendete Kampagnen dieser Art ließen keinen sicheren Gewinn erwarten: Nichts davon zählt.",
		},
		{
			"too few campaigns",
			lift.KappaSentence(lift.Realised{Campaigns: 2, Missing: lift.TooFewCampaigns}, "en"),
			lift.KappaSentence(lift.Realised{Campaigns: 2, Missing: lift.TooFewCampaigns}, "de"),
			"Of this kind 2 of the 5 campaigns have finished that it takes before a projection counts: none of it counts yet.",
			"Von dieser Art sind 2 der 5 Kampagnen beendet, die es braucht, bis Erwartetes zählt: Noch zählt nichts davon.",
		},
	}
	for _, tt := range tests {
		if tt.english != tt.wantEnglish || tt.german != tt.wantGerman {
			t.Errorf("%s: %q\n%q", tt.name, tt.english, tt.german)
		}
	}
	missing := lift.Estimate{Missing: lift.ZeroVariance}
	if lift.AdjustedSentence(lift.Adjusted{Estimate: missing}, "en", "EUR") != "" || lift.CappedSentence(lift.CappedEstimate{Estimate: missing}, "de", "EUR") != "" {
		t.Error("a sentence about nothing")
	}
}

// TestPoolNamesWhatHelps: only campaigns at their planned read and trusted can be pooled, and the sentence says whether
// they are enough.
func TestPoolNamesWhatHelps(t *testing.T) {
	t.Parallel()
	later, broken := kindOf(300, 60, 150, 15), kindOf(300, 60, 150, 15)
	later.PlannedEndReached, broken.SRMOK = false, false
	others := []lift.VerdictInput{kindOf(320, 70, 160, 18), later, broken, kindOf(280, 58, 140, 14)}
	names := []string{"winback-180", "winback-later", "winback-broken", "winback-365"}
	p := lift.PoolWith(kindOf(300, 60, 150, 15), others, names)
	if want := "It can be read together with winback-180 and winback-365: with 450 comparison customers and 78 expected comparison buyers in all that is enough for a verdict."; p.Sentence("en") != want {
		t.Errorf("%q", p.Sentence("en"))
	}
	short := lift.PoolWith(kindOf(50, 6, 25, 2), others[3:], names[3:])
	if want := "Das Urteil lässt sich gemeinsam lesen mit winback-365: Zusammen sind das 165 Kunden und 26 erwartete Käufer im Vergleich; noch nötig: 35 Kunden im Vergleich."; short.Sentence("de") != want {
		t.Errorf("%q", short.Sentence("de"))
	}
	if got := lift.PoolWith(kindOf(50, 6, 25, 2), others[1:3], names[1:3]).Sentence("en"); got != "" {
		t.Errorf("nothing to pool with: %q", got)
	}
}
