package engine

import (
	"context"

	"treue/engine/store"
	"treue/rules"
	"treue/rules/features"
	"treue/rules/worth"
)

// Alerts are what has left its band on a day.
type Alerts struct {
	worth.Watched

	Set    store.Set
	Basis  string
	Latest *store.Month // the last one remembered; nil: none
	First  features.Day // when the first alert is possible; NoDay: already
	Counts []int64      // of the alerts: how many customers their rules match
}

// Alerts compares what the customers are worth with the months before.
func (e *Engine) Alerts(ctx context.Context, v *Value) (*Alerts, error) {
	// One more than a band looks at for each month that an alert may be traced back.
	months, err := e.store.Months(ctx, v.Set.Day, 2*worth.BandLongest)
	if err != nil {
		return nil, err
	}
	a := &Alerts{Set: v.Set, Basis: v.Basis, First: features.NoDay}
	var past []worth.State
	for i := range months {
		if months[i].Basis == v.Basis {
			past = append(past, stateOf(&months[i]))
			a.Latest = &months[i]
		}
	}
	a.Watched = worth.Watch(stateNow(v), past)
	if a.Months < worth.BandMonths {
		a.First = firstAlert(v.Set.Day, a.Months+a.Young)
	}
	for _, alert := range a.Watched.Alerts {
		rule, err := rules.Compile(alert.Rule)
		if err != nil {
			return nil, err
		}
		counted, err := e.store.Count(ctx, v.Set, e.view(v.Set.AsOf), rule)
		if err != nil {
			return nil, err
		}
		a.Counts = append(a.Counts, counted.Matched)
	}
	return a, nil
}

// firstAlert is when enough months will be remembered, at one a month from the next on.
func firstAlert(day features.Day, known int) features.Day {
	const apart = 14
	return addMonths(monthOf(day), worth.BandMonths-known) + apart
}

// stateNow is the state of a set as it is watched. The month it lies in is not over.
func stateNow(v *Value) worth.State {
	s := worth.State{On: v.Set.Day, Buyers: v.Set.Buyers, Groups: map[worth.Key]worth.Sum{}, Due: -1}
	for _, g := range v.Groups {
		s.Groups[worth.Key{Kind: g.Kind, Name: g.Name}] = worth.Sum{
			Customers: g.Customers, Historic: g.Historic, Predicted: g.Predicted, Predicted2: g.Predicted2,
		}
	}
	return s
}
