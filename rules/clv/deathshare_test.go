package clv

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// drawShare draws a death share from all alike to all unlike, with A and B up
// to a factor of a million apart.
func drawShare(rt *rapid.T) (d deathShare, a, b float64) {
	draw := func(name string, low, high float64) float64 {
		return math.Exp(rapid.Float64Range(low, high).Draw(rt, name))
	}
	a, b = draw("A", -7, 7), draw("B", -7, 7)
	d.reset(draw("shape", -6, 6), draw("leave", -6, 4), a < b)
	return d, a, b
}

// TestDeathShareIsOne: who dies before the next purchase and who buys before
// dying are everybody, and exchanging the two rates exchanges the shares.
func TestDeathShareIsOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		d, a, b := drawShare(rt)
		var other deathShare
		other.reset(d.leave, d.shape, b < a)
		die, buy := d.at(a, b), other.at(b, a)
		if !(die.value >= 0 && buy.value >= 0) || math.Abs(die.value+buy.value-1) > 1e-12 {
			rt.Fatalf("%v die first and %v buy first, which is %v", die.value, buy.value, die.value+buy.value)
		}
		if got := d.valueAt(a, b); relative(got, die.value) > 1e-12 {
			rt.Fatalf("%v without derivatives, %v with them", got, die.value)
		}
	})
}

// TestDeathShareSlopes compares the derivatives with central differences.
func TestDeathShareSlopes(t *testing.T) {
	t.Parallel()
	const step = 1e-5
	rapid.Check(t, func(rt *rapid.T) {
		d, a, b := drawShare(rt)
		at := d.at(a, b)
		value := func(shape, leave, a, b float64) float64 {
			near := deathShare{shape: shape, leave: leave, below: a < b}
			return near.valueAt(a, b)
		}
		up, down := math.Exp(step), math.Exp(-step)
		for name, c := range map[string][2]float64{
			"shape": {d.shape * at.byShape, value(d.shape*up, d.leave, a, b) - value(d.shape*down, d.leave, a, b)},
			"leave": {d.leave * at.byLeave, value(d.shape, d.leave*up, a, b) - value(d.shape, d.leave*down, a, b)},
			"A":     {a * at.byA, value(d.shape, d.leave, a*up, b) - value(d.shape, d.leave, a*down, b)},
			"B":     {b * at.byB, value(d.shape, d.leave, a, b*up) - value(d.shape, d.leave, a, b*down)},
		} {
			if slope := c[1] / (2 * step); math.Abs(c[0]-slope) > 1e-8 {
				rt.Fatalf("derivative by ln %s %v, central difference %v", name, c[0], slope)
			}
		}
		// A and B in another unit of time are the same customers.
		if sum := a*at.byA + b*at.byB; math.Abs(sum) > 1e-11 {
			rt.Fatalf("A dD/dA + B dD/dB = %v, want 0", sum)
		}
	})
}

// TestDeathShareMethodsAgree: the series and the integral on both sides of the
// place where one hands over to the other.
func TestDeathShareMethodsAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var d deathShare
		ratio := rapid.Float64Range(.02, .9).Draw(rt, "ratio")
		a, b := 10., 10*ratio
		if rapid.Bool().Draw(rt, "below") {
			a, b = b, a
		}
		d.reset(math.Exp(rapid.Float64Range(-4, 5).Draw(rt, "shape")), math.Exp(rapid.Float64Range(-4, 4).Draw(rt, "leave")), a < b)
		whole := d.integral(a, b)
		high, low := math.Max(a, b), math.Min(a, b)
		series := d.series.at((high - low) / high)
		want := d.leave / (d.shape + d.leave) * series.value
		if a < b {
			want *= a / b
		}
		if relative(whole.value, want) > 1e-12 {
			rt.Fatalf("integral %v, series %v", whole.value, want)
		}
	})
}
