package engine

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestCategorySets keeps sets in any order, of some buyers, and finds each where it was put.
func TestCategorySets(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-e]{0,3}`)
		want := rapid.SliceOf(rapid.SliceOfDistinct(name, rapid.ID[string])).Draw(t, "sets")
		kept := newCategorySets(len(want))
		for _, buyer := range rapid.Permutation(indices(len(want))).Draw(t, "order") {
			if len(want[buyer]) > 0 {
				kept.add(buyer, want[buyer])
			}
		}
		room := []string{"left over"}
		for buyer := range want {
			if got := kept.of(buyer, room[:0]); !slices.Equal(got, want[buyer]) {
				t.Fatalf("buyer %d has %q, want %q", buyer, got, want[buyer])
			}
		}
	})
}

func indices(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
