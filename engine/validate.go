package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"treue/engine/store"
	"treue/rules/clv"
	"treue/rules/features"
	"treue/rules/worth"
)

// Held is a validation with the days between which it lies: the models learnt from First to Split, and End is the last
// day held out.
type Held struct {
	*worth.Validation

	First, Split, End features.Day
}

// HoldOut says what a validation holds out: the days after Split, or the last Weeks; neither: half a year, or half of a
// history shorter than a year.
type HoldOut struct {
	Split  features.Day // NoDay: by Weeks
	Weeks  int          // 0: the default
	Within int          // days for "bought within"; 0: 182
	Model  string       // "": auto
}

// Defaults of a hold-out.
const (
	heldOutDays = 26 * 7
	withinDays  = 26 * 7
	leastHeld   = 14 // days on either side
)

// ErrShortHistory says that a history is too short to be split. It is the user's to mend, by importing more.
var ErrShortHistory = errors.New("the history is too short to hold a part of it out")

// Validate holds the last stretch of the shop's own history out, fits on the rest as it was known then, and compares
// what models and rules of thumb said with what happened. The history ends at now, or with the last order before it.
func (e *Engine) Validate(ctx context.Context, now time.Time, o HoldOut) (*Held, error) {
	first, last, err := e.store.OrderSpan(ctx, now, e.Zone)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, fmt.Errorf("%w: there is no order", ErrShortHistory)
	case err != nil:
		return nil, err
	}
	end := min(last, features.DayOf(now, e.Zone))
	split := splitOf(o, first, end)
	if split-first < leastHeld || end-split < leastHeld {
		return nil, fmt.Errorf("%w: orders lie between %v and %v, and a split after %v leaves %d days to learn from and %d to check; want %d of each",
			ErrShortHistory, first, end, split, max(0, split-first), max(0, end-split), leastHeld)
	}
	people, err := e.store.HeldOut(ctx, split, now, e.Zone)
	if err != nil {
		return nil, err
	}
	cases := make([]worth.Case, len(people))
	for i := range people {
		cases[i] = caseOf(&people[i], split)
	}
	plan := worth.Plan{Weeks: clv.Days(int(end - split)), Within: clv.Days(o.Within), Model: o.Model}
	if o.Within == 0 {
		plan.Within = clv.Days(withinDays)
	}
	if o.Model == "" {
		plan.Model = clv.NameAuto
	}
	v, err := worth.Validate(cases, plan)
	return &Held{v, first, split, end}, err
}

func splitOf(o HoldOut, first, end features.Day) features.Day {
	switch {
	case o.Split != features.NoDay && o.Split != 0:
		return o.Split
	case o.Weeks > 0:
		return end - features.Day(7*o.Weeks)
	case end-first < 2*heldOutDays:
		return first + (end-first)/2
	}
	return end - heldOutDays
}

func caseOf(h *store.HeldOut, split features.Day) worth.Case {
	return worth.Case{
		History: clv.History{
			X: int(h.RepeatDays), Tx: clv.Days(int(h.LastOrderOn - h.FirstOrderOn)), T: clv.Days(int(split - h.FirstOrderOn)),
		},
		Spend: clv.Spend{X: int(h.RepeatDays), Mean: h.RepeatSpend},
		First: h.First, Later: float64(h.LaterDays), Earned: h.LaterRevenue,
	}
}
