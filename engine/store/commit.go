package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/campaigns"
	"treue/campaigns/assign"
)

// Batch is a part of a plan that becomes true in one transaction.
type Batch struct {
	Campaign   *campaigns.Campaign
	RunNo      int
	Now        time.Time
	Decisions  []campaigns.Decision // new or changed ones only
	Admissions []Admission
}

// Admission is an entry with what only the database needs to know of it.
type Admission struct {
	campaigns.Admission
	Provider   string
	Evidence   string   // of the legal basis
	MessageIDs []string // one per send
	Coupons    []string // one per send; "" where the step has none
}

// CommitBatch writes decisions, assignments, entries, sends and what is due, all or nothing, while the lease is held.
func (s *Store) CommitBatch(ctx context.Context, l Lease, b Batch) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		if err := held(ctx, tx, l); err != nil {
			return err
		}
		// The plan of a foreign key's check outlives the time when its table was small enough to be read as a whole.
		if _, err := tx.Exec(ctx, `SET LOCAL enable_seqscan = off`); err != nil {
			return err
		}
		if err := b.writeDecisions(ctx, tx); err != nil {
			return err
		}
		if len(b.Admissions) == 0 {
			return nil
		}
		if err := b.writeAdmissions(ctx, tx); err != nil {
			return err
		}
		return countFirst(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("write the plan of %s: %w", b.Campaign.Key, err)
	}
	return nil
}

// countFirst lets Postgres count the rows of the first entries ever made. The plan of a foreign key's check is kept, and one
// made for an empty table looks through all who were assigned in the campaign: checks would take ever longer, until
// autovacuum comes by.
func countFirst(ctx context.Context, tx pgx.Tx) error {
	var uncounted bool
	err := tx.QueryRow(ctx, `SELECT reltuples <= 0 FROM pg_class WHERE oid = 'assignments'::regclass`).Scan(&uncounted)
	if err == nil && uncounted {
		_, err = tx.Exec(ctx, `SET LOCAL default_statistics_target = 10; ANALYZE assignments, entries, sends, outbox`)
	}
	return err
}

func (b *Batch) writeDecisions(ctx context.Context, tx pgx.Tx) error {
	ids := make([]int64, len(b.Decisions))
	for i := range b.Decisions {
		ids[i] = b.Decisions[i].CustomerID
	}
	const closeOpen = `UPDATE decisions SET run_to = $2 WHERE campaign_key = $1 AND run_to IS NULL AND customer_id = ANY($3)`
	if _, err := tx.Exec(ctx, closeOpen, b.Campaign.Key, b.RunNo-1, ids); err != nil {
		return err
	}
	return copyRows(ctx, tx, "decisions", len(b.Decisions),
		[]string{"customer_id", "campaign_key", "run_from", "version", "decided_at", "outcome", "detail"},
		func(i int) []any {
			d := b.Decisions[i]
			return []any{d.CustomerID, b.Campaign.Key, b.RunNo, b.Campaign.Version, b.Now, string(d.Outcome), d.Detail}
		})
}

func (b *Batch) writeAdmissions(ctx context.Context, tx pgx.Tx) error {
	ids := make([]int64, len(b.Admissions))
	var drawn []*Admission
	for i := range b.Admissions {
		ids[i] = b.Admissions[i].CustomerID
		if !b.Admissions[i].Assigned {
			drawn = append(drawn, &b.Admissions[i])
		}
	}
	if _, err := tx.Exec(ctx, `INSERT INTO pressure (customer_id) SELECT unnest($1::bigint[]) ON CONFLICT DO NOTHING`, ids); err != nil {
		return err
	}
	c := b.Campaign
	err := copyRows(ctx, tx, "assignments", len(drawn),
		[]string{"customer_id", "campaign_key", "split", "version", "arm", "u", "share", "assigned_at", "run_no", "clv_predicted", "contaminated", "segment"},
		func(i int) []any {
			a := drawn[i]
			return []any{a.CustomerID, c.Key, c.Split, c.Version, a.Arm, assign.Fraction(a.U), c.Holdout, b.Now, b.RunNo, numberOrNull(a.CLV), false, textOrNull(a.Segment)}
		})
	if err != nil {
		return err
	}
	err = copyRows(ctx, tx, "entries", len(b.Admissions),
		[]string{"customer_id", "campaign_key", "entry", "split", "version", "arm", "entered_at", "run_no"},
		func(i int) []any {
			a := &b.Admissions[i]
			return []any{a.CustomerID, c.Key, a.No, c.Split, c.Version, a.Arm, a.EnteredAt, b.RunNo}
		})
	if err != nil {
		return err
	}
	if err := b.writeSends(ctx, tx); err != nil {
		return err
	}
	// A plan that remembers them has to look again.
	_, err = tx.Exec(ctx, `INSERT INTO stale_customers (customer_id, stamp) SELECT unnest($1::bigint[]), $2 ON CONFLICT DO NOTHING`, ids, -b.Now.UnixMicro())
	return err
}

// step is one send of the batch.
type step struct {
	*Admission
	i int
}

func (b *Batch) steps(keep func(step) bool) []step {
	var all []step
	for i := range b.Admissions {
		for j := range b.Admissions[i].Sends {
			if st := (step{&b.Admissions[i], j}); keep(st) {
				all = append(all, st)
			}
		}
	}
	return all
}

func (b *Batch) writeSends(ctx context.Context, tx pgx.Tx) error {
	all := b.steps(func(step) bool { return true })
	key := b.Campaign.Key
	err := copyRows(ctx, tx, "sends", len(all),
		[]string{
			"customer_id", "campaign_key", "entry", "step_key", "step_no", "version", "arm", "state", "reason", "message_id", "basis", "evidence",
			"planned_at", "due_at", "attempts", "unknowns", "coupon_code", "valid_until",
		},
		func(i int) []any {
			st := all[i]
			send := st.Sends[st.i]
			return []any{
				st.CustomerID, key, st.No, send.StepKey, send.Step, b.Campaign.Version, st.Arm, string(campaigns.Planned), "", st.MessageIDs[st.i],
				string(b.Campaign.LegalBasis), st.Evidence, b.Now, send.DueAt, 0, 0, textOrNull(st.Coupons[st.i]), send.ValidUntil,
			}
		})
	if err != nil {
		return err
	}
	err = copyRows(ctx, tx, "outbox", len(all), []string{"customer_id", "campaign_key", "entry", "step_key", "due_at", "provider"},
		func(i int) []any {
			st := all[i]
			return []any{st.CustomerID, key, st.No, st.Sends[st.i].StepKey, st.Sends[st.i].DueAt, st.Provider}
		})
	if err != nil {
		return err
	}
	coupons := b.steps(func(st step) bool { return st.Coupons[st.i] != "" })
	return copyRows(ctx, tx, "coupons", len(coupons),
		[]string{"customer_id", "code", "campaign_key", "entry", "step_key", "issued_at", "valid_until"},
		func(i int) []any {
			st := coupons[i]
			return []any{st.CustomerID, st.Coupons[st.i], key, st.No, st.Sends[st.i].StepKey, b.Now, st.Sends[st.i].ValidUntil}
		})
}

// copyRows streams n rows into a table.
func copyRows(ctx context.Context, tx pgx.Tx, table string, n int, columns []string, row func(int) []any) error {
	if n == 0 {
		return nil
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromSlice(n, func(i int) ([]any, error) { return row(i), nil }))
	return err
}
