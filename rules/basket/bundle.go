package basket

import (
	"cmp"
	"math"
	"slices"
)

// Bundle is two products that are ordered together far more often than chance would have it.
type Bundle struct {
	Products [2]int64 // the one with more orders first
	Orders   int64    // with both: the support
	Lift     float64  // orders with both, over those that chance would bring; drawn towards 1 where few are seen
}

const (
	// leastOrders is how many orders must hold both.
	leastOrders = 10
	// leastLift is how much more often than by chance.
	leastLift = 2
	// liftDoubt draws a lift towards 1 as if so many more orders had been seen where as many were expected (the
	// gamma-Poisson shrinker of DuMouchel 1999, The American Statistician 53:177-190, with a fixed prior of mean 1).
	liftDoubt = 5
	// mostBundles is how many are kept, and mostPerProduct with one product, so that one family does not fill the list.
	mostBundles    = 100
	mostPerProduct = 3
)

// Bundles returns the pairs of offered products that belong in one offer. The first one is the one that tells most: its
// orders times the logarithm of its lift.
func (m *Model) Bundles() []Bundle { return slices.Clone(m.bundles) }

func (m *Model) findBundles(met []pair) {
	var all []Bundle
	for _, p := range met {
		if b, found := m.bundle(p); found {
			all = append(all, b)
		}
	}
	slices.SortFunc(all, func(a, b Bundle) int {
		return cmp.Or(cmp.Compare(b.weight(), a.weight()), cmp.Compare(a.Products[0], b.Products[0]), cmp.Compare(a.Products[1], b.Products[1]))
	})
	taken := map[int64]int{}
	for _, b := range all {
		one, other := b.Products[0], b.Products[1]
		if len(m.bundles) == mostBundles {
			return
		}
		if taken[one] < mostPerProduct && taken[other] < mostPerProduct {
			taken[one]++
			taken[other]++
			m.bundles = append(m.bundles, b)
		}
	}
}

func (m *Model) bundle(p pair) (Bundle, bool) {
	one, other := p.products()
	if p.orders < leastOrders || !m.offered[one] || !m.offered[other] {
		return Bundle{}, false
	}
	a, b := &m.products[one], &m.products[other]
	if cmp.Or(cmp.Compare(a.orders, b.orders), cmp.Compare(b.id, a.id)) < 0 {
		a, b = b, a
	}
	expected := float64(a.orders) * float64(b.orders) / float64(m.orders)
	lift := (float64(p.orders) + liftDoubt) / (expected + liftDoubt)
	return Bundle{[2]int64{a.id, b.id}, int64(p.orders), lift}, lift >= leastLift
}

func (b Bundle) weight() float64 { return float64(b.Orders) * math.Log(b.Lift) }
