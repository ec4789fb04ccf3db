package report

import (
	"math"

	"treue/campaigns/assign"
	"treue/campaigns/lift"
)

// companions are the same effect read in other ways: less noisy, and without the largest amounts. They never decide.
func (w writer) companions() []Block {
	r := w.r
	if !r.Shown() {
		return nil
	}
	t := &Table{Columns: []Column{
		{w.say("Lesart", "Reading"), false}, {w.say("je Kunde", "per customer"), true}, {w.say("Spanne", "Range"), true}, {w.say("Was daran anders ist", "What differs"), false},
	}}
	row := func(name string, e lift.Estimate, note string) {
		if !e.Defined() {
			t.Rows = append(t.Rows, []string{name, "–", "–", note})
			return
		}
		t.Rows = append(t.Rows, []string{name, w.Gain(e.Diff), w.Range(w.Money(e.PrintLow), w.Money(e.PrintHigh)), note})
	}
	row(w.say("Roh", "Raw"), r.Estimate, w.say("worauf das Urteil beruht", "what the verdict rests on"))
	adjusted := w.say("es fehlt, was vor der Auslosung bekannt war", "what was known before the draw is missing")
	if a := &r.Adjusted; a.Defined() {
		adjusted = w.say("um Vorwissen bereinigt: %s weniger Streuung, %s Schichten", "adjusted for what was known before: %s less variance, %s strata",
			w.Rate(math.Max(0, a.Reduction)), w.Count(int64(a.Strata)))
		if a.Alarm {
			adjusted = lift.AdjustedSentence(*a, w.Language, w.Currency)
		}
	}
	row(w.say("Bereinigt", "Adjusted"), r.Adjusted.Estimate, unbroken(adjusted))
	if c := r.Capped; c != nil {
		row(w.say("Gekappt", "Capped"), c.Estimate, w.say("Beträge über %s gekappt, %s Kunden; die Grenze stand vor dem Start fest",
			"amounts above %s cut, %s customers; the limit was fixed before the start", w.Money(c.Cap), w.Count(c.Customers)))
	}
	return []Block{heading(w.say("Gegenproben", "Cross-checks")), {Kind: Grid, Table: t}}
}

// overlap is what other campaigns over the same customers did to the effect.
func (w writer) overlap() []Block {
	others := w.r.Interactions()
	if !w.r.Shown() || len(others) == 0 {
		return nil
	}
	t := &Table{Columns: []Column{
		{w.say("Andere Kampagne", "Other campaign"), false},
		{w.say("Gemeinsame Kunden", "Customers in common"), true},
		{w.say("Wirkung mit ihr statt ohne (Spanne)", "Effect with it rather than without (range)"), true},
		{"q", true},
	}}
	for _, o := range others {
		row := []string{o.Campaign, w.Count(o.Customers), w.say("unter 500 Kunden in einer Gruppe", "fewer than 500 customers in a group"), "–"}
		if e := o.Effect; e != nil {
			low, high := e.Limits(1 - w.r.Level)
			row[2], row[3] = w.Gain(e.Difference)+" ("+w.Range(w.Money(low), w.Money(high))+")", w.QValue(o.Q)
		}
		t.Rows = append(t.Rows, row)
	}
	return []Block{
		heading(w.say("Zugleich in anderen Kampagnen", "In other campaigns at the same time")),
		{Kind: Grid, Table: t},
		text(Note, w.say("Jede Kampagne lost für sich: Die andere trifft beide Gruppen gleich und verzerrt nichts. Die Frage ist, ob beide zusammen anders wirken als jede allein (unter q = 0,10 ja).",
			"Every campaign draws on its own: the other one meets both groups alike and biases nothing. The question is whether both together work differently from each alone (below q = 0.10 they do).")),
	}
}

// method says how the figures came about, so that somebody else can repeat them.
func (w writer) method() []Block {
	r, c := w.r, w.r.Campaign
	rows := [][]string{
		{w.say("Gerechnet in", "Computed in"), w.basis(), w.say("nach Erstattungen, abzüglich der Mailkosten", "after refunds, less the cost of mail")},
		{
			w.say("Fenster", "Window"), w.say("%s Tage", "%s days", w.Count(int64(r.WindowDays))),
			w.say("ab der Auslosung, für beide Gruppen gleich; Frist für Rücksendungen: %s Tage", "from the draw, the same for both groups; time for returns: %s days", w.Count(int64(c.Grace))),
		},
	}
	if r.External() {
		rows = append(rows, []string{
			w.say("Gruppen", "Groups"), w.say("von einem anderen Werkzeug", "by another tool"),
			w.say("wie sie ausgelost wurden, steht nicht in den Daten; die erste Zuordnung eines Kunden zählt", "how they were drawn is not in the data; the first exposure of a customer counts"),
		})
	} else {
		rows = append(rows,
			[]string{w.say("Regel", "Rule"), w.draw(), rule(c)},
			[]string{
				w.say("Vergleichsgruppe", "Comparison group"), w.Percent(c.Holdout),
				w.say("jeder zählt in der Gruppe, in die er gelost wurde, ob die Mail ankam oder nicht", "everybody counts in the group they were drawn into, whether the mail arrived or not"),
			},
			[]string{
				w.say("Los", "Draw"), assign.CampaignSalt(c.Key, r.Split),
				w.say("SHA-256 aus diesem Salz, einem Doppelpunkt und der Kundennummer; jeder kann das Los nachrechnen",
					"SHA-256 of this salt, a colon and the customer number; anybody can repeat the draw"),
			})
	}
	rows = append(rows, []string{
		w.say("Sicherheit", "Confidence"), w.Percent(r.Level), w.levelNote(),
	})
	if k := r.Kept; k != nil {
		rows = append(rows, []string{
			w.say("Stand", "As of"), w.say("Revision %d", "revision %d", k.Number),
			w.Moment(k.AsOf) + w.say("; unveränderlich, Prüfsumme ", "; never changed, checksum ") + k.Hash[:min(16, len(k.Hash))],
		})
	}
	rows = append(rows, []string{
		w.say("Nachrechnen", "Compute again"), "–", w.say("`treue report %s --format csv` schreibt jede Zahl dieser Seite", "`treue report %s --format csv` writes every figure of this page", c.Key),
	})
	b := w.facts(Facts, rows...)
	b.Text, b.Fold = w.say("Wie gerechnet wurde", "How it was computed"), true
	return []Block{b}
}
