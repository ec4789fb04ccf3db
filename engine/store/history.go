package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"treue/rules/features"
	"treue/rules/pushdown"
)

// histories walks the events of all customers beside their snapshots, and holds those of one customer at a time.
type histories struct {
	asked   bool // whether anything is to be read at all
	streams []*eventStream
	current features.History
}

// eventStream is one kind of event, ordered by customer.
type eventStream struct {
	rows    rowStream
	keep    func(*features.History, [][]byte)
	row     [][]byte // the next one, nil at the end
	started bool
}

// openHistory starts reading what a selection needs beside its snapshots.
func (r *reading) openHistory(ctx context.Context, sel *selection, seen words) (*histories, error) {
	h := &histories{}
	if len(sel.needs.Events) == 0 && !sel.needs.Cuts {
		return h, nil
	}
	h.asked = true
	if sel.needs.Cuts {
		cuts, err := r.cuts(ctx)
		if err != nil {
			return nil, err
		}
		h.current.Cuts = cuts
	}
	e := eventReader{zone: r.view.Zone, seen: seen}
	if sel.needs.Attributes {
		var err error
		if e.attributes, err = r.attributes(ctx); err != nil {
			return nil, err
		}
	}
	for _, kind := range sel.needs.Events {
		stream, err := r.openEvents(ctx, sel, kind, e.shape(kind))
		if err != nil {
			return nil, err
		}
		h.streams = append(h.streams, stream)
	}
	return h, nil
}

// openEvents reads the events of the selected customers: if the selection is narrow, only of those it gives.
func (r *reading) openEvents(ctx context.Context, sel *selection, kind features.Events, shape eventShape) (*eventStream, error) {
	known := fmt.Sprintf("$%d", len(sel.args)+1)
	args := slices.Concat(sel.args, []any{r.view.Now})
	where := ` WHERE e.customer_id IN (SELECT s.customer_id FROM ` + sel.from + ` WHERE ` + sel.where + `)`
	if len(sel.masks) > 0 {
		known, args, where = "$1", []any{r.view.Now}, "" // the masks' values would lack their places
	}
	sql := `SELECT e.` + strings.Join(shape.columns, ", e.") + ` FROM (` + pushdown.Source(kind, known) + `) e` + where + ` ORDER BY e.customer_id`
	stream := &eventStream{keep: shape.keep}
	var err error
	if sel.few {
		stream.rows, err = readAll(ctx, r.tx, sql, args, shape.types)
	} else {
		stream.rows, err = openCursor(ctx, r.tx, fmt.Sprintf("events_read_%d", kind), sql, args, shape.types)
	}
	return stream, err
}

// of returns the history of a customer; customers must be asked for in ascending order.
func (h *histories) of(ctx context.Context, customer int64) (*features.History, error) {
	if !h.asked {
		return nil, nil //nolint:nilnil // no rule asks for a history
	}
	c := &h.current
	c.Orders, c.Lines, c.Contacts, c.Entries, c.Points = c.Orders[:0], c.Lines[:0], c.Contacts[:0], c.Entries[:0], c.Points[:0]
	for _, s := range h.streams {
		if err := s.collect(ctx, customer, c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// collect skips the events of customers before, and keeps those of the customer.
func (e *eventStream) collect(ctx context.Context, customer int64, into *features.History) (err error) {
	if !e.started {
		e.started = true
		if e.row, err = e.rows.next(ctx); err != nil {
			return err
		}
	}
	for e.row != nil {
		switch id := wholeNumber(e.row[0]); {
		case id > customer:
			return nil
		case id == customer:
			e.keep(into, e.row)
		}
		if e.row, err = e.rows.next(ctx); err != nil {
			return err
		}
	}
	return nil
}

// eventShape is what is read of one kind of event, customer_id first.
type eventShape struct {
	columns []string
	types   []uint32
	keep    func(*features.History, [][]byte)
}

// eventReader turns rows into events.
type eventReader struct {
	zone       *time.Location
	seen       words
	attributes map[int64]map[string]string
}

func (e *eventReader) day(raw []byte) features.Day {
	if raw == nil {
		return features.NoDay
	}
	return features.DayOf(instant(raw), e.zone)
}

func (e *eventReader) shape(kind features.Events) eventShape {
	const number, text, moment = pgtype.Int8OID, pgtype.TextOID, pgtype.TimestamptzOID
	switch kind {
	case features.OrderEvents:
		return eventShape{[]string{"customer_id", "at", "revenue"}, []uint32{number, moment, number}, func(h *features.History, row [][]byte) {
			h.Orders = append(h.Orders, features.OrderEvent{Day: e.day(row[1]), Revenue: wholeNumber(row[2])})
		}}
	case features.LineEvents:
		columns := []string{"customer_id", "at", "order_id", "product_id", "product", "category", "units", "revenue"}
		return eventShape{columns, []uint32{number, moment, number, number, text, text, number, number}, e.line}
	case features.ContactEvents:
		return eventShape{[]string{"customer_id", "at", "campaign_key"}, []uint32{number, moment, text}, func(h *features.History, row [][]byte) {
			h.Contacts = append(h.Contacts, features.ContactEvent{Day: e.day(row[1]), Campaign: e.seen.text(row[2])})
		}}
	case features.EntryEvents:
		return eventShape{[]string{"customer_id", "campaign_key"}, []uint32{number, text}, func(h *features.History, row [][]byte) {
			h.Entries = append(h.Entries, e.seen.text(row[1]))
		}}
	}
	return eventShape{[]string{"customer_id", "at", "points"}, []uint32{number, moment, number}, func(h *features.History, row [][]byte) {
		h.Points = append(h.Points, features.PointLot{ExpiresOn: e.day(row[1]), Points: wholeNumber(row[2])})
	}}
}

func (e *eventReader) line(h *features.History, row [][]byte) {
	h.Lines = append(h.Lines, features.LineEvent{
		Day: e.day(row[1]), Order: wholeNumber(row[2]), Attributes: e.attributes[wholeNumber(row[3])],
		Product: e.seen.text(row[4]), Category: e.seen.text(row[5]), Units: wholeNumber(row[6]), Revenue: wholeNumber(row[7]),
	})
}

// cuts returns the cut points of the model that the set was computed with.
func (r *reading) cuts(ctx context.Context) (*features.Cuts, error) {
	var kept map[string][]float64
	if err := r.tx.QueryRow(ctx, `SELECT cuts FROM clv_models WHERE model_id = $1`, r.set.ModelID).Scan(&kept); err != nil {
		return nil, fmt.Errorf("the cut points of model %d: %w", r.set.ModelID, err)
	}
	cuts := features.CutsFromMap(kept)
	return &cuts, nil
}

// attributes returns what is known of products beside name and price, by product id.
func (r *reading) attributes(ctx context.Context) (map[int64]map[string]string, error) {
	rows, err := r.tx.Query(ctx, `SELECT product_id, attributes FROM products WHERE attributes <> '{}'`)
	if err != nil {
		return nil, err
	}
	all := map[int64]map[string]string{}
	var id int64
	var of map[string]string
	_, err = pgx.ForEachRow(rows, []any{&id, &of}, func() error {
		all[id], of = of, nil
		return nil
	})
	return all, err
}
