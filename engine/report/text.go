package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// lineWidth is where prose is broken in a text.
const lineWidth = 100

// PlainText writes the document for a terminal or a mail without pictures: their tables stand for them. Mark makes a
// title stand out; nil leaves it as it is.
func PlainText(w io.Writer, d *Document, mark func(string) string) error {
	if mark == nil {
		mark = func(s string) string { return s }
	}
	var b strings.Builder
	if d.Title != "" {
		fmt.Fprintf(&b, "%s\n%s\n\n", mark(d.Title), d.Lead)
	}
	for i := range d.Sections {
		s := &d.Sections[i]
		title := s.Title
		if s.Key != "" {
			title += " (" + s.Key + ")"
		}
		if s.Chip != nil {
			title += ": " + s.Chip.Word
		}
		if title != "" {
			b.WriteString(mark(title) + "\n")
		}
		for j := range s.Blocks {
			s.Blocks[j].text(&b, mark)
		}
		b.WriteString("\n")
	}
	for _, line := range d.Foot {
		b.WriteString(wrap(line, lineWidth) + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (b *Block) text(out *strings.Builder, mark func(string) string) {
	switch b.Kind {
	case Heading:
		fmt.Fprintf(out, "\n%s\n", mark(b.Text))
	case Sentence, Text, Note:
		out.WriteString(wrap(b.Text, lineWidth) + "\n")
	case Advice:
		out.WriteString(wrap("→ "+b.Text, lineWidth) + "\n")
	case List:
		for i, item := range b.Items {
			out.WriteString(wrap(fmt.Sprintf("%d. %s", i+1, item), lineWidth) + "\n")
		}
	case Money:
		// The sentence has said it, and the table below does again.
	case Strip, Facts, Grid, Picture:
		if b.Text != "" {
			fmt.Fprintf(out, "\n%s\n", mark(b.Text))
		}
		if b.Table != nil {
			b.Table.text(out)
		}
	}
}

// widestCell is how wide a column of a text may be.
const widestCell = 56

// text writes the table in columns that line up.
func (t *Table) text(out *strings.Builder) {
	if t.Caption != "" {
		out.WriteString("  " + t.Caption + "\n")
	}
	rows := [][]string{make([]string, len(t.Columns))}
	for i, c := range t.Columns {
		rows[0][i] = c.Name
	}
	rows = append(rows, t.Rows...)
	widths := make([]int, len(t.Columns))
	cells := make([][][]string, len(rows))
	for i, row := range rows {
		for j, cell := range row {
			lines := strings.Split(wrap(cell, widestCell), "\n")
			cells[i] = append(cells[i], lines)
			for _, line := range lines {
				widths[j] = max(widths[j], utf8.RuneCountInString(line))
			}
		}
	}
	total := 0
	for _, width := range widths {
		total += width + 2
	}
	if total > widestTable {
		t.records(out)
		return
	}
	for _, row := range cells {
		high := 1
		for _, lines := range row {
			high = max(high, len(lines))
		}
		for k := range high {
			line := make([]string, len(row))
			for j, lines := range row {
				text := ""
				if k < len(lines) {
					text = lines[k]
				}
				line[j] = pad(text, widths[j], t.Columns[j].Numeric)
			}
			out.WriteString(strings.TrimRight("  "+strings.Join(line, "  "), " ") + "\n")
		}
	}
}

// widestTable is how wide a table of a text may be before its rows are written one below the other.
const widestTable = 120

// records writes every row as lines of a name and a value.
func (t *Table) records(out *strings.Builder) {
	name := 0
	for _, c := range t.Columns[1:] {
		name = max(name, utf8.RuneCountInString(c.Name))
	}
	for _, row := range t.Rows {
		out.WriteString("  " + row[0] + "\n")
		for i, cell := range row[1:] {
			lines := strings.Split(wrap(cell, lineWidth-name-8), "\n")
			for k, line := range lines {
				label := ""
				if k == 0 {
					label = t.Columns[i+1].Name
				}
				out.WriteString(strings.TrimRight("    "+pad(label, name, false)+"  "+line, " ") + "\n")
			}
		}
	}
}

func pad(text string, width int, left bool) string {
	blanks := strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
	if left {
		return blanks + text
	}
	return text + blanks
}

// wrap breaks a text at blanks; those that keep an amount together are none.
func wrap(text string, width int) string {
	var lines []string
	line := ""
	for word := range strings.SplitSeq(text, " ") {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	return strings.Join(append(lines, line), "\n")
}
