package campaigns

import (
	"fmt"
	"time"
)

// reentryGate keeps customers who are in the campaign, may enter only once, or are not to enter at all: matched
// before the start of a campaign for newcomers, or belong to a split whose last read is still to come.
type reentryGate struct{ campaign *Campaign }

func (reentryGate) Outcome() Outcome { return GateReentry }

func (g reentryGate) Stop(c *Candidate) string {
	switch {
	case c.EntryOpen:
		return "is in the campaign"
	case c.Entries > 0 && g.campaign.Cooldown == 0:
		return "was in the campaign, which takes everyone once"
	case g.campaign.Entry.NewOnly && c.Backlog:
		return "matched before the start"
	case c.OtherSplit:
		return "belongs to an earlier split"
	}
	return ""
}

// cooldownGate keeps customers whose last entry is too recent.
type cooldownGate struct {
	campaign *Campaign
	now      time.Time
}

func (cooldownGate) Outcome() Outcome { return GateCooldown }

func (g cooldownGate) Stop(c *Candidate) string {
	if c.LastEntryAt == nil || g.campaign.Cooldown == 0 {
		return ""
	}
	until := SameLocalTime(*c.LastEntryAt, g.campaign.Cooldown, g.campaign.Zone)
	if g.now.Before(until) {
		return "entered " + c.LastEntryAt.In(g.campaign.Zone).Format(time.DateOnly) + ", again from " + until.In(g.campaign.Zone).Format(time.DateOnly)
	}
	return ""
}

// frequencyCapGate keeps customers who had enough mail. Ghost sends count, else one campaign's arm would decide who
// enters another.
type frequencyCapGate struct{ per7d, per30d int }

func (frequencyCapGate) Outcome() Outcome { return GateFrequencyCap }

func (g frequencyCapGate) Stop(c *Candidate) string {
	switch {
	case c.Contacts7d >= g.per7d:
		return fmt.Sprintf("%d mails in 7 days", c.Contacts7d)
	case c.Contacts30d >= g.per30d:
		return fmt.Sprintf("%d mails in 30 days", c.Contacts30d)
	}
	return ""
}

// arbitrationGate keeps customers whom a campaign with the right of way takes on the same local day.
type arbitrationGate struct {
	key   string
	taken map[int64]string // customer -> campaign, of this day
}

func (arbitrationGate) Outcome() Outcome { return GateArbitration }

func (g arbitrationGate) Stop(c *Candidate) string {
	for _, winner := range []string{c.EnteredToday, g.taken[c.CustomerID]} {
		if winner != "" && winner != g.key {
			return "taken by " + winner
		}
	}
	return ""
}
