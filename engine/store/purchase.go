package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"treue/rules/basket"
	"treue/rules/features"
	"treue/rules/pushdown"
)

// buyer is a customer with what was bought; good until the next one.
type buyer struct {
	id        int64
	purchases []basket.Purchase
}

// eachBuyer streams the lines of all orders as known at a moment, customer by customer, but of those who were erased or
// object to profiling. Sorting and joining in memory takes two thirds of the time of going by keys.
func (s *Store) eachBuyer(ctx context.Context, known time.Time, zone *time.Location, do func(buyer) error) error {
	const begin = `BEGIN READ ONLY; SET LOCAL idle_in_transaction_session_timeout = '2min'; SET LOCAL jit = off; SET LOCAL work_mem = '64MB'`
	sql := `SELECT e.customer_id, e.product_id, e.order_id, e.at, e.category FROM (` + pushdown.Source(features.LineEvents, "$1") + `) e
		WHERE e.customer_id NOT IN (` + objecting + `) AND e.customer_id NOT IN (SELECT customer_id FROM customers WHERE erased_at IS NOT NULL)
		ORDER BY e.customer_id`
	types := []uint32{pgtype.Int8OID, pgtype.Int8OID, pgtype.Int8OID, pgtype.TimestamptzOID, pgtype.TextOID}
	return pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{BeginQuery: begin}, func(tx pgx.Tx) error {
		rows, err := openRows(ctx, tx, sql, []any{known}, types)
		if err != nil {
			return err
		}
		defer rows.close()
		at, days, names := buyer{}, calendar{zone: zone}, words{}
		for {
			row, err := rows.next(ctx)
			if err != nil {
				return err
			}
			if len(at.purchases) > 0 && (row == nil || wholeNumber(row[0]) != at.id) {
				if err := do(at); err != nil {
					return err
				}
				at.purchases = at.purchases[:0]
			}
			if row == nil {
				return nil
			}
			at.id = wholeNumber(row[0])
			at.purchases = append(at.purchases, basket.Purchase{
				Product: wholeNumber(row[1]), Order: wholeNumber(row[2]), Day: int32(days.day(micros(row[3]))), Category: names.text(row[4]),
			})
		}
	})
}

// members are the customers of a set, ascending, with the category that comes next; "" if none is expected.
type members struct {
	ids  []int64
	next []string
	at   int // who comes next
}

// members reads them.
func (s *Store) members(ctx context.Context, set Set) (*members, error) {
	m, names := &members{}, words{}
	err := s.read(ctx, set, View{}, unhurried, func(r *reading) error {
		sql := `SELECT customer_id, next_category FROM ` + set.table() + ` WHERE set_id = $1 ORDER BY customer_id`
		rows, err := openRows(ctx, r.tx, sql, []any{set.ID}, []uint32{pgtype.Int8OID, pgtype.TextOID})
		if err != nil {
			return err
		}
		defer rows.close()
		for {
			row, err := rows.next(ctx)
			if row == nil || err != nil {
				return err
			}
			m.ids, m.next = append(m.ids, wholeNumber(row[0])), append(m.next, names.text(row[1]))
		}
	})
	return m, err
}

// find looks for a customer; who are looked for ascend.
func (m *members) find(id int64) (next string, found bool) {
	for m.at < len(m.ids) && m.ids[m.at] < id {
		m.at++
	}
	if m.at == len(m.ids) || m.ids[m.at] != id {
		return "", false
	}
	return m.next[m.at], true
}

// copySuggestions streams the suggestions of all buyers, whom each visits, into their table, while they may arrive over
// another connection. Who is no member gets none.
func copySuggestions(ctx context.Context, tx pgx.Tx, model *basket.Model, to *members, n int, each func(context.Context, func(buyer) error) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop() // ends the reader when the table refuses a row
	suggested, failed := make(chan []any, 64), make(chan error, 1)
	go func() {
		defer close(suggested)
		advisor := model.Advisor()
		failed <- each(ctx, func(b buyer) error {
			category, member := to.find(b.id)
			if !member {
				return nil
			}
			next := advisor.Next(b.purchases, category, n)
			if len(next) == 0 {
				return nil
			}
			select {
			case suggested <- suggestionRow(b.id, next):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"next_products"}, []string{"customer_id", "product_ids", "reasons", "because_of", "scores"},
		pgx.CopyFromFunc(func() ([]any, error) {
			if row, more := <-suggested; more {
				return row, nil
			}
			return nil, <-failed
		}))
	return err
}

func suggestionRow(customerID int64, next []basket.Suggestion) []any {
	products, reasons, scores := make([]int64, len(next)), make([]string, len(next)), make([]float64, len(next))
	of := make([]pgtype.Int8, len(next))
	for i, s := range next {
		products[i], reasons[i], scores[i] = s.Product, string(s.Reason), s.Score
		of[i] = pgtype.Int8{Int64: s.Of, Valid: s.Reason == basket.Because}
	}
	return []any{customerID, products, reasons, of, scores}
}
