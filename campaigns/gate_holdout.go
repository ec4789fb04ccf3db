package campaigns

import (
	"fmt"
	"time"

	"treue/campaigns/assign"
)

// Holdout is the group that gets no campaign at all for a period, so that the effect of the whole can be measured.
// It has a salt of its own, which changes with the period.
type Holdout struct {
	Share float64 // 0: off
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
	period := fmt.Sprintf("%dQ%d", now.UTC().Year(), (int(now.UTC().Month())+2)/3)
	return period, h.Share > 0 && assign.IsControl(assign.U("global:"+period, customerID), h.Share)
}

type globalHoldoutGate struct {
	holdout Holdout
	now     time.Time
}

func (globalHoldoutGate) Outcome() Outcome { return GateGlobalHoldout }

func (g globalHoldoutGate) Stop(c *Candidate) string {
	if period, held := g.holdout.Holds(c.CustomerID, g.now); held {
		return "held out in " + period
	}
	return ""
}
