package campaigns

import (
	"time"
)

// minutesOfDay is the length of a nominal day.
const minutesOfDay = 24 * 60

// Window says when mail may leave. The zero value is always open. On each day the window is one stretch of real
// time: it opens when the wall clock first shows From (or at the end of the gap that skips it) and closes when it
// first shows To.
type Window struct {
	Days     [7]bool // by time.Weekday; none set: every day
	From, To int     // minutes of the day, To exclusive; To 0: the end of the day
}

// Always reports whether the window never closes.
func (w Window) Always() bool { return w.everyDay() && w.From == 0 && w.end() == minutesOfDay }

// Open reports whether mail may leave at t.
func (w Window) Open(t time.Time, zone *time.Location) bool {
	return w.Next(t, zone).Equal(t)
}

// Next returns t itself if the window is open then, else the next opening. A window that lies wholly in a daylight
// saving gap does not open on that day.
func (w Window) Next(t time.Time, zone *time.Location) time.Time {
	if w.Always() {
		return t
	}
	// Seven days hold an open weekday, seven more the one after a day swallowed by a gap.
	for day := dayOf(t, zone).AddDate(0, 0, -1); ; day = day.AddDate(0, 0, 1) {
		opens, closes := w.on(day, zone)
		switch {
		case !closes.After(t) || !opens.Before(closes):
			continue
		case opens.After(t):
			return opens
		default:
			return t
		}
	}
}

// OpenBetween returns how long the window is open from a to b, in real elapsed time; 0 if b is not after a.
func (w Window) OpenBetween(a, b time.Time, zone *time.Location) time.Duration {
	if !b.After(a) {
		return 0
	}
	if w.Always() {
		return b.Sub(a)
	}
	var open time.Duration
	last := dayOf(b, zone).AddDate(0, 0, 1)
	for day := dayOf(a, zone).AddDate(0, 0, -1); !day.After(last); day = day.AddDate(0, 0, 1) {
		opens, closes := w.on(day, zone)
		open += max(0, earlier(closes, b).Sub(later(opens, a)))
	}
	return open
}

// on returns the open stretch of one day (as of dayOf), empty where the day is closed.
func (w Window) on(day time.Time, zone *time.Location) (opens, closes time.Time) {
	if !w.everyDay() && !w.Days[day.Weekday()] {
		return time.Time{}, time.Time{}
	}
	opens = atWall(day.Add(time.Duration(w.From)*time.Minute), zone)
	closes = atWall(day.Add(time.Duration(w.end())*time.Minute), zone)
	return opens, closes
}

func (w Window) everyDay() bool {
	return w.Days == [7]bool{} || w.Days == [7]bool{true, true, true, true, true, true, true}
}

func (w Window) end() int {
	if w.To == 0 {
		return minutesOfDay
	}
	return w.To
}

// dayOf returns the calendar day of t in zone as midnight UTC.
func dayOf(t time.Time, zone *time.Location) time.Time {
	return wallOf(t, zone).Truncate(24 * time.Hour)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
