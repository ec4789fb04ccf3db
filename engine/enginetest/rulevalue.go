package enginetest

import (
	"math"
	"strconv"
	"strings"

	"treue/rules/features"
)

// number returns an expression of numbers.
func (m *RuleMaker) number(depth int) string {
	if depth <= 0 {
		return m.any(m.constant, m.numberField, m.numberField, m.numberField, m.count)
	}
	return m.any(
		m.numberField, m.count, m.amount,
		func() string {
			return "(" + m.number(depth-1) + " " + pick(m, []string{"+", "-", "*", "/"}) + " " + m.number(depth-1) + ")"
		},
		func() string { return "(" + m.number(depth-1) + " / " + m.number(depth-1) + ")" },
		func() string { return "(" + m.count() + " % " + m.any(m.count, m.whole) + ")" },
		func() string { return "-(" + m.number(depth-1) + ")" },
		func() string { return pick(m, []string{"abs(", "round(", "floor(", "ceil("}) + m.number(depth-1) + ")" },
		func() string { return "round(" + m.amount() + " / " + m.whole() + ")" },
		func() string { return m.extreme(depth) },
		func() string { return m.choice(depth, m.number) },
		func() string { return "days_since(" + m.date(depth-1) + ")" },
		func() string { return "days_until_anniversary(" + m.date(depth-1) + ")" },
		func() string { return pick(m, []string{"year(", "month(", "day(", "weekday("}) + m.date(depth-1) + ")" },
		func() string {
			return "len(" + m.any(func() string { return m.text(depth - 1) }, func() string { return m.field(features.List) }) + ")"
		},
	)
}

func (m *RuleMaker) extreme(depth int) string {
	args := []string{m.number(depth - 1)}
	for range 1 + m.rand.IntN(2) {
		args = append(args, m.number(depth-1))
	}
	return pick(m, []string{"min(", "max("}) + strings.Join(args, ", ") + ")"
}

func (m *RuleMaker) numberField() string { return m.field(features.Number) }

// count returns a whole number that depends on the customer.
func (m *RuleMaker) count() string {
	return m.any(
		m.wholeField, m.wholeField,
		func() string { return "orders_within(" + m.days() + ")" },
		func() string { return "times_bought(" + m.category() + ", " + m.days() + ")" },
		func() string { return "days_since_bought(" + m.category() + ")" },
		func() string { return "len(" + m.field(features.List) + ")" },
	)
}

func (m *RuleMaker) wholeField() string {
	for {
		if f := pick(m, m.fields[features.Number]); f.Whole {
			return f.Name
		}
	}
}

// amount returns a number that may have a fraction.
func (m *RuleMaker) amount() string {
	return m.any(
		m.numberField,
		func() string { return "spent_within(" + m.days() + ")" },
		func() string { return "spent_on(" + m.category() + ", " + m.days() + ")" },
		func() string { return "units_bought(" + m.category() + ", " + m.days() + ")" },
		func() string { return "due_in(" + m.category() + ")" },
		func() string { return "points_expiring_within(" + m.days() + ")" },
	)
}

func (m *RuleMaker) whole() string {
	return strconv.Itoa(pick(m, []int{0, 1, 2, 3, 5, 7, 10, 30, 90, 100, 365, -1, -7}))
}

// constant returns a number; some are extreme.
func (m *RuleMaker) constant() string {
	switch m.rand.IntN(8) {
	case 0:
		return pick(m, []string{"1e300", "1e-300", "9007199254740993", "9223372036854775807", "1e18", "-1e18", "0.49999999999999994", "4503599627370497", "1e-30", "5e-324"})
	case 1, 2:
		return m.whole()
	case 3:
		return decimal(m.rand.NormFloat64() * 100)
	}
	return pick(m, []string{"0.1", "0.3", "0.5", "1.5", "2.5", "-2.5", "12.5", "99.99", "100", "250", "2", "1"})
}

func decimal(v float64) string { return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64) }

func (m *RuleMaker) constantFor(f features.Field) string {
	if f.Unit == features.Share {
		return decimal(m.rand.Float64())
	}
	return m.constant()
}

// text returns an expression of texts.
func (m *RuleMaker) text(depth int) string {
	field := func() string { return m.field(features.Text) }
	if depth <= 0 {
		return m.any(field, field, field, m.textConstant)
	}
	return m.any(
		field, field, field, m.textConstant,
		func() string { return m.choice(depth, m.text) },
		func() string { return pick(m, []string{"lower(", "upper(", "trim("}) + m.text(depth-1) + ")" },
	)
}

func (m *RuleMaker) textConstant() string { return quote(m.changed(pick(m, m.words.Texts))) }

func (m *RuleMaker) textFor(f features.Field) string {
	if len(f.Values) > 0 {
		return quote(pick(m, f.Values))
	}
	return m.textConstant()
}

// date returns an expression of dates.
func (m *RuleMaker) date(depth int) string {
	field := func() string { return m.field(features.Date) }
	if depth <= 0 {
		return m.any(field, field, m.dateConstant)
	}
	return m.any(
		field, field, m.dateConstant, func() string { return "today()" },
		func() string { return m.choice(depth, m.date) },
	)
}

func (m *RuleMaker) dateConstant() string { return "date(" + quote(pick(m, m.words.Dates)) + ")" }
