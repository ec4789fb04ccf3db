package report

import (
	"math"
	"time"

	"treue/campaigns"
	"treue/campaigns/lift"
)

// trust is what a reader may doubt first: whether the arms are what was drawn, whether the windows are over, and whether
// an effect could have been seen at all.
func (w writer) trust() []Block {
	r := w.r
	ratio := []string{w.say("Gruppengrößen", "Group sizes"), w.say("wie ausgelost", "as drawn"), ""}
	switch {
	case !r.SRMOK:
		ratio[1] = w.say("passen nicht", "do not fit")
	case r.External() && math.IsNaN(r.SRM):
		ratio[1] = w.say("nicht prüfbar", "cannot be checked")
		ratio[2] = w.say("mit welchen Anteilen ausgelost wurde, steht nicht in den Daten", "the shares of the draw are not in the data")
	}
	if !math.IsNaN(r.SRM) {
		ratio[2] = w.say("%s; unter 0,001 zählt kein Ergebnis", "%s; below 0.001 no result counts", w.PValue(r.SRM))
	}
	rows := [][]string{ratio}
	if !r.External() {
		rows = append(rows, w.reconciled())
	}
	rows = append(rows, w.windows())
	if r.Estimate.Defined() && r.Estimate.MDE > 0 && r.Verdict.Code != lift.NotTrustworthy {
		rows = append(rows, []string{
			w.say("Kleinste sichtbare Wirkung", "Smallest visible effect"), w.Money(r.Estimate.MDE),
			w.say("je Kunde; eine kleinere wäre uns meist entgangen", "per customer; a smaller one we would mostly have missed"),
		})
	}
	if row := w.anyDay(); row != nil {
		rows = append(rows, row)
	}
	if row := w.shared(); row != nil {
		rows = append(rows, row)
	}
	return []Block{heading(w.say("Ist dem zu trauen?", "Can it be trusted?")), w.facts(Strip, rows...)}
}

// reconciled is the exact check that no test of sizes replaces.
func (w writer) reconciled() []string {
	value := w.say("stimmt", "agrees")
	if !w.r.Reconciled {
		value = w.say("widerspricht sich", "contradicts itself")
	}
	return []string{
		w.say("Nachgezählt", "Counted again"), value,
		w.say("jedes Los neu gezogen; keine Mail an die Vergleichsgruppe", "every draw repeated; no mail to the comparison group"),
	}
}

// windows is how many windows are over and when the next read comes.
func (w writer) windows() []string {
	r := w.r
	note := w.say("%s Tage je Kunde, dazu die Frist für Rücksendungen", "%s days per customer, plus the time for returns", w.Count(int64(r.WindowDays)))
	if next := w.nextRead(); next != "" {
		note += "; " + next
	}
	return []string{w.say("Abgeschlossene Fenster", "Windows over"), w.Percent(r.Verdict.MaturedShare), note}
}

// nextRead says when there will be more to read; "" if nothing is planned.
func (w writer) nextRead() string {
	r := w.r
	if k := r.Verdict.KnownOn; !k.IsZero() {
		return w.say("Urteil am %s", "verdict on %s", w.Date(k))
	}
	if len(r.Campaign.Reads) > 1 && r.Realised == nil && !r.Arms[0].FirstAt.IsZero() {
		last := r.Campaign.Reads[len(r.Campaign.Reads)-1]
		late := campaigns.SameLocalTime(r.PlannedFor, last-campaigns.Days(r.WindowDays), r.Campaign.Zone)
		return w.say("zweiter Blick nach %s Tagen: %s", "second read after %s days: %s", w.Count(int64(last)), w.Date(late))
	}
	var next time.Time
	for i := range r.Arms {
		if n := r.Arms[i].NextMatures; n != nil && (next.IsZero() || n.Before(next)) {
			next = *n
		}
	}
	if next.IsZero() {
		return ""
	}
	return w.say("das nächste endet am %s", "the next ends on %s", w.Date(next))
}

// anyDay is the interval that may be read on any day.
func (w writer) anyDay() []string {
	r := w.r
	s, ok := r.AnyDay()
	if !ok || !r.Shown() {
		return []string{w.say("Sicherheit", "Confidence"), w.Percent(r.Level), w.levelNote()}
	}
	return []string{
		w.say("An jedem Tag gültig", "Valid on any day"), w.Range(w.Money(s.Low), w.Money(s.High)),
		w.say("Spanne je Kunde mit %s Sicherheit, wie oft man auch hinsieht", "%s range per customer, however often one looks", w.Percent(s.Level)),
	}
}

func (w writer) levelNote() string {
	if w.r.External() {
		return w.say("für einen einzigen Blick", "for a single look")
	}
	return w.say("für den geplanten Blick; 1\u00a0%% ist für frühere aufgehoben", "for the planned read; 1\u00a0%% is kept for earlier looks")
}

// shared says how many of the customers other campaigns have, too.
func (w writer) shared() []string {
	if w.r.External() || w.r.Verdict.Code == lift.NotTrustworthy {
		return nil
	}
	others, worried := w.r.Interactions(), 0
	var most int64
	for _, o := range others {
		most = max(most, o.Customers)
		if o.Effect != nil && o.Q < lift.FalseDiscoveryRate {
			worried++
		}
	}
	label := w.say("Andere Kampagnen", "Other campaigns")
	switch {
	case len(others) == 0:
		return []string{label, w.say("keine", "none"), w.say("kein Kunde steckte zugleich in einer anderen", "no customer was in another at the same time")}
	case worried > 0:
		return []string{label, w.say("stören", "interfere"), w.say("%s verändern die Wirkung; siehe unten", "%s change the effect; see below", w.Count(int64(worried)))}
	}
	return []string{
		label, w.say("stören nicht", "do not interfere"),
		w.say("%s zugleich, mit höchstens %s gemeinsamen Kunden; beide Gruppen trifft es gleich", "%s at the same time, with at most %s customers in common; both groups alike",
			w.Count(int64(len(others))), w.Count(most)),
	}
}
