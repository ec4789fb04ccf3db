package engine

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"treue/engine/store"
	"treue/rules/features"
)

// Models stay frozen between full fits: for a week, or until the orders have grown by a twentieth.
const (
	modelLife   = 7 * 24 * time.Hour
	modelGrowth = 1.05
)

const (
	// renewAbove is the share of the customers above which statistics are computed for all: one walk over all orders is
	// then cheaper than one per customer.
	renewAbove = 0.2
	// amendBelow is the share below which the published snapshots are changed in place on the same day.
	amendBelow = 0.05
	// amendAnyway is how many customers may always be changed in place.
	amendAnyway = 100
)

// Refreshed says what a refresh did.
type Refreshed struct {
	Set   store.Set
	Model store.Model
	// Computed is how many customers were computed anew; fewer than all when only their snapshots changed.
	Computed int64
	// Renewed is how many customers' orders were read: all, or those whose data changed.
	Renewed int64
	// Carried is how many of the computed customers were taken over from the day before but for what the day moves.
	Carried int64
	// Known is how many buyers this process had in memory, so that they were not read.
	Known int64
}

// Refresh computes the snapshots of all customers as known at now and publishes them. A full one reads every order and
// fits the models anew, with the named purchase model: auto, bgnbd, mbgnbd, paretonbd or nbd. Any other reads the orders
// of the customers whose data changed, and on the day of the published snapshots changes only theirs. Readers see the
// snapshots before or after; a refresh that dies leaves those before. The state of each month is remembered.
func (e *Engine) Refresh(ctx context.Context, now time.Time, model string, full bool) (Refreshed, error) {
	out, err := e.publish(ctx, now, model, full, newLook())
	if err != nil {
		return out, err
	}
	return out, e.learn(ctx, now, full).finish(ctx, out.Set)
}

// publish computes and publishes the snapshots.
func (e *Engine) publish(ctx context.Context, now time.Time, model string, full bool, l *look) (Refreshed, error) {
	out, err := e.refreshed(ctx, now, model, full, false, l)
	if errors.Is(err, errUncarried) {
		e.Log.Warn("every snapshot is computed anew", "because", err)
		out, err = e.refreshed(ctx, now, model, full, true, l)
	}
	return out, err
}

// refreshed refreshes once; with anew nobody is carried over.
func (e *Engine) refreshed(ctx context.Context, now time.Time, model string, full, anew bool, l *look) (out Refreshed, err error) {
	var learned *regulars
	err = e.store.Refresh(ctx, now, e.terms(), func(r *store.Refreshing) error {
		l.take()
		f := e.refreshOver(r, now, model, full)
		f.anew, f.known = anew, e.regulars.take()
		err := f.run(ctx)
		out, learned = f.done, f.learned
		return err
	})
	if err != nil {
		return Refreshed{}, err
	}
	e.regulars.keep(learned)
	return out, nil
}

// preview computes a private set.
func (e *Engine) preview(ctx context.Context, now time.Time) (store.Set, error) {
	var set store.Set
	err := e.store.Preview(ctx, now, e.terms(), func(r *store.Refreshing) error {
		f := e.refreshOver(r, now, "auto", false)
		err := f.whole(ctx)
		set = f.done.Set
		return err
	})
	return set, err
}

// refresh is one on its way.
type refresh struct {
	*store.Refreshing
	now   time.Time
	day   features.Day
	name  string
	full  bool
	done  Refreshed
	frost *norms // norms of another refresh to be used, nil: its own
	all   int64  // customers, once they are counted
	anew  bool   // nobody is carried over
	base  *base  // the set from which customers are carried over, nil: none
	kept  *forecasters

	known     *regulars      // whom the last refresh of this process knew; nil: nobody
	strangers map[int64]bool // who is read all the same
	learned   *regulars      // whom the next one is to know; nil: nobody
}

func (e *Engine) refreshOver(r *store.Refreshing, now time.Time, model string, full bool) *refresh {
	return &refresh{Refreshing: r, now: now, day: features.DayOf(now, e.Zone), name: model, full: full, kept: &e.forecasters}
}

// run decides how much is to be computed.
func (f *refresh) run(ctx context.Context) error {
	if f.full || !f.Sparing() {
		return f.whole(ctx)
	}
	all, err := f.CountCustomers(ctx)
	if err != nil {
		return err
	}
	f.all = all
	n, err := f.PickStale(ctx)
	if err != nil {
		return err
	}
	if few := float64(n) <= renewAbove*float64(all); !few && n > amendAnyway {
		return f.whole(ctx)
	}
	current, err := f.Current(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	sameDay := err == nil && current.Day == f.day && !current.AsOf.After(f.now)
	if sameDay {
		if n, err = f.PickOthers(ctx); err != nil {
			return err
		}
	}
	f.done.Renewed = n
	if err := f.RenewPicked(ctx); err != nil {
		return err
	}
	if few := float64(n) <= amendBelow*float64(all); sameDay && (few || n <= amendAnyway) {
		if amended, err := f.amend(ctx, current); amended || err != nil {
			return err
		}
	}
	if !sameDay && !f.anew && current.ID != 0 {
		if err := f.findBase(ctx, current); err != nil {
			return err
		}
	}
	return f.computeAll(ctx)
}

// whole reads all orders and computes everybody.
func (f *refresh) whole(ctx context.Context) error {
	if err := f.RenewAll(ctx); err != nil {
		return err
	}
	err := f.computeAll(ctx)
	f.done.Renewed = f.done.Set.Customers
	return err
}

// computeAll computes every customer from the statistics and publishes the result: a first walk over the buyers gives
// the model and what all together say, a second one the snapshots.
func (f *refresh) computeAll(ctx context.Context) error {
	if f.all == 0 {
		var err error
		if f.all, err = f.CountCustomers(ctx); err != nil {
			return err
		}
	}
	p := newPopulation(f.day, f.all, f.kept)
	if err := f.gather(ctx, p); err != nil {
		return err
	}
	m, err := f.model(ctx, p)
	if err != nil {
		return err
	}
	f.done.Model = m
	n := p.norms()
	if f.frost != nil {
		n = f.frost
	}
	set := store.Set{AsOf: f.now, Day: f.day, LastImport: f.LastImport, ModelID: m.ID, Terms: m.Terms}
	if err := f.NewSet(ctx, &set); err != nil {
		return err
	}
	count, err := f.compute(ctx, set, p, newFinishing(f.day, n, m))
	if err != nil {
		return err
	}
	set.Customers, set.Buyers, set.Mailable = count.customers, count.buyers, count.mailable
	f.done.Set, f.done.Computed = set, count.customers
	if err := f.finish(ctx, n, f.Finish); err != nil {
		return err
	}
	f.learned = p.regulars(f.done.Set)
	return nil
}

// compute fills a new set.
func (f *refresh) compute(ctx context.Context, set store.Set, p *population, to *finishing) (tally, error) {
	if f.base.serves(&f.done.Model, p) {
		return f.carry(ctx, set, p, to)
	}
	return f.write(ctx, set, p, to, false)
}

// finish notes what became of the set, with its norms.
func (f *refresh) finish(ctx context.Context, n *norms, note func(context.Context, *store.Set, []byte) error) error {
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return note(ctx, &f.done.Set, text)
}

// model returns the frozen model if it still serves, else a new fit. Either way it has valued the population; meanwhile it
// has read what categories buyers bought.
func (f *refresh) model(ctx context.Context, p *population) (store.Model, error) {
	m, frozen, err := f.frozenModel(ctx, p)
	if err != nil {
		return m, err
	}
	valued := make(chan error, 1)
	go func() {
		if frozen {
			valued <- p.value(m)
			return
		}
		var err error
		m, err = p.fit(f.name)
		valued <- err
	}()
	err = f.categorise(ctx, p)
	if err = errors.Join(err, <-valued); err != nil || frozen {
		return m, err
	}
	m.AsOf, m.FittedAt, m.Terms = f.now, f.now, f.Terms.Name()
	m.ID, err = f.SaveModel(ctx, m)
	return m, err
}

// frozenModel returns the latest model if it still serves.
func (f *refresh) frozenModel(ctx context.Context, p *population) (store.Model, bool, error) {
	if f.full {
		return store.Model{}, false, nil
	}
	m, err := f.LatestModel(ctx, f.now.Add(-modelLife), f.now)
	if errors.Is(err, store.ErrNotFound) {
		return m, false, nil
	}
	return m, err == nil && serves(m, p.orders, p.basis(), f.Terms), err
}

// amend changes the snapshots of the listed customers in the published set, by its model and its norms. It reports false,
// and has changed nothing, if these do not serve any more.
func (f *refresh) amend(ctx context.Context, set store.Set) (bool, error) {
	m, err := f.LatestModel(ctx, f.now.Add(-modelLife), f.now)
	if errors.Is(err, store.ErrNotFound) || err == nil && m.ID != set.ModelID {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	text, err := f.Norms(ctx, set)
	if err != nil {
		return false, err
	}
	n, known, err := readNorms(text)
	if !known || err != nil {
		return false, err
	}
	rows, came, err := f.listed(ctx, set, m, &n)
	if err != nil {
		return false, err
	}
	gone, err := f.Listed(ctx, set)
	if err != nil {
		return false, err
	}
	n.change(gone, came)
	if !serves(m, n.Orders, n.basis(), f.Terms) {
		return false, nil
	}
	if err := f.Replace(ctx, set, rows); err != nil {
		return false, err
	}
	set.AsOf, set.LastImport = f.now, f.LastImport
	set.Customers += came.customers - gone.Customers
	set.Buyers += came.buyers - gone.Buyers
	set.Mailable += came.mailable - gone.Mailable
	f.done.Set, f.done.Model, f.done.Computed = set, m, came.customers
	return true, f.finish(ctx, &n, f.Amend)
}
