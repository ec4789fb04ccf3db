package store_test

import (
	"testing"
	"time"

	"treue/campaigns"
	"treue/rules/customer"
)

func TestAGhostGoesAllTheWayButOut(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	b.consenting("ghost", "gone")
	b.enter(noon, "control", "ghost", "gone")
	b.declare("gone", customer.ConsentWithdraw, noon)
	for _, c := range b.claim(b.worker, noon) {
		want := campaigns.Ghost
		if c.Customer.ExternalID == "gone" {
			want = campaigns.Suppressed
		}
		b.mustBegin(b.worker, c, noon, want)
	}
	b.expect("ghost", "ghost", "ghost gone")
	if got := value[int64](b.bench, `SELECT count(*) FROM sends WHERE state = 'ghost' AND first_attempt_at IS NOT NULL AND attempts = 1 AND coupon_code IS NULL`); got != 1 {
		t.Error("a ghost is no contact, or used a code")
	}
	for _, state := range []string{"sending", "unknown", "accepted", "bounced"} {
		const sql = `UPDATE sends SET state = $1, attempts = 1, first_attempt_at = $2, finished_at = CASE WHEN $1 IN ('accepted', 'bounced') THEN $2::timestamptz END WHERE customer_id = $3`
		if _, err := b.db.Exec(b.ctx(), sql, state, noon, id("ghost")); err == nil {
			t.Errorf("the table let a control customer's send become %s", state)
		}
	}
	b.consenting("treated")
	b.enter(noon, "treated", "treated")
	for what, sql := range map[string]string{
		"a treated ghost":          `UPDATE sends SET state = 'ghost', finished_at = now() WHERE customer_id = $1`,
		"final without an end":     `UPDATE sends SET state = 'cancelled' WHERE customer_id = $1`,
		"open with an end":         `UPDATE sends SET finished_at = now() WHERE customer_id = $1`,
		"sending without attempts": `UPDATE sends SET state = 'sending' WHERE customer_id = $1`,
		"more unknowns than tries": `UPDATE sends SET unknowns = 1 WHERE customer_id = $1`,
	} {
		if _, err := b.db.Exec(b.ctx(), sql, id("treated")); err == nil {
			t.Errorf("the table took %s", what)
		}
	}
}

// declare records a declaration of a customer.
func (b *bench) declare(who string, kind customer.ConsentKind, at time.Time) {
	b.Helper()
	if err := b.Declare(b.ctx(), id(who), customer.ConsentEvent{Kind: kind, EffectiveAt: at, Source: "link"}, "test"); err != nil {
		b.Fatal(err)
	}
}

func TestWhatHappensAfterTheClaimCounts(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	later := noon.Add(time.Hour) // after the moment with which the run works
	tests := map[string]struct {
		meanwhile func(who string)
		want      campaigns.State
		state     string
	}{
		"nothing":    {func(string) {}, campaigns.Sending, "sending claimed"},
		"withdrawal": {func(who string) { b.declare(who, customer.ConsentWithdraw, later) }, campaigns.Suppressed, "suppressed no proven consent gone"},
		"objection":  {func(who string) { b.declare(who, customer.ConsentObjectMarketing, later) }, campaigns.Suppressed, "suppressed objected to advertising gone"},
		"profiling":  {func(who string) { b.declare(who, customer.ConsentObjectProfiling, later) }, campaigns.Suppressed, "suppressed objected to profiling gone"},
		"bounce": {func(who string) {
			if err := b.Suppress(b.ctx(), customer.AddressHash(pepper, who+"@shop.example"), "bounce", later); err != nil {
				t.Error(err)
			}
		}, campaigns.Suppressed, "suppressed address is suppressed gone"},
		"erasure": {func(who string) {
			b.exec(`UPDATE customers SET email = NULL, address_hash = NULL, erased_at = $2 WHERE customer_id = $1`, id(who), later)
		}, campaigns.Cancelled, "cancelled customer erased gone"},
		"purchase": {func(who string) {
			b.exec(`UPDATE entries SET entered_at = $2 WHERE customer_id = $1`, id(who), noon.Add(-time.Hour))
			b.orders("order", noon, counts{inserted: 1}, order("o "+who, who, noon.Add(-time.Minute), 100))
		}, campaigns.Cancelled, "cancelled purchased gone"},
		"address": {func(who string) { b.customers("moves", noon, counts{updated: 1}, person(who, "new@shop.example")) }, campaigns.Planned, "planned in 0"},
		"cap": {func(who string) {
			for i := range 2 {
				b.exec(`INSERT INTO foreign_mails VALUES ($1, $2, 'newsletter')`, id(who), later.Add(time.Duration(i)*time.Minute))
			}
		}, campaigns.Planned, "planned in 1440"},
	}
	var who []string
	for name := range tests {
		who = append(who, name)
	}
	b.consenting(who...)
	b.enter(noon, "treated", who...)
	for _, c := range b.claim(b.worker, noon) {
		name := c.Customer.ExternalID
		c.EnteredAt = value[time.Time](b.bench, `SELECT entered_at - CASE WHEN $2 = 'purchase' THEN interval '1 hour' ELSE '0' END FROM entries WHERE customer_id = $1`, c.CustomerID, name)
		tests[name].meanwhile(name)
		got, err := b.begin(b.worker, c, noon)
		if err != nil || got != tests[name].want {
			t.Errorf("%s: %s, %v; want %s", name, got, err, tests[name].want)
		}
		if got := b.state(name); name != "address" && got != tests[name].state && (name != "withdrawal" || got[:10] != "suppressed") {
			t.Errorf("%s: %q, want %q", name, got, tests[name].state)
		}
	}
	again := b.claim(b.worker, noon)
	if len(again) != 1 || again[0].Customer.Email != "new@shop.example" {
		t.Errorf("claimed again: %+v, want the one with the new address", again)
	}
}
