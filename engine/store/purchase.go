package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

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
	batches, failed := make(chan [][]any, 4), make(chan error, 1)
	go func() {
		defer close(batches)
		advisor := model.Advisor()
		failed <- each(ctx, func(b buyer) error {
			select {
			case batches <- suggestionRows(b.id, advisor.Next(b.purchases, b.nextCategory, n)):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	var rows [][]any
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"next_products"}, []string{"customer_id", "rank", "product_id", "reason", "because_of", "score"},
		pgx.CopyFromFunc(func() ([]any, error) {
			for len(rows) == 0 {
				batch, more := <-batches
				if !more {
					return nil, <-failed
				}
				rows = batch
			}
			row := rows[0]
			rows = rows[1:]
			return row, nil
		}))
	return err
}

func suggestionRows(customerID int64, next []basket.Suggestion) (rows [][]any) {
	for i, s := range next {
		var of any
		if s.Reason == basket.Because {
			of = s.Of
		}
		rows = append(rows, []any{customerID, i + 1, s.Product, string(s.Reason), of, s.Score})
	}
	return rows
}
