package engine

import (
	"context"
	"net/url"
	"time"

	"treue/engine/store"
	"treue/templates"
)

// bundlesTried is how many bundles are looked through for one that suits a customer.
const bundlesTried = 100

// tiles are the products that mails show to customers: what they will want next, as far as the shop has a page for it.
func (e *Engine) tiles(ctx context.Context, customerIDs []int64, now time.Time) (map[int64][]templates.Product, error) {
	next, err := e.store.NextProductsOf(ctx, customerIDs, now)
	if err != nil || len(next) == 0 {
		return nil, err
	}
	var ids []string
	for _, wanted := range next {
		for _, n := range wanted {
			ids = append(ids, n.ProductID)
		}
	}
	known, err := e.store.Tiles(ctx, ids)
	all := make(map[int64][]templates.Product, len(next))
	for id, wanted := range next {
		for _, n := range wanted {
			if p := e.product(n.Name, known[n.ProductID]); p.URL != "" {
				all[id] = append(all[id], p)
			}
		}
	}
	return all, err
}

// product is a tile as templates know it. A picture without a page would be a link to nowhere, and an address that mails
// may not have would hold the mail back.
func (e *Engine) product(name string, t store.Tile) templates.Product {
	p := templates.Product{Name: name}
	if webAddress(t.URL) {
		p.URL = t.URL
		if webAddress(t.ImageURL) {
			p.ImageURL = t.ImageURL
		}
	}
	if t.Price != nil {
		p.Price = templates.Money{Minor: *t.Price, Currency: e.Currency}
	}
	return p
}

func webAddress(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// bundle is the most telling of all bundles for a customer: one of which they have something already, else the first; none
// that they have whole. nil: there is none.
func (e *Engine) bundle(ctx context.Context, all []store.Bundle, customerID int64) (*store.Bundle, error) {
	if len(all) == 0 {
		return nil, nil //nolint:nilnil // nothing is sold together often
	}
	var ids []string
	for _, b := range all {
		ids = append(ids, b.ProductIDs[:]...)
	}
	bought, err := e.store.Bought(ctx, customerID, ids)
	if err != nil {
		return nil, err
	}
	var first *store.Bundle
	for i := range all {
		one, other := bought[all[i].ProductIDs[0]], bought[all[i].ProductIDs[1]]
		switch {
		case one != other:
			return &all[i], nil
		case !one && first == nil:
			first = &all[i]
		}
	}
	return first, nil
}

// bundleTiles writes a bundle for a mail. Its price is known if those of all its products are.
func (e *Engine) bundleTiles(ctx context.Context, b *store.Bundle, language string) (*templates.Bundle, error) {
	known, err := e.store.Tiles(ctx, b.ProductIDs[:])
	if err != nil {
		return nil, err
	}
	and := " and "
	if language == "de" {
		and = " und "
	}
	out := &templates.Bundle{Name: b.Names[0] + and + b.Names[1], Price: templates.Money{Currency: e.Currency}}
	for i, id := range b.ProductIDs {
		p := e.product(b.Names[i], known[id])
		out.Products = append(out.Products, p)
		out.Price.Minor += p.Price.Minor
		if p.Price.Currency == "" {
			out.Price.Currency = ""
		}
	}
	return out, nil
}
