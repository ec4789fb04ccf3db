package simulate

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"treue/engine/store"
	"treue/rules/customer"
)

// feed is the shop's nightly export: it brings in what happened since the last one, and nothing of the future.
type feed struct {
	*Shop
	store  *store.Store
	pepper []byte

	people []Person // still to come, by day of joining
	orders []Order  // still to come, by time
	coming []Order  // caused by mail, still to come, in no order
	backs  []Order  // placed, with a refund to come, in no order

	own  map[int64][]int32 // places of the customers' own orders in Orders; nil until somebody asks
	gone map[int64]bool    // of those by id: a mail moved them, and they never come

	counted int // orders brought in
}

func newFeed(shop *Shop, s *store.Store, pepper []byte) *feed {
	return &feed{Shop: shop, store: s, pepper: pepper, people: shop.People, orders: shop.Orders, gone: map[int64]bool{}}
}

// bring imports everything up to now.
func (f *feed) bring(ctx context.Context, now time.Time) error {
	people, rest := f.joined(now)
	orders, changed := f.due(now)
	placed := orders[:len(orders)-changed]
	in := store.Import{Source: source, File: "simulation", Now: now, Close: func() (string, int64) { return "", 0 }}
	if len(people) > 0 {
		in.Kind = "customers"
		counts, err := f.store.ImportCustomers(ctx, in, f.pepper, numbered(people, func(p *Person) customer.Customer { return p.Customer }))
		if err = all(counts, err, len(people)); err != nil {
			return err
		}
	}
	in.Kind = "orders"
	counts, err := f.store.ImportOrders(ctx, in, numbered(orders, func(o *Order) customer.Order { return o.known(now) }))
	if err = all(counts, err, len(orders)); err != nil {
		return err
	}
	var lines []customer.Line
	for i := range placed {
		lines = append(lines, placed[i].Lines...)
	}
	if len(lines) > 0 {
		in.Kind = "lines"
		counts, err := f.store.ImportLines(ctx, in, numbered(lines, func(l *customer.Line) customer.Line { return *l }))
		if err = all(counts, err, len(lines)); err != nil {
			return err
		}
	}
	f.people = rest
	f.counted += len(placed)
	return nil
}

// assortment imports what the shop sells.
func (f *feed) assortment(ctx context.Context, now time.Time) error {
	in := store.Import{Kind: "products", Source: source, File: "simulation", Now: now, Close: func() (string, int64) { return "", 0 }}
	sold := products()
	counts, err := f.store.ImportProducts(ctx, in, numbered(sold, func(p *customer.Product) customer.Product { return *p }))
	return all(counts, err, len(sold))
}

// joined splits off who has placed the first order before now; the others stay.
func (f *feed) joined(now time.Time) (in, rest []Person) {
	n, _ := slices.BinarySearchFunc(f.people, f.day(now), func(p Person, day int) int {
		if p.Joined < day || p.Joined == day && p.SignedUpAt.Before(now) {
			return -1
		}
		return 1
	})
	return f.people[:n], f.people[n:]
}

// due returns the orders placed since the last time and after them, as so many changed ones, those refunded since.
func (f *feed) due(now time.Time) (orders []Order, changed int) {
	var placed []Order
	placed, f.orders = until(f.orders, now)
	orders = slices.DeleteFunc(slices.Clone(placed), func(o Order) bool { return f.gone[o.ID] })
	f.coming = slices.DeleteFunc(f.coming, func(o Order) bool {
		come := o.placedBefore(now)
		if come {
			orders = append(orders, o)
		}
		return come
	})
	for _, o := range orders {
		if o.Refund > 0 && !o.RefundedAt.Before(now) {
			f.backs = append(f.backs, o)
		}
	}
	before := len(orders)
	f.backs = slices.DeleteFunc(f.backs, func(o Order) bool {
		back := o.RefundedAt.Before(now)
		if back {
			orders = append(orders, o)
		}
		return back
	})
	return orders, len(orders) - before
}

// known is the order as the shop sees it at now: without the refund that is to come.
func (o *Order) known(now time.Time) customer.Order {
	seen := o.Order
	if seen.Refund > 0 && !seen.RefundedAt.Before(now) {
		seen.Refund, seen.RefundedAt = 0, nil
	}
	return seen
}

// numbered hands records to the import as if each stood on a line of its own.
func numbered[A, B any](from []A, as func(*A) B) iter.Seq2[store.Numbered[B], error] {
	return func(yield func(store.Numbered[B], error) bool) {
		for i := range from {
			if !yield(store.Numbered[B]{Line: i + 1, Record: as(&from[i])}, nil) {
				return
			}
		}
	}
}

// all reports an import that did not take every record: an invented shop makes no mistakes.
func all(c store.Counts, err error, want int) error {
	if err == nil && len(c.Rejects) > 0 {
		err = fmt.Errorf("record %d of %d was rejected: %s", c.Rejects[0].Line, want, c.Rejects[0].Reason)
	}
	return err
}

// mustBeEmpty refuses a database with a shop in it.
func mustBeEmpty(ctx context.Context, s *store.Store) error {
	newest, _, err := s.NewestImport(ctx, "orders")
	if err == nil && newest > 0 {
		err = errors.New("simulate: the database already holds a shop: the invented one needs an empty database of its own")
	}
	return err
}
