package engine

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"time"

	"treue/engine/store"
)

// newWorker names a worker uniquely among all processes.
func newWorker() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	host, _ := os.Hostname()
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), hex.EncodeToString(b))
}

// holding takes the lease, waiting for a dead holder's to run out, does the work and gives it back. The context of
// the work ends when the lease is lost.
func (e *Engine) holding(ctx context.Context, name string, work func(context.Context, store.Lease) error) error {
	holder := newWorker()
	l, err := e.acquire(ctx, name, holder)
	if err != nil {
		return err
	}
	ctx, stop := e.renewing(ctx, l)
	defer stop()
	err = work(ctx, l)
	if cause := context.Cause(ctx); errors.Is(cause, store.ErrLeaseHeld) {
		err = errors.Join(err, cause)
	}
	return errors.Join(err, e.store.Release(context.WithoutCancel(ctx), l))
}

// acquire waits for at most two leases: then somebody alive holds it.
func (e *Engine) acquire(ctx context.Context, name, holder string) (store.Lease, error) {
	deadline := time.NewTimer(2*e.Lease + time.Second)
	defer deadline.Stop()
	retry := time.NewTicker(e.Lease / 10)
	defer retry.Stop()
	for {
		l, err := e.store.Acquire(ctx, name, holder, e.Lease)
		if !errors.Is(err, store.ErrLeaseHeld) {
			return l, err
		}
		select {
		case <-retry.C:
		case <-deadline.C:
			return l, fmt.Errorf("another process is at work (%w): try again when it is done", err)
		case <-ctx.Done():
			return l, context.Cause(ctx)
		}
	}
}

// renewing keeps a lease until stop is called; the context ends when it cannot be kept.
func (e *Engine) renewing(ctx context.Context, l store.Lease) (held context.Context, stop func()) {
	held, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		renew := time.NewTicker(e.Lease / 3)
		defer renew.Stop()
		renewed := time.Now()
		for {
			select {
			case <-held.Done():
				return
			case <-renew.C:
				err := e.store.Renew(held, l, e.Lease)
				switch {
				case err == nil:
					renewed = time.Now()
				case errors.Is(err, store.ErrLeaseHeld) || time.Since(renewed) > e.Lease:
					// Late is lost: another worker may already have taken over.
					cancel(fmt.Errorf("%w: %w", store.ErrLeaseHeld, err))
					return
				}
			}
		}
	}()
	return held, func() { cancel(nil); <-done }
}
