package web

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func position(t *rapid.T, text string) float64 {
	x, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	if err != nil || x < 0 || x > 100 {
		t.Fatalf("%q is no place on the drawing", text)
	}
	return x
}

// TestAxis holds for any amounts: they keep their order, zero is there, labels are few and inside.
func TestAxis(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.OneOf(rapid.Float64Range(-1e7, 1e7), rapid.Float64Range(-1, 1), rapid.Just(0.0), rapid.Just(math.NaN()))
		amounts := rapid.SliceOfN(amount, 0, 12).Draw(t, "amounts")
		a := newAxis(plainLabel, amounts...)
		zero := position(t, a.place(0))
		for _, x := range amounts {
			if math.IsNaN(x) {
				continue
			}
			at := position(t, a.place(x))
			if x > 0 && at < zero || x < 0 && at > zero || at < 4 || at > 96 {
				t.Fatalf("%g lies at %g, zero at %g", x, at, zero)
			}
		}
		if n := len(a.Ticks); n < 1 || n > 8 {
			t.Fatalf("%d labels", n)
		}
		last := -1.0
		for _, tick := range a.Ticks {
			at := position(t, tick.X)
			if at <= last || tick.Zero != (tick.Label == "0" || tick.Label == "-0") {
				t.Fatalf("labels %v", a.Ticks)
			}
			last = at
		}
	})
}

// TestPlot holds that a drawing never shows an interval on the wrong side of zero.
func TestPlot(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Float64Range(-100, 100).Draw(t, "low")
		high := low + rapid.Float64Range(0.01, 50).Draw(t, "width")
		s := span{(low + high) / 2, low, high}
		truth := rapid.OneOf(rapid.Just(math.NaN()), rapid.Float64Range(-200, 200)).Draw(t, "truth")
		p := newAxis(plainLabel, low, high, truth).plotOf(s, truth)
		l, h, m, zero := position(t, p.Low), position(t, p.High), position(t, p.Point), position(t, newAxis(plainLabel, low, high, truth).place(0))
		if l > m || m > h || math.Abs(l+position(t, p.Width)-h) > 0.02 {
			t.Fatalf("%+v", p)
		}
		if p.Proven != (low > 0 || high < 0) || low > 0 && l < zero || high < 0 && h > zero {
			t.Fatalf("%+v, zero at %g", p, zero)
		}
		if (p.Truth == "") != math.IsNaN(truth) {
			t.Fatalf("truth at %q", p.Truth)
		}
	})
}

func TestRoundStep(t *testing.T) {
	t.Parallel()
	for x, want := range map[float64]float64{0.3: 0.5, 1: 1, 1.1: 2, 2: 2, 4.9: 5, 5.1: 10, 70: 100, 0.0007: 0.001} {
		if got := roundStep(x); math.Abs(got-want) > want*1e-9 {
			t.Errorf("roundStep(%g) = %g, want %g", x, got, want)
		}
	}
}

func plainLabel(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
