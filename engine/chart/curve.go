package chart

import "slices"

// CurvePoint is what a series has come to at x, with its band.
type CurvePoint struct {
	X, Y, Low, High float64
}

// Series is one curve.
type Series struct {
	Name   string
	Tone   Tone
	Dashed bool
	Points []CurvePoint // by ascending x
}

// Curves is a picture of series over a common x that begins at 0.
type Curves struct {
	Series []Series
	End    float64 // of the x axis
	XLabel func(float64) string
	YLabel func(float64) string
	XTicks []float64
	XTitle string
	Alt    string
}

// Draw draws the curves for a width.
func (c Curves) Draw(width float64) Drawing {
	d := Drawing{Width: width, Height: 270, Alt: c.Alt}
	const top, bottom = 14.0, 222.0
	left, right := 58.0, width-16
	if width >= narrow {
		right = width - 150 // the curves' names stand beside their ends
	}
	var amounts []float64
	for _, s := range c.Series {
		for _, p := range s.Points {
			amounts = append(amounts, p.Low, p.High)
		}
	}
	a := NewAxis(5, amounts...)
	x := func(v float64) float64 { return left + v/c.End*(right-left) }
	y := func(v float64) float64 { return bottom - a.Share(v)*(bottom-top) }
	for _, t := range a.Ticks {
		tone := Hair
		if t == 0 {
			tone = Ink
		}
		d.line(tone, 1, Point{left, y(t)}, Point{right, y(t)})
		d.label(Quiet, End, Point{left - 8, y(t) + 4}, c.YLabel(t))
	}
	for _, t := range c.XTicks {
		d.label(Quiet, Middle, Point{x(t), bottom + 18}, c.XLabel(t))
	}
	d.label(Quiet, Middle, Point{(left + right) / 2, bottom + 38}, c.XTitle)
	for _, s := range c.Series {
		s.draw(&d, x, y)
	}
	c.names(&d, y, right)
	return d
}

// draw draws a band and its curve.
func (s Series) draw(d *Drawing, x, y func(float64) float64) {
	origin := Point{x(0), y(0)}
	line, upper, lower := []Point{origin}, []Point{origin}, []Point{origin}
	for _, p := range s.Points {
		line = append(line, Point{x(p.X), y(p.Y)})
		upper = append(upper, Point{x(p.X), y(p.High)})
		lower = append(lower, Point{x(p.X), y(p.Low)})
	}
	slices.Reverse(lower)
	d.Shapes = append(d.Shapes,
		Shape{Form: Area, Tone: s.Tone, Soft: true, Points: append(upper, lower...)},
		Shape{Form: Line, Tone: s.Tone, Size: 2, Dashed: s.Dashed, Points: line})
}

// names writes each curve's name beside its end or, where there is no room, above the picture.
func (c Curves) names(d *Drawing, y func(float64) float64, right float64) {
	apart := make([]float64, len(c.Series))
	for i, s := range c.Series {
		if len(s.Points) > 0 {
			apart[i] = y(s.Points[len(s.Points)-1].Y)
		}
	}
	spread(apart, 18)
	for i, s := range c.Series {
		if len(s.Points) == 0 {
			continue
		}
		at := Point{right + 10, apart[i] + 4}
		anchor := Start
		if d.Width < narrow {
			at, anchor = Point{66, 26 + 18*float64(i)}, Start
		}
		d.label(s.Tone, anchor, at, s.Name).Bold = true
	}
}

// spread moves places that lie closer than the least distance apart, keeping their order.
func spread(places []float64, least float64) {
	for i := range places {
		for j := range i {
			if gap := places[i] - places[j]; gap >= 0 && gap < least {
				places[i] = places[j] + least
			} else if gap < 0 && -gap < least {
				places[i] = places[j] - least
			}
		}
	}
}
