package ingest

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Limits in bytes. A row that is not over by its limit is taken for one whose quote is never closed.
const (
	maxField = 1 << 20
	maxRow   = 4 << 20
)

// csvRows is the source of a CSV file (RFC 4180, with the delimiter that was found).
type csvRows struct {
	in       *window
	reader   *csv.Reader
	skipped  int // lines before the reader's first
	nextLine int // after the last row
	header   []string
	latin    int // rows that are not UTF-8
	latinAt  int // the first of them
}

// newCSV reads the header; skipped is the number of lines that came before it. The number of cells is checked
// per row and not by the reader, which would refuse the empty cells that spreadsheets append.
func newCSV(r io.Reader, delimiter rune, skipped int) (*csvRows, error) {
	in := &window{reader: r}
	reader := csv.NewReader(in)
	reader.Comma = delimiter
	reader.FieldsPerRecord = -1
	reader.ReuseRecord = true
	rows := &csvRows{in: in, reader: reader, skipped: skipped, nextLine: skipped + 1}
	head, err := rows.next()
	if errors.Is(err, io.EOF) {
		return nil, &FileError{Message: "the file has no header", Hint: "its first line must name the columns"}
	}
	if err != nil {
		return nil, err
	}
	if head.fault != nil {
		return nil, &FileError{Line: head.line, Message: "the header is unreadable: " + head.fault.Error()}
	}
	if len(head.cells) > maxColumns {
		return nil, &FileError{
			Line:    head.line,
			Message: fmt.Sprintf("the file has %d columns, at most %d are possible", len(head.cells), maxColumns),
			Hint:    "leave out those that are not needed",
		}
	}
	rows.header = slices.Clone(head.cells)
	return rows, nil
}

func (s *csvRows) names() []string { return s.header }

func (s *csvRows) notes() []string {
	if s.latin == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d rows were not UTF-8 and read as Windows-1252, first line %d", s.latin, s.latinAt)}
}

// next reads one row. A row with a fault in it is still a row, which the reader of the file may reject; an error
// means that the rows after it cannot be found.
func (s *csvRows) next() (row, error) {
	start := s.reader.InputOffset()
	cells, err := s.reader.Read()
	raw := s.in.cut(start, s.reader.InputOffset())
	line := s.nextLine
	s.nextLine += bytes.Count(raw, []byte("\n"))
	var fault *csv.ParseError
	switch {
	case err == nil:
		first, _ := s.reader.FieldPos(0)
		return s.checked(row{line: first + s.skipped, cells: cells, rawNames: s.header, raw: cells}, raw), nil
	case errors.Is(err, io.EOF):
		return row{}, io.EOF
	case errors.Is(err, errRowTooLong):
		return row{}, unclosed(line, fmt.Sprintf("the row is longer than %d MB, is its quote never closed?", maxRow>>20))
	case errors.As(err, &fault):
		return s.misquoted(raw, fault)
	}
	return row{}, fmt.Errorf("read line %d: %w", line, err)
}

// checked looks at the row as a whole: number of cells, size, encoding.
func (s *csvRows) checked(r row, raw []byte) row {
	if !utf8.Valid(raw) {
		s.decode(r.cells)
		if s.latin++; s.latin == 1 {
			s.latinAt = r.line
		}
	}
	switch {
	case s.header != nil && len(r.cells) < len(s.header):
		r.fault = fmt.Errorf("the row has %d cells, the header %d", len(r.cells), len(s.header))
	case s.header != nil && len(r.cells) > len(s.header) && !blank(r.cells[len(s.header):]):
		r.fault = fmt.Errorf("the row has %d cells, the header %d: text with a %q in it must stand in quotes", len(r.cells), len(s.header), s.reader.Comma)
	case bytes.IndexByte(raw, 0) >= 0:
		r.fault = errors.New("the row has a NUL byte in it")
	case len(raw) > maxField && slices.ContainsFunc(r.cells, func(cell string) bool { return len(cell) > maxField }):
		r.fault = fmt.Errorf("a cell is longer than %d MB", maxField>>20)
	}
	return r
}

// decode turns the cells that are not UTF-8 from Windows-1252, of which ISO-8859-1 is a part as far as text goes.
func (s *csvRows) decode(cells []string) {
	for i, cell := range cells {
		if utf8.ValidString(cell) {
			continue
		}
		// The decoder knows every byte, so that it cannot fail.
		if decoded, err := charmap.Windows1252.NewDecoder().String(cell); err == nil {
			cells[i] = decoded
		}
	}
}

// misquoted tells a row with a stray quote, which costs that row, from a quote that is never closed, which
// swallows the rows after it.
func (s *csvRows) misquoted(raw []byte, fault *csv.ParseError) (row, error) {
	line := fault.StartLine + s.skipped
	if errors.Is(fault.Err, csv.ErrQuote) && bytes.Count(raw, []byte{'"'})%2 == 1 {
		return row{}, unclosed(line, "a quote is opened and not closed")
	}
	lenient := csv.NewReader(bytes.NewReader(raw))
	lenient.Comma, lenient.LazyQuotes, lenient.FieldsPerRecord = s.reader.Comma, true, -1
	cells, err := lenient.Read()
	if err != nil {
		cells = []string{strings.TrimRight(string(raw), "\r\n")}
	}
	s.decode(cells)
	r := row{line: line, cells: cells, rawNames: s.header, raw: cells}
	r.fault = errors.New(`a quote stands inside a cell: the cell must stand in quotes and the quote be doubled ("")`)
	return r, nil
}

// unclosed blames the line on which a quote opens: the end of the file, where parsers notice, helps nobody.
func unclosed(line int, message string) error {
	return &FileError{Line: line, Message: message, Hint: `a quote inside a quoted cell must be doubled ("")`}
}

// errRowTooLong ends the reading of a file before its row fills the memory.
var errRowTooLong = errors.New("row too long")

// window passes a file on and keeps the bytes of the row being read, as they stand in the file.
type window struct {
	reader io.Reader
	kept   []byte
	base   int64 // offset of kept[0] in the file
	cutTo  int   // kept[:cutTo] is done with
}

// Read drops what is done with and reads on. It refuses to once a single row has filled the window, since the
// parser itself would go on collecting until the memory is full.
func (w *window) Read(p []byte) (int, error) {
	if w.cutTo > 0 {
		w.kept = append(w.kept[:0], w.kept[w.cutTo:]...)
		w.base, w.cutTo = w.base+int64(w.cutTo), 0
	}
	if len(w.kept) > maxRow {
		return 0, errRowTooLong
	}
	n, err := w.reader.Read(p)
	w.kept = append(w.kept, p[:n]...)
	return n, err
}

// cut returns the bytes between two offsets and forgets them at the next read.
func (w *window) cut(from, to int64) []byte {
	w.cutTo = int(to - w.base)
	return w.kept[from-w.base : to-w.base]
}
