package clv

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestAssessByHand(t *testing.T) {
	t.Parallel()
	predicted := []float64{4, 0, 1, 2, 3, 0, 0, 0, 0, 0}
	actual := []float64{2, 1, 0, 2, 5, 0, 0, 0, 0, 0}
	got, err := Assess(predicted, actual)
	if err != nil {
		t.Fatal(err)
	}
	// Errors 2, -1, 1, 0, -2: 6 in all, their squares 10. Around the means, both
	// 1, the squares sum to 30-10 and 34-10, the products to 27-10.
	want := Accuracy{Customers: 10, MAE: .6, RMSE: 1, Correlation: 17 / math.Sqrt(20*24), Ratio: 1, TopShare: .7}
	for what, pair := range map[string][2]float64{
		"MAE": {got.MAE, want.MAE}, "RMSE": {got.RMSE, want.RMSE}, "correlation": {got.Correlation, want.Correlation},
		"ratio": {got.Ratio, want.Ratio}, "top fifth": {got.TopShare, want.TopShare},
	} {
		if relative(pair[0], pair[1]) > 1e-12 {
			t.Errorf("%s %v, want %v", what, pair[0], pair[1])
		}
	}
}

func TestAssessBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(5, 60).Draw(rt, "n")
		amounts := rapid.SliceOfN(rapid.Float64Range(0, 50), n, n)
		predicted, actual := amounts.Draw(rt, "predicted"), amounts.Draw(rt, "actual")
		got, err := Assess(predicted, actual)
		if err != nil {
			rt.Fatal(err)
		}
		if got.MAE > got.RMSE*(1+1e-12) || math.Abs(got.Correlation) > 1+1e-12 || got.TopShare < 0 || got.TopShare > 1+1e-12 {
			rt.Fatalf("%+v", got)
		}
		perfect, err := Assess(actual, actual)
		if err != nil {
			rt.Fatal(err)
		}
		if perfect.MAE != 0 || perfect.RMSE != 0 || perfect.TopShare < got.TopShare*(1-1e-12) {
			rt.Fatalf("perfect %+v, other %+v", perfect, got)
		}
	})
}

func TestAssessWithoutSpread(t *testing.T) {
	t.Parallel()
	got, err := Assess([]float64{3, 3}, []float64{0, 0})
	if err != nil {
		t.Fatal(err)
	}
	if got.Correlation != 0 || got.Ratio != 0 || got.TopShare != 0 || got.MAE != 3 {
		t.Errorf("%+v", got)
	}
}

func TestValidationRefuses(t *testing.T) {
	t.Parallel()
	one, two, nan := []float64{1}, []float64{1, 2}, []float64{math.NaN(), 2}
	_, unequal := Assess(one, two)
	_, none := Assess(nil, nil)
	_, unknown := Assess(two, nan)
	_, deciles := ByDecile(two, one)
	_, frequency := ByFrequency(nil, two, two)
	_, bins := ByFrequency(make([]History, 2), nan, two)
	_, active := Accurate([]bool{true}, two)
	for name, tt := range map[string]struct {
		err     error
		want    string
		unequal bool
	}{
		"numbers differ":    {unequal, "assess: predictions and actuals differ in number: 1 and 2", true},
		"nobody":            {none, "at least one", true},
		"not a number":      {unknown, "customer 0: predicted 1, actual NaN", false},
		"deciles":           {deciles, "bin by decile", true},
		"without histories": {frequency, "0 histories, 2 actuals", true},
		"bins":              {bins, "bin by frequency: customer 0", false},
		"activity":          {active, "compare activity", true},
	} {
		checkError(t, tt.err, tt.want)
		if errors.Is(tt.err, ErrUnequal) != tt.unequal {
			t.Errorf("%s: %v is ErrUnequal: %v", name, tt.err, !tt.unequal)
		}
	}
}

func TestAccurate(t *testing.T) {
	t.Parallel()
	got, err := Accurate([]bool{true, true, false, false}, []float64{2, 0, 1, 0})
	if err != nil || got != .5 {
		t.Errorf("%v, %v, want .5", got, err)
	}
}

// TestBinsHoldEverybody: bins lose nobody and nothing.
func TestBinsHoldEverybody(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(rt, "n")
		amounts := rapid.SliceOfN(rapid.Float64Range(0, 50), n, n)
		predicted, actual := amounts.Draw(rt, "predicted"), amounts.Draw(rt, "actual")
		hs := rapid.SliceOfN(rapid.Custom(shortHistory), n, n).Draw(rt, "histories")
		frequency, err := ByFrequency(hs, predicted, actual)
		if err != nil {
			rt.Fatal(err)
		}
		deciles, err := ByDecile(predicted, actual)
		if err != nil {
			rt.Fatal(err)
		}
		want, err := Assess(predicted, actual)
		if err != nil {
			rt.Fatal(err)
		}
		for _, bins := range [][]Bin{frequency, deciles} {
			customers, sumP, sumA := 0, 0.0, 0.0
			for _, b := range bins {
				customers += b.Customers
				sumP += b.Predicted * float64(b.Customers)
				sumA += b.Actual * float64(b.Customers)
			}
			if customers != n || sumA > 0 && relative(sumP/sumA, want.Ratio) > 1e-9 {
				rt.Fatalf("%d customers, ratio %v, want %d, %v", customers, sumP/sumA, n, want.Ratio)
			}
		}
		for i, b := range deciles[1:] {
			if last := deciles[i]; b.Customers > 0 && last.Customers > 0 && b.Predicted > last.Predicted*(1+1e-12) {
				rt.Fatalf("decile %d is predicted %v, the one above it %v", i+2, b.Predicted, last.Predicted)
			}
			if d := b.Customers - deciles[0].Customers; d < -1 || d > 1 {
				rt.Fatalf("deciles of %d and %d customers", b.Customers, deciles[0].Customers)
			}
		}
	})
}

func TestHeuristics(t *testing.T) {
	t.Parallel()
	h := History{X: 6, Tx: 20, T: 30}
	for name, tt := range map[string]struct{ got, want float64 }{
		"rate":               {RateForward(10, h), 2},
		"rate, no time":      {RateForward(10, History{}), 0},
		"rate, no horizon":   {RateForward(-1, h), 0},
		"same again":         {SameAgain(h), 6},
		"past spend":         {PastSpend(12, Spend{X: 2, Mean: 10}), 32},
		"past spend, once":   {PastSpend(12, Spend{}), 12},
		"past spend, nobody": {PastSpend(math.NaN(), Spend{X: 1, Mean: math.NaN()}), 0},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %v, want %v", name, tt.got, tt.want)
		}
	}
	for last, want := range map[Weeks]bool{9.9: false, 10: true, 26: true} {
		if got := BoughtWithin(last, h); got != want {
			t.Errorf("bought within %v weeks: %v", last, got)
		}
	}
}
