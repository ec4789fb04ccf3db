package store_test

import (
	"errors"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/store"
	"treue/rules/customer"
)

func TestFindCustomer(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	colon := person("a:1", "")
	other := person("1", "other@shop.example")
	other.Source, other.ID = "a", customer.NewID("a", "1")
	b.customers("known", noon, counts{inserted: 5}, person("c1", "a@shop.example"), person("alias", "a@shop.example"), person("Übermut", ""), colon, other)
	for asked, want := range map[string]string{
		"c1": "c1", "shop:c1": "c1", "alias": "c1", "shop:alias": "c1", "Übermut": "Übermut", "1": "1", "a:1": "a:1", "shop:a:1": "a:1", "shop:1": "", "x": "", "": "", ":": "",
	} {
		c, err := b.FindCustomer(b.ctx(), asked)
		if c.ExternalID != want || (want == "") != errors.Is(err, store.ErrNotFound) {
			t.Errorf("find %q: %q, %v; want %q", asked, c.ExternalID, err, want)
		}
	}
	for asked, want := range map[string]string{"Überschlag": "", "Übermensch": "Übermut", "Überm": "Übermut", "Üx": "Übermut", "c9": "c1", "zz": "", "": ""} {
		if got, err := b.NearestCustomer(b.ctx(), asked); got != want || err != nil {
			t.Errorf("nearest to %q: %q, %v; want %q", asked, got, err, want)
		}
	}
}

func TestOverview(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	b.consenting("c1", "c2")
	b.enter(noon, "treated", "c1", "c2")
	sends, err := b.SendsOf(b.ctx(), "winback", id("c1"))
	if err != nil || len(sends) != 2 || sends[0].StepKey != "first" || sends[1].StepKey != "second" || sends[0].State != campaigns.Planned {
		t.Errorf("sends = %+v, %v", sends, err)
	}
	for who, want := range map[string]string{"c1": "treated", "nobody": ""} {
		if arm, err := b.ArmOf(b.ctx(), "winback", 1, id(who)); arm != want || err != nil {
			t.Errorf("arm of %s = %q, %v", who, arm, err)
		}
	}
	waits, err := b.Backlog(b.ctx(), noon.Add(time.Minute))
	if err != nil || waits.Due != 2 || waits.Later != 2 || !waits.Oldest.Equal(noon) {
		t.Errorf("backlog = %+v, %v", waits, err)
	}
	counted, err := b.SendCounts(b.ctx())
	if err != nil || len(counted) != 1 || counted[0] != (store.SendCount{CampaignKey: "winback", State: campaigns.Planned, N: 4}) {
		t.Errorf("sends = %+v, %v", counted, err)
	}
	if late, err := b.TickDelay(b.ctx()); late != 0 || err != nil {
		t.Errorf("delay without a tick: %v, %v", late, err)
	}
	if _, err := b.TakeTick(b.ctx(), "winback", noon, "h", noon.Add(3*time.Second)); err != nil {
		t.Fatal(err)
	}
	late, err := b.TickDelay(b.ctx())
	ticks, err2 := b.TickCounts(b.ctx())
	if late != 3*time.Second || ticks["running"] != 1 || errors.Join(err, err2) != nil {
		t.Errorf("delay %v, ticks %v, %v", late, ticks, errors.Join(err, err2))
	}
}

// TestGhostsAreContacts holds that rules see the same number of contacts in both arms.
func TestGhostsAreContacts(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	b.consenting("control", "treated")
	b.enter(noon, "control", "control")
	b.enter(noon, "treated", "treated")
	for _, c := range b.claim(b.worker, noon) {
		if _, err := b.begin(b.worker, c, noon); err != nil {
			t.Fatal(err)
		}
	}
	for _, who := range []string{"control", "treated"} {
		for days, want := range map[int]int64{-1: 0, 0: 1, 29: 1, 30: 0} {
			if a := b.aggregate(noon.AddDate(0, 0, days), who); a.Mails30d != want || a.LastMailOn.Known() != (days >= 0) {
				t.Errorf("%s after %d days: %d mails, last on %v", who, days, a.Mails30d, a.LastMailOn)
			}
		}
	}
}
