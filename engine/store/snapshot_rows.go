package store

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"slices"

	"treue/rules/features"
)

// SnapshotRows are rows of a set in the binary form of COPY (PostgreSQL, documentation of COPY, "Binary Format"). Use
// one per goroutine.
type SnapshotRows struct {
	set     int64
	columns []string // behind customer_id and set_id
	encode  []encoder
	data    []byte
}

// encoder appends a statistic with its length before it.
type encoder func([]byte, *features.Snapshot) []byte

// copyHead is the signature, no flags and no extension; copyTail ends the rows.
const (
	copyHead = "PGCOPY\n\xff\r\n\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00"
	copyTail = "\xff\xff"
)

// Rows returns empty rows of the set.
func (s Set) Rows() *SnapshotRows { return s.rowsOf(features.Columns()) }

func (s Set) rowsOf(columns []features.Column) *SnapshotRows {
	r := &SnapshotRows{set: s.ID}
	for _, c := range columns {
		r.columns = append(r.columns, c.Name)
		r.encode = append(r.encode, encoding(c))
	}
	r.Reset()
	return r
}

// Reset drops the rows and keeps their room.
func (r *SnapshotRows) Reset() { r.data = append(r.data[:0], copyHead...) }

// roomForRow is more than nearly every row takes.
const roomForRow = 1 << 10

// Add appends the row of a customer. Room doubles: append adds a quarter to much of it, and would copy all rows again and again.
func (r *SnapshotRows) Add(s *features.Snapshot) {
	if cap(r.data)-len(r.data) < roomForRow {
		r.data = slices.Grow(r.data, max(len(r.data), 64*roomForRow))
	}
	r.data = binary.BigEndian.AppendUint16(r.data, uint16(2+len(r.encode)))
	r.data = appendWhole(appendWhole(r.data, s.CustomerID), r.set)
	for _, encode := range r.encode {
		r.data = encode(r.data, s)
	}
}

func (r *SnapshotRows) reader() io.Reader {
	return io.MultiReader(bytes.NewReader(r.data), bytes.NewReader([]byte(copyTail)))
}

// encoding returns how a statistic is kept: what is unknown as null.
func encoding(c features.Column) encoder {
	switch {
	case c.Count != nil:
		return func(to []byte, s *features.Snapshot) []byte { return appendWhole(to, *c.Count(s)) }
	case c.Amount != nil:
		return func(to []byte, s *features.Snapshot) []byte { return appendAmount(to, *c.Amount(s)) }
	case c.Word != nil && (c.Name == "source" || c.Name == "external_id"):
		return func(to []byte, s *features.Snapshot) []byte { return appendText(to, *c.Word(s)) }
	case c.Word != nil:
		return func(to []byte, s *features.Snapshot) []byte {
			if word := *c.Word(s); word != "" {
				return appendText(to, word)
			}
			return appendNull(to)
		}
	case c.Day != nil:
		return func(to []byte, s *features.Snapshot) []byte { return appendDay(to, *c.Day(s)) }
	case c.Flag != nil:
		return func(to []byte, s *features.Snapshot) []byte { return appendFlag(to, *c.Flag(s)) }
	}
	return func(to []byte, s *features.Snapshot) []byte { return appendTexts(to, *c.Words(s)) }
}

func appendSize(to []byte, n int) []byte { return binary.BigEndian.AppendUint32(to, uint32(n)) }

func appendNull(to []byte) []byte { return append(to, 0xff, 0xff, 0xff, 0xff) }

func appendWhole(to []byte, v int64) []byte {
	return binary.BigEndian.AppendUint64(appendSize(to, 8), uint64(v))
}

// appendAmount keeps an unknown number as null, and one that no shop can mean as unknown.
func appendAmount(to []byte, v float64) []byte {
	switch size := math.Abs(v); {
	case !(size <= features.LargestAmount):
		return appendNull(to)
	case size < features.SmallestAmount:
		v = 0
	}
	return binary.BigEndian.AppendUint64(appendSize(to, 8), math.Float64bits(v))
}

func appendText(to []byte, v string) []byte { return append(appendSize(to, len(v)), v...) }

func appendDay(to []byte, d features.Day) []byte {
	if !d.Known() {
		return appendNull(to)
	}
	return binary.BigEndian.AppendUint32(appendSize(to, 4), uint32(int32(d)-epochDay))
}

func appendFlag(to []byte, v bool) []byte {
	if v {
		return append(appendSize(to, 1), 1)
	}
	return append(appendSize(to, 1), 0)
}

// appendTexts keeps an absent list as an empty one.
func appendTexts(to []byte, list []string) []byte {
	const dimensions, nulls, textOID, lowest = 1, 0, 25, 1
	at := len(to)
	to = appendSize(to, 0)
	if len(list) == 0 {
		to = appendSize(appendSize(appendSize(to, 0), nulls), textOID)
	} else {
		to = appendSize(appendSize(appendSize(to, dimensions), nulls), textOID)
		to = appendSize(appendSize(to, len(list)), lowest)
		for _, item := range list {
			to = appendText(to, item)
		}
	}
	binary.BigEndian.PutUint32(to[at:], uint32(len(to)-at-4))
	return to
}
