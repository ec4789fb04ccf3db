package campaigns

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"treue/rules/customer"
)

// dueNow is a send that may leave.
func dueNow() Due {
	return Due{
		CustomerID: 1, Status: Active, DueAt: noon, EnteredAt: noon.AddDate(0, 0, -7), Step: 2, HasAddress: true,
		Consent: customer.ConsentDates{GrantedAt: when("2025-01-01T10:00:00Z")},
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	c := campaignOf(t, func(d *Definition) { d.Window, d.Topic = weekdaysNineToSix, "offers" }) // noon is a Monday's
	ago := func(d time.Duration) *time.Time { x := noon.Add(-d); return &x }
	for _, tt := range []struct {
		name   string
		change func(*Due)
		state  State
		reason string
		until  string
	}{
		{"goes", func(*Due) {}, Sending, "", ""},
		{"erased", func(d *Due) { d.Erased, d.HasAddress, d.Suppressed = true, false, true }, Cancelled, "customer erased", ""},
		{"archived", func(d *Due) { d.Status, d.Suppressed = Archived, true }, Cancelled, "campaign archived", ""},
		{"suppressed", func(d *Due) { d.Suppressed = true }, Suppressed, "address is suppressed", ""},
		{"address gone", func(d *Due) { d.HasAddress = false }, Suppressed, "no address", ""},
		{"withdrawn", func(d *Due) { d.Consent.WithdrawnAt = ago(time.Minute) }, Suppressed, "consent withdrawn", ""},
		{"objected to profiling", func(d *Due) { d.Consent.ProfilingObjectedAt = ago(time.Minute) }, Suppressed, "objected to profiling", ""},
		{"resting", func(d *Due) { d.Preferences.PausedUntil = when("2026-05-20T12:00:00Z") }, Suppressed, "asked for a rest until 2026-05-20T12:00:00Z", ""},
		{"rest is over", func(d *Due) { d.Preferences.PausedUntil = ago(0) }, Sending, "", ""},
		{"topic turned off", func(d *Due) { d.Preferences.UnwantedTopics = []string{"news", "offers"} }, Suppressed, "does not want the topic offers", ""},
		{"other topic turned off", func(d *Due) { d.Preferences.UnwantedTopics = []string{"news"} }, Sending, "", ""},
		{"purchased", func(d *Due) { d.Purchased = true }, Cancelled, "purchased", ""},
		{"purchased and withdrawn", func(d *Due) { d.Purchased, d.Consent.WithdrawnAt = true, ago(time.Minute) }, Suppressed, "consent withdrawn", ""},
		{"exit rule", func(d *Due) { d.Exit = true }, Cancelled, "exit_when holds", ""},
		{"never attempted for a week", func(d *Due) { d.DueAt = *ago(7 * 24 * time.Hour) }, Sending, "", ""},
		{"never attempted for longer", func(d *Due) { d.DueAt = *ago(7*24*time.Hour + time.Second) }, Expired, "too late", ""},
		{"tried within 24 open hours", func(d *Due) { d.FirstAttempt = when("2026-04-30T15:00:00+02:00") }, Sending, "", ""}, // 3 + 9 (Friday) + 3 (Monday)
		{"tried more than 24 open hours ago", func(d *Due) { d.FirstAttempt = when("2026-04-29T14:59:00+02:00") }, Expired, "too late", ""},
		{"paused", func(d *Due) { d.Status = Paused }, Planned, "campaign is paused", "2026-05-05T12:00:00+02:00"},
		{"the mail before is open", func(d *Due) { d.EarlierOpen = true }, Planned, "the mail before has not left", "2026-05-05T12:00:00+02:00"},
		{"cap of a week", func(d *Due) { d.Contacts7d = 2 }, Planned, "frequency cap", "2026-05-05T12:00:00+02:00"},
		{"cap of a month", func(d *Due) { d.Contacts30d = 4 }, Planned, "frequency cap", "2026-05-05T12:00:00+02:00"},
		{"an attempted mail keeps its slot", func(d *Due) { d.Contacts7d, d.FirstAttempt = 2, ago(time.Hour) }, Sending, "", ""},
	} {
		d := dueNow()
		tt.change(&d)
		got := c.Check(&d, noon, generous)
		same(t, tt.name, []any{got.State, got.Reason}, []any{tt.state, tt.reason})
		if tt.until != "" && !got.Until.Equal(*when(tt.until)) {
			t.Errorf("%s: until %s, want %s", tt.name, got.Until, tt.until)
		}
	}
}

func TestCheckWindow(t *testing.T) {
	t.Parallel()
	c := campaignOf(t, func(d *Definition) { d.Window = weekdaysNineToSix })
	for _, tt := range []struct{ now, until string }{
		{"2026-05-04T08:59:59+02:00", "2026-05-04T09:00:00+02:00"},
		{"2026-05-04T18:00:00+02:00", "2026-05-05T09:00:00+02:00"},
		{"2026-05-09T12:00:00+02:00", "2026-05-11T09:00:00+02:00"},
		{"2026-03-28T12:00:00+01:00", "2026-03-30T09:00:00+02:00"},
	} {
		d := dueNow()
		d.DueAt = *when(tt.now)
		got := c.Check(&d, *when(tt.now), generous)
		if got.State != Planned || got.Reason != "outside the window" || !got.Until.Equal(*when(tt.until)) {
			t.Errorf("at %s: %+v, want to wait until %s", tt.now, got, tt.until)
		}
	}
	// A ground for not sending at all counts at once, window or not.
	d := dueNow()
	d.Suppressed = true
	same(t, "suppressed at night", c.Check(&d, *when("2026-05-04T03:00:00+02:00"), generous).State, Suppressed)
	d = dueNow()
	d.Contacts7d = 2
	got := c.Check(&d, *when("2026-05-08T12:00:00+02:00"), generous) // a Friday
	if !got.Until.Equal(*when("2026-05-11T09:00:00+02:00")) {
		t.Errorf("a capped mail waits until %s, want the next open morning", got.Until)
	}
}

func TestCheckHoldout(t *testing.T) {
	t.Parallel()
	c := campaignOf(t, nil)
	s := generous
	s.GlobalHoldout = Holdout{Share: 0.5}
	for id := range int64(200) {
		d := dueNow()
		d.CustomerID = id
		want := Sending
		if _, held := s.GlobalHoldout.Holds(id, noon); held {
			want = Cancelled
		}
		same(t, "state", c.Check(&d, noon, s).State, want)
	}
}

func TestCheckPurchase(t *testing.T) {
	t.Parallel()
	for kind, want := range map[Kind]State{Winback: Cancelled, Crosssell: Cancelled, Loyalty: Sending} {
		c := campaignOf(t, func(d *Definition) { d.Kind = kind })
		d := dueNow()
		d.Purchased = true
		same(t, string(kind), c.Check(&d, noon, generous).State, want)
	}
}

// TestCheckAgreesWithTheGates checks that nobody gets a mail at dispatch whom a gate of law would stop, on the same facts.
func TestCheckAgreesWithTheGates(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		date := func(what string) *time.Time {
			if !rapid.Bool().Draw(t, what) {
				return nil
			}
			at := noon.AddDate(0, 0, -rapid.IntRange(1, 3).Draw(t, what+" days ago"))
			return &at
		}
		c := campaignOf(t, func(d *Definition) {
			d.LegalBasis = rapid.SampledFrom([]Basis{Consent, ExistingCustomer}).Draw(t, "basis")
			d.Categories = []string{"Coffee"}
		})
		facts := Facts{
			HasAddress: rapid.Bool().Draw(t, "address"), Suppressed: rapid.Bool().Draw(t, "suppressed"), NoticeAt: date("notice"),
			BasisOrder: rapid.Bool().Draw(t, "sale"), Categories: rapid.SampledFrom([][]string{nil, {"Tea"}, {"Coffee"}}).Draw(t, "bought"),
			Consent: customer.ConsentDates{
				GrantedAt: date("granted"), WithdrawnAt: date("withdrawn"), ObjectedAt: date("objected"),
				ProfilingObjectedAt: date("profiling objected"), ProfilingAllowedAt: date("profiling allowed"),
			},
		}
		d := Due{
			Status: Active, DueAt: noon, HasAddress: facts.HasAddress, Suppressed: facts.Suppressed, NoticeAt: facts.NoticeAt,
			BasisOrder: facts.BasisOrder, Categories: facts.Categories, Consent: facts.Consent,
		}
		plans := outcome(c, generous, Candidate{CustomerID: 1, Facts: facts})
		sends := c.Check(&d, noon, generous)
		if enters(plans) != (sends.State == Sending) {
			t.Fatalf("the plan says %q (%s), the dispatch %q (%s)", plans.Outcome, plans.Detail, sends.State, sends.Reason)
		}
	})
}

// TestWindowOfTheCustomer: mail leaves while the window is open where the customer lives, and expiry counts those hours.
func TestWindowOfTheCustomer(t *testing.T) {
	t.Parallel()
	c := campaignOf(t, func(d *Definition) { d.Window = weekdaysNineToSix }) // noon in Berlin, on a Monday
	for _, tt := range []struct {
		zone         string
		state        State
		until        string
		firstAttempt string
	}{
		{"Europe/Berlin", Sending, "", ""},
		{"America/New_York", Planned, "2026-05-04T09:00:00-04:00", ""}, // six in the morning there
		{"Europe/Lisbon", Sending, "", ""},
		{"Asia/Tokyo", Planned, "2026-05-05T09:00:00+09:00", ""},                                // seven in the evening
		{"America/New_York", Planned, "2026-05-04T09:00:00-04:00", "2026-04-29T16:00:00-04:00"}, // 2 + 9 + 9 hours: 20 of 24
		{"America/New_York", Expired, "", "2026-04-28T16:00:00-04:00"},
	} {
		d := dueNow()
		if tt.firstAttempt != "" {
			d.FirstAttempt = when(tt.firstAttempt)
		}
		var err error
		if d.Zone, err = time.LoadLocation(tt.zone); err != nil {
			t.Fatal(err)
		}
		got := c.Check(&d, noon, generous)
		same(t, tt.zone, got.State, tt.state)
		if tt.until != "" && !got.Until.Equal(*when(tt.until)) {
			t.Errorf("%s: until %s, want %s", tt.zone, got.Until, tt.until)
		}
	}
}
