package engine

import (
	"context"
	"errors"
	"time"

	"treue/campaigns"
	"treue/engine/store"
	"treue/rules"
	"treue/rules/features"
	"treue/templates"
)

// Explanation says why a customer is in a campaign or not.
type Explanation struct {
	Campaign *campaigns.Campaign
	Verdict  rules.Verdict
	Outcome  string // the gate, the arm, or no_match
	Detail   string
	Arm      string // stored; "" if never assigned
	Sends    []store.SendRecord
}

// Explain evaluates the campaign's rule for the customer, asks the gates as a run at now would, and shows what is on
// record. Nothing is evaluated for a customer who objects to profiling.
func (e *Engine) Explain(ctx context.Context, now time.Time, c *campaigns.Campaign, who store.CustomerRecord) (Explanation, error) {
	x := Explanation{Campaign: c}
	var err error
	if x.Sends, err = e.store.SendsOf(ctx, c.Key, who.ID); err != nil {
		return x, err
	}
	if x.Arm, err = e.store.ArmOf(ctx, c.Key, c.Split, who.ID); err != nil {
		return x, err
	}
	if err = e.profiled(ctx, who.ID); errors.Is(err, ErrObjected) {
		x.Outcome, x.Detail = string(campaigns.GateObjection), ErrObjected.Error()
		return x, nil
	}
	if err != nil {
		return x, err
	}
	set, err := e.Snapshots(ctx, now)
	if err != nil {
		return x, err
	}
	snapshot, err := e.store.SnapshotOf(ctx, set, e.viewFor(now, c.AudienceRule()), who.ID)
	if errors.Is(err, store.ErrNotFound) {
		x.Outcome = "erased"
		return x, nil
	}
	if err != nil {
		return x, err
	}
	x.Verdict = c.AudienceRule().Verdict(&snapshot, features.DayOf(now, e.Zone))
	x.Outcome, x.Detail = "no_match", x.Verdict.Reason()
	if !x.Verdict.Matched {
		return x, nil
	}
	plans, err := e.Plan(ctx, now, []string{c.Key})
	if err != nil {
		return x, err
	}
	for _, d := range plans[0].Decisions {
		if d.CustomerID == who.ID {
			x.Outcome, x.Detail = string(d.Outcome), d.Detail
		}
	}
	return x, nil
}

// Preview renders a mail for a customer, with stand-ins for what a campaign's step gives. No coupon is used and nothing is
// recorded.
func (e *Engine) Preview(ctx context.Context, template string, who store.CustomerRecord, now time.Time) (templates.Message, error) {
	t, ok := e.template(template, who.Language)
	if !ok {
		return templates.Message{}, store.ErrNotFound
	}
	until := now.AddDate(0, 0, 14)
	claim := store.Claim{SendKey: store.SendKey{CustomerID: who.ID}, Customer: who.Recipient, CouponCode: "PREVIEW", ValidUntil: &until}
	step := campaigns.Step{
		Template: template, Offer: &campaigns.Offer{Percent: 10, Unique: true, Valid: 14},
		Values: templates.Sample(t.Language(), now).Values,
	}
	facts, err := e.latestFacts(ctx, t, who.ID, now)
	if err != nil {
		return templates.Message{}, err
	}
	return t.Render(e.mailData(&step, &claim, facts, t.Language(), "preview"))
}
