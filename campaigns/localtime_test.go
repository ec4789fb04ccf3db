package campaigns

import (
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// zones are the places whose changes differ: hour and date of the change, half an hour, none at all.
var zones = []string{
	"Europe/Berlin", "Europe/Vienna", "Europe/London", "Europe/Lisbon", "America/New_York", "Africa/Cairo",
	"Australia/Lord_Howe", "Asia/Kolkata", "UTC",
}

func zoneOf(t rapid.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// changes returns the instants of a year at which the zone's offset changes, found by looking at every minute of
// the days on which it differs; for zones without any, an ordinary day.
func changes(year int, zone *time.Location) []time.Time {
	var found []time.Time
	offset := func(t time.Time) int { _, o := t.In(zone).Zone(); return o }
	for day := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() == year; day = day.AddDate(0, 0, 1) {
		for t := day; offset(day) != offset(day.AddDate(0, 0, 1)) && t.Before(day.AddDate(0, 0, 1)); t = t.Add(time.Minute) {
			if offset(t) != offset(t.Add(time.Minute)) {
				found = append(found, t.Add(time.Minute))
			}
		}
	}
	if len(found) == 0 {
		found = append(found, time.Date(year, 7, 1, 12, 0, 0, 0, time.UTC))
	}
	return found
}

func TestSameLocalTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, zone, from string
		days             Days
		want             string
	}{
		{"winter to summer", "Europe/Berlin", "2026-03-25T09:00:00+01:00", 7, "2026-04-01T09:00:00+02:00"},
		{"summer to winter", "Europe/Berlin", "2026-10-21T09:00:00+02:00", 7, "2026-10-28T09:00:00+01:00"},
		{"into the gap", "Europe/Berlin", "2026-03-22T02:30:15+01:00", 7, "2026-03-29T03:00:00+02:00"},
		{"into the overlap", "Europe/Berlin", "2026-10-18T02:30:15+02:00", 7, "2026-10-25T02:30:15+02:00"},
		{"from the second of two", "Europe/Berlin", "2026-10-25T02:30:00+01:00", 1, "2026-10-26T02:30:00+01:00"},
		{"no day at all", "Europe/Berlin", "2026-10-25T02:30:00+01:00", 0, "2026-10-25T02:30:00+01:00"},
		{"backwards", "Europe/Berlin", "2026-04-01T09:00:00+02:00", -7, "2026-03-25T09:00:00+01:00"},
		{"gap at midnight", "Africa/Cairo", "2026-04-17T00:15:00+02:00", 7, "2026-04-24T01:00:00+03:00"},
		{"half an hour", "Australia/Lord_Howe", "2026-10-03T02:10:00+10:30", 1, "2026-10-04T02:30:00+11:00"},
		{"over the leap day", "UTC", "2028-02-28T12:00:00Z", 2, "2028-03-01T12:00:00Z"},
		{"a day that does not exist", "Pacific/Apia", "2011-12-29T12:00:00-10:00", 1, "2011-12-31T00:00:00+14:00"},
	} {
		got := SameLocalTime(at(t, c.from), c.days, zoneOf(t, c.zone))
		if !got.Equal(at(t, c.want)) {
			t.Errorf("%s: %s + %dd = %s, want %s", c.name, c.from, c.days, got.Format(time.RFC3339), c.want)
		}
	}
}

// TestAtWallAgainstScan holds atWall to its definition on the days around changes: the first minute, in real time,
// at which the wall clock has reached what is asked for.
func TestAtWallAgainstScan(t *testing.T) {
	t.Parallel()
	for _, name := range zones {
		zone := zoneOf(t, name)
		for _, change := range changes(2026, zone) {
			var high time.Time
			for instant := change.Add(-30 * time.Hour); instant.Before(change.Add(30 * time.Hour)); instant = instant.Add(time.Minute) {
				shown := wallOf(instant, zone)
				for wall := high.Add(time.Minute); !high.IsZero() && !wall.After(shown); wall = wall.Add(time.Minute) {
					if got := atWall(wall, zone); !got.Equal(instant) {
						t.Fatalf("%s: wall clock %s is at %s, want %s", name, wall.Format(time.DateTime), got, instant.In(zone))
					}
				}
				high = later(high, shown)
			}
		}
	}
}

func TestWallRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone := zoneOf(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		instant := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "unix"), 0)
		back := atWall(wallOf(instant, zone), zone)
		// The second of two equal wall clocks comes back as the first.
		if diff := instant.Sub(back); diff < 0 || diff > time.Hour || !wallOf(back, zone).Equal(wallOf(instant, zone)) {
			t.Fatalf("%s came back as %s", instant.In(zone), back)
		}
	})
}

func at(tb testing.TB, s string) time.Time {
	tb.Helper()
	parsed, err := time.Parse(time.RFC3339, s)
	if err != nil {
		tb.Fatal(err)
	}
	return parsed
}

// same reports a difference between two values.
func same(t rapid.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
