package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// stale notes, in the transaction of an import, the customers that changed gives: the next refresh computes them anew.
// The number is the one that the import is going to have; others cannot take it, since imports take turns.
func (t *intake) stale(ctx context.Context, changed string) error {
	_, err := t.Exec(ctx, `INSERT INTO stale_customers (customer_id, stamp)
		SELECT DISTINCT x.customer_id, (SELECT coalesce(max(import_id), 0) + 1 FROM imports) FROM (`+changed+`) x
		ORDER BY x.customer_id ON CONFLICT DO NOTHING`)
	return err
}

// staleOutcomes notes the customers whose orders changed: the next measurement looks at their frozen outcomes again.
func (t *intake) staleOutcomes(ctx context.Context, changed string) error {
	_, err := t.Exec(ctx, `INSERT INTO stale_outcomes (customer_id, campaign_key, split, read_days)
		SELECT DISTINCT d.customer_id, d.campaign_key, d.split, d.read_days FROM outcomes d JOIN (`+changed+`) x USING (customer_id)
		WHERE d.replaced_at IS NULL ON CONFLICT DO NOTHING`)
	return err
}

// staleByConsent notes the customers whose chains grew by links.
func staleByConsent(ctx context.Context, tx pgx.Tx, links []consentLink) error {
	ids, stamps := make([]int64, len(links)), make([]int64, len(links))
	for i, l := range links {
		ids[i], stamps[i] = l.CustomerID, -int64(l.Seq)
	}
	_, err := tx.Exec(ctx, `INSERT INTO stale_customers (customer_id, stamp)
		SELECT x.customer_id, x.stamp FROM unnest($1::bigint[], $2::bigint[]) x(customer_id, stamp) ON CONFLICT DO NOTHING`, ids, stamps)
	return err
}

// staleByChoice notes a customer who chose something: plans look at that, too.
func staleByChoice(ctx context.Context, tx pgx.Tx, customerID int64, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO stale_customers (customer_id, stamp) VALUES ($1, $2) ON CONFLICT DO NOTHING`, customerID, -now.UnixMicro())
	return err
}

// becomeDue selects the customers for whom something about their orders takes effect after $1 and up to $2 by time
// alone: it was dated ahead when it came in.
const becomeDue = `
	SELECT customer_id FROM orders WHERE ordered_at > $1 AND ordered_at <= $2
	UNION ALL SELECT customer_id FROM orders WHERE delivered_at > $1 AND delivered_at <= $2
	UNION ALL SELECT customer_id FROM order_events WHERE effective_at > $1 AND effective_at <= $2`

// becomeOther selects the customers for whom anything else takes effect in that time, or leaves the windows in which
// mails are counted.
const becomeOther = `
	SELECT customer_id FROM consents WHERE effective_at > $1 AND effective_at <= $2
	UNION ALL SELECT customer_id FROM feedback WHERE given_at > $1 AND given_at <= $2
	UNION ALL SELECT customer_id FROM cases WHERE opened_at > $1 AND opened_at <= $2 OR closed_at > $1 AND closed_at <= $2
	UNION ALL SELECT s.customer_id FROM windows w JOIN sends s ON s.first_attempt_at > w.after AND s.first_attempt_at <= w.until
	UNION ALL SELECT f.customer_id FROM windows w JOIN foreign_mails f ON f.sent_at > w.after AND f.sent_at <= w.until`

// mailWindows are the stretches of time of which a mail comes into what is counted or drops out of it between $1 and $2.
const mailWindows = `WITH windows AS (SELECT $1::timestamptz - x.age AS after, $2::timestamptz - x.age AS until
	FROM (VALUES (interval '0'), (interval '168 hours'), (interval '720 hours')) x(age))`
