package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-co-op/gocron/v2"

	"treue/engine/store"
	"treue/rules/features"
)

// Clockwork wakes the engine: at every campaign's tick, and often enough in between that retries, follow-up steps
// and new campaigns are noticed. What is due it finds in the database, so that several may run at once and a missed
// wake costs nothing but time.
type Clockwork struct {
	engine *Engine
	wall   func() time.Time

	mu        sync.Mutex
	scheduler gocron.Scheduler // nil: stopped
	cancel    context.CancelFunc
}

// wakeEvery is the longest sleep.
const wakeEvery = 30 * time.Second

// every is the longest sleep under the configured lease: so short that the work of a process which dies is taken over by another as soon as its
// lease ends.
func (c *Clockwork) every() time.Duration { return min(wakeEvery, c.engine.Lease) }

// NewClockwork prepares a clockwork over the wall clock. It starts nothing.
func NewClockwork(e *Engine, wall func() time.Time) *Clockwork {
	return &Clockwork{engine: e, wall: wall}
}

// Start returns at once; a second Start does nothing.
func (c *Clockwork) Start(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.scheduler != nil {
		return nil
	}
	s, err := gocron.NewScheduler(gocron.WithLocation(time.UTC), gocron.WithStopTimeout(time.Minute))
	if err != nil {
		return fmt.Errorf("start the clockwork: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	_, err = s.NewJob(gocron.CronJob("@treue", false), gocron.NewTask(func() { c.wake(ctx) }),
		gocron.WithCronImplementation(alarm{c, ctx}), gocron.WithSingletonMode(gocron.LimitModeReschedule), gocron.WithName("wake"),
		gocron.WithStartAt(gocron.WithStartImmediately()))
	if err != nil {
		cancel()
		return errors.Join(fmt.Errorf("start the clockwork: %w", err), s.Shutdown())
	}
	if c.engine.Bounces != nil {
		_, err = s.NewJob(gocron.DurationJob(pollEvery), gocron.NewTask(func() { c.collect(ctx) }),
			gocron.WithSingletonMode(gocron.LimitModeReschedule), gocron.WithName("bounces"), gocron.WithStartAt(gocron.WithStartImmediately()))
		if err != nil {
			cancel()
			return errors.Join(fmt.Errorf("start the clockwork: %w", err), s.Shutdown())
		}
	}
	s.Start()
	c.scheduler, c.cancel = s, cancel
	return nil
}

// Stop ends the work in hand between two mails, waits for it, and may be repeated.
func (c *Clockwork) Stop() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.scheduler == nil {
		return nil
	}
	c.cancel()
	err := c.scheduler.Shutdown()
	c.scheduler = nil
	if err != nil {
		return fmt.Errorf("stop the clockwork: %w", err)
	}
	return nil
}

// wake does what is due now; what fails is logged. A database that was away is soon back, so it is tried again at once; a
// mail server that refuses us and a run that waits for a person can wait for the next wake.
func (c *Clockwork) wake(ctx context.Context) {
	for pause := time.Second; ctx.Err() == nil; pause = min(2*pause, c.every()) {
		err := c.engine.Wake(ctx, c.wall().Truncate(time.Microsecond))
		if err == nil || ctx.Err() != nil {
			return
		}
		c.engine.Log.Error("wake", "error", err)
		if errors.Is(err, ErrSenderFault) || errors.Is(err, ErrHeld) {
			return
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// pollEvery is how often the bounce mailbox is emptied.
const pollEvery = 5 * time.Minute

// collect empties the bounce mailbox; what fails is logged and tried at the next round.
func (c *Clockwork) collect(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	counts, err := c.engine.Collect(ctx, c.engine.Bounces, c.wall().Truncate(time.Microsecond))
	if err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrLeaseHeld) {
		c.engine.Log.Error("bounces", "error", err)
	}
	if len(counts) > 0 {
		c.engine.Log.Info("mail came back", "effects", counts)
	}
}

// Wake is one turn of the clockwork: the cycle of what is due at now, once a day the measurement, and what objections to
// profiling ask for.
func (e *Engine) Wake(ctx context.Context, now time.Time) error {
	ran, err := e.Run(ctx, now, RunOptions{})
	for i := range ran.Plans {
		p := &ran.Plans[i]
		e.Log.Info("planned", "campaign", p.Campaign.Key, "matched", p.Matched, "control", p.Control(), "to_send", p.ToSend(), "held", p.Held)
	}
	if len(ran.Sends) > 0 {
		e.Log.Info("dispatched", "sends", ran.Sends)
	}
	return errors.Join(err, e.daily(ctx, now), e.obey(ctx, now))
}

// obey ends the profile of whoever has objected to it since the last wake (GDPR 21(1)): no snapshot is left of them.
func (e *Engine) obey(ctx context.Context, now time.Time) error {
	waits, err := e.store.ObjectionWaits(ctx)
	if err != nil || !waits {
		return err
	}
	_, err = e.Fresh(ctx, now)
	return err
}

// dailyTick is the schedule of what is done once a day.
const dailyTick = "·daily"

// daily forgets unconfirmed consents and old clicks, refreshes the snapshots, freezes what has matured and sends the monthly
// report, once per local day over all processes. Forgetting comes first, and happens whatever becomes of the rest.
func (e *Engine) daily(ctx context.Context, now time.Time) error {
	day := features.DayOf(now, e.Zone).Start(e.Zone)
	ours, err := e.store.TakeTick(ctx, dailyTick, day, newWorker(), now)
	if err != nil || !ours {
		return err
	}
	_, requests := e.store.ForgetRequests(ctx, now.Add(-requestLife))
	_, clicks := e.store.ForgetClicks(ctx, now.Add(-clickLife))
	if err = errors.Join(requests, clicks, e.measureAll(ctx, now)); err != nil {
		return err
	}
	if err := e.monthly(ctx, now); err != nil { // tomorrow tries again; the day's other work is done
		e.Log.Error("monthly report", "error", err)
	}
	return e.store.FinishTick(ctx, dailyTick, day, now, "ran")
}

// measureAll refreshes the snapshots and freezes what has matured.
func (e *Engine) measureAll(ctx context.Context, now time.Time) error {
	if _, err := e.Fresh(ctx, now); err != nil {
		return err
	}
	_, err := e.MeasureReports(ctx, now, nil)
	return err
}

// alarm is our own calculation of the next wake in the form that gocron asks for: gocron's own skips and doubles hours
// when clocks change.
type alarm struct {
	clockwork *Clockwork
	ctx       context.Context //nolint:containedctx // gocron asks for the next wake without one
}

// IsValid accepts the one spec there is.
func (alarm) IsValid(string, *time.Location, time.Time) error { return nil }

// leaseSlack is waited after a lease's end, so that it is over by the database's clock, too.
const leaseSlack = 50 * time.Millisecond

// Next returns the earliest of the next campaign's tick, the end of another worker's lease and the longest sleep.
func (a alarm) Next(last time.Time) time.Time {
	e := a.clockwork.engine
	next := last.Add(a.clockwork.every())
	if tick, err := e.NextTick(a.ctx, last); err == nil && !tick.IsZero() && tick.Before(next) {
		next = tick
	}
	if left, err := e.store.LeaseLeft(a.ctx); err == nil && left > 0 && last.Add(left+leaseSlack).Before(next) {
		next = last.Add(left + leaseSlack)
	}
	return next
}
