package lift

import (
	"fmt"
	"math"
	"strings"
)

// noteWords are the phrases beside a verdict in one language; figures come in the order of the comments.
type noteWords struct {
	relative     string // change, low, high, level
	attributable string // share
	noRelative   map[Reason]string
	adjusted     string // difference, level, low, high, variance removed
	alarm        string // gap
	cut          string // cap, customers, difference, level, low, high
	kappa        string // campaigns, share
	kappaNothing string // campaigns
	kappaFew     string // campaigns, needed
	kappaUnsure  string // campaigns
	pool         string // campaigns
	poolEnough   string // customers, buyers
	poolShort    string // customers, buyers, missing
}

func englishNotes() noteWords {
	return noteWords{
		relative:     "That is %s against the comparison group (%s to %s, %s range)",
		attributable: "; %s of what the mailed customers brought comes from the campaign",
		noRelative: map[Reason]string{
			ZeroBaseline:      "No percentage: the comparison group brought nothing to relate to.",
			UncertainBaseline: "No percentage: what the comparison group brings is too uncertain to relate to.",
		},
		adjusted: "Adjusted for what was known before: %s per customer (%s range %s to %s), with %s less variance.",
		alarm: "The groups already differed before the campaign, by %s per customer, more than chance explains: " +
			"do not rely on the adjusted figure before that is understood.",
		cut:          "With amounts above %s cut (%s customers): %s per customer (%s range %s to %s).",
		kappa:        "%s finished campaigns of this kind really earned at least %s of what was projected: so much of the projection counts.",
		kappaNothing: "%s finished campaigns of this kind do not prove that any of the projection came true: none of it counts.",
		kappaFew:     "Of this kind %s of the %s campaigns have finished that it takes before a projection counts: none of it counts yet.",
		kappaUnsure:  "%s finished campaigns of this kind projected no certain gain: none of a projection counts.",
		pool:         "It can be read together with %s",
		poolEnough:   ": with %s comparison customers and %s expected comparison buyers in all that is enough for a verdict.",
		poolShort:    ": that makes %s comparison customers and %s expected comparison buyers in all; still needed: %s.",
	}
}

func germanNotes() noteWords {
	return noteWords{
		relative:     "Das sind %s gegenüber dem Vergleich (%s bis %s, mit %s Sicherheit)",
		attributable: "; %s dessen, was die Angeschriebenen brachten, kommen von der Kampagne",
		noRelative: map[Reason]string{
			ZeroBaseline:      "Keine Prozentangabe: Der Vergleich brachte nichts, worauf sie sich beziehen könnte.",
			UncertainBaseline: "Keine Prozentangabe: Was der Vergleich bringt, ist zu unsicher, um sich darauf zu beziehen.",
		},
		adjusted: "Bereinigt um das, was vorher bekannt war: %s je Kunde (mit %s Sicherheit %s bis %s), mit %s weniger Streuung.",
		alarm: "Die Gruppen unterschieden sich schon vor der Kampagne, um %s je Kunde und mehr, als Zufall erklärt: " +
			"Auf die bereinigte Zahl ist kein Verlass, bis das geklärt ist.",
		cut:          "Mit Beträgen über %s gekappt (%s Kunden): %s je Kunde (mit %s Sicherheit %s bis %s).",
		kappa:        "%s beendete Kampagnen dieser Art brachten mindestens %s des Erwarteten wirklich ein: So viel davon zählt.",
		kappaNothing: "%s beendete Kampagnen dieser Art belegen nicht, dass vom Erwarteten etwas eintrat: Nichts davon zählt.",
		kappaFew:     "Von dieser Art sind %s der %s Kampagnen beendet, die es braucht, bis Erwartetes zählt: Noch zählt nichts davon.",
		kappaUnsure:  "%s beendete Kampagnen dieser Art ließen keinen sicheren Gewinn erwarten: Nichts davon zählt.",
		pool:         "Das Urteil lässt sich gemeinsam lesen mit %s",
		poolEnough:   ": Zusammen reichen %s Kunden und %s erwartete Käufer im Vergleich für ein Urteil.",
		poolShort:    ": Zusammen sind das %s Kunden und %s erwartete Käufer im Vergleich; noch nötig: %s.",
	}
}

func noteWriter(language, isoCurrency string) (writer, noteWords) {
	w, _ := planWriter(language, isoCurrency)
	if german(language) {
		return w, germanNotes()
	}
	return w, englishNotes()
}

// RelativeSentence says the effect as a percentage of control, and the share of the treated arm's outcome that the
// campaign caused, where [Attributable] gives one. The two are never the same figure.
func RelativeSentence(e Estimate, attributable float64, language string) string {
	w, n := noteWriter(language, "")
	if e.Relative == nil {
		return n.noRelative[e.RelativeMissing]
	}
	r := e.Relative
	text := fmt.Sprintf(n.relative, signed(r.Value, w.percent(r.Value)), w.percent(r.Low), w.percent(r.High), w.level(e.Level))
	if attributable > 0 {
		text += fmt.Sprintf(n.attributable, w.percent(attributable))
	}
	return text + "."
}

// AdjustedSentence says the adjusted effect or, on an alarm, why not to use it; "" if there is none.
func AdjustedSentence(a Adjusted, language, isoCurrency string) string {
	w, n := noteWriter(language, isoCurrency)
	switch {
	case !a.Defined():
		return ""
	case a.Alarm:
		return fmt.Sprintf(n.alarm, w.money(math.Abs(a.Gap)))
	}
	return fmt.Sprintf(n.adjusted, signed(a.Diff, w.money(a.Diff)), w.level(a.Level), w.money(a.PrintLow), w.money(a.PrintHigh),
		w.percent(math.Max(0, a.Reduction)))
}

// CappedSentence says the effect with large amounts cut; "" if there is none.
func CappedSentence(c CappedEstimate, language, isoCurrency string) string {
	if !c.Defined() {
		return ""
	}
	w, n := noteWriter(language, isoCurrency)
	return fmt.Sprintf(n.cut, w.money(c.Cap), FormatNumber(float64(c.Customers), 0, language), signed(c.Diff, w.money(c.Diff)),
		w.level(c.Level), w.money(c.PrintLow), w.money(c.PrintHigh))
}

// KappaSentence says how much of a projection counts and why.
func KappaSentence(r Realised, language string) string {
	w, n := noteWriter(language, "")
	campaigns := FormatNumber(float64(r.Campaigns), 0, language)
	switch {
	case r.Missing == TooFewCampaigns:
		return fmt.Sprintf(n.kappaFew, campaigns, FormatNumber(minKappaCampaigns, 0, language))
	case r.Missing != "":
		return fmt.Sprintf(n.kappaUnsure, campaigns)
	case r.Kappa == 0:
		return fmt.Sprintf(n.kappaNothing, campaigns)
	}
	return fmt.Sprintf(n.kappa, campaigns, w.level(r.Kappa))
}

// Pool is what a campaign with too few customers can be read together with.
type Pool struct {
	Campaigns     []string // names, without the campaign itself
	Control       int64    // control customers of all, the campaign's included
	ControlBuyers float64  // expected, likewise
}

// PoolWith is the pool of a campaign and the others of its kind; names are those of the others, in their order. Those
// that are not trusted or not at their planned read cannot be pooled.
func PoolWith(campaign VerdictInput, others []VerdictInput, names []string) Pool {
	p := Pool{Control: campaign.Control.N, ControlBuyers: campaign.ExpectedControlBuyers()}
	for i, o := range others {
		if !o.SRMOK || !o.Reconciled || !o.PlannedEndReached {
			continue
		}
		p.Campaigns = append(p.Campaigns, names[i])
		p.Control += o.Control.N
		p.ControlBuyers += o.ExpectedControlBuyers()
	}
	return p
}

// Sentence names the pool and whether it is enough for a verdict; "" without others.
func (p Pool) Sentence(language string) string {
	if len(p.Campaigns) == 0 {
		return ""
	}
	w, n := noteWriter(language, "")
	last := len(p.Campaigns) - 1
	names := p.Campaigns[last]
	if last > 0 {
		names = strings.Join(p.Campaigns[:last], ", ") + w.words.and + names
	}
	text := fmt.Sprintf(n.pool, names)
	control := FormatNumber(float64(p.Control), 0, language)
	buyers := FormatNumber(math.Floor(p.ControlBuyers+countSlack), 0, language)
	needs := poolNeeds(p.Control, p.ControlBuyers)
	if needs == (Needs{}) {
		return text + fmt.Sprintf(n.poolEnough, control, buyers)
	}
	return text + fmt.Sprintf(n.poolShort, control, buyers, w.needs(needs))
}

// percent writes a fraction with at most one decimal, fewer where it would pretend.
func (w writer) percent(fraction float64) string {
	decimals := 0
	if math.Abs(fraction) < 0.1 {
		decimals = 1
	}
	return FormatNumber(100*fraction, decimals, w.language) + " %"
}
