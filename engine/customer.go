package engine

import (
	"context"
	"errors"
	"math"
	"time"

	"treue/engine/store"
	"treue/rules"
	"treue/rules/features"
)

// Interval is a range of money.
type Interval struct{ Low, High float64 }

// ErrObjected says that nothing is computed about a customer, who objected to it.
var ErrObjected = errors.New("objected to profiling: nothing is computed about this customer")

// profiled returns ErrObjected for a customer whose objection stands, also while the snapshots are older than that.
func (e *Engine) profiled(ctx context.Context, id int64) error {
	at, err := e.store.ObjectedAt(ctx, id)
	if at != nil {
		return ErrObjected
	}
	return err
}

// Customer returns a customer's snapshot on the day of now and, for a buyer, the predictive interval of the lifetime
// value: what this one customer may bring, not how well the mean is known. ErrObjected: there is
// none, whatever the day.
func (e *Engine) Customer(ctx context.Context, now time.Time, id int64) (features.Snapshot, *Interval, error) {
	if err := e.profiled(ctx, id); err != nil {
		return features.Snapshot{}, nil, err
	}
	set, err := e.Snapshots(ctx, now)
	if err != nil {
		return features.Snapshot{}, nil, err
	}
	view := e.view(now)
	view.Needs = store.EverythingStored().Join(rules.FieldNeeds())
	s, err := e.store.SnapshotOf(ctx, set, view, id)
	if err != nil || s.Orders == 0 || math.IsNaN(s.CLV()) {
		return s, nil, err
	}
	if math.IsNaN(s.CLVPredictedLow) {
		return s, nil, nil
	}
	return s, &Interval{s.CLVHistoric + s.CLVPredictedLow, s.CLVHistoric + s.CLVPredictedHigh}, nil
}
