package main

import (
	"fmt"
	"io"
	"math"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"treue/engine"
	"treue/engine/store"
	"treue/rules/worth"
)

// worthDoc is the result of `clv segments`. Money is in major units; what is unknown is null.
type worthDoc struct {
	AsOf          string           `json:"as_of"`
	Basis         string           `json:"basis"`
	Model         string           `json:"model"`
	ModelOutcome  string           `json:"model_outcome"`
	ModelReason   string           `json:"model_reason"`
	Total         groupDoc         `json:"total"`
	Segments      []groupDoc       `json:"segments"`
	Stages        []groupDoc       `json:"stages"`
	StagesVersion int              `json:"stages_version"`
	Tiers         []groupDoc       `json:"tiers"`
	Concentration concentrationDoc `json:"concentration"`
	RevenueShares concentrationDoc `json:"revenue_concentration"`
	Since         *string          `json:"since"` // the day of the earlier state; null: none is remembered
	Movement      struct {
		Segments []moveDoc `json:"segments"`
		Tiers    []moveDoc `json:"tiers"`
	} `json:"movement"`
	Covers string `json:"interval_covers"`
}

type groupDoc struct {
	Name           string     `json:"name,omitempty"`
	Rule           string     `json:"rule,omitempty"`
	Customers      int64      `json:"customers"`
	Share          float64    `json:"share_of_customers"`
	Revenue        float64    `json:"revenue"`
	Historic       float64    `json:"clv_historic"`
	Predicted      float64    `json:"clv_predicted"`
	Low            *float64   `json:"clv_predicted_low"`
	High           *float64   `json:"clv_predicted_high"`
	ParameterError *float64   `json:"parameter_error"`
	ChanceError    *float64   `json:"chance_error"`
	ShareOfCLV     *float64   `json:"share_of_clv"`
	Before         *beforeDoc `json:"before"`
}

type beforeDoc struct {
	Customers int64   `json:"customers"`
	Historic  float64 `json:"clv_historic"`
	Predicted float64 `json:"clv_predicted"`
}

type concentrationDoc struct {
	Customers int          `json:"customers"`
	Total     float64      `json:"total"`
	TopTenth  float64      `json:"top_10_percent"`
	TopFifth  float64      `json:"top_20_percent"`
	Gini      float64      `json:"gini"`
	Curve     [][2]float64 `json:"curve"` // the best share of the customers, and what they carry
}

type moveDoc struct {
	From      *string `json:"from"` // null: had no orders
	To        *string `json:"to"`
	Customers int64   `json:"customers"`
}

// rangeCovers says what the range of a sum of predicted values covers.
const rangeCovers = "90 %: uncertainty of the fitted parameters and chance in what the customers do; not that the market changes or the model is wrong, see clv validate"

func (a *app) clvSegmentsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "segments", Short: "Who carries the value: by segment, life-cycle stage and tier", Args: cobra.NoArgs,
		Long: "Segments adds up revenue, historic and predicted value over segments, life-cycle stages and tiers, says how few carry how\n" +
			"much, and what moved since the last remembered month.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			e, now, err := a.startAt(cmd.Context())
			if err != nil {
				return err
			}
			v, err := e.Value(cmd.Context(), now)
			if err != nil {
				return err
			}
			a.show(newWorthDoc(v), func(w io.Writer) { a.printWorth(w, v) })
			return nil
		},
	}
	a.asOfFlag(cmd)
	return cmd
}

func newWorthDoc(v *engine.Value) worthDoc {
	d := worthDoc{
		AsOf: v.Set.AsOf.Format("2006-01-02T15:04:05Z07:00"), Basis: v.Basis, Model: v.Model.Name, ModelOutcome: v.Model.Outcome, ModelReason: v.Model.Reason, StagesVersion: worth.StageVersion, Covers: rangeCovers,
		Concentration: newConcentrationDoc(v.CLV), RevenueShares: newConcentrationDoc(v.Revenue), Total: newGroupDoc(v, &v.All),
	}
	for i := range v.Groups {
		g := &v.Groups[i]
		doc := newGroupDoc(v, &g.Holding)
		doc.Name, doc.Rule = g.Name, g.Rule
		if g.Before.Name != "" {
			doc.Before = &beforeDoc{g.Before.Customers, g.Before.Historic, g.Before.Predicted}
		}
		switch g.Kind {
		case "segment":
			d.Segments = append(d.Segments, doc)
		case "stage":
			d.Stages = append(d.Stages, doc)
		default:
			d.Tiers = append(d.Tiers, doc)
		}
	}
	d.Movement.Segments, d.Movement.Tiers = moveDocs(v.Segments), moveDocs(v.Tiers)
	if v.Previous != nil {
		since := v.Previous.Day.String()
		d.Since = &since
	}
	return d
}

func newGroupDoc(v *engine.Value, h *worth.Holding) groupDoc {
	d := groupDoc{
		Customers: h.Customers, Revenue: h.Revenue, Historic: h.Historic, Predicted: h.Predicted,
		Low: orNull(h.PredictedLow), High: orNull(h.PredictedHigh), ParameterError: orNull(h.ParameterError), ChanceError: orNull(h.ChanceError),
		ShareOfCLV: orNull(h.CLV() / v.All.CLV()),
	}
	if v.All.Customers > 0 {
		d.Share = float64(h.Customers) / float64(v.All.Customers)
	}
	return d
}

func newConcentrationDoc(c worth.Concentration) concentrationDoc {
	d := concentrationDoc{Customers: c.Customers, Total: c.Total, TopTenth: c.TopTenth, TopFifth: c.TopFifth, Gini: c.Gini}
	for _, p := range c.Curve {
		d.Curve = append(d.Curve, [2]float64{p.Share, p.Carries})
	}
	return d
}

func moveDocs(moves []store.Move) []moveDoc {
	docs := []moveDoc{}
	name := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	for _, m := range moves {
		docs = append(docs, moveDoc{name(m.From), name(m.To), m.Customers})
	}
	return docs
}

func (a *app) printWorth(w io.Writer, v *engine.Value) {
	t := a.tongue()
	if v.All.Buyers == 0 {
		fmt.Fprintln(w, t.say("Noch hat niemand bestellt: `treue import orders` liest Bestellungen ein, `treue refresh` rechnet.",
			"Nobody has ordered yet: `treue import orders` takes orders in, `treue refresh` computes."))
		return
	}
	value := string(t.whole(v.All.Predicted))
	if !math.IsNaN(v.All.PredictedLow) {
		value = t.say("%s (%s bis %s)", "%s (%s to %s)", t.whole(v.All.Predicted), t.whole(v.All.PredictedLow), t.whole(v.All.PredictedHigh))
	}
	fmt.Fprintln(w, a.paint(bold, t.say("Die %s Kunden bringen in zwölf Monaten voraussichtlich %s; ein Zehntel von ihnen trägt %s des Kundenwerts, ein Fünftel %s.",
		"The %s customers will probably bring %s in twelve months; one tenth of them carries %s of the customer value, one fifth %s.",
		grouped(v.All.Buyers), value, t.percent(v.CLV.TopTenth), t.percent(v.CLV.TopFifth))))
	fmt.Fprintln(w, t.say("Stand %s, Basis: %s, Modell: %s. Umsatz: ein Zehntel trägt %s, ein Fünftel %s. Gini: Kundenwert %s, Umsatz %s.",
		"As of %s, basis: %s, model: %s. Revenue: one tenth carries %s, one fifth %s. Gini: customer value %s, revenue %s.",
		t.day(v.Set.Day), t.basis(v.Basis), t.method(v.Model.Name), t.percent(v.Revenue.TopTenth), t.percent(v.Revenue.TopFifth),
		t.figure(v.CLV.Gini, 2), t.figure(v.Revenue.Gini, 2)))
	if note := engine.ModelNote(&v.Model, t.language); note != "" {
		fmt.Fprintln(w, note)
	}
	for _, kind := range []string{"segment", "stage", "tier"} {
		a.printGroups(w, v, kind)
	}
	if v.Previous == nil {
		fmt.Fprintln(w, t.say("\nNoch kein früherer Monat zum Vergleich: `treue clv alerts --backfill 12` holt die letzten nach.",
			"\nNo earlier month to compare with yet: `treue clv alerts --backfill 12` makes up for the last ones."))
	} else {
		a.printMoves(w, v)
	}
	fmt.Fprintln(w, t.say("\nSpanne (90 %): Unschärfe der Modellparameter und Zufall im Verhalten der Kunden; nicht, dass sich der Markt ändert\noder das Modell irrt: das zeigt `treue clv validate`.",
		"\nRange (90 %): uncertainty of the model's parameters and chance in what customers do; not that the market changes or the\nmodel is wrong: `treue clv validate` shows that."))
}

func (a *app) printGroups(w io.Writer, v *engine.Value, kind string) {
	t := a.tongue()
	header := table.Row{
		t.kind(kind), t.say("Kunden", "customers"), t.say("Anteil", "share"), t.say("Umsatz", "revenue"), t.say("bisher", "historic"),
		t.say("12 Monate", "12 months"), t.say("Spanne", "range"), t.say("Anteil am Wert", "share of CLV"),
	}
	if v.Previous != nil {
		header = append(header, t.say("Kunden ±", "customers ±"), t.say("12 Monate ±", "12 months ±"))
	}
	var rows []table.Row
	for i := range v.Groups {
		g := &v.Groups[i]
		if g.Kind != kind {
			continue
		}
		limits := unknownFigure
		if !math.IsNaN(g.PredictedLow) {
			limits = t.say("%s bis %s", "%s to %s", t.whole(g.PredictedLow), t.whole(g.PredictedHigh))
		}
		row := table.Row{
			t.group(kind, g.Name), grouped(g.Customers), t.percent(float64(g.Customers) / float64(v.All.Customers)), t.whole(g.Revenue),
			t.whole(g.Historic), t.whole(g.Predicted), amount(limits), t.percent(g.CLV() / v.All.CLV()),
		}
		if v.Previous != nil && g.Before.Name != "" {
			row = append(row, t.change(float64(g.Customers-g.Before.Customers), func(d float64) amount { return t.figure(d, 0) }),
				t.change(g.Predicted-g.Before.Predicted, t.whole))
		}
		rows = append(rows, row)
	}
	fmt.Fprintln(w)
	grid(w, header, rows)
}

// printMoves shows the matrix of segments: rows are where customers were, columns where they are.
func (a *app) printMoves(w io.Writer, v *engine.Value) {
	t := a.tongue()
	var names []string
	at := map[string]int{}
	for i := range v.Groups {
		if g := &v.Groups[i]; g.Kind == "segment" {
			at[g.Name] = len(names)
			names = append(names, g.Name)
		}
	}
	at[""] = len(names) // newcomers
	counts := make([][]int64, len(names)+1)
	for i := range counts {
		counts[i] = make([]int64, len(names))
	}
	for _, m := range v.Segments {
		if m.To != "" {
			counts[at[m.From]][at[m.To]] += m.Customers
		}
	}
	fmt.Fprintln(w, t.say("\n±: seit dem %s.", "\n±: since %s.", t.day(v.Previous.Day)))
	fmt.Fprintln(w, t.say("\nWoher die Kunden kommen: Zeilen am %s, Spalten heute", "\nWhere customers came from: rows on %s, columns today", t.day(v.Previous.Day)))
	header := table.Row{""}
	for i := range names {
		header = append(header, amount(fmt.Sprint(i+1)))
	}
	var rows []table.Row
	for i, row := range counts {
		name := t.say("neu", "newcomers")
		if i < len(names) {
			name = fmt.Sprintf("%d %s", i+1, t.group("segment", names[i]))
		}
		cells := table.Row{name}
		for _, n := range row {
			cell := grouped(n)
			if n == 0 {
				cell = "·"
			}
			cells = append(cells, cell)
		}
		rows = append(rows, cells)
	}
	grid(w, header, rows)
}
