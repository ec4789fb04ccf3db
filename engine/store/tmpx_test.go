package store_test

import (
	"testing"
	"context"
	"time"
	"treue/engine/enginetest"
	"treue/engine/store"
)

func TestTmpX(t *testing.T) {
	url := enginetest.Database(t) + "&log_min_duration_statement=60&application_name=tmpx"
	s, err := store.Open(context.Background(), url)
	if err != nil { t.Fatal(err) }
	defer s.Close()
	if _, err := s.Migrate(context.Background()); err != nil { t.Fatal(err) }
	people, bought, bits := shop(23570, 69659)
	for range 2 {
	start := time.Now()
	s.ImportCustomers(t.Context(), file("customers", noon), pepper, lines(people...))
	t.Log("customers", time.Since(start)); start = time.Now()
	s.ImportOrders(t.Context(), file("orders", noon), lines(bought...))
	t.Log("orders", time.Since(start)); start = time.Now()
	s.ImportLines(t.Context(), file("lines", noon), lines(bits...))
	t.Log("lines", time.Since(start)); start = time.Now()
	}
	start := time.Now()
	s.Aggregates(t.Context(), noon, store.Terms{Zone: time.UTC})
	t.Log("agg", time.Since(start))
}
