package chart

// Interval is a row of a forest: an estimate with its limits, or only its name where there is none.
type Interval struct {
	Name, Note       string
	Known            bool // Low to High are
	Low, Value, High float64
	Truth            *float64 // nil: not known
}

// proven reports whether the interval excludes zero.
func (i Interval) proven() bool { return i.Known && (i.Low > 0 || i.High < 0) }

// Forest is a picture of intervals on one axis.
type Forest struct {
	Rows  []Interval
	Label func(float64) string // of a tick
	None  string               // stands where a row has no interval
	Alt   string
}

// A wide forest has names on the left; a narrow one has them above the intervals.
const (
	narrow    = 520.0
	nameShare = 0.38
	rowHigh   = 34.0
	rim       = 26.0 // beside the axis: room for half a label
)

// Draw draws the forest for a width.
func (f Forest) Draw(width float64) Drawing {
	if width < narrow {
		return f.draw(width, 0, rowHigh+20)
	}
	return f.draw(width, width*nameShare, rowHigh)
}

// draw draws rows of a height, with names on the left of the axis or, where that begins at 0, above it.
func (f Forest) draw(width, left, high float64) Drawing {
	var amounts []float64
	for _, r := range f.Rows {
		if r.Known {
			amounts = append(amounts, r.Low, r.High)
			if r.Truth != nil {
				amounts = append(amounts, *r.Truth)
			}
		}
	}
	d := Drawing{Width: width, Alt: f.Alt}
	a := NewAxis(max(4, min(8, int((width-left)/90))), amounts...)
	at := func(x float64) float64 { return left + rim + a.Share(x)*(width-left-2*rim) }
	bottom := float64(len(f.Rows))*high + 4
	for _, t := range a.Ticks {
		tone, size := Hair, 1.0
		if t == 0 {
			tone, size = Ink, 1.5
		}
		d.line(tone, size, Point{at(t), 0}, Point{at(t), bottom})
		d.label(Quiet, Middle, Point{at(t), bottom + 16}, f.Label(t))
	}
	for i, r := range f.Rows {
		f.row(&d, r, float64(i)*high, left, high, at)
	}
	d.Height = bottom + 22
	return d
}

// row draws one interval with its name.
func (f Forest) row(d *Drawing, r Interval, top, left, high float64, at func(float64) float64) {
	middle, room := top+high/2, left-12
	name := Point{0, middle + 4}
	if left == 0 && r.Name != "" {
		middle, room, name = top+high-16, d.Width, Point{0, top + 17}
		d.box(Sheet, false, Point{0, top + 2}, Point{d.Width, top + 23}) // ground under the name, over the grid
	}
	text := r.Name
	if r.Note != "" {
		text += " · " + r.Note
	}
	if text != "" {
		d.label(Ink, Start, name, fit(text, room))
	}
	if !r.Known {
		d.label(Quiet, Start, Point{left + rim, middle + 4}, f.None)
		return
	}
	tone := Quiet
	if r.proven() {
		tone = Accent
	}
	d.box(tone, true, Point{at(r.Low), middle - 6}, Point{at(r.High), middle + 6})
	d.dot(tone, 5, Point{at(r.Value), middle})
	if r.Truth != nil {
		d.diamond(Point{at(*r.Truth), middle})
	}
}

// diamond marks a truth.
func (d *Drawing) diamond(c Point) {
	const r = 9.0
	d.line(Planted, 2.5, Point{c.X, c.Y - r}, Point{c.X + r*0.8, c.Y}, Point{c.X, c.Y + r}, Point{c.X - r*0.8, c.Y}, Point{c.X, c.Y - r})
}

// Plot is a picture of one interval without its name.
type Plot struct {
	Row   Interval
	Label func(float64) string
	Alt   string
}

// Draw draws the interval for a width.
func (p Plot) Draw(width float64) Drawing {
	f := Forest{Rows: []Interval{p.Row}, Label: p.Label, Alt: p.Alt}
	return f.draw(width, 0, rowHigh)
}
