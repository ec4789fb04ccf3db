package engine

import (
	"context"
	"errors"
	"time"

	"treue/engine/store"
)

// nextProducts is how many products are suggested to a customer: as many as a mail shows.
const nextProducts = 5

// nextProductsDue reports whether what customers will want next is as old at now as a model may be.
func (e *Engine) nextProductsDue(ctx context.Context, now time.Time) (bool, error) {
	state, err := e.store.NextProductsState(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	return err == nil && now.Sub(state.AsOf) >= modelLife, err
}

// learning is what follows from snapshots: plans need none of it, mails do. What does not need the snapshots themselves is
// learned while they are computed.
type learning struct {
	*Engine
	done    chan struct{}
	stop    context.CancelFunc
	lessons *store.Lessons // once done; nil: what is there still serves
	err     error
}

// learn begins to learn for snapshots as of now, of which finish is told once they are published. Whoever never publishes
// them drops it. With full what customers will want next is made anew however young it is.
func (e *Engine) learn(ctx context.Context, now time.Time, full bool) *learning {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	l := &learning{Engine: e, done: make(chan struct{}), stop: stop}
	go func() {
		defer close(l.done)
		due := full
		if !due {
			due, l.err = e.nextProductsDue(ctx, now)
		}
		if due && l.err == nil {
			l.lessons, l.err = e.store.Learn(ctx, now, e.Zone)
		}
	}()
	return l
}

// drop ends it.
func (l *learning) drop() {
	l.stop()
	<-l.done
}

// finish writes what is learned.
func (l *learning) finish(ctx context.Context, set store.Set) error {
	defer l.drop()
	defer context.AfterFunc(ctx, l.stop)()
	if err := l.remember(ctx, set); err != nil {
		return err
	}
	if <-l.done; l.err != nil || l.lessons == nil {
		return l.err
	}
	return l.store.RenewNextProducts(ctx, set, l.lessons, nextProducts)
}
