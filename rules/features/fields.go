package features

import (
	"math"
	"slices"
	"sync"
)

// Type is the kind of value a field holds in a rule.
type Type string

// The types of field.
const (
	Number  Type = "number"
	Text    Type = "text"
	Boolean Type = "boolean"
	Date    Type = "date"
	List    Type = "list" // of texts
)

// Field is one name of the rule language: a stored column, or a formula over other fields and functions. Of a stored
// field exactly one accessor is set, the one of its type; accessors do not allocate and may be called concurrently.
type Field struct {
	Name        string
	Type        Type
	Unit        string // what a number counts, or the standard of a text; "" if it has none
	Description string
	UnknownWhen string // "never" if the field is always known
	Example     string // a rule that reads the field
	Values      []string
	Aliases     []string // lower-case words people type instead; they serve hints and are no names
	Whole       bool     // a number without fraction
	Hidden      bool     // only formulas read it

	Column  string // where a stored field is kept
	Formula string // an expression of the rule language; "" for a stored field

	Number  func(*Snapshot, Day) float64 // numbers, and dates as days since 1970-01-01; NaN: unknown
	Text    func(*Snapshot, Day) string  // "": unknown
	Boolean func(*Snapshot, Day) bool    // never unknown
	List    func(*Snapshot) []string     // never unknown; not to be changed
}

// Units that say more than what is counted.
const (
	Share        = "share, 0 to 1"
	CountryCode  = "ISO 3166-1 alpha-2"
	LanguageCode = "ISO 639-1"
)

// Lookup returns the field of that exact name, hidden ones included.
func Lookup(name string) (Field, bool) {
	f, found := vocabulary().byName[name]
	return f, found
}

// Fields returns the vocabulary in the order in which references list it, without hidden fields. The slice is the
// caller's.
func Fields() []Field { return slices.Clone(vocabulary().public) }

// Everything returns all fields, hidden ones included. The slice is the caller's.
func Everything() []Field { return slices.Clone(vocabulary().all) }

type words struct {
	all, public []Field
	byName      map[string]Field
}

// vocabulary is built once and only read.
var vocabulary = sync.OnceValue(func() words {
	columns := make(map[string]Column)
	for _, c := range Columns() {
		columns[c.Name] = c
	}
	v := words{byName: make(map[string]Field)}
	for _, f := range slices.Concat(orderFields(), recencyFields(), moneyFields(), valueFields(), categoryFields(), profileFields(), accountFields(), contactFields(), feedbackFields(), hiddenFields()) {
		if f.Formula == "" {
			bind(&f, columns[f.Column])
		}
		v.byName[f.Name] = f
		v.all = append(v.all, f)
		if !f.Hidden {
			v.public = append(v.public, f)
		}
	}
	return v
})

// bind gives a stored field the accessor of its column.
func bind(f *Field, c Column) {
	switch {
	case c.Count != nil:
		f.Number = func(s *Snapshot, _ Day) float64 { return float64(*c.Count(s)) }
	case c.Amount != nil:
		f.Number = func(s *Snapshot, _ Day) float64 { return knownNumber(*c.Amount(s)) }
	case c.Day != nil:
		f.Number = func(s *Snapshot, _ Day) float64 { return ordinal(*c.Day(s)) }
	case c.Word != nil:
		f.Text = func(s *Snapshot, _ Day) string { return *c.Word(s) }
	case c.Flag != nil:
		f.Boolean = func(s *Snapshot, _ Day) bool { return *c.Flag(s) }
	case c.Words != nil:
		f.List = func(s *Snapshot) []string { return *c.Words(s) }
	}
}

func ordinal(d Day) float64 {
	if !d.Known() {
		return math.NaN()
	}
	return float64(d)
}

// knownNumber makes infinity unknown, so that no rule has to tell it from a number.
func knownNumber(v float64) float64 {
	if v-v != 0 {
		return math.NaN()
	}
	return v
}
