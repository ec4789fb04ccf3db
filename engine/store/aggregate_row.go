package store

import (
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"treue/rules/features"
)

// aggregateReader reads rows of aggregateSQL by the names of their columns.
type aggregateReader struct {
	blank   features.Snapshot
	into    Aggregate
	days    []int32 // since 1970-01-01
	orders  []int32 // of those days
	targets []any
}

func newAggregateReader() *aggregateReader {
	r := &aggregateReader{}
	features.Blank(&r.blank)
	return r
}

func (r *aggregateReader) read(row pgx.CollectableRow) (Aggregate, error) {
	if r.targets == nil {
		if err := r.aim(row.FieldDescriptions()); err != nil {
			return Aggregate{}, err
		}
	}
	r.into = Aggregate{Snapshot: r.blank}
	r.days, r.orders = nil, nil
	if err := row.Scan(r.targets...); err != nil {
		return Aggregate{}, err
	}
	if len(r.days) > 0 {
		r.into.OrderDays = make([]features.OrderDay, len(r.days))
	}
	for i, on := range r.days {
		r.into.OrderDays[i] = features.OrderDay{On: features.Day(on), Orders: r.orders[i]}
	}
	return r.into, nil
}

// aim finds the place of every column.
func (r *aggregateReader) aim(columns []pgconn.FieldDescription) error {
	a := &r.into
	places := map[string]any{
		"customer_id": &a.CustomerID, "has_address": &a.HasAddress,
		"granted_at": &a.ConsentDates.GrantedAt, "withdrawn_at": &a.ConsentDates.WithdrawnAt, "objected_at": &a.ConsentDates.ObjectedAt,
		"profiling_objected_at": &a.ConsentDates.ProfilingObjectedAt, "profiling_allowed_at": &a.ConsentDates.ProfilingAllowedAt,
		"days": &r.days, "orders_of_days": &r.orders,
		"before_last_on": (*dayCell)(&a.Before.LastOrderOn), "before_revenue": &a.Before.Revenue, "before_margin": (*amountCell)(&a.Before.Margin),
		"before_repeat_days": &a.Before.RepeatDays, "before_repeat_spend": (*amountCell)(&a.Before.RepeatSpend),
	}
	for _, c := range features.Columns() {
		places[c.Name] = cellOf(c, &a.Snapshot)
	}
	for _, column := range columns {
		place, known := places[column.Name]
		if !known {
			return fmt.Errorf("a customer has no statistic %q", column.Name)
		}
		r.targets = append(r.targets, place)
	}
	return nil
}

// cellOf returns the place of a statistic in the snapshot, to be scanned into: null is unknown.
func cellOf(c features.Column, s *features.Snapshot) any {
	switch {
	case c.Count != nil:
		return c.Count(s)
	case c.Amount != nil:
		return (*amountCell)(c.Amount(s))
	case c.Word != nil:
		return (*wordCell)(c.Word(s))
	case c.Day != nil:
		return (*dayCell)(c.Day(s))
	case c.Flag != nil:
		return c.Flag(s)
	}
	return c.Words(s)
}

// The cells are values of a snapshot for which null has a form of their own.
type (
	amountCell float64
	wordCell   string
	dayCell    features.Day
)

// ScanFloat64 implements [pgtype.Float64Scanner].
func (c *amountCell) ScanFloat64(v pgtype.Float8) error {
	*c = amountCell(number(v))
	return nil
}

// ScanText implements [pgtype.TextScanner].
func (c *wordCell) ScanText(v pgtype.Text) error {
	*c = wordCell(v.String)
	return nil
}

// ScanDate implements [pgtype.DateScanner].
func (c *dayCell) ScanDate(v pgtype.Date) error {
	*c = dayCell(day(v))
	return nil
}

// number reads a nullable number; unknown is NaN.
func number(v pgtype.Float8) float64 {
	if !v.Valid {
		return math.NaN()
	}
	return v.Float64
}

// day reads a nullable date; unknown is features.NoDay.
func day(v pgtype.Date) features.Day {
	if !v.Valid {
		return features.NoDay
	}
	return features.DayOf(v.Time, time.UTC)
}
