package pushdown

import (
	"fmt"
	"slices"
	"strings"

	"treue/rules/features"
)

// Builder collects the predicates of one statement: they share its placeholders and joins.
type Builder struct {
	env    Env
	table  string
	folds  bool // local days overlap in the zone
	args   []any
	bound  map[string]int // the placeholder of a value, by type and value
	bounds []string       // the keys in bound, in the order of args; "" for a caller's value
	joins  []*join
}

// New returns the start of a statement over a table of snapshots, which must be a trusted name.
func New(env Env, table string) *Builder {
	return &Builder{env: env, table: table, folds: folds(env.Zone, env.Now), bound: make(map[string]int)}
}

// Arg adds a value of the caller's and returns its placeholder.
func (b *Builder) Arg(v any) string {
	b.args, b.bounds = append(b.args, v), append(b.bounds, "")
	return fmt.Sprintf("$%d", len(b.args))
}

// Args returns the values of all placeholders in their order. The slice is the caller's.
func (b *Builder) Args() []any { return slices.Clone(b.args) }

// From returns the FROM list: the table as s, and the joins that the predicates need.
func (b *Builder) From() string {
	var from strings.Builder
	from.WriteString(b.table + " s")
	for i, j := range b.joins {
		alias := joinAlias(i)
		fmt.Fprintf(&from, "\nLEFT JOIN (%s) %s ON %s.customer_id = s.customer_id", j.sql(), alias, alias)
	}
	return from.String()
}

// value returns the placeholder of a value with its SQL type; equal values share one.
func (b *Builder) value(typ string, v any) string {
	key := fmt.Sprintf("%s %#v", typ, v)
	if n, found := b.bound[key]; found {
		return fmt.Sprintf("$%d::%s", n, typ)
	}
	placeholder := b.Arg(v)
	b.bound[key], b.bounds[len(b.args)-1] = len(b.args), key
	return placeholder + "::" + typ
}

// day returns the placeholder of a date.
func (b *Builder) day(d features.Day) string { return b.value("date", d.Date()) }

// mark is a state of the builder to which it can return.
type mark struct {
	args  int
	takes []uint // per join
}

func (b *Builder) mark() mark {
	m := mark{args: len(b.args), takes: make([]uint, len(b.joins))}
	for i, j := range b.joins {
		m.takes[i] = j.takes
	}
	return m
}

func (b *Builder) rollback(m mark) {
	for _, key := range b.bounds[m.args:] {
		delete(b.bound, key)
	}
	b.args, b.bounds, b.joins = b.args[:m.args], b.bounds[:m.args], b.joins[:len(m.takes)]
	for i, j := range b.joins {
		j.takes = m.takes[i]
	}
}
