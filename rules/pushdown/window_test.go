package pushdown

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"treue/rules/features"
)

func location(t interface{ Fatal(...any) }, name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestDayStart(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ zone, day, start string }{
		{"Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z"},
		{"Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00Z"},
		{"America/Havana", "2026-03-08", "2026-03-08T05:00:00Z"}, // begins at one o'clock
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"},
		{"Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z"},
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"}, // left out: the next day begins
		{"Pacific/Kiritimati", "2026-01-01", "2025-12-31T10:00:00Z"},
		{"UTC", "1969-12-31", "1969-12-31T00:00:00Z"},
	} {
		date, err := time.Parse(time.DateOnly, test.day)
		if err != nil {
			t.Fatal(err)
		}
		if got := features.DayOf(date, time.UTC).Start(location(t, test.zone)).UTC().Format(time.RFC3339); got != test.start {
			t.Errorf("%s in %s starts %s, want %s", test.day, test.zone, got, test.start)
		}
	}
}

// TestDayStartPartsDays holds that an instant lies on a day or later exactly from its start on.
func TestDayStartPartsDays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone := location(t, rapid.SampledFrom([]string{"Europe/Berlin", "America/Havana", "Asia/Beirut", "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Apia"}).Draw(t, "zone"))
		day := features.Day(rapid.IntRange(9000, 21000).Draw(t, "day"))
		at := day.Start(zone).Add(time.Duration(rapid.Int64Range(-1e14, 1e14).Draw(t, "away")))
		if got, want := !at.Before(day.Start(zone)), features.DayOf(at, zone) >= day; got != want {
			t.Fatalf("%v is %v of day %v, by its start %v", at, want, day, got)
		}
	})
}

func TestFolds(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for zone, want := range map[string]bool{"Europe/Berlin": false, "UTC": false, "America/Havana": false, "America/New_York": false, "America/St_Johns": true} {
		if got := folds(location(t, zone), until); got != want {
			t.Errorf("%s: %v", zone, got)
		}
	}
}

// TestSpansMeetTheGrid holds that all customers between two cuts have the segment of the one who was probed.
func TestSpansMeetTheGrid(t *testing.T) {
	t.Parallel()
	cut := rapid.OneOf(rapid.Float64Range(-800, 0), rapid.Map(rapid.IntRange(-800, 3), func(i int) float64 { return float64(i) }), rapid.Just(math.Inf(1)))
	often := rapid.OneOf(rapid.Float64Range(0, 20), rapid.Map(rapid.IntRange(1, 9), func(i int) float64 { return float64(i) }), rapid.Just(math.Inf(1)))
	rapid.Check(t, func(t *rapid.T) {
		var cuts features.Cuts
		for i := range 4 {
			cuts.Recency[i], cuts.Frequency[i] = cut.Draw(t, "recency"), often.Draw(t, "frequency")
		}
		age, orders := rapid.IntRange(0, 1000).Draw(t, "age"), rapid.IntRange(1, 30).Draw(t, "orders")
		r := spanOf(t, spans(cuts.Recency, oldest, 0), float64(-age))
		f := spanOf(t, spans(cuts.Frequency, 1, maxExact), float64(orders))
		const at = features.Day(20000)
		probed := cuts.SegmentOf(&features.Snapshot{Orders: int64(f.from), LastOrderOn: at + features.Day(r.from)}, at)
		if got := cuts.SegmentOf(&features.Snapshot{Orders: int64(orders), LastOrderOn: at - features.Day(age)}, at); got != probed {
			t.Fatalf("%d orders, the last %d days ago, are %s, their span %s", orders, age, got, probed)
		}
	})
}

// spanOf returns the only span that holds a number.
func spanOf(t *rapid.T, all []span, v float64) span {
	var found []span
	for _, s := range all {
		if v >= s.from && v <= s.to {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%v lies in %v of %v", v, found, all)
	}
	return found[0]
}

// TestBoundsHold compares the bounds of a calculation with its results.
func TestBoundsHold(t *testing.T) {
	t.Parallel()
	amount := rapid.OneOf(rapid.Float64Range(-1e18, 1e18), rapid.Float64Range(-1, 1), rapid.Float64Range(-1e-20, 1e-20))
	rapid.Check(t, func(t *rapid.T) {
		x, y := amount.Draw(t, "x"), amount.Draw(t, "y")
		a, b := boundsOf(x), boundsOf(y)
		a, b = a.hull(boundsOf(amount.Draw(t, "x2"))), b.hull(boundsOf(amount.Draw(t, "y2")))
		for symbol, limits := range map[string]bounds{"+": a.sum(b), "-": a.sum(b), "*": a.product(b), "/": a.quotient(b)} {
			if symbol == "/" && y == 0 || !limits.safe() {
				continue
			}
			v := math.Abs(calculate(symbol, x, y))
			if v > limits.most*(1+1e-15) || v != 0 && v < limits.least*(1-1e-15) {
				t.Fatalf("%v %s %v = %v is outside of %+v", x, symbol, y, v, limits)
			}
		}
	})
}
