package engine

import (
	"context"
	"errors"

	"treue/engine/store"
)

// nextProducts is how many products are suggested to a customer: as many as a mail shows.
const nextProducts = 5

// renewNextProducts writes anew what customers will want next: with a full refresh and, between them, when what is
// stored has grown as old as a model may.
func (e *Engine) renewNextProducts(ctx context.Context, set store.Set, full bool) error {
	if !full {
		state, err := e.store.NextProductsState(ctx)
		if err == nil && set.AsOf.Sub(state.AsOf) < modelLife || err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return e.store.RenewNextProducts(ctx, set, e.Zone, nextProducts)
}
