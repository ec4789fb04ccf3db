package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"treue/campaigns/lift"
	"treue/engine"
)

// plannerDoc is what control shares give and cost before a launch. Amounts are in major units.
type plannerDoc struct {
	Basis      string       `json:"basis"`
	From       string       `json:"from"` // of the past window
	WindowDays int          `json:"window_days"`
	Customers  int64        `json:"customers"` // who matched then
	Buyers     int64        `json:"buyers"`
	Mean       float64      `json:"mean"`
	Variance   float64      `json:"variance"`
	Waiting    int64        `json:"waiting"`
	NewPerDay  float64      `json:"new_per_day"`
	Gain       float64      `json:"gain"` // assumed per customer
	Choices    []choiceDoc  `json:"choices"`
	ReasonCode *lift.Reason `json:"reason_code"`
}

type choiceDoc struct {
	Share         float64       `json:"share"`
	Own           bool          `json:"own"` // what the campaign's file says
	Treated       int64         `json:"treated"`
	Control       int64         `json:"control"`
	ControlBuyers float64       `json:"control_buyers"`
	EntryDays     int           `json:"entry_days"`
	VerdictOn     *string       `json:"verdict_on"`
	MDE           *float64      `json:"mde"`
	RelativeMDE   *float64      `json:"relative_mde"`
	Price         float64       `json:"price"`
	Chance        *float64      `json:"chance"`
	Warnings      []lift.Reason `json:"warnings"`
	Refused       *lift.Reason  `json:"refused"`
	Needs         *needsDoc     `json:"needs"`
	Sentences     []string      `json:"sentences"`
}

// planners adds the planner to the plan of every campaign that has not begun.
func planners(ctx context.Context, e *engine.Engine, now time.Time, plans []engine.Planned, docs []planDoc, gain float64, language string) error {
	for i := range plans {
		l, err := e.PlanLaunch(ctx, now, &plans[i], gain)
		if err != nil {
			return err
		}
		if l != nil {
			docs[i].Planner = newPlannerDoc(l, plans[i].Campaign.Holdout, language, e.Currency)
		}
	}
	return nil
}

func newPlannerDoc(l *engine.Launch, own float64, language, currency string) *plannerDoc {
	h := l.History
	d := &plannerDoc{
		Basis: "revenue", From: l.From.Format(time.DateOnly), WindowDays: l.WindowDays, Customers: h.N, Buyers: l.HistoryBuyers, Mean: h.Mean(),
		Variance: h.Variance(), Waiting: l.Waiting, NewPerDay: l.NewPerDay, Gain: l.Gain, Choices: []choiceDoc{},
	}
	if l.Margin {
		d.Basis = "margin"
	}
	if l.Missing != "" {
		d.ReasonCode = &l.Missing
	}
	for _, c := range l.Choices {
		choice := newChoiceDoc(&l.Launch, c, language, currency)
		choice.Own = c.Share == own
		d.Choices = append(d.Choices, choice)
	}
	return d
}

func newChoiceDoc(l *lift.Launch, c lift.Choice, language, currency string) choiceDoc {
	d := choiceDoc{
		Share: c.Share, Treated: c.Treated, Control: c.Control, ControlBuyers: c.ControlBuyers, EntryDays: c.EntryDays, Price: c.Price,
		Warnings: append([]lift.Reason{}, c.Warnings...), Sentences: []string{l.OfferSentence(c, language, currency)},
	}
	if c.Refused != "" {
		d.Refused, d.Needs = &c.Refused, &needsDoc{c.Needs.ControlCustomers, c.Needs.ControlBuyers}
		return d
	}
	on := c.VerdictOn.Format(time.DateOnly)
	d.VerdictOn, d.MDE, d.RelativeMDE, d.Chance = &on, &c.MDE, &c.RelativeMDE, &c.Chance
	if text := l.ChanceSentence(c, language, currency); text != "" {
		d.Sentences = append(d.Sentences, text)
	}
	d.Sentences = append(d.Sentences, c.WarningSentences(language)...)
	return d
}

// printPlanner offers the shares; the campaign's own carries a mark.
func printPlanner(w io.Writer, d *plannerDoc) {
	if d == nil {
		return
	}
	if d.ReasonCode != nil {
		fmt.Fprintf(w, "no forecast of the verdict: what the audience brought in %d days is not enough to judge by (%s)\n", d.WindowDays, *d.ReasonCode)
	}
	for _, c := range d.Choices {
		mark := " "
		if c.Own {
			mark = "*"
		}
		for i, text := range c.Sentences {
			if i > 0 {
				mark = " "
			}
			fmt.Fprintf(w, "%s %s\n", mark, text)
		}
	}
}
