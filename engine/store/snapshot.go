package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"treue/rules/features"
)

// Set describes one refresh: all snapshots of one as-of.
type Set struct {
	ID         int64
	AsOf       time.Time
	Day        features.Day
	ComputedAt time.Time
	LastImport int64 // the newest import it saw
	ModelID    int64
	Customers  int64
	Buyers     int64
	slot       string
}

// table returns where the set's rows live: two tables that take turns behind the pointer, and one for private sets.
func (s Set) table() string {
	switch s.slot {
	case "a":
		return "snapshots_a"
	case "b":
		return "snapshots_b"
	default:
		return "snapshots_private"
	}
}

var snapshotColumns = []string{
	"customer_id", "set_id", "source", "external_id", "country", "language", "channel", "tags", "signed_up_on", "consent",
	"orders", "revenue", "margin", "first_order_on", "last_order_on", "categories", "last_category", "repeat_days", "repeat_spend",
	"p_alive", "expected_orders", "clv_historic", "clv_predicted", "clv_percentile", "tier", "segment", "mails_30d", "last_mail_on",
}

// snapshotRow gives the values in the order of snapshotColumns.
func snapshotRow(set int64, s *features.Snapshot) []any {
	return []any{
		s.CustomerID, set, s.Source, s.ExternalID, textOrNull(s.Country), textOrNull(s.Language), textOrNull(s.Channel), list(s.Tags),
		dayOrNull(s.SignedUpOn), s.Consent, s.Orders, s.Revenue, numberOrNull(s.Margin), dayOrNull(s.FirstOrderOn),
		dayOrNull(s.LastOrderOn), list(s.Categories), textOrNull(s.LastCategory), s.RepeatDays, numberOrNull(s.RepeatSpend),
		numberOrNull(s.PAlive), numberOrNull(s.ExpectedOrders), numberOrNull(s.CLVHistoric), numberOrNull(s.CLVPredicted),
		numberOrNull(s.CLVPercentile), textOrNull(s.Tier), textOrNull(s.Segment), s.Mails30d, dayOrNull(s.LastMailOn),
	}
}

// Publish writes a refresh into the table that nobody reads and turns the pointer to it, in one transaction:
// a reader sees the old set or the new one, and a refresh that dies leaves the old one.
func (s *Store) Publish(ctx context.Context, set Set, rows []features.Snapshot) (Set, error) {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockSets(ctx, tx); err != nil {
			return err
		}
		var current string
		err := tx.QueryRow(ctx, `SELECT s.slot FROM snapshot_pointer p JOIN snapshot_sets s USING (set_id)`).Scan(&current)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		set.slot = "a"
		if current == "a" {
			set.slot = "b"
		}
		if _, err := tx.Exec(ctx, `TRUNCATE `+set.table()); err != nil {
			return err
		}
		if err := insertSet(ctx, tx, &set, rows); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO snapshot_pointer (one, set_id) VALUES (true, $1) ON CONFLICT (one) DO UPDATE SET set_id = $1`, set.ID)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `DELETE FROM snapshot_sets WHERE slot = $1 AND set_id <> $2`, set.slot, set.ID)
		return err
	})
	if err != nil {
		return Set{}, fmt.Errorf("write the snapshots: %w", err)
	}
	return set, nil
}

// PublishPrivate keeps a set for commands that look at another day, and forgets private sets that are older than a
// day by the database's clock.
func (s *Store) PublishPrivate(ctx context.Context, set Set, rows []features.Snapshot) (Set, error) {
	set.slot = "private"
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockSets(ctx, tx); err != nil {
			return err
		}
		const old = `WITH old AS (DELETE FROM snapshot_sets WHERE slot = 'private' AND computed_at < clock_timestamp() - interval '1 day' RETURNING set_id)
			DELETE FROM snapshots_private p USING old WHERE p.set_id = old.set_id`
		if _, err := tx.Exec(ctx, old); err != nil {
			return err
		}
		return insertSet(ctx, tx, &set, rows)
	})
	if err != nil {
		return Set{}, fmt.Errorf("write the snapshots: %w", err)
	}
	return set, nil
}

// lockSets makes refreshes take turns: they number their sets and must not empty a table for each other.
func lockSets(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `LOCK TABLE snapshot_sets IN SHARE ROW EXCLUSIVE MODE`)
	return err
}

func insertSet(ctx context.Context, tx pgx.Tx, set *Set, rows []features.Snapshot) error {
	const insert = `INSERT INTO snapshot_sets (set_id, slot, as_of, day, computed_at, last_import, model_id, customers, buyers)
		SELECT coalesce(max(set_id), 0) + 1, $1, $2, $3, clock_timestamp(), $4, $5, $6, $7 FROM snapshot_sets RETURNING set_id`
	err := tx.QueryRow(ctx, insert, set.slot, set.AsOf, set.Day.Date(), set.LastImport, set.ModelID, set.Customers, set.Buyers).Scan(&set.ID)
	if err != nil {
		return err
	}
	source := pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) { return snapshotRow(set.ID, &rows[i]), nil })
	_, err = tx.CopyFrom(ctx, pgx.Identifier{set.table()}, snapshotColumns, source)
	return err
}

const selectSet = `SELECT s.set_id, s.slot, s.as_of, s.day, s.computed_at, s.last_import, s.model_id, s.customers, s.buyers FROM snapshot_sets s `

func scanSet(row pgx.Row) (Set, error) {
	var s Set
	var d pgtype.Date
	err := row.Scan(&s.ID, &s.slot, &s.AsOf, &d, &s.ComputedAt, &s.LastImport, &s.ModelID, &s.Customers, &s.Buyers)
	s.Day = day(d)
	return s, notFound(err)
}

// CurrentSet returns the published set, or ErrNotFound before the first refresh.
func (s *Store) CurrentSet(ctx context.Context) (Set, error) {
	return scanSet(s.pool.QueryRow(ctx, selectSet+`JOIN snapshot_pointer p USING (set_id)`))
}

// PrivateSet returns the newest private set of that day, or ErrNotFound.
func (s *Store) PrivateSet(ctx context.Context, day features.Day) (Set, error) {
	return scanSet(s.pool.QueryRow(ctx, selectSet+`WHERE slot = 'private' AND day = $1 ORDER BY set_id DESC LIMIT 1`, day.Date()))
}

// EachSnapshot calls visit for every customer of the set in order of customer id. The snapshot is reused between
// calls: keep a copy of what you need.
func (s *Store) EachSnapshot(ctx context.Context, set Set, visit func(*features.Snapshot) error) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		// The lock comes before the look: once held, no refresh can empty the table under the reader.
		if _, err := tx.Exec(ctx, `LOCK TABLE `+set.table()+` IN ACCESS SHARE MODE`); err != nil {
			return err
		}
		_, err := scanSet(tx.QueryRow(ctx, selectSet+`WHERE set_id = $1 AND slot = $2`, set.ID, set.slot))
		if errors.Is(err, ErrNotFound) {
			return fmt.Errorf("the snapshots were refreshed twice meanwhile, ask again: %w", err)
		}
		if err != nil {
			return fmt.Errorf("read the snapshots: %w", err)
		}
		rows, err := tx.Query(ctx, `SELECT `+columnList+` FROM `+set.table()+` WHERE set_id = $1 ORDER BY customer_id`, set.ID)
		if err != nil {
			return fmt.Errorf("read the snapshots: %w", err)
		}
		defer rows.Close()
		var snap features.Snapshot
		for rows.Next() {
			if err := scanSnapshot(rows, &snap); err != nil {
				return fmt.Errorf("read the snapshots: %w", err)
			}
			if err := visit(&snap); err != nil {
				return err
			}
		}
		return wrap("read the snapshots", rows.Err())
	})
}

// SnapshotOf returns one customer of the set, or ErrNotFound.
func (s *Store) SnapshotOf(ctx context.Context, set Set, customerID int64) (features.Snapshot, error) {
	var snap features.Snapshot
	rows, err := s.pool.Query(ctx, `SELECT `+columnList+` FROM `+set.table()+` WHERE set_id = $1 AND customer_id = $2`, set.ID, customerID)
	if err != nil {
		return snap, fmt.Errorf("read the snapshot: %w", err)
	}
	defer rows.Close()
	if rows.Next() {
		err = scanSnapshot(rows, &snap)
	} else if err = rows.Err(); err == nil {
		err = ErrNotFound
	}
	return snap, wrap("read the snapshot", err)
}

const columnList = `customer_id, source, external_id, country, language, channel, tags, signed_up_on, consent, orders, revenue, margin,
	first_order_on, last_order_on, categories, last_category, repeat_days, repeat_spend, p_alive, expected_orders, clv_historic,
	clv_predicted, clv_percentile, tier, segment, mails_30d, last_mail_on`

func scanSnapshot(row pgx.Row, s *features.Snapshot) error {
	var country, language, channel, last, tier, segment pgtype.Text
	var margin, spend, alive, expected, historic, predicted, percentile pgtype.Float8
	var signed, first, latest, mailed pgtype.Date
	s.Tags, s.Categories = nil, nil
	err := row.Scan(&s.CustomerID, &s.Source, &s.ExternalID, &country, &language, &channel, &s.Tags, &signed, &s.Consent,
		&s.Orders, &s.Revenue, &margin, &first, &latest, &s.Categories, &last, &s.RepeatDays, &spend,
		&alive, &expected, &historic, &predicted, &percentile, &tier, &segment, &s.Mails30d, &mailed)
	s.Country, s.Language, s.Channel, s.LastCategory = country.String, language.String, channel.String, last.String
	s.Tier, s.Segment = tier.String, segment.String
	s.Margin, s.RepeatSpend, s.PAlive, s.ExpectedOrders = number(margin), number(spend), number(alive), number(expected)
	s.CLVHistoric, s.CLVPredicted, s.CLVPercentile = number(historic), number(predicted), number(percentile)
	s.SignedUpOn, s.FirstOrderOn, s.LastOrderOn, s.LastMailOn = day(signed), day(first), day(latest), day(mailed)
	return err
}

// textOrNull stores unknown text as null.
func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// numberOrNull stores an unknown number as null.
func numberOrNull(v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return v
}

// dayOrNull stores an unknown day as null.
func dayOrNull(d features.Day) any {
	if !d.Known() {
		return nil
	}
	return d.Date()
}

// list stores an absent list as an empty one.
func list(v []string) []string {
	if v == nil {
		return []string{}
	}
	return v
}

// Mailable counts the customers of the set whose consent is proven and valid.
func (s *Store) Mailable(ctx context.Context, set Set) (int, error) {
	var n int
	err := s.pool.QueryRow(ctx, `SELECT count(*) FROM `+set.table()+` WHERE set_id = $1 AND consent`, set.ID).Scan(&n)
	return n, wrap("count the mailable customers", err)
}
