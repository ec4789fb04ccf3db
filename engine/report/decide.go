package report

import (
	"math"
	"strings"

	"treue/campaigns"
	"treue/campaigns/lift"
	"treue/engine"
)

// table is one line per campaign.
func (w *month) table() *Table {
	t := &Table{Columns: []Column{
		{w.say("Kampagne", "Campaign"), false},
		{w.say("angeschrieben / Vergleich", "mailed / comparison"), true},
		{w.say("mehr je Kunde (Spanne)", "more per customer (range)"), true},
		{w.say("Summe (Spanne)", "Sum (range)"), true},
		{w.say("Urteil", "Verdict"), false},
		{w.say("Vorschlag", "Proposal"), false},
	}}
	for _, r := range w.own {
		row := []string{w.name(r), w.Count(r.Arms[1].Assigned) + " / " + w.Count(r.Arms[0].Assigned), "–", "–", w.verdict(r), w.proposal(r)}
		if r.Shown() {
			s := SpanOf(r)
			sum := s.times(float64(r.Estimate.Treated))
			row[2], row[3] = w.figures(s, sum)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// figures are the effect per customer and its sum; what is not proven is only a range.
func (w *month) figures(each, sum Span) (per, total string) {
	low, high := w.Totals(sum.Low, sum.High)
	if !each.Proven() {
		return held(w.Range(w.Money(each.Low), w.Money(each.High))), held(w.Range(low, high))
	}
	return w.Gain(each.Value) + " (" + held(w.Range(w.bare(each.Low), w.bare(each.High))) + ")",
		w.Whole(sum.Value) + " (" + held(w.Range(w.bareTotal(sum.Low), w.bareTotal(sum.High))) + ")"
}

// held keeps a range on one line.
func held(text string) string { return strings.ReplaceAll(text, " ", "\u00a0") }

// bare is an amount beside another that has the currency already.
func (l Locale) bare(x float64) string { return l.Decimal(x, 2) }

func (l Locale) bareTotal(x float64) string {
	if math.Abs(x) < 100 {
		return l.bare(x)
	}
	return l.Decimal(x, 0)
}

// unfavourable reports whether what a range leaves possible is mostly a loss.
func unfavourable(s Span) bool { return s.High < 0 || 2*s.High < -s.Low }

// verdict is a verdict in a table's cell.
func (w *month) verdict(r *engine.Report) string {
	v := &r.Verdict
	switch v.Code {
	case lift.Works, lift.Hurts:
		word := w.VerdictChip(v.Code).Word
		if v.SmallSample {
			word += w.say(" (kleine Stichprobe)", " (small sample)")
		}
		return word
	case lift.NotTrustworthy:
		if v.Reason == lift.SampleRatio {
			return w.say("nicht auswertbar, weil die Gruppen nicht so groß sind, wie sie ausgelost wurden", "not trustworthy, because the groups do not have the sizes they were drawn with")
		}
		return w.say("nicht auswertbar, weil Gruppen, Mails oder Zahlen sich widersprechen", "not trustworthy, because groups, mails or counts contradict each other")
	case lift.NoLargerEffect:
		return w.say("keine Wirkung über %s je Kunde", "no effect larger than %s per customer", w.Money(v.Bound))
	case lift.TooFew:
		return w.unproven(r)
	}
	if have := r.ExpectedControlBuyers(); have < lift.MinBuyers {
		return w.say("zu früh: %s von %s nötigen Käufern im Vergleich", "too early: %s of the %s comparison buyers needed", w.Decimal(math.Floor(have), 0), w.Count(lift.MinBuyers))
	}
	return w.say("zu früh: %s der Zeitfenster sind um", "too early: %s of the windows are over", w.Percent(v.MaturedShare))
}

// unproven says what is missing where nothing is proven.
func (w *month) unproven(r *engine.Report) string {
	text := w.say("nicht bewiesen: zu wenige Kunden", "not proven: too few customers")
	if r.Verdict.Reason == lift.TooImprecise {
		text = w.say("nicht bewiesen: noch zu ungenau", "not proven: still too imprecise")
	}
	if r.Shown() && unfavourable(SpanOf(r)) {
		text = w.say("nicht bewiesen, eher ungünstig", "not proven, rather unfavourable")
	}
	if r.Estimate.Defined() && r.Estimate.MDE > 0 {
		text += w.say("; ab %s hätten wir es meist gesehen", "; from %s we would usually have seen it", w.Money(r.Estimate.MDE))
	}
	return text
}

// proposal is what to do with a campaign, in a table's cell.
func (w *month) proposal(r *engine.Report) string {
	switch code := r.Verdict.Code; {
	case code == lift.Hurts:
		return w.say("stoppen", "stop it")
	case code == lift.Works && r.Campaign.Holdout > shrinkTo:
		return w.say("weiter, Vergleichsgruppe auf %s", "go on, comparison group to %s", w.Percent(shrinkTo))
	case code == lift.NotTrustworthy:
		return w.say("prüfen", "look into it")
	case code == lift.TooEarly && !r.Verdict.KnownOn.IsZero():
		return w.say("läuft weiter, Urteil am %s", "goes on, verdict on %s", w.Date(r.Verdict.KnownOn))
	case code == lift.TooFew && w.costly(r):
		return w.say("Rabatt streichen", "drop the discount")
	case code == lift.NoLargerEffect:
		return w.say("Angebot ändern oder stoppen", "change the offer or stop it")
	}
	return w.say("weiter", "go on")
}

// shrinkTo is the control share of a campaign that works.
const shrinkTo = 0.2

// costly reports whether a discount goes with a result that looks unfavourable.
func (w *month) costly(r *engine.Report) bool {
	return r.Shown() && unfavourable(SpanOf(r)) && r.Conduct(r.Arm).Vouchers > 0
}

// mostDecisions is how many a manager is asked for at a time.
const mostDecisions = 4

// decisions are what only a manager can decide, the most urgent first, each with what it is worth.
func (w *month) decisions() []string {
	var items []string
	for _, decide := range []func(*engine.Report) string{w.stop, w.doubt, w.discount, w.widen} {
		for _, r := range w.own {
			if item := decide(r); item != "" {
				items = append(items, unbroken(item))
			}
		}
	}
	if shop := &w.m.Shop; shop.Customers > 0 && float64(shop.Mailable) < 0.6*float64(shop.Customers) {
		items = append(items, w.say("Einwilligung an der Kasse erfragen: nur %s von %s Kunden (%s) dürfen wir schreiben.", "Ask for consent at checkout: we may write to only %s of %s customers (%s).",
			w.Count(shop.Mailable), w.Count(shop.Customers), w.Percent(float64(shop.Mailable)/float64(shop.Customers))))
	}
	return items[:min(len(items), mostDecisions)]
}

func (w *month) stop(r *engine.Report) string {
	if r.Verdict.Code != lift.Hurts || r.Campaign.Status != campaigns.Active {
		return ""
	}
	s := SpanOf(r)
	perMonth := r.EntriesPerMonth() * (1 - r.Campaign.Holdout)
	low, high := w.Totals(-s.High*perMonth, -s.Low*perMonth)
	return w.say("„%s“ stoppen: kostet je Monat %s bis %s.", "Stop “%s”: it costs %s to %s a month.", w.name(r), low, high)
}

func (w *month) doubt(r *engine.Report) string {
	if r.Verdict.Code != lift.NotTrustworthy {
		return ""
	}
	return w.say("„%s“ prüfen lassen: Solange die Gruppen nicht stimmen, ist nichts zu erfahren.", "Have “%s” looked into: as long as the groups are wrong nothing can be learned.", w.name(r))
}

func (w *month) discount(r *engine.Report) string {
	if r.Verdict.Code != lift.TooFew || !w.costly(r) {
		return ""
	}
	c := r.Conduct(r.Arm)
	perHead := float64(c.Vouchers) / 100 / float64(max(1, r.Arms[1].Matured))
	return w.say("Rabatt bei „%s“ streichen: spart rund %s im Monat.", "Drop the discount of “%s”: saves about %s a month.",
		w.name(r), w.total(perHead*r.EntriesPerMonth()*(1-r.Campaign.Holdout)))
}

// widen proposes to mail more customers where it works.
func (w *month) widen(r *engine.Report) string {
	if r.Verdict.Code != lift.Works || r.Campaign.Holdout <= shrinkTo {
		return ""
	}
	s := SpanOf(r)
	more := r.EntriesPerMonth() * (r.Campaign.Holdout - shrinkTo)
	low, high := w.Totals(s.Low*more, s.High*more)
	tenths := func(share float64) string { return w.Decimal(math.Round(share*10), 0) }
	return w.say("Bei „%s“ %s statt %s von 10 anschreiben: %s bis %s mehr im Monat; spätere Urteile werden ungenauer.",
		"Mail %[2]s instead of %[3]s in 10 in “%[1]s”: %[4]s to %[5]s more a month; later verdicts get less precise.",
		w.name(r), tenths(1-shrinkTo), tenths(1-r.Campaign.Holdout), low, high)
}

// belief is why the figures can be trusted, what the proof cost, and what the usual count would have said; "" before
// anybody has entered.
func (w *month) belief() string {
	if len(w.own) == 0 {
		return ""
	}
	r := w.own[0]
	if k := w.working(); k != nil && len(k.Read) > 0 {
		r = k.Reports[k.Read[0]]
	}
	text := []string{
		w.say("Das Los entschied, wer keine Mail bekam; beide Gruppen sind gleich zusammengesetzt.", "A draw decided who got no mail; both groups are alike."),
		w.say("Gezählt sind alle Bestellungen, %s Tage lang, %s Tage auf Retouren gewartet.", "All orders are counted, for %s days, with %s days for returns.",
			w.Count(int64(r.WindowDays)), w.Count(int64(r.Campaign.Grace))),
	}
	if k := w.working(); k != nil {
		text = append(text, w.atMost(k.Estimate.PValue), w.waived(k))
	}
	var vouchers, mail, attributed float64
	var buyers, matured int64
	for _, r := range w.own {
		if !r.Shown() {
			continue
		}
		c := r.Conduct(r.Arm)
		vouchers, attributed = vouchers+float64(c.Vouchers)/100, attributed+float64(c.Attributed)/100
		mail += writer{r: r}.mailCost()
		buyers, matured = buyers+r.Arms[0].Buyers, matured+r.Arms[0].Matured
	}
	if matured > 0 {
		text = append(text, w.say("Gutscheine %s, Versand %s. Nicht abgezogen: Arbeitszeit und Server.", "Vouchers %s, sending %s. Not deducted: working time and the server.", w.total(vouchers), w.Money(mail)))
	}
	if attributed > 0 {
		text = append(text, w.say("Die übliche Zählweise (jede Bestellung fünf Tage nach einer Mail) hätte %s Umsatz gemeldet; ohne Mail kauften im Vergleich auch %s von %s.",
			"The usual count (every order within five days of a mail) would have claimed %s of revenue; without any mail %s of %s bought, too.", w.total(attributed), w.Count(buyers), w.Count(matured)))
	}
	return strings.Join(text, " ")
}

// atMost is how many of a hundred useless campaigns would look as good.
func (w *month) atMost(pValue float64) string {
	n := math.Ceil(pValue / 2 * 100)
	if n <= 1 {
		return w.say("Von 100 wirkungslosen Kampagnen sähe höchstens eine so gut aus.", "Of 100 campaigns without any effect, at most one would look as good.")
	}
	return w.say("Von 100 wirkungslosen Kampagnen sähen höchstens %s so gut aus.", "Of 100 campaigns without any effect, at most %s would look as good.", w.Decimal(n, 0))
}

// waived is the price of the proof: what the comparison group would have brought with mail.
func (w *month) waived(k *engine.KindReport) string {
	var control float64
	for _, i := range k.Read {
		control += float64(k.Reports[i].Arms[0].Matured)
	}
	e := &k.Estimate
	low, high := w.Totals(e.PrintLow*control, e.PrintHigh*control)
	return w.say("Der Verzicht bei den %s im Vergleich kostete rechnerisch %s (%s bis %s): der Preis dieses Beweises.", "Leaving out the %s cost about %s (%s to %s): the price of this proof.",
		w.Decimal(control, 0), w.total(e.Diff*control), low, high)
}
