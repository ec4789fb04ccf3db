package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// source yields the rows of a file, whatever its format.
type source interface {
	// next returns the next row, or io.EOF. The row is valid until the next call.
	next() (row, error)
	// names returns the column names met so far; they only ever grow.
	names() []string
	// notes returns what was done to make the file readable.
	notes() []string
}

// row is one row of a file, its cells in the order of the source's names.
type row struct {
	line   int
	cells  []string
	nested map[int]bool // the cells that hold a list or an object
	fault  error        // why the row is unreadable as a whole

	rawNames, raw []string // the row for the file of rejects
}

// reading is one run over a file.
type reading[T any] struct {
	table   table[T]
	parser  *parser
	source  source
	binding *binding
	emit    func(int, T) error
	reject  func(Reject) error
	summary Summary
	kept    notes
}

// checkEvery is the number of rows after which a cancelled context is noticed.
const checkEvery = 256

// read is the one way into the house for every kind of record.
func read[T any](ctx context.Context, r io.Reader, o Options, t table[T], emit func(int, T) error, reject func(Reject) error) (Summary, error) {
	if err := o.Validate(); err != nil {
		return Summary{}, err
	}
	counted := &countingReader{reader: r}
	file, err := open(counted)
	if err != nil {
		return Summary{Bytes: counted.n}, err
	}
	run := reading[T]{
		table: t, parser: newParser(o, file.delimiter), source: file.source,
		emit: emit, reject: reject, summary: Summary{Format: file.format, Notes: file.notes},
	}
	if run.binding, err = bind(t.names(), t.aliases(), o.Map); err == nil {
		err = run.all(ctx, file.fixedHeader)
	}
	run.close(counted.n)
	return run.summary, err
}

// all reads every row. A header that stands before the rows must have all columns that are needed; without one,
// each row must.
func (run *reading[T]) all(ctx context.Context, fixedHeader bool) error {
	if fixedHeader {
		if err := run.binding.complete(run.source.names(), run.table.neededNames()); err != nil {
			return err
		}
	}
	for {
		if run.summary.Rows%checkEvery == 0 && ctx.Err() != nil {
			return fmt.Errorf("read %s: %w", run.table.kind, ctx.Err())
		}
		r, err := run.source.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := run.row(r); err != nil {
			return err
		}
	}
}

// row hands one row to emit or reject.
func (run *reading[T]) row(r row) error {
	if r.fault == nil && blank(r.cells) {
		return nil
	}
	if err := run.binding.extend(run.source.names()); err != nil {
		return err
	}
	run.summary.Rows++
	record := run.table.empty
	var reason string
	if r.fault != nil {
		reason = r.fault.Error()
	} else {
		reason = run.parse(&record, r)
	}
	if reason != "" {
		run.summary.Rejected++
		rejected := Reject{Line: r.line, Reason: reason, Header: r.rawNames, Record: slices.Clone(r.raw)}
		if err := run.reject(rejected); err != nil {
			return fmt.Errorf("reject line %d: %w", r.line, err)
		}
		return nil
	}
	if err := run.emit(r.line, record); err != nil {
		return fmt.Errorf("keep line %d: %w", r.line, err)
	}
	return nil
}

// parse fills the record and returns what is wrong with it, "" if it counts.
func (run *reading[T]) parse(record *T, r row) string {
	faults := run.cells(record, r)
	insisted := faults != nil && run.table.insist != nil && run.table.insist(record)
	if faults == nil || insisted {
		if err := run.table.finish(run.parser, record); err != nil {
			return err.Error()
		}
	}
	reason := strings.Join(faults, "; ")
	if insisted {
		run.kept.add(fmt.Sprintf("line %d counts although %s", r.line, reason))
		return ""
	}
	return reason
}

// cells sets the fields of the record and returns everything that is wrong with the row: whoever mends a file
// wants to do it once.
func (run *reading[T]) cells(record *T, r row) (faults []string) {
	for i, c := range run.table.columns {
		at := run.binding.position[i]
		cell := ""
		if at >= 0 && at < len(r.cells) {
			cell = strings.TrimSpace(r.cells[at])
		}
		switch {
		case cell == "" && c.needed:
			faults = append(faults, c.name+" is empty")
		case cell == "":
		case r.nested[at] && !c.nested:
			faults = append(faults, c.name+" holds a list or an object, a plain value is expected")
		default:
			if err := c.set(run.parser, record, cell); err != nil {
				faults = append(faults, c.name+" "+err.Error())
			}
		}
	}
	return faults
}

// close completes the summary, also after an error: how far the reading came is part of the message.
func (run *reading[T]) close(bytes int64) {
	s := &run.summary
	s.Bytes = bytes
	s.Header = slices.Clone(run.source.names())
	s.Notes = append(s.Notes, run.source.notes()...)
	s.Notes = append(s.Notes, run.kept.list()...)
	s.UnreadColumns = run.binding.unread
	for _, theirs := range run.binding.unmet() {
		s.Notes = append(s.Notes, fmt.Sprintf("--map: no row has %q", theirs))
	}
}

// blank reports whether a row is one of those that spreadsheets leave behind below the last.
func blank(cells []string) bool {
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// notes collects remarks about single rows, of which a few are enough.
type notes struct {
	first []string
	more  int
}

const maxNotes = 20

func (n *notes) add(note string) {
	if len(n.first) == maxNotes {
		n.more++
		return
	}
	n.first = append(n.first, note)
}

// list returns the remarks and how many more there were.
func (n *notes) list() []string {
	if n.more == 0 {
		return n.first
	}
	return append(slices.Clone(n.first), fmt.Sprintf("%d more rows of this kind", n.more))
}

// countingReader counts the bytes that were read.
type countingReader struct {
	reader io.Reader
	n      int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.reader.Read(p)
	c.n += int64(n)
	return n, err
}
