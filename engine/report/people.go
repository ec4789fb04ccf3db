package report

import (
	"slices"
	"strings"

	"treue/campaigns"
	"treue/campaigns/assign"
	"treue/campaigns/lift"
	"treue/engine"
	"treue/engine/chart"
	"treue/engine/store"
)

// arm is the name of an arm.
func (w writer) arm(name string) string {
	switch name {
	case string(assign.Control):
		return w.say("Vergleichsgruppe", "Comparison group")
	case string(assign.Treated):
		return w.say("Mit Mail", "With mail")
	}
	return name // a variant's own
}

// people are who is in it: the way from the rule to the buyers, and both arms in counts.
func (w writer) people() []Block {
	blocks := []Block{heading(w.say("Wer dabei ist", "Who is in it"))}
	if steps := w.steps(); len(steps) > 0 {
		rows := make([][]string, len(steps))
		for i, s := range steps {
			rows[i] = []string{s.Name, s.Count}
		}
		alt := w.say("Vom Treffer der Regel bis zum Käufer: ", "From the rule's match to the buyer: ") + joined(rows)
		blocks = append(blocks, Block{
			Kind: Picture, Draw: func(width float64) chart.Drawing { return chart.Funnel{Steps: steps, Alt: alt}.Draw(width) },
			Table: &Table{Columns: []Column{{w.say("Schritt", "Step"), false}, {w.say("Kunden", "Customers"), true}}, Rows: rows},
		})
	}
	blocks = append(blocks, w.arms())
	if w.r.Shown() {
		blocks = append(blocks, text(Note, w.say("Gezählt, nicht gedeutet: Ob der Unterschied mehr als Zufall ist, sagt allein die Spanne.",
			"Counted, not judged: whether the difference is more than chance, the range alone tells.")))
	}
	return blocks
}

func joined(rows [][]string) string {
	parts := make([]string, len(rows))
	for i, r := range rows {
		parts[i] = strings.Join(r, " ")
	}
	return strings.Join(parts, "; ")
}

// steps are the funnel: matched, stopped by each gate, drawn into an arm, reached, and how many of those bought.
func (w writer) steps() []chart.Step {
	r, f := w.r, &w.r.Evidence.Funnel
	var steps []chart.Step
	add := func(name string, n int64, tone chart.Tone, soft, inset bool) {
		steps = append(steps, chart.Step{Name: name, Count: w.Count(n), N: float64(n), Tone: tone, Soft: soft, Inset: inset})
	}
	if f.Matched > 0 && !r.External() { // another tool chose them, by what rule nobody knows
		add(w.say("Passen zur Regel", "Match the rule"), f.Matched, chart.Ink, false, false)
		for _, gate := range stopped(f) {
			add(w.gate(gate), f.Stopped[gate], chart.Quiet, true, true)
		}
		if f.Others > 0 {
			add(w.say("in einer anderen Auslosung", "in another draw"), f.Others, chart.Quiet, true, true)
		}
	}
	for i := range r.Arms {
		a, tone := &r.Arms[i], chart.Quiet
		if i == 1 {
			tone = chart.Accent
		}
		c := r.Conduct(a.Arm)
		add(w.arm(a.Arm), a.Assigned, tone, false, false)
		if !r.External() && i == 1 {
			add(w.say("von einer Mail erreicht", "reached by a mail"), c.Reached, tone, false, true)
		}
		if !r.External() && i == 0 {
			add(w.say("Mail bewusst zurückgehalten", "mail kept back on purpose"), c.Reached, tone, false, true)
		}
		if r.Shown() {
			add(w.say("davon Käufer (Fenster abgeschlossen)", "buyers among them (window over)"), a.Buyers, tone, false, true)
		}
	}
	return steps
}

// stopped are the gates that stopped anybody, in the order in which they stand.
func stopped(f *store.Funnel) []string {
	order := []string{
		"consent", "suppressed", "objection", "paused", "topic", "global_holdout", "reentry", "cooldown", "frequency_cap", "budget", "coupon_stock", "arbitration",
	}
	var gates []string
	for gate := range f.Stopped {
		gates = append(gates, gate)
	}
	slices.SortFunc(gates, func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) })
	return gates
}

// gate names what stopped a customer.
func (w writer) gate(outcome string) string {
	switch outcome {
	case "consent":
		return w.say("ohne gültige Einwilligung", "without valid consent")
	case "suppressed":
		return w.say("abgemeldet oder gesperrt", "unsubscribed or suppressed")
	case "objection":
		return w.say("Widerspruch gegen Profilbildung", "objected to profiling")
	case "paused":
		return w.say("Mails pausiert", "mails paused")
	case "topic":
		return w.say("Thema abgewählt", "topic not wanted")
	case "global_holdout":
		return w.say("in der globalen Vergleichsgruppe", "in the global holdout")
	case "reentry", "cooldown":
		return w.say("noch in der Ruhezeit", "still in the cooldown")
	case "frequency_cap":
		return w.say("schon genug Mails bekommen", "had enough mail already")
	case "budget":
		return w.say("Budget oder Tagesmenge erschöpft", "budget or daily pace used up")
	case "coupon_stock":
		return w.say("keine Codes mehr", "no codes left")
	case "arbitration":
		return w.say("eine andere Kampagne ging vor", "another campaign came first")
	case "left":
		return w.say("passen nicht mehr", "no longer match")
	}
	return outcome
}

// arms is the table of both arms: what was counted, not what it means.
func (w writer) arms() Block {
	t := &Table{Caption: w.say("Beide Gruppen", "Both groups"), Columns: []Column{
		{w.say("Gruppe", "Group"), false}, {w.say("Ausgelost", "Drawn"), true}, {w.say("Abgeschlossen", "Matured"), true}, {w.say("Offen", "Open"), true},
	}}
	departed := w.r.Arms[0].Departed+w.r.Arms[1].Departed > 0
	if departed {
		t.Columns = append(t.Columns, Column{w.say("Gelöscht", "Departed"), true})
	}
	if w.r.Shown() {
		t.Columns = append(t.Columns, Column{w.say("Käufer", "Buyers"), true}, Column{w.say("Bestellungen", "Orders"), true}, Column{w.basis(), true},
			Column{w.say("Je Kunde, nach Kosten", "Per customer, after cost"), true})
	}
	for i := range w.r.Arms {
		a := &w.r.Arms[i]
		row := []string{w.arm(a.Arm), w.Count(a.Assigned), w.Count(a.Matured), w.Count(a.Pending())}
		if departed {
			row = append(row, w.Count(a.Departed))
		}
		if w.r.Shown() {
			perHead := "–"
			if a.Sums.N > 0 {
				perHead = w.Money(a.Sums.Mean())
			}
			row = append(row, w.Count(a.Buyers), w.Count(a.Orders), w.Money(a.Value), perHead)
		}
		t.Rows = append(t.Rows, row)
	}
	return Block{Kind: Grid, Table: t}
}

// basis is what amounts are.
func (w writer) basis() string { return w.basisName(w.r.Basis) }

func (l Locale) basisName(basis string) string {
	if basis == "margin" {
		return l.say("Deckungsbeitrag", "Margin")
	}
	return l.say("Umsatz", "Revenue")
}

// conduct is what the arms got and how they behaved beside buying more or less.
func (w writer) conduct() []Block {
	r := w.r
	if len(r.Evidence.Conduct) == 0 {
		return nil
	}
	control, treated := r.Conduct(r.Arms[0].Arm), r.Conduct(r.Arm)
	t := &Table{Columns: []Column{
		{w.say("Größe", "Figure"), false}, {w.arm(control.Arm), true}, {w.arm(treated.Arm), true}, {w.say("Unterschied (Spanne)", "Difference (range)"), true},
	}}
	perHead := func(label string, count func(*store.Conduct) int64) {
		head := func(c *store.Conduct) string {
			return w.Decimal(float64(count(c))/float64(max(1, c.Customers)), 2)
		}
		if count(&control)+count(&treated) > 0 {
			t.Rows = append(t.Rows, []string{label, head(&control), head(&treated), ""})
		}
	}
	if !r.External() {
		perHead(w.say("Mails dieser Kampagne je Kopf", "Mails of this campaign per head"), func(c *store.Conduct) int64 { return c.Mails })
		perHead(w.say("Zurückgehaltene Mails je Kopf", "Mails kept back per head"), func(c *store.Conduct) int64 { return c.Ghosts })
	}
	perHead(w.say("Mails anderer Kampagnen je Kopf", "Mails of other campaigns per head"), func(c *store.Conduct) int64 { return c.OtherMails })
	perHead(w.say("Mails anderer Werkzeuge je Kopf", "Mails of other tools per head"), func(c *store.Conduct) int64 { return c.ForeignMails })
	t.Rows = append(t.Rows, w.guards()...)
	return []Block{
		heading(w.say("Leitplanken und Druck", "Guardrails and pressure")),
		{Kind: Grid, Table: t},
		text(Note, w.say("Alle Ausgelosten im abgelaufenen Teil ihrer Fenster. Wer im Vergleich ist, bekommt von dieser Kampagne nichts, sonst aber alles wie die anderen.",
			"Everybody drawn, over the part of their windows that is over. Who is in the comparison group gets nothing of this campaign, and otherwise all that the others get.")),
	}
}

// guards are the shares of customers whom a campaign must not drive up.
func (w writer) guards() [][]string {
	control, treated := w.r.Conduct(w.r.Arms[0].Arm), w.r.Conduct(w.r.Arm)
	var rows [][]string
	for _, g := range engine.Guardrails() {
		share := func(c store.Conduct) string { return w.Rate(float64(g.Of(c)) / float64(max(1, c.Customers))) }
		rows = append(rows, []string{w.guardrail(g.Name), share(control), share(treated), w.points(w.r.Difference(g))})
	}
	return rows
}

// guardrail names one.
func (w writer) guardrail(name string) string {
	switch name {
	case "complained":
		return w.say("Als Spam gemeldet", "Called it spam")
	case "unsubscribed":
		return w.say("Abgemeldet oder widersprochen", "Unsubscribed or objected")
	case "returned":
		return w.say("Haben etwas zurückgeschickt", "Sent something back")
	}
	return w.say("Kauften mit Rabatt", "Bought at a discount")
}

// points writes a difference of shares in percentage points, with its range.
func (w writer) points(e lift.Estimate) string {
	if !e.Defined() {
		return "–"
	}
	one := func(x float64) string { return w.Decimal(100*x, 1) }
	return plus(e.Diff, one(e.Diff)) + w.say(" Punkte (", " points (") + w.Range(one(e.PrintLow), one(e.PrintHigh)) + ")"
}

// rule is a campaign's audience, for the method box.
func rule(c *campaigns.Campaign) string {
	if strings.TrimSpace(c.Audience) == "" {
		return "–"
	}
	return strings.Join(strings.Fields(c.Audience), " ")
}
