package basket

import (
	"cmp"
	"math"
	"slices"
)

// Reason says why a product is suggested.
type Reason string

// The reasons of a suggestion.
const (
	Due      Reason = "due"      // the customer has bought it before, and it is time again
	Because  Reason = "because"  // it goes with something the customer has bought
	Category Reason = "category" // it sells well in the category that comes next
	Popular  Reason = "popular"  // it sells well
)

// Suggestion is a product that a customer will want.
type Suggestion struct {
	Product int64
	Reason  Reason
	Of      int64   // for [Because], the purchase it goes with best; else 0
	Score   float64 // Due: the chance; Because: mean strength over the purchases; else recent buyers. Orders only within a reason
}

const (
	// mostRecalled is how many of a customer's products are looked at, the latest first.
	mostRecalled = 100
	// fading is after how many days a purchase says half as much of what goes with it.
	fading = 90
)

// Advisor suggests products, customer by customer. It is not safe for concurrent use.
type Advisor struct {
	*Model
	strength []float64 // by place, of the customer at hand; 0 outside touched
	best     []reasonable
	touched  []int32
	bought   map[int64]bool
}

// reasonable is the purchase that speaks most for a product.
type reasonable struct {
	strength float64
	of       int64
}

// Advisor returns an advisor over the model.
func (m *Model) Advisor() *Advisor {
	return &Advisor{Model: m, strength: make([]float64, len(m.products)), best: make([]reasonable, len(m.products))}
}

// Next suggests up to n products for a customer's purchases, all different and none withdrawn, the first one first: what
// is due again, then what goes with the purchases, then what sells well. One place is never left to what is due, so that
// there is something new; it goes to the category that comes next, unless the others show it already or category is "".
// Nothing the customer has is suggested as new, and no durable product is ever due.
func (a *Advisor) Next(purchases []Purchase, category string, n int) []Suggestion {
	bought := slices.DeleteFunc(slices.Clone(purchases), func(p Purchase) bool { return p.Day > a.day })
	own := visits(bought)
	a.bought = make(map[int64]bool, len(own))
	for _, v := range own {
		a.bought[v.product] = true
	}
	fresh := a.fresh(own)
	out := a.due(own)
	out = append(out[:min(len(out), max(n-1, 0))], fresh...)
	if len(out) < n {
		out = a.fill(out, n)
	}
	return a.show(out[:min(len(out), n)], fresh, category)
}

// due returns what a customer will want again, the most probable first.
func (a *Advisor) due(own []visit) (out []Suggestion) {
	for _, v := range own {
		place, known := a.places[v.product]
		if !known || !a.offered[place] {
			continue
		}
		if chance := a.products[place].due(v, a.day); chance > 0 {
			out = append(out, Suggestion{Product: v.product, Reason: Due, Score: chance})
		}
	}
	slices.SortFunc(out, Suggestion.compare)
	return out
}

// compare puts the higher score first.
func (s Suggestion) compare(t Suggestion) int {
	return cmp.Or(cmp.Compare(t.Score, s.Score), cmp.Compare(s.Product, t.Product))
}

// fresh returns what goes with a customer's purchases and is not among them, the strongest first.
func (a *Advisor) fresh(own []visit) []Suggestion {
	total := 0.0
	for _, v := range own[:min(len(own), mostRecalled)] {
		place, known := a.places[v.product]
		if !known {
			continue
		}
		weight := math.Exp2(-float64(a.day-v.last) / fading)
		total += weight
		for _, f := range a.follows[place] {
			a.add(f.place, weight*f.strength, v.product)
		}
	}
	var out []Suggestion
	for _, place := range a.touched {
		if id := a.products[place].id; !a.bought[id] {
			out = append(out, Suggestion{Product: id, Reason: Because, Of: a.best[place].of, Score: a.strength[place] / total})
		}
		a.strength[place], a.best[place] = 0, reasonable{}
	}
	a.touched = a.touched[:0]
	slices.SortFunc(out, Suggestion.compare)
	return out
}

func (a *Advisor) add(place int32, strength float64, of int64) {
	if a.strength[place] == 0 {
		a.touched = append(a.touched, place)
	}
	a.strength[place] += strength
	if strength > a.best[place].strength {
		a.best[place] = reasonable{strength, of}
	}
}

// fill adds what sells well up to n suggestions.
func (a *Advisor) fill(out []Suggestion, n int) []Suggestion {
	for _, place := range a.popular {
		if len(out) == n {
			break
		}
		if p := &a.products[place]; !a.bought[p.id] && !suggested(out, p.id) {
			out = append(out, Suggestion{Product: p.id, Reason: Popular, Score: float64(p.recent)})
		}
	}
	return out
}

func suggested(out []Suggestion, id int64) bool {
	return slices.ContainsFunc(out, func(s Suggestion) bool { return s.Product == id })
}

// show gives the last place to the category that comes next, unless it has one.
func (a *Advisor) show(out, fresh []Suggestion, category string) []Suggestion {
	if category == "" || len(out) == 0 || slices.ContainsFunc(out, func(s Suggestion) bool { return a.in(s.Product, category) }) {
		return out
	}
	for _, s := range fresh {
		if a.in(s.Product, category) {
			out[len(out)-1] = s
			return out
		}
	}
	for _, place := range a.shelves[category] {
		if p := &a.products[place]; !a.bought[p.id] {
			out[len(out)-1] = Suggestion{Product: p.id, Reason: Category, Score: float64(p.recent)}
			return out
		}
	}
	return out
}

func (a *Advisor) in(id int64, category string) bool {
	return a.products[a.places[id]].category == category
}
