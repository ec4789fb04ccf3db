package ingest

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
)

// RejectFile writes rejected rows as CSV: line, reason, then the row as it stood in the file. A cell that a
// spreadsheet would run as a formula starts with an apostrophe.
type RejectFile struct {
	out  *csv.Writer
	rows int
}

// NewRejectFile returns a file of rejects that is written to w; nothing is written before the first reject.
func NewRejectFile(w io.Writer) *RejectFile {
	return &RejectFile{out: csv.NewWriter(w)}
}

// Write appends a row. It has the form of the reject argument of ReadCustomers and its like.
func (f *RejectFile) Write(r Reject) error {
	if f.rows == 0 {
		if err := f.record("line", "reason", r.Header); err != nil {
			return err
		}
	}
	f.rows++
	return f.record(strconv.Itoa(r.Line), r.Reason, r.Record)
}

// record writes one row. Columns and values are strangers' text, reasons quote them: all of it is defused.
func (f *RejectFile) record(line, reason string, cells []string) error {
	record := []string{line, defuse(reason)}
	for _, cell := range cells {
		record = append(record, defuse(cell))
	}
	if err := f.out.Write(record); err != nil {
		return fmt.Errorf("write the rejects: %w", err)
	}
	return nil
}

// Rows returns the number of rejects written.
func (f *RejectFile) Rows() int { return f.rows }

// Flush writes out what is still in memory.
func (f *RejectFile) Flush() error {
	f.out.Flush()
	if err := f.out.Error(); err != nil {
		return fmt.Errorf("write the rejects: %w", err)
	}
	return nil
}

// defuse puts an apostrophe before a cell that spreadsheets take for a formula (CWE-1236).
func defuse(cell string) string {
	if cell == "" {
		return cell
	}
	switch cell[0] {
	case '=', '+', '-', '@', '\t', '\r':
		return "'" + cell
	}
	return cell
}
