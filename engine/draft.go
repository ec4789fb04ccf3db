package engine

import (
	"context"

	"treue/campaigns"
	"treue/engine/delivery"
)

// draft is an errand whose mail is made.
type draft struct {
	*errand

	campaign *campaigns.Campaign
	mail     delivery.Prepared
	unfit    error // why the mail cannot be made
}

// draft makes the mail of an errand.
func (w *worker) draft(ctx context.Context, e *errand) (*draft, error) {
	campaign, err := w.version(ctx, &e.Claim)
	if err != nil {
		return nil, err
	}
	facts := e.known.facts
	if w.CountClicks {
		facts.route = &route{Engine: w.Engine, claim: &e.Claim, own: e.own, now: w.now}
	}
	mail, unfit := w.prepare(campaign, &e.Claim, facts, w.now, w.room())
	if err := w.keepLinks(ctx, facts.route); err != nil {
		return nil, err
	}
	return &draft{e, campaign, mail, unfit}, nil
}

// ahead makes the mail that comes after the one whose attempt is being recorded, if one is in hand. What keeps it from
// that is met again when nothing waits.
func (w *worker) ahead(ctx context.Context) {
	e := w.hand.spare()
	if e == nil {
		return
	}
	next, err := w.draft(ctx, e)
	if err != nil {
		w.hand.giveBack(e)
		return
	}
	w.ready = next
}

// leave gives back the mail that was made ahead: others may send it.
func (w *worker) leave() {
	if w.ready != nil {
		w.hand.giveBack(w.ready.errand)
		w.ready = nil
	}
}

// room is where a mail may be written: that of one that has left.
func (w *worker) room() (last []byte) {
	if n := len(w.rooms); n > 0 {
		last, w.rooms = w.rooms[n-1], w.rooms[:n-1]
	}
	return last
}

// check decides at the last moment what becomes of a send.
func (w *worker) check(m *draft, due *campaigns.Due) campaigns.Check {
	due.Exit, due.Zone = m.known.exits, w.zones.get(m.Customer.Timezone)
	verdict := m.campaign.Check(due, w.now, w.settings)
	if verdict.State == campaigns.Sending && m.unfit != nil {
		return campaigns.Check{State: campaigns.Held, Reason: m.unfit.Error()}
	}
	return verdict
}
