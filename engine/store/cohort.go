package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Origin is a way in which customers came: an acquisition channel, or the category of the first order.
type Origin struct {
	Name      string // "": unknown
	Customers int64  // buyers
	Orders    int64
	Revenue   float64 // major units, as all money here
	Historic  float64
	Predicted float64
	Priced    int64   // buyers whose acquisition cost is known
	Cost      float64 // of those
	PricedCLV float64 // historic plus predicted value of those
	Mails     int64   // accepted by a mail server

	// Seen[k] buyers were watched through the whole k-th month after their first order, Earned[k] is what they brought
	// in it; month 0 is the day of the first order.
	Seen   []int64
	Earned []float64
}

// originMonths bounds the months after the first order that are told apart.
const originMonths = 36

// originOf are the ways to name a customer's origin, over f (the first order of each buyer).
var originOf = map[string]string{
	"channel": `SELECT f.customer_id, coalesce(c.acquisition_channel, '') AS name FROM f JOIN customers c USING (customer_id) WHERE c.erased_at IS NULL AND c.customer_id NOT IN (` + objecting + `)`,
	"category": `SELECT f.customer_id, coalesce(k.category, '') AS name FROM f JOIN customers c USING (customer_id) LEFT JOIN LATERAL (
			SELECT x.category FROM order_lines l LEFT JOIN products p USING (product_id) CROSS JOIN LATERAL (SELECT coalesce(l.category, p.category) AS category) x
			WHERE l.customer_id = f.customer_id AND l.order_id = f.order_id AND x.category IS NOT NULL
			GROUP BY x.category ORDER BY sum(l.quantity * l.unit_price) DESC, x.category COLLATE "C" LIMIT 1
		) k ON true WHERE c.erased_at IS NULL AND c.customer_id NOT IN (` + objecting + `)`,
}

// originSQL begins every statement: o are the orders as known at $1 with their money, f the first of each buyer, g the
// buyers with their origin.
func originSQL(origin string) string {
	return `
WITH o AS (
	SELECT o.customer_id, o.order_id, o.ordered_at, (o.ordered_at AT TIME ZONE $2)::date AS day, ` + orderValue + `
	FROM ` + termsFrom(3) + `
	CROSS JOIN ` + allOrders + `
	WHERE o.ordered_at <= $1 AND o.status <> 'test' AND NOT coalesce(e.cancelled, false)
),
f AS MATERIALIZED (SELECT DISTINCT ON (customer_id) customer_id, order_id, day AS first_on FROM o ORDER BY customer_id, ordered_at, order_id),
g AS MATERIALIZED (` + origin + `)`
}

// earnedSQL tells, by origin and month, how many buyers are exactly that old and what all who are at least that old
// brought in it.
const earnedSQL = `,
x AS (
	SELECT g.name, f.customer_id, f.first_on, least(floor(($6::date - f.first_on) * 12 / 365.0), $7)::int AS age FROM f JOIN g USING (customer_id)
)
SELECT name, age AS month, count(*), 0, 0, true FROM x GROUP BY name, age
UNION ALL
SELECT x.name, k.month, 0, sum(o.revenue) / 100, coalesce(sum(o.margin), 0) / 100, count(*) = count(o.margin)
FROM x JOIN o USING (customer_id) CROSS JOIN LATERAL (SELECT ceil((o.day - x.first_on) * 12 / 365.0)::int AS month) k
WHERE k.month <= x.age GROUP BY x.name, k.month`

// valueSQL adds up the buyers of the set by origin.
const valueSQL = `
SELECT g.name, count(*), sum(s.orders)::bigint, coalesce(sum(s.revenue), 0), coalesce(sum(s.clv_historic), 0), coalesce(sum(s.clv_predicted), 0),
	count(s.acquisition_cost), coalesce(sum(s.acquisition_cost), 0),
	coalesce(sum(s.clv_historic + s.clv_predicted) FILTER (WHERE s.acquisition_cost IS NOT NULL), 0),
	coalesce(sum((SELECT count(*) FROM sends m WHERE m.customer_id = s.customer_id AND m.state = 'accepted' AND m.last_attempt_at <= $1)), 0)::bigint
FROM g JOIN %s s USING (customer_id) WHERE s.set_id = $6 AND s.orders > 0 GROUP BY g.name`

// Origins adds up the buyers of a set by channel or by category of the first order, as known at the view's moment. What
// they earned is margin if margin says so, else revenue.
func (s *Store) Origins(ctx context.Context, set Set, view View, t Terms, by string, margin bool) ([]Origin, error) {
	origin, known := originOf[by]
	if !known {
		return nil, fmt.Errorf("origins by %q: want channel or category", by)
	}
	found := map[string]*Origin{}
	err := s.read(ctx, set, view, unhurried, func(r *reading) error {
		start := originSQL(origin)
		args := t.args(view.Now, t.Zone.String())
		if err := r.values(ctx, start+fmt.Sprintf(valueSQL, set.table()), append(args, set.ID), found); err != nil {
			return err
		}
		return r.earned(ctx, start+earnedSQL, append(args, set.Day.Date(), originMonths), margin, found)
	})
	all := make([]Origin, 0, len(found))
	for _, o := range found {
		all = append(all, *o)
	}
	return all, err
}

func (r *reading) values(ctx context.Context, sql string, args []any, found map[string]*Origin) error {
	rows, err := r.tx.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) {
		o := &Origin{Seen: make([]int64, originMonths+1), Earned: make([]float64, originMonths+1)}
		err := row.Scan(&o.Name, &o.Customers, &o.Orders, &o.Revenue, &o.Historic, &o.Predicted, &o.Priced, &o.Cost, &o.PricedCLV, &o.Mails)
		found[o.Name] = o
		return struct{}{}, err
	})
	return err
}

func (r *reading) earned(ctx context.Context, sql string, args []any, margin bool, found map[string]*Origin) error {
	rows, err := r.tx.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) {
		var name string
		var month int
		var exactly int64
		var revenue, earned float64
		var all bool
		if err := row.Scan(&name, &month, &exactly, &revenue, &earned, &all); err != nil {
			return struct{}{}, err
		}
		o := found[name]
		if o == nil {
			return struct{}{}, nil // every buyer of the origin came after the set was made
		}
		// Whoever is that old was watched through every month before.
		for k := 0; k <= month && exactly > 0; k++ {
			o.Seen[k] += exactly
		}
		if !margin {
			earned = revenue
		}
		o.Earned[month] += earned
		return struct{}{}, nil
	})
	return err
}
