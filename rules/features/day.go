package features

import (
	"math"
	"sort"
	"time"
)

// Day is a calendar day in the shop's time zone, counted in days since 1970-01-01.
// Ages are differences of days, so daylight saving never shifts one.
type Day int32

// NoDay is the unknown day.
const NoDay Day = math.MinInt32

// DayOf returns the calendar day on which t falls in zone.
func DayOf(t time.Time, zone *time.Location) Day {
	y, m, d := t.In(zone).Date()
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// Known reports whether the day is known.
func (d Day) Known() bool { return d != NoDay }

// Start returns the first instant of the day in zone, or of the next day that it has: clocks that go forward at midnight
// leave some days without their first hour, and one that crosses the date line leaves out a whole day.
func (d Day) Start(zone *time.Location) time.Time {
	const around = 48 * time.Hour
	from := d.Date().Add(-around)
	n := sort.Search(int(2*around/time.Second), func(i int) bool {
		return DayOf(from.Add(time.Duration(i)*time.Second), zone) >= d
	})
	return from.Add(time.Duration(n) * time.Second).In(zone)
}

// Date returns the day as midnight UTC, the form in which a Postgres date travels.
func (d Day) Date() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// UntilAnniversary returns the calendar days from the day at to the next one on which a full number of years, at least
// one, have passed since d; 0 if that is today. 29 February is 28 February in other years, so that nothing comes late.
func (d Day) UntilAnniversary(at Day) float64 {
	years := max(at.Date().Year()-d.Date().Year(), 1)
	next := d.addYears(years)
	if next < at {
		next = d.addYears(years + 1)
	}
	return float64(next - at)
}

// Years returns the full years from d to at; 29 February is full on 28 February in other years.
func (d Day) Years(at Day) int {
	years := at.Date().Year() - d.Date().Year()
	if d.addYears(years) > at {
		years--
	}
	return years
}

// addYears keeps month and day, and clamps 29 February.
func (d Day) addYears(n int) Day {
	y, m, day := d.Date().Date()
	if m == time.February && day == 29 && !leap(y+n) {
		day = 28
	}
	return DayOf(time.Date(y+n, m, day, 0, 0, 0, 0, time.UTC), time.UTC)
}

func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }
