package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Brought is what a customer brought in a stretch of time. Money is in major units.
type Brought struct {
	CustomerID int64
	Campaign   string // "" of everybody
	Arm        string
	Revenue    float64
	Margin     *float64 // nil: of one of the orders it is unknown
	Cost       float64  // of mail
}

// MailCosts is what a mail of each campaign costs, major units.
type MailCosts map[string]float64

func (c MailCosts) lists() (keys []string, costs []float64) {
	for key, cost := range c {
		keys, costs = append(keys, key), append(costs, cost)
	}
	return keys, costs
}

// value sums up the orders x.
const broughtValue = `coalesce(sum(x.revenue), 0) / 100.0 AS revenue, CASE WHEN count(*) = count(x.margin) THEN coalesce(sum(x.margin), 0) / 100.0 END AS margin`

// everybodySQL are the customers of before $2 with what they brought until $3, refunds as known at $1.
func everybodySQL() string {
	return `
SELECT c.customer_id, '', '', coalesce(v.revenue, 0), CASE WHEN v.customer_id IS NULL THEN 0 ELSE v.margin END, coalesce(m.cost, 0)
FROM ` + termsFrom(4) + `
CROSS JOIN customers c
LEFT JOIN LATERAL (SELECT x.customer_id, ` + broughtValue + `
	FROM (` + counted(`o.customer_id = c.customer_id AND o.ordered_at >= $2 AND o.ordered_at < $3`, `e.effective_at <= $1`) + `) x GROUP BY x.customer_id) v ON true
LEFT JOIN (SELECT s.customer_id, sum(p.cost) AS cost FROM sends s JOIN unnest($7::text[], $8::float8[]) p(campaign_key, cost) USING (campaign_key)
	WHERE s.state = 'accepted' AND s.last_attempt_at >= $2 AND s.last_attempt_at < $3 GROUP BY 1) m ON m.customer_id = c.customer_id
WHERE c.erased_at IS NULL AND (c.signed_up_at < $2 OR EXISTS (SELECT FROM orders o WHERE o.customer_id = c.customer_id AND o.ordered_at < $2))`
}

// enteredSQL are the customers of each campaign who entered from $2 to $3, with what they brought from their first entry on.
func enteredSQL() string {
	return `
SELECT n.customer_id, n.campaign_key, n.arm, v.revenue, v.margin,
	coalesce(p.cost, 0) * (SELECT count(*) FROM sends s WHERE s.customer_id = n.customer_id AND s.campaign_key = n.campaign_key AND s.state = 'accepted'
		AND s.last_attempt_at >= n.entered_at AND s.last_attempt_at < $3)
FROM (SELECT DISTINCT ON (customer_id, campaign_key) customer_id, campaign_key, arm, entered_at FROM entries
	WHERE entered_at >= $2 AND entered_at < $3 ORDER BY customer_id, campaign_key, entered_at) n
CROSS JOIN ` + termsFrom(4) + `
LEFT JOIN unnest($7::text[], $8::float8[]) p(campaign_key, cost) USING (campaign_key)
CROSS JOIN LATERAL (SELECT ` + broughtValue + `
	FROM (` + counted(`o.customer_id = n.customer_id AND o.ordered_at >= n.entered_at AND o.ordered_at < $3`, `e.effective_at <= $1`) + `) x) v`
}

// Everybody visits what all customers of before from brought until to, as known at now.
func (s *Store) Everybody(ctx context.Context, t Terms, costs MailCosts, from, to, now time.Time, visit func(Brought)) error {
	return s.brought(ctx, everybodySQL(), t, costs, from, to, now, visit)
}

// Entered visits what the customers who entered each campaign from one moment to another brought from then on until to.
func (s *Store) Entered(ctx context.Context, t Terms, costs MailCosts, from, to, now time.Time, visit func(Brought)) error {
	return s.brought(ctx, enteredSQL(), t, costs, from, to, now, visit)
}

func (s *Store) brought(ctx context.Context, sql string, t Terms, costs MailCosts, from, to, now time.Time, visit func(Brought)) error {
	keys, prices := costs.lists()
	rows, err := s.pool.Query(ctx, sql, append(t.args(now, from, to), keys, prices)...)
	if err != nil {
		return fmt.Errorf("read the programme: %w", err)
	}
	var b Brought
	_, err = pgx.ForEachRow(rows, []any{&b.CustomerID, &b.Campaign, &b.Arm, &b.Revenue, &b.Margin, &b.Cost}, func() error {
		visit(b)
		return nil
	})
	return wrap("read the programme", err)
}
