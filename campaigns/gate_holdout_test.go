package campaigns

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAutoHoldout(t *testing.T) {
	t.Parallel()
	same(t, "small shop", AutoHoldout(29_999), Holdout{})
	same(t, "large shop", AutoHoldout(30_000), Holdout{Share: 0.05})
}

func TestHoldoutPeriods(t *testing.T) {
	t.Parallel()
	berlin := zoneOf(t, "Europe/Berlin")
	for _, c := range []struct{ at, want string }{
		{"2026-01-01T00:00:00+01:00", "2026Q1"},
		{"2026-03-31T23:59:59+02:00", "2026Q1"},
		{"2026-04-01T00:00:00+02:00", "2026Q2"},
		{"2026-06-30T21:59:00Z", "2026Q2"},
		{"2026-06-30T22:00:00Z", "2026Q3"}, // July in Berlin
		{"2026-12-31T12:00:00Z", "2026Q4"},
	} {
		period, _ := Holdout{Zone: berlin}.Holds(1, *when(c.at))
		same(t, c.at, period, c.want)
	}
}

// TestHoldoutShares checks share, rotation and rest: about the share is held out, the cohorts of two periods in a row
// are strangers, and nobody is in both.
func TestHoldoutShares(t *testing.T) {
	t.Parallel()
	const customers = 40_000
	for _, share := range []float64{0, 0.05, 0.5} {
		h := Holdout{Share: share}
		held := [2]int{}
		both := 0
		for id := range int64(customers) {
			_, before := h.Holds(id, *when("2025-12-31T12:00:00Z"))
			_, after := h.Holds(id, *when("2026-01-01T12:00:00Z"))
			if before {
				held[0]++
			}
			if after {
				held[1]++
			}
			if before && after {
				both++
			}
		}
		same(t, "in both periods", both, 0)
		want := share * (1 - share) * customers // those drawn twice in a row sit out
		for _, n := range held {
			if diff := float64(n) - want; diff > 400 || diff < -400 {
				t.Errorf("share %v: %d of %d held out, want about %.0f", share, n, customers, want)
			}
		}
	}
}

func TestHoldoutIsSteadyWithinAPeriod(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := Holdout{Share: rapid.Float64Range(0, 1).Draw(t, "share"), Zone: zoneOf(t, "Europe/Berlin")}
		id := rapid.Int64Min(0).Draw(t, "customer")
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at"), 0)
		later := at.Add(time.Duration(rapid.Int64Range(0, int64(92*24*time.Hour)).Draw(t, "wait")))
		p, held := h.Holds(id, at)
		if q, again := h.Holds(id, later); p == q && held != again {
			t.Fatalf("customer %d changed in %s", id, p)
		}
	})
}

func TestGlobalHoldoutGate(t *testing.T) {
	t.Parallel()
	gate := newGlobalHoldoutGate(Holdout{Share: 0.5}, noon)
	stopped := 0
	for id := range int64(1000) {
		if why := gate.Stop(&Candidate{CustomerID: id}); why != "" {
			same(t, "reason", why, "held out in 2026Q2")
			stopped++
		}
	}
	if stopped < 200 || stopped > 300 {
		t.Errorf("%d of 1000 stopped", stopped)
	}
}
