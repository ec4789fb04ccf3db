package basket

import (
	"cmp"
	"slices"
)

// Purchase is one line of an order. Days are counted in the shop's time zone, from any day on.
type Purchase struct {
	Product  int64
	Order    int64
	Day      int32
	Category string // "" if it has none
}

func (p Purchase) compare(q Purchase) int {
	return cmp.Or(cmp.Compare(p.Day, q.Day), cmp.Compare(p.Order, q.Order), cmp.Compare(p.Product, q.Product))
}

const (
	// mostLines is how many different products of one order are looked at. Who orders more is stocking a shop, and would
	// bring the square of it in pairs.
	mostLines = 50
	// mostMet is how many meetings of one customer's products wait to be added up: an account with ten thousand orders
	// must not take the room of a whole shop.
	mostMet = 1 << 16
	// window is how many days may lie between two purchases that belong together.
	window = 90
)

// Learner counts purchases. It is not safe for concurrent use.
type Learner struct {
	day       int32
	places    map[int64]int32
	products  []product
	pairs     pairTally
	customers int32
	orders    int32

	// Of the customer at hand: the products of an order, those bought shortly before, and the pairs that met.
	basket []int32
	before []earlier
	met    []pair
	once   int // how many of met are known to be different
}

// earlier is a product bought in an earlier order.
type earlier struct{ place, day int32 }

// NewLearner returns a learner that has seen nobody and stands at the end of the given day: it leaves out what was
// bought later.
func NewLearner(day int32) *Learner {
	return &Learner{day: day, places: map[int64]int32{}}
}

// Add counts the purchases of one customer, in any order.
func (l *Learner) Add(purchases []Purchase) {
	bought := l.known(purchases)
	if len(bought) == 0 {
		return
	}
	l.customers++
	l.met, l.before, l.once = l.met[:0], l.before[:0], 0
	for from := 0; from < len(bought); {
		to := from + 1
		for to < len(bought) && bought[to].Order == bought[from].Order && bought[to].Day == bought[from].Day {
			to++
		}
		l.order(bought[from:to])
		from = to
	}
	l.pairs.add(l.met)
	for _, v := range visits(bought) {
		l.products[l.places[v.product]].count(v, l.day)
	}
}

// known returns what was bought by the learner's day, by day and order, each product once per order.
func (l *Learner) known(purchases []Purchase) []Purchase {
	bought := slices.DeleteFunc(slices.Clone(purchases), func(p Purchase) bool { return p.Day > l.day })
	slices.SortFunc(bought, Purchase.compare)
	return slices.CompactFunc(bought, func(a, b Purchase) bool { return a.compare(b) == 0 })
}

// order counts the different products of one order.
func (l *Learner) order(lines []Purchase) {
	l.orders++
	l.basket = l.basket[:0]
	for _, p := range lines {
		l.basket = append(l.basket, l.place(p))
	}
	l.basket = l.sample(l.basket)
	day := lines[0].Day
	for i, a := range l.basket {
		l.products[a].orders++
		for _, b := range l.basket[:i] {
			l.met = append(l.met, pair{key: keyOf(a, b), orders: 1, weight: together})
		}
		for _, b := range l.before {
			if a != b.place && day-b.day <= window {
				l.met = append(l.met, pair{key: keyOf(a, b.place), weight: shortlyAfter})
			}
		}
	}
	if len(l.met) >= 2*max(l.once, mostMet) {
		l.met = condensed(l.met)
		l.once = len(l.met)
	}
	l.remember(day)
}

// remember puts the order's products before those of earlier orders, and forgets the oldest above the bound.
func (l *Learner) remember(day int32) {
	latest := make([]earlier, 0, 2*mostLines)
	for _, place := range l.basket {
		latest = append(latest, earlier{place, day})
	}
	for _, e := range l.before {
		if !slices.Contains(l.basket, e.place) {
			latest = append(latest, e)
		}
	}
	l.before = append(l.before[:0], latest[:min(len(latest), mostLines)]...)
}

// place returns where a product is counted.
func (l *Learner) place(p Purchase) int32 {
	place, known := l.places[p.Product]
	if !known {
		place = int32(len(l.products))
		l.places[p.Product] = place
		l.products = append(l.products, product{id: p.Product})
	}
	if p.Category != "" {
		l.products[place].category = p.Category
	}
	return place
}

// sample keeps at most mostLines of an order's products, always the same ones, spread by a hash over the range.
func (l *Learner) sample(basket []int32) []int32 {
	if len(basket) <= mostLines {
		return basket
	}
	slices.SortFunc(basket, func(a, b int32) int {
		x, y := l.products[a].id, l.products[b].id
		return cmp.Or(cmp.Compare(spread(x), spread(y)), cmp.Compare(x, y))
	})
	return basket[:mostLines]
}

// spread is the finaliser of SplitMix64 (Steele, Lea & Flood 2014, OOPSLA): near ids land far apart.
func spread(id int64) uint64 {
	x := uint64(id)
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
