package report

import (
	"strings"

	"treue/campaigns"
	"treue/campaigns/lift"
	"treue/engine"
)

// KindName names a kind of campaign.
func (l Locale) KindName(k campaigns.Kind) string {
	switch k {
	case campaigns.Winback:
		return l.say("Zurückgewinnen", "Win-back")
	case campaigns.Loyalty:
		return l.say("Treue", "Loyalty")
	case campaigns.Crosssell:
		return l.say("Passendes dazu", "Cross-sell")
	case campaigns.External:
		return l.say("Anderswo gelaufen", "Ran elsewhere")
	}
	return string(k)
}

// Together is the section of all campaigns read together: their intervals side by side, what they are worth as one
// programme, and a verdict per kind.
func Together(reports []engine.Report, p *engine.Portfolio, o Options) Section {
	s := Section{Title: o.say("Alle Kampagnen zusammen", "All campaigns together")}
	s.add(o.sum(p)...)
	if len(reports) > 0 {
		s.add(heading(o.say("Wirkung je Kunde", "Effect per customer")), forest(reports, o))
		s.add(text(Note, o.say("Der Balken ist die Spanne, in der die Wahrheit liegen dürfte; berührt er die Null, ist nichts bewiesen.",
			"The bar is the range in which the truth should lie; where it touches zero, nothing is proven.")))
		if len(o.Truth) > 0 {
			s.add(text(Note, o.say("◆ Eingebaute Wirkung: was die Kampagne in diesem erfundenen Laden wirklich bringt.", "◆ Planted effect: what the campaign is truly worth in this invented shop.")))
		}
	}
	s.add(o.kinds(p)...)
	s.add(o.selected(p)...)
	return s
}

// sum is what the campaigns are worth as one programme, if there are several.
func (o Options) sum(p *engine.Portfolio) []Block {
	if len(p.Kinds) == 0 {
		return nil // campaigns that ran elsewhere are no programme
	}
	if len(p.Lines)-p.Undefined < 2 {
		blocks := []Block{text(Sentence, o.say("Noch haben nicht zwei Kampagnen ein Urteil; zusammen gelesen werden sie ab der zweiten.",
			"There are not two campaigns with a verdict yet; they are read together from the second on."))}
		if rows := o.holdout(); rows != nil {
			blocks = append(blocks, o.facts(Facts, rows...))
		}
		return blocks
	}
	alpha := lift.Alpha(false)
	low, high := p.Portfolio.Shrunken.Limits(alpha)
	rawLow, rawHigh := p.Raw.Limits(alpha)
	span := Span{Value: p.Portfolio.Shrunken.Effect, Low: low, High: high, Level: 1 - alpha}
	sentence := o.say("Zusammen haben %s Kampagnen am ehesten %s gebracht; mit %s Sicherheit sind es %s bis %s.",
		"Together %s campaigns most likely brought %s; the %s range is %s to %s.", o.Count(int64(len(p.Lines)-p.Undefined)), o.Whole(span.Value), o.Percent(span.Level), o.total(low), o.total(high))
	if !span.Proven() {
		sentence = o.say("Zusammen ist von %s bis %s alles möglich (mit %s Sicherheit): Für das Ganze ist das noch kein Beweis.",
			"Together anything from %s to %s is possible (%s range): for the whole, that is not yet proof.", o.total(low), o.total(high), o.Percent(span.Level))
	}
	rows := [][]string{
		{o.say("Zusammen, ausgeglichen", "Together, evened out"), o.Whole(span.Value), o.Range(o.total(low), o.total(high)) +
			o.say("; jede Kampagne ist zum Mittel aller gezogen, je unsicherer, desto weiter", "; every campaign is drawn towards the mean of all, the further the less certain it is")},
		{o.say("Einfache Summe", "Plain sum"), o.Whole(p.Raw.Effect), o.Range(o.total(rawLow), o.total(rawHigh)) +
			o.say("; nimmt jede Zahl, wie sie kam, mit Glück und Pech", "; takes every figure as it came, with its luck, good or bad")},
	}
	blocks := []Block{text(Sentence, sentence), o.facts(Facts, append(rows, o.holdout()...)...)}
	if len(p.LeftOut) > 0 {
		blocks = append(blocks, text(Note, o.say("Gerechnet in %s. Anders gerechnet und in keiner Summe: %s.", "Computed in %s. Computed otherwise and in no sum: %s.",
			o.basisName(p.Basis), o.names(p.LeftOut))))
	}
	return blocks
}

// names are the names of some campaigns.
func (o Options) names(reports []*engine.Report) string {
	names := make([]string, len(reports))
	for i, r := range reports {
		names[i] = r.Campaign.Name
	}
	return strings.Join(names, ", ")
}

// holdout compares what the campaigns claim of a quarter with what the global holdout confirms of it.
func (o Options) holdout() [][]string {
	p := o.Programme
	if p == nil {
		return nil
	}
	title := o.say("Lücke zur globalen Vergleichsgruppe", "Gap to the global holdout")
	if p.Missing != "" {
		return [][]string{{title, "–", o.noHoldout(p)}}
	}
	g := &p.Gap
	claimed, confirmed := o.measured(g.Claimed), o.measured(g.Confirmed)
	meaning := o.say("kann Zufall sein", "may be chance")
	if g.Shown {
		meaning = o.say("mehr als Zufall: Kampagnen nehmen einander Bestellungen weg", "more than chance: campaigns take each other's orders")
	}
	return [][]string{
		{o.say("Im Quartal %s, laut Kampagnen", "In the quarter %s, by the campaigns", p.Period), o.Whole(g.Claimed.Effect), claimed},
		{o.say("Davon bestätigt die globale Vergleichsgruppe", "Of that the global holdout confirms"), o.Whole(g.Confirmed.Effect), confirmed},
		{title, o.Whole(g.Value), o.Range(o.total(g.Low), o.total(g.High)) + "; " + meaning},
	}
}

// measured is the range of a total.
func (o Options) measured(m lift.Measured) string {
	low, high := m.Limits(lift.Alpha(false))
	return o.Range(o.total(low), o.total(high))
}

// noHoldout says why nothing stands against the campaigns' sum.
func (o Options) noHoldout(p *engine.Programme) string {
	switch p.Missing {
	case engine.NoHoldout:
		return o.say("es gibt keine globale Vergleichsgruppe (global_holdout)", "there is no global holdout (global_holdout)")
	case engine.NoCampaigns:
		return o.say("im Quartal %s ist niemand in eine Kampagne eingetreten", "nobody entered a campaign in the quarter %s", p.Period)
	case engine.HoldoutLeft:
		return o.say("die globale Vergleichsgruppe wurde im Quartal %s geändert", "the global holdout was changed in the quarter %s", p.Period)
	case lift.NotMatured:
		return o.say("das erste volle Quartal ist am %s auswertbar", "the first full quarter can be read on %s", o.Date(p.KnownOn))
	}
	return o.say("im Quartal %s zu wenige Kunden", "too few customers in the quarter %s", p.Period)
}

// kinds are the verdicts on all campaigns of a kind.
func (o Options) kinds(p *engine.Portfolio) []Block {
	t := &Table{Columns: []Column{{o.say("Art", "Kind"), false}, {o.say("Kampagnen", "Campaigns"), true}, {o.say("Urteil", "Verdict"), false}}}
	for i := range p.Kinds {
		k := &p.Kinds[i]
		t.Rows = append(t.Rows, []string{o.KindName(k.Kind), o.Count(int64(len(k.Reports))), unbroken(k.Sentence(o.Language, o.Currency))})
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return []Block{heading(o.say("Je Art", "By kind")), {Kind: Grid, Table: t}}
}

// selected are the campaigns that stand out even though many were looked at.
func (o Options) selected(p *engine.Portfolio) []Block {
	if len(p.Lines)-p.Undefined < 2 {
		return nil
	}
	limits := o.say("Spanne je Kunde", "Range per customer")
	if p.Selection.Level > 0 {
		limits = o.say("Spanne je Kunde, %s", "%s range per customer", o.Percent(p.Selection.Level))
	}
	t := &Table{Columns: []Column{
		{o.say("Kampagne", "Campaign"), false},
		{o.say("q-Wert", "q value"), true},
		{o.say("unter vielen bestätigt", "confirmed among many"), false},
		{limits, true},
	}}
	for i := range p.Lines {
		line := &p.Lines[i]
		name := Options{Locale: o.Locale}.name(p.Reports[i])
		row := []string{name, o.QValue(line.Q), o.say("nein", "no"), "–"}
		if line.Selected && SpanOf(p.Reports[i]).Proven() { // what stands out among many and is not proven alone stays unproven
			row[2], row[3] = o.say("ja", "yes"), o.Range(o.Money(line.FCR.PrintLow), o.Money(line.FCR.PrintHigh))
		}
		t.Rows = append(t.Rows, row)
	}
	return []Block{
		heading(o.say("Unter vielen", "Among many")),
		{Kind: Grid, Table: t},
		text(Note, o.say("Wer viele Kampagnen ansieht, findet immer eine gute. Unter den bestätigten sind im Mittel höchstens %s falsche.",
			"Who looks at many campaigns always finds a good one. Of those confirmed at most %s are wrong on average.", o.Percent(lift.FalseDiscoveryRate))),
	}
}
