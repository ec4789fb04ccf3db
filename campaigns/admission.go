package campaigns

import (
	"time"

	"treue/campaigns/assign"
)

// Admission is one customer's entry into a campaign: the arm, for good, and the mails to come.
type Admission struct {
	CustomerID int64
	Campaign   *Campaign
	No         int // 1 for the first entry of the customer
	Arm        string
	U          uint64 // the draw, kept so that anyone can check the arm
	Assigned   bool   // the arm was drawn earlier
	EnteredAt  time.Time
	CLV        float64 // predicted at entry; NaN: unknown
	Segment    string  // at entry; "" if unknown
	Sends      []Send
}

// Send is one mail of an entry. A control customer's send is a ghost: it goes the whole way except to a server.
type Send struct {
	Step       int // from 1
	StepKey    string
	DueAt      time.Time
	ValidUntil *time.Time // of the step's offer
}

// draw returns the customer's number in the campaign's split.
func (c *Campaign) draw(customerID int64) uint64 {
	return assign.U(assign.CampaignSalt(c.Key, c.Split), customerID)
}

// arm returns the candidate's arm: the stored one, else the drawn one.
func (c *Campaign) arm(candidate *Candidate) string {
	if candidate.Arm != "" {
		return candidate.Arm
	}
	if assign.IsControl(c.draw(candidate.CustomerID), c.Holdout) {
		return string(assign.Control)
	}
	return string(assign.Treated)
}

// Admit makes the entry of a candidate whom all gates let pass. A step follows the one before at the same local time of
// the customer; the window only delays it, and what follows is counted from there, so that it never closes up to the mail before.
func Admit(c *Campaign, candidate *Candidate, now time.Time) Admission {
	e := Admission{
		CustomerID: candidate.CustomerID, Campaign: c, No: candidate.Entries + 1, Arm: c.arm(candidate),
		U: c.draw(candidate.CustomerID), Assigned: candidate.Arm != "", EnteredAt: now, CLV: candidate.PredictedCLV,
		Segment: candidate.Segment,
	}
	due, zone := now, c.zoneOf(candidate.Zone)
	for i, step := range c.Steps {
		due = c.Window.Next(SameLocalTime(due, step.Wait, zone), zone)
		s := Send{Step: i + 1, StepKey: step.Key, DueAt: due}
		if step.Offer != nil && step.Offer.Valid > 0 {
			until := SameLocalTime(due, step.Offer.Valid, zone)
			s.ValidUntil = &until
		}
		e.Sends = append(e.Sends, s)
	}
	return e
}
