package web

import (
	"math"
	"strconv"
)

// axis places amounts on a horizontal line. Positions are percentages of the drawing's width, so that a chart fits
// any screen while its letters keep their size.
type axis struct {
	min, max float64
	Ticks    []tick
}

// tick is a labelled place on an axis.
type tick struct {
	X     string
	Label string
	Zero  bool
}

// ticksWanted is how many labels a narrow phone has room for.
const ticksWanted = 5

// newAxis spans zero and all amounts with some air, and labels round amounts. Amounts that are no numbers are left out.
func newAxis(label func(float64) string, amounts ...float64) axis {
	a := axis{}
	for _, x := range amounts {
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			a.min, a.max = math.Min(a.min, x), math.Max(a.max, x)
		}
	}
	if a.min == a.max {
		a.min, a.max = -1, 1
	}
	air := (a.max - a.min) * 0.1
	a.min, a.max = a.min-air, a.max+air
	step := roundStep((a.max - a.min) / ticksWanted)
	for i := math.Ceil(a.min / step); i*step <= a.max; i++ {
		x := i * step
		if at := a.share(x); at > 0.04 && at < 0.96 { // a label at the rim would be cut
			a.Ticks = append(a.Ticks, tick{X: a.place(x), Label: label(x), Zero: i == 0})
		}
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

func (a axis) share(x float64) float64 { return (x - a.min) / (a.max - a.min) }

// place returns where an amount lies; outside the axis it lies at its rim.
func (a axis) place(x float64) string {
	return strconv.FormatFloat(100*math.Max(0, math.Min(1, a.share(x))), 'f', 2, 64) + "%"
}

// plot is the drawing of one interval.
type plot struct {
	axis

	Low, High, Point, Width string
	Truth                   string // "" if it is not known
	Proven                  bool   // the interval excludes zero
	Alt                     string // says the same in words
	Labels                  bool   // draw the axis' labels, too
}

// plotOf draws an interval on an axis. truth may be NaN.
func (a axis) plotOf(s span, truth float64) plot {
	p := plot{
		axis: a, Low: a.place(s.Low), High: a.place(s.High), Point: a.place(s.Value), Proven: s.Low > 0 || s.High < 0, Labels: true,
	}
	p.Width = strconv.FormatFloat(100*math.Max(0, a.share(s.High)-a.share(s.Low)), 'f', 2, 64) + "%"
	if !math.IsNaN(truth) {
		p.Truth = a.place(truth)
	}
	return p
}

// span is an estimate with its limits, in major units.
type span struct {
	Value, Low, High float64
}

// times scales an estimate per customer to a number of customers.
func (s span) times(n float64) span { return span{s.Value * n, s.Low * n, s.High * n} }
