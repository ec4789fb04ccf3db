package store_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"treue/engine/store"
	"treue/rules/features"
)

// TestCalendarIsTheZones holds the quick calendar to the plain one, in zones with and without changing clocks, and in one
// that left out a day.
func TestCalendarIsTheZones(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu", "America/Sao_Paulo"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		day := store.Calendar(zone)
		rapid.Check(t, func(r *rapid.T) {
			at := time.UnixMicro(rapid.Int64Range(-3e15, 5e15).Draw(r, "at"))
			if rapid.Bool().Draw(r, "at a limit") {
				// Midnights and changes of the clocks, to the microsecond.
				if from, _ := at.In(zone).ZoneBounds(); !from.IsZero() && rapid.Bool().Draw(r, "of the clocks") {
					at = from
				} else {
					at = features.DayOf(at, zone).Start(zone)
				}
				at = at.Add(time.Duration(rapid.IntRange(-1, 1).Draw(r, "microseconds")) * time.Microsecond)
			}
			if got, want := day(at), features.DayOf(at, zone); got != want {
				r.Errorf("%v in %s is day %v, want %v", at, name, got, want)
			}
		})
	}
}
