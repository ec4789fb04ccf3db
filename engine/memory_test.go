package engine

import (
	"context"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"treue/campaigns"
	"treue/engine/store"
	"treue/rules/customer"
)

// TestCandidatesAreWhoTheyWere lets things happen to a shop between plans. What a plan remembers of the customers is what it
// would have read.
func TestCandidatesAreWhoTheyWere(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(people, nil)
	s.start(func(d *campaigns.Definition) { d.Audience, d.Cooldown = "orders >= 1", 1 })
	everybody := make([]int64, people+3)
	for i := range everybody {
		everybody[i] = id(i)
	}
	all, err := s.Store().Campaigns(t.Context())
	s.must(err)
	other, err := New(s.Config, s.Store(), s.sender, s.templates, testKeys())
	s.must(err)
	serial, reused, changed := 0, 0, 0
	var orders []customer.Order
	rapid.Check(t, func(r *rapid.T) {
		o := randomShop{s, r, &serial, &orders}
		run := func() {
			_, err := other.Run(t.Context(), s.now, RunOptions{Keys: []string{"winback"}, Confirm: true, NoDispatch: o.odds("nothing leaves")})
			s.must(err)
		}
		happen := func(label string) {
			for range rapid.IntRange(0, 1).Draw(r, label) {
				rapid.SampledFrom([]func(){o.buy, o.introduce, o.object, o.choose, o.say, o.news, run}).Draw(r, "event")()
			}
		}
		happen("events before")
		if rapid.IntRange(0, 4).Draw(r, "another process refreshes") == 0 {
			_, err := other.Refresh(t.Context(), s.now, "auto", false)
			s.must(err)
		}
		s.pass(time.Duration(rapid.SampledFrom([]int{1, 24, 24, 25, 60}).Draw(r, "hours")) * time.Hour)
		before := s.Engine.candidates.last
		back := s.newBackground(s.now, all, s.Engine.candidates.take())
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
		if before != nil && len(back.candidates.known) > 0 {
			reused++
			changed += len(everybody) - len(back.candidates.known)
		}
		s.must(back.meet(t.Context(), everybody))
		s.must(back.join(t.Context(), 0, everybody))
		want, done := map[int64]store.Fact{}, map[int64]store.Membership{}
		s.must(s.Store().Facts(t.Context(), everybody, s.now, want))
		s.must(s.Store().Memberships(t.Context(), all[0], everybody, s.now, done))
		for _, id := range everybody {
			if got := back.candidates.people[id]; !reflect.DeepEqual(got, want[id]) {
				r.Fatalf("customer %d: remembered %+v, want %+v", id, got, want[id])
			}
			if got := back.pasts[0].members.all[id]; !reflect.DeepEqual(got, done[id]) {
				r.Fatalf("customer %d: remembered %+v, want %+v", id, got, done[id])
			}
		}
		s.Engine.candidates.keep(back.remembered(set))
	})
	if reused < 10 || changed < 10 {
		t.Errorf("%d plans remembered somebody and read %d anew: too few to compare", reused, changed)
	}
}
