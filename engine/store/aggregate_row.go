package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"treue/rules/features"
)

// AggregateRows gives customers in order of their ids, a portion at a time. What it fills in is good until the same
// slice is filled anew.
type AggregateRows struct {
	tx       pgx.Tx
	ended    bool
	rows     rowStream
	decoders []decoder
	known    bool // what orders alone say
	blank    features.Snapshot
	orders   purchases
	terms    *Terms
	without  map[int64]time.Time // objectors to profiling
}

// Customers starts reading every customer who was not erased and does not object to profiling, or only those who are
// listed. With ordersKnown it leaves out what [Refreshing.Buyers] gives.
func (r *Refreshing) Customers(ctx context.Context, onlyListed, ordersKnown bool) (*AggregateRows, error) {
	rows := &AggregateRows{tx: r.tx, known: ordersKnown, orders: r.purchases(), terms: &r.Terms, without: r.objectors}
	features.Blank(&rows.blank)
	types := []uint32{pgtype.Int8OID}
	seen := words{}
	for _, read := range columnsRead() {
		c := columnsOf([]string{read[0]})
		if len(c) == 0 {
			return nil, fmt.Errorf("a customer has no statistic %q", read[0])
		}
		decode, oid := decoding(c[0], seen)
		rows.decoders, types = append(rows.decoders, decode), append(types, oid)
	}
	moment := uint32(pgtype.TimestamptzOID)
	types = append(types, pgtype.BoolOID, moment, moment, moment, moment, moment, pgtype.TimestamptzArrayOID)
	if ordersKnown {
		types = append(types, pgtype.TimestamptzArrayOID)
	} else {
		types = append(types, orderTypes()...)
	}
	somebodys := ""
	if onlyListed {
		somebodys = listed
	}
	var err error
	rows.rows, err = openCursor(ctx, r.tx, "customers_read", r.names.Replace(aggregatesSQL(somebodys, ordersKnown)), []any{r.AsOf, r.Terms.Zone.String()}, types)
	if err != nil {
		return nil, fmt.Errorf("read the customers: %w", err)
	}
	return rows, nil
}

func (r *Refreshing) purchases() purchases {
	p := purchases{calendar: calendar{zone: r.Terms.Zone}, before: features.DayOf(r.AsOf, r.Terms.Zone) - BeforeDays}
	p.share, p.cost = r.Terms.following()
	return p
}

// Next fills in as many customers as there are and fit, and returns how many; 0 at the end.
func (rows *AggregateRows) Next(ctx context.Context, into []Aggregate) (int, error) {
	for n := 0; n < len(into); {
		row, err := rows.rows.next(ctx)
		if err != nil {
			return 0, fmt.Errorf("read the customers: %w", err)
		}
		if row == nil {
			return n, rows.end(ctx)
		}
		rows.decode(&into[n], row)
		if _, objects := rows.without[into[n].CustomerID]; !objects {
			n++
		}
	}
	return len(into), nil
}

// end gives the cursor's name back: a refresh may read customers twice.
func (rows *AggregateRows) end(ctx context.Context) error {
	if rows.ended {
		return nil
	}
	rows.ended = true
	_, err := rows.tx.Exec(ctx, `CLOSE customers_read`)
	return err
}

func (rows *AggregateRows) decode(a *Aggregate, row [][]byte) {
	tags, categories := a.Tags[:0], a.Categories[:0]
	a.Snapshot = rows.blank
	a.Tags, a.Categories = tags, categories
	if tags == nil {
		a.Tags, a.Categories = []string{}, []string{}
	}
	a.CustomerID = wholeNumber(row[0])
	for i, decode := range rows.decoders {
		decode(&a.Snapshot, row[1+i])
	}
	rows.terms.price(&a.Snapshot)
	row = row[1+len(rows.decoders):]
	a.HasAddress = row[0][0] != 0
	k := &a.ConsentDates
	for i, at := range [consentDatesRead]**time.Time{&k.GrantedAt, &k.WithdrawnAt, &k.ObjectedAt, &k.ProfilingObjectedAt, &k.ProfilingAllowedAt} {
		*at = nil
		if raw := row[1+i]; raw != nil {
			a.dates[i] = instant(raw)
			*at = &a.dates[i]
		}
	}
	p := &rows.orders
	p.readMails(row[6])
	if row = row[7:]; rows.known {
		p.readTimes(row[0])
	} else {
		p.read(a, row)
	}
	a.LastCampaignOrderOn = p.afterMail()
}

// someOf puts the customers to whom a statement over their statistics p is limited behind it; nil: all.
func someOf(ids []int64) (where string, args []any) {
	if ids == nil {
		return "", nil
	}
	return ` WHERE p.customer_id = ANY($1)`, []any{ids}
}

// Buyers calls visit for every buyer who does not object to profiling, or for those with the ids, in order of their ids,
// with what follows from the orders alone. The aggregate is reused between calls.
func (r *Refreshing) Buyers(ctx context.Context, ids []int64, visit func(*Aggregate)) error {
	if _, err := r.CountCustomers(ctx); err != nil {
		return fmt.Errorf("count the customers: %w", err)
	}
	where, args := someOf(ids)
	sql := `SELECT p.customer_id, ` + ordersRead + ` FROM {orders} p` + where + ` ORDER BY p.customer_id`
	rows, err := openRows(ctx, r.tx, r.names.Replace(sql), args, append([]uint32{pgtype.Int8OID}, orderTypes()...))
	if err != nil {
		return fmt.Errorf("read the buyers: %w", err)
	}
	defer rows.close()
	p := r.purchases()
	var a Aggregate
	var blank features.Snapshot
	features.Blank(&blank)
	for {
		row, err := rows.next(ctx)
		if err != nil {
			return fmt.Errorf("read the buyers: %w", err)
		}
		if row == nil {
			return nil
		}
		a.Snapshot = blank
		a.CustomerID = wholeNumber(row[0])
		if r.LeftOut(a.CustomerID) {
			continue
		}
		p.read(&a, row[1:])
		visit(&a)
	}
}

// CategorySets calls visit with the categories that each of these buyers bought, in no order. The slice is reused between
// calls.
func (r *Refreshing) CategorySets(ctx context.Context, ids []int64, visit func(customerID int64, set []string)) error {
	if _, err := r.CountCustomers(ctx); err != nil {
		return fmt.Errorf("count the customers: %w", err)
	}
	where, args := someOf(ids)
	sql := `SELECT p.customer_id, p.categories FROM {categories} p` + where
	rows, err := openRows(ctx, r.tx, r.names.Replace(sql), args, []uint32{pgtype.Int8OID, pgtype.TextArrayOID})
	if err != nil {
		return fmt.Errorf("read the categories: %w", err)
	}
	defer rows.close()
	seen := words{}
	var set []string
	for {
		row, err := rows.next(ctx)
		if err != nil {
			return fmt.Errorf("read the categories: %w", err)
		}
		if row == nil {
			return nil
		}
		id := wholeNumber(row[0])
		if r.LeftOut(id) {
			continue
		}
		set = seen.texts(set[:0], row[1])
		visit(id, set)
	}
}

// day reads a nullable date; unknown is features.NoDay.
func day(v pgtype.Date) features.Day {
	if !v.Valid {
		return features.NoDay
	}
	return features.DayOf(v.Time, time.UTC)
}
