package report

import (
	"math"
	"strings"

	"treue/engine/chart"
)

// Sizes of a table's letters in points, and the air around them in millimetres.
const (
	cellSize = 8.5
	cellAir  = 1.1
	cellSide = 1.6
)

// table sets rows under a header that is repeated on every sheet.
func (p *paper) table(t *Table) {
	widths := p.widths(t)
	header := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		header[i] = c.Name
	}
	if t.Caption != "" {
		p.gap(1)
		p.room(25 * p.scale)
		p.prose(t.Caption, letters{size: 9, bold: true})
	}
	p.row(t, widths, header, letters{size: cellSize, tone: "quiet"})
	for _, row := range t.Rows {
		if p.GetY()+p.high(t, widths, row) > sheetHigh-marginEdge {
			p.AddPage()
			p.row(t, widths, header, letters{size: cellSize, tone: "quiet"})
		}
		p.row(t, widths, row, letters{size: cellSize})
	}
	p.gap(2)
}

// widths gives every column what it needs or, where that is too much, a share of the sheet. Figures are never broken.
func (p *paper) widths(t *Table) []float64 {
	p.letters(letters{size: cellSize})
	n := len(t.Columns)
	natural, least, sum, fixed := make([]float64, n), make([]float64, n), 0.0, 0.0
	for i, c := range t.Columns {
		for _, row := range t.Rows {
			wide := p.GetStringWidth(row[i])
			if c.Numeric {
				least[i] = max(least[i], math.Min(wide, textWide*0.3)+2*cellSide)
			} else {
				least[i] = max(least[i], math.Min(p.widest(row[i]), textWide*0.3)+2*cellSide)
			}
			natural[i] = max(natural[i], wide)
		}
		least[i] = max(least[i], p.widest(c.Name)+2*cellSide)
		natural[i] = max(least[i], natural[i]+2*cellSide, p.GetStringWidth(c.Name)*0.6+2*cellSide)
		sum += natural[i]
	}
	widths := make([]float64, n)
	if sum <= textWide {
		for i := range widths {
			widths[i] = natural[i] + (textWide-sum)/float64(n)
		}
		return widths
	}
	// Everybody gets the longest word; what is left is shared by the texts, the more they would like to have the more.
	share := 0.0
	for i, c := range t.Columns {
		fixed += least[i]
		if !c.Numeric {
			share += math.Sqrt(natural[i] - least[i])
		}
	}
	for i, c := range t.Columns {
		widths[i] = least[i]
		if !c.Numeric && share > 0 {
			widths[i] += max(0, textWide-fixed) * math.Sqrt(natural[i]-least[i]) / share
		}
	}
	return widths
}

// widest is the width of a text's longest word.
func (p *paper) widest(text string) (width float64) {
	for word := range strings.SplitSeq(text, " ") {
		width = max(width, p.GetStringWidth(word))
	}
	return width
}

// high is the height of a row.
func (p *paper) high(t *Table, widths []float64, row []string) float64 {
	p.letters(letters{size: cellSize})
	most := 1
	for i := range t.Columns {
		most = max(most, len(p.lines(row[i], widths[i]-2*cellSide)))
	}
	return float64(most)*p.lead(cellSize) + 2*cellAir*p.scale
}

// row sets one row and the line under it.
func (p *paper) row(t *Table, widths []float64, row []string, l letters) {
	high := p.high(t, widths, row)
	p.letters(l)
	x, y, lead := margin, p.GetY(), p.lead(l.size)
	for i, c := range t.Columns {
		for k, line := range p.lines(row[i], widths[i]-2*cellSide) {
			at := x + cellSide
			if i == 0 {
				at = x
			}
			if c.Numeric {
				at = x + widths[i] - cellSide - p.GetStringWidth(line)
			}
			p.Text(at, y+cellAir*p.scale+(float64(k)+0.74)*lead, line)
		}
		x += widths[i]
	}
	c := colour("hair")
	p.SetDrawColor(c[0], c[1], c[2])
	p.SetLineWidth(0.2)
	p.Line(margin, y+high, margin+textWide, y+high)
	p.SetY(y + high)
}

// amounts are the large figures side by side.
func (p *paper) amounts(all []Amount) {
	p.gap(2)
	p.room(20 * p.scale)
	y, wide := p.GetY(), textWide/float64(len(all))
	for i, a := range all {
		x := margin + float64(i)*wide
		p.letters(letters{size: 9, tone: "quiet"})
		p.Text(x, y+3*p.scale, a.Title)
		p.letters(letters{size: 17, bold: a.Proven})
		p.Text(x, y+10.5*p.scale, a.Figure)
		p.letters(letters{size: 9})
		p.Text(x, y+15.5*p.scale, a.Limits)
	}
	p.SetY(y + 18*p.scale)
}

// strip sets cards of label, value and note, three in a row.
func (p *paper) strip(t *Table) {
	const columns = 3
	wide := textWide / columns
	for from := 0; from < len(t.Rows); from += columns {
		rows := t.Rows[from:min(from+columns, len(t.Rows))]
		p.letters(letters{size: 7.5})
		most := 0
		for _, row := range rows {
			most = max(most, len(p.lines(row[2], wide-6)))
		}
		high := (12.5 + 2) * p.scale
		high += float64(most) * p.lead(7.5)
		p.room(high)
		y := p.GetY()
		for i, row := range rows {
			p.card(row, margin+float64(i)*wide, y, wide, high)
		}
		p.SetY(y + high)
	}
	p.gap(2)
}

func (p *paper) card(row []string, x, y, wide, high float64) {
	c := colour("hair")
	p.SetDrawColor(c[0], c[1], c[2])
	p.SetLineWidth(0.2)
	p.Rect(x, y, wide, high, "D")
	p.letters(letters{size: 8, tone: "quiet"})
	p.Text(x+3, y+4.5*p.scale, row[0])
	p.letters(letters{size: 10.5, bold: true})
	for p.GetStringWidth(row[1]) > wide-6 { // a long range in a narrow card
		size, _ := p.GetFontSize()
		p.SetFontSize(size - 0.5)
	}
	p.Text(x+3, y+9.5*p.scale, row[1])
	p.letters(letters{size: 7.5, tone: "quiet"})
	for i, line := range p.lines(row[2], wide-6) {
		p.Text(x+3, y+12.5*p.scale+(float64(i)+0.74)*p.lead(7.5), line)
	}
}

// chartUnit is a drawing's unit in millimetres: letters of 13 become 8.1 points.
const chartUnit = 0.22

// picture draws a block's drawing over the whole width.
func (p *paper) picture(b *Block) {
	d := b.Draw(textWide / (chartUnit * p.scale))
	unit := chartUnit * p.scale
	p.gap(1)
	p.room(d.Height * unit)
	top := p.GetY()
	at := func(q chart.Point) (x, y float64) { return margin + q.X*unit, top + q.Y*unit }
	for i := range d.Shapes {
		p.shape(&d.Shapes[i], at, unit)
	}
	p.SetY(top + d.Height*unit)
	p.gap(1.5)
}

func (p *paper) shape(s *chart.Shape, at func(chart.Point) (x, y float64), unit float64) {
	c := colour(string(s.Tone))
	p.SetDrawColor(c[0], c[1], c[2])
	p.SetFillColor(c[0], c[1], c[2])
	if s.Soft {
		p.SetAlpha(0.3, "Normal")
		defer p.SetAlpha(1, "Normal")
	}
	x, y := at(s.Points[0])
	switch s.Form {
	case chart.Line, chart.Area:
		p.path(s, at, unit)
	case chart.Box:
		right, bottom := at(s.Points[1])
		p.Rect(x, y, right-x, bottom-y, "F")
	case chart.Dot:
		p.Circle(x, y, s.Size*unit, "F")
	case chart.Label:
		p.letters(letters{size: s.Size * chartUnit / point * 0.98, bold: s.Bold, tone: string(s.Tone)})
		switch s.Anchor {
		case chart.Middle:
			x -= p.GetStringWidth(s.Text) / 2
		case chart.End:
			x -= p.GetStringWidth(s.Text)
		case chart.Start:
		}
		p.Text(x, y, s.Text)
	}
}

// path draws a line or an area through its points.
func (p *paper) path(s *chart.Shape, at func(chart.Point) (x, y float64), unit float64) {
	style := "F"
	if s.Form == chart.Line {
		style = "D"
		p.SetLineWidth(s.Size * unit)
		if s.Dashed {
			p.SetDashPattern([]float64{5 * unit, 4 * unit}, 0)
			defer p.SetDashPattern(nil, 0)
		}
	}
	for i, q := range s.Points {
		if x, y := at(q); i == 0 {
			p.MoveTo(x, y)
		} else {
			p.LineTo(x, y)
		}
	}
	p.DrawPath(style)
}
