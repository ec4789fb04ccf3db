package campaigns

import (
	"time"

	"treue/rules/customer"
)

// Due is a send whose time has come, with what is known of its customer at this very moment.
type Due struct {
	CustomerID   int64
	Status       Status // of the campaign
	DueAt        time.Time
	Zone         *time.Location // where the customer lives; nil: unknown
	FirstAttempt *time.Time     // nil: never attempted
	EnteredAt    time.Time
	Step         int

	HasAddress  bool
	Erased      bool
	Suppressed  bool
	Consent     customer.ConsentDates
	Preferences customer.Preferences
	NoticeAt    *time.Time
	BasisOrder  bool
	Categories  []string
	Purchased   bool // since the entry
	Exit        bool // the campaign's exit rule holds
	EarlierOpen bool // an earlier step of the entry has not ended
	Contacts7d  int  // other mails attempted, ghosts included
	Contacts30d int
}

// Check is the last word before a mail leaves, on facts read in the transaction that records the attempt.
type Check struct {
	State  State     // Sending: go; Planned: wait until Until; else final
	Until  time.Time // when to look again
	Reason string
}

// neverAttempted is how long a send may wait for its first attempt.
const neverAttempted = 7 * 24 * time.Hour

// Check decides whether a due send may leave at now. It never sees the arm: a ghost send passes or fails alike.
func (c *Campaign) Check(d *Due, now time.Time, s Settings) Check {
	if end, why := c.ends(d, now, s); end != "" {
		return Check{State: end, Reason: why}
	}
	zone := c.zoneOf(d.Zone)
	if open := c.Window.Next(now, zone); open.After(now) {
		return Check{State: Planned, Until: open, Reason: "outside the window"}
	}
	tomorrow := c.Window.Next(SameLocalTime(now, 1, zone), zone)
	switch {
	case d.Status != Active:
		return Check{State: Planned, Until: tomorrow, Reason: "campaign is " + string(d.Status)}
	case d.EarlierOpen:
		return Check{State: Planned, Until: tomorrow, Reason: "the mail before has not left"}
	case d.FirstAttempt == nil && (d.Contacts7d >= s.Cap7d || d.Contacts30d >= s.Cap30d):
		return Check{State: Planned, Until: tomorrow, Reason: "frequency cap"}
	}
	return Check{State: Sending}
}

// ends returns the final state of a send that must not leave any more, and why; "" if it may.
func (c *Campaign) ends(d *Due, now time.Time, s Settings) (State, string) {
	switch {
	case d.Erased:
		return Cancelled, "customer erased"
	case d.Status == Archived:
		return Cancelled, "campaign archived"
	case d.Suppressed:
		return Suppressed, "address is suppressed"
	}
	if why := c.refusal(d, now); why != "" {
		return Suppressed, why
	}
	if period, held := s.GlobalHoldout.Holds(d.CustomerID, now); held {
		return Cancelled, "held out in " + period
	}
	switch {
	case c.LeavesOnPurchase() && d.Purchased:
		return Cancelled, "purchased"
	case d.Exit:
		return Cancelled, "exit_when holds"
	case c.expired(d, now):
		return Expired, "too late"
	}
	return "", ""
}

// refusal asks the gates of the customer's own word again: it may have changed since the plan.
func (c *Campaign) refusal(d *Due, now time.Time) string {
	candidate := Candidate{Facts: Facts{
		HasAddress: d.HasAddress, Consent: d.Consent, Preferences: d.Preferences, NoticeAt: d.NoticeAt, BasisOrder: d.BasisOrder, Categories: d.Categories,
	}}
	for _, g := range []Gate{consentGate{c}, objectionGate{}, pausedGate{now}, topicGate{c}} {
		if why := g.Stop(&candidate); why != "" {
			return why
		}
	}
	return ""
}

// expired counts hours in which the window was open.
func (c *Campaign) expired(d *Due, now time.Time) bool {
	if d.FirstAttempt == nil {
		return now.Sub(d.DueAt) > neverAttempted
	}
	return c.Window.OpenBetween(*d.FirstAttempt, now, c.zoneOf(d.Zone)) > c.Expires
}

// zoneOf is the zone in which the window opens for a customer: their own, else the campaign's.
func (c *Campaign) zoneOf(own *time.Location) *time.Location {
	if own != nil {
		return own
	}
	return c.Zone
}
