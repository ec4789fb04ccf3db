package basket

import (
	"cmp"
	"slices"
)

// pair is how often two products met: in orders, and over all customers, each of which counts once.
type pair struct {
	key    uint64
	orders uint32
	weight uint32
}

// A customer's evidence that two products belong together, in halves.
const (
	together     = 2 // bought in one order
	shortlyAfter = 1 // bought in different orders of the window
)

func keyOf(a, b int32) uint64 { return uint64(min(a, b))<<32 | uint64(max(a, b)) }

func (p pair) products() (a, b int32) { return int32(p.key >> 32), int32(p.key & 0xffffffff) }

const (
	// mostPairs bounds the room: when more have met, those that met least are forgotten, as in lossy counting (Manku &
	// Motwani 2002, VLDB).
	mostPairs = 4 << 20
	// pendingPairs is how many wait to be merged.
	pendingPairs = 1 << 20
)

// pairTally adds up pairs in sorted slices, which take a third of the room of a map.
type pairTally struct {
	merged, spare, pending []pair
	limit                  int // 0: mostPairs
}

// add counts what one customer's orders brought together.
func (t *pairTally) add(met []pair) {
	t.pending = append(t.pending, condensed(met)...)
	if len(t.pending) >= min(pendingPairs, t.most()) {
		t.merge()
	}
}

// condensed has each pair of one customer once, in the room of met.
func condensed(met []pair) []pair {
	slices.SortFunc(met, pair.compare)
	out := met[:0]
	for _, p := range met {
		if n := len(out); n > 0 && out[n-1].key == p.key {
			out[n-1].orders += p.orders
			out[n-1].weight = max(out[n-1].weight, p.weight)
			continue
		}
		out = append(out, p)
	}
	return out
}

func (t *pairTally) most() int { return cmp.Or(t.limit, mostPairs) }

func (p pair) compare(q pair) int { return cmp.Compare(p.key, q.key) }

// merge empties pending.
func (t *pairTally) merge() {
	slices.SortFunc(t.pending, pair.compare)
	out, old := t.spare[:0], t.merged
	for _, p := range t.pending {
		for len(old) > 0 && old[0].key < p.key {
			out, old = append(out, old[0]), old[1:]
		}
		if len(old) > 0 && old[0].key == p.key {
			out, old = append(out, old[0]), old[1:]
		}
		if n := len(out); n > 0 && out[n-1].key == p.key {
			out[n-1].orders += p.orders
			out[n-1].weight += p.weight
			continue
		}
		out = append(out, p)
	}
	out = append(out, old...)
	t.merged, t.spare, t.pending = out, t.merged, t.pending[:0]
	for least := uint32(1); len(t.merged) > t.most(); least++ {
		t.merged = slices.DeleteFunc(t.merged, func(p pair) bool { return p.weight <= least })
	}
}

// all returns every pair, by products.
func (t *pairTally) all() []pair {
	t.merge()
	return t.merged
}
