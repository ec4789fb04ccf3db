package report

import (
	"math"

	"treue/campaigns/lift"
	"treue/engine"
	"treue/engine/chart"
)

// plot draws the report's one interval.
func (w writer) plot() Block {
	alt := w.say("%s: Spanne je Kunde von %s bis %s", "%s: range per customer from %s to %s", w.name(w.r), w.Money(w.span.Low), w.Money(w.span.High))
	truth := w.truth(w.r.Campaign.Key)
	if truth != nil {
		alt += w.say("; eingebaute Wirkung %s", "; planted effect %s", w.Gain(*truth))
	}
	row := chart.Interval{Known: true, Low: w.span.Low, Value: w.span.Value, High: w.span.High, Truth: truth}
	return Block{Kind: Picture, Draw: func(width float64) chart.Drawing {
		return chart.Plot{Row: row, Label: w.Label, Alt: alt}.Draw(width)
	}}
}

// forest draws the intervals of several reports on one axis, with a table that says the same.
func forest(reports []engine.Report, o Options) Block {
	t := &Table{Columns: []Column{
		{o.say("Kampagne", "Campaign"), false}, {o.say("Urteil", "Verdict"), false}, {o.say("je Kunde", "per customer"), true}, {o.say("Spanne je Kunde", "Range per customer"), true},
	}}
	f := chart.Forest{Label: o.Label, None: o.say("noch keine Spanne", "no range yet"), Alt: o.say("Spannen der Wirkung je Kunde: ", "Ranges of the effect per customer: ")}
	for i := range reports {
		w := writer{Options: o, r: &reports[i], span: SpanOf(&reports[i])}
		row := chart.Interval{Name: w.name(w.r)}
		line := []string{row.Name, w.VerdictChip(w.r.Verdict.Code).Word, "–", o.say("noch keine", "none yet")}
		if w.r.Shown() {
			row.Known, row.Low, row.Value, row.High = true, w.span.Low, w.span.Value, w.span.High
			row.Truth = w.truth(w.r.Campaign.Key)
			line[2], line[3] = w.Gain(row.Value), w.Range(w.Money(row.Low), w.Money(row.High))
		}
		f.Rows, t.Rows = append(f.Rows, row), append(t.Rows, line)
	}
	f.Alt += joined(t.Rows)
	return Block{Kind: Picture, Draw: f.Draw, Table: t}
}

// bandLevel is the confidence of the bands around the curves.
const bandLevel = 0.95

// series is an arm's mean cumulative outcome per customer. Its band is that of the customers seen up to each day.
func (w writer) series(arm string) []chart.CurvePoint {
	var weeks []lift.DayMargin
	var points []chart.CurvePoint
	for _, week := range w.r.Evidence.Curve {
		if week.Arm != arm || week.Observed < 2 {
			continue
		}
		weeks = append(weeks, lift.DayMargin{Observed: week.Observed, Margin: week.Value})
		half := lift.Band(lift.Sums{N: week.Observed, Y: week.Total, Y2: week.TotalTwice}, 1-bandLevel)
		points = append(points, chart.CurvePoint{X: math.Min(float64(7*week.Week), float64(w.r.WindowDays)), Low: -half, High: half})
	}
	for i, y := range lift.Curve(weeks) {
		p := &points[i]
		p.Y, p.Low, p.High = y, y+p.Low, y+p.High
	}
	return points
}

// curve is how both arms' outcome grew with the days since the draw.
func (w writer) curve() []Block {
	if !w.r.Shown() {
		return nil
	}
	control, treated := w.series(w.r.Arms[0].Arm), w.series(w.r.Arm)
	if len(control) < 2 || len(treated) < 2 {
		return nil
	}
	t := &Table{Columns: []Column{{w.say("Tage", "Days"), false}, {w.arm(w.r.Arms[0].Arm), true}, {w.arm(w.r.Arm), true}}}
	cell := func(p chart.CurvePoint) string {
		return w.Money(p.Y) + " (" + w.Range(w.Money(p.Low), w.Money(p.High)) + ")"
	}
	for i := range min(len(control), len(treated)) {
		t.Rows = append(t.Rows, []string{w.Decimal(control[i].X, 0), cell(control[i]), cell(treated[i])})
	}
	last := t.Rows[len(t.Rows)-1]
	c := chart.Curves{
		Series: []chart.Series{
			{Name: w.arm(w.r.Arms[0].Arm), Tone: chart.Quiet, Dashed: true, Points: control}, {Name: w.arm(w.r.Arm), Tone: chart.Accent, Points: treated},
		},
		End: float64(w.r.WindowDays), XLabel: func(x float64) string { return w.Decimal(x, 0) }, YLabel: w.Label, XTicks: days(w.r.WindowDays),
		XTitle: w.say("Tage seit der Auslosung", "days since the draw"),
		Alt: w.say("%s je Kunde nach %s Tagen: Vergleichsgruppe %s, mit Mail %s", "%s per customer after %s days: comparison group %s, with mail %s",
			w.basis(), last[0], last[1], last[2]),
	}
	return []Block{
		heading(w.say("%s je Kunde, Woche für Woche", "%s per customer, week by week", w.basis())),
		{Kind: Picture, Draw: c.Draw, Table: t},
		text(Note, w.say("Vor den Kosten der Mails. Jede Woche zählt, für wen sie um ist; das Band hält %s der Fälle. Fürs Auge: Das Urteil liest nur abgeschlossene Fenster.",
			"Before the cost of mail. Each week counts those for whom it is over; the band holds %s of cases. For the eye: the verdict reads complete windows alone.", w.Percent(bandLevel))),
	}
}

// days are the labels below the curve: whole weeks, at most seven of them.
func days(window int) (ticks []float64) {
	step := 7
	for window/step > 7 {
		step += 7
	}
	for d := 0; d <= window; d += step {
		ticks = append(ticks, float64(d))
	}
	return ticks
}

// segments is where it may have worked better or worse: a source of ideas.
func (w writer) segments() []Block {
	if !w.r.Shown() {
		return nil
	}
	t := &Table{Columns: []Column{
		{w.say("Segment am Tag der Auslosung", "Segment on the day of the draw"), false},
		{w.say("mit Mail / Vergleich", "with mail / comparison"), true},
		{w.say("je Kunde", "per customer"), true},
		{w.say("Spanne", "Range"), true},
		{w.say("p nach Holm", "p by Holm"), true},
	}}
	f := chart.Forest{Label: w.Label, None: "–", Alt: w.say("Wirkung je Segment, nicht bestätigt: ", "Effect by segment, exploratory: ")}
	for _, s := range w.r.Segments() {
		row := chart.Interval{Name: w.segment(s.Segment)}
		line := []string{row.Name, w.Count(s.Treated) + " / " + w.Count(s.Control), "–", w.say("zu wenige", "too few"), "–"}
		if s.Estimate.Defined() && min(s.Treated, s.Control) >= leastSegment {
			row.Known, row.Low, row.Value, row.High = true, s.Estimate.PrintLow, s.Estimate.Diff, s.Estimate.PrintHigh
			line[2], line[3], line[4] = w.Gain(row.Value), w.Range(w.Money(row.Low), w.Money(row.High)), w.QValue(s.Holm)
			f.Rows = append(f.Rows, row)
		}
		t.Rows = append(t.Rows, line)
	}
	if len(f.Rows) < 2 {
		return nil
	}
	f.Alt += joined(t.Rows)
	return []Block{
		heading(w.say("Nach Segmenten (nicht bestätigt)", "By segment (exploratory)")),
		{Kind: Picture, Draw: f.Draw, Table: t},
		text(Note, w.say("Nicht geplant und daher kein Urteil: Unter mehreren Segmenten sticht immer eines heraus. Wer daraus eine Idee nimmt, prüft sie mit einer neuen Auslosung.",
			"Not planned and so no verdict: among several segments one always stands out. Who takes an idea from this tests it with a new draw.")),
	}
}

// segment names one of the ten segments of recency, frequency and value.
func (w writer) segment(name string) string {
	switch name {
	case "champions":
		return w.say("Beste Kunden", "Champions")
	case "loyal":
		return w.say("Treue Kunden", "Loyal customers")
	case "potential_loyalist":
		return w.say("Auf dem Weg zur Treue", "Potential loyalists")
	case "new":
		return w.say("Neue Kunden", "New customers")
	case "promising":
		return w.say("Vielversprechend", "Promising")
	case "needs_attention":
		return w.say("Brauchen Aufmerksamkeit", "Need attention")
	case "about_to_sleep":
		return w.say("Drohen einzuschlafen", "About to sleep")
	case "at_risk":
		return w.say("Gefährdet", "At risk")
	case "cant_lose":
		return w.say("Nicht zu verlieren", "Cannot lose them")
	case "hibernating":
		return w.say("Im Winterschlaf", "Hibernating")
	}
	return name
}

// leastSegment is how many customers each arm of a segment needs to be drawn.
const leastSegment = 25
