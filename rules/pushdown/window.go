package pushdown

import (
	"time"

	"treue/rules/features"
)

// earliest is before the events of any shop.
const earliest = 1950

// folds reports whether a zone's clocks ever went back over midnight, so that two stretches of time belong to one day
// with a part of the next one between them.
func folds(zone *time.Location, until time.Time) bool {
	for _, end := time.Date(earliest, 1, 1, 0, 0, 0, 0, time.UTC).In(zone).ZoneBounds(); !end.IsZero() && end.Before(until.AddDate(1, 0, 0)); _, end = end.ZoneBounds() {
		if features.DayOf(end, zone) < features.DayOf(end.Add(-1), zone) {
			return true
		}
	}
	return false
}

// zone is the shop's time zone in SQL.
type zone struct {
	name  string // its placeholder
	folds bool
}

func (b *Builder) zone() zone { return zone{b.value("text", b.env.Zone.String()), b.folds} }

// localDay is the calendar day of an instant.
func (z zone) localDay(at string) string { return "(" + at + " AT TIME ZONE " + z.name + ")::date" }

// from is the condition that an event lies on a day or later.
func (b *Builder) from(d features.Day) string {
	if b.folds {
		return b.zone().localDay("at") + " >= " + b.day(d)
	}
	return "at >= " + b.value("timestamptz", d.Start(b.env.Zone).UTC())
}

// upTo is the condition that an event lies on a day or earlier.
func (b *Builder) upTo(d features.Day) string {
	if b.folds {
		return b.zone().localDay("at") + " <= " + b.day(d)
	}
	return "at < " + b.value("timestamptz", (d+1).Start(b.env.Zone).UTC())
}
