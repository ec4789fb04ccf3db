package campaigns

import (
	"fmt"
	"time"

	"treue/campaigns/assign"
)

// Holdout is the group that gets no campaign at all for a period, so that the effect of the whole can be measured.
// It has a salt of its own, which changes with the period; nobody is held out in two periods in a row, since those who
// were never written to drift away from all others.
type Holdout struct {
	Share float64        // 0: off
	Zone  *time.Location // of the periods; nil: UTC
}

// Mailable customers from which the automatic holdout is on, and its share. Below, too few would be held out to see
// anything (5 % of 15,000 detect only a lift of 75 %).
const (
	autoHoldoutFrom  = 30_000
	autoHoldoutShare = 0.05
)

// AutoHoldout returns the holdout for a shop with that many mailable customers.
func AutoHoldout(mailable int) Holdout {
	if mailable < autoHoldoutFrom {
		return Holdout{}
	}
	return Holdout{Share: autoHoldoutShare}
}

// Holds reports whether the customer is held out in the period of now, which it names too: a calendar quarter.
func (h Holdout) Holds(customerID int64, now time.Time) (string, bool) {
	period, before := h.periods(now)
	return period, h.holds(customerID, period, before)
}

// holds asks the period's draw first: it names few, so that nearly nobody needs the other one.
func (h Holdout) holds(customerID int64, period, before string) bool {
	return h.draws(customerID, period) && !h.draws(customerID, before)
}

// Compares is Holds, and reports whether the customer counts when the period is measured: whom the period before drew
// cannot be held out in this one, and would make the others unlike the held out.
func (h Holdout) Compares(customerID int64, now time.Time) (period string, held, counts bool) {
	period, before := h.periods(now)
	counts = !h.draws(customerID, before)
	return period, counts && h.draws(customerID, period), counts
}

// periods names the period of now and the one before.
func (h Holdout) periods(now time.Time) (period, before string) {
	zone := h.Zone
	if zone == nil {
		zone = time.UTC
	}
	now = now.In(zone)
	year, quarter := now.Year(), (int(now.Month())-1)/3
	return periodName(year, quarter), periodName(year, quarter-1)
}

// draws reports whether the period's own draw names the customer.
func (h Holdout) draws(customerID int64, period string) bool {
	return h.Share > 0 && assign.IsControl(assign.U("global:"+period, customerID), h.Share)
}

// periodName names a quarter, counted from 0; -1 is the last one of the year before.
func periodName(year, quarter int) string {
	if quarter < 0 {
		year, quarter = year-1, 3
	}
	return fmt.Sprintf("%dQ%d", year, quarter+1)
}

type globalHoldoutGate struct {
	holdout        Holdout
	period, before string
}

func newGlobalHoldoutGate(h Holdout, now time.Time) globalHoldoutGate {
	period, before := h.periods(now)
	return globalHoldoutGate{h, period, before}
}

func (globalHoldoutGate) Outcome() Outcome { return GateGlobalHoldout }

func (g globalHoldoutGate) Stop(c *Candidate) string {
	if g.holdout.holds(c.CustomerID, g.period, g.before) {
		return "held out in " + g.period
	}
	return ""
}
