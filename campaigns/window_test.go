package campaigns

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var weekdaysNineToSix = Window{Days: [7]bool{1: true, 2: true, 3: true, 4: true, 5: true}, From: 9 * 60, To: 18 * 60}

func TestWindowNext(t *testing.T) {
	t.Parallel()
	night := Window{From: 150, To: 180} // 02:30 to 03:00
	for _, c := range []struct {
		name     string
		window   Window
		from, to string
	}{
		{"always", Window{}, "2026-11-22T03:00:00+01:00", "2026-11-22T03:00:00+01:00"},
		{"inside", weekdaysNineToSix, "2026-11-23T17:59:59+01:00", "2026-11-23T17:59:59+01:00"},
		{"opening minute", weekdaysNineToSix, "2026-11-23T09:00:00+01:00", "2026-11-23T09:00:00+01:00"},
		{"closing minute", weekdaysNineToSix, "2026-11-23T18:00:00+01:00", "2026-11-24T09:00:00+01:00"},
		{"before", weekdaysNineToSix, "2026-11-23T08:59:59+01:00", "2026-11-23T09:00:00+01:00"},
		{"over the weekend", weekdaysNineToSix, "2026-11-20T18:00:00+01:00", "2026-11-23T09:00:00+01:00"},
		{"over the change", weekdaysNineToSix, "2026-03-27T18:00:00+01:00", "2026-03-30T09:00:00+02:00"},
		{"swallowed by the gap", night, "2026-03-28T03:00:00+01:00", "2026-03-30T02:30:00+02:00"},
		{"first of the overlap", night, "2026-10-25T01:00:00+02:00", "2026-10-25T02:30:00+02:00"},
		{"one stretch through the overlap", night, "2026-10-25T02:10:00+01:00", "2026-10-25T02:10:00+01:00"},
		{"open end", Window{From: 22 * 60}, "2026-11-22T23:59:00+01:00", "2026-11-22T23:59:00+01:00"},
		{"one day a week", Window{Days: [7]bool{0: true}}, "2026-11-23T00:00:00+01:00", "2026-11-29T00:00:00+01:00"},
	} {
		if got := c.window.Next(at(t, c.from), zoneOf(t, "Europe/Berlin")); !got.Equal(at(t, c.to)) {
			t.Errorf("%s: after %s opens %s, want %s", c.name, c.from, got.Format(time.RFC3339), c.to)
		}
	}
}

func TestWindowOpenBetween(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		window   Window
		from, to string
		want     time.Duration
	}{
		{"a week of nine hours a day", weekdaysNineToSix, "2026-11-23T00:00:00+01:00", "2026-11-30T00:00:00+01:00", 45 * time.Hour},
		{"parts of two days", weekdaysNineToSix, "2026-11-23T17:00:00+01:00", "2026-11-24T10:30:00+01:00", 150 * time.Minute},
		{"closed", weekdaysNineToSix, "2026-11-21T00:00:00+01:00", "2026-11-23T09:00:00+01:00", 0},
		{"spring day", Window{Days: [7]bool{0: true}}, "2026-03-28T00:00:00+01:00", "2026-03-31T00:00:00+02:00", 23 * time.Hour},
		{"autumn day", Window{Days: [7]bool{0: true}}, "2026-10-24T00:00:00+02:00", "2026-10-27T00:00:00+01:00", 25 * time.Hour},
		{"always", Window{}, "2026-03-28T00:00:00+01:00", "2026-03-31T00:00:00+02:00", 71 * time.Hour},
		{"backwards", Window{}, "2026-03-31T00:00:00+02:00", "2026-03-28T00:00:00+01:00", 0},
	} {
		if got := c.window.OpenBetween(at(t, c.from), at(t, c.to), zoneOf(t, "Europe/Berlin")); got != c.want {
			t.Errorf("%s: open for %s, want %s", c.name, got, c.want)
		}
	}
}

// TestWindowAgainstScan walks every minute around changes: the window is open while the furthest that the wall clock
// has got lies in it, Next is the next such minute, and OpenBetween counts them.
func TestWindowAgainstScan(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone := zoneOf(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		w := Window{From: rapid.IntRange(0, 1438).Draw(t, "from")}
		w.To = rapid.IntRange(w.From+1, 1440).Draw(t, "to")
		for i := range w.Days {
			w.Days[i] = rapid.Bool().Draw(t, "day")
		}
		change := rapid.SampledFrom(changes(rapid.IntRange(2024, 2037).Draw(t, "year"), zone)).Draw(t, "change")
		begin, end := change.Add(-30*time.Hour), change.Add(30*time.Hour)
		high := wallOf(begin, zone)
		var open time.Duration
		pending := begin // the first minute whose next opening was not seen yet
		for instant := begin; instant.Before(end); instant = instant.Add(time.Minute) {
			high = later(high, wallOf(instant, zone))
			minute := high.Hour()*60 + high.Minute()
			want := (w.everyDay() || w.Days[high.Weekday()]) && minute >= w.From && minute < w.end()
			if got := w.Open(instant, zone); got != want {
				t.Fatalf("open at %s: %v, want %v", instant.In(zone), got, want)
			}
			if want {
				open += time.Minute
				if next := w.Next(pending, zone); !next.Equal(instant) {
					t.Fatalf("after %s opens %s, want %s", pending.In(zone), next, instant.In(zone))
				}
				pending = instant.Add(time.Minute)
			}
		}
		if got := w.OpenBetween(begin, end, zone); got != open {
			t.Fatalf("open for %s, want %s", got, open)
		}
	})
}
