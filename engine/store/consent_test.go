package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"treue/engine/store"
	"treue/rules/customer"
)

func TestImportedConsent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	day := func(n int) time.Time { return noon.AddDate(0, 0, n) }
	never := time.Time{}
	type step struct {
		importedOn int
		yes        bool
		at         time.Time
		source     string
	}
	for name, test := range map[string]struct {
		steps []step
		want  bool
		links int64
	}{
		"proven":                            {[]step{{0, true, day(-9), "form"}}, true, 1},
		"proven twice":                      {[]step{{0, true, day(-9), "form"}, {1, true, day(-9), "form"}}, true, 1},
		"without a source":                  {[]step{{0, true, day(-9), ""}}, false, 1},
		"without a time":                    {[]step{{0, true, never, "form"}}, false, 1},
		"without a time, twice":             {[]step{{0, true, never, "form"}, {1, true, never, "form"}}, false, 1},
		"proof comes later":                 {[]step{{0, true, never, ""}, {1, true, day(-9), "form"}}, true, 2},
		"withdrawn":                         {[]step{{0, true, day(-9), "form"}, {1, false, never, ""}}, false, 2},
		"withdrawn, said twice":             {[]step{{0, true, day(-9), "form"}, {1, false, never, ""}, {2, false, never, ""}}, false, 2},
		"an older grant does not undo":      {[]step{{0, true, day(-9), "form"}, {1, false, never, ""}, {2, true, day(-8), "form"}}, false, 3},
		"no, then an old grant":             {[]step{{0, false, never, ""}, {1, true, day(-9), "form"}}, false, 2},
		"no, said twice":                    {[]step{{0, false, never, ""}, {1, false, never, ""}}, false, 1},
		"an undated yes does not undo":      {[]step{{0, true, day(-9), "form"}, {1, false, never, ""}, {2, true, never, ""}}, false, 2},
		"a newer grant does":                {[]step{{0, true, day(-9), "form"}, {1, false, never, ""}, {3, true, day(2), "form"}}, true, 3},
		"a withdrawal in the future counts": {[]step{{0, true, day(-9), "form"}, {1, false, day(300), ""}}, false, 2},
		"and only once":                     {[]step{{0, true, day(-9), "form"}, {1, false, day(300), ""}, {2, false, day(300), ""}}, false, 2},
		"granted and withdrawn at once":     {[]step{{0, true, day(-9), "form"}, {1, false, day(-9), "form"}}, false, 2},
	} {
		for _, s := range test.steps {
			c := says(person(name, ""), s.yes, s.at, s.source)
			c.Email = fmt.Sprintf("%x@shop.example", id(name))
			if _, err := b.ImportCustomers(b.ctx(), file("customers", day(s.importedOn)), pepper, lines(c)); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if got := b.aggregate(day(10), name).ConsentDates.Valid(); got != test.want {
			t.Errorf("%s: consent = %v", name, got)
		}
		if got := value[int64](b, `SELECT count(*) FROM consents WHERE customer_id = $1`, id(name)); got != test.links {
			t.Errorf("%s: %d declarations on record, want %d", name, got, test.links)
		}
		if bad, err := b.CheckChain(b.ctx(), id(name)); bad != 0 || err != nil {
			t.Errorf("%s: chain breaks at %d, %v", name, bad, err)
		}
	}
}

func TestTheLastRowsConsentCounts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	no, yes := says(person("c1", "a@shop.example"), false, time.Time{}, ""), says(person("c1", "a@shop.example"), true, noon.Add(-time.Hour), "form")
	b.customers("no, then yes", noon, counts{inserted: 1, unchanged: 1}, no, yes)
	if !b.aggregate(noon, "c1").ConsentDates.Valid() {
		t.Error("the row that lost took the consent away")
	}
	notice := person("c2", "")
	notice.NoticeAt = new(noon)
	b.customers("a notice", noon, counts{inserted: 1}, notice)
	b.customers("a notice again", noon, counts{unchanged: 1}, notice)
}

// TestConsentEqualsItsFold holds that SQL and Go read the same consent out of the same declarations.
func TestConsentEqualsItsFold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	kinds := []customer.ConsentKind{
		customer.ConsentGrant, customer.ConsentWithdraw, customer.ConsentObjectMarketing, customer.ConsentObjectProfiling, customer.ConsentAllowProfiling,
	}
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		who := fmt.Sprint("c", n)
		b.customers("newcomer", noon, counts{inserted: 1}, person(who, who+"@shop.example"))
		var events []customer.ConsentEvent
		for range rapid.IntRange(0, 5).Draw(r, "events") {
			e := customer.ConsentEvent{
				Kind: rapid.SampledFrom(kinds).Draw(r, "kind"), EffectiveAt: noon.AddDate(0, 0, rapid.IntRange(-3, 3).Draw(r, "day")), Source: "form",
				Proven: rapid.Bool().Draw(r, "proven"),
			}
			events = append(events, e)
			if err := b.Declare(b.ctx(), id(who), e, "test"); err != nil {
				r.Fatal(err)
			}
		}
		c, err := b.ChoicesOf(b.ctx(), id(who), noon)
		if err != nil {
			r.Fatal(err)
		}
		got, want := c.Consent, customer.FoldConsent(events, noon)
		if got.Valid() != want.Granted || got.Objected() != want.ObjectedMarketing || got.ObjectedToProfiling() != want.ObjectedProfiling {
			r.Fatalf("dates %+v, fold %+v", got, want)
		}
		if bad, err := b.CheckChain(b.ctx(), id(who)); bad != 0 || err != nil {
			r.Fatalf("chain breaks at %d, %v", bad, err)
		}
	})
}

func TestChainShowsTampering(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const links = 4
	for who, change := range map[string]string{
		"kind":     `UPDATE consents SET kind = 'grant' WHERE customer_id = $1 AND seq = 2`,
		"time":     `UPDATE consents SET effective_at = effective_at + interval '1 microsecond' WHERE customer_id = $1 AND seq = 2`,
		"recorded": `UPDATE consents SET recorded_at = recorded_at - interval '1 day' WHERE customer_id = $1 AND seq = 2`,
		"source":   `UPDATE consents SET source = 'other' WHERE customer_id = $1 AND seq = 2`,
		"evidence": `UPDATE consents SET evidence = 'other' WHERE customer_id = $1 AND seq = 2`,
		"proof":    `UPDATE consents SET proven = NOT proven WHERE customer_id = $1 AND seq = 2`,
		"link":     `UPDATE consents SET prev_hash = '' WHERE customer_id = $1 AND seq = 2`,
		"gone":     `DELETE FROM consents WHERE customer_id = $1 AND seq = 2`,
		"hash":     `UPDATE consents SET hash = '\x00' WHERE customer_id = $1 AND seq = 2`,
	} {
		b.customers(who, noon, counts{inserted: 1}, person(who, ""))
		for i := range links {
			e := customer.ConsentEvent{Kind: customer.ConsentWithdraw, EffectiveAt: noon.Add(time.Duration(i) * time.Second), Source: "form"}
			if err := b.Declare(b.ctx(), id(who), e, "link"); err != nil {
				t.Fatal(err)
			}
		}
		if bad, err := b.CheckChain(b.ctx(), id(who)); bad != 0 || err != nil {
			t.Errorf("%s: breaks at %d before the change, %v", who, bad, err)
		}
		b.exec(change, id(who))
		if bad, err := b.CheckChain(b.ctx(), id(who)); bad != 2 || err != nil {
			t.Errorf("%s: breaks at %d, want 2; %v", who, bad, err)
		}
	}
}

func TestDeclareAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c := says(person("c1", "a@shop.example"), true, noon.Add(-time.Hour), "form")
	b.customers("known", noon, counts{inserted: 1}, c)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			e := customer.ConsentEvent{Kind: customer.ConsentObjectMarketing, EffectiveAt: noon, Source: "link"}
			if err := b.Declare(b.ctx(), id("c1"), e, "x"); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			c := says(c, i%2 == 0, noon.Add(time.Duration(i)*time.Minute), "form")
			if _, err := b.ImportCustomers(b.ctx(), file("customers", noon.Add(time.Hour)), pepper, lines(c)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if bad, err := b.CheckChain(b.ctx(), id("c1")); bad != 0 || err != nil {
		t.Errorf("the chain breaks at %d, %v", bad, err)
	}
	if got := value[int64](b, `SELECT count(*) FROM consents`); got != 1+8+8 {
		t.Errorf("%d declarations, want 17", got)
	}
	if err := b.Declare(b.ctx(), 404, customer.ConsentEvent{Kind: customer.ConsentWithdraw, EffectiveAt: noon}, ""); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("unknown customer: %v", err)
	}
}
