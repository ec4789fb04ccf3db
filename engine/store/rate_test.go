package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/store"
)

// waiting enters n customers whose mail goes to the provider that the bench knows.
func (b *campaignBench) waiting(n int) {
	b.Helper()
	var who []string
	for i := range n {
		who = append(who, fmt.Sprintf("w%d", i))
	}
	b.consenting(who...)
	b.enter(noon, "treated", who...)
}

func (b *campaignBench) limit(perHour int) {
	b.Helper()
	if err := b.SetLimits(b.ctx(), store.Limits{PerHour: map[string]int{"shop.example": perHour}}); err != nil {
		b.Fatal(err)
	}
}

// TestNoWindowOverTheLimit lets two processes claim at irregular times and looks at every window of an hour and of a
// second that begins with a claim.
func TestNoWindowOverTheLimit(t *testing.T) {
	t.Parallel()
	for _, perHour := range []int{7, 3600, 10000} {
		t.Run(fmt.Sprint(perHour), func(t *testing.T) {
			t.Parallel()
			b := newCampaignBench(t)
			b.waiting(60)
			b.limit(perHour)
			random := rand.New(rand.NewPCG(1, uint64(perHour)))
			workers := []store.Lease{b.worker, b.work("w2", time.Hour)}
			step := int64(time.Hour) / int64(perHour)
			var mu sync.Mutex
			var taken []time.Time
			for at := noon; len(taken) < 60 && at.Before(noon.Add(24*time.Hour)); at = at.Add(time.Duration(random.Int64N(step))).Truncate(time.Microsecond) {
				var wg sync.WaitGroup
				for _, l := range workers {
					wg.Go(func() {
						claims, err := b.Claim(b.ctx(), l, []string{"winback"}, noon, store.Pace{At: at}, 20)
						if err != nil {
							t.Error(err)
						}
						mu.Lock()
						defer mu.Unlock()
						for range claims {
							taken = append(taken, at)
						}
					})
				}
				wg.Wait()
			}
			if len(taken) < 40 {
				t.Errorf("only %d were claimed", len(taken))
			}
			slices.SortFunc(taken, time.Time.Compare)
			for i, from := range taken {
				count := func(window time.Duration) (n int) {
					for _, at := range taken[i:] {
						if at.Before(from.Add(window)) {
							n++
						}
					}
					return n
				}
				if n := count(time.Hour); n > perHour {
					t.Fatalf("%d of %d in an hour from %v", n, perHour, from)
				}
				if n, most := count(time.Second), (perHour+3599)/3600; n > most {
					t.Fatalf("%d of %d in a second from %v", n, most, from)
				}
			}
		})
	}
}

func TestNextToken(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	b.waiting(3)
	pace := store.Pace{At: noon}
	next := func() string {
		at, err := b.NextToken(b.ctx(), []string{"winback"}, noon, pace)
		if errors.Is(err, store.ErrNotFound) {
			return "never"
		}
		if err != nil {
			t.Fatal(err)
		}
		return at.Sub(noon).String()
	}
	expect := func(what, want string) {
		t.Helper()
		if got := next(); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	expect("no rate", "never")
	b.limit(3600)
	expect("a token is there", "0s")
	if got, err := b.Claim(b.ctx(), b.worker, []string{"winback"}, noon, pace, 20); err != nil || len(got) != 1 {
		t.Fatalf("%d claims, %v", len(got), err)
	}
	expect("it is used", "1s")
	b.adjust(func(r campaigns.Rate, _ campaigns.Traffic) campaigns.Rate {
		return r.Throttled(noon, "421", campaigns.Traffic{}, 1)
	})
	expect("paused", "1m0s")
	pace.WarmStart, pace.WarmFactor, pace.Day = 1, 1.5, noon.Truncate(24*time.Hour)
	pace.At = noon.Add(time.Hour)
	if got, err := b.Claim(b.ctx(), b.worker, []string{"winback"}, noon, pace, 20); err != nil || len(got) != 1 {
		t.Fatalf("%d claims, %v", len(got), err)
	}
	expect("the day's are spent", "never")
	b.limit(0)
	if got := value[bool](b.bench, `SELECT fixed IS NULL FROM provider_rates`); !got {
		t.Error("the shop's limit is still there")
	}
}

func (b *campaignBench) adjust(change func(campaigns.Rate, campaigns.Traffic) campaigns.Rate) (before, after campaigns.Rate) {
	b.Helper()
	before, after, err := b.AdjustRate(b.ctx(), "shop.example", noon, change)
	if err != nil {
		b.Fatal(err)
	}
	return before, after
}

// TestAdjustRate: what is written is read again, traffic is that of ten minutes over all workers, and of many complaints
// at once one counts.
func TestAdjustRate(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	for _, w := range []string{"a", "b"} {
		for _, ago := range []time.Duration{0, 9 * time.Minute, 11 * time.Minute} {
			for range 2 {
				if err := b.CountAttempts(b.ctx(), w, "shop.example", noon.Add(-ago), campaigns.Traffic{Tried: 10, Blocked: 1}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, _, err := b.AdjustRate(b.ctx(), "shop.example", noon, func(r campaigns.Rate, seen campaigns.Traffic) campaigns.Rate {
				if seen != (campaigns.Traffic{Tried: 80, Blocked: 8}) {
					t.Errorf("traffic: %+v", seen)
				}
				return r.Throttled(noon, "421", seen, 1)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	troubles, err := b.Troubles(b.ctx())
	if err != nil || len(troubles) != 1 {
		t.Fatalf("%+v, %v", troubles, err)
	}
	r := troubles[0]
	if r.Provider != "shop.example" || r.Limit() != 240 || r.Ceiling != 480 || r.Pause != time.Minute || !r.PausedUntil.Equal(noon.Add(time.Minute)) || !r.Since.Equal(noon) {
		t.Errorf("rate: %+v", r)
	}
	b.adjust(func(campaigns.Rate, campaigns.Traffic) campaigns.Rate { return campaigns.Rate{} })
	if troubles, err = b.Troubles(b.ctx()); err != nil || len(troubles) != 0 {
		t.Errorf("%+v, %v", troubles, err)
	}
	if err := b.ForgetAttempts(b.ctx(), noon.Add(2*time.Hour)); err != nil || value[int](b.bench, `SELECT count(*) FROM provider_minutes`) != 0 {
		t.Errorf("traffic is kept: %v", err)
	}
}

// TestPausedSinceTheClaim: what is in a worker's hand when its provider is paused goes back.
func TestPausedSinceTheClaim(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	b.waiting(2)
	claims := b.claim(b.worker, noon)
	b.mustBegin(b.worker, claims[0], noon, campaigns.Sending)
	b.adjust(func(r campaigns.Rate, seen campaigns.Traffic) campaigns.Rate {
		return r.Throttled(noon, "421", seen, 1)
	})
	b.mustBegin(b.worker, claims[1], noon, campaigns.Planned)
	if got := b.claim(b.worker, noon.Add(time.Minute)); len(got) != 1 {
		t.Errorf("%d claims after the pause", len(got))
	}
	b.adjust(func(r campaigns.Rate, _ campaigns.Traffic) campaigns.Rate {
		return r.Faulted(noon.Add(time.Hour), "535", 1)
	})
	if err := b.Resume(b.ctx()); err != nil {
		t.Fatal(err)
	}
	if r, _ := b.adjust(func(r campaigns.Rate, _ campaigns.Traffic) campaigns.Rate { return r }); !r.PausedUntil.IsZero() || r.Kind != campaigns.RateFault {
		t.Errorf("resumed: %+v", r)
	}
}
