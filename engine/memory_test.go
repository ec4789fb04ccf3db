package engine

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"treue/engine/store"
	"treue/rules/customer"
)

// TestCandidatesAreWhoTheyWere lets things happen to a shop between plans. What a plan remembers of the customers is what it
// would have read.
func TestCandidatesAreWhoTheyWere(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(people, nil)
	s.start(nil)
	everybody := make([]int64, people+3)
	for i := range everybody {
		everybody[i] = id(i)
	}
	other, err := New(s.Config, s.Store(), nil, nil, testKeys())
	s.must(err)
	serial, reused, changed := 0, 0, 0
	var orders []customer.Order
	rapid.Check(t, func(r *rapid.T) {
		o := randomShop{s, r, &serial, &orders}
		happen := func(label string) {
			for range rapid.IntRange(0, 1).Draw(r, label) {
				rapid.SampledFrom([]func(){o.buy, o.introduce, o.object, o.choose, o.say, o.mail}).Draw(r, "event")()
			}
		}
		happen("events before")
		if rapid.IntRange(0, 4).Draw(r, "another process refreshes") == 0 {
			_, err := other.Refresh(t.Context(), s.now, "auto", false)
			s.must(err)
		}
		s.pass(time.Duration(rapid.SampledFrom([]int{1, 24, 24, 25, 60}).Draw(r, "hours")) * time.Hour)
		before := s.memory.candidates
		back := s.newBackground(s.now, nil, s.memory.takeCandidates())
		var set store.Set
		s.must(together(t.Context(), func(ctx context.Context) (err error) {
			set, _, err = s.fresh(ctx, s.now, back.look)
			return err
		}, func(ctx context.Context) error {
			if err := back.look.wait(ctx); err != nil {
				return err
			}
			happen("events since the look")
			return back.read(ctx)
		}))
		if before != nil && len(back.known) > 0 {
			reused++
			changed += len(everybody) - len(back.known)
		}
		s.must(back.meet(t.Context(), slices.Clone(everybody)))
		want := map[int64]store.Fact{}
		s.must(s.Store().Facts(t.Context(), everybody, s.now, want))
		for _, id := range everybody {
			if !reflect.DeepEqual(back.people[id], want[id]) {
				r.Fatalf("customer %d: remembered %+v, want %+v", id, back.people[id], want[id])
			}
		}
		s.memory.keepCandidates(back.candidates(set))
	})
	if reused < 10 || changed < 10 {
		t.Errorf("%d plans remembered somebody and read %d anew: too few to compare", reused, changed)
	}
}
