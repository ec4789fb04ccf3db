package campaigns

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"treue/campaigns/assign"
)

func TestAdmitDates(t *testing.T) {
	t.Parallel()
	steps := []Step{{Key: "a", Template: "a"}, {Key: "b", Template: "b", Wait: 7, Offer: &Offer{Percent: 10, Valid: 14}}}
	for _, c := range []struct {
		name   string
		now    string
		window Window
		steps  []Step
		want   []string
	}{
		{"same local time", "2026-05-04T12:00:00+02:00", Window{}, steps, []string{"2026-05-04T12:00:00+02:00", "2026-05-11T12:00:00+02:00"}},
		{"into summer", "2026-03-26T12:00:00+01:00", Window{}, steps, []string{"2026-03-26T12:00:00+01:00", "2026-04-02T12:00:00+02:00"}},
		{"into winter", "2026-10-20T12:00:00+02:00", Window{}, steps, []string{"2026-10-20T12:00:00+02:00", "2026-10-27T12:00:00+01:00"}},
		{"into the gap", "2026-03-22T02:30:00+01:00", Window{}, steps, []string{"2026-03-22T02:30:00+01:00", "2026-03-29T03:00:00+02:00"}},
		{"window opens later today", "2026-05-04T07:00:00+02:00", weekdaysNineToSix, steps, []string{"2026-05-04T09:00:00+02:00", "2026-05-11T09:00:00+02:00"}},
		{"after the weekend", "2026-05-08T18:00:00+02:00", weekdaysNineToSix, steps, []string{"2026-05-11T09:00:00+02:00", "2026-05-18T09:00:00+02:00"}},
		{
			"a delayed mail keeps its distance", "2026-05-08T18:00:00+02:00", weekdaysNineToSix,
			[]Step{{Key: "a", Template: "a"}, {Key: "b", Template: "b", Wait: 1}, {Key: "c", Template: "c", Wait: 4}},
			[]string{"2026-05-11T09:00:00+02:00", "2026-05-12T09:00:00+02:00", "2026-05-18T09:00:00+02:00"}, // the 16th is a Saturday
		},
		{"first step waits", "2026-05-04T12:00:00+02:00", Window{}, []Step{{Key: "a", Template: "a", Wait: 2}}, []string{"2026-05-06T12:00:00+02:00"}},
	} {
		campaign := campaignOf(t, func(d *Definition) { d.Window, d.Steps = c.window, c.steps })
		x := willing(1)
		a := Admit(campaign, &x, *when(c.now))
		same(t, c.name+": mails", len(a.Sends), len(c.want))
		for i, s := range a.Sends {
			if !s.DueAt.Equal(*when(c.want[i])) {
				t.Errorf("%s: step %s is due %s, want %s", c.name, s.StepKey, s.DueAt.Format(time.RFC3339), c.want[i])
			}
			same(t, c.name+": number", s.Step, i+1)
		}
	}
}

// TestAdmitWhereTheyLive: windows open and steps follow by the customer's own clock.
func TestAdmitWhereTheyLive(t *testing.T) {
	t.Parallel()
	c := campaignOf(t, func(d *Definition) {
		d.Window, d.Steps = weekdaysNineToSix, []Step{{Key: "a", Template: "a"}, {Key: "b", Template: "b", Wait: 7}}
	})
	x := willing(1)
	x.Zone = time.FixedZone("east", 9*3600)
	a := Admit(c, &x, *when("2026-05-04T12:00:00+02:00"))
	for i, want := range []string{"2026-05-05T09:00:00+09:00", "2026-05-12T09:00:00+09:00"} {
		if !a.Sends[i].DueAt.Equal(*when(want)) {
			t.Errorf("step %d is due %s, want %s", i+1, a.Sends[i].DueAt, want)
		}
	}
}

func TestAdmitOffer(t *testing.T) {
	t.Parallel()
	c := campaignOf(t, func(d *Definition) {
		d.Steps = []Step{
			{Key: "a", Template: "a"},
			{Key: "b", Template: "b", Wait: 7, Offer: &Offer{Percent: 10, Valid: 14}},
			{Key: "c", Template: "c", Wait: 7, Offer: &Offer{Percent: 20}},
		}
	})
	x := willing(1)
	sends := Admit(c, &x, *when("2026-03-10T12:00:00+01:00")).Sends
	if sends[0].ValidUntil != nil || sends[2].ValidUntil != nil {
		t.Error("an offer without an end, or none at all, ends")
	}
	if until := sends[1].ValidUntil; until == nil || !until.Equal(*when("2026-03-31T12:00:00+02:00")) {
		t.Errorf("valid until %v, want 14 days after the mail at its local time", until)
	}
}

func TestAdmitArm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := campaignOf(t, func(d *Definition) { d.Holdout = rapid.Float64Range(0, 0.9).Draw(t, "share") })
		c.Split = rapid.IntRange(1, 5).Draw(t, "split")
		x := willing(rapid.Int64Min(0).Draw(t, "customer"))
		x.Entries, x.PredictedCLV = rapid.IntRange(0, 3).Draw(t, "entries"), 12.5
		fresh := Admit(c, &x, noon)
		u := assign.U(assign.CampaignSalt(c.Key, c.Split), x.CustomerID)
		same(t, "arm", fresh.Arm, string(assign.Of(u, c.Holdout)))
		same(t, "decision", string(outcome(c, generous, willing(x.CustomerID)).Outcome), fresh.Arm)
		same(t, "the rest", []any{fresh.U, fresh.Assigned, fresh.No, fresh.CLV, fresh.CustomerID}, []any{u, false, x.Entries + 1, 12.5, x.CustomerID})
		for _, stored := range []string{"treated", "control"} {
			x.Arm = stored
			again := Admit(c, &x, noon)
			same(t, "stored arm", []any{again.Arm, again.Assigned}, []any{stored, true})
			same(t, "both arms have the same mails to come", again.Sends, fresh.Sends)
		}
	})
}
