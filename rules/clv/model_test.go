package clv

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// drawModel draws any purchase model with parameters far beyond the usual: up
// to three purchases a day for the mean customer, from all alike to all unlike.
func drawModel(rt *rapid.T) Model {
	draw := func(name string, low, high float64) float64 {
		return math.Exp(rapid.Float64Range(low, high).Draw(rt, name))
	}
	r, a, b := draw("r", -9, 9), draw("a", -9, 9), draw("b", -9, 9)
	alpha := math.Max(minAlpha, r/draw("rate", -9, 3))
	switch rapid.SampledFrom([]string{NameBGNBD, NameMBGNBD, NameParetoNBD, NameNBD}).Draw(rt, "model") {
	case NameParetoNBD:
		return ParetoNBD{r, alpha, a, b}
	case NameBGNBD:
		return BGNBD{r, alpha, a, b}
	case NameMBGNBD:
		return MBGNBD{r, alpha, a, b}
	}
	return NBD{R: r, Alpha: alpha, Hiatus: Weeks(b)}
}

// drawHistory draws a possible history, from a first order today to a
// thousand purchase days in ten years.
func drawHistory(rt *rapid.T) History {
	t := rapid.Float64Range(0, 520).Draw(rt, "T")
	x := rapid.OneOf(rapid.IntRange(0, 5), rapid.IntRange(0, 1000)).Draw(rt, "x")
	h := History{X: min(x, int(t*daysPerWeek)), T: Weeks(t)}
	if h.X > 0 {
		h.Tx = Weeks(t * rapid.Float64Range(0, 1).Draw(rt, "share"))
	}
	return h
}

// TestModelSurvivesStorage: a frozen model predicts the same after a round
// trip through JSON, to the last bit.
func TestModelSurvivesStorage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m := drawModel(rt)
		raw, err := json.Marshal(m.Params())
		if err != nil {
			rt.Fatal(err)
		}
		var params map[string]float64
		if err := json.Unmarshal(raw, &params); err != nil {
			rt.Fatal(err)
		}
		back, err := ModelFromParams(m.Name(), params)
		if err != nil {
			rt.Fatal(err)
		}
		if back != m {
			rt.Fatalf("%v came back as %v", m, back)
		}
	})
}

func TestModelFromParamsRefuses(t *testing.T) {
	t.Parallel()
	full := func(change map[string]float64) map[string]float64 {
		p := map[string]float64{"r": .2, "alpha": 4, "a": .8, "b": 2.4}
		maps.Copy(p, change)
		return p
	}
	for name, tt := range map[string]struct {
		model  string
		params map[string]float64
		want   string
	}{
		"unknown model":   {"weibull", full(nil), `unknown model "weibull": choose one of bgnbd, mbgnbd, paretonbd, nbd`},
		"auto is no one":  {NameAuto, full(nil), "unknown model"},
		"no parameters":   {NameBGNBD, nil, `parameter "r" is missing`},
		"missing hiatus":  {NameNBD, map[string]float64{"r": 1, "alpha": 2}, `"hiatus" is missing`},
		"zero":            {NameMBGNBD, full(map[string]float64{"a": 0}), `"a" is 0`},
		"negative":        {NameBGNBD, full(map[string]float64{"b": -1}), `"b" is -1`},
		"not a number":    {NameBGNBD, full(map[string]float64{"r": math.NaN()}), `"r" is NaN`},
		"infinite":        {NameBGNBD, full(map[string]float64{"alpha": math.Inf(1)}), `"alpha" is +Inf`},
		"another model's": {NameBGNBD, full(map[string]float64{"s": 1, "beta": 2}), "unknown parameter beta, s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := ModelFromParams(tt.model, tt.params)
			checkError(t, err, tt.want)
			if m != nil {
				t.Errorf("got model %v beside the error", m)
			}
		})
	}
	if _, err := ModelFromParams("x", nil); !errors.Is(err, ErrUnknownModel) {
		t.Errorf("%v is not ErrUnknownModel", err)
	}
}

// TestModelBounds: whatever the parameters and the history, predictions stay
// in their range and grow with the horizon.
func TestModelBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m, h := drawModel(rt), drawHistory(rt)
		if p := m.PAlive(h); !(p >= 0 && p <= 1) {
			rt.Fatalf("P(alive) = %v", p)
		}
		if got := m.Expected(0, h); got != 0 {
			rt.Fatalf("%v purchases in no time", got)
		}
		if got := m.Expected(-3, h); got != 0 {
			rt.Fatalf("%v purchases in negative time", got)
		}
		before := 0.0
		for _, t := range []Weeks{.01, 1, 4, 13, 26, 52, 104} {
			got := m.Expected(t, h)
			if !(got >= before*(1-1e-10)) || math.IsInf(got, 0) {
				rt.Fatalf("%v purchases in %v weeks, %v in a shorter time", got, t, before)
			}
			before = got
		}
	})
}

// TestRecencyMatters: who bought again just now is expected to buy more
// than the twin who has been silent for as long as they were customers.
func TestRecencyMatters(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m, h := drawModel(rt), drawHistory(rt)
		if h.X == 0 {
			return
		}
		fresh, stale := h, h
		fresh.Tx, stale.Tx = h.T, h.T/2
		if m.PAlive(fresh) < m.PAlive(stale) {
			rt.Fatalf("P(alive) %v after a purchase today, %v after a long silence", m.PAlive(fresh), m.PAlive(stale))
		}
		if m.Expected(52, fresh) < m.Expected(52, stale)*(1-1e-10) {
			rt.Fatalf("expected %v after a purchase today, %v after a long silence",
				m.Expected(52, fresh), m.Expected(52, stale))
		}
	})
}
