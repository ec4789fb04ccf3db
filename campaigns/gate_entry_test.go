package campaigns

import (
	"testing"
	"time"
)

func TestReentryGate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		cooldown Days
		newOnly  bool
		facts    Facts
		want     string
	}{
		{"never in", 180, false, Facts{}, ""},
		{"mails to come", 180, false, Facts{Entries: 1, EntryOpen: true}, "is in the campaign"},
		{"was in, may come back", 180, false, Facts{Entries: 1}, ""},
		{"was in, once is enough", 0, false, Facts{Entries: 1}, "was in the campaign, which takes everyone once"},
		{"never in, once", 0, false, Facts{}, ""},
		{"backlog enters", 180, false, Facts{Backlog: true}, ""},
		{"backlog stays out", 180, true, Facts{Backlog: true}, "matched before the start"},
		{"newcomer", 180, true, Facts{}, ""},
		{"another split's", 180, false, Facts{OtherSplit: true}, "belongs to an earlier split"},
	} {
		campaign := campaignOf(t, func(d *Definition) { d.Cooldown, d.Entry.NewOnly = c.cooldown, c.newOnly })
		same(t, c.name, reentryGate{campaign}.Stop(&Candidate{Facts: c.facts}), c.want)
	}
}

// TestCooldownGate looks at the very instant at which the cooldown ends: the same local time, whatever the clocks did.
func TestCooldownGate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, entered, again string
		days                 Days
	}{
		{"within one offset", "2026-05-04T09:00:00+02:00", "2026-05-11T09:00:00+02:00", 7},
		{"an hour is lost", "2026-03-28T09:00:00+01:00", "2026-03-29T09:00:00+02:00", 1},
		{"an hour is won", "2026-10-24T09:00:00+02:00", "2026-10-25T09:00:00+01:00", 1},
		{"ends in the gap", "2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00", 1},
		{"ends in the overlap", "2026-10-24T02:30:00+02:00", "2026-10-25T02:30:00+02:00", 1},
		{"half a year", "2026-01-10T12:00:00+01:00", "2026-07-09T12:00:00+02:00", 180},
	} {
		campaign := campaignOf(t, func(d *Definition) { d.Cooldown = c.days })
		x := Candidate{Facts: Facts{Entries: 1, LastEntryAt: when(c.entered)}}
		again := *when(c.again)
		same(t, c.name+", at the instant", cooldownGate{campaign, again}.Stop(&x), "")
		if got := (cooldownGate{campaign, again.Add(-time.Microsecond)}).Stop(&x); got == "" {
			t.Errorf("%s: free a microsecond early", c.name)
		}
	}
	x := Candidate{Facts: Facts{Entries: 1, LastEntryAt: when("2026-05-04T09:00:00+02:00")}}
	once := campaignOf(t, func(d *Definition) { d.Cooldown = 0 })
	same(t, "without a cooldown the gate before decides", cooldownGate{once, noon}.Stop(&x), "")
	same(t, "never in", cooldownGate{campaignOf(t, nil), noon}.Stop(&Candidate{}), "")
	same(t, "says when", cooldownGate{campaignOf(t, nil), noon}.Stop(&x), "entered 2026-05-04, again from 2026-10-31")
}

func TestFrequencyCapGate(t *testing.T) {
	t.Parallel()
	gate := frequencyCapGate{2, 4}
	for _, c := range []struct {
		in7d, in30d int
		want        string
	}{
		{0, 0, ""},
		{1, 3, ""},
		{2, 2, "2 mails in 7 days"},
		{1, 4, "4 mails in 30 days"},
		{3, 5, "3 mails in 7 days"},
	} {
		same(t, "frequency cap", gate.Stop(&Candidate{Facts: Facts{Contacts7d: c.in7d, Contacts30d: c.in30d}}), c.want)
	}
}

func TestArbitrationGate(t *testing.T) {
	t.Parallel()
	gate := arbitrationGate{"winback", map[int64]string{1: "loyalty", 2: "winback"}}
	for _, c := range []struct {
		name    string
		id      int64
		entered string
		want    string
	}{
		{"free", 3, "", ""},
		{"taken in this run", 1, "", "taken by loyalty"},
		{"taken by itself", 2, "", ""},
		{"taken earlier on the day", 3, "crosssell", "taken by crosssell"},
		{"in itself since the morning", 3, "winback", ""},
		{"in itself since the morning, taken since", 1, "winback", "taken by loyalty"},
	} {
		same(t, c.name, gate.Stop(&Candidate{CustomerID: c.id, Facts: Facts{EnteredToday: c.entered}}), c.want)
	}
}
