package store_test

import (
	"testing"

	"treue/campaigns"
	"treue/engine/store"
	"treue/rules/customer"
)

// marked counts the marks for the next refresh, and takes them off.
func (b *bench) marked() int64 {
	b.Helper()
	return value[int64](b, `WITH gone AS (DELETE FROM stale_customers RETURNING customer_id) SELECT count(DISTINCT customer_id) FROM gone`)
}

// TestRefreshHearsOfEverybody holds that what changes a snapshot, or what a plan remembers, is marked, and that nothing else is.
func TestRefreshHearsOfEverybody(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.customers("known", noon, counts{inserted: 1}, person("c1", "a@shop.example"))
	b.marked()
	choose := func(p customer.Preferences) {
		t.Helper()
		if err := b.Choose(b.ctx(), id("c1"), noon, func(store.Choices) customer.Preferences { return p }); err != nil {
			t.Fatal(err)
		}
	}
	expose := func(who string) {
		t.Helper()
		e := customer.Exposure{Campaign: "elsewhere", Source: "shop", CustomerID: id(who), CustomerExternalID: who, Arm: "treated", AssignedAt: noon}
		if _, err := b.ImportExposures(b.ctx(), file("exposures", noon), lines(e)); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		what string
		do   func()
		want int64
	}{
		{"topics", func() { choose(customer.Preferences{UnwantedTopics: []string{"news"}}) }, 1},
		{"a language", func() { choose(customer.Preferences{Language: "en"}) }, 1},
		{"the same language", func() { choose(customer.Preferences{Language: "en"}) }, 1},
		{"a birthday", func() { choose(customer.Preferences{Birthday: &noon}) }, 1},
		{"an exposure of a newcomer", func() { expose("c2") }, 1},
		{"one of a known customer", func() { expose("c1") }, 0},
		{"the same once more", func() { expose("c2") }, 0},
	} {
		if step.do(); b.marked() != step.want {
			t.Errorf("%s does not mark %d customers", step.what, step.want)
		}
	}
}

// TestAPlanMarksWhomItTakes holds that who enters is looked at again by a plan that remembers them; who is only decided about
// is not.
func TestAPlanMarksWhomItTakes(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	b.consenting("c1", "c2")
	b.marked()
	b.enter(noon, "treated", "c1")
	batch := store.Batch{Campaign: b.campaign, RunNo: 9, Now: noon, Decisions: []campaigns.Decision{{CustomerID: id("c2"), Outcome: campaigns.GateConsent, Detail: "none"}}}
	if err := b.CommitBatch(b.ctx(), b.planner, batch); err != nil {
		t.Fatal(err)
	}
	if n := b.marked(); n != 1 {
		t.Errorf("%d customers are marked, want the one who entered", n)
	}
}
