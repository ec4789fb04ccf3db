package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"

	"treue/campaigns/lift"
	"treue/engine"
)

// revisionDoc is one kept report in a list.
type revisionDoc struct {
	Campaign    string    `json:"campaign"`
	Split       int       `json:"split"`
	Arm         string    `json:"arm"`
	WindowDays  int       `json:"window_days"`
	Revision    int       `json:"revision"`
	AsOf        string    `json:"as_of"`
	Matured     int64     `json:"matured"`
	Verdict     lift.Code `json:"verdict"`
	PerCustomer *float64  `json:"per_customer"`
	Low         *float64  `json:"low"`
	High        *float64  `json:"high"`
	InputHash   string    `json:"input_hash"`
}

func newRevisionDoc(r *engine.Report) revisionDoc {
	d := revisionDoc{
		Campaign: r.Campaign.Key, Split: r.Split, Arm: r.Arm, WindowDays: r.WindowDays, Revision: r.Kept.Number,
		AsOf: dayIn(r.Kept.AsOf, r.Campaign.Zone), Verdict: r.Verdict.Code, InputHash: r.Kept.Hash,
	}
	for i := range r.Arms {
		d.Matured += r.Arms[i].Matured
	}
	if e := &r.Estimate; e.Defined() {
		d.PerCustomer, d.Low, d.High = &e.Diff, &e.PrintLow, &e.PrintHigh
	}
	return d
}

// revisions lists what was reported before, or opens one revision of each report exactly as it was made.
func (o *reportOutput) revisions(ctx context.Context, e *engine.Engine, keys []string, number int) error {
	if len(keys) == 0 || number < 0 {
		return wrongInput(errors.New("revisions are those of a campaign: treue report KEY --revisions, then treue report KEY --revision 1"))
	}
	var all []engine.Report
	for _, key := range keys {
		some, err := e.Revisions(ctx, key, number)
		if err != nil {
			return err
		}
		all = append(all, some...)
	}
	if number == 0 {
		o.listRevisions(all, o.language, e.Currency)
		return nil
	}
	if len(all) == 0 {
		return wrongInput(fmt.Errorf("there is no revision %d: treue report KEY --revisions lists those there are", number))
	}
	return o.write(e, all, all[len(all)-1].Kept.AsOf, nil, false)
}

func (a *app) listRevisions(all []engine.Report, language, currency string) {
	docs := make([]revisionDoc, len(all))
	for i := range all {
		docs[i] = newRevisionDoc(&all[i])
	}
	a.show(map[string]any{"revisions": docs}, func(w io.Writer) {
		var rows []table.Row
		for i := range docs {
			d := &docs[i]
			amounts := ""
			if d.PerCustomer != nil && d.Verdict != lift.TooEarly && d.Verdict != lift.NotTrustworthy {
				amounts = lift.FormatMoney(*d.Low, language, currency) + " to " + lift.FormatMoney(*d.High, language, currency)
			}
			rows = append(rows, table.Row{d.Campaign, strconv.Itoa(d.Split), d.Arm, strconv.Itoa(d.Revision), d.AsOf, grouped(d.Matured), string(d.Verdict), amount(amounts)})
		}
		grid(w, table.Row{"campaign", "split", "arm", "revision", "as of", "matured", "verdict", "per customer"}, rows)
	})
}
