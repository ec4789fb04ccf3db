package basket

import (
	"cmp"
	"math"
	"slices"
)

// Model knows what goes with what, and what is bought again. It is safe for concurrent use; each goroutine takes an
// [Advisor] of its own.
type Model struct {
	day       int32
	places    map[int64]int32
	products  []product
	offered   []bool
	follows   [][]follower
	popular   []int32            // offered products by recent buyers
	shelves   map[string][]int32 // the same by category
	bundles   []Bundle
	customers int32
	orders    int32
}

// follower is a product that goes with another one.
type follower struct {
	place    int32
	strength float64
}

const (
	// mostFollowers is how many products are kept per product.
	mostFollowers = 50
	// leastJoint is the evidence under which two products that met say nothing: five customers who bought them together,
	// or ten who did so within the window.
	leastJoint = 5 * together
	// leastBuyers is how many recent buyers make a product popular.
	leastBuyers = 5
	// mostPopular is how many popular products are kept in all and per category.
	mostPopular = 200
	// doubt draws what is known of a product with few buyers towards what is usual, as if so many more had been seen.
	doubt = 20
)

// Model returns what was learned, for the products that the shop still offers. The learner is used up.
func (l *Learner) Model(offered func(product int64) bool) *Model {
	m := &Model{
		day: l.day, places: l.places, products: l.products, offered: make([]bool, len(l.products)),
		follows: make([][]follower, len(l.products)), shelves: map[string][]int32{}, customers: l.customers, orders: l.orders,
	}
	for i := range m.products {
		m.offered[i] = offered(m.products[i].id)
	}
	m.rankPopular()
	met := l.pairs.all()
	for _, p := range met {
		m.link(p)
	}
	for i := range m.follows {
		m.follows[i] = m.strongest(m.follows[i])
	}
	m.findBundles(met)
	return m
}

// Customers returns how many customers the model has learned from, and Orders how many of their orders.
func (m *Model) Customers() int { return int(m.customers) }

// Orders returns how many orders the model has learned from.
func (m *Model) Orders() int { return int(m.orders) }

func (m *Model) rankPopular() {
	for i := range m.products {
		if m.offered[i] && m.products[i].recent >= leastBuyers {
			m.popular = append(m.popular, int32(i))
		}
	}
	slices.SortFunc(m.popular, func(a, b int32) int {
		x, y := &m.products[a], &m.products[b]
		return cmp.Or(cmp.Compare(y.recent, x.recent), cmp.Compare(x.id, y.id))
	})
	for _, place := range m.popular {
		if c := m.products[place].category; c != "" && len(m.shelves[c]) < mostPopular {
			m.shelves[c] = append(m.shelves[c], place)
		}
	}
	m.popular = m.popular[:min(len(m.popular), mostPopular)]
}

// link notes that two products go together, if enough customers say so and more than chance would have it.
func (m *Model) link(p pair) {
	a, b := p.products()
	joint := float64(p.weight) / together
	expected := float64(m.products[a].buyers) * float64(m.products[b].buyers) / float64(m.customers)
	if p.weight < leastJoint || joint <= expected*chanceful {
		return
	}
	for _, way := range [][2]int32{{a, b}, {b, a}} {
		if from, to := way[0], way[1]; m.offered[to] {
			m.follows[from] = append(m.follows[from], follower{to, m.strength(joint, from, to)})
			if len(m.follows[from]) >= 8*mostFollowers {
				m.follows[from] = m.strongest(m.follows[from])
			}
		}
	}
}

// chanceful is the part of chance that joint purchases must exceed: those of one window are fewer than those of all time,
// which the expectation counts.
const chanceful = 0.3

// strength is the share of the one product's buyers who bought the other, too, divided by the root of the share of all
// customers who did. Without the divisor everything leads to best-sellers, with the share itself in its place (the lift)
// to rarities; the root is the cosine of the two (Salton & McGill 1983), which foretells purchases best.
func (m *Model) strength(joint float64, from, to int32) float64 {
	usual := float64(m.products[to].buyers) / float64(m.customers)
	share := (joint + doubt*chanceful*usual) / (float64(m.products[from].buyers) + doubt)
	return share / math.Sqrt(usual)
}

// strongest returns the strongest followers in order, no more than are kept.
func (m *Model) strongest(all []follower) []follower {
	slices.SortFunc(all, func(a, b follower) int {
		return cmp.Or(cmp.Compare(b.strength, a.strength), cmp.Compare(m.products[a.place].id, m.products[b.place].id))
	})
	return slices.Clip(all[:min(len(all), mostFollowers)])
}
