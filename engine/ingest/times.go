package ingest

import (
	"fmt"
	"strings"
	"time"
)

// Years outside these are slips or a program's idea of "never".
const (
	firstYear = 1900
	lastYear  = 2199
)

// time returns a moment in UTC. Without an offset it is local time of the shop, without a time of day the start
// of that day.
func (p *parser) time(cell string) (time.Time, error) {
	layout, local := layoutOf(cell)
	t, err := time.Parse(layout, cell)
	if layout == "" || err != nil {
		return time.Time{}, fmt.Errorf("%s is not a date: write 2026-12-31, 2026-12-31 18:30 or 2026-12-31T18:30:00+01:00", quote(cell))
	}
	if t.Year() < firstYear || t.Year() > lastYear {
		return time.Time{}, fmt.Errorf("%s is not a possible date: leave the cell empty where there is none", quote(cell))
	}
	if local {
		return localTime(t, p.o.Zone), nil
	}
	return t.UTC(), nil
}

// date returns a calendar day as midnight UTC; a time of day is ignored.
func (p *parser) date(cell string) (time.Time, error) {
	t, err := p.time(cell)
	if err != nil {
		return time.Time{}, err
	}
	y, m, d := t.In(p.o.Zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC), nil
}

// layoutOf returns the layout in which a cell is written, "" if it is none of ours, and whether it lacks an
// offset. Layouts with day and month in another order do not exist: 03/04 is two days.
func layoutOf(cell string) (layout string, local bool) {
	if len(cell) < len("2006-01-02") || cell[4] != '-' || cell[7] != '-' {
		return "", false
	}
	if len(cell) == len("2006-01-02") {
		return "2006-01-02", true
	}
	separator := cell[10:11]
	if separator != " " && separator != "T" && separator != "t" {
		return "", false
	}
	clock, offset := cell[11:], ""
	if at := strings.IndexAny(clock, "Zz+-"); at >= 0 {
		clock, offset = clock[:at], clock[at:]
	}
	layout = "2006-01-02" + separator + "15:04"
	if strings.Count(clock, ":") > 1 {
		layout += ":05"
	}
	if strings.HasSuffix(clock, " ") {
		layout += " "
	}
	switch {
	case offset == "":
		return layout, true
	case offset == "z":
		return layout + "z", false
	case offset == "Z" || strings.Contains(offset, ":"):
		return layout + "Z07:00", false
	case len(offset) == len("+01"):
		return layout + "Z07", false
	}
	return layout + "Z0700", false
}

// localTime returns the moment at which clocks in zone show the wall time of t. A wall time that is shown twice
// is the first of the two; one that is skipped when clocks go forward counts on from before the change, as a
// clock that was not changed would show it.
func localTime(t time.Time, zone *time.Location) time.Time {
	// No offset exceeds a day, and no zone changes twice in two days.
	_, before := t.Add(-24 * time.Hour).In(zone).Zone()
	_, after := t.Add(24 * time.Hour).In(zone).Zone()
	early := t.Add(-time.Duration(before) * time.Second)
	if before == after {
		return early
	}
	late := t.Add(-time.Duration(after) * time.Second)
	if _, offset := late.In(zone).Zone(); offset == after {
		if _, offset := early.In(zone).Zone(); offset != before {
			return late
		}
	}
	return early
}
