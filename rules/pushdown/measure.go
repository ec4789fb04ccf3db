package pushdown

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"treue/rules/features"
)

// join is a group of events per customer, of which measures take figures.
type join struct {
	key    string // what it was made for
	source string
	where  []string
	units  string // its column of units
	zone   zone   // set if a take is of days
	takes  uint   // a bit per take
}

func joinAlias(i int) string { return fmt.Sprintf("m%d", i+1) }

// join returns the alias of the measure's group with more takes. It is not possible if no event can match.
func (b *Builder) join(m *features.Measure, takes uint) (alias string, possible bool) {
	key := fmt.Sprintf("%d %d %d %q %q %q %q %q", m.Of, m.From, m.To, []string(m.Category), m.Product, m.Attribute, m.Value, m.Campaign)
	i := slices.IndexFunc(b.joins, func(j *join) bool { return j.key == key })
	if i < 0 {
		where, possible := b.matches(m)
		if !possible {
			return "", false
		}
		i = len(b.joins)
		b.joins = append(b.joins, &join{key: key, source: Source(m.Of, b.known()), where: append(where, b.covers(m)...), units: unitsOf(m.Of)})
	}
	j := b.joins[i]
	j.takes |= takes
	if j.has(features.TakeFirstDay, features.TakeLastDay, features.TakeLastUnits) {
		j.zone = b.zone()
	}
	return joinAlias(i), true
}

// figure returns what the measure takes, as a column of its group: null for a customer without such events.
func (b *Builder) figure(m *features.Measure) string {
	alias, possible := b.join(m, 1<<m.Take)
	if !possible {
		return ""
	}
	return alias + "." + figureOf(m.Take)
}

func (b *Builder) known() string { return b.value("timestamptz", b.env.Now) }

func unitsOf(of features.Events) string {
	if of == features.PointEvents {
		return "points"
	}
	return "units"
}

// has reports whether one of the takes is needed.
func (j *join) has(takes ...features.Take) bool {
	return slices.ContainsFunc(takes, func(t features.Take) bool { return j.takes&(1<<t) != 0 })
}

// sql is the grouped statement; where the units of the last day are asked for, it goes by days first.
func (j *join) sql() string {
	events := "FROM (" + j.source + ") e" + whereOf(j.where)
	if !j.has(features.TakeLastUnits) {
		return "SELECT customer_id" + j.figures("count(*)", "count(DISTINCT order_id)", "sum(revenue)::bigint", "sum("+j.units+")::bigint",
			j.extreme("min"), j.extreme("max"), "") + " " + events + " GROUP BY customer_id"
	}
	days := "SELECT customer_id, " + j.zone.localDay("at") + " AS day, sum(" + j.units + ")::bigint AS last_units" +
		j.figures("count(*)", "count(DISTINCT order_id)", "sum(revenue)::bigint", "sum("+j.units+")::bigint", "", "", "") +
		" " + events + " GROUP BY customer_id, 2"
	return "SELECT customer_id" + j.figures("sum(n)::bigint", "sum(orders)::bigint", "sum(revenue)::bigint", "sum(units)::bigint",
		"min(day)", "max(day)", "(array_agg(last_units ORDER BY day DESC))[1]") + " FROM (" + days + ") d GROUP BY customer_id"
}

// extreme is the day of the first or last event. Unless the zone's days overlap, it is enough to convert one instant.
func (j *join) extreme(function string) string {
	if j.zone.folds {
		return function + "(" + j.zone.localDay("at") + ")"
	}
	return j.zone.localDay(function + "(at)")
}

// figures lists the expressions of the takes that are needed.
func (j *join) figures(expressions ...string) string {
	var list strings.Builder
	for take, expression := range expressions {
		if expression != "" && j.has(features.Take(take)) {
			list.WriteString(", " + expression + " AS " + figureOf(features.Take(take)))
		}
	}
	return list.String()
}

// figureOf names the column of a take.
func figureOf(t features.Take) string {
	return [...]string{"n", "orders", "revenue", "units", "first_on", "last_on", "last_units"}[t]
}

func whereOf(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(conditions, " AND ")
}

// covers is the window of a measure. Points count forward from today and only while they are not expired.
func (b *Builder) covers(m *features.Measure) []string {
	var window []string
	today := b.env.Day
	switch m.Of {
	case features.EntryEvents:
		return nil
	case features.PointEvents:
		held := b.from(today)
		if m.From == features.Ever {
			return []string{"(at IS NULL OR " + held + ")"}
		}
		return []string{held, b.upTo(today + features.Day(m.From))}
	}
	if m.From != features.Ever {
		window = append(window, b.from(today-features.Day(m.From)))
	}
	if m.To > 0 || b.folds || !(today + 1).Start(b.env.Zone).After(b.env.Now) {
		window = append(window, b.upTo(today-features.Day(m.To)))
	}
	return window
}

// matches are the conditions on an event besides its time. It is not possible that one matches if the shop has no
// such category or product.
func (b *Builder) matches(m *features.Measure) (conditions []string, possible bool) {
	switch {
	case m.Of == features.ContactEvents || m.Of == features.EntryEvents:
		if m.Campaign == "" {
			return nil, true
		}
		return []string{"campaign_key = " + b.value("text", m.Campaign)}, true
	case m.Of != features.LineEvents:
		return nil, true
	case m.Product != "":
		return []string{"product = " + b.value("text", m.Product)}, true
	case m.Attribute != "":
		return b.matchesAttribute(m)
	}
	return b.matchesCategory(m.Category)
}

func (b *Builder) matchesAttribute(m *features.Measure) ([]string, bool) {
	var products []int64
	for id, attributes := range b.env.Attributes {
		if features.HasAttribute(attributes, m.Attribute, m.Value) {
			products = append(products, id)
		}
	}
	if len(products) == 0 {
		return nil, false
	}
	slices.Sort(products)
	return []string{"product_id = ANY(" + b.value("bigint[]", products) + ")"}, true
}

// matchesCategory leaves out lines without a category unless any will do.
func (b *Builder) matchesCategory(path features.Path) ([]string, bool) {
	if len(path) == 0 {
		return nil, true
	}
	categories := matching(b.env.Categories, path.Covers)
	switch len(categories) {
	case 0:
		return nil, false
	case 1:
		return []string{"category = " + b.value("text", categories[0])}, true
	}
	return []string{"category = ANY(" + b.value("text[]", categories) + ")"}, true
}

// The greatest sums of money and of units.
const (
	maxMoney = 1e17
	maxUnits = 1e16
)

func (t *translator) measuredNumber(m *features.Measure) number {
	if !t.b.env.Day.Known() {
		t.fail()
		return number{}
	}
	column := t.b.figure(m)
	switch {
	case column == "" && m.Take < features.TakeFirstDay:
		return constant(0)
	case column == "":
		return constant(math.NaN())
	case m.Take == features.TakeCount || m.Take == features.TakeOrders:
		return number{sql: "coalesce(" + column + ", 0)", bare: true, integer: true, bounds: bounds{maxExact, 1}}
	case m.Take == features.TakeRevenue:
		return number{sql: "coalesce(" + column + ", 0)::float8 / 100", bounds: bounds{maxMoney, 0.01}}
	case m.Take == features.TakeUnits:
		return number{sql: "coalesce(" + column + ", 0)::float8 / 1000", bounds: bounds{maxUnits, 0.001}}
	case m.Take == features.TakeLastUnits:
		return number{sql: column + "::float8 / 1000", null: true, bounds: bounds{maxUnits, 0.001}}
	}
	t.fail()
	return number{}
}

func (t *translator) measuredDay(m *features.Measure) date {
	if !t.b.env.Day.Known() {
		t.fail()
		return date{}
	}
	if column := t.b.figure(m); column != "" {
		return date{sql: column, null: true}
	}
	return date{sql: "NULL::date", null: true}
}
