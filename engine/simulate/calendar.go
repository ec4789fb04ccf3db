package simulate

import "time"

// Everything in the shop happens on calendar days, so that a change to or from daylight saving time moves no order over
// the edge of a window.
const (
	runHour    = 9  // of every run and therefore of every assignment, mail and end of a window
	firstHour  = 6  // of organic orders
	causedHour = 10 // from which mail causes orders: after the run
	lastHour   = 22 // of orders
	hour       = 3600
)

// calendar turns the days of a simulation into instants. Day 0 is the first on which the cycle runs; history is negative.
type calendar struct {
	first time.Time // midnight UTC of day 0
	zone  *time.Location
}

func newCalendar(start time.Time, zone *time.Location) calendar {
	return calendar{midnight(start, zone), zone}
}

// midnight returns the calendar day of t in zone as midnight UTC, where every day has 24 hours.
func midnight(t time.Time, zone *time.Location) time.Time {
	y, m, d := t.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// at returns the instant at which the shop's clocks show so many seconds past midnight on a day.
func (c calendar) at(day, second int) time.Time {
	y, m, d := c.first.Date()
	return time.Date(y, m, d+day, 0, 0, second, 0, c.zone)
}

// run returns when the cycle runs on a day.
func (c calendar) run(day int) time.Time { return c.at(day, runHour*hour) }

// day returns the day on which t falls.
func (c calendar) day(t time.Time) int {
	return int(midnight(t, c.zone).Sub(c.first) / (24 * time.Hour))
}

// yearDay returns the day's place in the year, 0 to 1.
func (c calendar) yearDay(day int) float64 {
	return float64(c.first.AddDate(0, 0, day).YearDay()-1) / 366
}
