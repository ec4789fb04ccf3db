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

// asker is a mail that asks for facts about its reader. Most mails ask for none that need a query.
type asker struct {
	customerID int64
	mail       *templates.Template // nil: there is none of that name
	exit       *rules.Rule         // nil: the campaign has no exit rule
	tells      bool                // it says what the snapshot knows

	known recalled
}

// recalled is what is known of a send before its mail is made.
type recalled struct {
	exits bool // the campaign's exit rule holds, by the published snapshots
	facts mailFacts
}

func (e *Engine) asking(c *campaigns.Campaign, step int, language string, customerID int64) *asker {
	a := &asker{customerID: customerID, exit: c.ExitRule()}
	if step >= 1 && step <= len(c.Steps) {
		a.mail, _ = e.template(c.Steps[step-1].Template, language)
	}
	a.tells = a.uses(told()...)
	return a
}

func (a *asker) uses(names ...string) bool { return a.mail != nil && a.mail.Uses(names...) }

// needs are what is read of the snapshot for the mail; false: nothing.
func (a *asker) needs() (n rules.Needs, asked bool) {
	if a.tells {
		n = n.Join(store.EverythingStored())
	}
	if a.exit != nil {
		n = n.Join(a.exit.Needs())
	}
	return n, a.tells || a.exit != nil
}

// look keeps what a snapshot says.
func (a *asker) look(s *features.Snapshot, day features.Day, zone *time.Location) {
	a.known.exits = a.exit != nil && a.exit.Match(s, day)
	if a.tells {
		a.known.facts.customer = customerFacts(s, day, zone)
	}
}

// recall reads in a few queries what the mails of the claims say, and whether their exit rules hold.
func (d *dispatch) recall(ctx context.Context, claims []store.Claim) (map[store.SendKey]*recalled, error) {
	all := make(map[store.SendKey]*recalled, len(claims))
	var askers []*asker
	for i := range claims {
		c := &claims[i]
		campaign, err := d.version(ctx, c)
		if err != nil {
			return nil, err
		}
		a := d.asking(campaign, c.Step, c.Customer.Language, c.CustomerID)
		askers, all[c.SendKey] = append(askers, a), &a.known
	}
	if err := d.lookUp(ctx, askers); err != nil {
		return nil, err
	}
	return all, d.show(ctx, askers, d.now)
}

// lookUp reads the published snapshots of those that ask for them. A long dispatch outlives the ones that it began with.
func (d *dispatch) lookUp(ctx context.Context, askers []*asker) error {
	set := d.published()
	err := d.lookIn(ctx, set, askers, d.now)
	if errors.Is(err, store.ErrRefreshed) {
		if set, err = d.republished(ctx); err == nil {
			err = d.lookIn(ctx, set, askers, d.now)
		}
	}
	return err
}

func (e *Engine) lookIn(ctx context.Context, set store.Set, askers []*asker, now time.Time) error {
	view, day, byID := e.view(now), features.DayOf(now, e.Zone), map[int64][]*asker{}
	var ids []int64
	for _, a := range askers {
		if needs, asked := a.needs(); asked {
			view.Needs = view.Needs.Join(needs)
			ids, byID[a.customerID] = append(ids, a.customerID), append(byID[a.customerID], a)
		}
	}
	if len(ids) == 0 || set.ID == 0 {
		return nil
	}
	return e.store.SnapshotsOf(ctx, set, view, ids, func(s *features.Snapshot) error {
		for _, a := range byID[s.CustomerID] {
			a.look(s, day, e.Zone)
		}
		return nil
	})
}
