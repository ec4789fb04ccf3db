package ingest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"treue/rules/customer"
)

// BenchmarkReadOrders reads 70,000 orders, the size of the CDNOW master file.
func BenchmarkReadOrders(b *testing.B) {
	const rows = 70_000
	var file bytes.Buffer
	file.WriteString("order_id,customer_id,ordered_at,total,currency,tax\n")
	day := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range rows {
		fmt.Fprintf(&file, "o%d,k%d,%s,%d.%02d,EUR,3.19\n", i, i%9000, day.AddDate(0, 0, i%900).Format("2006-01-02 15:04"), i%300, i%100)
	}
	b.SetBytes(int64(file.Len()))
	for b.Loop() {
		n := 0
		_, err := ReadOrders(b.Context(), bytes.NewReader(file.Bytes()), berlin(b), func(int, customer.Order) error { n++; return nil }, func(r Reject) error {
			b.Fatalf("line %d: %s", r.Line, r.Reason)
			return nil
		})
		if err != nil || n != rows {
			b.Fatalf("%d rows, %v", n, err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkReadCustomersJSON reads 20,000 customers from JSON lines.
func BenchmarkReadCustomersJSON(b *testing.B) {
	const rows = 20_000
	var file strings.Builder
	for i := range rows {
		fmt.Fprintf(&file, `{"customer_id":%d,"email":"k%d@example.org","first_name":"Käthe","consent":true,"consent_at":"2026-01-01","tags":["a","b"]}`+"\n", i, i)
	}
	b.SetBytes(int64(file.Len()))
	for b.Loop() {
		n := 0
		_, err := ReadCustomers(b.Context(), strings.NewReader(file.String()), berlin(b), func(int, customer.Customer) error { n++; return nil }, nil)
		if err != nil || n != rows {
			b.Fatalf("%d rows, %v", n, err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
