package campaigns

import (
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Cron is a schedule of five cron fields in a time zone: minute, hour, day of the month, month and weekday.
//
// Daylight saving follows Vixie cron's distinction. A schedule whose minute and hour fields both name values runs at
// fixed times, each exactly once per local day: a time that spring skips runs at the first valid minute after the
// gap, a time that autumn repeats runs the first time. A schedule with a `*` (or `*/n`) in the minute or hour field
// is an interval: it runs in real elapsed time, through the repeated hour too, and what spring skips runs once after
// the gap, so that no pause exceeds the interval. Months without a day 29, 30 or 31 are skipped by schedules that
// name it. If both day fields name days, either one suffices.
type Cron struct {
	spec                             string
	zone                             *time.Location
	minutes, hours, dom, months, dow uint64 // bit n: value n
	anyDom, anyDow                   bool   // the field starts with a star
	interval, everyHour              bool
}

// ParseCron reads five cron fields: values, names (mon, jan), lists, ranges and steps; Sunday is 0 or 7. The error
// says which field is wrong, or that the schedule would never run.
func ParseCron(spec string, zone *time.Location) (Cron, error) {
	fields := strings.Fields(spec)
	if len(fields) != 5 {
		return Cron{}, fmt.Errorf("schedule %q has %d fields; it needs five: minute, hour, day, month and weekday",
			spec, len(fields))
	}
	fields[4] = sundayAsZero(fields[4])
	parser := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	parsed, err := parser.Parse(strings.Join(fields, " "))
	if err != nil {
		return Cron{}, fmt.Errorf("schedule %q: %w", spec, err)
	}
	bitsOf, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return Cron{}, fmt.Errorf("schedule %q: only five fields are understood", spec)
	}
	c := Cron{
		spec: strings.Join(strings.Fields(spec), " "), zone: zone,
		minutes: bitsOf.Minute, hours: bitsOf.Hour, dom: bitsOf.Dom, months: bitsOf.Month, dow: bitsOf.Dow,
		anyDom: starred(fields[2]), anyDow: starred(fields[4]),
		interval: starred(fields[0]) || starred(fields[1]), everyHour: starred(fields[1]),
	}
	if c.nextWall(time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Cron{}, fmt.Errorf("schedule %q: %w", spec, errNever)
	}
	return c, nil
}

var errNever = errors.New("never runs, no month it names has such a day")

// String returns the five fields.
func (c Cron) String() string { return c.spec }

// Next returns the first tick strictly after the given time, in the schedule's zone.
func (c Cron) Next(after time.Time) time.Time {
	for p := periodAt(after, c.zone); ; p = p.next() {
		t := c.firstIn(p, after)
		if t.IsZero() || p.end.IsZero() || t.Before(p.end) {
			return t.In(c.zone)
		}
	}
}

// Between reports whether a tick falls on or after from and before to.
func (c Cron) Between(from, to time.Time) bool {
	return c.Next(from.Add(-time.Nanosecond)).Before(to)
}

// On reports whether a tick falls on the local day of t.
func (c Cron) On(t time.Time) bool {
	day := dayOf(t, c.zone)
	return c.Between(atWall(day, c.zone), atWall(day.AddDate(0, 0, 1), c.zone))
}

// firstIn returns the first tick after the given time that p's offset yields; it may lie beyond p's end.
func (c Cron) firstIn(p period, after time.Time) time.Time {
	var candidates []time.Time
	from := after.Truncate(time.Minute).Add(time.Minute).UTC().Add(p.offset)
	if !p.start.IsZero() {
		old, now := p.start.UTC().Add(p.previous), p.start.UTC().Add(p.offset) // the wall clock before and after the change
		from = later(from, now)
		switch {
		case old.Before(now) && p.start.After(after) && c.nextWall(old).Before(now):
			return p.start // skipped by the gap
		case now.Before(old) && !c.interval:
			from = later(from, old) // the first time through was the tick
		case now.Before(old):
			candidates = append(candidates, c.overdue(p, old, now))
		}
	}
	candidates = append(candidates, c.nextWall(from).Add(-p.offset))
	for _, t := range candidates {
		if t.After(after) {
			return t
		}
	}
	return time.Time{}
}

// overdue returns the tick that an interval owes when the clock goes back further than its next tick is away: every
// six hours from 00:00 would otherwise pause for seven. It is the tick of the old offset, unless one of the new
// offset comes first or it falls on a day that the schedule leaves out; zero if nothing is owed.
func (c Cron) overdue(p period, old, now time.Time) time.Time {
	t := c.nextWall(old).Add(-p.previous)
	if !c.everyHour || !t.Before(c.nextWall(now).Add(-p.offset)) || !c.runsOn(t.Add(p.offset)) {
		return time.Time{}
	}
	return t
}

// nextWall returns the first minute at or after the wall clock from that matches all fields; zero if there is none
// in 41 years: the calendar's longest wait, for a leap day on a given weekday, is 40.
func (c Cron) nextWall(from time.Time) time.Time {
	day := from.Truncate(24 * time.Hour)
	hour, minute := from.Hour(), from.Minute()
	if from.Truncate(time.Minute) != from {
		minute++
	}
	for range 41 * 366 {
		if c.runsOn(day) {
			if h, m, ok := c.nextOfDay(hour, minute); ok {
				return day.Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute)
			}
		}
		day, hour, minute = day.AddDate(0, 0, 1), 0, 0
	}
	return time.Time{}
}

// nextOfDay returns the first hour and minute at or after the given ones.
func (c Cron) nextOfDay(hour, minute int) (h, m int, ok bool) {
	if has(c.hours, hour) {
		if m, ok = nextBit(c.minutes, minute, 60); ok {
			return hour, m, true
		}
	}
	if h, ok = nextBit(c.hours, hour+1, 24); !ok {
		return 0, 0, false
	}
	m, ok = nextBit(c.minutes, 0, 60)
	return h, m, ok
}

// runsOn reports whether the day fields match the wall clock's day.
func (c Cron) runsOn(wall time.Time) bool {
	if !has(c.months, int(wall.Month())) {
		return false
	}
	dom, dow := has(c.dom, wall.Day()), has(c.dow, int(wall.Weekday()))
	if c.anyDom || c.anyDow {
		return dom && dow
	}
	return dom || dow
}

func has(mask uint64, n int) bool { return mask&(1<<n) != 0 }

// nextBit returns the lowest bit of mask in [from, limit).
func nextBit(mask uint64, from, limit int) (int, bool) {
	if from >= limit {
		return 0, false
	}
	n := bits.TrailingZeros64(mask >> from << from)
	return n, n < limit
}

func starred(field string) bool {
	return strings.HasPrefix(field, "*") || strings.HasPrefix(field, "?")
}

// sundayAsZero rewrites 7, which Vixie cron reads as Sunday, in a day-of-week field: `7` and `5-7` become `0` and
// `5-6,0`.
func sundayAsZero(field string) string {
	items := strings.Split(field, ",")
	for i, item := range items {
		if first, ok := strings.CutSuffix(item, "-7"); ok && first != "7" {
			items[i] = first + "-6,0"
		} else if item == "7" {
			items[i] = "0"
		}
	}
	return strings.Join(items, ",")
}
