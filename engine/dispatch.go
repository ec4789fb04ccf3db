package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"treue/campaigns"
	"treue/engine/store"
)

// ErrSenderFault says that nothing is wrong with mails or customers but with how we send: sending stops.
var ErrSenderFault = errors.New("no mail can be sent at present")

// Dispatch sends what is due at now for the campaigns named, or for all, and returns the sends it touched by state. A
// process that stood still for longer than its lease goes on under a new one, unless that gets it nowhere.
func (e *Engine) Dispatch(ctx context.Context, now time.Time, keys []string) (map[campaigns.State]int, error) {
	touched := newTouched()
	keys, err := e.sending(ctx, keys)
	if err != nil || len(keys) == 0 {
		return touched.byState(), err
	}
	for {
		before := touched.sends()
		err := e.dispatchUnderLease(ctx, now, keys, touched)
		if !errors.Is(err, store.ErrLeaseHeld) || ctx.Err() != nil || touched.sends() == before {
			return touched.byState(), err
		}
		e.Log.Warn("sending goes on under a new lease", "error", err)
	}
}

func (e *Engine) dispatchUnderLease(ctx context.Context, now time.Time, keys []string, touched *touched) error {
	if _, err := e.store.Reclaim(ctx, now, e.retries()); err != nil {
		return err
	}
	l, err := e.store.AcquireWorker(ctx, newWorker(), e.Lease)
	if err != nil {
		return err
	}
	leased, stop := e.renewing(ctx, l)
	defer stop()
	d, err := e.newDispatch(ctx, l, now, keys)
	if err != nil {
		return errors.Join(err, e.store.Release(context.WithoutCancel(ctx), l))
	}
	d.touched = touched
	err = d.drain(leased)
	after := context.WithoutCancel(ctx)
	err = errors.Join(err, d.shareAll(after))
	return errors.Join(err, e.store.Unclaim(after, l), e.store.Release(after, l))
}

// newDispatch reads what is the same for all mails.
func (e *Engine) newDispatch(ctx context.Context, l store.Lease, now time.Time, keys []string) (*dispatch, error) {
	d := &dispatch{
		Engine: e, lease: l, now: now, keys: keys, links: map[store.Link]bool{}, reclaimed: time.Now(),
		versions: versions{e.store, map[versionKey]*campaigns.Campaign{}},
		watch:    e.Stopwatch(), unshared: map[string]*unshared{}, hangs: map[string]int{}, troubled: map[string]bool{},
	}
	if err := e.setLimits(ctx); err != nil {
		return nil, err
	}
	troubles, err := e.store.Troubles(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range troubles {
		d.troubled[t.Provider] = true
	}
	if d.set, err = e.store.CurrentSet(ctx); errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	d.settings = e.settings(int(d.set.Mailable))
	return d, err
}

// sending returns the keys of the campaigns whose mail may leave: those named, or all, unless paused.
func (e *Engine) sending(ctx context.Context, keys []string) ([]string, error) {
	all, err := e.store.Campaigns(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, c := range all {
		wanted := len(keys) == 0 || slices.Contains(keys, c.Key)
		if wanted && (c.Status == campaigns.Active || c.Status == campaigns.Archived) {
			out = append(out, c.Key)
		}
	}
	return out, nil
}

// retries is the plan by which attempts are repeated.
func (e *Engine) retries() campaigns.Retries { return campaigns.Retries{HoldUnknown: e.HoldUnknown} }

// dispatch is one emptying of the outbox by several workers under one lease.
type dispatch struct {
	*Engine
	lease    store.Lease
	now      time.Time
	keys     []string
	settings campaigns.Settings
	watch    Stopwatch
	hand     hand
	touched  *touched

	mu        sync.Mutex
	set       store.Set            // the published snapshots, on which exit rules are evaluated
	unshared  map[string]*unshared // by provider
	troubled  map[string]bool      // providers in trouble, as far as we know
	versions  versions
	hangs     map[string]int      // mails by provider that no server has answered for long
	links     map[store.Link]bool // that are kept
	reclaimed time.Time           // when dead workers were last looked for, by the wall clock

	start  func(*worker) // lets one more worker work
	ledger *store.Ledger // where they record their attempts
}

func (d *dispatch) published() store.Set {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.set
}

// republished looks the published snapshots up again, for all workers.
func (d *dispatch) republished(ctx context.Context) (store.Set, error) {
	set, err := d.store.CurrentSet(ctx)
	if err != nil {
		return set, fmt.Errorf("look up the snapshots: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.set = set
	return set, nil
}

func (d *dispatch) version(ctx context.Context, c *store.Claim) (*campaigns.Campaign, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.versions.get(ctx, c.CampaignKey, c.Version)
}

// takeOver makes the sends of dead workers due again. The outbox of a large campaign takes hours to empty: it looks so
// often meanwhile that nothing waits much longer than a lease.
func (d *dispatch) takeOver(ctx context.Context) error {
	d.mu.Lock()
	fresh := time.Since(d.reclaimed) < d.Lease/3
	if !fresh {
		d.reclaimed = time.Now()
	}
	d.mu.Unlock()
	if fresh {
		return nil
	}
	dead, err := d.store.AnyDead(ctx)
	if err != nil || !dead {
		return err
	}
	_, err = d.store.Reclaim(ctx, d.now, d.retries())
	return err
}

// roomForMails is how far the heap may grow while mails leave, in per cent of what is kept: a mail leaves many times as much
// garbage as is kept for it.
const roomForMails = 300

// drain lets the workers work until nothing is due, one of them fails, or ctx ends.
func (d *dispatch) drain(ctx context.Context) error {
	d.ledger = d.store.OpenLedger(ctx, d.lease, d.now, d.Connections)
	defer d.ledger.Close()
	defer Roomy(roomForMails)()
	g, working := errgroup.WithContext(ctx)
	d.start = func(w *worker) { g.Go(func() error { return w.work(working) }) }
	for range d.Connections {
		d.start(&worker{dispatch: d})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return context.Cause(ctx)
}
