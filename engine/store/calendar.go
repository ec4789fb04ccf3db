package store

import (
	"math"
	"slices"
	"time"

	"treue/rules/features"
)

// calendar tells on which day of a zone a moment falls, as [features.DayOf] does, without asking for the rules of the
// zone each time.
type calendar struct {
	zone    *time.Location
	current span
	known   []span // ascending
}

// span is a stretch of time in which clocks of the zone differ from UTC by one offset. All are in seconds; the last one
// is not part of it.
type span struct{ from, to, offset int64 }

const secondsPerDay = 86400

func (c *calendar) day(at instantMicros) features.Day {
	sec := int64(at) / 1e6
	if int64(at)%1e6 < 0 {
		sec--
	}
	if sec < c.current.from || sec >= c.current.to {
		c.current = c.spanOf(sec)
	}
	local := sec + c.current.offset
	day := local / secondsPerDay
	if local%secondsPerDay < 0 {
		day--
	}
	return features.Day(day)
}

func (c *calendar) spanOf(sec int64) span {
	i, _ := slices.BinarySearchFunc(c.known, sec, func(s span, sec int64) int {
		switch {
		case s.to <= sec:
			return -1
		case s.from > sec:
			return 1
		}
		return 0
	})
	if i < len(c.known) && c.known[i].from <= sec && sec < c.known[i].to {
		return c.known[i]
	}
	at := time.Unix(sec, 0).In(c.zone)
	from, to := at.ZoneBounds()
	_, offset := at.Zone()
	s := span{math.MinInt64, math.MaxInt64, int64(offset)}
	if !from.IsZero() {
		s.from = from.Unix()
	}
	if !to.IsZero() {
		s.to = to.Unix()
	}
	c.known = slices.Insert(c.known, i, s)
	return s
}
