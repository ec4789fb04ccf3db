package features

import (
	"math"
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

// Start returns the first instant of the day in zone.
func (d Day) Start(zone *time.Location) time.Time {
	y, m, day := time.Unix(int64(d)*86400, 0).UTC().Date()
	return time.Date(y, m, day, 0, 0, 0, 0, zone)
}

// Date returns the day as midnight UTC, the form in which a Postgres date travels.
func (d Day) Date() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }
