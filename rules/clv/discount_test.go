package clv

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// plain hides a model's shortcuts: only the four methods are left.
type plain struct{ Model }

func TestDiscountedPurchasesByHand(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m, h := drawModel(rt), drawHistory(rt)
		want := 0.0
		for k := 1; k <= 12; k++ {
			month := 365.0 / 7 / 12
			step := m.Expected(Weeks(float64(k)*month), h) - m.Expected(Weeks(float64(k-1)*month), h)
			want += step / math.Pow(1.01, float64(k))
		}
		if got := DiscountedPurchases(m, h); math.Abs(got-want) > 1e-9*want {
			rt.Fatalf("%v, by hand %v", got, want)
		}
		if got := DiscountedPurchases(plain{m}, h); math.Abs(got-want) > 1e-9*want {
			rt.Fatalf("%v without shared horizons, by hand %v", got, want)
		}
	})
}

func TestHorizon(t *testing.T) {
	t.Parallel()
	m, h := MBGNBD{.525, 6.183, .891, 1.614}, History{X: 2, Tx: 30.43, T: 38.86}
	if got := float64(Year().Length()); relative(got, 365.0/7) > 1e-15 {
		t.Errorf("a year has %v weeks, want %v", got, 365.0/7)
	}
	free := Year()
	free.Rate = 0
	if got, want := free.Purchases(m, h), m.Expected(365.0/7, h); relative(got, want) > 1e-12 {
		t.Errorf("without discount %v, want %v", got, want)
	}
	if got := Year().Purchases(m, h) / m.Expected(365.0/7, h); got < .93 || got > .96 {
		t.Errorf("a year's discount is %v, want some 6 %%", got)
	}
	two := Months(24)
	if two.Terms != 24 || two.Term != Year().Term || two.Rate != .01 {
		t.Errorf("24 months are %+v", two)
	}
	if !(two.Purchases(m, h) > Year().Purchases(m, h)) {
		t.Error("two years bring no more than one")
	}
	for _, z := range []Horizon{{}, {Terms: 12}, {Terms: -1, Term: 4}, {Terms: 3, Term: -4}} {
		if got := z.Purchases(m, h); got != 0 {
			t.Errorf("%+v: %v purchases, want 0", z, got)
		}
	}
}

func TestResidual(t *testing.T) {
	t.Parallel()
	m, gg := BGNBD{.243, 4.414, .793, 2.426}, GammaGamma{6.25, 3.74, 15.44}
	h, s := History{X: 2, Tx: 30.43, T: 38.86}, Spend{X: 2, Mean: 22.35}
	want := DiscountedPurchases(m, h) * 24.663713910761157
	if got := Residual(m, gg, h, s); relative(got, want) > 1e-12 {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestTextbook(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ value, perYear, years, want float64 }{
		{50, 4, 3, 600},
		{0, 4, 3, 0},
		{50, -4, 3, 0},
		{-50, -4, 3, 0},
		{math.NaN(), 4, 3, 0},
		{math.Inf(1), 0, 3, 0},
	} {
		if got := Textbook(tt.value, tt.perYear, tt.years); got != tt.want {
			t.Errorf("Textbook(%v, %v, %v) = %v, want %v", tt.value, tt.perYear, tt.years, got, tt.want)
		}
	}
}
