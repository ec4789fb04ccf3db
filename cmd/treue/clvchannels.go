package main

import (
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"treue/engine"
)

// channelsDoc is the result of `clv channels`. Figures are per customer unless their name says otherwise.
type channelsDoc struct {
	AsOf     string       `json:"as_of"`
	By       string       `json:"by"`
	Basis    string       `json:"basis"`
	Channels []channelDoc `json:"channels"`
}

type channelDoc struct {
	Name            *string   `json:"name"` // null: not known
	Customers       int64     `json:"customers"`
	Orders          int64     `json:"orders"`
	Revenue         float64   `json:"revenue_total"`
	Total           float64   `json:"clv_total"`
	CLV             float64   `json:"clv"`
	Historic        float64   `json:"clv_historic"`
	Predicted       float64   `json:"clv_predicted"`
	MailCost        float64   `json:"mail_cost"`
	AcquisitionCost *float64  `json:"acquisition_cost"`
	CostKnown       int64     `json:"cost_known"` // customers
	Ratio           *float64  `json:"clv_to_acquisition_cost"`
	Payback         *int      `json:"payback_months"`
	Curve           []float64 `json:"earned_by_month"`
	Watched         int       `json:"watched_months"`
	Small           bool      `json:"small"`
}

func (a *app) clvChannelsCommand() *cobra.Command {
	var by string
	cmd := &cobra.Command{
		Use: "channels", Short: "What customers are worth by where they came from, against what winning them cost", Args: cobra.NoArgs,
		Long: "Channels compares value and acquisition cost by acquisition channel, or by the category of the first order. A customer's cost\n" +
			"is that of the import (acquisition_cost), else the setting acquisition_cost.CHANNEL. It is paid back in the first month by\n" +
			"whose end a customer has earned it on average.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if by != "channel" && by != "category" {
				return wrongInput(fmt.Errorf("--by %q: want channel or category", by))
			}
			e, now, err := a.startAt(cmd.Context())
			if err != nil {
				return err
			}
			c, err := e.Channels(cmd.Context(), now, by)
			if err != nil {
				return err
			}
			a.show(newChannelsDoc(c), func(w io.Writer) { a.printChannels(w, c) })
			return nil
		},
	}
	cmd.Flags().StringVar(&by, "by", "channel", "channel or category (of the first order)")
	_ = cmd.RegisterFlagCompletionFunc("by", cobra.FixedCompletions([]string{"channel", "category"}, cobra.ShellCompDirectiveNoFileComp))
	a.asOfFlag(cmd)
	return cmd
}

func newChannelsDoc(c *engine.Channels) channelsDoc {
	d := channelsDoc{AsOf: c.Set.AsOf.Format("2006-01-02T15:04:05Z07:00"), By: c.By, Basis: c.Basis, Channels: []channelDoc{}}
	for i := range c.Channels {
		o := &c.Channels[i]
		n := float64(o.Customers)
		doc := channelDoc{
			Customers: o.Customers, Orders: o.Orders, Revenue: o.Revenue, Total: o.Historic + o.Predicted, CLV: o.CLV, Historic: o.Historic / n,
			Predicted: o.Predicted / n, MailCost: o.MailCost, AcquisitionCost: orNull(o.AcquisitionCost), CostKnown: o.Priced, Ratio: orNull(o.Ratio),
			Curve: append([]float64{}, o.Curve...), Watched: max(0, len(o.Curve)-1), Small: o.Small,
		}
		if o.Name != "" {
			doc.Name = &o.Name
		}
		if o.Payback >= 0 {
			doc.Payback = &o.Payback
		}
		d.Channels = append(d.Channels, doc)
	}
	return d
}

func (a *app) printChannels(w io.Writer, c *engine.Channels) {
	t := a.tongue()
	if len(c.Channels) == 0 {
		fmt.Fprintln(w, t.say("Noch hat niemand bestellt.", "Nobody has ordered yet."))
		return
	}
	first := t.say("Kanal", "channel")
	if c.By == "category" {
		first = t.say("erste Kategorie", "first category")
	}
	var rows []table.Row
	for i := range c.Channels {
		o := &c.Channels[i]
		name := o.Name
		if name == "" {
			name = t.say("(unbekannt)", "(unknown)")
		}
		if o.Small {
			name += " *"
		}
		n := float64(o.Customers)
		rows = append(rows, table.Row{
			name, grouped(o.Customers), t.money(o.Historic / n), t.money(o.Predicted / n), t.money(o.CLV), t.money(o.AcquisitionCost),
			t.figure(o.Ratio, 1), amount(t.payback(o)),
		})
	}
	grid(w, table.Row{
		first, t.say("Kunden", "customers"), t.say("bisher", "historic"), t.say("12 Monate", "12 months"), "CLV",
		t.say("Gewinnung", "acquisition"), t.say("CLV je Kosten", "CLV to cost"), t.say("bezahlt nach", "paid back after"),
	}, rows)
	fmt.Fprintln(w, t.say("\nJe Kunde, Stand %s, Basis: %s.", "\nPer customer, as of %s, basis: %s.", t.day(c.Set.Day), t.basis(c.Basis)))
	if c.Basis == "margin" {
		fmt.Fprintln(w, t.say("Der Deckungsbeitrag ist nach Umsatzsteuer, Ware und Kosten je Bestellung.", "Margin is net of VAT, goods and costs per order."))
	} else {
		fmt.Fprintln(w, t.say("Ohne Kosten der Bestellungen oder `margin_share` sind alle Werte Umsatz: „bezahlt“ heißt hier noch nicht verdient.",
			"Without costs of orders or `margin_share` all values are revenue: \"paid back\" does not mean earned here."))
	}
	if slices.ContainsFunc(c.Channels, func(o engine.Channel) bool { return o.Small }) {
		fmt.Fprintln(w, t.say("* unter 30 Kunden: die Zahlen schwanken noch.", "* fewer than 30 customers: the figures are not steady yet."))
	}
	if !slices.ContainsFunc(c.Channels, func(o engine.Channel) bool { return !math.IsNaN(o.AcquisitionCost) }) {
		fmt.Fprintln(w, t.say("Was die Gewinnung kostet, ist nicht bekannt: --set acquisition_cost.KANAL=12.50 oder die Spalte acquisition_cost der Kunden sagt es.",
			"What acquisition costs is not known: --set acquisition_cost.CHANNEL=12.50 or the customers' column acquisition_cost says it."))
	}
}

// payback says when the acquisition cost is earned.
func (t tongue) payback(c *engine.Channel) string {
	switch {
	case math.IsNaN(c.AcquisitionCost):
		return unknownFigure
	case c.Payback == 0:
		return t.say("der ersten Bestellung", "the first order")
	case c.Payback == 1:
		return t.say("1 Monat", "1 month")
	case c.Payback > 1:
		return t.say("%d Monaten", "%d months", c.Payback)
	}
	return t.say("nicht in %d Monaten", "not in %d months", max(0, len(c.Curve)-1))
}
