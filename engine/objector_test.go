package engine

import (
	"errors"
	"slices"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/store"
	"treue/rules/customer"
	"treue/rules/features"
)

// profiles are the customers of whom there are snapshots, in the published set.
func (s *shop) profiles() []int64 {
	s.t.Helper()
	set, err := s.Store().CurrentSet(s.t.Context())
	s.must(err)
	var all []int64
	for _, x := range s.read(set) {
		all = append(all, x.CustomerID)
	}
	return all
}

// TestObjectionEndsTheProfile lets a customer object to profiling: nothing computes, finds or shows them any more, on no
// day, until they take it back.
func TestObjectionEndsTheProfile(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(30, nil)
	c := s.start(func(d *campaigns.Definition) { d.Holdout = 0 })
	before, err := s.Refresh(t.Context(), s.now, "auto", true)
	s.must(err)
	who := store.CustomerRecord{ID: id(7)}
	if _, _, err := s.Customer(t.Context(), s.now, who.ID); err != nil {
		t.Fatal(err)
	}
	declare := func(kind customer.ConsentKind) {
		t.Helper()
		s.pass(time.Minute)
		s.must(s.DeclarePreference(t.Context(), s.preferencesOf(7), kind, Origin{}, s.now))
	}
	declare(customer.ConsentObjectProfiling)
	for _, day := range []time.Time{s.now, s.now.AddDate(0, 0, -30), s.now.AddDate(0, 0, 1)} { // at once, with the old snapshots still there
		if _, _, err := s.Customer(t.Context(), day, who.ID); !errors.Is(err, ErrObjected) {
			t.Errorf("customers show on %v: %v", day, err)
		}
		if _, err := s.Verdict(t.Context(), day, c.AudienceRule(), who.ID); !errors.Is(err, ErrObjected) {
			t.Errorf("a rule on %v: %v", day, err)
		}
	}
	x, err := s.Explain(t.Context(), s.now, c, who)
	s.must(err)
	same(t, "explained", []any{x.Outcome, x.Verdict.Matched, len(x.Verdict.Terms)}, []any{"objection", false, 0})
	s.must(s.obey(t.Context(), s.now))
	same(t, "a profile is left", slices.Contains(s.profiles(), who.ID), false)
	set, err := s.Store().CurrentSet(t.Context())
	s.must(err)
	same(t, "counts", []int64{set.Customers, set.Buyers, set.Mailable}, []int64{before.Set.Customers - 1, before.Set.Buyers - 1, before.Set.Mailable - 1})
	waits, err := s.Store().ObjectionWaits(t.Context())
	s.must(err)
	same(t, "an objection waits", waits, false)

	done, err := s.Refresh(t.Context(), s.now, "auto", true)
	s.must(err)
	same(t, "of a full refresh", []any{slices.Contains(s.profiles(), who.ID), done.Model.Buyers}, []any{false, before.Model.Buyers - 1})
	past, err := s.Snapshots(t.Context(), s.now.AddDate(0, 0, -10))
	s.must(err)
	same(t, "of a day before the objection", slices.ContainsFunc(s.read(past), func(x features.Snapshot) bool { return x.CustomerID == who.ID }), false)
	ran := s.run("winback")
	same(t, "chosen", int64(ran.Plans[0].Matched), before.Set.Customers-1)

	declare(customer.ConsentAllowProfiling)
	if _, err := s.Fresh(t.Context(), s.now); err != nil || !slices.Contains(s.profiles(), who.ID) {
		t.Errorf("who takes the objection back has no profile: %v", err)
	}
	if _, _, err := s.Customer(t.Context(), s.now, who.ID); err != nil {
		t.Error(err)
	}
}
