package chart

// Step is a bar of a funnel.
type Step struct {
	Name  string
	Count string // as it is written
	N     float64
	Tone  Tone
	Soft  bool // people who fell out here
	Inset bool // part of the step above
}

// Funnel is a picture of how many remain at each step.
type Funnel struct {
	Steps []Step
	Alt   string
}

// Draw draws the funnel for a width. The first step is as wide as the picture.
func (f Funnel) Draw(width float64) Drawing {
	d := Drawing{Width: width, Alt: f.Alt}
	most := 1.0
	for _, s := range f.Steps {
		most = max(most, s.N)
	}
	if width < narrow {
		return f.narrow(d, most)
	}
	left, high, right := width*nameShare, 28.0, 74.0
	for i, s := range f.Steps {
		top, indent := float64(i)*high, 0.0
		if s.Inset {
			indent = 16
		}
		d.label(ink(s), Start, Point{indent, top + 18}, fit(s.Name, left-indent-8))
		end := left + (width-left-right)*s.N/most
		d.box(s.Tone, s.Soft, Point{left, top + 5}, Point{max(end, left+1), top + 22})
		d.label(ink(s), Start, Point{max(end, left+1) + 8, top + 18}, s.Count)
	}
	d.Height = float64(len(f.Steps))*high + 2
	return d
}

// narrow draws names above bars.
func (f Funnel) narrow(d Drawing, most float64) Drawing {
	const high = 42.0
	for i, s := range f.Steps {
		top, indent := float64(i)*high, 0.0
		if s.Inset {
			indent = 16
		}
		d.label(ink(s), Start, Point{indent, top + 16}, fit(s.Name, d.Width-indent-70))
		d.label(ink(s), End, Point{d.Width, top + 16}, s.Count)
		d.box(s.Tone, s.Soft, Point{indent, top + 22}, Point{indent + max(1, (d.Width-indent)*s.N/most), top + 34})
	}
	d.Height = float64(len(f.Steps)) * high
	return d
}

// ink is the tone of a step's letters.
func ink(s Step) Tone {
	if s.Soft {
		return Quiet
	}
	return Ink
}
