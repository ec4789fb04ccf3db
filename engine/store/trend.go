package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"treue/rules"
	"treue/rules/features"
	"treue/rules/pushdown"
)

// Month is what was remembered of the customers at the beginning of a month.
type Month struct {
	Month     features.Day // its first day
	AsOf      time.Time
	Day       features.Day // of AsOf: the day before Month, or the first one of it with a refresh
	ModelID   int64
	Basis     string // of values: margin or revenue
	Stages    int    // version of the stages' definition
	Customers int64
	Buyers    int64
	Due       int64 // buyers whose next order was expected in the month; -1: not known, or not yet
	Reordered int64 // those of them who ordered in it
	Groups    []TrendGroup
}

// TrendGroup is what a segment, tier or stage added up to, in major units.
type TrendGroup struct {
	Kind, Name    string // kind: segment, tier or stage
	Customers     int64
	Historic      float64
	Predicted     float64
	PredictedSqrs float64 // sum of the squares of the predicted values
}

// NamedRule is a rule with the name of the group that it describes.
type NamedRule struct {
	Name string
	Rule *rules.Rule
}

// lateDays after the beginning of a month, its state says nothing about who was due in it.
const lateDays = 4

// rememberSQL copies the set into the history of the month and adds it up, in one statement. The predicates of the
// stages stand in place of %s.
const rememberSQL = `
WITH h AS (
	INSERT INTO clv_history (customer_id, month, clv_historic, clv_predicted, p_alive, segment, tier, stage, next_order_on)
	SELECT s.customer_id, %s, s.clv_historic, s.clv_predicted, s.p_alive, s.segment, s.tier, %s, s.next_order_on
	FROM %s WHERE s.set_id = %s
	ON CONFLICT DO NOTHING
	RETURNING month, segment, tier, stage, coalesce(clv_historic, 0) AS historic, coalesce(clv_predicted, 0) AS predicted
)
INSERT INTO clv_trends (month, kind, name, customers, clv_historic, clv_predicted, clv_predicted_2)
SELECT h.month, k.kind, k.name, count(*), sum(h.historic), sum(h.predicted), sum(h.predicted * h.predicted)
FROM h CROSS JOIN LATERAL (VALUES ('segment', h.segment), ('tier', h.tier), ('stage', h.stage)) k (kind, name)
WHERE k.name IS NOT NULL GROUP BY h.month, k.kind, k.name`

// Remember keeps the state of a set as that of a month, and reports whether it did: what is remembered of a month stays,
// unless it was taken late in it and the set is from its beginning. Stages name the group of each customer.
func (s *Store) Remember(ctx context.Context, set Set, month features.Day, basis string, version int, stages []NamedRule, view View) (bool, error) {
	kept := false
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		// The lock comes before the look: once held, no refresh can empty the table under the reader.
		if _, err := tx.Exec(ctx, `LOCK TABLE `+set.table()+` IN ACCESS SHARE MODE; SET LOCAL jit = off; SET LOCAL work_mem = '64MB'`); err != nil {
			return err
		}
		_, err := scanSet(tx.QueryRow(ctx, selectSet+`WHERE set_id = $1 AND slot = $2`, set.ID, set.slot))
		if errors.Is(err, ErrNotFound) {
			return nil // refreshed twice meanwhile: the later refresh remembers
		}
		if err != nil {
			return err
		}
		if set.Day <= month+lateDays {
			if err := forgetLate(ctx, tx, month); err != nil {
				return err
			}
		}
		const claim = `INSERT INTO clv_months (month, as_of, day, model_id, basis, stages, customers, buyers)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`
		tag, err := tx.Exec(ctx, claim, month.Date(), set.AsOf, set.Day.Date(), set.ModelID, basis, version, set.Customers, set.Buyers)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		kept = true
		r := &reading{tx: tx, set: set, view: view}
		sql, args, err := r.rememberSQL(ctx, month, stages)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sql, args...)
		return err
	})
	return kept, wrap("remember the month of "+month.String(), err)
}

// forgetLate forgets a month whose state was taken late.
func forgetLate(ctx context.Context, tx pgx.Tx, month features.Day) error {
	tag, err := tx.Exec(ctx, `DELETE FROM clv_months WHERE month = $1 AND day > $2`, month.Date(), (month + lateDays).Date())
	if err == nil && tag.RowsAffected() > 0 {
		_, err = tx.Exec(ctx, `DELETE FROM clv_history WHERE month = $1`, month.Date())
	}
	return err
}

// rememberSQL translates the stages.
func (r *reading) rememberSQL(ctx context.Context, month features.Day, stages []NamedRule) (string, []any, error) {
	all := make([]*rules.Rule, len(stages))
	for i, stage := range stages {
		all[i] = stage.Rule
	}
	env, err := r.env(ctx, all)
	if err != nil {
		return "", nil, err
	}
	b := pushdown.New(env, r.set.table())
	stage := &strings.Builder{}
	stage.WriteString("CASE")
	for _, s := range stages {
		split := b.Rule(s.Rule)
		if split.Extent != pushdown.Full {
			return "", nil, fmt.Errorf("stage %s has no translation: %s", s.Name, s.Rule.Source())
		}
		fmt.Fprintf(stage, " WHEN %s THEN %s::text", split.Predicate, b.Arg(s.Name))
	}
	stage.WriteString(" END")
	sql := fmt.Sprintf(rememberSQL, b.Arg(month.Date())+"::date", stage, b.From(), b.Arg(r.set.ID))
	return sql, b.Args(), nil
}

// closeSQL counts, for every month that is over by $1, who was due in it and who of them ordered in it.
const closeSQL = `
WITH m AS (
	SELECT month, day, (month + interval '1 month')::date AS next FROM clv_months
	WHERE due IS NULL AND (month + interval '1 month')::date <= $1::date AND day <= month + $4::int
),
x AS (
	SELECT m.month, count(h.customer_id) AS due, count(h.customer_id) FILTER (WHERE EXISTS (
		SELECT FROM orders o LEFT JOIN LATERAL (
			SELECT sum(CASE kind WHEN 'cancel' THEN 1 WHEN 'reopen' THEN -1 ELSE 0 END) > 0 AS cancelled
			FROM order_events e WHERE e.customer_id = o.customer_id AND e.order_id = o.order_id AND e.effective_at <= $2
		) e ON true
		WHERE o.customer_id = h.customer_id AND o.status <> 'test' AND e.cancelled IS NOT TRUE AND o.ordered_at <= $2
			AND o.ordered_at >= (m.day + 1)::timestamp AT TIME ZONE $3 AND o.ordered_at < m.next::timestamp AT TIME ZONE $3
	)) AS reordered
	FROM m LEFT JOIN clv_history h ON h.month = m.month AND h.next_order_on > m.day AND h.next_order_on < m.next
	GROUP BY m.month
)
UPDATE clv_months SET due = x.due, reordered = x.reordered FROM x WHERE clv_months.month = x.month`

// CloseMonths counts who was due and who reordered in the months that are over by the day, with orders as known at now.
func (s *Store) CloseMonths(ctx context.Context, by features.Day, now time.Time, zone *time.Location) error {
	_, err := s.pool.Exec(ctx, closeSQL, by.Date(), now, zone.String(), lateDays)
	return wrap("count the reorders of past months", err)
}

// Months returns what is remembered of the last months that began by a day, the earliest first.
func (s *Store) Months(ctx context.Context, by features.Day, limit int) ([]Month, error) {
	const months = `SELECT month, as_of, day, model_id, basis, stages, customers, buyers, coalesce(due, -1), coalesce(reordered, 0) FROM clv_months
		WHERE month <= $1 ORDER BY month DESC LIMIT $2`
	rows, err := s.pool.Query(ctx, months, by.Date(), limit)
	if err != nil {
		return nil, fmt.Errorf("read the months: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (Month, error) {
		var m Month
		var month, state pgtype.Date
		err := r.Scan(&month, &m.AsOf, &state, &m.ModelID, &m.Basis, &m.Stages, &m.Customers, &m.Buyers, &m.Due, &m.Reordered)
		m.Month, m.Day = day(month), day(state)
		return m, err
	})
	if err != nil || len(all) == 0 {
		return nil, wrap("read the months", err)
	}
	slices.Reverse(all)
	return all, s.groups(ctx, all)
}

// CountMonths returns how many months are remembered.
func (s *Store) CountMonths(ctx context.Context) (n int64, err error) {
	err = s.pool.QueryRow(ctx, `SELECT count(*) FROM clv_months`).Scan(&n)
	return n, wrap("count the months", err)
}

// groups reads the sums of ascending months.
func (s *Store) groups(ctx context.Context, all []Month) error {
	byMonth := map[features.Day]*Month{}
	for i := range all {
		byMonth[all[i].Month] = &all[i]
	}
	const groups = `SELECT month, kind, name, customers, clv_historic, clv_predicted, clv_predicted_2 FROM clv_trends
		WHERE month BETWEEN $1 AND $2 ORDER BY month, kind, name COLLATE "C"`
	rows, err := s.pool.Query(ctx, groups, all[0].Month.Date(), all[len(all)-1].Month.Date())
	if err != nil {
		return fmt.Errorf("read the trends: %w", err)
	}
	_, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (struct{}, error) {
		var month pgtype.Date
		var g TrendGroup
		err := r.Scan(&month, &g.Kind, &g.Name, &g.Customers, &g.Historic, &g.Predicted, &g.PredictedSqrs)
		if m := byMonth[day(month)]; m != nil {
			m.Groups = append(m.Groups, g)
		}
		return struct{}{}, err
	})
	return wrap("read the trends", err)
}

// Move is how many customers went from one group to another; "" is none, of customers without orders.
type Move struct {
	From, To  string
	Customers int64
}

// Moves compares the customers' segments or tiers at a month with those in a set.
func (s *Store) Moves(ctx context.Context, set Set, kind string, month features.Day) ([]Move, error) {
	if kind != "segment" && kind != "tier" {
		return nil, fmt.Errorf("moves between %q: want segment or tier", kind)
	}
	var moves []Move
	err := s.read(ctx, set, View{}, hurried, func(r *reading) error {
		sql := `SELECT coalesce(h.` + kind + `, ''), coalesce(s.` + kind + `, ''), count(*) FROM ` + set.table() + ` s
			LEFT JOIN clv_history h ON h.customer_id = s.customer_id AND h.month = $2
			WHERE s.set_id = $1 AND coalesce(h.` + kind + `, s.` + kind + `) IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2`
		rows, err := r.tx.Query(ctx, sql, set.ID, month.Date())
		if err != nil {
			return err
		}
		moves, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Move])
		return err
	})
	return moves, err
}

// DropPrivate forgets a private set before its day is over; others stay.
func (s *Store) DropPrivate(ctx context.Context, set Set) error {
	if set.slot != "private" {
		return nil
	}
	const drop = `WITH old AS (DELETE FROM snapshot_sets WHERE slot = 'private' AND set_id = $1 RETURNING set_id)
		DELETE FROM snapshots_private p USING old WHERE p.set_id = old.set_id`
	_, err := s.pool.Exec(ctx, drop, set.ID)
	return wrap("forget a private set", err)
}
