package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/engine/store"
	"treue/rules/customer"
)

// whileLocked does something while a transaction holds the rows that sql locks, and hands over that transaction once it
// waits for them.
func (b *bench) whileLocked(sql string, do func() error, waits func(pgx.Tx)) {
	b.Helper()
	holder, err := b.db.Begin(b.ctx())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = holder.Rollback(context.WithoutCancel(b.ctx())) }()
	if _, err := holder.Exec(b.ctx(), sql); err != nil {
		b.Fatal(err)
	}
	pid := int32(holder.Conn().PgConn().PID())
	done := make(chan error, 1)
	go func() { done <- do() }()
	const waiting = `SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))`
	for deadline := time.Now().Add(10 * time.Second); value[int64](b, waiting, pid) == 0; {
		if time.Now().After(deadline) {
			b.Fatal("nobody waits for the lock")
		}
	}
	waits(holder)
	if err := holder.Rollback(b.ctx()); err != nil {
		b.Fatal(err)
	}
	if err := <-done; err != nil {
		b.Error(err)
	}
}

// TestDeclarationsLockInOneOrder: whoever waits for an attempt at a customer holds nothing yet, so that a choice on the
// preference page and an unsubscribe of the same customer never wait for each other.
func TestDeclarationsLockInOneOrder(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	b.consenting("c1")
	b.enter(noon, "treated", "c1")
	e := customer.ConsentEvent{Kind: customer.ConsentWithdraw, EffectiveAt: noon, Source: "page"}
	for name, declare := range map[string]func(context.Context, int64, customer.ConsentEvent, string) error{
		"unsubscribed": b.Declare, "chosen": b.DeclareChange,
	} {
		b.whileLocked(`SELECT FROM pressure FOR UPDATE`, func() error { return declare(b.ctx(), id("c1"), e, "x") }, func(tx pgx.Tx) {
			if _, err := tx.Exec(b.ctx(), `SELECT FROM customers FOR NO KEY UPDATE NOWAIT`); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// TestClaimsLockInOneOrder: a claim that waits for the bucket of one provider holds that of none behind it.
func TestClaimsLockInOneOrder(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	b.waiting(4)
	b.exec(`UPDATE outbox SET provider = CASE WHEN customer_id IN (SELECT customer_id FROM outbox ORDER BY customer_id LIMIT 2) THEN 'a.example' ELSE 'b.example' END`)
	for _, provider := range []string{"b.example", "a.example"} { // so that they lie in the table in this order
		if err := b.SetLimits(b.ctx(), store.Limits{PerHour: map[string]int{"b.example": 60, provider: 60}}); err != nil {
			t.Fatal(err)
		}
	}
	claimed := 0
	b.whileLocked(`SELECT FROM provider_rates WHERE provider = 'a.example' FOR UPDATE`, func() error {
		claims, err := b.Claim(b.ctx(), b.worker, []string{"winback"}, noon, store.Pace{At: noon}, 20)
		claimed = len(claims)
		return err
	}, func(tx pgx.Tx) {
		if _, err := tx.Exec(b.ctx(), `SELECT FROM provider_rates WHERE provider = 'b.example' FOR UPDATE NOWAIT`); err != nil {
			t.Error(err)
		}
	})
	if claimed != 2 {
		t.Errorf("%d were claimed, want one of each provider", claimed)
	}
}
