// Package chart draws intervals, curves and funnels as shapes that a page and a sheet of paper share.
//
// A drawing is made for a width, so that letters keep their size: a page asks for a wide one and for one that fits a
// phone, a sheet of paper for its own. Colours are named by what they mean; who renders decides how they look.
package chart

// Tone is what a shape's colour means.
type Tone string

// The tones. Every renderer knows them all.
const (
	Ink     Tone = "ink"     // text, and the line at zero
	Quiet   Tone = "quiet"   // what stands in the background, such as control
	Hair    Tone = "hair"    // lines of a grid
	Accent  Tone = "accent"  // what is proven, and the treated
	Sheet   Tone = "sheet"   // the ground
	Planted Tone = "planted" // a truth that is known
)

// Form is what a shape is.
type Form int

// The forms of a shape.
const (
	Line  Form = iota // from the first point to the last, through those between
	Area              // filled, closed by itself
	Box               // filled, from the first point to the second
	Dot               // of Size around the first point
	Label             // Text at the first point, on its base line
)

// Point is a place in a drawing: x to the right and y down, in the units of its width.
type Point struct{ X, Y float64 }

// Anchor is which end of a label stands at its point.
type Anchor string

// The anchors.
const (
	Start  Anchor = "start"
	Middle Anchor = "middle"
	End    Anchor = "end"
)

// Shape is one thing to draw.
type Shape struct {
	Form   Form
	Tone   Tone
	Points []Point
	Size   float64 // stroke of a line, radius of a dot, height of letters
	Soft   bool    // translucent: a range, a band
	Dashed bool
	Bold   bool
	Text   string
	Anchor Anchor
}

// Drawing is a picture of so many units, with what it says in words.
type Drawing struct {
	Width, Height float64
	Alt           string
	Shapes        []Shape
}

// Letter is the height of letters in all drawings.
const Letter = 13.0

func (d *Drawing) line(tone Tone, size float64, points ...Point) {
	d.Shapes = append(d.Shapes, Shape{Form: Line, Tone: tone, Size: size, Points: points})
}

func (d *Drawing) box(tone Tone, soft bool, from, to Point) {
	d.Shapes = append(d.Shapes, Shape{Form: Box, Tone: tone, Soft: soft, Points: []Point{from, to}})
}

func (d *Drawing) dot(tone Tone, radius float64, at Point) {
	d.Shapes = append(d.Shapes, Shape{Form: Dot, Tone: tone, Size: radius, Points: []Point{at}})
}

func (d *Drawing) label(tone Tone, anchor Anchor, at Point, text string) *Shape {
	d.Shapes = append(d.Shapes, Shape{Form: Label, Tone: tone, Size: Letter, Anchor: anchor, Points: []Point{at}, Text: text})
	return &d.Shapes[len(d.Shapes)-1]
}

// meanLetter is the mean width of a letter of a sans-serif face, as a share of its height.
const meanLetter = 0.53

// fit cuts a text to a width; what is cut ends in dots.
func fit(text string, width float64) string {
	most := int(width / (Letter * meanLetter))
	runes := []rune(text)
	if len(runes) <= most || most < 2 {
		return text
	}
	return string(runes[:most-1]) + "…"
}
