package campaigns

import (
	"testing"
	"time"

	"treue/rules/customer"
)

// campaignOf compiles a campaign with usual settings after change has altered them.
func campaignOf(t interface {
	Helper()
	Fatal(args ...any)
}, change func(*Definition),
) *Campaign {
	t.Helper()
	d := Definition{
		Key: "winback", Kind: Winback, LegalBasis: Consent, Audience: "orders >= 1", Timezone: "Europe/Berlin", Holdout: 0.5,
		Measure: 91, Reads: []Days{91}, Grace: 28, Cooldown: 180, Missed: Skip, LatestStart: 2 * time.Hour, Expires: 24 * time.Hour,
		Steps: []Step{{Key: "reminder", Template: "winback-reminder"}},
	}
	if change != nil {
		change(&d)
	}
	c, err := New(d, 1, 1, Active)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// when returns the address of a time of the day on which most tests play.
func when(s string) *time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return &t
}

var noon = *when("2026-05-04T12:00:00+02:00")

// willing is a candidate whom no gate stops.
func willing(id int64) Candidate {
	return Candidate{CustomerID: id, Facts: Facts{
		HasAddress: true, Consent: customer.ConsentDates{GrantedAt: when("2025-01-01T10:00:00Z")}, NoticeAt: when("2025-01-01T10:00:00Z"),
		BasisOrder: true, Categories: []string{"Coffee > Beans"},
	}}
}

var generous = Settings{Cap7d: 2, Cap30d: 4}

// outcome sends one candidate through all gates.
func outcome(c *Campaign, s Settings, candidate Candidate) Decision {
	return Decide([]Contest{{Campaign: c, Candidates: []Candidate{candidate}}}, noon, s)[0].Decisions[0]
}

// TestGateOrder stops a candidate at every gate at once and then opens one gate after the other: each time the next
// one in the promised order stops them.
func TestGateOrder(t *testing.T) {
	t.Parallel()
	c := campaignOf(t, func(d *Definition) {
		d.Cooldown = 0
		d.Entry.PerDay = 1
		d.Steps[0].Offer = &Offer{Percent: 10, Unique: true}
	})
	s := Settings{Cap7d: 1, Cap30d: 1, GlobalHoldout: Holdout{Share: 1}, CouponStock: map[string]int{"winback": 0}}
	x := willing(1)
	x.Consent = customer.ConsentDates{ProfilingObjectedAt: when("2026-01-01T00:00:00Z")}
	x.Suppressed, x.Entries, x.Contacts7d, x.EnteredToday = true, 1, 1, "other"
	c.Topic = "offers"
	x.Preferences = customer.Preferences{PausedUntil: when("2027-01-01T00:00:00Z"), UnwantedTopics: []string{"offers"}}
	spent := Spent{EntriesToday: 1}
	// Held out by the period's draw and not by the one before: with a share of 1 nobody is, so look for a customer.
	s.GlobalHoldout.Share = 0.5
	for {
		if _, held := s.GlobalHoldout.Holds(x.CustomerID, noon); held {
			break
		}
		x.CustomerID++
	}
	opened := []struct {
		gate Outcome
		open func()
	}{
		{GateConsent, func() { x.Consent.GrantedAt = when("2025-01-01T10:00:00Z") }},
		{GateSuppressed, func() { x.Suppressed = false }},
		{GateObjection, func() { x.Consent.ProfilingObjectedAt = nil }},
		{GatePaused, func() { x.Preferences.PausedUntil = nil }},
		{GateTopic, func() { x.Preferences.UnwantedTopics = nil }},
		{GateGlobalHoldout, func() { s.GlobalHoldout = Holdout{} }},
		{GateReentry, func() { c.Cooldown, x.LastEntryAt = 180, when("2026-04-01T12:00:00Z") }},
		{GateCooldown, func() { x.LastEntryAt = nil }},
		{GateFrequencyCap, func() { x.Contacts7d = 0 }},
		{GateBudget, func() { spent.EntriesToday = 0 }},
		{GateCouponStock, func() { s.CouponStock["winback"] = 1 }},
		{GateArbitration, func() { x.EnteredToday = "" }},
	}
	for _, o := range opened {
		d := Decide([]Contest{{Campaign: c, Candidates: []Candidate{x}, Spent: spent}}, noon, s)[0].Decisions[0]
		if d.Outcome != o.gate || d.Detail == "" {
			t.Fatalf("stopped at %q (%q), want %q with a reason", d.Outcome, d.Detail, o.gate)
		}
		o.open()
	}
	d := Decide([]Contest{{Campaign: c, Candidates: []Candidate{x}, Spent: spent}}, noon, s)[0].Decisions[0]
	if d.Outcome != OutcomeTreated && d.Outcome != OutcomeControl {
		t.Fatalf("all gates are open, got %q (%s)", d.Outcome, d.Detail)
	}
}
