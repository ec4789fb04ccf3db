package store

import (
	"context"
	"time"
)

// MonthOrders is what the shop's customers did in a month. Money is in major units.
type MonthOrders struct {
	Active       int64 // bought within the last so many days of the month
	ActiveBefore int64 // the same a quarter earlier
	New          int64 // bought for the first time
	Back         int64 // bought again after a pause of so many days
	Silent       int64 // reached such a pause without another order
	Buyers       int64
	Value        float64 // of the month's orders: margin, or revenue where an order has none
	Repeat       float64 // of those, from customers who had bought before
	Margin       bool
}

// monthSQL looks at every order up to the end of the month once. $1 and $2 are the month's ends, $3 the pause in days,
// $4 the zone; a quarter is 91 days.
func monthSQL() string {
	return `
WITH o AS (
	SELECT x.customer_id, x.ordered_at, x.revenue, x.margin,
		lag(x.ordered_at) OVER w AS before, lead(x.ordered_at) OVER w AS next
	FROM (SELECT o.* FROM ` + termsFrom(5) + `
		CROSS JOIN LATERAL (` + counted(`o.ordered_at < $2`, `e.effective_at <= $2`) + `) o) x
	WINDOW w AS (PARTITION BY x.customer_id ORDER BY x.ordered_at)
), s AS (
	SELECT (($2::timestamptz AT TIME ZONE $4) - make_interval(days => $3)) AT TIME ZONE $4 AS pause_end,
		(($1::timestamptz AT TIME ZONE $4) - make_interval(days => $3)) AT TIME ZONE $4 AS pause_begin,
		(($2::timestamptz AT TIME ZONE $4) - make_interval(days => 91)) AT TIME ZONE $4 AS quarter,
		(($2::timestamptz AT TIME ZONE $4) - make_interval(days => 91 + $3)) AT TIME ZONE $4 AS quarter_pause
)
SELECT count(DISTINCT customer_id) FILTER (WHERE ordered_at >= pause_end),
	count(DISTINCT customer_id) FILTER (WHERE ordered_at >= quarter_pause AND ordered_at < quarter),
	count(*) FILTER (WHERE ordered_at >= $1 AND before IS NULL),
	count(*) FILTER (WHERE ordered_at >= $1 AND before < ordered_at - make_interval(days => $3)),
	count(*) FILTER (WHERE ordered_at >= pause_begin AND ordered_at < pause_end AND (next IS NULL OR next > ordered_at + make_interval(days => $3))),
	count(DISTINCT customer_id) FILTER (WHERE ordered_at >= $1),
	coalesce(sum(margin) FILTER (WHERE ordered_at >= $1), 0) / 100.0, coalesce(sum(margin) FILTER (WHERE ordered_at >= $1 AND before IS NOT NULL), 0) / 100.0,
	coalesce(sum(revenue) FILTER (WHERE ordered_at >= $1), 0) / 100.0, coalesce(sum(revenue) FILTER (WHERE ordered_at >= $1 AND before IS NOT NULL), 0) / 100.0,
	coalesce(bool_and(margin IS NOT NULL) FILTER (WHERE ordered_at >= $1), false)
FROM o CROSS JOIN s`
}

// MonthOrders reads what was known at the end of a month. Pause is the number of days after which a customer counts as
// gone silent.
func (s *Store) MonthOrders(ctx context.Context, t Terms, from, until time.Time, pause int) (MonthOrders, error) {
	var m MonthOrders
	var margin, repeatMargin, revenue, repeatRevenue float64
	row := s.pool.QueryRow(ctx, monthSQL(), t.args(from, until, pause, t.Zone.String())...)
	err := row.Scan(&m.Active, &m.ActiveBefore, &m.New, &m.Back, &m.Silent, &m.Buyers, &margin, &repeatMargin, &revenue, &repeatRevenue, &m.Margin)
	m.Value, m.Repeat = revenue, repeatRevenue
	if m.Margin {
		m.Value, m.Repeat = margin, repeatMargin
	}
	return m, wrap("read the month's orders", err)
}

// Shop is how many customers there are, and how many may be written to.
type Shop struct {
	Customers   int64 // not erased
	Mailable    int64 // of those with a snapshot; 0 before the first refresh
	Orders      int64
	Campaigns   int64      // active
	FirstImport *time.Time // nil: nothing was imported yet
}

// Shop counts the shop's customers for a report.
func (s *Store) Shop(ctx context.Context) (Shop, error) {
	const sql = `SELECT (SELECT count(*) FROM customers WHERE erased_at IS NULL),
		coalesce((SELECT s.mailable FROM snapshot_pointer p JOIN snapshot_sets s USING (set_id)), 0), (SELECT count(*) FROM orders),
		(SELECT count(*) FROM campaigns WHERE status = 'active' AND kind <> 'external'), (SELECT min(started_at) FROM imports)`
	var c Shop
	err := s.pool.QueryRow(ctx, sql).Scan(&c.Customers, &c.Mailable, &c.Orders, &c.Campaigns, &c.FirstImport)
	return c, wrap("count the shop's customers", err)
}
