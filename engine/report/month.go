package report

import (
	"math"
	"strings"
	"time"

	"treue/campaigns"
	"treue/campaigns/lift"
	"treue/engine"
)

// month puts a month into words.
type month struct {
	Options
	m   *engine.Month
	own []*engine.Report // campaigns of our own, in their order
}

// Month is the one page that a manager reads every month: what worked, what to decide, how the customers are, and why to
// believe it. It is never empty.
func Month(m *engine.Month, o Options) *Document {
	w := newMonth(m, o)
	d := o.document(m.AsOf)
	d.Title = o.say("Kundenbindung im %s: %s", "Customer retention in %s: %s", o.Month(m.From), w.headline())
	d.Foot = nil
	s := Section{}
	s.add(text(Sentence, w.news()))
	if t := w.table(); len(t.Rows) > 0 {
		s.add(Block{Kind: Grid, Table: t})
	}
	s.add(heading(o.say("Bitte entscheiden", "Please decide")))
	if items := w.decisions(); len(items) > 0 {
		s.add(Block{Kind: List, Items: items})
	} else {
		s.add(text(Text, o.say("Diesmal nichts.", "Nothing this time.")))
	}
	s.add(heading(o.say("Ihre Kunden", "Your customers")), text(Text, w.customers()))
	if belief := w.belief(); belief != "" {
		s.add(heading(o.say("Warum Sie das glauben können", "Why you can believe this")), text(Text, belief))
	}
	if w.elsewhere() > 0 {
		s.add(text(Note, o.say("Kampagnen, die anderswo liefen, stehen in eigenen Berichten: %s.", "Campaigns that ran elsewhere have reports of their own: %s.", o.Count(w.elsewhere()))))
	}
	d.Sections = []Section{s}
	return d
}

func newMonth(m *engine.Month, o Options) *month {
	w := &month{Options: o, m: m}
	for i := range m.Reports {
		if !m.Reports[i].External() {
			w.own = append(w.own, &m.Reports[i])
		}
	}
	return w
}

func (w *month) elsewhere() int64 { return int64(len(w.m.Reports) - len(w.own)) }

// working is the kind whose verdict is that it works, the surest of several; nil: none.
func (w *month) working() *engine.KindReport {
	var best *engine.KindReport
	for i := range w.m.Portfolio.Kinds {
		k := &w.m.Portfolio.Kinds[i]
		if k.Code == lift.Works && (best == nil || k.Estimate.PValue < best.Estimate.PValue) {
			best = k
		}
	}
	return best
}

// first is the first report with a verdict, nil: none.
func (w *month) first(code lift.Code) *engine.Report {
	for _, r := range w.own {
		if r.Verdict.Code == code {
			return r
		}
	}
	return nil
}

// effort names what a kind of campaign does, as the subject of a sentence.
func (w *month) effort(k campaigns.Kind) string {
	switch k {
	case campaigns.Winback:
		return w.say("Das Zurückholen", "Winning back")
	case campaigns.Loyalty:
		return w.say("Das Dankeschön an gute Kunden", "Thanking good customers")
	}
	return w.say("Das passende Angebot dazu", "Offering what goes with it")
}

// headline is the month in a few words.
func (w *month) headline() string {
	if k := w.working(); k != nil {
		return w.say("%s wirkt.", "%s works.", w.inHeadline(w.effort(k.Kind)))
	}
	if r := w.first(lift.Works); r != nil {
		return w.say("„%s“ wirkt.", "“%s” works.", w.name(r))
	}
	if r := w.first(lift.Hurts); r != nil {
		return w.say("„%s“ schadet.", "“%s” hurts.", w.name(r))
	}
	for _, r := range w.own {
		if r.Verdict.Code == lift.TooFew || r.Verdict.Code == lift.NoLargerEffect {
			return w.say("Noch nichts bewiesen.", "Nothing proven yet.")
		}
	}
	if r := w.first(lift.NotTrustworthy); r != nil {
		return w.say("„%s“ ist nicht auswertbar.", "“%s” cannot be trusted.", w.name(r))
	}
	return w.say("Noch kein Urteil.", "No verdict yet.")
}

// inHeadline follows a colon: English goes on in small letters.
func (w *month) inHeadline(s string) string {
	if w.german() || s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// news is the paragraph under the headline.
func (w *month) news() string {
	if k := w.working(); k != nil {
		total, low, high := k.Estimate.Total()
		return w.money(&k.Reports[0].Basis, w.since(k.Reports), Span{Value: total, Low: low, High: high, Level: k.Estimate.Level}) + " " + w.together()
	}
	for _, code := range []lift.Code{lift.Works, lift.Hurts} {
		if r := w.first(code); r != nil {
			s := SpanOf(r)
			return w.money(&r.Basis, w.since([]*engine.Report{r}), s.times(float64(r.Estimate.Treated))) + " " + w.together()
		}
	}
	if next := w.soonest(); next != "" {
		return next
	}
	if len(w.own) == 0 {
		return w.beginnings()
	}
	return strings.TrimSpace(w.say("Keine Kampagne hat schon bewiesen, dass sie etwas bringt oder schadet; die Tabelle sagt, was noch fehlt.",
		"No campaign has proven yet that it brings or hurts anything; the table says what is missing.") + " " + w.together())
}

// money says what was banked since a day, with its range.
func (w *month) money(basis *string, since time.Time, s Span) string {
	what := w.say("zusätzlichen Umsatz", "extra revenue")
	if *basis == "margin" {
		what = w.say("zusätzlichen Deckungsbeitrag", "extra margin")
	}
	format := [2]string{
		"Es brachte seit %s rund %s %s, Gutscheine und Versand schon abgezogen. Mit %s Sicherheit sind es zwischen %s und %s.",
		"Since %s it has brought about %s of %s, vouchers and sending already deducted. We are %s sure that the true figure lies between %s and %s.",
	}
	if s.Value < 0 {
		format = [2]string{
			"Es kostete seit %s rund %s %s, Gutscheine und Versand mitgezählt. Mit %s Sicherheit liegt der Unterschied zwischen %s und %s.",
			"Since %s it has cost about %s of %s, vouchers and sending included. We are %s sure that the true difference lies between %s and %s.",
		}
		what = strings.TrimPrefix(strings.TrimPrefix(what, "zusätzlichen "), "extra ")
	}
	return w.say(format[0], format[1], w.Month(since), w.total(math.Abs(s.Value)), what, w.Percent(s.Level), w.total(s.Low), w.total(s.High))
}

// since is when the first customer of reports entered.
func (w *month) since(reports []*engine.Report) (first time.Time) {
	for _, r := range reports {
		for i := range r.Arms {
			if at := r.Arms[i].FirstAt; !at.IsZero() && (first.IsZero() || at.Before(first)) {
				first = at
			}
		}
	}
	return first
}

// together is what all campaigns are worth as one programme; "" with fewer than two.
func (w *month) together() string {
	p := &w.m.Portfolio
	if len(p.Lines)-p.Undefined < 2 {
		return ""
	}
	low, high := p.Portfolio.Shrunken.Limits(lift.Alpha(false))
	text := w.say("Alle Kampagnen zusammen: rund %s; möglich ist alles zwischen %s und %s.", "All campaigns together: about %s; anything from %s to %s is possible.",
		w.total(p.Portfolio.Shrunken.Effect), w.total(low), w.total(high))
	if low <= 0 && high >= 0 {
		text += w.say(" Für das Ganze ist das noch kein Beweis.", " For the whole, that is not yet proof.")
	}
	return text
}

// soonest says when the first verdict comes, if every campaign still waits for one.
func (w *month) soonest() string {
	var next *engine.Report
	var treated, control int64
	for _, r := range w.own {
		if r.Verdict.Code != lift.TooEarly {
			return ""
		}
		control, treated = control+r.Arms[0].Assigned, treated+r.Arms[1].Assigned
		if k := r.Verdict.KnownOn; !k.IsZero() && (next == nil || k.Before(next.Verdict.KnownOn)) {
			next = r
		}
	}
	if next == nil {
		return ""
	}
	began := w.since([]*engine.Report{next})
	over := w.m.AsOf.Sub(began).Seconds() / next.Verdict.KnownOn.Sub(began).Seconds()
	return w.say("Noch kein Urteil. Das erste kommt am %s; %s der Wartezeit sind um. Angeschrieben %s, Vergleich %s.",
		"No verdict yet. The first comes on %s; %s of the wait is over. Mailed %s, comparison %s.",
		w.Date(next.Verdict.KnownOn), w.Percent(math.Min(1, math.Max(0, over))), w.Count(treated), w.Count(control))
}

// beginnings says what was done before anybody has entered a campaign, and what comes next.
func (w *month) beginnings() string {
	shop := &w.m.Shop
	switch {
	case shop.Customers == 0:
		return w.say("Noch sind keine Kunden eingelesen: `treue import customers` und `treue import orders` holen sie. Das erste Urteil kommt etwa vier Monate nach dem Start der ersten Kampagne.",
			"No customers have been imported yet: `treue import customers` and `treue import orders` bring them in. The first verdict comes about four months after the start of the first campaign.")
	case shop.Campaigns == 0:
		return w.say("Eingelesen sind %s Kunden und %s Bestellungen; anschreiben dürfen wir %s. Noch läuft keine Kampagne: `treue campaigns apply` und `activate` starten die erste, `treue plan` nennt vorher den Tag des Urteils.",
			"There are %s customers and %s orders; we may write to %s. No campaign runs yet: `treue campaigns apply` and `activate` start the first, and `treue plan` names the day of the verdict before.",
			w.Count(shop.Customers), w.Count(shop.Orders), w.Count(shop.Mailable))
	case w.m.NextRun.IsZero():
		return w.say("%s Kampagnen sind gestartet, noch ist niemand eingetreten, und keine hat einen Zeitplan: `treue run` wählt die ersten Kunden aus.",
			"%s campaigns have been started, nobody has entered yet, and none has a schedule: `treue run` chooses the first customers.", w.Count(shop.Campaigns))
	}
	return w.say("%s Kampagnen sind gestartet, noch ist niemand eingetreten. Der nächste Lauf ist am %s; danach nennt dieser Bericht den Tag des ersten Urteils.",
		"%s campaigns have been started, nobody has entered yet. The next run is on %s; after that this report names the day of the first verdict.",
		w.Count(shop.Campaigns), w.Moment(w.m.NextRun))
}

// customers is how the shop's customers moved.
func (w *month) customers() string {
	c, shop := &w.m.Orders, &w.m.Shop
	var text []string
	add := func(de, en string, args ...any) { text = append(text, w.say(de, en, args...)) }
	add("%s kauften in den letzten %s Tagen (vor einem Quartal %s).", "%s bought within %s days (a quarter ago %s).",
		w.Count(c.Active), w.Count(engine.Pause), w.Count(c.ActiveBefore))
	if c.Value > 0 {
		what := w.say("Umsatzes", "revenue")
		if c.Margin {
			what = w.say("Deckungsbeitrags", "margin")
		}
		add("%s des %s kam im %s von Kunden, die schon vorher gekauft hatten.", "%s of the %s in %s came from customers who had bought before.",
			w.Percent(c.Repeat/c.Value), what, w.Month(w.m.From))
	}
	if v := w.m.Worth; v != nil && v.All.Predicted > 0 && v.All.PredictedHigh > 0 { // without a range it stays unsaid
		low, high := w.Totals(v.All.PredictedLow, v.All.PredictedHigh)
		add("Die heutigen Kunden bringen in zwölf Monaten voraussichtlich %s (Spanne %s bis %s); ein Zehntel der Käufer trägt %s des Kundenwerts.",
			"Today's customers will probably bring %s in twelve months (range %s to %s); one tenth of the buyers carries %s of the customer value.",
			w.total(v.All.Predicted), low, high, w.Percent(v.CLV.TopTenth))
	}
	add("Im %s: %s neu, %s nach mehr als %s Tagen zurück, %s verstummt.", "In %s: %s new, %s back after more than %s days, %s fell silent.",
		w.Month(w.m.From), w.Count(c.New), w.Count(c.Back), w.Count(engine.Pause), w.Count(c.Silent))
	if shop.Customers > 0 {
		add("Anschreiben dürfen wir %s von %s (%s).", "We may write to %s of %s (%s).", w.Count(shop.Mailable), w.Count(shop.Customers),
			w.Percent(float64(shop.Mailable)/float64(shop.Customers)))
	}
	return strings.Join(text, " ")
}
