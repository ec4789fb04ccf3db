package campaigns

import "time"

// SameLocalTime returns the instant that shows the same wall clock as t the given number of calendar days later in
// zone. A wall clock that daylight saving skips becomes the first valid instant after the gap, one that it repeats
// the first of the two.
func SameLocalTime(t time.Time, days Days, zone *time.Location) time.Time {
	if days == 0 {
		return t
	}
	return atWall(wallOf(t, zone).AddDate(0, 0, int(days)), zone)
}

// wallOf returns what a wall clock in zone shows at t, written as if it were UTC: arithmetic on it knows no
// daylight saving.
func wallOf(t time.Time, zone *time.Location) time.Time {
	_, offset := t.In(zone).Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// atWall is the inverse of wallOf. time.Date leaves open which of two instants it returns around a transition, so
// the zone's periods are walked in order: the first one that contains the wall clock wins, and a wall clock in none
// of them lies in the gap before the period that begins after it.
func atWall(wall time.Time, zone *time.Location) time.Time {
	// Two days of lead exceed every offset and every shift of one, so the first period ends up before or around wall.
	for p := periodAt(wall.Add(-48*time.Hour), zone); ; p = p.next() {
		t := wall.Add(-p.offset)
		switch {
		case t.Before(p.start):
			return p.start.In(zone)
		case p.end.IsZero() || t.Before(p.end):
			return t.In(zone)
		}
	}
}

// period is a stretch of time with one offset from UTC. A zero start or end means that the stretch is open there.
type period struct {
	zone             *time.Location
	start, end       time.Time
	offset, previous time.Duration // previous is the offset before start; equal to offset if start is zero
}

// periodAt returns the period that contains t.
func periodAt(t time.Time, zone *time.Location) period {
	local := t.In(zone)
	_, offset := local.Zone()
	start, end := local.ZoneBounds()
	p := period{zone: zone, start: start, end: end, offset: time.Duration(offset) * time.Second}
	p.previous = p.offset
	if !start.IsZero() {
		_, before := start.Add(-time.Nanosecond).Zone()
		p.previous = time.Duration(before) * time.Second
	}
	return p
}

// next returns the following period; the last one has no end and must not be asked.
func (p period) next() period { return periodAt(p.end, p.zone) }
