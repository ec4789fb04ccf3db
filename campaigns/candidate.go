package campaigns

import (
	"time"

	"treue/rules/customer"
)

// Candidate is a customer who matches a campaign's audience, with all that the gates look at. It holds no arm: gates
// run before the split and cannot see it.
type Candidate struct {
	CustomerID int64
	Stake      float64 // expected value at stake, major units: who may lose most goes first
	Facts
}

// Facts is what is known of a candidate beyond the snapshot, read at the moment of the plan.
type Facts struct {
	HasAddress   bool
	Suppressed   bool
	Consent      customer.ConsentDates
	Preferences  customer.Preferences
	NoticeAt     *time.Time // told of the right to object when the address was collected
	BasisOrder   bool       // the address came with a sale
	Categories   []string   // bought so far
	LastEntryAt  *time.Time // into this campaign
	EntryOpen    bool       // an entry of this campaign still has mails to come
	Entries      int        // into this campaign, ever
	EnteredToday string     // the campaign that took the customer on this local day
	Contacts7d   int        // mails of all campaigns, ghosts included, due ones not yet attempted included
	Contacts30d  int
	Arm          string // in the current split, if already assigned
	Backlog      bool   // matched before the campaign began to take entries
	OtherSplit   bool   // assigned in an earlier split that has not released them
	Language     string
	Zone         *time.Location // where the customer lives; nil: unknown
	PredictedCLV float64
	Segment      string // "" if unknown
}
