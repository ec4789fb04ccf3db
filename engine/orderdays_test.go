package engine

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"treue/rules/features"
)

// TestOrderDaysAreKept adds more buyers than a block has, and reads the days of each.
func TestOrderDaysAreKept(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		some := rapid.SliceOfN(rapid.Custom(drawDays), 1, 20).Draw(r, "buyers")
		var kept orderDays
		places := make([]uint32, daysBlock+rapid.IntRange(1, 2*daysBlock).Draw(r, "more than a block"))
		for i := range places {
			places[i] = kept.add(some[i%len(some)])
		}
		var got []features.OrderDay
		for i := range places {
			want := some[i%len(some)]
			if got = kept.of(i, places[i], want[0].On, len(want), got[:0]); !slices.Equal(got, want) {
				r.Fatalf("buyer %d: %v, want %v", i, got, want)
			}
		}
	})
}

// drawDays draws the days of a buyer: ascending, from before 1970 on, now and then years apart or with many orders.
func drawDays(r *rapid.T) []features.OrderDay {
	on := features.Day(rapid.IntRange(-1000, 30_000).Draw(r, "first"))
	days := []features.OrderDay{{On: on, Orders: int32(rapid.IntRange(1, 3).Draw(r, "orders"))}}
	for range rapid.IntRange(0, 8).Draw(r, "more days") {
		on += features.Day(rapid.SampledFrom([]int{1, 7, 63, 64, 200, 9000}).Draw(r, "gap"))
		days = append(days, features.OrderDay{On: on, Orders: int32(rapid.SampledFrom([]int{1, 1, 2, 500}).Draw(r, "orders"))})
	}
	return days
}
