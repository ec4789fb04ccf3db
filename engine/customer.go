package engine

import (
	"context"
	"math"
	"time"

	"treue/rules/clv"
	"treue/rules/features"
)

// Interval is a range of money.
type Interval struct{ Low, High float64 }

// intervalLevel is the level of a customer's predictive interval.
const intervalLevel = 0.9

// Customer returns a customer's snapshot on the day of now and, for a buyer, the predictive interval of the lifetime
// value: what this one customer may bring, not how well the mean is known.
func (e *Engine) Customer(ctx context.Context, now time.Time, id int64) (features.Snapshot, *Interval, error) {
	set, err := e.Snapshots(ctx, now)
	if err != nil {
		return features.Snapshot{}, nil, err
	}
	s, err := e.store.SnapshotOf(ctx, set, id)
	if err != nil || s.Orders == 0 || math.IsNaN(s.CLV()) {
		return s, nil, err
	}
	stored, err := e.store.Model(ctx, set.ModelID)
	if err != nil {
		return s, nil, err
	}
	model, money, err := models(stored)
	if err != nil || money == nil {
		return s, nil, err
	}
	p := population{day: set.Day}
	low, high := clv.Year().Interval(model, money, p.history(&s), spend(&s), intervalLevel)
	share := stored.MarginShare()
	return s, &Interval{s.CLVHistoric + share*low, s.CLVHistoric + share*high}, nil
}
