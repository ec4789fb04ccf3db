package main

import (
	"fmt"
	"io"
	"math"

	"github.com/jedib0t/go-pretty/v6/progress"
	"github.com/spf13/cobra"

	"treue/engine"
	"treue/rules/features"
	"treue/rules/worth"
)

// alertsDoc is the result of `clv alerts`.
type alertsDoc struct {
	AsOf       string     `json:"as_of"`
	Basis      string     `json:"basis"`
	Months     int        `json:"months"`  // of history
	Signals    int        `json:"signals"` // watched
	Backfilled int        `json:"backfilled"`
	First      *string    `json:"first_alert_possible"` // null: already
	Alerts     []alertDoc `json:"alerts"`
	Band       string     `json:"band"`
	Sentence   string     `json:"sentence"`
}

type alertDoc struct {
	Signal    worth.Signal `json:"signal"`
	Name      string       `json:"name,omitempty"`
	Worry     bool         `json:"worry"`
	Direction string       `json:"direction"`
	Value     float64      `json:"value"`
	Expected  float64      `json:"expected"`
	Low       float64      `json:"low"`
	High      float64      `json:"high"`
	Change    *float64     `json:"change"`
	Since     string       `json:"since"`
	Months    int          `json:"months"`
	Rule      string       `json:"rule"`
	Customers int64        `json:"customers"`
	Sentence  string       `json:"sentence"`
}

// bandMethod says how the band of a signal is made.
const bandMethod = "median trend (Theil-Sen) of the previous 6 to 12 months; half width: the largest of Student's 99.95 % quantile times 1.4826 MAD, " +
	"3 standard deviations of counting noise (binomial for shares, Poisson for values) and 5 % of the expected value"

func (a *app) clvAlertsCommand() *cobra.Command {
	var months int
	cmd := &cobra.Command{
		Use: "alerts", Short: "What has left its usual range: segments' value, tiers' size, the reorder rate", Args: cobra.NoArgs,
		Long: "Alerts compares the shop with its previous 6 to 12 months: the predicted value of each segment, the share of buyers in each\n" +
			"tier, and the share of customers due by their rhythm who ordered. Each alert has the rule of the customers behind it, for\n" +
			"`treue rules count` and for a campaign. Every first refresh of a month remembers it; --backfill computes past months.\n\n" +
			"Band: " + bandMethod + ".",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if months < 0 || months > 60 {
				return wrongInput(fmt.Errorf("--backfill %d: want 1 to 60 months", months))
			}
			e, now, err := a.startAt(cmd.Context())
			if err != nil {
				return err
			}
			added := 0
			if months > 0 {
				b := a.newBar("months", int64(months), progress.UnitsDefault)
				n := int64(0)
				added, err = e.Backfill(cmd.Context(), now, months, func(m features.Day) {
					n++
					b.set(n, m.Date().Format("2006-01"))
				})
				b.done()
				if err != nil {
					return err
				}
			}
			v, err := e.Value(cmd.Context(), now)
			if err != nil {
				return err
			}
			alerts, err := e.Alerts(cmd.Context(), v)
			if err != nil {
				return err
			}
			d := a.tongue().newAlertsDoc(alerts, added)
			a.show(d, func(w io.Writer) { a.printAlerts(w, d) })
			return nil
		},
	}
	cmd.Flags().IntVar(&months, "backfill", 0, "first remember so many past months as they were, the present one included")
	a.asOfFlag(cmd)
	return cmd
}

func (t tongue) newAlertsDoc(a *engine.Alerts, added int) alertsDoc {
	d := alertsDoc{
		AsOf: a.Set.AsOf.Format("2006-01-02T15:04:05Z07:00"), Basis: a.Basis, Months: a.Months, Signals: a.Signals, Backfilled: added,
		Alerts: []alertDoc{}, Band: bandMethod,
	}
	worries := 0
	for i, x := range a.Watched.Alerts {
		doc := alertDoc{
			Signal: x.Signal, Name: x.Name, Worry: x.Worry, Direction: "down", Value: x.Value, Expected: x.Expected, Low: x.Low, High: x.High,
			Change: orNull(x.Change()), Since: x.Since.String(), Months: x.Months, Rule: x.Rule, Customers: a.Counts[i], Sentence: t.alert(x),
		}
		if x.Up {
			doc.Direction = "up"
		}
		if x.Worry {
			worries++
		}
		d.Alerts = append(d.Alerts, doc)
	}
	switch {
	case a.First != features.NoDay:
		first := a.First.String()
		d.First = &first
		d.Sentence = t.say("Noch keine Warnung möglich: %d von %d nötigen Monaten sind bekannt, die erste ist ab %s möglich; `treue clv alerts --backfill 12` holt Monate nach.",
			"No alert is possible yet: %d of the %d months needed are known, the first is possible from %s on; `treue clv alerts --backfill 12` makes up for months.",
			a.Months, worth.BandMonths, t.day(a.First))
	case worries == 0:
		d.Sentence = t.say("Nichts gibt Anlass zur Sorge: %d Größen liegen in ihrem üblichen Bereich oder darüber.", "Nothing worries: %d quantities are in their usual range or better.", a.Signals)
	case worries == 1:
		d.Sentence = t.say("Eine von %d Größen gibt Anlass zur Sorge.", "One of %d quantities worries.", a.Signals)
	default:
		d.Sentence = t.say("%d von %d Größen geben Anlass zur Sorge.", "%d of %d quantities worry.", worries, a.Signals)
	}
	return d
}

// alert says what happened, by how much and since when.
func (t tongue) alert(x worth.Alert) string {
	value := t.whole
	what := t.say("Der Wert der Kunden in „%s“ für die nächsten 12 Monate", "The value of the customers in “%s” over the next 12 months", t.group("segment", x.Name))
	switch x.Signal {
	case worth.TierSize:
		value, what = t.percent, t.say("Der Anteil der Käufer in Stufe %s", "The share of buyers in tier %s", x.Name)
	case worth.ReorderRate:
		value, what = t.percent, t.say("Der Anteil der fälligen Kunden, die bestellten,", "The share of customers due who ordered")
	case worth.SegmentCLV:
	}
	change := ""
	if c := x.Change(); !math.IsNaN(c) && !math.IsInf(c, 0) {
		change = ", " + string(t.change(c, t.percent))
	}
	return t.say("%s ist %s statt %s (üblich %s bis %s)%s, seit %s.", "%s is %s instead of %s (usual: %s to %s)%s, since %s.",
		what, value(x.Value), value(x.Expected), value(x.Low), value(x.High), change, t.day(x.Since))
}

func (a *app) printAlerts(w io.Writer, d alertsDoc) {
	t := a.tongue()
	if d.Backfilled > 0 {
		fmt.Fprintln(w, t.say("%d Monate nachgeholt.", "%d months made up for.", d.Backfilled))
	}
	fmt.Fprintln(w, a.paint(bold, d.Sentence))
	for _, x := range d.Alerts {
		mark := t.say("gute Nachricht", "good news")
		if x.Worry {
			mark = a.paint(red, t.say("Sorge", "worry"))
		}
		fmt.Fprintf(w, "\n%s: %s\n", mark, x.Sentence)
		fmt.Fprintln(w, t.say("  %s Kunden dahinter:", "  %s customers behind it:", grouped(x.Customers)))
		fmt.Fprintf(w, "  treue rules count '%s'\n", x.Rule)
	}
}
