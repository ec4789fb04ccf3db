package store

import (
	"time"

	"treue/rules/features"
)

// Calendar returns what tells the day of a moment in a zone.
func Calendar(zone *time.Location) func(time.Time) features.Day {
	c := calendar{zone: zone}
	return func(at time.Time) features.Day { return c.day(instantMicros(at.UnixMicro())) }
}

// Rows returns one value of every type that GORM maps to a table.
func Rows() []any { return []any{&campaignRow{}, &versionRow{}, &splitRow{}} }
