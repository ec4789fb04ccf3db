package engine

import (
	"context"

	"treue/engine/store"
)

// Overview is what a manager reads on one page: who carries the value and what worries.
type Overview struct {
	Value    *Value
	Alerts   *Alerts
	Channels *Channels
}

// ValueState tells whether an overview still holds: a refresh changes the set, a backfill adds months.
type ValueState struct {
	Set    store.Set
	Months int64
}

// ValueState returns that of the set that everybody reads; [store.ErrNotFound] before the first refresh.
func (e *Engine) ValueState(ctx context.Context) (ValueState, error) {
	set, err := e.store.CurrentSet(ctx)
	if err != nil {
		return ValueState{}, err
	}
	months, err := e.store.CountMonths(ctx)
	return ValueState{set, months}, err
}

// Overview looks at a set, and computes no other one: a page must not wait for a refresh.
func (e *Engine) Overview(ctx context.Context, set store.Set) (*Overview, error) {
	v, err := e.valueOf(ctx, set)
	if err != nil {
		return nil, err
	}
	alerts, err := e.Alerts(ctx, v)
	if err != nil {
		return nil, err
	}
	channels, err := e.channelsOf(ctx, set, "channel")
	if err != nil {
		return nil, err
	}
	return &Overview{v, alerts, channels}, nil
}
