package ingest

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTime(t *testing.T) {
	t.Parallel()
	tests := []struct{ zone, cell, want string }{
		{"Europe/Berlin", "2026-12-31", "2026-12-30T23:00:00Z"},
		{"Europe/Berlin", "2026-06-30", "2026-06-29T22:00:00Z"},
		{"Europe/Berlin", "2026-12-31 18:30", "2026-12-31T17:30:00Z"},
		{"Europe/Berlin", "2026-12-31 18:30:15", "2026-12-31T17:30:15Z"},
		{"Europe/Berlin", "2026-12-31T18:30", "2026-12-31T17:30:00Z"},
		{"Europe/Berlin", "2026-12-31T18:30:15", "2026-12-31T17:30:15Z"},
		{"Europe/Berlin", "2026-12-31T18:30:15.123456", "2026-12-31T17:30:15.123456Z"},
		{"Europe/Berlin", "2026-12-31T18:30:15Z", "2026-12-31T18:30:15Z"},
		{"Europe/Berlin", "2026-12-31t18:30:15z", "2026-12-31T18:30:15Z"},
		{"Europe/Berlin", "2026-12-31T18:30:15+01:00", "2026-12-31T17:30:15Z"},
		{"Europe/Berlin", "2026-12-31T18:30:15.5-05:00", "2026-12-31T23:30:15.5Z"},
		{"Europe/Berlin", "2026-12-31 18:30:15 +0000", "2026-12-31T18:30:15Z"},
		{"Europe/Berlin", "2026-12-31 18:30:15+00", "2026-12-31T18:30:15Z"},
		{"Europe/Berlin", "2026-12-31 18:30 +02:00", "2026-12-31T16:30:00Z"},
		{"Europe/Berlin", "2026-12-31T18:30-0500", "2026-12-31T23:30:00Z"},
		{"Europe/Berlin", "2028-02-29", "2028-02-28T23:00:00Z"},
		// Clocks go forward from 2 to 3: 02:30 is shown by no clock, one that was not changed means 03:30.
		{"Europe/Berlin", "2026-03-29 01:59", "2026-03-29T00:59:00Z"},
		{"Europe/Berlin", "2026-03-29 02:30", "2026-03-29T01:30:00Z"},
		{"Europe/Berlin", "2026-03-29 03:00", "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z"},
		// Clocks go back from 3 to 2: 02:30 is shown twice, the first counts.
		{"Europe/Berlin", "2026-10-25 01:59", "2026-10-24T23:59:00Z"},
		{"Europe/Berlin", "2026-10-25 02:30", "2026-10-25T00:30:00Z"},
		{"Europe/Berlin", "2026-10-25 03:00", "2026-10-25T02:00:00Z"},
		{"Europe/Berlin", "1997-01-01", "1996-12-31T23:00:00Z"},
		// The day starts at 01:00 where clocks change at midnight.
		{"Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z"},
		{"Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03T15:45:00Z"},
		{"America/New_York", "2026-03-08 02:30", "2026-03-08T07:30:00Z"},
		{"Pacific/Kiritimati", "2026-01-01", "2025-12-31T10:00:00Z"},
		{"Asia/Kolkata", "2026-01-01 00:00", "2025-12-31T18:30:00Z"},
		{"UTC", "2026-01-01", "2026-01-01T00:00:00Z"},
	}
	for _, tt := range tests {
		o := berlin(t)
		o.Zone = location(t, tt.zone)
		got, err := newParser(o, ',').time(tt.cell)
		if err != nil || got.Format(time.RFC3339Nano) != tt.want {
			t.Errorf("%s in %s = %v, %v; want %s", tt.cell, tt.zone, got.Format(time.RFC3339Nano), err, tt.want)
		}
	}
}

func TestTimeRefuses(t *testing.T) {
	t.Parallel()
	p := newParser(berlin(t), ',')
	for _, cell := range []string{
		"31.12.2026", "31/12/2026", "12/31/2026", "2026/12/31", "20261231", "26-12-31", "2026-13-01", "2026-00-10", "2026-12-00", "2026-04-31",
		"2026-02-29", "2100-02-29", "2026-1-1", "2026-12-31 24:00", "2026-12-31 18", "2026-12-31 18:60", "2026-12-31 18:30:60", "2026-12-31_18:30",
		"2026-12-31 6:30 PM", "2026-12-31T18:30:00+1", "2026-12-31T18:30:00 Europe/Berlin", "1767225600", "46387", "gestern", "Dec 31, 2026", "2026-12-31 ",
		"2026-12-3١", "2026-12-31T", "2026-12-31T18:30:00+25:00", "2026-W53-4",
		"0000-00-00", "0000-00-00 00:00:00", "0001-01-01", "1899-12-30", "2200-01-01", "9999-12-31",
	} {
		if got, err := p.time(cell); err == nil {
			t.Errorf("time(%q) = %v, want an error", cell, got)
		} else if !strings.Contains(err.Error(), "2026-12-31") && !strings.Contains(err.Error(), "leave the cell empty") {
			t.Errorf("time(%q): %v does not help", cell, err)
		}
	}
}

func TestDate(t *testing.T) {
	t.Parallel()
	p := newParser(berlin(t), ',')
	for cell, want := range map[string]string{
		"1980-02-29": "1980-02-29", "1980-02-29 00:00:00": "1980-02-29", "1980-06-01T23:59": "1980-06-01", "1980-06-01T22:30:00Z": "1980-06-02",
	} {
		if got, err := p.date(cell); err != nil || got.Format(time.DateOnly) != want || !got.Equal(got.Truncate(24*time.Hour)) {
			t.Errorf("date(%q) = %v, %v; want midnight of %s in UTC", cell, got, err, want)
		}
	}
}

// TestLocalTimeShowsTheClock holds that a wall time comes back as it was written, unless it does not exist, and
// that nothing earlier shows it, too.
func TestLocalTimeShowsTheClock(t *testing.T) {
	t.Parallel()
	zones := []string{"Europe/Berlin", "Europe/Lisbon", "America/New_York", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Chatham", "UTC"}
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		// Half of the wall times lie within two hours of a change.
		wall := time.Unix(rapid.Int64Range(946_684_800, 2_145_916_800).Draw(t, "unix")/60*60, 0).UTC()
		if _, change := wall.In(zone).ZoneBounds(); !change.IsZero() && rapid.Bool().Draw(t, "near a change") {
			_, offset := change.Add(-time.Second).In(zone).Zone()
			wall = change.UTC().Add(time.Duration(offset)*time.Second + time.Duration(rapid.IntRange(-120, 120).Draw(t, "minutes"))*time.Minute)
		}
		const layout = "2006-01-02T15:04:05"
		got := localTime(wall, zone)
		if shown := got.In(zone).Format(layout); shown != wall.Format(layout) {
			// A gap: no moment within a day shows the wall time.
			for m := -36 * time.Hour; m < 36*time.Hour; m += 15 * time.Minute {
				if wall.Add(m).In(zone).Format(layout) == wall.Format(layout) {
					t.Fatalf("%s in %s: %v shows %s, %v does better", wall.Format(layout), zone, got, shown, wall.Add(m))
				}
			}
			if shown < wall.Format(layout) {
				t.Fatalf("%s in %s falls back to %s", wall.Format(layout), zone, shown)
			}
		}
		for m := 30 * time.Minute; m <= 2*time.Hour; m += 30 * time.Minute {
			if got.Add(-m).In(zone).Format(layout) == wall.Format(layout) {
				t.Fatalf("%s in %s: %v is not the first", wall.Format(layout), zone, got)
			}
		}
	})
}
