// Package ingest streams customers, orders, products and past exposures in from shop exports.
//
// A file is CSV with a header or JSON lines with the same names. Every row is accepted or rejected on its own;
// what makes a whole file unreadable is a *FileError. Memory is bounded by the longest row, except that order
// lines are counted per order and orders without an id per equal row, both in a few bytes each.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/text/currency"

	"treue/rules/customer"
)

// Options say how to read a file.
type Options struct {
	Source    string            // the shop system, with which ids are hashed
	Zone      *time.Location    // of times without one, and of days
	Currency  string            // the shop's, ISO 4217
	Map       map[string]string // the file's column name -> our column name
	NoOrderID bool              // orders: make an id of customer, time, total and the number of equal rows before
}

// Validate returns an error if the options cannot be used.
func (o Options) Validate() error {
	if o.Source == "" {
		return errors.New("ingest: the name of the shop system is missing")
	}
	if o.Zone == nil {
		return errors.New("ingest: the shop's time zone is missing")
	}
	if _, err := currency.ParseISO(o.Currency); err != nil {
		return fmt.Errorf("ingest: currency %q is not an ISO 4217 code such as EUR", o.Currency)
	}
	return nil
}

// Reject is a row that was not accepted.
type Reject struct {
	Line   int      // the physical line on which the row starts, from 1
	Reason string   // everything that is wrong with the row
	Header []string // names of the cells of Record, the same for the whole file
	Record []string // the row as it stands in the file
}

// Summary says what was read.
type Summary struct {
	Rows          int      // rejected ones included, header and empty rows not
	Rejected      int      // rows
	Format        string   // what the file turned out to be, such as "CSV, separated by ;"
	Header        []string // the file's column names
	UnreadColumns []string // those of them that are not used
	Notes         []string // what was done to make the file readable
	Bytes         int64    // read so far
}

// FileError says why a file cannot be read, or no further.
type FileError struct {
	Line    int // from 1; 0 where none is to blame
	Message string
	Hint    string // what to do about it; may be empty
}

func (e *FileError) Error() string {
	text := e.Message
	if e.Line > 0 {
		text = fmt.Sprintf("line %d: %s", e.Line, e.Message)
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// ReadCustomers reads customers. The functions emit, with the line on which the row starts, and reject are called once per row, in the file's order;
// an error of theirs ends the reading.
func ReadCustomers(ctx context.Context, r io.Reader, o Options, emit func(line int, record customer.Customer) error, reject func(Reject) error) (Summary, error) {
	return read(ctx, r, o, customers(), emit, reject)
}

// ReadOrders reads orders, like ReadCustomers.
func ReadOrders(ctx context.Context, r io.Reader, o Options, emit func(line int, record customer.Order) error, reject func(Reject) error) (Summary, error) {
	return read(ctx, r, o, orders(o.NoOrderID), emit, reject)
}

// ReadLines reads the lines of orders, like ReadCustomers.
func ReadLines(ctx context.Context, r io.Reader, o Options, emit func(line int, record customer.Line) error, reject func(Reject) error) (Summary, error) {
	return read(ctx, r, o, lines(), emit, reject)
}

// ReadProducts reads products, like ReadCustomers.
func ReadProducts(ctx context.Context, r io.Reader, o Options, emit func(line int, record customer.Product) error, reject func(Reject) error) (Summary, error) {
	return read(ctx, r, o, products(), emit, reject)
}

// ReadExposures reads the arms of campaigns that another tool has run, like ReadCustomers.
func ReadExposures(ctx context.Context, r io.Reader, o Options, emit func(line int, record customer.Exposure) error, reject func(Reject) error) (Summary, error) {
	return read(ctx, r, o, exposures(), emit, reject)
}

// ReadSuppressions reads addresses that must not be written to, like ReadCustomers.
func ReadSuppressions(ctx context.Context, r io.Reader, o Options, emit func(line int, record customer.Suppression) error, reject func(Reject) error) (Summary, error) {
	return read(ctx, r, o, suppressions(), emit, reject)
}

// ReadMails reads mails that another tool has sent, like ReadCustomers.
func ReadMails(ctx context.Context, r io.Reader, o Options, emit func(line int, record customer.Mail) error, reject func(Reject) error) (Summary, error) {
	return read(ctx, r, o, mails(), emit, reject)
}

// ReadCases reads complaints and service cases, like ReadCustomers.
func ReadCases(ctx context.Context, r io.Reader, o Options, emit func(line int, record customer.Case) error, reject func(Reject) error) (Summary, error) {
	return read(ctx, r, o, cases(), emit, reject)
}

// ReadFeedback reads what customers answered when they were asked how satisfied they are, like ReadCustomers.
func ReadFeedback(ctx context.Context, r io.Reader, o Options, emit func(line int, record customer.Feedback) error, reject func(Reject) error) (Summary, error) {
	return read(ctx, r, o, feedback(), emit, reject)
}

// ReadPoints reads lots of loyalty points, like ReadCustomers.
func ReadPoints(ctx context.Context, r io.Reader, o Options, emit func(line int, record customer.PointLot) error, reject func(Reject) error) (Summary, error) {
	return read(ctx, r, o, points(), emit, reject)
}
