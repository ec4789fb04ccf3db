package engine

import (
	"context"
	"errors"
	"time"

	"treue/engine/store"
)

// Month is all that the managers' report of a calendar month says. It is never empty: before the first figures it says
// what was done and when they come.
type Month struct {
	From, Until time.Time // in the shop's time zone; Until is the first moment of the next month
	AsOf        time.Time // what it knows; the end of the month, or now while it lasts
	Reports     []Report
	Portfolio   Portfolio
	Orders      store.MonthOrders
	Shop        store.Shop // today
	Worth       *Value     // what today's customers are expected to bring; nil before the first refresh
	NextRun     time.Time  // of any campaign, after AsOf; zero: none is planned
}

// Pause is the number of days without an order after which a customer counts as gone silent in the monthly report.
const Pause = 180

// MonthOf returns the first moment of the calendar month of t and of the next one, in the shop's zone.
func (e *Engine) MonthOf(t time.Time) (from, until time.Time) {
	t = t.In(e.Zone)
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, e.Zone), time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, e.Zone)
}

// Month gathers the report of the month that begins at from, as it was known at its end or at now. It measures nothing:
// outcomes are frozen day by day.
func (e *Engine) Month(ctx context.Context, from, now time.Time) (*Month, error) {
	m := &Month{}
	m.From, m.Until = e.MonthOf(from)
	m.AsOf = now
	if m.Until.Before(now) {
		m.AsOf = m.Until
	}
	var err error
	if m.Reports, err = e.Reports(ctx, m.AsOf, nil); err != nil {
		return nil, err
	}
	if m.Portfolio, err = Review(m.Reports); err != nil {
		return nil, err
	}
	if m.Orders, err = e.store.MonthOrders(ctx, e.terms(), m.From, m.Until, Pause); err != nil {
		return nil, err
	}
	if m.Shop, err = e.store.Shop(ctx); err != nil {
		return nil, err
	}
	if m.Worth, err = e.worthNow(ctx); err != nil {
		return nil, err
	}
	m.NextRun, err = e.NextTick(ctx, m.AsOf)
	return m, err
}

// worthNow adds up the published set, nil if there is none: a report must not wait for a refresh.
func (e *Engine) worthNow(ctx context.Context) (*Value, error) {
	set, err := e.store.CurrentSet(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil //nolint:nilnil // nothing was ever predicted, which is no fault
	}
	if err != nil {
		return nil, err
	}
	return e.valueOf(ctx, set)
}

// EntriesPerMonth is how many customers enter the report's split in thirty days, from the first to the last of them.
func (r *Report) EntriesPerMonth() float64 {
	first, last := r.Arms[0].FirstAt, r.Arms[0].LastAt
	for i := range r.Arms {
		if at := r.Arms[i].FirstAt; !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
		if at := r.Arms[i].LastAt; at.After(last) {
			last = at
		}
	}
	days := last.Sub(first).Hours()/24 + 1
	return float64(r.Arms[0].Assigned+r.Arms[1].Assigned) * 30 / max(30, days)
}

// ExpectedControlBuyers is the number of buyers in control on which the gate for a verdict is decided.
func (r *Report) ExpectedControlBuyers() float64 { return r.input.ExpectedControlBuyers() }
