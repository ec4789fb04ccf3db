package engine

import (
	"context"
	"fmt"
	"math"
	"time"

	"treue/engine/store"
	"treue/rules"
	"treue/rules/features"
	"treue/rules/worth"
)

// settled is how many days after the end of a month its orders count as imported.
const settled = 2

// remember keeps the state of a published set as that of its month, if it is the month's first, and counts the reorders
// of the months that are over.
func (e *Engine) remember(ctx context.Context, set store.Set) error {
	m, err := e.store.Model(ctx, set.ModelID)
	if err != nil {
		return err
	}
	if err := e.keepMonth(ctx, set, monthOf(set.Day), m.Basis()); err != nil {
		return err
	}
	if err := e.store.ForgetObjectors(ctx); err != nil {
		return err
	}
	return e.store.CloseMonths(ctx, set.Day-settled, set.AsOf, e.Zone)
}

func (e *Engine) keepMonth(ctx context.Context, set store.Set, month features.Day, basis string) error {
	stages, err := stages()
	if err != nil {
		return err
	}
	_, err = e.store.Remember(ctx, set, month, basis, worth.StageVersion, stages, e.view(set.AsOf))
	return err
}

// stages compiles the definitions of the life-cycle stages.
func stages() ([]store.NamedRule, error) {
	all := worth.Stages()
	out := make([]store.NamedRule, len(all))
	for i, s := range all {
		rule, err := rules.Compile(s.Rule)
		if err != nil {
			return nil, fmt.Errorf("stage %s: %w", s.Name, err)
		}
		out[i] = store.NamedRule{Name: s.Name, Rule: rule}
	}
	return out, nil
}

// monthOf returns the first day of a day's month.
func monthOf(d features.Day) features.Day {
	y, m, _ := d.Date().Date()
	return features.DayOf(time.Date(y, m, 1, 0, 0, 0, 0, time.UTC), time.UTC)
}

// addMonths goes n months on from the first day of one.
func addMonths(month features.Day, n int) features.Day {
	return features.DayOf(month.Date().AddDate(0, n, 0), time.UTC)
}

// Backfill remembers the states at the beginnings of the last months, the present one included, as they would have been
// computed then, so that a new shop has trends on its first day. Months that are remembered already stay; months before
// the first order are left out. It calls done after each and returns how many were added.
func (e *Engine) Backfill(ctx context.Context, now time.Time, months int, done func(month features.Day)) (int, error) {
	today := features.DayOf(now, e.Zone)
	known, err := e.store.Months(ctx, today, math.MaxInt32)
	if err != nil {
		return 0, err
	}
	have := map[features.Day]bool{}
	for _, m := range known {
		have[m.Month] = m.Day < m.Month+lateState
	}
	added := 0
	for i := months - 1; i >= 0; i-- {
		month := addMonths(monthOf(today), -i)
		if !have[month] {
			kept, err := e.backfill(ctx, month)
			if err != nil {
				return added, err
			}
			added += kept
		}
		done(month)
	}
	return added, e.store.CloseMonths(ctx, today-settled, now, e.Zone)
}

// lateState is how many days after its beginning a month's state is too late to be that of its beginning.
const lateState = 5

// backfill remembers one month as known at its beginning; kept is 1 if there was anything to remember.
func (e *Engine) backfill(ctx context.Context, month features.Day) (kept int, err error) {
	set, err := e.private(ctx, month.Start(e.Zone).Add(-time.Microsecond))
	if err != nil {
		return 0, err
	}
	if set.Buyers > 0 {
		kept = 1
		m, err := e.store.Model(ctx, set.ModelID)
		if err != nil {
			return 0, err
		}
		if err := e.keepMonth(ctx, set, month, m.Basis()); err != nil {
			return 0, err
		}
	}
	return kept, e.store.DropPrivate(ctx, set)
}

// stateOf is a remembered month as it is watched.
func stateOf(m *store.Month) worth.State {
	s := worth.State{On: m.Day, Buyers: m.Buyers, Groups: map[worth.Key]worth.Sum{}, Due: m.Due, Reordered: m.Reordered}
	for _, g := range m.Groups {
		s.Groups[worth.Key{Kind: g.Kind, Name: g.Name}] = worth.Sum{
			Customers: g.Customers, Historic: g.Historic, Predicted: g.Predicted, Predicted2: g.PredictedSqrs,
		}
	}
	return s
}
