package engine

import (
	"context"
	"errors"
	"time"

	"treue/engine/store"
	"treue/rules/features"
)

// Fresh returns the published snapshots of the day of now, refreshing them if they are stale: of an earlier day, older
// than the newest import or an objection to profiling, or in money by other settings. A replay of an earlier day leaves
// them alone and uses a private set.
func (e *Engine) Fresh(ctx context.Context, now time.Time) (store.Set, error) {
	set, learned, err := e.fresh(ctx, now, newLook())
	if err == nil && learned != nil {
		err = learned.finish(ctx, set)
	}
	return set, err
}

// fresh is Fresh, but leaves what is to be learned along with snapshots that it published to be finished; nil: it published
// none. It tells when it has taken its look at the database.
func (e *Engine) fresh(ctx context.Context, now time.Time, l *look) (store.Set, *learning, error) {
	set, stale, err := e.current(ctx, now)
	if err == nil && !stale {
		stale, err = e.store.ObjectionWaits(ctx)
	}
	if err != nil || !stale {
		l.take()
		return set, nil, err
	}
	if set.ID != 0 && set.Day > features.DayOf(now, e.Zone) {
		l.take()
		set, err = e.private(ctx, now)
		return set, nil, err
	}
	learned := e.learn(ctx, now, false)
	r, err := e.publish(ctx, now, "auto", false, l)
	if err != nil {
		learned.drop()
		return r.Set, nil, err
	}
	return r.Set, learned, nil
}

// Snapshots returns snapshots of the day of now without publishing any: the current ones, or a private set that is
// kept for a day.
func (e *Engine) Snapshots(ctx context.Context, now time.Time) (store.Set, error) {
	set, stale, err := e.current(ctx, now)
	if err != nil || !stale {
		return set, err
	}
	return e.private(ctx, now)
}

func (e *Engine) current(ctx context.Context, now time.Time) (set store.Set, stale bool, err error) {
	set, err = e.store.CurrentSet(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return store.Set{}, true, nil
	}
	if err != nil {
		return set, false, err
	}
	stale, err = e.stale(ctx, set, now)
	return set, stale, err
}

func (e *Engine) stale(ctx context.Context, set store.Set, now time.Time) (bool, error) {
	newest, _, err := e.store.NewestImport(ctx, "orders")
	restated := set.Terms != "" && set.Terms != e.terms().Name()
	return restated || set.Day != features.DayOf(now, e.Zone) || set.LastImport < newest, err
}

func (e *Engine) private(ctx context.Context, now time.Time) (store.Set, error) {
	set, err := e.store.PrivateSet(ctx, features.DayOf(now, e.Zone))
	if err == nil {
		if stale, err := e.stale(ctx, set, now); err != nil || !stale {
			return set, err
		}
	} else if !errors.Is(err, store.ErrNotFound) {
		return set, err
	}
	return e.preview(ctx, now)
}
