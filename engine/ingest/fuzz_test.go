package ingest

import (
	"encoding/csv"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"treue/rules/customer"
)

// FuzzFile reads arbitrary bytes as every kind and holds what must be true whatever they are.
func FuzzFile(f *testing.F) {
	for _, tt := range append(fileTests(), jsonTests()...) {
		if len(tt.file) < 10_000 {
			f.Add([]byte(tt.file))
		}
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		got := readOrders(t, berlin(t), string(file))
		for _, o := range got.records {
			checkOrder(t, o)
		}
		checkLines(t, string(file), got)
		for _, c := range readCustomers(t, berlin(t), string(file)).records {
			if c.ExternalID == "" || c.ID != customer.NewID("shop", c.ExternalID) || strings.ContainsRune(c.ExternalID, 0) {
				t.Errorf("customer %+v", c)
			}
		}
		readAll(t, berlin(t), string(file), products())
		readAll(t, berlin(t), string(file), suppressions())
	})
}

func checkOrder(t *testing.T, o customer.Order) {
	t.Helper()
	switch {
	case o.ExternalID == "" || o.CustomerExternalID == "" || o.OrderedAt.IsZero() || o.Currency != "EUR" || o.Status == "":
		t.Errorf("something needed is missing: %+v", o)
	case o.Total < 0 || o.Total > maxMinor || o.Refund < 0 || o.Refund > o.Total || o.Discount < 0:
		t.Errorf("amounts are out of range: %+v", o)
	case !utf8.ValidString(o.ExternalID + o.CustomerExternalID + o.CouponCode):
		t.Errorf("text is not UTF-8: %+v", o)
	case strings.ContainsRune(o.ExternalID+o.CustomerExternalID+o.CouponCode, 0):
		t.Errorf("text has a NUL, which Postgres refuses: %+v", o)
	}
}

// checkLines holds that rejects go upwards and lie within the file, and that their file can be read.
func checkLines(t *testing.T, file string, got result[customer.Order]) {
	t.Helper()
	last, end := 0, strings.Count(file, "\n")+1
	var b strings.Builder
	out := NewRejectFile(&b)
	for _, r := range got.rejects {
		if r.Line <= last || r.Line > end {
			t.Errorf("line %d after line %d of %d", r.Line, last, end)
		}
		last = r.Line
		if err := out.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	reader := csv.NewReader(strings.NewReader(b.String()))
	reader.FieldsPerRecord = -1
	if _, err := reader.ReadAll(); err != nil {
		t.Errorf("the file of rejects is unreadable: %v", err)
	}
	var fault *FileError
	if errors.As(got.err, &fault) && fault.Line > end {
		t.Errorf("error in line %d of %d", fault.Line, end)
	}
}
