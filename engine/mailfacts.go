package engine

import (
	"context"
	"time"

	"treue/campaigns"
	"treue/engine/store"
	"treue/rules/features"
	"treue/templates"
)

// mailFacts are what a mail may say of a customer beyond the address, as the published snapshots have it. Zero: unknown.
type mailFacts struct {
	*features.Snapshot
	zone  *time.Location
	day   features.Day
	route *route // of links to the shop; nil: they stay as they are

	products []templates.Product
	bundle   *templates.Bundle // nil: none
}

// told are the names for which a mail needs the customer's snapshot.
func told() []string {
	return []string{
		"customer.country", "customer.orders", "customer.first_order_at", "customer.years", "customer.last_order_at",
		"customer.last_category", "customer.next_category", "customer.birthday", "customer.tier",
	}
}

// facts reads what the mail of a claim says. Most mails say nothing that needs a query.
func (d *dispatch) facts(ctx context.Context, steps []campaigns.Step, c *store.Claim) (mailFacts, error) {
	f := mailFacts{zone: d.Zone, day: features.DayOf(d.now, d.Zone)}
	if c.Step < 1 || c.Step > len(steps) {
		return f, nil
	}
	t, ok := d.template(steps[c.Step-1].Template, c.Customer.Language)
	if !ok {
		return f, nil
	}
	if t.Uses(told()...) {
		s, known, err := d.snapshotOf(ctx, d.everything(d.now), c.CustomerID)
		if err != nil {
			return f, err
		}
		if known {
			f.Snapshot = &s
		}
	}
	return f, d.show(ctx, &f, t, c.CustomerID, d.now)
}

// show adds the products that a mail shows.
func (e *Engine) show(ctx context.Context, f *mailFacts, t *templates.Template, customerID int64, now time.Time) (err error) {
	if t.Uses("products") {
		if f.products, err = e.tiles(ctx, customerID, now); err != nil {
			return err
		}
	}
	if !t.Uses("bundle") {
		return nil
	}
	b, err := e.bundle(ctx, customerID)
	if err == nil && b != nil {
		f.bundle, err = e.bundleTiles(ctx, b, t.Language())
	}
	return err
}

// everything is a view of all that is stored.
func (e *Engine) everything(now time.Time) store.View {
	view := e.view(now)
	view.Needs = store.EverythingStored()
	return view
}

// latestFacts are those of the published snapshots for a mail that nobody sends.
func (e *Engine) latestFacts(ctx context.Context, t *templates.Template, customerID int64, now time.Time) (mailFacts, error) {
	f := mailFacts{zone: e.Zone, day: features.DayOf(now, e.Zone)}
	if err := e.show(ctx, &f, t, customerID, now); err != nil {
		return f, err
	}
	set, err := e.store.CurrentSet(ctx)
	if err != nil {
		return f, ignoreNotFound(err)
	}
	s, err := e.store.SnapshotOf(ctx, set, e.everything(now), customerID)
	if err == nil {
		f.Snapshot = &s
	}
	return f, ignoreNotFound(err)
}

// template finds a mail in the customer's language, else in the shop's.
func (e *Engine) template(key, language string) (*templates.Template, bool) {
	if language == "" {
		language = e.Language
	}
	return e.templates.Template(key, language)
}

// fill adds the facts that are known.
func (f mailFacts) fill(c *templates.Customer) {
	s := f.Snapshot
	if s == nil {
		return
	}
	c.Country, c.Orders, c.Tier = s.Country, int(s.Orders), s.Tier
	c.LastCategory, c.NextCategory = s.LastCategory, s.NextCategory
	c.FirstOrderAt, c.LastOrderAt, c.Birthday = f.date(s.FirstOrderOn), f.date(s.LastOrderOn), f.date(s.BornOn)
	if s.FirstOrderOn.Known() {
		c.Years = s.FirstOrderOn.Years(f.day)
	}
}

// date is a day as mails print it; the zero time if it is not known.
func (f mailFacts) date(d features.Day) time.Time {
	if !d.Known() {
		return time.Time{}
	}
	return d.Start(f.zone)
}
