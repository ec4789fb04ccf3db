// Package campaigns decides who gets what: gates, arbitration, plan, assignment, send states and outcomes are pure
// decisions, each with a reason.
package campaigns

import "time"

// Kind says what a campaign is for; verdicts are pooled per kind.
type Kind string

// The kinds of campaign.
const (
	Winback   Kind = "winback"
	Loyalty   Kind = "loyalty"
	Crosssell Kind = "crosssell"
	External  Kind = "external" // ran in another tool and is only measured here; never in a campaign file
)

// Basis is the legal ground on which a campaign may write (UWG section 7).
type Basis string

// The legal bases.
const (
	Consent          Basis = "consent"           // UWG 7(2) no. 2: prior express consent
	ExistingCustomer Basis = "existing_customer" // UWG 7(3): own similar goods, with notice and without objection
)

// Definition is a campaign as its author wrote it: one version. Durations of days are calendar days in the
// campaign's time zone.
type Definition struct {
	Key         string
	Kind        Kind
	Name        string
	LegalBasis  Basis
	Categories  []string // goods the campaign advertises; needed for ExistingCustomer
	Audience    string   // a rule
	Schedule    string   // five cron fields in Zone; empty: only by hand
	Timezone    string
	Window      Window  // when mail may leave
	Holdout     float64 // control share, 0 to 1
	Measure     Days    // outcome window from assignment
	Reads       []Days  // windows over the same arms; the first is the verdict
	Grace       Days    // after the window, for returns
	Cooldown    Days    // between two entries of one customer; 0: enters once
	Priority    int     // higher goes first
	Missed      Missed
	LatestStart time.Duration
	Expires     time.Duration // of open window after the first attempt
	Entry       Entry
	Topic       string
	ExitWhen    string // a rule; empty: none
	Budget      Budget
	MarginShare *float64 // nil: the shop's
	CostPerMail *float64 // nil: the shop's; major units
	Steps       []Step

	// Segments are the shop's named rules that Audience and ExitWhen use, as they stood when the version was made. They
	// are no part of a campaign file.
	Segments Segments `json:"segments,omitempty"`
}

// Days counts calendar days.
type Days int

// Missed says what happens to a tick that nobody ran in time.
type Missed string

// The policies for missed ticks.
const (
	Skip    Missed = "skip"
	RunOnce Missed = "run_once"
)

// Entry paces how customers enter: whether those who matched before the start do, and how many a day (0: all).
type Entry struct {
	NewOnly bool
	PerDay  int
}

// Budget limits a campaign per period; zero fields do not limit.
type Budget struct {
	Mails int
	Money float64 // major units
	Per   string  // day, week or month
}

// Step is one mail of a campaign.
type Step struct {
	Key      string
	Template string
	Wait     Days // after the step before, at the same local time
	Offer    *Offer
	Values   map[string]string `json:"values,omitempty"` // what the template calls values.NAME
}

// Offer is the incentive a step carries.
type Offer struct {
	Percent      float64
	Amount       float64 // major units
	Gift         string
	FreeShipping bool
	Bundle       string
	Unique       bool // a coupon code of its own for every customer
	Valid        Days
	MinOrder     float64 // major units
}
