package features_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"treue/rules/features"
)

func on(text string) features.Day {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return features.DayOf(t, time.UTC)
}

func TestDayOfIsTheDayInTheZone(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		instant string
		want    string
	}{
		{"2026-01-31T22:59:59Z", "2026-01-31"},
		{"2026-01-31T23:00:00Z", "2026-02-01"}, // UTC+1
		{"2026-06-30T22:00:00Z", "2026-07-01"}, // UTC+2
		{"2026-03-29T00:59:59Z", "2026-03-29"}, // the clock goes forward
		{"2026-10-25T22:59:59Z", "2026-10-25"}, // a day of 25 hours
		{"2026-10-25T23:00:00Z", "2026-10-26"},
	} {
		instant, err := time.Parse(time.RFC3339, test.instant)
		if err != nil {
			t.Fatal(err)
		}
		day := features.DayOf(instant, berlin)
		if day.String() != test.want {
			t.Errorf("%s is on %s, want %s", test.instant, day, test.want)
		}
		if start := day.Start(berlin); start.After(instant) || features.DayOf(start.Add(-time.Nanosecond), berlin) != day-1 {
			t.Errorf("%s starts at %s", day, start)
		}
	}
}

func TestYears(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		day, at string
		want    int
	}{
		{"2020-06-15", "2020-06-15", 0},
		{"2020-06-15", "2021-06-14", 0},
		{"2020-06-15", "2021-06-15", 1},
		{"2020-12-31", "2022-01-01", 1},
		{"2024-02-29", "2025-02-27", 0},
		{"2024-02-29", "2025-02-28", 1}, // as UntilAnniversary has it
		{"2024-02-29", "2028-02-28", 3},
		{"2024-02-29", "2028-02-29", 4},
	} {
		if got := on(test.day).Years(on(test.at)); got != test.want {
			t.Errorf("from %s to %s: got %d full years, want %d", test.day, test.at, got, test.want)
		}
	}
}

func TestUntilAnniversary(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		day, at string
		want    float64
	}{
		{"1990-06-15", "2026-06-15", 0},
		{"1990-06-15", "2026-06-14", 1},
		{"1990-06-15", "2026-06-16", 364},
		{"1990-06-15", "2027-06-16", 365}, // across 29 February 2028
		{"1990-01-01", "2026-12-31", 1},   // across the end of the year
		{"1990-12-31", "2026-01-01", 364},
		{"2026-06-15", "2026-06-15", 365}, // not before a full year
		{"2026-06-15", "2027-06-15", 0},
		{"2026-06-15", "2026-12-15", 182},
		{"2024-02-29", "2024-02-29", 365}, // 28 February 2025
		{"2024-02-29", "2025-02-28", 0},
		{"2024-02-29", "2025-03-01", 364},
		{"2024-02-29", "2027-12-31", 60}, // 29 February 2028
		{"2024-02-29", "2028-02-28", 1},
		{"2024-02-29", "2028-02-29", 0},
		{"2024-02-28", "2028-02-29", 365}, // was yesterday
		{"1896-02-29", "1900-02-28", 0},   // 1900 is no leap year
		{"1996-02-29", "2000-02-29", 0},   // 2000 is one
	} {
		if got := on(test.day).UntilAnniversary(on(test.at)); got != test.want {
			t.Errorf("from %s to the next anniversary of %s: got %v days, want %v", test.at, test.day, got, test.want)
		}
	}
}

// TestUntilAnniversaryFindsTheNextOne walks from day to day, which knows nothing of years.
func TestUntilAnniversaryFindsTheNextOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		day := features.Day(rapid.IntRange(-20000, 30000).Draw(t, "day"))
		at := day + features.Day(rapid.IntRange(0, 30000).Draw(t, "age"))
		if rapid.Bool().Draw(t, "on a leap day") {
			day = on("2000-02-29") + features.Day(1461*rapid.IntRange(-8, 8).Draw(t, "leap"))
			at = max(at, day)
		}
		want := at
		for !isAnniversary(day, want) {
			want++
		}
		got := day.UntilAnniversary(at)
		if got != float64(want-at) || got < 0 || got > 366 {
			t.Fatalf("anniversary of %s from %s: got %v days, want %d", day, at, got, want-at)
		}
	})
}

func isAnniversary(day, at features.Day) bool {
	born, today, tomorrow := day.Date(), at.Date(), (at + 1).Date()
	if today.Year() == born.Year() {
		return false
	}
	same := today.Month() == born.Month() && today.Day() == born.Day()
	stands := born.Month() == time.February && born.Day() == 29 &&
		today.Month() == time.February && today.Day() == 28 && tomorrow.Month() == time.March
	return same || stands
}
