package engine

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// categorySets are the categories that buyers bought, a byte or two per category.
type categorySets struct {
	names   []string
	numbers map[string]uint64 // of the names
	sets    []byte            // the numbers of each set, with how many there are before them
	places  []uint32          // of the buyers' sets; 0: an empty one
}

func newCategorySets(buyers int) *categorySets {
	return &categorySets{numbers: map[string]uint64{}, sets: []byte{0}, places: make([]uint32, buyers)}
}

// add keeps the set of the buyer at that index.
func (c *categorySets) add(buyer int, set []string) {
	c.places[buyer] = uint32(len(c.sets))
	c.sets = binary.AppendUvarint(c.sets, uint64(len(set)))
	for _, name := range set {
		number, known := c.numbers[name]
		if !known {
			number = uint64(len(c.names))
			c.names, c.numbers[name] = append(c.names, name), number
		}
		c.sets = binary.AppendUvarint(c.sets, number)
	}
}

// of appends the set of the buyer at that index.
func (c *categorySets) of(buyer int, into []string) []string {
	set := c.sets[c.places[buyer]:]
	n, size := binary.Uvarint(set)
	for range n {
		set = set[size:]
		var number uint64
		number, size = binary.Uvarint(set)
		into = append(into, c.names[number])
	}
	return into
}

// addCategories takes up what a buyer bought, for all together and, where that is wanted, for them alone.
func (p *population) addCategories(id int64, set []string) {
	p.categories.Add(set)
	if p.sets == nil {
		return
	}
	if at, found := slices.BinarySearchFunc(p.buyers, id, func(b buyer, id int64) int { return cmp.Compare(b.id, id) }); found {
		p.sets.add(at, set)
	}
}
