package features

import (
	"cmp"
	"encoding/json"
	"slices"
)

// Affinity knows which categories are bought by the same customers.
type Affinity struct {
	follows map[string][]follower
}

// follower is a category that buyers of another one buy more often than others do, the strongest first.
type follower struct {
	Category string  `json:"category"`
	Lift     float64 `json:"lift"`
}

const (
	// jointBuyers is how many customers must have bought both categories: fewer say nothing.
	jointBuyers = 5
	// liftWeight draws a lift towards 1 as if so many more joint buyers had been seen where as many were expected, so
	// that a handful of buyers of two rare categories does not beat what hundreds do (the gamma-Poisson shrinker of
	// DuMouchel 1999, The American Statistician 53:177-190, with a fixed prior of mean 1).
	liftWeight = 5
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
			a.add(t.names[p.a], t.names[p.b], (float64(joint)+liftWeight)/(expected+liftWeight))
		}
	}
	for _, f := range a.follows {
		slices.SortFunc(f, follower.compare)
	}
	return a
}

func (a *Affinity) add(one, other string, lift float64) {
	a.follows[one] = append(a.follows[one], follower{other, lift})
	a.follows[other] = append(a.follows[other], follower{one, lift})
}

// compare puts the higher lift first, then the smaller name by bytes.
func (f follower) compare(g follower) int {
	return cmp.Or(cmp.Compare(g.Lift, f.Lift), cmp.Compare(f.Category, g.Category))
}

// Next returns the category, not among those a customer bought, that follows most strongly from one of them: bought by
// at least five customers together with it, and more often than chance would have it. It is "" if none follows.
// bought is sorted.
func (a *Affinity) Next(bought []string) string {
	var best follower
	for _, category := range bought {
		for _, f := range a.follows[category] {
			if _, owned := slices.BinarySearch(bought, f.Category); owned {
				continue
			}
			if best.Category == "" || f.compare(best) < 0 {
				best = f
			}
			break // the rest of the list is weaker
		}
	}
	return best.Category
}

// MarshalJSON writes what the affinity knows, so that it can be kept.
func (a *Affinity) MarshalJSON() ([]byte, error) { return json.Marshal(a.follows) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (a *Affinity) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &a.follows) }
