package report

import (
	"fmt"
	"math"
	"strings"

	"treue/campaigns/assign"
	"treue/campaigns/lift"
	"treue/engine"
)

// Options are what a document needs beside its reports.
type Options struct {
	Locale
	Shop  string
	Truth map[string]float64 // by campaign key: the effect per customer an invented shop was given; nil: unknown

	Programme *engine.Programme // what the global holdout confirms of a quarter; nil: nobody read it
}

// truth returns the effect a campaign was given, nil if nobody knows it.
func (o Options) truth(key string) *float64 {
	if v, ok := o.Truth[key]; ok && !math.IsNaN(v) {
		return &v
	}
	return nil
}

// Span is an estimate with its limits, in major units.
type Span struct {
	Value, Low, High float64
	Level, P         float64
}

// SpanOf is the interval a report's verdict rests on: the planned read's, or that of a look at any time.
func SpanOf(r *engine.Report) Span {
	if s := r.Verdict.Sequence; r.Verdict.Reason == lift.AnyLook {
		return Span{s.Diff, s.Low, s.High, s.Level, s.P}
	}
	e := &r.Estimate
	return Span{e.Diff, e.PrintLow, e.PrintHigh, e.Level, e.PValue}
}

// Proven reports whether the interval excludes zero.
func (s Span) Proven() bool { return s.Low > 0 || s.High < 0 }

// times scales an estimate per customer to a number of customers.
func (s Span) times(n float64) Span {
	s.Value, s.Low, s.High = s.Value*n, s.Low*n, s.High*n
	return s
}

// VerdictChip puts a verdict into two words. Only a verdict that is proven has a colour.
func (l Locale) VerdictChip(c lift.Code) Chip {
	switch c {
	case lift.Works:
		return Chip{l.say("wirkt", "works"), Good}
	case lift.Hurts:
		return Chip{l.say("schadet", "hurts"), Bad}
	case lift.NotTrustworthy:
		return Chip{l.say("nicht auswertbar", "not trustworthy"), Warn}
	case lift.TooFew:
		return Chip{l.say("nicht bewiesen", "not proven"), Calm}
	case lift.NoLargerEffect:
		return Chip{l.say("keine größere Wirkung", "no larger effect"), Calm}
	default:
		return Chip{l.say("noch zu früh", "too early"), Calm}
	}
}

// name is how a report is called among others: its campaign, and its draw or variant where there are several.
func (l Locale) name(r *engine.Report) string {
	name := r.Campaign.Name
	if strings.TrimSpace(name) == "" {
		name = r.Campaign.Key
	}
	if r.Arm != string(assign.Treated) {
		name += ", " + r.Arm
	}
	if r.Campaign.Split > 1 {
		name += ", " + l.say("Auslosung %d", "draw %d", r.Split)
	}
	return name
}

// writer puts one report into blocks.
type writer struct {
	Options
	r    *engine.Report
	span Span
}

// Campaigns is a document of reports, one section each, in the order in which a manager reads: the verdict and the money
// first, what they rest on after that. Pool says with what a report without enough customers can be read.
func Campaigns(reports []engine.Report, pool func(*engine.Report) string, o Options) []Section {
	sections := make([]Section, len(reports))
	for i := range reports {
		sections[i] = campaign(&reports[i], pool(&reports[i]), o)
	}
	return sections
}

func campaign(r *engine.Report, pool string, o Options) Section {
	w := writer{Options: o, r: r, span: SpanOf(r)}
	chip := w.VerdictChip(r.Verdict.Code)
	s := Section{Key: r.Campaign.Key, Title: w.name(r), Chip: &chip}
	s.add(text(Sentence, w.sentence()))
	if pool != "" {
		s.add(text(Text, pool))
	}
	s.add(text(Advice, w.advice()))
	if r.Shown() {
		s.add(w.money()...)
		s.add(w.cost()...)
	} else {
		s.add(text(Note, w.silence()))
		if truth := w.truth(r.Campaign.Key); truth != nil {
			s.add(text(Note, w.planted(*truth)))
		}
	}
	s.add(w.trust()...)
	s.add(w.projected()...)
	s.add(w.curve()...)
	s.add(w.people()...)
	s.add(w.conduct()...)
	s.add(w.companions()...)
	s.add(w.segments()...)
	s.add(w.overlap()...)
	s.add(w.method()...)
	return s
}

// Brief is what a card or a line shows of a report.
type Brief struct {
	Key, Name string
	Sentence  string
	Chip      Chip
	Shown     bool // money may be shown
	Proven    bool
	Value     string
	Range     string // per customer
	Sure      string // at which confidence
	Truth     string // the planted effect; "" if it is not known
	Plot      Block
}

// BriefOf puts a report into a few words.
func BriefOf(r *engine.Report, o Options) Brief {
	w := writer{Options: o, r: r, span: SpanOf(r)}
	b := Brief{
		Key: r.Campaign.Key, Name: w.name(r), Sentence: signed(unbroken(w.sentence())), Chip: w.VerdictChip(r.Verdict.Code), Shown: r.Shown(),
	}
	if b.Shown {
		b.Proven, b.Value, b.Range = w.span.Proven(), w.Gain(w.span.Value), w.Range(w.Money(w.span.Low), w.Money(w.span.High))
		b.Sure, b.Plot = w.sure(w.span.Level), w.plot()
		if truth := w.truth(b.Key); truth != nil {
			b.Truth = w.planted(*truth)
		}
	}
	return b
}

// sentence is the verdict; with which others it can be read, a line of its own names.
func (w writer) sentence() string {
	return lift.AloneSentence(w.r.Verdict, w.r.Estimate, w.Language, w.Currency)
}

// silence says why there is no amount.
func (w writer) silence() string {
	if w.r.Verdict.Code == lift.NotTrustworthy {
		return w.say("Solange die Gruppen nicht stimmen, zeigt Treue keinen Betrag: Er wäre kein Beweis.",
			"As long as the groups do not add up, Treue shows no amount: it would prove nothing.")
	}
	return w.say("Solange noch Zeitfenster offen sind, zeigt Treue keinen Betrag.", "While windows are still open, Treue shows no amount.")
}

// planted names the effect an invented shop was given.
func (w writer) planted(truth float64) string {
	return w.say("Eingebaute Wirkung: %s je Kunde.", "Planted effect: %s per customer.", w.Gain(truth))
}

// advice says what to do now.
func (w writer) advice() string {
	v, c := &w.r.Verdict, w.r.Campaign
	switch {
	case w.r.External():
		return w.adviceElsewhere()
	case v.Code == lift.Works && c.Holdout > 0.2:
		return w.say("Weiterlaufen lassen. Die Vergleichsgruppe darf auf 20\u00a0%% sinken: Dann bekommen mehr Kunden die Mail, spätere Urteile werden ungenauer.",
			"Keep it running. The comparison group may shrink to 20\u00a0%%: then more customers get the mail, and later verdicts get less precise.")
	case v.Code == lift.Works:
		return w.say("Weiterlaufen lassen.", "Keep it running.")
	case v.Code == lift.Hurts:
		return w.say("Anhalten: `treue campaigns pause %s`.", "Stop it: `treue campaigns pause %s`.", c.Key)
	case v.Code == lift.NoLargerEffect:
		return w.say("Nur weiterlaufen lassen, wenn auch eine so kleine Wirkung die Mühe lohnt; sonst anhalten oder das Angebot ändern.",
			"Keep it only if so small an effect is worth the trouble; otherwise stop it or change the offer.")
	case v.Code == lift.TooFew:
		return w.say("Weiterlaufen lassen und nichts daraus schließen, bis mehr Fenster abgeschlossen sind.",
			"Keep it running and conclude nothing from it before more windows are over.")
	case v.Code == lift.NotTrustworthy:
		return w.say("Nichts daraus schließen. `treue doctor` und die Prüfung unten nennen, was nicht stimmt.",
			"Conclude nothing from it. `treue doctor` and the check below name what is wrong.")
	}
	return w.say("Warten. Ein Blick davor ändert nichts am Tag des Urteils.", "Wait. Looking earlier does not change the day of the verdict.")
}

// adviceElsewhere is about a campaign that is over and that another tool ran.
func (w writer) adviceElsewhere() string {
	switch w.r.Verdict.Code {
	case lift.Works:
		return w.say("Diese Fassung wiederholen.", "Repeat this version.")
	case lift.Hurts:
		return w.say("Diese Fassung nicht wiederholen.", "Do not repeat this version.")
	case lift.TooEarly:
		return w.say("Warten, bis alle Fenster um sind.", "Wait until all windows are over.")
	case lift.NotTrustworthy:
		return w.say("Nichts daraus schließen.", "Conclude nothing from it.")
	}
	return w.say("Für oder gegen diese Fassung ist nichts bewiesen; eine Wiederholung braucht mehr Kunden im Vergleich.",
		"Nothing is proven for or against this version; a repetition needs more comparison customers.")
}

// sure says at which confidence a range holds.
func (w writer) sure(level float64) string {
	return w.say("mit %s Sicherheit", "%s range", w.Percent(level))
}

// draw names a split where there are several.
func (w writer) draw() string {
	return w.say("Fassung %s, Auslosung %s", "version %s, draw %s", fmt.Sprint(w.r.Campaign.Version), fmt.Sprint(w.r.Split))
}
