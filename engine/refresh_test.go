package engine

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"treue/engine/store"
	"treue/rules/customer"
	"treue/rules/features"
)

// refreshed is one refresh that must work and is not a full one.
func (s *shop) refreshed() Refreshed {
	s.t.Helper()
	done, err := s.Refresh(s.t.Context(), s.now, "auto", false)
	s.must(err)
	return done
}

// published reads what rules would see now.
func (s *shop) published() (store.Set, []features.Snapshot) {
	s.t.Helper()
	set, err := s.Store().CurrentSet(s.t.Context())
	s.must(err)
	return set, s.read(set)
}

func TestRefreshComputesWhatChanged(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	const n = 30
	s.customers(n, nil)
	first := s.refreshed()
	if first.Computed != n || first.Renewed != n || first.Set.Customers != n || first.Set.Buyers != n || first.Set.Mailable != n {
		t.Errorf("the first refresh: %+v", first)
	}
	s.pass(time.Hour)
	s.importOrders(orderOf(3, s.now, 5000), orderOf(4, s.now.Add(2*time.Hour), 5000)) // one of them is dated ahead
	second := s.refreshed()
	if second.Computed != 2 || second.Renewed != 2 || second.Set.ID != first.Set.ID || second.Set.LastImport <= first.Set.LastImport {
		t.Errorf("after an import: %+v", second)
	}
	s.pass(2 * time.Hour)
	third := s.refreshed()
	if _, all := s.published(); third.Computed != 1 || orders(all, 3) != 3 || orders(all, 4) != 3 {
		t.Errorf("when an order took effect: %+v, %d and %d orders", third, orders(all, 3), orders(all, 4))
	}
	s.days(1)
	if next := s.refreshed(); next.Computed != n || next.Renewed != 0 || next.Carried != n || next.Set.ID == third.Set.ID || next.Model.ID != first.Model.ID {
		t.Errorf("the next day: %+v", next)
	}
	s.TaxRate = new(0.19)
	before, _ := s.published()
	looked, err := s.Snapshots(t.Context(), s.now)
	s.must(err)
	if looked.ID == before.ID || looked.Terms == before.Terms {
		t.Errorf("a look after a change of terms sees what was computed before it: %+v", looked)
	}
	if other := s.refreshed(); other.Renewed != n || other.Model.ID == first.Model.ID {
		t.Errorf("after a change of terms: %+v", other)
	}
	s.Zone = time.UTC
	if moved := s.refreshed(); moved.Renewed != n || moved.Carried != 0 {
		t.Errorf("after a change of zone: %+v", moved)
	}
	s.pass(-24 * time.Hour)
	if back := s.refreshed(); back.Renewed != n {
		t.Errorf("as of an earlier moment: %+v", back)
	}
}

// TestAWrongSetIsNotCarriedOver: a set that does not hold as many customers as it says is left behind.
func TestAWrongSetIsNotCarriedOver(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	const n = 30
	s.customers(n, nil)
	s.refreshed()
	one[int64](s, `UPDATE snapshot_sets SET customers = customers + 1 RETURNING customers`)
	s.days(1)
	if next := s.refreshed(); next.Carried != 0 || next.Computed != n || next.Set.Customers != n {
		t.Errorf("after a wrong set: %+v", next)
	}
	s.days(1)
	if next := s.refreshed(); next.Carried != n {
		t.Errorf("after a right one: %+v", next)
	}
}

func orders(all []features.Snapshot, i int) int64 {
	at := slices.IndexFunc(all, func(s features.Snapshot) bool { return s.CustomerID == id(i) })
	return all[at].Orders
}

// TestReaderOutlivesAChangeInPlace changes the published set while it is read.
func TestReaderOutlivesAChangeInPlace(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(30, nil)
	set := s.refreshed().Set
	s.importOrders(orderOf(3, s.now, 5000), orderOf(29, s.now, 5000))
	view := s.view(s.now)
	view.Needs = store.EverythingStored()
	var seen []features.Snapshot
	s.must(s.Store().EachSnapshot(t.Context(), set, view, func(snap *features.Snapshot) error {
		if len(seen) == 0 {
			if done := s.refreshed(); done.Computed != 2 || done.Set.ID != set.ID {
				t.Errorf("not changed in place: %+v", done)
			}
		}
		seen = append(seen, *snap)
		return nil
	}))
	if len(seen) != 30 || orders(seen, 3) != 2 || orders(seen, 29) != 2 {
		t.Errorf("the reader saw %d customers, and %d and %d orders: want 30, 2 and 2", len(seen), orders(seen, 3), orders(seen, 29))
	}
	if _, all := s.published(); len(all) != 30 || orders(all, 3) != 3 || orders(all, 29) != 3 {
		t.Errorf("afterwards there are %d customers, and %d and %d orders: want 30, 3 and 3", len(all), orders(all, 3), orders(all, 29))
	}
}

// fading is a context that ends once it was asked often enough.
type fading struct {
	context.Context
	left atomic.Int64
	end  context.CancelFunc
}

func fadingAfter(t *testing.T, steps int64) *fading {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	t.Cleanup(end)
	f := &fading{Context: ctx, end: end}
	f.left.Store(steps)
	return f
}

func (f *fading) Done() <-chan struct{} {
	if f.left.Add(-1) == 0 {
		f.end()
	}
	return f.Context.Done()
}

// TestACancelledRefreshLeavesTheOldOne cancels refreshes at every step that the database takes: of all customers, and of
// some in place.
func TestACancelledRefreshLeavesTheOldOne(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(30, nil)
	s.refreshed()
	for _, change := range []func(){
		func() { s.pass(time.Hour) },
		func() { s.days(1) },
	} {
		change()
		s.importOrders(orderOf(3, s.now, 5000))
		before, rows := s.published()
		cancelled := 0
		for steps := int64(1); ; steps += 1 + steps/6 {
			_, err := s.Refresh(fadingAfter(t, steps), s.now, "auto", false)
			if err == nil {
				break
			}
			cancelled++
			set, now := s.published()
			if set.AsOf.Equal(s.now) { // what is left is to remember the month, which the next refresh can do
				break
			}
			if set != before || orders(now, 3) != orders(rows, 3) || len(now) != len(rows) {
				t.Fatalf("cancelled at step %d: %v, set %+v with %d customers, want %+v with %d", steps, err, set, len(now), before, len(rows))
			}
		}
		if _, now := s.published(); cancelled < 10 || orders(now, 3) != orders(rows, 3)+1 {
			t.Errorf("%d cancelled refreshes, then %d orders, before %d", cancelled, orders(now, 3), orders(rows, 3))
		}
	}
}

// TestAKilledRefreshLeavesTheOldOne takes the connection away between two portions, which is what the database sees of a
// process that dies.
func TestAKilledRefreshLeavesTheOldOne(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(30, nil)
	before := s.refreshed().Set
	s.days(1)
	s.importOrders(orderOf(3, s.now, 5000))
	err := s.Store().Refresh(t.Context(), s.now, s.terms(), func(r *store.Refreshing) error {
		s.must(r.RenewAll(t.Context()))
		set := before
		s.must(r.NewSet(t.Context(), &set))
		rows := set.Rows()
		for i := range 10 {
			var snap features.Snapshot
			features.Blank(&snap)
			snap.CustomerID = int64(i)
			rows.Add(&snap)
		}
		s.must(r.Write(t.Context(), set, rows))
		s.sql(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'snapshot_sets'::regclass AND mode = 'ShareRowExclusiveLock'`)
		return r.Finish(t.Context(), &set, nil)
	})
	if err == nil {
		t.Fatal("a refresh without a connection went through")
	}
	if set, all := s.published(); set.ID != before.ID || !set.AsOf.Equal(before.AsOf) || len(all) != 30 || orders(all, 3) != 2 {
		t.Errorf("set %+v with %d customers and %d orders, want %+v", set, len(all), orders(all, 3), before)
	}
	if done := s.refreshed(); done.Renewed != 1 {
		t.Errorf("the next refresh forgot whose data had changed: %+v", done)
	}
}

// TestAnImportDuringARefreshIsNotForgotten lets an import and a declaration end while a refresh, which does not see them,
// is on its way.
func TestAnImportDuringARefreshIsNotForgotten(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(30, nil)
	s.refreshed()
	s.importOrders(orderOf(3, s.now.Add(-time.Hour), 5000))
	s.must(s.Store().Refresh(t.Context(), s.now, s.terms(), func(r *store.Refreshing) error {
		s.importOrders(orderOf(3, s.now, 6000), orderOf(4, s.now, 5000))
		s.must(s.Store().Declare(t.Context(), id(5), customer.ConsentEvent{Kind: customer.ConsentObjectMarketing, EffectiveAt: s.now}, "test"))
		return s.refreshOver(r, s.now, "auto", false).run(t.Context())
	}))
	if set, all := s.published(); orders(all, 3) != 3 || set.Mailable != 30 {
		t.Errorf("%d orders and %d mailable, want the 3 and 30 that the refresh saw", orders(all, 3), set.Mailable)
	}
	if done := s.refreshed(); done.Computed != 3 {
		t.Errorf("%d customers computed anew, want 3", done.Computed)
	}
	if set, all := s.published(); orders(all, 3) != 4 || orders(all, 4) != 3 || set.Mailable != 29 {
		t.Errorf("%d and %d orders and %d mailable, want 4, 3 and 29", orders(all, 3), orders(all, 4), set.Mailable)
	}
}

// TestAnAttemptShowsInTheNextRefresh follows a mail into the snapshots of the same day.
func TestAnAttemptShowsInTheNextRefresh(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(5, nil)
	s.start(oneMail)
	s.run()
	s.refreshed()
	_, all := s.published()
	for i := range all {
		if all[i].Mails7d != 1 || all[i].LastCampaign != "winback" {
			t.Errorf("%s: %d mails, last campaign %q", all[i].ExternalID, all[i].Mails7d, all[i].LastCampaign)
		}
	}
}
