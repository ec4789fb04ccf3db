package store_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"treue/engine/enginetest"
	"treue/engine/store"
	"treue/rules/customer"
)

// shop invents customers with a few orders each.
func shop(customers, orders int) ([]customer.Customer, []customer.Order, []customer.Line) {
	r := rand.New(rand.NewPCG(1, 2))
	people := make([]customer.Customer, customers)
	for i := range people {
		who := fmt.Sprint("c", i)
		people[i] = says(person(who, who+"@shop.example"), i%3 > 0, noon.AddDate(0, 0, -i%500), "form")
	}
	bought := make([]customer.Order, orders)
	lines := make([]customer.Line, orders)
	for i := range bought {
		o := order(fmt.Sprint("o", i), people[i%customers].ExternalID, noon.Add(-time.Duration(r.IntN(700*24))*time.Hour), r.Int64N(20000))
		if i%10 == 0 {
			o.Refund = o.Total / 2
		}
		bought[i] = o
		lines[i] = line(1, o.ExternalID, o.CustomerExternalID, fmt.Sprint("p", i%50), 1)
		lines[i].Category = fmt.Sprint("category ", i%9)
	}
	return people, bought, lines
}

// BenchmarkImport measures a shop of the size of the CDNOW data: 23,570 customers with 69,659 orders.
func BenchmarkImport(b *testing.B) {
	people, bought, bits := shop(23570, 69659)
	for b.Loop() {
		b.StopTimer()
		s := enginetest.Store(b)
		b.StartTimer()
		for i := range 2 {
			start := time.Now()
			must := func(kind string, _ store.Counts, err error) {
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(time.Since(start).Seconds(), fmt.Sprintf("s/%s%d", kind, i+1))
				start = time.Now()
			}
			c, err := s.ImportCustomers(b.Context(), file("customers", noon), pepper, lines(people...))
			must("customers", c, err)
			c, err = s.ImportOrders(b.Context(), file("orders", noon), lines(bought...))
			must("orders", c, err)
			c, err = s.ImportLines(b.Context(), file("lines", noon), lines(bits...))
			must("lines", c, err)
		}
	}
}

// BenchmarkAggregates measures the first half of a refresh.
func BenchmarkAggregates(b *testing.B) {
	people, bought, bits := shop(70000, 200000)
	s := enginetest.Store(b)
	if _, err := s.ImportCustomers(b.Context(), file("customers", noon), pepper, lines(people...)); err != nil {
		b.Fatal(err)
	}
	if _, err := s.ImportOrders(b.Context(), file("orders", noon), lines(bought...)); err != nil {
		b.Fatal(err)
	}
	if _, err := s.ImportLines(b.Context(), file("lines", noon), lines(bits...)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if all, err := s.Aggregates(b.Context(), noon, store.Terms{Zone: time.UTC}); err != nil || len(all) != len(people) {
			b.Fatal(len(all), err)
		}
	}
}
