package web

import (
	"context"
	"sync"
	"time"
)

// recent keeps what is dear to read for a moment: a page that is reloaded ten times a second need not read it ten times.
type recent[T any] struct {
	mu    sync.Mutex
	read  time.Time // by the wall clock
	value T
}

// readingTook is how long it may take at most.
const readingTook = time.Minute

// get returns what was read within keep, or reads it anew. Of several requests at once, one reads and all get it, even if
// the one who asked first has left.
func (r *recent[T]) get(ctx context.Context, keep time.Duration, read func(context.Context) (T, error)) (T, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	if time.Since(r.read) < keep {
		return r.value, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readingTook)
	defer cancel()
	value, err := read(ctx)
	if err != nil {
		return none, err
	}
	r.read, r.value = time.Now(), value
	return value, nil
}
