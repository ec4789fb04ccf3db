package chart

import "math"

// Axis places amounts between two ends.
type Axis struct {
	Min, Max float64
	Ticks    []float64 // round amounts, ascending
}

// NewAxis spans zero and all amounts with some air, and has about so many ticks. Amounts that are no numbers are left
// out.
func NewAxis(ticks int, amounts ...float64) Axis {
	a := Axis{}
	for _, x := range amounts {
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			a.Min, a.Max = math.Min(a.Min, x), math.Max(a.Max, x)
		}
	}
	if a.Min == a.Max {
		a.Min, a.Max = -1, 1
	}
	air := (a.Max - a.Min) * 0.08
	if a.Min < 0 {
		a.Min -= air
	}
	if a.Max > 0 {
		a.Max += air
	}
	step := roundStep((a.Max - a.Min) / float64(ticks))
	for i := math.Ceil(a.Min / step); i*step <= a.Max; i++ {
		a.Ticks = append(a.Ticks, i*step)
	}
	return a
}

// roundStep is the next 1, 2 or 5 times a power of ten, at least x.
func roundStep(x float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= x*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// Share is where an amount lies, 0 at the lower end and 1 at the upper; outside it lies at the rim.
func (a Axis) Share(x float64) float64 {
	return math.Max(0, math.Min(1, (x-a.Min)/(a.Max-a.Min)))
}
