package features

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
)

// Affinity knows which categories are bought by the same customers.
type Affinity struct {
	names   []string // of the categories that go with another one, ascending by bytes
	at      map[string]int32
	follows [][]follower // by place in names
}

// follower is a category that buyers of another one buy more often than others do.
type follower struct {
	place    int32
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
	kept := keptAffinity{}
	for p, joint := range t.both {
		expected := float64(t.buyers[p.a]) * float64(t.buyers[p.b]) / float64(t.customers)
		if joint >= jointBuyers && float64(joint) > expected {
			// The cosine of the two (Salton & McGill 1983): between the share of one's buyers who bought the other, which leads
			// from everything to what sells best, and the lift, which leads to rarities. Of the three it foretells best.
			kept.add(t.names[p.a], t.names[p.b], float64(joint)/math.Sqrt(float64(t.buyers[p.a]+fewBuyers)*float64(t.buyers[p.b]+fewBuyers)))
		}
	}
	return kept.affinity()
}

// fewPlaces is how many categories a sum per category is kept of without asking for room.
const fewPlaces = 128

// Next returns the category, not among those a customer bought, that goes best with all of them together: bought by at
// least five customers together with one of them, and more often than chance would have it. Of equals it is the smallest
// by bytes, and "" if none follows. bought is sorted.
func (a *Affinity) Next(bought []string) string {
	var room [fewPlaces]float64
	strength := room[:min(len(a.names), fewPlaces)]
	if len(a.names) > fewPlaces {
		strength = make([]float64, len(a.names))
	}
	for _, category := range bought {
		if place, known := a.at[category]; known {
			for _, f := range a.follows[place] {
				strength[f.place] += f.strength
			}
		}
	}
	for _, category := range bought {
		if place, known := a.at[category]; known {
			strength[place] = 0
		}
	}
	best, highest := "", 0.0
	for place, total := range strength {
		if total > highest {
			best, highest = a.names[place], total
		}
	}
	return best
}

// keptAffinity is an affinity as it is kept: by category, how strongly others follow.
type keptAffinity map[string]map[string]float64

func (k keptAffinity) add(one, other string, strength float64) {
	for _, names := range [][2]string{{one, other}, {other, one}} {
		if k[names[0]] == nil {
			k[names[0]] = map[string]float64{}
		}
		k[names[0]][names[1]] = strength
	}
}

// affinity numbers the categories. Whatever follows one is followed by it, so that every name is a key.
func (k keptAffinity) affinity() *Affinity {
	a := &Affinity{names: slices.Sorted(maps.Keys(k)), at: map[string]int32{}}
	for place, name := range a.names {
		a.at[name] = int32(place)
	}
	a.follows = make([][]follower, len(a.names))
	for place, name := range a.names {
		for _, other := range slices.Sorted(maps.Keys(k[name])) {
			if to, known := a.at[other]; known {
				a.follows[place] = append(a.follows[place], follower{to, k[name][other]})
			}
		}
	}
	return a
}

// MarshalJSON writes what the affinity knows, so that it can be kept.
func (a *Affinity) MarshalJSON() ([]byte, error) {
	kept := keptAffinity{}
	for place, name := range a.names {
		for _, f := range a.follows[place] {
			kept.add(name, a.names[f.place], f.strength)
		}
	}
	return json.Marshal(kept)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (a *Affinity) UnmarshalJSON(text []byte) error {
	kept := keptAffinity{}
	if err := json.Unmarshal(text, &kept); err != nil {
		return err
	}
	*a = *kept.affinity()
	return nil
}
