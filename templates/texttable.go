package templates

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxTableWidth is the widest table of data whose columns are lined up.
const maxTableWidth = 78

// list writes items with their marks, inner lists indented.
func (w *textWriter) list(n *html.Node) {
	gap := 1
	if len(w.indent) > 0 {
		gap = 0
	}
	w.breakLine(gap)
	number := 0
	for item := range n.ChildNodes() {
		if item.DataAtom != atom.Li {
			w.walk(item)
			continue
		}
		number++
		mark := "- "
		if n.DataAtom == atom.Ol {
			mark = fmt.Sprintf("%d. ", number)
		}
		w.item(item, mark)
	}
	w.breakLine(gap)
}

// item writes one entry; its further lines stand below its words.
func (w *textWriter) item(n *html.Node, mark string) {
	outer := w.indent
	w.indent = append(append([]string{}, outer...), strings.Repeat(" ", len(mark)))
	w.bullet = mark
	w.block(n, 0, nil)
	w.indent, w.bullet = outer, ""
}

// indented puts a mark before every line of a quote.
func (w *textWriter) indented(indent string, content func()) {
	w.breakLine(1)
	outer := w.indent
	w.indent = append(append([]string{}, outer...), indent)
	content()
	w.breakLine(1)
	w.indent = outer
}

// table writes a table of data with its columns lined up. A table that only lays
// out the mail is a sequence of blocks.
func (w *textWriter) table(n *html.Node) {
	if attribute(n, "role") == "presentation" {
		w.block(n, 0, nil)
		return
	}
	rows := dataRows(n)
	if rows == nil {
		w.block(n, 0, nil)
		return
	}
	widths := columnWidths(rows)
	total := 2 * (len(widths) - 1)
	for _, width := range widths {
		total += width
	}
	w.breakLine(1)
	for _, row := range rows {
		w.breakLine(0)
		w.begin()
		w.line.WriteString(tableRow(row, widths, total <= maxTableWidth))
		w.measured = w.measured || slices.ContainsFunc(row, standsIn)
	}
	w.breakLine(1)
}

// tableRow lines cells up, or parts them where the table is too wide for that.
func tableRow(row []string, widths []int, aligned bool) string {
	if !aligned {
		return strings.Join(row, " | ")
	}
	var b strings.Builder
	for i, cell := range row {
		b.WriteString(cell)
		if i < len(row)-1 {
			b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
		}
	}
	return b.String()
}

// columnWidths is the longest cell of each column, in characters.
func columnWidths(rows [][]string) []int {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

// dataRows gives the cells of a table, or nil if a cell holds blocks or a link.
func dataRows(n *html.Node) [][]string {
	var rows [][]string
	for node := range n.Descendants() {
		switch node.DataAtom {
		case atom.Table, atom.P, atom.Ul, atom.Ol, atom.A, atom.Div, atom.Br:
			return nil
		case atom.Tr:
			rows = append(rows, nil)
		case atom.Td, atom.Th:
			if len(rows) == 0 {
				return nil
			}
			cell := strings.Join(strings.Fields(visible(content(node))), " ")
			rows[len(rows)-1] = append(rows[len(rows)-1], cell)
		}
	}
	return rows
}

// tidyText makes line ends "\n", drops spaces at their ends, keeps at most one
// empty line in a row and ends with a line end.
func tidyText(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", nbsp, " ").Replace(text)
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimRight(line, " \t")
		if line == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		out = append(out, line)
	}
	joined := strings.TrimRight(strings.Join(out, "\n"), "\n")
	if joined == "" {
		return ""
	}
	return joined + "\n"
}
