package engine

import (
	"testing"

	"treue/engine/store"
	"treue/rules/customer"
)

// TestWhomARefreshKnewNeedNotBeRead goes from day to day. Those of whom nothing is read anew are what a computation from all
// history gives, also on the day on which an order comes to lie 90 days back, or a customer is gone.
func TestWhomARefreshKnewNeedNotBeRead(t *testing.T) {
	t.Parallel()
	const n = 40
	s := newShop(t, nil)
	s.customers(n, nil)
	for i := range n {
		s.importOrders(orderOf(i, s.now.AddDate(0, 0, -store.BeforeDays+i%8), int64(2000+100*i)))
	}
	if first := s.refreshed(); first.Known != 0 {
		t.Fatalf("a new process knew %d buyers", first.Known)
	}
	for day, change := range []func(){
		func() {},
		func() { s.importOrders(orderOf(3, s.now, 5000)) },
		func() { s.days(1) },
		func() {
			s.sql(`UPDATE customers SET email = NULL, address_hash = NULL, first_name = NULL, erased_at = $2 WHERE customer_id = $1`, id(4), s.now)
		},
		func() {
			s.must(s.Store().Declare(t.Context(), id(5), customer.ConsentEvent{Kind: customer.ConsentObjectProfiling, EffectiveAt: s.now}, "test"))
		},
	} {
		s.days(1)
		change()
		done := s.refreshed()
		if done.Known < n-15 || done.Known > n-5 { // five of them grew older by an order a day
			t.Errorf("day %d: %d buyers of %d were known", day, done.Known, n)
		}
		_, want := s.afresh(nil)
		_, got := s.published()
		same(t, "customers", len(got), len(want))
		for i := range got {
			if bad := differing(&got[i], &want[i]); len(bad) > 0 {
				t.Errorf("day %d: %s: %v", day, want[i].ExternalID, bad)
			}
		}
	}
}
