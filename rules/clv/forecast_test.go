package clv

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestForecastIsExact compares the tables with the plain computation.
func TestForecastIsExact(t *testing.T) {
	t.Parallel()
	worst := 0.0
	rapid.Check(t, func(rt *rapid.T) {
		g := moderate(rt)
		m := rapid.SampledFrom([]Model{
			g, MBGNBD(g), ParetoNBD{R: g.R, Alpha: g.Alpha, S: g.A, Beta: 5 * g.B}, NBD{R: g.R, Alpha: g.Alpha, Hiatus: 9},
		}).Draw(rt, "model")
		draw := func(name string, low, high float64) float64 { return rapid.Float64Range(low, high).Draw(rt, name) }
		var s SpendModel = GammaGamma{P: draw("p", .5, 60), Q: draw("q", 1.1, 50), V: draw("v", 1, 100)}
		if rapid.Bool().Draw(rt, "plain") {
			s = ShrunkenMean{Mean: draw("mean", 1, 100), Weight: draw("weight", .1, 10)}
		}
		h := shortHistory(rt)
		spend := Spend{X: h.X, Mean: draw("m", 0, 200)}
		level := draw("level", .3, .99)
		z := Year()
		got := NewForecaster(z, m, s, level).Forecast(h, spend)
		low, high := z.Interval(m, s, h, spend, level)
		for what, pair := range map[string][2]float64{
			"low": {got.Low, low}, "high": {got.High, high}, "P(alive)": {got.PAlive, m.PAlive(h)},
			"purchases": {got.Purchases, z.Purchases(m, h)}, "value": {got.Value, Residual(m, s, h, spend)},
			"expected": {got.Expected, m.Expected(z.Length(), h)},
		} {
			off := relative(pair[0], pair[1])
			worst = math.Max(worst, off)
			if off > 1e-3 {
				rt.Fatalf("%s %v %v: %s %v, exactly %v", m.Name(), h, spend, what, pair[0], pair[1])
			}
		}
	})
	t.Logf("worst relative error %.2g", worst)
}

// TestForecastIgnoresOrder: tables that grow with use do not show in the digits.
func TestForecastIgnoresOrder(t *testing.T) {
	t.Parallel()
	shop := setA().customers(400)
	gg := GammaGamma{6.25, 3.74, 15.44}
	for _, m := range []Model{MBGNBD{.525, 6.183, .891, 1.614}, ParetoNBD{.553, 10.578, .606, 11.669}} {
		forward, backward := NewForecaster(Year(), m, gg, .9), NewForecaster(Year(), m, gg, .9)
		first := make([]Forecast, len(shop))
		for i, s := range shop {
			first[i] = forward.Forecast(s.History, s.spend)
		}
		for i, s := range slices.Backward(shop) {
			if got := backward.Forecast(s.History, s.spend); got != first[i] {
				t.Fatalf("customer %d: %+v, in reverse %+v", i, first[i], got)
			}
		}
	}
}

// TestForecastCovers draws shops and counts how many customers spend what their
// intervals allow.
func TestForecastCovers(t *testing.T) {
	t.Parallel()
	truth := setC().truth
	f := NewForecaster(Horizon{Terms: 1, Term: 39}, truth, GammaGamma{6.25, 3.74, 15.44}, .9)
	shop := setC().customers(20_000)
	rng := stream(mix(5))
	below, above := 0.0, 0.0
	for _, s := range shop {
		c := f.Forecast(s.History, s.spend)
		rate, shape := GammaGamma{6.25, 3.74, 15.44}.posterior(s.spend)
		spent := 0.0
		if s.future > 0 {
			spent = rng.gamma(6.25*float64(s.future)) / rng.gamma(shape) * rate
		}
		if spent < c.Low {
			below += 1 / float64(len(shop))
		}
		if spent > c.High {
			above += 1 / float64(len(shop))
		}
	}
	// Who may well buy nothing has 0 for a lower limit, which nobody is below.
	if math.Abs(above-.05) > .005 || below > .05 {
		t.Errorf("%.4f of the customers spend more than the limit, want .05; %.4f less, want at most .05", above, below)
	}
}

func TestForecastAtTheEdges(t *testing.T) {
	t.Parallel()
	m, gg := MBGNBD{.525, 6.183, .891, 1.614}, GammaGamma{6.25, 3.74, 15.44}
	h, s := History{X: 5, Tx: 35, T: 38}, Spend{X: 5, Mean: 40}
	for name, tt := range map[string]struct {
		z     Horizon
		model Model
		spend SpendModel
		h     History
	}{
		"no horizon":      {Horizon{}, m, gg, h},
		"negative":        {Horizon{Terms: 3, Term: -4}, m, gg, h},
		"foreign model":   {Year(), plain{m}, gg, h},
		"foreign spend":   {Year(), m, struct{ SpendModel }{gg}, h},
		"long gone":       {Year(), m, gg, History{X: 50, Tx: 3, T: 300}},
		"brand new":       {Year(), m, gg, History{}},
		"very many":       {Months(24), m, gg, History{X: 700, Tx: 104, T: 104}},
		"no spend known":  {Year(), m, gg, History{X: 3, Tx: 5, T: 9}},
		"three months":    {Months(3), NBD{R: .7, Alpha: 9, Hiatus: 20}, ShrunkenMean{Mean: 30, Weight: 1}, h},
		"a long lifetime": {Months(120), ParetoNBD{.553, 10.578, .606, 11.669}, gg, h},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spend := s
			spend.X = tt.h.X
			got := NewForecaster(tt.z, tt.model, tt.spend, .9).Forecast(tt.h, spend)
			low, high := tt.z.Interval(tt.model, tt.spend, tt.h, spend, .9)
			want := Forecast{
				PAlive: tt.model.PAlive(tt.h), Purchases: tt.z.Purchases(tt.model, tt.h), Low: low, High: high,
				Value: tt.z.Purchases(tt.model, tt.h) * tt.spend.Expected(spend),
			}
			for what, pair := range map[string][2]float64{
				"P(alive)": {got.PAlive, want.PAlive}, "purchases": {got.Purchases, want.Purchases},
				"value": {got.Value, want.Value}, "expected": {got.Expected, tt.model.Expected(tt.z.Length(), tt.h)}, "low": {got.Low, want.Low}, "high": {got.High, want.High},
			} {
				if !(relative(pair[0], pair[1]) < 1e-3) && !(math.IsNaN(pair[0]) && math.IsNaN(pair[1])) {
					t.Errorf("%s %v, plainly %v", what, pair[0], pair[1])
				}
			}
		})
	}
}

// TestForecastBoundsItsTables: a shop of all kinds of buyers does not fill the
// memory, and what is forgotten comes back with the same digits.
func TestForecastBoundsItsTables(t *testing.T) {
	t.Parallel()
	f := NewForecaster(Year(), MBGNBD{.525, 6.183, .891, 1.614}, GammaGamma{6.25, 3.74, 15.44}, .9)
	h, s := History{X: 40, Tx: 60, T: 64}, Spend{X: 40, Mean: 30}
	first := f.Forecast(h, s)
	if f.points == 0 {
		t.Fatal("no table was made")
	}
	f.points = maxPoints
	heavy := History{X: 41, Tx: 60, T: 64}
	f.Forecast(heavy, Spend{X: 41, Mean: 30})
	// The lower limit emptied the tables, the upper one began anew.
	if len(f.sums) > 1 || f.points >= maxPoints {
		t.Errorf("%d tables with %d points are left", len(f.sums), f.points)
	}
	if again := f.Forecast(h, s); again != first {
		t.Errorf("%+v, after forgetting %+v", first, again)
	}
}

// TestForecastsServeAll: who bought once gets the forecast of another who did on that day, and a value alone is that of
// the forecast.
func TestForecastsServeAll(t *testing.T) {
	t.Parallel()
	m, gg := MBGNBD{.525, 6.183, .891, 1.614}, GammaGamma{6.25, 3.74, 15.44}
	used := NewForecaster(Year(), m, gg, .9)
	for n := range 2 * maxOnce {
		day := n % (maxOnce + maxOnce/2)
		for _, h := range []History{{T: Days(day)}, {X: 1, T: Days(day)}, {X: 1, Tx: Days(day / 2), T: Days(day)}} {
			for _, s := range []Spend{{X: h.X, Mean: math.NaN()}, {X: h.X, Mean: 30}} {
				got, value := used.Forecast(h, s), used.Value(h, s)
				if day%50 == 0 {
					if want := NewForecaster(Year(), m, gg, .9).Forecast(h, s); got != want {
						t.Fatalf("%v %v: %+v, alone %+v", h, s, got, want)
					}
				}
				if value != got.Value {
					t.Fatalf("%v %v: value %v of %+v", h, s, value, got)
				}
			}
		}
	}
	if len(used.once) > maxOnce || len(used.onceValue) > maxOnce {
		t.Errorf("%d forecasts and %d values are kept, want at most %d", len(used.once), len(used.onceValue), maxOnce)
	}
}
