package features

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
)

// Affinity knows which categories are bought by the same customers.
type Affinity struct {
	follows map[string][]follower
}

// follower is a category that buyers of another one buy more often than others do, by name.
type follower struct {
	Category string  `json:"category"`
	Strength float64 `json:"strength"`
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
	t := NewAffinityTally()
	for _, set := range sets {
		t.Add(set)
	}
	return t.Affinity()
}

// AffinityTally counts what customers bought, one after the other, in room that grows with the categories alone.
type AffinityTally struct {
	ids       map[string]int32
	names     []string
	buyers    []int
	both      map[pair]int
	customers int
	own       []int32
}

// NewAffinityTally returns a tally of nobody.
func NewAffinityTally() *AffinityTally {
	return &AffinityTally{ids: map[string]int32{}, both: map[pair]int{}}
}

// Add counts one customer's set of different categories.
func (t *AffinityTally) Add(set []string) {
	if len(set) == 0 || len(set) > mostCategories {
		return
	}
	t.customers++
	t.own = t.own[:0]
	for _, name := range set {
		id, known := t.ids[name]
		if !known {
			id = int32(len(t.names))
			t.ids[name], t.names, t.buyers = id, append(t.names, name), append(t.buyers, 0)
		}
		t.buyers[id]++
		for _, other := range t.own {
			t.both[pair{min(id, other), max(id, other)}]++
		}
		t.own = append(t.own, id)
	}
}

// Affinity returns what the tally says.
func (t *AffinityTally) Affinity() *Affinity {
	a := &Affinity{follows: map[string][]follower{}}
	for p, joint := range t.both {
		expected := float64(t.buyers[p.a]) * float64(t.buyers[p.b]) / float64(t.customers)
		if joint >= jointBuyers && float64(joint) > expected {
			// The cosine of the two (Salton & McGill 1983): between the share of one's buyers who bought the other, which leads
			// from everything to what sells best, and the lift, which leads to rarities. Of the three it foretells best.
			a.add(t.names[p.a], t.names[p.b], float64(joint)/math.Sqrt(float64(t.buyers[p.a]+fewBuyers)*float64(t.buyers[p.b]+fewBuyers)))
		}
	}
	for _, f := range a.follows {
		slices.SortFunc(f, func(x, y follower) int { return cmp.Compare(x.Category, y.Category) })
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
			if _, owned := slices.BinarySearch(bought, f.Category); owned {
				continue
			}
			total := strength[f.Category] + f.Strength
			strength[f.Category] = total
			if total > highest || total == highest && f.Category < best {
				best, highest = f.Category, total
			}
		}
	}
	return best
}

// MarshalJSON writes what the affinity knows, so that it can be kept.
func (a *Affinity) MarshalJSON() ([]byte, error) { return json.Marshal(a.follows) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (a *Affinity) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &a.follows) }
