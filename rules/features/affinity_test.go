package features

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// repeated is n customers who bought the same.
func repeated(n int, categories ...string) [][]string {
	return slices.Repeat([][]string{categories}, n)
}

func TestNextCategory(t *testing.T) {
	t.Parallel()
	shop := slices.Concat(
		repeated(40, "beans", "mills"), repeated(60, "beans"), repeated(4, "beans", "vases"), repeated(100, "tea"),
		repeated(30, "pots", "tea"), repeated(6, "pots", "scales", "tea"), repeated(90, "books"), repeated(10, "beans", "books"),
	)
	a := NewAffinity(shop)
	for _, c := range []struct {
		bought []string
		want   string
		why    string
	}{
		{[]string{"beans"}, "mills", "40 of 114 buyers of beans have a mill, of all 340 customers only 40"},
		{[]string{"beans", "mills"}, "", "vases have four joint buyers, books fewer than chance would bring"},
		{[]string{"tea"}, "pots", "36 of 136 against 36 of 340"},
		{[]string{"pots", "tea"}, "scales", "6 of 36 against 6 of 340"},
		{[]string{"books"}, "", "fewer than chance would bring"},
		{[]string{"beans", "tea"}, "mills", "a mill follows from beans more strongly than a pot from tea"},
		{[]string{"unheard of"}, "", "nobody bought it"},
		{nil, "", "nothing was bought"},
	} {
		if got := a.Next(c.bought); got != c.want {
			t.Errorf("after %q: %q, want %q: %s", c.bought, got, c.want, c.why)
		}
	}
}

func TestNextCategoryTiesAreBytewise(t *testing.T) {
	t.Parallel()
	shop := slices.Concat(repeated(10, "x", "Äpfel"), repeated(10, "Zimt", "x"), repeated(10, "apfel", "x"), repeated(90, "other"))
	if got := NewAffinity(shop).Next([]string{"x"}); got != "Zimt" {
		t.Errorf("%q, want the smallest by bytes of three equals", got)
	}
}

// TestEvidenceBeatsTheRarePair holds that five buyers of two rare things do not outrank two hundred.
func TestEvidenceBeatsTheRarePair(t *testing.T) {
	t.Parallel()
	shop := slices.Concat(repeated(200, "beans", "mills"), repeated(5, "beans", "urns"), repeated(300, "tea"))
	// Everyone with an urn has beans, as has everyone with a mill: the plain lifts are equal.
	if got := NewAffinity(shop).Next([]string{"beans"}); got != "mills" {
		t.Errorf("%q, want mills", got)
	}
}

// TestResellersTeachNothing holds that accounts which bought nearly everything neither count nor cost.
func TestResellersTeachNothing(t *testing.T) {
	t.Parallel()
	everything := make([]string, 3000)
	for i := range everything {
		everything[i] = fmt.Sprintf("category %04d", i)
	}
	shop := slices.Concat(repeated(50, everything...), repeated(20, "beans", "mills"), repeated(20, "tea"))
	a := NewAffinity(shop)
	if got := a.Next(everything[:1]); got != "" {
		t.Errorf("%q follows from a reseller's purchase", got)
	}
	if got := a.Next([]string{"beans"}); got != "mills" {
		t.Errorf("%q, want mills", got)
	}
}

// TestNextCategoryByItsDefinition compares with counting the whole shop anew for every candidate, in another order.
func TestNextCategoryByItsDefinition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"a", "b", "c", "d", "e", "f"}
		var shop [][]string
		for range rapid.IntRange(0, 12).Draw(t, "kinds of customer") {
			set := rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 4, rapid.ID).Draw(t, "set")
			slices.Sort(set)
			shop = append(shop, repeated(rapid.IntRange(1, 9).Draw(t, "of them"), set...)...)
		}
		shuffled := slices.Clone(shop)
		rand.New(rand.NewPCG(1, 1)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		bought := rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 4, rapid.ID).Draw(t, "bought")
		slices.Sort(bought)
		got, want := NewAffinity(shuffled).Next(bought), nextByDefinition(shop, names, bought)
		if got != want {
			t.Fatalf("after %q: %q, want %q", bought, got, want)
		}
	})
}

func nextByDefinition(shop [][]string, names, bought []string) string {
	count := func(categories ...string) (n float64) {
		for _, set := range shop {
			all := len(set) > 0
			for _, c := range categories {
				all = all && slices.Contains(set, c)
			}
			if all {
				n++
			}
		}
		return n
	}
	best, highest := "", 0.0
	for _, candidate := range names {
		sum := 0.0
		for _, has := range bought {
			expected, joint := count(candidate)*count(has)/count(), count(candidate, has)
			if slices.Contains(bought, candidate) || joint < 5 || joint <= expected {
				continue
			}
			sum += joint / math.Sqrt((count(candidate)+5)*(count(has)+5))
		}
		if sum > highest {
			best, highest = candidate, sum
		}
	}
	return best
}

// BenchmarkAffinity learns from 100,000 customers.
func BenchmarkAffinity(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	shop := make([][]string, 100_000)
	for i := range shop {
		for range 1 + r.IntN(6) {
			shop[i] = append(shop[i], fmt.Sprintf("category %03d", int(200*r.Float64()*r.Float64())))
		}
		slices.Sort(shop[i])
		shop[i] = slices.Compact(shop[i])
	}
	for b.Loop() {
		a := NewAffinity(shop)
		for _, set := range shop {
			a.Next(set)
		}
	}
}
