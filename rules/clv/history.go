package clv

import (
	"fmt"
	"math"
)

// Weeks is the time unit of every model in this package. It is a type of its
// own because parameters fitted in weeks and horizons given in days are the
// most common way to get a value that is wrong by a factor of four.
type Weeks float64

// daysPerWeek converts calendar days, the grain of a purchase, to [Weeks].
const daysPerWeek = 7

// maxRepeats bounds History.X, since tables over the number of repeats are
// kept during a fit. Purchases of one day count once, so it is 2,700 years.
const maxRepeats = 1_000_000

// Days returns n calendar days as weeks.
func Days(n int) Weeks { return Weeks(float64(n) / daysPerWeek) }

// History is what the purchase models know of one customer.
//
// X counts the days with a purchase after the first such day; Tx is the time
// from the first to the last of them (0 when X is 0) and T the time from the
// first purchase until now. Several orders on one day are one purchase, and
// the first purchase is not in X.
type History struct {
	X     int
	Tx, T Weeks
}

// Validate reports why the history is impossible, or nil.
func (h History) Validate() error {
	tx, t := float64(h.Tx), float64(h.T)
	switch {
	case h.X < 0 || h.X > maxRepeats:
		return fmt.Errorf("%d repeat purchases: want 0 to %d", h.X, maxRepeats)
	case !(t >= 0) || math.IsInf(t, 1):
		return fmt.Errorf("observed for %v weeks: want a finite time of 0 or more", t)
	case !(tx >= 0) || tx > t:
		return fmt.Errorf("last purchase %v weeks after the first, but observed for %v: "+
			"was a purchase after the as-of date counted?", tx, t)
	case h.X == 0 && tx != 0:
		return fmt.Errorf("last purchase %v weeks after the first without a repeat purchase", tx)
	}
	return nil
}

// silence returns the time since the last purchase.
func (h History) silence() Weeks { return h.T - h.Tx }
