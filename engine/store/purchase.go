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
	id           int64
	nextCategory string
	purchases    []basket.Purchase
}

// eachBuyer streams the lines of a set's customers as known at its as-of, customer by customer. Who objects to profiling
// is in no set.
func (s *Store) eachBuyer(ctx context.Context, set Set, zone *time.Location, do func(buyer) error) error {
	sql := `SELECT e.customer_id, coalesce(s.next_category, ''), e.product_id, e.order_id, e.at, coalesce(e.category, '')
		FROM (` + pushdown.Source(features.LineEvents, "$1") + `) e
		JOIN ` + set.table() + ` s ON s.customer_id = e.customer_id AND s.set_id = $2
		ORDER BY e.customer_id`
	rows, err := s.pool.Query(ctx, sql, set.AsOf, set.ID)
	if err != nil {
		return err
	}
	var (
		at      buyer
		id      int64
		p       basket.Purchase
		ordered time.Time
		next    string
		names   = map[string]string{} // a category is kept once
	)
	_, err = pgx.ForEachRow(rows, []any{&id, &next, &p.Product, &p.Order, &ordered, &p.Category}, func() error {
		if id != at.id && len(at.purchases) > 0 {
			if err := do(at); err != nil {
				return err
			}
			at.purchases = at.purchases[:0]
		}
		if _, known := names[p.Category]; !known {
			names[p.Category] = p.Category
		}
		p.Category, p.Day = names[p.Category], int32(features.DayOf(ordered, zone))
		at.id, at.nextCategory, at.purchases = id, next, append(at.purchases, p)
		return nil
	})
	if err != nil || len(at.purchases) == 0 {
		return err
	}
	return do(at)
}

// copySuggestions streams the suggestions of all buyers, whom each visits, into their table, while they may arrive over
// another connection.
func copySuggestions(ctx context.Context, tx pgx.Tx, model *basket.Model, n int, each func(context.Context, func(buyer) error) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop() // ends the reader when the table refuses a row
	suggested, failed := make(chan []any, 64), make(chan error, 1)
	go func() {
		defer close(suggested)
		advisor := model.Advisor()
		failed <- each(ctx, func(b buyer) error {
			next := advisor.Next(b.purchases, b.nextCategory, n)
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
