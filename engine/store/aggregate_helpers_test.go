package store_test

import (
	"fmt"
	"time"

	"treue/engine/store"
)

// aggregate is one customer's history as known at asOf, in UTC and without a margin share.
func (b *bench) aggregate(asOf time.Time, who string) store.Aggregate {
	b.Helper()
	return b.aggregateIn(time.UTC, asOf, who)
}

// aggregateIn is one customer's history as known at asOf in a zone, without a margin share.
func (b *bench) aggregateIn(zone *time.Location, asOf time.Time, who string) store.Aggregate {
	b.Helper()
	all, err := b.Aggregates(b.ctx(), asOf, store.Terms{Zone: zone})
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

// store imports and arranges a history.
func (b *bench) store(h history) {
	b.Helper()
	b.customers("people", noon, counts{inserted: int64(len(h.people))}, h.people...)
	b.orders("orders", noon, counts{inserted: int64(len(h.orders))}, h.orders...)
	b.lines("lines", noon, counts{inserted: int64(len(h.lines))}, h.lines...)
	b.feedback("feedback", counts{inserted: int64(len(h.feedback))}, h.feedback...)
	for i, m := range h.contacts {
		b.contact(m.who, m.campaign, i+1, m.at)
	}
	for i, x := range h.cases {
		b.exec(`INSERT INTO cases VALUES ($1, $2, 'case', $3, $4)`, id(x.who), i, x.opened, x.closed)
	}
}

// campaigns arranges campaigns that can have made contacts.
func (b *bench) campaigns(keys ...string) {
	b.Helper()
	for _, key := range keys {
		b.exec(`INSERT INTO campaigns VALUES ($1, 'winback', $1, 'active', 1, 1, $2, $2, $2)`, key, noon)
		b.exec(`INSERT INTO campaign_versions VALUES ($1, 1, '{}', $2)`, key, noon)
		b.exec(`INSERT INTO campaign_splits VALUES ($1, 1, 0.5, $2)`, key, noon)
	}
}

// contact arranges a contact; every second one of a campaign is a ghost send. campaign is "" for mail of another tool.
func (b *bench) contact(who, campaign string, no int, at time.Time) {
	b.Helper()
	if campaign == "" {
		b.exec(`INSERT INTO foreign_mails VALUES ($1, $2, $3)`, id(who), at, fmt.Sprint("newsletter ", no))
		return
	}
	arm, state := "treated", "accepted"
	if no%2 == 0 {
		arm, state = "control", "ghost"
	}
	b.exec(`INSERT INTO assignments SELECT $1, $2, 1, 1, 'treated', 0, 0.5, $3, 1, NULL, false ON CONFLICT DO NOTHING`, id(who), campaign, at)
	b.exec(`INSERT INTO entries VALUES ($1, $2, $3, 1, 1, $4, $5, 1)`, id(who), campaign, no, arm, at)
	b.exec(`INSERT INTO sends (customer_id, campaign_key, entry, step_key, step_no, version, arm, state, reason, message_id, basis, evidence,
			planned_at, due_at, attempts, unknowns, first_attempt_at, last_attempt_at, finished_at)
		VALUES ($1, $2, $3, 'first', 1, 1, $4, $5, '', $6, 'consent', 'form', $7, $7, 1, 0, $7, $7, $7)`,
		id(who), campaign, no, arm, state, fmt.Sprint("message ", campaign, no), at)
}
