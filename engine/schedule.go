package engine

import (
	"context"
	"errors"
	"time"

	"treue/campaigns"
)

// Tick is a moment at which a campaign's schedule wants it to run.
type Tick struct {
	Campaign *campaigns.Campaign
	At       time.Time
	Late     bool // missed, and too late to be made up for
}

// dueTick returns the newest tick of a campaign up to now that has not been looked at: after the last one on record,
// and never before the campaign was started.
func dueTick(c *campaigns.Campaign, last, now time.Time) (Tick, bool) {
	if c.Schedule == "" || c.Status != campaigns.Active {
		return Tick{}, false
	}
	from := now.Add(-max(24*time.Hour, c.LatestStart))
	if c.Missed == campaigns.RunOnce {
		from = now.AddDate(0, 0, -32) // a monthly tick is made up for, too
	}
	if last.After(from) {
		from = last
	}
	if c.ActivatedAt != nil && !c.ActivatedAt.Before(from) {
		from = c.ActivatedAt.Add(-time.Nanosecond)
	}
	var at time.Time
	for t := c.Cron.Next(from); !t.IsZero() && !t.After(now); t = c.Cron.Next(t) {
		at = t
	}
	if at.IsZero() {
		return Tick{}, false
	}
	// Past its latest start a tick is missed: skipped, or made up for once however late.
	late := now.Sub(at) > c.LatestStart
	return Tick{Campaign: c, At: at, Late: late && c.Missed != campaigns.RunOnce}, true
}

// dueTicks returns the ticks that are due at now and that nobody has finished.
func (e *Engine) dueTicks(ctx context.Context, now time.Time) ([]Tick, error) {
	all, err := e.store.Campaigns(ctx)
	if err != nil {
		return nil, err
	}
	keys := make([]string, len(all))
	for i, c := range all {
		keys[i] = c.Key
	}
	last, err := e.store.LastTicks(ctx, keys)
	if err != nil {
		return nil, err
	}
	var ticks []Tick
	for _, c := range all {
		if t, due := dueTick(c, last[c.Key], now); due {
			ticks = append(ticks, t)
		}
	}
	return ticks, nil
}

// takeTicks claims the ticks that are due at now and returns those to run. It is called under the planner's lease, so
// that a tick which was taken and not finished has been given up.
func (e *Engine) takeTicks(ctx context.Context, now time.Time) ([]Tick, error) {
	due, err := e.dueTicks(ctx, now)
	if err != nil {
		return nil, err
	}
	var ours []Tick
	for _, t := range due {
		holder := newWorker()
		taken, err := e.store.TakeTick(ctx, t.Campaign.Key, t.At, holder, now)
		if err == nil && !taken {
			taken, err = e.store.RetakeTick(ctx, t.Campaign.Key, t.At, holder, now)
		}
		switch {
		case err != nil:
			return nil, err
		case taken && t.Late:
			err = e.store.FinishTick(ctx, t.Campaign.Key, t.At, now, "missed")
		case taken:
			ours = append(ours, t)
		}
		if err != nil {
			return nil, err
		}
	}
	return ours, nil
}

// finishTicks notes that the ticks were run.
func (e *Engine) finishTicks(ctx context.Context, now time.Time, ticks []Tick) error {
	var errs []error
	for _, t := range ticks {
		errs = append(errs, e.store.FinishTick(ctx, t.Campaign.Key, t.At, now, "ran"))
	}
	return errors.Join(errs...)
}

// NextTick returns when the next campaign wants to run after now, or the zero time if none does.
func (e *Engine) NextTick(ctx context.Context, now time.Time) (time.Time, error) {
	all, err := e.store.Campaigns(ctx)
	if err != nil {
		return time.Time{}, err
	}
	var next time.Time
	for _, c := range all {
		if c.Status != campaigns.Active || c.Schedule == "" {
			continue
		}
		if t := c.Cron.Next(now); !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	return next, nil
}
