package basket

import (
	"cmp"
	"math"
	"slices"
)

// product is what is counted of one product.
type product struct {
	id       int64
	category string
	buyers   int32
	orders   int32
	recent   int32 // buyers within the last window
	settled  int32 // buyers who have had a window's time to buy it again
	again    int32 // settled buyers who did, on another day
	gaps     gaps
}

// visit is when a customer bought a product.
type visit struct {
	product     int64
	first, last int32
	days        int32   // different ones
	gaps        []int32 // between them
}

// visits groups purchases by product; the latest bought comes first.
func visits(bought []Purchase) []visit {
	bought = slices.Clone(bought)
	slices.SortFunc(bought, func(a, b Purchase) int { return cmp.Or(cmp.Compare(a.Product, b.Product), cmp.Compare(a.Day, b.Day)) })
	var all []visit
	for _, p := range bought {
		if n := len(all); n == 0 || all[n-1].product != p.Product {
			all = append(all, visit{product: p.Product, first: p.Day, last: p.Day, days: 1})
			continue
		}
		if v := &all[len(all)-1]; p.Day > v.last {
			v.gaps = append(v.gaps, p.Day-v.last)
			v.last = p.Day
			v.days++
		}
	}
	slices.SortFunc(all, func(a, b visit) int { return cmp.Or(cmp.Compare(b.last, a.last), cmp.Compare(a.product, b.product)) })
	return all
}

// count adds a buyer.
func (p *product) count(v visit, day int32) {
	p.buyers++
	if day-v.last < window {
		p.recent++
	}
	if day-v.first >= window {
		p.settled++
		if v.days > 1 {
			p.again++
		}
	}
	for _, days := range v.gaps {
		p.gaps.add(days)
	}
}

const (
	// durableBelow is the share of buyers who buy again under which a product is bought once and for good.
	durableBelow = 0.1
	// doubters are buyers without a second purchase who are added to every product: one that few have bought is durable
	// until it shows otherwise.
	doubters = 5
)

// rebuys returns the share of a product's buyers who buy it again, a little low where few have bought it.
func (p *product) rebuys() float64 { return float64(p.again) / (float64(p.settled) + doubters) }

// durable reports whether hardly anybody buys the product twice.
func (p *product) durable() bool { return p.rebuys() < durableBelow }

const (
	// lookahead is how many days a suggestion is expected to serve: it counts as due what becomes due within them.
	lookahead = 28
	// dueFrom is the part of its rhythm after which a product is due, since few buyers are punctual.
	dueFrom = 0.75
	// lateness is how many rhythms after the due day halve the chance that the customer still comes back for it.
	lateness = 4
)

// due returns the chance that a customer wants a product again within the next weeks; 0 before it is due by the rhythm
// of its buyers and the customer's own, and always 0 for a durable product.
func (p *product) due(v visit, day int32) float64 {
	if p.durable() {
		return 0
	}
	// The customer's own gaps, and one more of the length usual for the product.
	rhythm := (p.gaps.median() + float64(v.last-v.first)) / float64(v.days)
	age := float64(day - v.last)
	if age+lookahead < dueFrom*rhythm || age < rhythm/4 {
		return 0
	}
	// The customer's repurchases weigh as if two others with the product's share had been seen before.
	chance := (2*p.rebuys() + float64(v.days-1)) / float64(2+v.days-1)
	return chance * math.Exp2(-max(age/rhythm-1, 0)/lateness)
}

// gaps counts days between two purchases of one product by one customer, in classes that grow by a fourth: room that
// does not grow, for a median that is at most an eighth off.
type gaps [gapClasses]int32

const (
	gapClasses = 32
	gapGrowth  = 1.25
)

func (g *gaps) add(days int32) {
	g[min(int(math.Log(float64(days))/math.Log(gapGrowth)), gapClasses-1)]++
}

// median returns the middle of the class in which the median lies, in days; NaN without a gap.
func (g *gaps) median() float64 {
	total := int32(0)
	for _, n := range g {
		total += n
	}
	seen := int32(0)
	for class, n := range g {
		if seen += n; n > 0 && 2*seen >= total {
			return math.Pow(gapGrowth, float64(class)+0.5)
		}
	}
	return math.NaN()
}
