package store

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"treue/rules/features"
)

// decoder puts one value, as it travels in binary form, into a snapshot; nil is null.
type decoder func(*features.Snapshot, []byte)

// words keeps one copy of each short word, so that a million rows from Germany do not hold a million countries. It is
// bounded: columns with a value of their own in every row are better off without.
type words map[string]string

const (
	maxWords = 1 << 14
	longWord = 64
)

func (w words) text(raw []byte) string {
	if known, found := w[string(raw)]; found {
		return known
	}
	text := string(raw)
	if len(raw) <= longWord && len(w) < maxWords {
		w[text] = text
	}
	return text
}

// decoding returns how a statistic is read, and the type its column must have.
func decoding(c features.Column, w words) (decoder, uint32) {
	switch {
	case c.Count != nil:
		return func(s *features.Snapshot, raw []byte) { *c.Count(s) = wholeNumber(raw) }, pgtype.Int8OID
	case c.Amount != nil:
		return func(s *features.Snapshot, raw []byte) { *c.Amount(s) = floatNumber(raw) }, pgtype.Float8OID
	case c.Word != nil && c.Name == "external_id":
		return func(s *features.Snapshot, raw []byte) { *c.Word(s) = string(raw) }, pgtype.TextOID
	case c.Word != nil:
		return func(s *features.Snapshot, raw []byte) { *c.Word(s) = w.text(raw) }, pgtype.TextOID
	case c.Day != nil:
		return func(s *features.Snapshot, raw []byte) { *c.Day(s) = calendarDay(raw) }, pgtype.DateOID
	case c.Flag != nil:
		return func(s *features.Snapshot, raw []byte) { *c.Flag(s) = len(raw) > 0 && raw[0] != 0 }, pgtype.BoolOID
	}
	return func(s *features.Snapshot, raw []byte) {
		list := c.Words(s)
		*list = w.texts((*list)[:0], raw)
	}, pgtype.TextArrayOID
}

// wholeNumber reads a bigint; null is 0.
func wholeNumber(raw []byte) int64 {
	if raw == nil {
		return 0
	}
	return int64(binary.BigEndian.Uint64(raw))
}

// floatNumber reads a double; null is NaN.
func floatNumber(raw []byte) float64 {
	if raw == nil {
		return math.NaN()
	}
	return math.Float64frombits(binary.BigEndian.Uint64(raw))
}

// epochDay is the day from which Postgres counts.
const epochDay = 10957 // 2000-01-01

// calendarDay reads a date; null is features.NoDay.
func calendarDay(raw []byte) features.Day {
	if raw == nil {
		return features.NoDay
	}
	return features.Day(int32(binary.BigEndian.Uint32(raw))) + epochDay
}

// instant reads a timestamptz that is not null.
func instant(raw []byte) time.Time {
	micros := int64(binary.BigEndian.Uint64(raw))
	return time.Unix(epochDay*86400, 0).Add(time.Duration(micros/1e6) * time.Second).Add(time.Duration(micros%1e6) * time.Microsecond)
}

// texts appends the items of a text[] of one dimension; null items are left out.
func (w words) texts(into []string, raw []byte) []string {
	const head, perDimension = 12, 8 // dimensions, null flag, type; then length and lower bound
	if len(raw) < head+perDimension {
		return into
	}
	n := binary.BigEndian.Uint32(raw[head:])
	raw = raw[head+perDimension:]
	for range n {
		size := int32(binary.BigEndian.Uint32(raw))
		raw = raw[4:]
		if size >= 0 {
			into = append(into, w.text(raw[:size]))
			raw = raw[size:]
		}
	}
	return into
}

// checkShape holds a result against the types that the decoders expect: a wrong one would be read as nonsense.
func checkShape(got []pgconn.FieldDescription, want []uint32) error {
	if len(got) != len(want) {
		return fmt.Errorf("the statement gives %d columns, not %d", len(got), len(want))
	}
	for i, oid := range want {
		if got[i].DataTypeOID != oid || got[i].Format != pgtype.BinaryFormatCode {
			return fmt.Errorf("column %s comes as type %d in format %d: is the schema of another version?", got[i].Name, got[i].DataTypeOID, got[i].Format)
		}
	}
	return nil
}
