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
	for _, seed := range []string{
		"feedback_id,customer_id,given_at,score,comment\nf1,k1,2026-01-01,9.5,gut\nf2,k1,x,11,\nf3,k1,2026-01-01,-0,\n",
		"Bewertung-ID;Kundennummer;Datum;Bewertung\nf1;k1;2026-01-01;7,5\n",
		"lot_id,customer_id,points,earned_at,expires_at\nl1,k1,12.3456,2026-01-01,2026-12-31\nl2,k1,-1,,\nl3,k1,1e15,,\n",
		`{"lot_id":1,"kunde":2,"punkte":1e-7,"gültig_bis":"2026-12-31"}`,
	} {
		f.Add([]byte(seed))
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
		checkFeedbackAndPoints(t, string(file))
	})
}

// checkFeedbackAndPoints holds what the tables demand of what is accepted.
func checkFeedbackAndPoints(t *testing.T, file string) {
	t.Helper()
	for _, f := range readAll(t, berlin(t), file, feedback()).records {
		if f.ExternalID == "" || f.CustomerExternalID == "" || f.GivenAt.IsZero() || !(f.Score >= 0 && f.Score <= 10) {
			t.Errorf("feedback %+v", f)
		}
	}
	for _, l := range readAll(t, berlin(t), file, points()).records {
		if l.ExternalID == "" || l.CustomerExternalID == "" || l.Points < 0 || l.Points > maxMinor {
			t.Errorf("lot %+v", l)
		}
	}
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
