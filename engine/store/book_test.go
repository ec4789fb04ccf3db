package store

import (
	"context"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// TestBook: whatever is written is recorded once, by itself or in company, and no page has two entries of the same.
func TestBook(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.SliceOfN(rapid.IntRange(0, 5), 0, 40).Draw(t, "entries")
		worth := rapid.IntRange(1, 8).Draw(t, "worth")
		var recorded []int
		b := openBook(context.Background(), worth, func(_ context.Context, _ string, page []int) error {
			if once := slices.Compact(slices.Sorted(slices.Values(page))); len(once) != len(page) {
				t.Errorf("a page of %v", page)
			}
			recorded = append(recorded, page...) // there is one writer
			return nil
		}, func(e int) any { return e })
		var all sync.WaitGroup
		for _, e := range entries {
			all.Go(func() {
				if err := <-b.write(context.Background(), e); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		b.close()
		if want, got := slices.Sorted(slices.Values(entries)), slices.Sorted(slices.Values(recorded)); !slices.Equal(got, want) {
			t.Errorf("%v recorded of %v", got, want)
		}
	})
}
