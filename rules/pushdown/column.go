package pushdown

import (
	"slices"

	"treue/rules"
	"treue/rules/features"
)

// columnType is the type of a column of the snapshots.
type columnType uint8

const (
	columnCount  columnType = iota // bigint not null
	columnAmount                   // double precision, null if unknown
	columnWord                     // text, null if unknown
	columnDay                      // date, null if unknown
	columnFlag                     // boolean not null
	columnWords                    // text[] not null
	columnNone
)

func typeOf(c features.Column) columnType {
	switch {
	case c.Count != nil:
		return columnCount
	case c.Amount != nil:
		return columnAmount
	case c.Word != nil:
		return columnWord
	case c.Day != nil:
		return columnDay
	case c.Flag != nil:
		return columnFlag
	}
	return columnWords
}

// column returns the column of a field, which must have one of the types. Its name comes from the table of columns,
// never from a rule.
func (t *translator) column(n *rules.Node, types ...columnType) string {
	sql, typ := columnOf(n)
	if !slices.Contains(types, typ) {
		t.fail()
	}
	return sql
}

func columnOf(n *rules.Node) (string, columnType) {
	if n.Op() != rules.OpField {
		return "", columnNone
	}
	return columnNamed(n.Field().Column)
}

func columnNamed(name string) (string, columnType) {
	c, found := features.ColumnNamed(name)
	if !found {
		return "", columnNone
	}
	return "s." + c.Name, typeOf(c)
}
