package campaigns

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var rateNoon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func TestThrottledHalvesAndDoubles(t *testing.T) {
	t.Parallel()
	at, r := rateNoon, Rate{Fixed: 1000}
	for i, want := range []struct {
		limit int
		pause time.Duration
	}{
		{500, time.Minute},
		{250, 2 * time.Minute},
		{125, 4 * time.Minute},
		{62, 8 * time.Minute},
		{31, 16 * time.Minute},
		{15, 32 * time.Minute},
		{7, 64 * time.Minute},
		{3, 128 * time.Minute},
		{1, 4 * time.Hour},
		{1, 4 * time.Hour},
	} {
		r = r.Throttled(at, "421", Traffic{}, 1)
		same(t, "limit", r.Limit(), want.limit)
		same(t, "pause", r.PausedUntil.Sub(at), want.pause)
		same(t, "meanwhile", r.Throttled(r.PausedUntil.Add(-1), "again", Traffic{}, 1), r)
		if i == 0 {
			same(t, "since", r.Since, rateNoon)
		}
		at = r.PausedUntil
	}
	same(t, "since", r.Since, rateNoon)
}

func TestUnknownRate(t *testing.T) {
	t.Parallel()
	same(t, "little traffic", Rate{}.Throttled(rateNoon, "421", Traffic{Tried: 5}, 1).Limit(), 60)
	same(t, "much traffic", Rate{}.Throttled(rateNoon, "421", Traffic{Tried: 1000}, 1).Limit(), 3000)
}

func TestRejectedNeedsThreeAndOnePerCent(t *testing.T) {
	t.Parallel()
	for seen, want := range map[Traffic]bool{
		{Tried: 2, Blocked: 2}: false, {Tried: 3, Blocked: 3}: true, {Tried: 300, Blocked: 3}: true, {Tried: 301, Blocked: 3}: false,
		{Tried: 1000, Blocked: 9}: false, {Tried: 1000, Blocked: 10}: true,
	} {
		r := Rate{}.Rejected(rateNoon, "5.7.1", seen, 1)
		same(t, "paused", r.Kind == RatePolicy && r.PausedUntil.Equal(rateNoon.Add(15*time.Minute)), want)
		same(t, "untouched", r == Rate{}, !want)
	}
}

func TestRecovery(t *testing.T) {
	t.Parallel()
	r := Rate{}.Throttled(rateNoon, "421", Traffic{Tried: 1000}, 1) // 3000 of 6000
	same(t, "during the pause", r.Recovered(rateNoon.Add(30*time.Second)), r)
	same(t, "at once", r.Recovered(rateNoon.Add(time.Minute)), r)
	r = r.Recovered(rateNoon.Add(time.Hour))
	same(t, "after an hour", r.Limit(), 4500)
	same(t, "not twice", r.Recovered(rateNoon.Add(119*time.Minute)), r)
	same(t, "after two", r.Recovered(rateNoon.Add(2*time.Hour)), Rate{})

	fault := Rate{Fixed: 10}.Faulted(rateNoon, "535", 1)
	same(t, "fault", fault.Kind, RateFault)
	same(t, "fault over", fault.Recovered(fault.PausedUntil), Rate{Fixed: 10})
	slow := Rate{}.Throttled(rateNoon, "421", Traffic{}, 1)
	again := slow.Faulted(slow.PausedUntil, "535", 1)
	same(t, "a fault keeps the limit", again.Limit(), slow.Limit())
	same(t, "and gives it back", again.Recovered(again.PausedUntil).Kind, RateFast)
}

// TestRateProperties: whatever happens in whatever order, pauses stay between a minute and four hours, a limit never
// exceeds the shop's own, trouble always ends once mail is taken.
func TestRateProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, at := Rate{Fixed: rapid.IntRange(0, 5000).Draw(t, "fixed")}, rateNoon
		fixed := r.Fixed
		for range rapid.IntRange(1, 40).Draw(t, "events") {
			before := r
			at = at.Add(time.Duration(rapid.Int64Range(0, int64(3*time.Hour)).Draw(t, "passes")))
			seen := Traffic{rapid.IntRange(0, 2000).Draw(t, "tried"), rapid.IntRange(0, 20).Draw(t, "blocked")}
			jitter := rapid.Float64Range(1, 1.25).Draw(t, "jitter")
			switch rapid.IntRange(0, 3).Draw(t, "event") {
			case 0:
				r = r.Throttled(at, "421", seen, jitter)
			case 1:
				r = r.Rejected(at, "5.7.1", seen, jitter)
			case 2:
				r = r.Faulted(at, "535", jitter)
			default:
				r = r.Recovered(at)
			}
			pause := r.PausedUntil.Sub(at)
			if r.PausedUntil != before.PausedUntil && r.Kind != RateFine && (pause < minPause || pause > maxPause) {
				t.Fatalf("a pause of %v", pause)
			}
			if fixed > 0 && (r.Limit() > fixed || r.Limit() < 1) || r.Fixed != fixed {
				t.Fatalf("limit %d of %d", r.Limit(), fixed)
			}
			if (r.Kind == RateFine) != (r == Rate{Fixed: fixed}) {
				t.Fatalf("fine, but %+v", r)
			}
		}
		for hours := 0; r.Kind != RateFine; hours++ {
			if at = at.Add(time.Hour); hours > 40 {
				t.Fatalf("never recovers: %+v", r)
			}
			r = r.Recovered(at)
		}
	})
}
