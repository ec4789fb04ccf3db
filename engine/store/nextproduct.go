package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/rules/basket"
	"treue/rules/features"
)

// NextProduct is a product that a customer will want next.
type NextProduct struct {
	ProductID string // the shop's own
	Name      string // the shop's own id if it has none
	Reason    basket.Reason
	Because   string // name of the purchase it goes with; "" for other reasons
	Score     float64
}

// Bundle is two products that belong in one offer.
type Bundle struct {
	ProductIDs [2]string // the shop's own, the one with more orders first
	Names      [2]string
	Orders     int64   // with both
	Lift       float64 // over what chance would bring
}

// NextProductsState says of when suggestions and bundles are, and from how much they were learned.
type NextProductsState struct {
	AsOf      time.Time
	Customers int64
	Orders    int64
}

// NextProductsState returns what is known of the stored suggestions, or ErrNotFound if there have never been any.
func (s *Store) NextProductsState(ctx context.Context) (NextProductsState, error) {
	var n NextProductsState
	err := s.pool.QueryRow(ctx, `SELECT as_of, customers, orders FROM next_products_state`).Scan(&n.AsOf, &n.Customers, &n.Orders)
	return n, wrap("read the state of the suggestions", notFound(err))
}

// label is what a product is called: by the range, else by the lines on which it was sold.
const label = `SELECT d.product_id, coalesce(p.external_id, d.external_id) AS external_id, coalesce(p.name, d.name, d.external_id) AS name,
		p.active IS NOT FALSE AS offered
	FROM sold_products d LEFT JOIN products p ON p.product_id = d.product_id`

// NextProductsOf returns what customers will want next as known at now, the first first. Suggestions serve for days: what
// was withdrawn or bought since is left out, and who has objected to profiling gets none.
func (s *Store) NextProductsOf(ctx context.Context, customerIDs []int64, now time.Time) (map[int64][]NextProduct, error) {
	// The fences keep the planner from joining whole tables for a few customers.
	sql := `SELECT w.customer_id, l.external_id, l.name, n.reason, coalesce(b.name, ''), n.score
		FROM next_products_state x CROSS JOIN unnest($2::bigint[]) w(customer_id)
		CROSS JOIN LATERAL (SELECT u.* FROM next_products,
			unnest(product_ids, reasons, because_of, scores) WITH ORDINALITY u(product_id, reason, because_of, score, rank)
			WHERE customer_id = w.customer_id AND x.as_of <= $1 OFFSET 0) n
		CROSS JOIN LATERAL (` + label + ` WHERE d.product_id = n.product_id OFFSET 0) l
		LEFT JOIN LATERAL (` + label + ` WHERE d.product_id = n.because_of OFFSET 0) b ON true
		WHERE l.offered AND NOT EXISTS (` + objectingOf(`w.customer_id`) + ` OFFSET 0)
			AND NOT EXISTS (SELECT FROM order_lines i
				CROSS JOIN LATERAL (SELECT ordered_at FROM orders WHERE customer_id = i.customer_id AND order_id = i.order_id OFFSET 0) o
				WHERE i.customer_id = w.customer_id AND i.product_id = n.product_id AND o.ordered_at <= $1 AND (n.reason <> 'due' OR o.ordered_at > x.as_of) OFFSET 0)
		ORDER BY w.customer_id, n.rank`
	rows, err := s.pool.Query(ctx, sql, s.often, now, customerIDs)
	if err != nil {
		return nil, wrap("read the next products", err)
	}
	all := map[int64][]NextProduct{}
	var id int64
	var n NextProduct
	_, err = pgx.ForEachRow(rows, []any{&id, &n.ProductID, &n.Name, &n.Reason, &n.Because, &n.Score}, func() error {
		all[id] = append(all[id], n)
		return nil
	})
	return all, wrap("read the next products", err)
}

// Bundles returns up to limit bundles, the most telling first. Those of products that were withdrawn since are left out.
func (s *Store) Bundles(ctx context.Context, limit int) ([]Bundle, error) {
	const sql = `SELECT a.external_id, b.external_id, a.name, b.name, n.joint_orders, n.lift
		FROM product_bundles n JOIN (` + label + `) a ON a.product_id = n.product_id JOIN (` + label + `) b ON b.product_id = n.other_id
		WHERE a.offered AND b.offered ORDER BY n.rank LIMIT $1`
	rows, err := s.pool.Query(ctx, sql, limit)
	if err != nil {
		return nil, wrap("read the bundles", err)
	}
	bundles, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (Bundle, error) {
		var b Bundle
		return b, r.Scan(&b.ProductIDs[0], &b.ProductIDs[1], &b.Names[0], &b.Names[1], &b.Orders, &b.Lift)
	})
	return bundles, wrap("read the bundles", err)
}

// Lessons are what was learned from all purchases as known at a moment.
type Lessons struct {
	store *Store
	known time.Time
	zone  *time.Location
	model *basket.Model
	held  *heldBuyers
	sold  []soldProduct
}

// soldProduct is what lines call a product.
type soldProduct struct {
	ID               int64
	ExternalID, Name string
}

// Learn learns what customers buy again and together from the orders as known at that moment, on days of the zone. Who
// objects to profiling is not learned from.
func (s *Store) Learn(ctx context.Context, known time.Time, zone *time.Location) (*Lessons, error) {
	withdrawn, err := s.withdrawn(ctx)
	if err != nil {
		return nil, wrap("read the withdrawn products", err)
	}
	learner, held := basket.NewLearner(int32(features.DayOf(known, zone))), &heldBuyers{}
	err = s.eachBuyer(ctx, known, zone, func(b buyer) error {
		held.add(b)
		learner.Add(b.purchases)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("learn what is bought together: %w", err)
	}
	sold, err := s.sold(ctx)
	if err != nil {
		return nil, wrap("read the products that were sold", err)
	}
	model := learner.Model(func(id int64) bool { return !withdrawn[id] })
	return &Lessons{store: s, known: known, zone: zone, model: model, held: held, sold: sold}, nil
}

// sold returns all products that were ever sold.
func (s *Store) sold(ctx context.Context) ([]soldProduct, error) {
	rows, err := s.pool.Query(ctx, `SELECT product_id, max(external_product_id), coalesce(max(name), '') FROM order_lines GROUP BY product_id ORDER BY product_id`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[soldProduct])
}

// eachBuyer visits those who were learned from.
func (l *Lessons) eachBuyer(ctx context.Context, do func(buyer) error) error {
	if l.held.over {
		return l.store.eachBuyer(ctx, l.known, l.zone, do)
	}
	return l.held.each(do)
}

// RenewNextProducts writes anew, in one transaction, up to n products for every buyer of the set, and the bundles. The
// lessons are of the set's as-of. It changes nothing if the set goes meanwhile: then a later refresh has taken its place.
func (s *Store) RenewNextProducts(ctx context.Context, set Set, lessons *Lessons, n int) error {
	to, err := s.members(ctx, set)
	if err == nil {
		err = s.inTx(ctx, func(tx pgx.Tx) error { return lessons.write(ctx, tx, set, to, n) })
	}
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrRefreshed) {
		return nil
	}
	return wrap("write the next products", err)
}

func (l *Lessons) write(ctx context.Context, tx pgx.Tx, set Set, to *members, n int) error {
	if err := emptyNextProducts(ctx, tx); err != nil {
		return err
	}
	err := copyRows(ctx, tx, "sold_products", len(l.sold), []string{"product_id", "external_id", "name"}, func(i int) []any {
		p := &l.sold[i]
		return []any{p.ID, p.ExternalID, textOrNull(p.Name)}
	})
	if err != nil {
		return err
	}
	if err := copySuggestions(ctx, tx, l.model, to, n, l.eachBuyer); err != nil {
		return err
	}
	if err := writeBundles(ctx, tx, set, l.model); err != nil {
		return err
	}
	// Readers look up a few customers at a time: by key, once somebody has counted the rows.
	if _, err := tx.Exec(ctx, `SET LOCAL default_statistics_target = 10; ANALYZE next_products, sold_products`); err != nil {
		return err
	}
	_, err = scanSet(tx.QueryRow(ctx, selectSet+`WHERE set_id = $1`, set.ID))
	return err
}

// withdrawn returns the products that the shop no longer offers.
func (s *Store) withdrawn(ctx context.Context) (map[int64]bool, error) {
	rows, err := s.pool.Query(ctx, `SELECT product_id FROM products WHERE NOT active`)
	if err != nil {
		return nil, err
	}
	all := map[int64]bool{}
	var id int64
	_, err = pgx.ForEachRow(rows, []any{&id}, func() error { all[id] = true; return nil })
	return all, err
}

// emptyNextProducts makes renewals take turns, and readers see the old rows until the new ones are there.
func emptyNextProducts(ctx context.Context, tx pgx.Tx) error {
	for _, sql := range []string{
		`LOCK TABLE next_products_state IN SHARE ROW EXCLUSIVE MODE`,
		`DELETE FROM next_products`, `DELETE FROM product_bundles`, `DELETE FROM sold_products`, `DELETE FROM next_products_state`,
	} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

func writeBundles(ctx context.Context, tx pgx.Tx, set Set, model *basket.Model) error {
	const state = `INSERT INTO next_products_state (one, as_of, customers, orders) VALUES (true, $1, $2, $3)`
	if _, err := tx.Exec(ctx, state, set.AsOf, model.Customers(), model.Orders()); err != nil {
		return err
	}
	bundles := model.Bundles()
	return copyRows(ctx, tx, "product_bundles", len(bundles), []string{"rank", "product_id", "other_id", "joint_orders", "lift"}, func(i int) []any {
		b := bundles[i]
		return []any{i + 1, b.Products[0], b.Products[1], b.Orders, b.Lift}
	})
}
