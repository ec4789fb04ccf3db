package main

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"strings"

	"treue/engine"
	"treue/rules/clv"
)

// plotStyle makes a picture that stands alone and follows the reader's light or dark.
const plotStyle = `
svg{color-scheme:light dark;--paper:#fff;--ink:#1d2321;--quiet:#5b635f;--line:#dcd9cd;--model:#14605a;--seen:#b3561d}
@media (prefers-color-scheme:dark){svg{--paper:#141817;--ink:#e9ebe6;--quiet:#a5aea9;--line:#353d3a;--model:#7fcabf;--seen:#f0a874}}
.paper{fill:var(--paper)}
text{fill:var(--quiet);font:12px system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
.title{fill:var(--ink);font-size:15px;font-weight:600}.small{font-size:11px}
.grid{stroke:var(--line)}.axis{stroke:var(--quiet)}.same{stroke:var(--quiet);stroke-dasharray:4 4}
.model{fill:var(--model);stroke:var(--model)}.seen{fill:var(--seen);stroke:var(--seen)}.line{fill:none;stroke-width:2}.dot{stroke:var(--paper);stroke-width:1.5}`

// panel is one plot of a picture, with its own scales.
type panel struct {
	b                        *bytes.Buffer
	left, top, width, height float64
	maxX, maxY               float64
}

// calibrationPlot draws predicted beside actual orders: by how often customers had bought before, and by tenths of the
// prediction. It is a self-contained SVG.
func calibrationPlot(t tongue, v *engine.Held) []byte {
	b := &bytes.Buffer{}
	title := t.say("Vorhergesagt und eingetreten, %s bis %s", "Predicted and actual, %s to %s", t.day(v.Split+1), t.day(v.End))
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 460" role="img" aria-label="%s"><title>%s</title><style>%s</style>`,
		html.EscapeString(title), html.EscapeString(title), plotStyle)
	b.WriteString(`<rect class="paper" width="960" height="460"/>`)
	fmt.Fprintf(b, `<text class="title" x="64" y="30">%s</text>`, html.EscapeString(title))
	legend(b, t, t.method(v.Methods[0].Name))
	p := panel{b: b, left: 64, top: 84, width: 380, height: 290, maxX: float64(len(v.Frequency)), maxY: 1.08 * highest(v.Frequency)}
	p.frequency(t, v.Frequency)
	top := 1.08 * highest(v.Bins)
	p = panel{b: b, left: 556, top: 84, width: 372, height: 290, maxX: top, maxY: top}
	p.tenths(t, v.Bins)
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func legend(b *bytes.Buffer, t tongue, model string) {
	fmt.Fprintf(b, `<circle class="seen dot" cx="70" cy="52" r="5"/><text x="82" y="56">%s</text>`, t.say("eingetreten", "actual"))
	fmt.Fprintf(b, `<path class="model line" d="M176 52h24"/><circle class="model dot" cx="188" cy="52" r="4"/><text x="208" y="56">%s</text>`,
		html.EscapeString(t.say("vorhergesagt (%s)", "predicted (%s)", model)))
}

func highest(bins []clv.Bin) float64 {
	top := 0.0
	for _, b := range bins {
		top = math.Max(top, math.Max(b.Predicted, b.Actual))
	}
	if top == 0 {
		return 1
	}
	return top
}

func (p *panel) x(v float64) float64 { return p.left + p.width*v/p.maxX }
func (p *panel) y(v float64) float64 { return p.top + p.height*(1-v/p.maxY) }

// frame draws the grid of the upright axis, both axes' names and the ground line.
func (p *panel) frame(t tongue, nameX, nameY string) {
	step := plotStep(p.maxY)
	for v := 0.0; v <= p.maxY; v += step {
		fmt.Fprintf(p.b, `<path class="grid" d="M%.1f %.1fh%.1f"/><text x="%.1f" y="%.1f" text-anchor="end">%s</text>`,
			p.left, p.y(v), p.width, p.left-8, p.y(v)+4, tickLabel(t, v, step))
	}
	fmt.Fprintf(p.b, `<path class="axis" d="M%.1f %.1fh%.1f"/>`, p.left, p.y(0), p.width)
	fmt.Fprintf(p.b, `<text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, p.left+p.width/2, p.top+p.height+62, html.EscapeString(nameX))
	fmt.Fprintf(p.b, `<text transform="translate(%.1f %.1f) rotate(-90)" text-anchor="middle">%s</text>`, p.left-44, p.top+p.height/2, html.EscapeString(nameY))
}

// frequency draws the mean of each bin, with the number of its customers below.
func (p *panel) frequency(t tongue, bins []clv.Bin) {
	p.frame(t, t.say("Wiederkäufe vor dem Stichtag", "repeat purchases before the split"), t.say("Bestelltage danach, je Kunde", "days with an order after it, per customer"))
	path := &strings.Builder{}
	for i, bin := range bins {
		x, label := p.x(float64(i)+0.5), fmt.Sprint(bin.From)
		if i == len(bins)-1 {
			label += "+"
		}
		fmt.Fprintf(p.b, `<text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, x, p.top+p.height+20, label)
		fmt.Fprintf(p.b, `<text class="small" x="%.1f" y="%.1f" text-anchor="middle">n=%d</text>`, x, p.top+p.height+38, bin.Customers)
		if bin.Customers > 0 {
			fmt.Fprintf(path, "%s%.1f %.1f", pen(path.Len()), x, p.y(bin.Predicted))
		}
	}
	fmt.Fprintf(p.b, `<path class="model line" d="%s"/>`, path)
	for i, bin := range bins {
		if bin.Customers > 0 {
			p.dot("model", float64(i)+0.5, bin.Predicted, 4)
			p.dot("seen", float64(i)+0.5, bin.Actual, 5)
		}
	}
}

// pen begins a line, or goes on with it.
func pen(drawn int) string {
	if drawn == 0 {
		return "M"
	}
	return "L"
}

// tenths draws actual over predicted: on the dashed line both are the same.
func (p *panel) tenths(t tongue, bins []clv.Bin) {
	p.frame(t, t.say("vorhergesagte Bestelltage, je Zehntel der Kunden", "days with an order predicted, by tenths of the customers"), t.say("eingetreten", "actual"))
	step := plotStep(p.maxX)
	for v := 0.0; v <= p.maxX; v += step {
		fmt.Fprintf(p.b, `<text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, p.x(v), p.top+p.height+20, tickLabel(t, v, step))
	}
	fmt.Fprintf(p.b, `<path class="same" d="M%.1f %.1fL%.1f %.1f"/>`, p.x(0), p.y(0), p.x(p.maxX), p.y(p.maxY))
	least, most := math.MaxInt, 0
	for _, bin := range bins {
		least, most = min(least, bin.Customers), max(most, bin.Customers)
		if bin.Customers > 0 {
			p.dot("seen", bin.Predicted, bin.Actual, 5)
		}
	}
	size := fmt.Sprint(most)
	if least != most {
		size = fmt.Sprintf("%d–%d", least, most)
	}
	fmt.Fprintf(p.b, `<text class="small" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, p.left+p.width/2, p.top+p.height+38,
		t.say("je Punkt n="+size, "each point n="+size))
}

func (p *panel) dot(class string, x, y, r float64) {
	fmt.Fprintf(p.b, `<circle class="%s dot" cx="%.1f" cy="%.1f" r="%.0f"/>`, class, p.x(x), p.y(y), r)
}

// plotStep is the 1, 2 or 5 times a power of ten that gives some six labels.
func plotStep(span float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(span/6)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*power >= span/6 {
			return m * power
		}
	}
	return 10 * power
}

func tickLabel(t tongue, v, step float64) amount {
	return t.figure(v, max(0, int(math.Ceil(-math.Log10(step)-1e-9))))
}
