package lift_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"treue/campaigns/lift"
)

// customer is one row of amounts: an outcome and three covariates.
type customer [lift.Amounts]float64

// customers draws rows as shops have them: most did nothing in the window, and spent something before.
func customers(t *rapid.T, name string, least, most int) []customer {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) (c customer) {
		if rapid.IntRange(0, 3).Draw(t, "buys") == 0 {
			c[0] = float64(rapid.IntRange(-4_000, 40_000).Draw(t, "cents")) / 100
		}
		for i := 1; i < lift.Amounts; i++ {
			if rapid.Bool().Draw(t, "known") {
				c[i] = float64(rapid.IntRange(0, 30_000).Draw(t, "covariate")) / 100
			}
		}
		return c
	}), least, most).Draw(t, name)
}

func sumUp(origin [lift.Amounts]float64, rows ...customer) lift.Joint {
	s := lift.Joint{Origin: origin}
	for _, r := range rows {
		s.Add(r[:]...)
	}
	return s
}

// origins draws what is subtracted before summing.
func origins(t *rapid.T) (origin [lift.Amounts]float64) {
	for i := range origin {
		origin[i] = rapid.Float64Range(-100, 100).Draw(t, "origin")
	}
	return origin
}

// alike holds sums to each other as well as their size allows: 120 rows of at most 500.
func alike(a, b lift.Joint) bool {
	near := func(x, y []float64, size float64) bool {
		return slices.EqualFunc(x, y, func(x, y float64) bool { return math.Abs(x-y) < 1e-11*size })
	}
	return a.N == b.N && near(a.First[:], b.First[:], 1e5) && near(a.Second[:], b.Second[:], 1e8) &&
		near(a.Third[:], b.Third[:], 1e11)
}

// TestJointMergesInAnyPartition: whatever parts the customers are summed in, and whatever origin each part has, the
// merged sums are those of the whole.
func TestJointMergesInAnyPartition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := customers(t, "rows", 1, 80)
		origin := origins(t)
		whole := sumUp(origin, rows...)
		parts := make([]lift.Joint, rapid.IntRange(1, 5).Draw(t, "parts"))
		for i := range parts {
			parts[i].Origin = origin
			if rapid.Bool().Draw(t, "other origin") {
				parts[i].Origin = origins(t)
			}
		}
		for _, r := range rows {
			parts[rapid.IntRange(0, len(parts)-1).Draw(t, "part")].Add(r[:]...)
		}
		var merged lift.Joint
		for _, p := range parts {
			merged = merged.Merge(p)
		}
		if !alike(merged.Rebase(origin), whole) {
			t.Fatalf("merged %+v, whole %+v", merged.Rebase(origin), whole)
		}
	})
}

// TestJointSumsWeightedAmounts: the sums of a weighted sum are those of the customers' weighted amounts, and the moments
// those of the definition.
func TestJointSumsWeightedAmounts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := customers(t, "rows", 2, 60)
		w := rapid.SliceOfN(rapid.Float64Range(-2, 2), lift.Amounts, lift.Amounts).Draw(t, "weights")
		s := sumUp([lift.Amounts]float64{}, rows...)
		var want lift.Sums
		var mean customer
		for _, r := range rows {
			y := 0.0
			for i, a := range r {
				y += w[i] * a
				mean[i] += a / float64(len(rows))
			}
			want.Add(y)
		}
		got := s.Linear(w...)
		if got.N != want.N || math.Abs(got.Y-want.Y) > 1e-7 || math.Abs(got.Y2-want.Y2) > 1e-4 || math.Abs(got.Y3-want.Y3) > 1 {
			t.Fatalf("%+v, want %+v", got, want)
		}
		for i := range lift.Amounts {
			for j := range lift.Amounts {
				cov := 0.0
				for _, r := range rows {
					cov += (r[i] - mean[i]) * (r[j] - mean[j]) / float64(len(rows)-1)
				}
				if math.Abs(s.Covariance(i, j)-cov) > 1e-7 || math.Abs(s.Mean(i)-mean[i]) > 1e-9 {
					t.Fatalf("covariance %d, %d: %v, want %v", i, j, s.Covariance(i, j), cov)
				}
			}
		}
	})
}

// TestProductsDeliverAnArm: summing the listed products, as one query does, gives the sums.
func TestProductsDeliverAnArm(t *testing.T) {
	t.Parallel()
	rows := []customer{{12, 1, 2, 3}, {0, 4, 0, 1}, {-7, 0, 0, 9}, {3, 3, 3, 0}}
	origin := [lift.Amounts]float64{1, 2, 0, -1}
	sums := make([]float64, len(lift.Products()))
	for i, factors := range lift.Products() {
		for _, r := range rows {
			product := 1.0
			for _, f := range factors {
				product *= r[f] - origin[f]
			}
			sums[i] += product
		}
	}
	got, err := lift.JointOf(int64(len(rows)), origin, sums)
	if want := sumUp(origin, rows...); err != nil || got != want {
		t.Errorf("%+v (%v), want %+v", got, err, want)
	}
	if _, err := lift.JointOf(4, origin, sums[1:]); lift.ReasonOf(err) != lift.OutOfRange {
		t.Errorf("a sum less: %v", err)
	}
}

// TestOriginKeepsDigits: amounts around a million with a spread of 1 lose their third moment without an origin.
func TestOriginKeepsDigits(t *testing.T) {
	t.Parallel()
	const far = 1e6
	shifted, plain := lift.Joint{Origin: [lift.Amounts]float64{far}}, lift.Joint{}
	var near lift.Sums
	for i := range 1000 {
		y := math.Exp(math.Sin(float64(i)))
		near.Add(y)
		shifted.Add(far + y)
		plain.Add(far + y)
	}
	want := near.ThirdMoment()
	if got := shifted.Linear(1).ThirdMoment(); math.Abs(got/want-1) > 1e-6 {
		t.Errorf("third moment %v with an origin, want %v", got, want)
	}
	if got := plain.Linear(1).ThirdMoment(); math.Abs(got/want-1) < 1e-6 {
		t.Error("no digits are lost without an origin: the test proves nothing")
	}
	if got := shifted.Mean(0); math.Abs(got-far-near.Mean()) > 1e-6 {
		t.Errorf("mean %v", got)
	}
}

func TestShiftedSums(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ys := outcomes(t, "outcomes", 50)
		by := rapid.Float64Range(-50, 50).Draw(t, "by")
		moved := make([]float64, len(ys))
		for i, y := range ys {
			moved[i] = y + by
		}
		got, want := lift.SumsOf(ys).Shift(by), lift.SumsOf(moved)
		size := math.Pow(4100, 3) * 50
		if got.N != want.N || !same(got.Y, want.Y, 1e6) || !same(got.Y2, want.Y2, 1e9) || !same(got.Y3, want.Y3, size) {
			t.Fatalf("%+v, want %+v", got, want)
		}
	})
}
