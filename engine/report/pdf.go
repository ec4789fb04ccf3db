package report

import (
	"fmt"
	"io"
	"strings"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
)

// Lengths of the sheet in millimetres.
const (
	sheetWide  = 210.0
	sheetHigh  = 297.0
	margin     = 17.0
	marginEdge = 16.0
	textWide   = sheetWide - 2*margin
	point      = 25.4 / 72
)

// face is the one typeface of the sheet: Liberation Sans (SIL OFL), which has the signs of all our texts and is in the file.
const face = "sans"

// paper is a document on its way onto sheets.
type paper struct {
	*fpdf.Fpdf

	scale float64 // of letters and lines; below 1 to fit on one page
	title string
}

// PDF writes the document on A4: letters and lines, no picture and nothing from elsewhere. The same document gives the same
// bytes.
func PDF(w io.Writer, d *Document) error {
	return onPaper(d, 1).write(w)
}

// leastScale is how small a page's letters may get: 9 points become 6.3.
const leastScale = 0.7

// OnePage is PDF with letters as small as it takes for one sheet, within reason.
func OnePage(w io.Writer, d *Document) error {
	var p *paper
	for scale := 1.0; scale >= leastScale-1e-9; scale -= 0.05 {
		if p = onPaper(d, scale); p.PageCount() == 1 {
			break
		}
	}
	return p.write(w)
}

func (p *paper) write(w io.Writer) error {
	if err := p.Output(w); err != nil {
		return fmt.Errorf("write the report on paper: %w", err)
	}
	return nil
}

// onPaper lays the document out.
func onPaper(d *Document, scale float64) *paper {
	p := &paper{Fpdf: fpdf.New("P", "mm", "A4", ""), scale: scale, title: d.Title}
	p.SetMargins(margin, marginEdge, margin)
	p.SetAutoPageBreak(false, marginEdge)
	p.SetCreationDate(d.At)
	p.SetModificationDate(d.At)
	p.SetCatalogSort(true)
	p.SetTitle(d.Title, true)
	p.SetLang(d.Language)
	p.AddUTF8FontFromBytes(face, "", liberationsansregular.TTF)
	p.AddUTF8FontFromBytes(face, "B", liberationsansbold.TTF)
	p.SetFooterFunc(p.foot)
	p.AddPage()
	p.prose(d.Title, letters{size: 19, bold: true})
	p.prose(d.Lead, letters{size: 9.5, tone: "quiet"})
	p.gap(3)
	for i := range d.Sections {
		if i > 0 {
			p.AddPage()
		}
		p.section(&d.Sections[i], len(d.Sections) > 1 || d.Sections[i].Title != d.Title)
	}
	p.gap(3)
	for _, line := range d.Foot {
		p.prose(line, letters{size: 8, tone: "quiet"})
	}
	return p
}

// foot numbers the sheets.
func (p *paper) foot() {
	p.letters(letters{size: 8, tone: "quiet"})
	p.Text(margin, sheetHigh-8, p.title)
	number := fmt.Sprint(p.PageNo())
	p.Text(sheetWide-margin-p.GetStringWidth(number), sheetHigh-8, number)
}

func (p *paper) section(s *Section, titled bool) {
	if s.Title != "" && titled {
		p.prose(s.Title, letters{size: 15, bold: true})
	}
	if s.Chip != nil {
		p.chip(*s.Chip)
	}
	for i := range s.Blocks {
		p.block(s, i)
	}
}

// block draws a block; a heading stays with what follows it.
func (p *paper) block(s *Section, at int) {
	b := &s.Blocks[at]
	switch b.Kind {
	case Heading:
		p.gap(3.5)
		p.room(p.follows(s, at+1) + 9)
		p.prose(b.Text, letters{size: 11.5, bold: true})
		p.gap(0.8)
	case Sentence:
		p.prose(b.Text, letters{size: 13})
		p.gap(1)
	case Advice:
		p.aside(b.Text)
	case Text:
		p.prose(b.Text, letters{size: 9.5})
	case Note:
		p.prose(b.Text, letters{size: 8, tone: "quiet"})
	case List:
		for i, item := range b.Items {
			p.prose(fmt.Sprintf("%d.  %s", i+1, item), letters{size: 9.5})
		}
	case Money:
		p.amounts(b.Amounts)
	case Strip:
		p.strip(b.Table)
	case Facts, Grid:
		if b.Text != "" {
			p.gap(2)
			p.room(30)
			p.prose(b.Text, letters{size: 9.5, bold: true})
		}
		p.table(b.Table)
	case Picture:
		p.picture(b)
	}
}

// follows is how much room the first lines of the block after a heading take.
func (p *paper) follows(s *Section, at int) float64 {
	if at < len(s.Blocks) && s.Blocks[at].Kind == Picture {
		d := s.Blocks[at].Draw(textWide / chartUnit)
		return d.Height * chartUnit * p.scale
	}
	return 24 * p.scale
}

// letters are how a text is set.
type letters struct {
	size float64 // points
	bold bool
	tone string
}

func (p *paper) letters(l letters) {
	style := ""
	if l.bold {
		style = "B"
	}
	p.SetFont(face, style, l.size*p.scale)
	c := colour(l.tone)
	p.SetTextColor(c[0], c[1], c[2])
}

// lead is the height of a line.
func (p *paper) lead(size float64) float64 { return size * 1.35 * point * p.scale }

func (p *paper) gap(mm float64) { p.SetY(p.GetY() + mm*p.scale) }

// room begins a new sheet unless so much is left on this one.
func (p *paper) room(mm float64) {
	if p.GetY()+mm > sheetHigh-marginEdge {
		p.AddPage()
	}
}

// prose sets a text over the whole width.
func (p *paper) prose(text string, l letters) {
	p.letters(l)
	high := p.lead(l.size)
	for _, line := range p.lines(text, textWide) {
		p.room(high)
		p.letters(l)
		p.Text(margin, p.GetY()+high*0.74, line)
		p.SetY(p.GetY() + high)
	}
	p.gap(0.7)
}

// lines breaks a text at blanks for a width in the letters that are set. A word that is wider than the line is broken
// anywhere.
func (p *paper) lines(text string, width float64) []string {
	var lines []string
	line := ""
	for word := range strings.SplitSeq(text, " ") {
		for p.GetStringWidth(word) > width {
			cut := []rune(word)
			n := len(cut)
			for n > 1 && p.GetStringWidth(string(cut[:n])) > width {
				n--
			}
			if line != "" {
				lines, line = append(lines, line), ""
			}
			lines, word = append(lines, string(cut[:n])), string(cut[n:])
		}
		switch {
		case line == "":
			line = word
		case p.GetStringWidth(line+" "+word) > width:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// aside is a text beside a bar.
func (p *paper) aside(text string) {
	l := letters{size: 9.5, bold: true}
	p.letters(l)
	lines, high := p.lines(text, textWide-5), p.lead(l.size)
	p.gap(1)
	p.room(float64(len(lines)) * high)
	c := colour("accent")
	p.SetFillColor(c[0], c[1], c[2])
	p.Rect(margin, p.GetY(), 1, float64(len(lines))*high, "F")
	for i, line := range lines {
		p.Text(margin+4, p.GetY()+(float64(i)+0.74)*high, line)
	}
	p.SetY(p.GetY() + float64(len(lines))*high)
	p.gap(2)
}

// chip sets the verdict in two words.
func (p *paper) chip(c Chip) {
	p.letters(letters{size: 9, bold: true, tone: string(c.Tone)})
	wash := colour(string(c.Tone) + "-wash")
	p.SetFillColor(wash[0], wash[1], wash[2])
	wide, high := p.GetStringWidth(c.Word)+6, 5.6*p.scale
	p.gap(0.5)
	p.RoundedRect(margin, p.GetY(), wide, high, high/2, "1234", "F")
	p.Text(margin+3, p.GetY()+high*0.7, c.Word)
	p.SetY(p.GetY() + high)
	p.gap(1.5)
}

// colour is that of a tone on white paper.
func colour(tone string) [3]int {
	switch tone {
	case "quiet", "calm":
		return [3]int{0x5b, 0x63, 0x5f}
	case "hair":
		return [3]int{0xdc, 0xd9, 0xcd}
	case "accent":
		return [3]int{0x14, 0x60, 0x5a}
	case "sheet":
		return [3]int{0xff, 0xff, 0xff}
	case "planted":
		return [3]int{0x8a, 0x3e, 0xa8}
	case "good":
		return [3]int{0x1f, 0x6b, 0x3a}
	case "good-wash":
		return [3]int{0xe1, 0xf0, 0xe5}
	case "bad":
		return [3]int{0xa3, 0x31, 0x2b}
	case "bad-wash":
		return [3]int{0xf8, 0xe5, 0xe2}
	case "warn":
		return [3]int{0x7d, 0x52, 0x00}
	case "warn-wash":
		return [3]int{0xf8, 0xed, 0xd3}
	case "calm-wash":
		return [3]int{0xf1, 0xef, 0xe7}
	}
	return [3]int{0x1d, 0x23, 0x21}
}
