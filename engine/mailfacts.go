package engine

import (
	"context"
	"errors"
	"time"

	"treue/campaigns"
	"treue/engine/store"
	"treue/rules/features"
	"treue/templates"
)

// mailFacts are what a mail may say of a customer beyond the address, as the published snapshots have it. Zero: unknown.
type mailFacts struct {
	*features.Snapshot
	zone *time.Location
	day  features.Day
}

// told are the names for which a mail needs the customer's snapshot.
func told() []string {
	return []string{
		"customer.country", "customer.orders", "customer.first_order_at", "customer.years", "customer.last_order_at",
		"customer.last_category", "customer.next_category", "customer.birthday", "customer.tier",
	}
}

// facts reads what the mail of a claim says. Most mails say nothing that needs a query.
func (e *Engine) facts(ctx context.Context, set store.Set, now time.Time, steps []campaigns.Step, c *store.Claim) (mailFacts, error) {
	f := mailFacts{zone: e.Zone, day: features.DayOf(now, e.Zone)}
	if set.ID == 0 || c.Step < 1 || c.Step > len(steps) {
		return f, nil
	}
	t, ok := e.template(steps[c.Step-1].Template, c.Customer.Language)
	if !ok || !t.Uses(told()...) {
		return f, nil
	}
	view := e.view(now)
	view.Needs = store.EverythingStored()
	s, err := e.store.SnapshotOf(ctx, set, view, c.CustomerID)
	if errors.Is(err, store.ErrNotFound) { // a customer since the refresh, or one who objects to profiling
		return f, nil
	}
	f.Snapshot = &s
	return f, err
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
