package delivery

import (
	"context"
	"time"
)

// Lingering returns a context that ends so much later than ctx does, or when stop is called: for what must not be cut
// off at once.
func Lingering(ctx context.Context, d time.Duration) (longer context.Context, stop func()) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	unhook := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(d):
			cancel()
		case <-longer.Done():
		}
	})
	return longer, func() { unhook(); cancel() }
}
