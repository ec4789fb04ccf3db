package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"strconv"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"treue/engine"
	"treue/rules/clv"
	"treue/rules/features"
	"treue/rules/worth"
)

// validationDoc is the result of a validation. What a method does not tell is null.
type validationDoc struct {
	From      string      `json:"from"`
	Split     string      `json:"split"` // the last day that the models learn from
	To        string      `json:"to"`
	Weeks     float64     `json:"weeks"` // held out
	Within    float64     `json:"within_days"`
	Customers int         `json:"customers"`
	Repeaters int         `json:"repeaters"`
	Returned  int         `json:"returned"`
	Orders    float64     `json:"orders"` // days with an order in the weeks held out
	Money     float64     `json:"money"`
	Methods   []methodDoc `json:"methods"`
	Bins      struct {
		Orders    []binDoc `json:"orders"`
		Money     []binDoc `json:"money"`
		Frequency []binDoc `json:"frequency"`
	} `json:"bins"`
	Verdict  judgementDoc `json:"verdict"`
	Sentence string       `json:"sentence"`
	SVG      *string      `json:"svg"`
}

type methodDoc struct {
	Name    string      `json:"name"`
	Kind    worth.Kind  `json:"kind"`
	Outcome string      `json:"outcome,omitempty"`
	Reason  string      `json:"reason,omitempty"`
	Orders  accuracyDoc `json:"orders"`
	Money   accuracyDoc `json:"money"`
	Active  *float64    `json:"active"`
}

type accuracyDoc struct {
	MAE         *float64 `json:"mae"`
	RMSE        *float64 `json:"rmse"`
	Correlation *float64 `json:"correlation"`
	Ratio       *float64 `json:"ratio"`
	TopShare    *float64 `json:"top_share"`
}

type binDoc struct {
	From      int     `json:"from"`
	To        *int    `json:"to"` // null: and more
	Customers int     `json:"customers"`
	Predicted float64 `json:"predicted"`
	Actual    float64 `json:"actual"`
}

type judgementDoc struct {
	Earns    bool           `json:"earns_its_place"`
	TooFew   bool           `json:"too_few"`
	Forecast worth.Standing `json:"forecast"`
	Rival    string         `json:"rival"`
	Ranking  worth.Standing `json:"ranking"`
	Ranker   string         `json:"ranker"`
}

func (a *app) clvValidateCommand() *cobra.Command {
	var holdout, split, svg, within string
	var o engine.HoldOut
	cmd := &cobra.Command{
		Use: "validate", Short: "Hold the last weeks out and see whether the predictions would have held", Args: cobra.NoArgs,
		Long: "Validate fits the models to the shop's own history up to a split, as it was known then, and compares what they and the\n" +
			"usual rules of thumb said of the time after it with what the customers did.",
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if err := readHoldOut(&o, holdout, split, within); err != nil {
				return err
			}
			e, now, err := a.startAt(cmd.Context())
			if err != nil {
				return err
			}
			v, err := e.Validate(cmd.Context(), now, o)
			switch {
			case errors.Is(err, engine.ErrShortHistory), errors.Is(err, clv.ErrUnknownModel):
				return wrongInput(err)
			case err != nil:
				return err
			}
			return a.showValidation(v, svg)
		},
	}
	f := cmd.Flags()
	f.StringVar(&holdout, "holdout", "", "how much to hold out, such as 26w (default: 26w, or half of a history under a year)")
	f.StringVar(&split, "split", "", "the last day that the models learn from, such as 2026-03-31")
	f.StringVar(&within, "within", "182d", "who bought within so many days counts as active, for the rule of thumb")
	f.StringVar(&o.Model, "model", "auto", "purchase model to judge: auto, bgnbd, mbgnbd, paretonbd or nbd")
	f.StringVar(&svg, "svg", "", "write the calibration plot to this file")
	_ = cmd.RegisterFlagCompletionFunc("model", cobra.FixedCompletions(purchaseModels(), cobra.ShellCompDirectiveNoFileComp))
	a.asOfFlag(cmd)
	return cmd
}

// readHoldOut reads the flags that say what to hold out.
func readHoldOut(o *engine.HoldOut, holdout, split, within string) (err error) {
	if holdout != "" && split != "" {
		return wrongInput(errors.New("--holdout and --split say the same thing: give one of them"))
	}
	o.Split = features.NoDay
	if split != "" {
		t, err := time.Parse(time.DateOnly, split)
		if err != nil {
			return wrongInput(fmt.Errorf("--split %q: want a date such as 2026-03-31", split))
		}
		o.Split = features.DayOf(t, time.UTC)
	}
	if holdout != "" {
		days, err := daysOf("--holdout", holdout)
		if err != nil {
			return err
		}
		if o.Weeks = days / 7; o.Weeks == 0 {
			return wrongInput(fmt.Errorf("--holdout %q: want a week or more, such as 26w", holdout))
		}
	}
	o.Within, err = daysOf("--within", within)
	return err
}

var stretch = regexp.MustCompile(`^([1-9][0-9]{0,4})([dw])$`)

// daysOf reads a stretch of days or weeks.
func daysOf(flag, text string) (int, error) {
	m := stretch.FindStringSubmatch(text)
	if m == nil {
		return 0, wrongInput(fmt.Errorf("%s %q: want weeks or days such as 26w or 182d", flag, text))
	}
	n, _ := strconv.Atoi(m[1]) // five digits
	if m[2] == "w" {
		n *= 7
	}
	return n, nil
}

func (a *app) showValidation(v *engine.Held, svg string) error {
	t := a.tongue()
	d := newValidationDoc(v)
	d.Sentence = t.judgement(v)
	if svg != "" {
		if err := os.WriteFile(svg, calibrationPlot(t, v), 0o644); err != nil { //nolint:gosec // G306: a picture for everybody
			return fmt.Errorf("write the plot: %w", err)
		}
		d.SVG = &svg
	}
	a.show(d, func(w io.Writer) { a.printValidation(w, v, d) })
	return nil
}

func newValidationDoc(v *engine.Held) validationDoc {
	d := validationDoc{
		From: v.First.String(), Split: v.Split.String(), To: v.End.String(), Weeks: float64(v.Plan.Weeks), Within: math.Round(float64(v.Plan.Within) * 7),
		Customers: v.Customers, Repeaters: v.Repeaters, Returned: v.Returned, Orders: v.Orders, Money: v.Money,
	}
	for i := range v.Methods {
		m := &v.Methods[i]
		doc := methodDoc{Name: m.Name, Kind: m.Kind, Orders: newAccuracyDoc(m.Orders), Money: newAccuracyDoc(m.Money), Active: orNull(m.Active)}
		if m.Fit != nil {
			doc.Outcome, doc.Reason = string(m.Fit.Outcome), m.Fit.Reason
		}
		d.Methods = append(d.Methods, doc)
	}
	d.Bins.Orders, d.Bins.Money, d.Bins.Frequency = binDocs(v.Bins, false), binDocs(v.MoneyBins, false), binDocs(v.Frequency, true)
	j := v.Judgement
	d.Verdict = judgementDoc{j.Earns, j.TooFew, j.Forecast, j.Rival, j.Ranking, j.Ranker}
	return d
}

func newAccuracyDoc(a clv.Accuracy) accuracyDoc {
	return accuracyDoc{orNull(a.MAE), orNull(a.RMSE), orNull(a.Correlation), orNull(a.Ratio), orNull(a.TopShare)}
}

// binDocs are the bins; only those by frequency have an open end.
func binDocs(bins []clv.Bin, open bool) []binDoc {
	var docs []binDoc
	for _, b := range bins {
		doc := binDoc{From: b.From, To: &b.To, Customers: b.Customers, Predicted: b.Predicted, Actual: b.Actual}
		if open && b.To < b.From {
			doc.To = nil
		}
		docs = append(docs, doc)
	}
	return docs
}

func (a *app) printValidation(w io.Writer, v *engine.Held, d validationDoc) {
	t := a.tongue()
	fmt.Fprintln(w, a.paint(bold, d.Sentence))
	fmt.Fprintln(w, t.say("Gelernt aus %s bis %s, geprüft an %s bis %s: %s Kunden, %s davon bestellten wieder.",
		"Learnt from %s to %s, checked on %s to %s: %s customers, of whom %s ordered again.",
		t.day(v.First), t.day(v.Split), t.day(v.Split+1), t.day(v.End), grouped(int64(v.Customers)), grouped(int64(v.Returned))))
	header := table.Row{
		t.say("Methode", "method"), "MAE", "RMSE", t.say("Korrelation", "correlation"), t.say("Summe", "sum"),
		t.say("bestes Fünftel", "top fifth"), t.say("aktiv?", "active?"),
	}
	for _, money := range []bool{false, true} {
		if money && v.NoMoneyFit {
			continue
		}
		title, decimals := t.say("Bestelltage je Kunde", "Days with an order per customer"), 3
		if money {
			title, decimals = t.say("Umsatz je Kunde", "Revenue per customer"), 2
		}
		fmt.Fprintf(w, "\n%s\n", title)
		var rows []table.Row
		for i := range v.Methods {
			m := &v.Methods[i]
			x := m.Orders
			if money {
				x = m.Money
			}
			rows = append(rows, table.Row{
				t.method(m.Name), t.figure(x.MAE, decimals), t.figure(x.RMSE, decimals), t.figure(x.Correlation, 3),
				t.percent(x.Ratio), t.percent(x.TopShare), t.percent(m.Active),
			})
		}
		grid(w, header, rows)
	}
	fmt.Fprintln(w, t.say("\nSumme: vorhergesagt zu eingetreten. Bestes Fünftel: was das vorn gereihte Fünftel der Kunden brachte. Aktiv: bei wie vielen\nKunden richtig gesagt wurde, ob sie wieder bestellen (Modelle: P(aktiv) ab 50 %%; letzter Kauf: in %s Tagen).",
		"\nSum: predicted to happened. Top fifth: what the fifth ranked first brought. Active: of how many customers it told right\nwhether they order again (models: P(alive) from 50 %%; last purchase: within %s days).", t.figure(d.Within, 0)))
	if d.SVG != nil {
		fmt.Fprintln(w, t.say("Das Bild liegt in %s.", "The plot is in %s.", *d.SVG))
	}
}

// judgement says in one sentence whether the model earns its place.
func (t tongue) judgement(v *engine.Held) string {
	j, model := v.Judgement, &v.Methods[0]
	by := map[string]*worth.Method{}
	for i := range v.Methods {
		by[v.Methods[i].Name] = &v.Methods[i]
	}
	rival, ranker := by[j.Rival], by[j.Ranker]
	if j.TooFew {
		return t.say("Noch kein Urteil: Nur %d Kunden bestellten im geprüften Zeitraum wieder, 25 sind nötig.",
			"No verdict yet: only %d customers ordered again in the time checked, 25 are needed.", v.Returned)
	}
	verdict := t.say("verdient seinen Platz nicht", "does not earn its place")
	if j.Earns {
		verdict = t.say("verdient seinen Platz", "earns its place")
	}
	return t.say("%s %s: Es sagte %s der Bestellungen voraus (beste Faustregel, „%s“: %s), der Fehler je Kunde ist %s (RMSE %s gegen %s); beim Finden des besten Fünftels %s „%s“ (%s gegen %s).",
		"%s %s: it foresaw %s of the orders (best rule of thumb, “%s”: %s), its error per customer is %s (RMSE %s against %s); in finding the best fifth it %s “%s” (%s against %s).",
		t.method(model.Name), verdict, t.percent(model.Orders.Ratio), t.method(rival.Name), t.percent(rival.Orders.Ratio),
		t.errorStanding(j.Forecast), t.figure(model.Orders.RMSE, 2), t.figure(rival.Orders.RMSE, 2),
		t.rankStanding(j.Ranking), t.method(ranker.Name), t.percent(model.Orders.TopShare), t.percent(ranker.Orders.TopShare))
}

func (t tongue) errorStanding(s worth.Standing) string {
	switch s {
	case worth.Better:
		return t.say("kleiner", "smaller")
	case worth.Worse:
		return t.say("größer", "larger")
	}
	return t.say("nicht nachweisbar verschieden", "not provably different")
}

func (t tongue) rankStanding(s worth.Standing) string {
	switch s {
	case worth.Better:
		return t.say("schlägt es", "beats")
	case worth.Worse:
		return t.say("unterliegt es", "loses to")
	}
	return t.say("liegt es gleichauf mit", "is level with")
}
