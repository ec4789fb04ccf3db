package chart

import (
	"fmt"
	"html"
	"strconv"
	"strings"
)

// SVG writes the drawing as an element that scales with its container. Its shapes have classes for their tones and no
// colour of their own, so that the page's style sheet themes them; class is that of the element. The words of Alt make
// it an image for screen readers, who get none of the letters.
func (d Drawing) SVG(class string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="chart %s" viewBox="0 0 %s %s" width="%s" role="img" aria-label="%s">`,
		class, digits(d.Width), digits(d.Height), digits(d.Width), html.EscapeString(d.Alt))
	for i := range d.Shapes {
		d.Shapes[i].svg(&b)
	}
	b.WriteString("</svg>")
	return b.String()
}

func (s *Shape) svg(b *strings.Builder) {
	class := "t-" + string(s.Tone)
	if s.Soft {
		class += " soft"
	}
	p := s.Points
	switch s.Form {
	case Line:
		dash := ""
		if s.Dashed {
			dash = ` stroke-dasharray="5 4"`
		}
		fmt.Fprintf(b, `<polyline class="%s line" points="%s" stroke-width="%s"%s/>`, class, places(p), digits(s.Size), dash)
	case Area:
		fmt.Fprintf(b, `<polygon class="%s" points="%s"/>`, class, places(p))
	case Box:
		fmt.Fprintf(b, `<rect class="%s" x="%s" y="%s" width="%s" height="%s" rx="2"/>`,
			class, digits(p[0].X), digits(p[0].Y), digits(p[1].X-p[0].X), digits(p[1].Y-p[0].Y))
	case Dot:
		fmt.Fprintf(b, `<circle class="%s dot" cx="%s" cy="%s" r="%s"/>`, class, digits(p[0].X), digits(p[0].Y), digits(s.Size))
	case Label:
		if s.Bold {
			class += " bold"
		}
		fmt.Fprintf(b, `<text class="%s" x="%s" y="%s" text-anchor="%s">%s</text>`,
			class, digits(p[0].X), digits(p[0].Y), s.Anchor, html.EscapeString(s.Text))
	}
}

func places(points []Point) string {
	texts := make([]string, len(points))
	for i, p := range points {
		texts[i] = digits(p.X) + "," + digits(p.Y)
	}
	return strings.Join(texts, " ")
}

// digits writes a length to the hundredth.
func digits(x float64) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(x, 'f', 2, 64), "0"), ".")
}
