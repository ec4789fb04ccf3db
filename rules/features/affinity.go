package features

import (
	"cmp"
	"math"
	"slices"
)

// Affinity knows which categories are bought by the same customers.
type Affinity struct {
	follows map[string][]follower
}

// follower is a category that buyers of another one buy more often than others do, by name.
type follower struct {
	category string
	strength float64
}

const (
	// jointBuyers is how many customers must have bought both categories: fewer say nothing.
	jointBuyers = 5
	// fewBuyers draws the strength of a pair towards nothing as if so many more had bought only one of the two, so that a
	// handful of buyers of two rare categories does not beat what hundreds do.
	fewBuyers = 5
	// mostCategories is how many a customer may have bought to be learned from. Who bought more, a reseller say, tells
	// nothing about what goes together, but would bring the square of it in pairs.
	mostCategories = 40
)

type pair struct{ a, b int32 }

// NewAffinity learns from what all customers bought: sets of different categories, one per customer. It takes time
// linear in the customers, and its answers depend on no order.
func NewAffinity(sets [][]string) *Affinity {
	ids, names := map[string]int32{}, []string{}
	var buyers []int
	both := map[pair]int{}
	customers := 0
	var own []int32
	for _, set := range sets {
		if len(set) == 0 || len(set) > mostCategories {
			continue
		}
		customers++
		own = own[:0]
		for _, name := range set {
			id, known := ids[name]
			if !known {
				id = int32(len(names))
				ids[name], names, buyers = id, append(names, name), append(buyers, 0)
			}
			buyers[id]++
			for _, other := range own {
				both[pair{min(id, other), max(id, other)}]++
			}
			own = append(own, id)
		}
	}
	a := &Affinity{follows: map[string][]follower{}}
	for p, joint := range both {
		expected := float64(buyers[p.a]) * float64(buyers[p.b]) / float64(customers)
		if joint >= jointBuyers && float64(joint) > expected {
			// The cosine of the two (Salton & McGill 1983): between the share of one's buyers who bought the other, which leads
			// from everything to what sells best, and the lift, which leads to rarities. Of the three it foretells best.
			a.add(names[p.a], names[p.b], float64(joint)/math.Sqrt(float64(buyers[p.a]+fewBuyers)*float64(buyers[p.b]+fewBuyers)))
		}
	}
	for _, f := range a.follows {
		slices.SortFunc(f, func(x, y follower) int { return cmp.Compare(x.category, y.category) })
	}
	return a
}

func (a *Affinity) add(one, other string, strength float64) {
	a.follows[one] = append(a.follows[one], follower{other, strength})
	a.follows[other] = append(a.follows[other], follower{one, strength})
}

// Next returns the category, not among those a customer bought, that goes best with all of them together: bought by at
// least five customers together with one of them, and more often than chance would have it. Of equals it is the smallest
// by bytes, and "" if none follows. bought is sorted.
func (a *Affinity) Next(bought []string) string {
	strength := map[string]float64{}
	best, highest := "", 0.0
	for _, category := range bought {
		for _, f := range a.follows[category] {
			if _, owned := slices.BinarySearch(bought, f.category); owned {
				continue
			}
			total := strength[f.category] + f.strength
			strength[f.category] = total
			if total > highest || total == highest && f.category < best {
				best, highest = f.category, total
			}
		}
	}
	return best
}
