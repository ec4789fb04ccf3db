package delivery

import (
	"slices"
	"sync"
)

// passOver is for how many turns a server that failed goes to the end.
const passOver = 16

// balance deals out turns by weight (smooth weighted round robin: exact shares
// without chance, well spread). It needs no clock.
type balance struct {
	mu      sync.Mutex
	weights []int
	current []int
	resting []int // turns a failed server still sits out
}

func newBalance(weights []int) *balance {
	return &balance{weights: weights, current: make([]int, len(weights)), resting: make([]int, len(weights))}
}

// order returns all servers, the one whose turn it is first. Servers that
// failed of late come last, but they do come: they may be all there is.
func (b *balance) order() []int {
	b.mu.Lock()
	defer b.mu.Unlock()
	total, best := 0, -1
	for i, weight := range b.weights {
		if b.resting[i] > 0 {
			b.resting[i]--
			continue
		}
		total += weight
		b.current[i] += weight
		if best < 0 || b.current[i] > b.current[best] {
			best = i
		}
	}
	if best >= 0 {
		b.current[best] -= total
	}
	order := make([]int, len(b.weights))
	for i := range order {
		order[i] = i
	}
	rank := func(i int) int {
		switch {
		case i == best:
			return -2 * maxWeight
		case b.resting[i] > 0:
			return maxWeight - b.weights[i]
		}
		return -b.weights[i]
	}
	slices.SortStableFunc(order, func(i, j int) int { return rank(i) - rank(j) })
	return order
}

// failed sends a server to the end for a while.
func (b *balance) failed(i int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.resting[i], b.current[i] = passOver, 0
}
