package store_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/store"
)

// definition is a campaign of two mails a week apart.
func definition(key string) campaigns.Definition {
	return campaigns.Definition{
		Key: key, Kind: campaigns.Winback, Name: "Win back", LegalBasis: campaigns.Consent, Audience: "orders >= 1", Timezone: "Europe/Berlin",
		Holdout: 0.33, Measure: 91, Reads: []campaigns.Days{91, 364}, Grace: 28, Missed: campaigns.Skip, LatestStart: 2 * time.Hour, Expires: 24 * time.Hour,
		Steps: []campaigns.Step{{Key: "first", Template: "t"}, {Key: "second", Template: "t", Wait: 7, Offer: &campaigns.Offer{Percent: 10, Unique: true, Valid: 14}}},
	}
}

// apply stores a definition and returns the campaign.
func (b *bench) apply(d campaigns.Definition, changed string) *campaigns.Campaign {
	b.Helper()
	a, err := b.Apply(b.ctx(), d, noon)
	if err != nil {
		b.Fatal(err)
	}
	if a.Changed != changed {
		b.Errorf("apply: %s, want %s", a.Changed, changed)
	}
	return a.Campaign
}

func TestApply(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := definition("winback")
	if c := b.apply(d, "created"); c.Version != 1 || c.Split != 1 || c.Status != campaigns.Draft {
		t.Errorf("created: %+v", c)
	}
	if c := b.apply(d, "unchanged"); c.Version != 1 || c.Split != 1 {
		t.Errorf("unchanged: %+v", c)
	}
	if err := b.SetStatus(b.ctx(), d.Key, campaigns.Active, noon); err != nil {
		t.Fatal(err)
	}
	d.Name, d.Audience = "Come back", "orders >= 2"
	if c := b.apply(d, "updated"); c.Version != 2 || c.Split != 1 || c.Status != campaigns.Active {
		t.Errorf("updated: %+v", c)
	}
	d.Holdout = 0.5
	if c := b.apply(d, "updated"); c.Version != 3 || c.Split != 2 || c.Holdout != 0.5 {
		t.Errorf("another share: %+v", c)
	}
	if got := value[string](b, `SELECT string_agg(concat_ws(' ', split, share), ', ' ORDER BY split) FROM campaign_splits`); got != "1 0.33, 2 0.5" {
		t.Errorf("splits = %s", got)
	}
	all, err := b.Campaigns(b.ctx())
	if err != nil || len(all) != 1 || all[0].Name != "Come back" || all[0].Version != 3 || len(all[0].Steps) != 2 {
		t.Errorf("campaigns = %+v, %v", all, err)
	}
	old, err := b.CampaignVersion(b.ctx(), d.Key, 1)
	if err != nil || old.Audience != "orders >= 1" || old.Version != 1 || old.Status != campaigns.Active {
		t.Errorf("version 1 = %+v, %v", old, err)
	}
	for _, missing := range []struct {
		key     string
		version int
	}{{"winback", 9}, {"nobody", 1}} {
		if _, err := b.CampaignVersion(b.ctx(), missing.key, missing.version); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%v: %v", missing, err)
		}
	}
	history, err := b.History(b.ctx(), d.Key)
	if err != nil || len(history) != 3 || history[0].Version != 3 || history[2].Audience != "orders >= 1" || !history[2].CreatedAt.Equal(noon) {
		t.Errorf("history = %+v, %v", history, err)
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.apply(definition("winback"), "created")
	set := func(s campaigns.Status, hours int) error {
		return b.SetStatus(b.ctx(), "winback", s, noon.Add(time.Duration(hours)*time.Hour))
	}
	if err := errors.Join(set(campaigns.Active, 1), set(campaigns.Active, 2), set(campaigns.Paused, 3), set(campaigns.Active, 4)); err != nil {
		t.Fatal(err)
	}
	if got := value[time.Time](b, `SELECT activated_at FROM campaigns`); !got.Equal(noon.Add(time.Hour)) {
		t.Errorf("activated at %v, want the first time", got)
	}
	if err := errors.Join(set(campaigns.Archived, 5), set(campaigns.Archived, 6)); err != nil {
		t.Fatal(err)
	}
	if err := set(campaigns.Active, 7); !errors.Is(err, store.ErrArchived) {
		t.Errorf("wake an archived one: %v", err)
	}
	if _, err := b.Apply(b.ctx(), definition("winback"), noon); !errors.Is(err, store.ErrKeyTaken) {
		t.Errorf("apply under an archived key: %v", err)
	}
	if err := b.SetStatus(b.ctx(), "nobody", campaigns.Active, noon); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("unknown key: %v", err)
	}
}

func TestApplyAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	seen := map[string]int{}
	for range 6 {
		wg.Go(func() {
			a, err := b.Apply(b.ctx(), definition("winback"), noon)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			seen[a.Changed]++
		})
	}
	wg.Wait()
	if seen["created"] != 1 || seen["unchanged"] != 5 {
		t.Errorf("applied: %v", seen)
	}
}
