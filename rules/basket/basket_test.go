package basket

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The products of an invented shop.
const (
	machine int64 = iota + 1 // durable
	grinder                  // durable, bought by who bought a machine
	beans                    // bought again every 30 days
	cup                      // a best-seller of everybody
	kettle                   // durable, of other people
	tea                      // bought by who has a kettle
)

const today = 1000

func buys(order int64, day int32, products ...int64) (all []Purchase) {
	categories := map[int64]string{machine: "machines", grinder: "grinders", beans: "beans", cup: "tableware", kettle: "kettles", tea: "teas"}
	for _, p := range products {
		all = append(all, Purchase{Product: p, Order: order, Day: day, Category: categories[p]})
	}
	return all
}

// shop has 60 friends of coffee, 60 of tea and 80 who bought a cup.
func shop() (all [][]Purchase) {
	for i := range int64(60) {
		drinker := slices.Concat(buys(1, 700, machine, grinder), buys(2, 730, cup, beans), buys(3, 760+int32(i%3), beans), buys(4, 790, beans))
		all = append(all, drinker, slices.Concat(buys(1, 850, kettle, tea), buys(2, 950, tea)))
	}
	for range 80 {
		all = append(all, buys(1, 980, cup))
	}
	return all
}

func learned(t testing.TB, all [][]Purchase, withdrawn ...int64) *Model {
	t.Helper()
	l := NewLearner(today)
	for i, purchases := range all {
		for k := range purchases {
			purchases[k].Order += int64(i) * 100
		}
		l.Add(purchases)
	}
	return l.Model(func(id int64) bool { return !slices.Contains(withdrawn, id) })
}

func TestNext(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		bought    []Purchase
		category  string
		withdrawn []int64
		first     Suggestion
		never     []int64
	}{
		{
			name: "what goes with a durable product", bought: buys(1, 990, machine),
			first: Suggestion{Product: grinder, Reason: Because, Of: machine}, never: []int64{machine},
		},
		{
			name: "withdrawn", bought: buys(1, 990, machine), withdrawn: []int64{grinder},
			first: Suggestion{Product: beans, Reason: Because, Of: machine}, never: []int64{machine, grinder},
		},
		{
			name: "due by the rhythm", bought: slices.Concat(buys(1, 900, machine, beans), buys(2, 935, beans), buys(3, 970, beans)),
			first: Suggestion{Product: beans, Reason: Due}, never: []int64{machine},
		},
		{
			name: "not due yet", bought: slices.Concat(buys(1, 960, machine, beans), buys(2, 999, beans)),
			first: Suggestion{Product: grinder, Reason: Because, Of: machine}, never: []int64{machine, beans},
		},
		{
			name: "due, but withdrawn", bought: buys(1, 960, tea), withdrawn: []int64{tea},
			first: Suggestion{Product: kettle, Reason: Because, Of: tea}, never: []int64{tea},
		},
		{
			name: "nothing is known of it", bought: buys(1, 960, 99),
			first: Suggestion{Product: cup, Reason: Popular}, never: []int64{99, machine},
		},
		{
			name: "bought after the day", bought: buys(1, 1001, machine),
			first: Suggestion{Product: cup, Reason: Popular}, never: []int64{grinder},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			next := learned(t, shop(), c.withdrawn...).Advisor().Next(c.bought, c.category, 5)
			if len(next) == 0 {
				t.Fatal("nothing is suggested")
			}
			got := next[0]
			if got.Score <= 0 {
				t.Errorf("score %v", got.Score)
			}
			if got.Score = 0; got != c.first {
				t.Errorf("first %+v, want %+v", got, c.first)
			}
			for _, s := range next {
				if slices.Contains(c.never, s.Product) {
					t.Errorf("%d is suggested: %+v", s.Product, next)
				}
			}
		})
	}
}

// TestTheNextCategoryIsShown holds that the last place goes to the category that comes next.
func TestTheNextCategoryIsShown(t *testing.T) {
	t.Parallel()
	a := learned(t, shop()).Advisor()
	for _, c := range []struct {
		category string
		n        int
		want     Suggestion
	}{
		{"beans", 1, Suggestion{Product: beans, Reason: Because, Of: machine}},
		{"grinders", 1, Suggestion{Product: grinder, Reason: Because, Of: machine}},
		{"teas", 1, Suggestion{Product: tea, Reason: Category}},
		{"unheard of", 1, Suggestion{Product: grinder, Reason: Because, Of: machine}},
	} {
		next := a.Next(buys(1, 990, machine), c.category, c.n)
		last := next[len(next)-1]
		if last.Score = 0; last != c.want || len(next) != c.n {
			t.Errorf("%s: %+v, want %+v", c.category, next, c.want)
		}
	}
	if got := a.Next(buys(1, 990, machine), "teas", 0); len(got) != 0 {
		t.Errorf("%+v for no places", got)
	}
}

// TestSomethingNewIsLeft holds that what is due never takes the last place.
func TestSomethingNewIsLeft(t *testing.T) {
	t.Parallel()
	var all [][]Purchase
	for range 40 {
		all = append(all, slices.Concat(buys(1, 700, 11, 12, 13, 14, 15, 16), buys(2, 730, 11, 12, 13, 14, 15, 17), buys(3, 760, 11, 12, 13, 14, 15)))
	}
	for range 100 {
		all = append(all, buys(1, 990, cup))
	}
	next := learned(t, all).Advisor().Next(buys(1, 970, 11, 12, 13, 14, 15), "", 5)
	due := 0
	for _, s := range next {
		if s.Reason == Due {
			due++
		}
	}
	if due != 4 || len(next) != 5 || next[4].Reason != Because {
		t.Errorf("%+v", next)
	}
}

func TestBundles(t *testing.T) {
	t.Parallel()
	got := learned(t, shop()).Bundles()
	// Cups are ordered with beans, but no more often than chance would have it.
	want := [][2]int64{{machine, grinder}, {tea, kettle}}
	if len(got) != 2 {
		t.Fatalf("%+v", got)
	}
	for _, b := range got {
		if !slices.Contains(want, b.Products) || b.Orders != 60 || b.Lift < leastLift {
			t.Errorf("%+v", b)
		}
	}
	// Of 440 orders, 60 are of a machine and 60 of a grinder.
	if got[0].Products != want[0] || math.Abs(got[0].Lift-(60+5)/(60.0*60/440+5)) > 1e-9 {
		t.Errorf("%+v", got[0])
	}
	if got := learned(t, shop(), machine).Bundles(); len(got) != 1 || got[0].Products != want[1] {
		t.Errorf("%+v without machines", got)
	}
}

// drawn is a shop in which anything may have happened.
func drawn(t *rapid.T) (all [][]Purchase) {
	for range rapid.IntRange(0, 20).Draw(t, "kinds of customer") {
		var purchases []Purchase
		for range rapid.IntRange(0, 12).Draw(t, "lines") {
			purchases = append(purchases, Purchase{
				Product: rapid.Int64Range(1, 12).Draw(t, "product"), Order: rapid.Int64Range(1, 4).Draw(t, "order"),
				Day: rapid.Int32Range(today-400, today+5).Draw(t, "day"), Category: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "category"),
			})
		}
		for range rapid.IntRange(1, 15).Draw(t, "of them") {
			all = append(all, purchases)
		}
	}
	return all
}

// TestSuggestionsAreSound holds what no shop may break, and that the order of customers and lines changes nothing.
func TestSuggestionsAreSound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := drawn(t)
		withdrawn := rapid.Int64Range(1, 12).Draw(t, "withdrawn")
		offered := func(id int64) bool { return id != withdrawn }
		learn := func(all [][]Purchase) *Model {
			l := NewLearner(today)
			for _, purchases := range all {
				l.Add(purchases)
			}
			return l.Model(offered)
		}
		shuffled := make([][]Purchase, len(all))
		r := rand.New(rand.NewPCG(1, 2))
		for i, at := range r.Perm(len(all)) {
			shuffled[at] = slices.Clone(all[i])
			r.Shuffle(len(all[i]), func(a, b int) { shuffled[at][a], shuffled[at][b] = shuffled[at][b], shuffled[at][a] })
		}
		m, other := learn(all), learn(shuffled)
		if !slices.Equal(m.Bundles(), other.Bundles()) || m.Customers() != other.Customers() || m.Orders() != other.Orders() {
			t.Fatalf("%+v, in another order %+v", m.Bundles(), other.Bundles())
		}
		a, b := m.Advisor(), other.Advisor()
		for _, purchases := range all {
			next := a.Next(purchases, "a", 5)
			sound(t, m, purchases, next, withdrawn)
			if again := b.Next(purchases, "", 5); !slices.Equal(again, a.Next(purchases, "", 5)) {
				t.Fatalf("%+v, in another order %+v", next, again)
			}
		}
	})
}

func sound(t *rapid.T, m *Model, purchases []Purchase, next []Suggestion, withdrawn int64) {
	had := func(id int64) bool {
		return slices.ContainsFunc(purchases, func(p Purchase) bool { return p.Product == id && p.Day <= today })
	}
	seen := map[int64]bool{}
	for i, s := range next {
		switch {
		case seen[s.Product]:
			t.Fatalf("%d twice in %+v", s.Product, next)
		case s.Product == withdrawn:
			t.Fatalf("%d is withdrawn: %+v", s.Product, next)
		case had(s.Product) != (s.Reason == Due):
			t.Fatalf("%+v of who bought %+v", s, purchases)
		case s.Reason == Due && (m.products[m.places[s.Product]].durable() || i == 4):
			t.Fatalf("%+v is durable or takes the last place", s)
		case s.Reason == Because && !had(s.Of):
			t.Fatalf("%+v because of something that was not bought", s)
		case !(s.Score > 0):
			t.Fatalf("score of %+v", s)
		}
		seen[s.Product] = true
	}
	if len(next) > 5 {
		t.Fatalf("%d suggestions", len(next))
	}
}

// TestHugeOrdersAreSampled holds that an order of a whole range costs no more than fifty lines, always the same ones.
func TestHugeOrdersAreSampled(t *testing.T) {
	t.Parallel()
	l, backwards := NewLearner(today), NewLearner(today)
	var range1 []Purchase
	for i := range int64(3000) {
		range1 = append(range1, Purchase{Product: i, Order: 1, Day: 900})
	}
	l.Add(range1)
	slices.Reverse(range1)
	backwards.Add(range1)
	pairs := l.pairs.all()
	if len(pairs) != mostLines*(mostLines-1)/2 || !slices.Equal(pairs, backwards.pairs.all()) {
		t.Errorf("%d pairs", len(pairs))
	}
}

// TestPairsAreBounded holds that room stays bounded, and that what met most is what is kept.
func TestPairsAreBounded(t *testing.T) {
	t.Parallel()
	tally := pairTally{limit: 1000}
	for i := range int32(5000) {
		tally.add([]pair{{key: keyOf(i, i+1), weight: 1}, {key: keyOf(7, 9), orders: 1, weight: together}})
	}
	all := tally.all()
	if len(all) > 1000 {
		t.Errorf("%d pairs", len(all))
	}
	if i := slices.IndexFunc(all, func(p pair) bool { return p.key == keyOf(7, 9) }); i < 0 || all[i].weight != 2*5000 || all[i].orders != 5000 {
		t.Errorf("the pair that met 5000 times: %+v", all)
	}
}

func TestMedianGap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.SliceOfN(rapid.Int32Range(1, 900), 1, 60).Draw(t, "gaps")
		var g gaps
		for _, d := range days {
			g.add(d)
		}
		slices.Sort(days)
		if got, want := g.median(), float64(days[(len(days)-1)/2]); got < want/1.13 || got > want*1.13 {
			t.Fatalf("median %v, want about %v", got, want)
		}
	})
}

// BenchmarkLearn learns from 100,000 customers and suggests to each.
func BenchmarkLearn(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	all := make([][]Purchase, 100_000)
	for i := range all {
		for k := range 1 + r.IntN(6) {
			for range 1 + r.IntN(4) {
				product := int64(5000 * r.Float64() * r.Float64())
				all[i] = append(all[i], Purchase{Product: product, Order: int64(i*10 + k), Day: int32(100*k + r.IntN(90))})
			}
		}
	}
	for b.Loop() {
		l := NewLearner(today)
		for _, purchases := range all {
			l.Add(purchases)
		}
		a := l.Model(func(int64) bool { return true }).Advisor()
		for _, purchases := range all {
			a.Next(purchases, "", 5)
		}
	}
}

// TestOneCustomerIsBounded holds that an account with very many orders takes no room for each of them, and counts as if
// it had all at once.
func TestOneCustomerIsBounded(t *testing.T) {
	t.Parallel()
	const orders, products = 400, 40
	var bought []Purchase
	for o := range int64(orders) {
		for p := range int64(products) {
			bought = append(bought, Purchase{Product: p, Order: o, Day: int32(o)})
		}
	}
	l := NewLearner(orders)
	l.Add(bought)
	if cap(l.met) > 8*mostMet {
		t.Errorf("room for %d pairs", cap(l.met))
	}
	all := l.pairs.all()
	if len(all) != products*(products-1)/2 {
		t.Fatalf("%d pairs", len(all))
	}
	for _, p := range all {
		if p.orders != orders || p.weight != together {
			t.Fatalf("a pair counts %+v", p)
		}
	}
}
