package features

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestBelowIsTheShareStrictlyBelow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-3, 3), 1, 40).Draw(r, "values")
		for i := range values {
			values[i] = math.Round(values[i]) // ties
		}
		v := math.Round(rapid.Float64Range(-4, 4).Draw(r, "v"))
		below := 0
		for _, other := range values {
			if other < v {
				below++
			}
		}
		want := float64(below) / float64(len(values))
		if got := NewDistribution(append(values, math.NaN(), math.Inf(1))).Below(v); got != want {
			r.Errorf("%v below %v: %v, want %v", values, v, got, want)
		}
	})
	for _, got := range []float64{NewDistribution(nil).Below(1), NewDistribution([]float64{1}).Below(math.NaN())} {
		if !math.IsNaN(got) {
			t.Errorf("%v, want unknown", got)
		}
	}
}

// TestKeptDistribution: all values of a shop of the usual size are kept, and of a larger one so many that no share is off
// by more than one part of them.
func TestKeptDistribution(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 5))
	for _, n := range []int{0, 1, 1000, keptValues, 3*keptValues + 7} {
		values := make([]float64, n)
		for i := range values {
			values[i] = r.ExpFloat64()
		}
		all := NewDistribution(slices.Clone(values))
		slices.Sort(values)
		text, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		var kept Distribution
		if err := json.Unmarshal(text, &kept); err != nil {
			t.Fatal(err)
		}
		for range 500 {
			v := r.ExpFloat64()
			below, _ := slices.BinarySearch(values, v)
			want := float64(below) / float64(n)
			off := math.Abs(all.Below(v) - want)
			if n > keptValues && off > 1.0/keptValues || n > 0 && n <= keptValues && off != 0 || n == 0 && !math.IsNaN(all.Below(v)) {
				t.Fatalf("of %d values %v below %v, want %v", n, all.Below(v), v, want)
			}
			if n > 0 && kept.Below(v) != all.Below(v) {
				t.Fatalf("of %d values kept %v below %v, want %v", n, kept.Below(v), v, all.Below(v))
			}
		}
	}
}

func TestKeptAffinity(t *testing.T) {
	t.Parallel()
	var sets [][]string
	for i := range 60 {
		sets = append(sets, [][]string{{"beans", "mills"}, {"tea"}, {"beans"}, {"cups", "tea"}}[i%4])
	}
	all := NewAffinity(sets)
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	var kept Affinity
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	for _, bought := range [][]string{nil, {"beans"}, {"tea"}, {"beans", "tea"}, {"beans", "mills"}, {"unknown"}} {
		if got, want := kept.Next(bought), all.Next(bought); got != want {
			t.Errorf("%v: %q, want %q", bought, got, want)
		}
	}
	if all.Next([]string{"beans"}) != "mills" {
		t.Errorf("beans are followed by %q", all.Next([]string{"beans"}))
	}
}
