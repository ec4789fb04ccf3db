package engine

import (
	"context"
	"math"
	"time"

	"treue/engine/store"
	"treue/rules"
	"treue/rules/features"
)

// Interval is a range of money.
type Interval struct{ Low, High float64 }

// Customer returns a customer's snapshot on the day of now and, for a buyer, the predictive interval of the lifetime
// value: what this one customer may bring, not how well the mean is known.
func (e *Engine) Customer(ctx context.Context, now time.Time, id int64) (features.Snapshot, *Interval, error) {
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
