package campaigns

import (
	"fmt"
	"time"

	"treue/rules"
)

// Status says whether a campaign runs.
type Status string

// The states of a campaign. Only an active one plans and sends.
const (
	Draft    Status = "draft"
	Active   Status = "active"
	Paused   Status = "paused"
	Archived Status = "archived"
)

// Campaign is one version of a campaign, ready to decide.
type Campaign struct {
	Definition
	Version int
	Split   int
	Status  Status
	// ActivatedAt is when the campaign was first started, nil before that: ticks of an earlier time are none of its.
	ActivatedAt *time.Time
	Zone        *time.Location
	Cron        Cron // zero without a schedule
	audience    *rules.Rule
	exit        *rules.Rule // nil: none
}

// New compiles a definition with the segments it carries. The error names the key of the file that is wrong.
func New(d Definition, version, split int, status Status) (*Campaign, error) {
	c := &Campaign{Definition: d, Version: version, Split: split, Status: status}
	var err error
	if c.Zone, err = time.LoadLocation(d.Timezone); err != nil {
		return nil, fmt.Errorf("campaign %s: timezone: %w", d.Key, err)
	}
	if c.audience, err = d.Segments.Compile(d.Audience); err != nil {
		return nil, fmt.Errorf("campaign %s: audience: %w", d.Key, err)
	}
	if d.ExitWhen != "" {
		if c.exit, err = d.Segments.Compile(d.ExitWhen); err != nil {
			return nil, fmt.Errorf("campaign %s: exit_when: %w", d.Key, err)
		}
	}
	if d.Schedule != "" {
		if c.Cron, err = ParseCron(d.Schedule, c.Zone); err != nil {
			return nil, fmt.Errorf("campaign %s: schedule: %w", d.Key, err)
		}
	}
	return c, nil
}

// AudienceRule returns the rule that says who matches.
func (c *Campaign) AudienceRule() *rules.Rule { return c.audience }

// ExitRule returns the rule that ends an entry early, or nil.
func (c *Campaign) ExitRule() *rules.Rule { return c.exit }

// TicksOn reports whether the schedule has a tick on the local day of t.
func (c *Campaign) TicksOn(t time.Time) bool { return c.Schedule != "" && c.Cron.On(t) }

// LeavesOnPurchase reports whether an order ends an entry: who has come back needs no further reason to.
// A thank-you is not withdrawn because the customer bought again.
func (c *Campaign) LeavesOnPurchase() bool { return c.Kind != Loyalty }

// UsesCoupons reports whether a step hands out a code of its own to every customer.
func (c *Campaign) UsesCoupons() bool {
	for _, s := range c.Steps {
		if s.Offer != nil && s.Offer.Unique {
			return true
		}
	}
	return false
}
