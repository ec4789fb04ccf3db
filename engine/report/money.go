package report

import (
	"math"

	"treue/campaigns/lift"
)

// money is what was banked, with its range: as large figures, as a drawing, as a table.
func (w writer) money() []Block {
	per, total := w.span, w.span.times(float64(w.r.Estimate.Treated))
	titles := [2]string{w.say("Möglich, je Kunde", "Possible, per customer"), w.say("Möglich, insgesamt", "Possible, in all")}
	if per.Proven() {
		titles = [2]string{w.say("Verdient, je Kunde", "Banked, per customer"), w.say("Verdient, insgesamt", "Banked, in all")}
	}
	totalLow, totalHigh := w.Totals(total.Low, total.High)
	blocks := []Block{
		{Kind: Money, Amounts: []Amount{
			w.amount(titles[0], per, w.Gain(per.Value), w.Money(per.Low), w.Money(per.High)),
			w.amount(titles[1], total, w.Whole(total.Value), totalLow, totalHigh),
		}},
		w.plot(),
	}
	if truth := w.truth(w.r.Campaign.Key); truth != nil {
		inside := w.say("Die Spanne verfehlt sie.", "The range misses it.")
		if per.Low <= *truth && *truth <= per.High {
			inside = w.say("Die Spanne enthält sie.", "The range holds it.")
		}
		blocks = append(blocks, text(Note, "◆ "+w.planted(*truth)+" "+inside))
	}
	details := w.facts(Facts, w.details(per, total)...)
	details.Text, details.Fold = w.say("Dieselben Zahlen als Tabelle", "The same figures as a table"), true
	return append(blocks, details)
}

// amount leads with the figure where it is proven, and with the range alone where it is not.
func (w writer) amount(title string, s Span, figure, low, high string) Amount {
	a := Amount{Title: title, Figure: figure, Limits: w.sure(s.Level) + " " + w.Range(low, high), Proven: s.Proven()}
	if !a.Proven {
		a.Figure, a.Limits = w.Range(low, high), w.sure(s.Level)
	}
	return a
}

// details are the money's figures in rows.
func (w writer) details(per, total Span) [][]string {
	rows := [][]string{
		{w.say("Unterschied je Kunde", "Difference per customer"), w.Gain(per.Value), w.Range(w.Money(per.Low), w.Money(per.High))},
		{w.say("Unterschied für alle mit Mail", "Difference for all with mail"), w.Gain(total.Value), w.Range(w.Money(total.Low), w.Money(total.High))},
	}
	if w.r.Verdict.Reason != lift.AnyLook {
		rows = append(rows, w.relative()...)
	}
	if !math.IsNaN(per.P) {
		rows = append(rows, []string{
			w.say("Zufall?", "Chance?"), w.luck(per.P),
			w.say("So viele wirkungslose Kampagnen sähen genauso aus oder besser (%s, zweiseitig).",
				"So many campaigns that do nothing would look like this or better (%s, two-sided).", w.PValue(per.P)),
		})
	}
	return rows
}

// relative are the change against control and the share that the campaign caused, which are never the same.
func (w writer) relative() [][]string {
	f := w.r.Estimate.Relative
	if f == nil {
		return [][]string{{w.say("Gegenüber der Vergleichsgruppe", "Against the comparison group"), "–", lift.RelativeSentence(w.r.Estimate, 0, w.Language)}}
	}
	rows := [][]string{{
		w.say("Gegenüber der Vergleichsgruppe", "Against the comparison group"), w.Change(f.Value), w.Range(w.Change(f.Low), w.Change(f.High)),
	}}
	if share := w.r.Attributable(); share > 0 && f.Low > 0 { // nothing is caused that is not proven
		// (mT - mC) / mT of the ratio's limits: a monotone function of them.
		of := func(change float64) string { return w.Rate(change / (1 + change)) }
		rows = append(rows, []string{
			w.say("Von der Kampagne verursacht", "Caused by the campaign"), w.Rate(share),
			w.Range(of(f.Low), of(f.High)) + w.say("; Anteil an allem, was die Kunden mit Mail brachten", "; share of all that the customers with mail brought"),
		})
	}
	return rows
}

// cost is what the campaign took and what came back for it.
func (w writer) cost() []Block {
	c, mail := w.r.Conduct(w.r.Arm), w.mailCost()
	rows := [][]string{}
	if mail > 0.005 {
		rows = append(rows, []string{w.say("Kosten der Mails", "Cost of the mails"), w.Money(mail), w.say("schon abgezogen", "already taken off")})
	}
	vouchers := float64(c.Vouchers) / 100
	if c.Redeemed > 0 {
		rows = append(rows, []string{
			w.say("Eingelöste Codes", "Codes redeemed"), w.Money(vouchers),
			w.say("%s Bestellungen; im Preis und damit im Ergebnis schon abgezogen", "%s orders; taken off the price and so already off the result", w.Count(c.Redeemed)),
		})
	}
	if cost := mail + vouchers; cost > 0.005 && w.r.Verdict.Reason != lift.AnyLook {
		// The result is net of these costs; what came in for them is the result plus the costs.
		net := w.span.times(float64(w.r.Estimate.Treated))
		of := func(x float64) string { return w.Money((x + cost) / cost) }
		row := []string{w.say("Ertrag je %s Kosten", "Return per %s of cost", w.Label(1)), of(net.Value), w.Range(of(net.Low), of(net.High))}
		if !net.Proven() {
			row[1], row[2] = w.say("nicht bewiesen", "not proven"), w.say("möglich ist %s", "possible: %s", row[2])
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil
	}
	return []Block{heading(w.say("Kosten und Ertrag", "Cost and return")), w.facts(Facts, rows...)}
}

// mailCost is what the mails to matured customers cost: what they brought before and after it. Those who have left since
// are in the sums alone.
func (w writer) mailCost() float64 {
	treated := &w.r.Arms[1]
	left := 0.0
	for _, st := range treated.Strata {
		if st.Departed {
			left += st.Joint.Linear(1).Y
		}
	}
	return max(0, treated.Value-(treated.Sums.Y-left))
}

// projected is what the model expects after the window. It stands apart: it has not been earned.
func (w writer) projected() []Block {
	if !w.r.Shown() {
		return nil
	}
	rows := w.expected()
	if late := w.r.Realised; late != nil && late.Estimate.Defined() {
		rows = append(rows, w.perCustomer(w.say("Nach %s Tagen wirklich eingetreten", "Really come true after %s days", w.Count(int64(late.WindowDays))), late.Estimate))
	}
	if len(rows) == 0 {
		return nil
	}
	return []Block{heading(w.say("Wert der Kunden danach", "Customers' value afterwards")), w.facts(Facts, rows...)}
}

// expected is what the windows changed of the value still to come, and how much of such figures has come true so far.
func (w writer) expected() [][]string {
	p := &w.r.Projection
	if !p.Estimate.Defined() {
		return nil
	}
	rows := [][]string{
		w.perCustomer(w.say("Im Jahr danach erwartet, nicht verdient", "Expected in the year after, not earned"), p.Estimate),
		{w.say("Davon zählt", "Of that counts"), w.Percent(p.Kappa.Kappa), w.kappa(p.Kappa)},
	}
	if p.Kappa.Kappa > 0 {
		rows = append(rows, w.perCustomer(w.say("Zuwachs an Kundenwert", "Gain in customer value"), p.CLV))
	}
	return rows
}

// kappa says why so much of a projection counts.
func (w writer) kappa(k lift.Realised) string {
	text := lift.KappaSentence(k, w.Language)
	if k.Missing == "" {
		text += w.say(" Eingetroffen: %s (%s bis %s).", " Came true: %s (%s to %s).", w.Percent(k.Ratio), w.Percent(k.Low), w.Percent(k.High))
	}
	return text
}

// perCustomer is an estimate with its range, and that of all treated customers.
func (w writer) perCustomer(name string, e lift.Estimate) []string {
	total, low, high := e.Total()
	return []string{
		name, w.Gain(e.Diff), w.Range(w.Money(e.PrintLow), w.Money(e.PrintHigh)) + w.say(" je Kunde; insgesamt ", " per customer; in all ") + w.Whole(total) +
			" (" + w.Range(w.total(low), w.total(high)) + ")",
	}
}
