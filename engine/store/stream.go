package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// rowStream gives the rows of a statement as they travel; nil is the end. A row is good until the next one.
type rowStream interface {
	next(ctx context.Context) ([][]byte, error)
	close()
}

// binaryRows asks for rows in binary form, whatever the connection's own way is.
func binaryRows(mode pgx.QueryExecMode, args []any) []any {
	return append([]any{mode, pgx.QueryResultFormats{pgx.BinaryFormatCode}}, args...)
}

// liveRows are read as the server sends them; nothing else can be asked meanwhile.
type liveRows struct{ rows pgx.Rows }

func openRows(ctx context.Context, tx pgx.Tx, sql string, args []any, types []uint32) (rowStream, error) {
	rows, err := tx.Query(ctx, sql, binaryRows(pgx.QueryExecModeCacheDescribe, args)...)
	if err != nil {
		return nil, err
	}
	if err := describes(rows, types); err != nil {
		rows.Close()
		return nil, err
	}
	return liveRows{rows}, nil
}

// describes checks the shape of rows before the first is read. A statement that failed has none: its own fault says more.
func describes(rows pgx.Rows, types []uint32) error {
	err := checkShape(rows.FieldDescriptions(), types)
	if err == nil {
		return nil
	}
	rows.Close()
	if rows.Err() != nil {
		return rows.Err()
	}
	return err
}

func (l liveRows) next(context.Context) ([][]byte, error) {
	if !l.rows.Next() {
		return nil, l.rows.Err()
	}
	return l.rows.RawValues(), nil
}

func (l liveRows) close() { l.rows.Close() }

// fetchedRows come in portions, so that several statements can be read side by side over one connection.
type fetchedRows struct {
	tx      pgx.Tx
	fetch   string // "" when the first portion is all
	types   []uint32
	arena   []byte
	cells   []cell
	row     [][]byte
	at      int
	drained bool
}

// cell is a value's place in the arena; one of null begins before it.
type cell struct{ from, to int32 }

// portion is how many rows are fetched at once: few enough for memory, enough to make up for the round trip.
const portion = 4096

// openCursor opens a cursor of that name, which lives until the end of the transaction.
func openCursor(ctx context.Context, tx pgx.Tx, name, sql string, args []any, types []uint32) (rowStream, error) {
	if _, err := tx.Exec(ctx, `DECLARE `+name+` NO SCROLL CURSOR FOR `+sql, args...); err != nil {
		return nil, err
	}
	return &fetchedRows{tx: tx, fetch: fmt.Sprintf(`FETCH %d FROM %s`, portion, name), types: types}, nil
}

// readAll reads a statement with few rows at once.
func readAll(ctx context.Context, tx pgx.Tx, sql string, args []any, types []uint32) (rowStream, error) {
	f := &fetchedRows{tx: tx, types: types, drained: true}
	rows, err := tx.Query(ctx, sql, binaryRows(pgx.QueryExecModeCacheDescribe, args)...)
	if err != nil {
		return nil, err
	}
	return f, f.load(rows)
}

func (f *fetchedRows) next(ctx context.Context) ([][]byte, error) {
	if f.at == len(f.cells) && !f.drained {
		// The statement reads the same for cursors of different shapes, so its description must not be kept.
		rows, err := f.tx.Query(ctx, f.fetch, binaryRows(pgx.QueryExecModeDescribeExec, nil)...)
		if err != nil {
			return nil, err
		}
		if err := f.load(rows); err != nil {
			return nil, err
		}
		f.drained = len(f.cells) < portion*len(f.types)
	}
	if f.at == len(f.cells) {
		return nil, nil
	}
	f.row = f.row[:0]
	for _, c := range f.cells[f.at : f.at+len(f.types)] {
		var raw []byte
		if c.from >= 0 {
			raw = f.arena[c.from:c.to:c.to]
		}
		f.row = append(f.row, raw)
	}
	f.at += len(f.types)
	return f.row, nil
}

// load copies a portion.
func (f *fetchedRows) load(rows pgx.Rows) error {
	defer rows.Close()
	f.arena, f.cells, f.at = f.arena[:0], f.cells[:0], 0
	if err := describes(rows, f.types); err != nil {
		return err
	}
	for rows.Next() {
		for _, raw := range rows.RawValues() {
			if raw == nil {
				f.cells = append(f.cells, cell{from: -1})
				continue
			}
			from := int32(len(f.arena))
			f.arena = append(f.arena, raw...)
			f.cells = append(f.cells, cell{from, int32(len(f.arena))})
		}
	}
	return rows.Err()
}

func (f *fetchedRows) close() {}
