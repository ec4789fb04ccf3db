package ingest

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"treue/rules/customer"
)

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatalf("load time zone: %v", err)
	}
	return zone
}

// berlin returns the options of a German shop.
func berlin(t testing.TB) Options {
	t.Helper()
	return Options{Source: "shop", Zone: location(t, "Europe/Berlin"), Currency: "EUR"}
}

// result is all that reading a file gives.
type result[T any] struct {
	records []T
	rejects []Reject
	summary Summary
	err     error
}

// readCustomers and readOrders read a whole file and hold what must be true of every file.
func readCustomers(t testing.TB, o Options, file string) result[customer.Customer] {
	t.Helper()
	return readAll(t, o, file, customers())
}

func readOrders(t testing.TB, o Options, file string) result[customer.Order] {
	t.Helper()
	return readAll(t, o, file, orders(o.NoOrderID))
}

func readAll[T any](t testing.TB, o Options, file string, kind table[T]) result[T] {
	t.Helper()
	var got result[T]
	// One byte less than asked for at a time finds what depends on the edges of reads.
	got.summary, got.err = read(t.Context(), &stutter{strings.NewReader(file)}, o, kind,
		func(_ int, record T) error { got.records = append(got.records, record); return nil },
		func(r Reject) error { got.rejects = append(got.rejects, r); return nil })
	if got.summary.Rows != len(got.records)+len(got.rejects) || got.summary.Rejected != len(got.rejects) {
		t.Fatalf("summary has %d rows and %d rejected, there were %d records and %d rejects",
			got.summary.Rows, got.summary.Rejected, len(got.records), len(got.rejects))
	}
	for _, r := range got.rejects {
		if r.Reason == "" || r.Line < 1 || len(r.Record) == 0 {
			t.Fatalf("reject without line, reason or record: %+v", r)
		}
	}
	var file1 *FileError
	if got.err != nil && !errors.As(got.err, &file1) {
		t.Fatalf("error is not a *FileError: %v", got.err)
	}
	return got
}

// stutter reads in odd portions.
type stutter struct{ r io.Reader }

func (s *stutter) Read(p []byte) (int, error) {
	if len(p) > 1 {
		p = p[:max(1, len(p)*7/10)]
	}
	return s.r.Read(p)
}

// berlinOf is berlin within a property, whose t is of another type.
func berlinOf(t *rapid.T) Options {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return Options{Source: "shop", Zone: zone, Currency: "EUR"}
}

func discard(int, customer.Order) error { return nil }

func rapidRead(t *rapid.T, file string) result[customer.Order] {
	var got result[customer.Order]
	got.summary, got.err = ReadOrders(t.Context(), strings.NewReader(file), berlinOf(t),
		func(_ int, o customer.Order) error { got.records = append(got.records, o); return nil },
		func(r Reject) error { got.rejects = append(got.rejects, r); return nil })
	return got
}
