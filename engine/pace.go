package engine

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"treue/campaigns"
	"treue/engine/delivery"
	"treue/engine/store"
)

// warmFactor is by how much each day of warming up is larger than the one before.
const warmFactor = 1.5

// rateWait is how long a dispatch waits in all for mail that its provider's rate holds back. It is less than the longest
// sleep of the clockwork: campaigns must not wait for a slow provider.
const rateWait = wakeEvery - 5*time.Second

// countEvery is after how many attempts a worker shares its count of them.
const countEvery = 100

// Stopwatch measures a dispatch: its now stands still, but rates need a clock that moves.
type Stopwatch interface {
	// Elapsed is the time since the stopwatch was started.
	Elapsed() time.Duration
	// WaitUntil returns when so much has elapsed since the start, or ctx ends.
	WaitUntil(ctx context.Context, elapsed time.Duration)
}

// wallWatch is a stopwatch over the machine's monotonic clock.
type wallWatch struct{ started time.Time }

func newWallWatch() Stopwatch { return wallWatch{time.Now()} }

// Elapsed is never less than before, whatever happens to the wall clock.
func (w wallWatch) Elapsed() time.Duration { return time.Since(w.started) }

// WaitUntil sleeps.
func (w wallWatch) WaitUntil(ctx context.Context, elapsed time.Duration) {
	timer := time.NewTimer(elapsed - w.Elapsed())
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// clock is the time by which rates are kept.
func (d *dispatch) clock() time.Time { return d.now.Add(d.watch.Elapsed()).Truncate(time.Microsecond) }

func (d *dispatch) pace() store.Pace {
	at := d.clock()
	day := at.In(d.Zone)
	return store.Pace{
		At: at, Day: time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC), WarmStart: d.Warmup, WarmFactor: warmFactor,
		Bucketed: d.bucketed(), Skip: d.hanging(),
	}
}

// bucketed reports whether every provider has a rate.
func (e *Engine) bucketed() bool { return e.Warmup > 0 || e.PerHour[campaigns.Rest] > 0 }

// setLimits makes the configured limits known to all processes.
func (e *Engine) setLimits(ctx context.Context) error {
	l := store.Limits{PerHour: map[string]int{}, Rest: e.PerHour[campaigns.Rest], All: e.bucketed()}
	for p, n := range e.PerHour {
		if p != campaigns.Rest {
			l.PerHour[p] = n
		}
	}
	return e.store.SetLimits(ctx, l)
}

// wait waits until a provider's rate lets the next mail go, and reports false if that is too far away or nothing waits.
func (d *dispatch) wait(ctx context.Context) (bool, error) {
	next, err := d.store.NextToken(ctx, d.keys, d.now, d.pace())
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	elapsed := next.Sub(d.now)
	if err != nil || elapsed > rateWait || d.watch.Elapsed() >= rateWait {
		return false, err
	}
	// At least a moment: another worker may have the mail that waits.
	d.watch.WaitUntil(ctx, max(elapsed, d.watch.Elapsed()+time.Millisecond))
	return ctx.Err() == nil, nil
}

// unshared is what a dispatch has not shared yet about a provider.
type unshared struct {
	campaigns.Traffic

	accepted bool
	blocked  map[int64]bool // the recipients rejected in this dispatch
}

// heed draws the conclusions from an outcome for its provider's rate.
func (d *dispatch) heed(ctx context.Context, c *store.Claim, o delivery.Outcome) error {
	signal := o.Rate || o.Kind == delivery.Blocked || o.Kind == delivery.SenderFault
	t := d.count(c, o)
	if !signal && t.Tried < countEvery && !(t.accepted && d.isTroubled(c.Provider)) {
		return nil
	}
	if err := d.share(ctx, c.Provider); err != nil || !signal {
		return err
	}
	return d.alarm(ctx, c.Provider, o)
}

// count adds an outcome to what is unshared and returns how it stands.
func (d *dispatch) count(c *store.Claim, o delivery.Outcome) unshared {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.unshared[c.Provider]
	if t == nil {
		t = &unshared{blocked: map[int64]bool{}}
		d.unshared[c.Provider] = t
	}
	t.Tried++
	t.accepted = t.accepted || o.Kind == delivery.Accepted
	if o.Kind == delivery.Blocked && !t.blocked[c.CustomerID] {
		t.blocked[c.CustomerID] = true
		t.Blocked++
	}
	return *t
}

func (d *dispatch) isTroubled(provider string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.troubled[provider]
}

// share writes down the attempts at a provider for all processes, and lets its rate recover if it took mail.
func (d *dispatch) share(ctx context.Context, provider string) error {
	d.mu.Lock()
	t := d.unshared[provider]
	if t == nil {
		d.mu.Unlock()
		return nil
	}
	traffic, accepted := t.Traffic, t.accepted && d.troubled[provider]
	t.Traffic, t.accepted = campaigns.Traffic{}, false
	d.mu.Unlock()
	at := d.clock()
	if traffic.Tried > 0 {
		if err := d.store.CountAttempts(ctx, d.lease.Holder, provider, at, traffic); err != nil {
			return err
		}
	}
	if !accepted {
		return nil
	}
	before, after, err := d.store.AdjustRate(ctx, provider, at, func(r campaigns.Rate, _ campaigns.Traffic) campaigns.Rate { return r.Recovered(at) })
	if err == nil {
		d.noteRate(provider, before, after)
	}
	return err
}

// shareAll shares what is left at the end of a dispatch.
func (d *dispatch) shareAll(ctx context.Context) error {
	var errs []error
	for _, provider := range d.toShare() {
		errs = append(errs, d.share(ctx, provider))
	}
	return errors.Join(append(errs, d.store.ForgetAttempts(ctx, d.clock()))...)
}

func (d *dispatch) toShare() (providers []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for p := range d.unshared {
		providers = append(providers, p)
	}
	return providers
}

// alarm slows down or stops what the outcome says is too fast, unwelcome or wrongly set up.
func (d *dispatch) alarm(ctx context.Context, provider string, o delivery.Outcome) error {
	at, jitter := d.clock(), spread()
	before, after, err := d.store.AdjustRate(ctx, provider, at, func(r campaigns.Rate, seen campaigns.Traffic) campaigns.Rate {
		switch {
		case o.Kind == delivery.SenderFault:
			return r.Faulted(at, o.String(), jitter)
		case o.Rate:
			return r.Throttled(at, o.String(), seen, jitter)
		}
		return r.Rejected(at, o.String(), seen, jitter)
	})
	if err == nil {
		d.noteRate(provider, before, after)
	}
	return err
}

// noteRate remembers whether a provider is in trouble.
func (d *dispatch) noteRate(provider string, before, after campaigns.Rate) {
	d.mu.Lock()
	d.troubled[provider] = after.Kind != campaigns.RateFine
	d.mu.Unlock()
	d.logRate(provider, before, after)
}

// spread is by how much a pause is stretched, so that several shops, or several mails, do not come back at once.
func spread() float64 {
	return 1 + rand.Float64()/4 //nolint:gosec // spreads returns, hides nothing
}

// logRate tells the log of a change.
func (e *Engine) logRate(provider string, before, after campaigns.Rate) {
	switch {
	case after == before:
	case after.PausedUntil != before.PausedUntil && after.Kind != campaigns.RateFine:
		e.Log.Warn("sending paused", "provider", provider, "kind", after.Kind, "until", after.PausedUntil, "per_hour", after.Limit(), "reason", after.Reason)
	default:
		e.Log.Info("sending recovers", "provider", provider, "per_hour", after.Limit())
	}
}

// Troubles returns what keeps mail from leaving as fast as it could, faults of the set-up first.
func (e *Engine) Troubles(ctx context.Context) ([]store.RateOf, error) { return e.store.Troubles(ctx) }
