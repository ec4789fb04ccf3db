package engine

import (
	"context"
	"time"

	"treue/rules/features"
	"treue/templates"
)

// mailFacts are what a mail may say of a customer beyond the address.
type mailFacts struct {
	customer templates.Customer // as far as the published snapshots have it; zero: unknown
	route    *route             // of links to the shop; nil: they stay as they are

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

// show adds the products that the mails show.
func (e *Engine) show(ctx context.Context, askers []*asker, now time.Time) error {
	var products, bundles []*asker
	var ids []int64
	for _, a := range askers {
		if a.uses("products") {
			products, ids = append(products, a), append(ids, a.customerID)
		}
		if a.uses("bundle") {
			bundles = append(bundles, a)
		}
	}
	if len(products) > 0 {
		tiles, err := e.tiles(ctx, ids, now)
		if err != nil {
			return err
		}
		for _, a := range products {
			a.known.facts.products = tiles[a.customerID]
		}
	}
	return e.showBundles(ctx, bundles)
}

func (e *Engine) showBundles(ctx context.Context, askers []*asker) error {
	if len(askers) == 0 {
		return nil
	}
	all, err := e.store.Bundles(ctx, bundlesTried)
	if err != nil {
		return err
	}
	for _, a := range askers {
		b, err := e.bundle(ctx, all, a.customerID)
		if err == nil && b != nil {
			a.known.facts.bundle, err = e.bundleTiles(ctx, b, a.mail.Language())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// latestFacts are those of the published snapshots for a mail that nobody sends.
func (e *Engine) latestFacts(ctx context.Context, t *templates.Template, customerID int64, now time.Time) (mailFacts, error) {
	a := &asker{customerID: customerID, mail: t, tells: true}
	if err := e.show(ctx, []*asker{a}, now); err != nil {
		return a.known.facts, err
	}
	set, err := e.store.CurrentSet(ctx)
	if err == nil {
		err = e.lookIn(ctx, set, []*asker{a}, now)
	}
	return a.known.facts, ignoreNotFound(err)
}

// template finds a mail in the customer's language, else in the shop's.
func (e *Engine) template(key, language string) (*templates.Template, bool) {
	if language == "" {
		language = e.Language
	}
	return e.templates.Template(key, language)
}

// customerFacts are what a snapshot says as mails print it.
func customerFacts(s *features.Snapshot, today features.Day, zone *time.Location) templates.Customer {
	date := func(d features.Day) time.Time {
		if !d.Known() {
			return time.Time{}
		}
		return d.Start(zone)
	}
	c := templates.Customer{
		Country: s.Country, Orders: int(s.Orders), Tier: s.Tier, LastCategory: s.LastCategory, NextCategory: s.NextCategory,
		FirstOrderAt: date(s.FirstOrderOn), LastOrderAt: date(s.LastOrderOn), Birthday: date(s.BornOn),
	}
	if s.FirstOrderOn.Known() {
		c.Years = s.FirstOrderOn.Years(today)
	}
	return c
}
