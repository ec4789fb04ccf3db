package store_test

import (
	"time"

	"treue/engine/store"
)

// aggregate is one customer's history as known at asOf, in UTC and without a margin share.
func (b *bench) aggregate(asOf time.Time, who string) store.Aggregate {
	b.Helper()
	all, err := b.Aggregates(b.ctx(), asOf, store.Terms{Zone: time.UTC})
	if err != nil {
		b.Fatal(err)
	}
	for _, a := range all {
		if a.ExternalID == who {
			return a
		}
	}
	b.Fatalf("there is no customer %s", who)
	return store.Aggregate{}
}
