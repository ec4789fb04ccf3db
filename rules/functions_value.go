package rules

import (
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"treue/rules/features"
)

func dateFunctions() []function {
	part := func(name, description, example string, of func(time.Time) int) function {
		return function{
			Function: Function{name, name + "(date) number", description, example},
			params:   []param{value(KindDate)}, result: KindNumber, whole: true,
			build: func(args []operand) operand { return operand{number: datePart(args[0].number, of)} },
		}
	}
	return []function{
		{
			Function: Function{"date", "date(text) date", "A calendar day, written \"2026-01-31\".", `last_order_at < date("2026-01-31")`},
			params:   []param{quoted()}, result: KindDate,
		},
		{
			Function: Function{"today", "today() date", "The day on which the rule is evaluated, in the shop's time zone.", `month(today()) == 12`},
			result:   KindDate,
			build: func([]operand) operand {
				return operand{number: func(_ *features.Snapshot, at features.Day) float64 { return ordinal(at) }}
			},
		},
		daysSinceFunction(), anniversaryFunction(),
		part("year", "The year of a date.", `year(first_order_at) == 2025`, time.Time.Year),
		part("month", "The month of a date, 1 to 12.", `month(first_order_at) in [11, 12]`, func(t time.Time) int { return int(t.Month()) }),
		part("day", "The day of a date's month, 1 to 31.", `day(today()) <= 7`, time.Time.Day),
		part("weekday", "The day of a date's week, 1 (Monday) to 7 (Sunday).", `weekday(last_order_at) >= 6`, isoWeekday),
	}
}

func ordinal(d features.Day) float64 {
	if !d.Known() {
		return math.NaN()
	}
	return float64(d)
}

func isoWeekday(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }

func datePart(date numberFunc, of func(time.Time) int) numberFunc {
	return func(s *features.Snapshot, at features.Day) float64 {
		d := date(s, at)
		if d != d {
			return d
		}
		return float64(of(features.Day(d).Date()))
	}
}

func numberFunctions() []function {
	unary := func(name, description, example string, of func(float64) float64) function {
		return function{
			Function: Function{name, name + "(number) number", description, example},
			params:   []param{value(KindNumber)}, result: KindNumber,
			build: func(args []operand) operand {
				x := args[0].number
				return operand{number: func(s *features.Snapshot, at features.Day) float64 { return of(x(s, at)) }}
			},
		}
	}
	extreme := func(name, description, example string, of func(a, b float64) float64) function {
		return function{
			Function: Function{name, name + "(number, number, …) number", description, example},
			params:   []param{value(KindNumber), value(KindNumber)}, variadic: true, result: KindNumber,
			build: func(args []operand) operand { return operand{number: fold(args, of)} },
		}
	}
	return []function{
		unary("abs", "The number without its sign.", `abs(days_since_first_order - 365) <= 3`, math.Abs),
		unary("round", "The nearest whole number; halves go away from zero.", `round(revenue) == 100`, math.Round),
		unary("floor", "The next whole number below.", `floor(average_order_value / 10) == 4`, math.Floor),
		unary("ceil", "The next whole number above.", `ceil(expected_orders) >= 2`, math.Ceil),
		extreme("min", "The smallest of the numbers; unknown if one of them is.", `min(clv_historic, clv_predicted) > 50`,
			func(a, b float64) float64 { return min(a, b) }),
		extreme("max", "The largest of the numbers; unknown if one of them is.", `max(clv_historic, clv_predicted) > 100`,
			func(a, b float64) float64 { return max(a, b) }),
	}
}

// fold relies on min and max passing NaN on, so that one unknown makes the whole unknown.
func fold(args []operand, of func(a, b float64) float64) numberFunc {
	first, rest := args[0].number, args[1:]
	return func(s *features.Snapshot, at features.Day) float64 {
		v := first(s, at)
		for i := range rest {
			v = of(v, rest[i].number(s, at))
		}
		return v
	}
}

func textFunctions() []function {
	mapping := func(name, description, example string, of func(string) string) function {
		return function{
			Function: Function{name, name + "(text) text", description, example},
			params:   []param{value(KindText)}, result: KindText,
			build: func(args []operand) operand {
				x := args[0].text
				return operand{text: func(s *features.Snapshot, at features.Day) (string, bool) {
					v, known := x(s, at)
					return of(v), known
				}}
			},
		}
	}
	return []function{
		{
			Function: Function{"len", "len(text or list) number", "Characters of a text, or items of a list.", `len(tags) == 0`},
			params:   []param{value(KindText)}, anyKind: true, result: KindNumber, whole: true, build: buildLen,
		},
		mapping("lower", "The text in lower case.", `lower(channel) == "newsletter"`, strings.ToLower),
		mapping("upper", "The text in upper case.", `upper(country) == "DE"`, strings.ToUpper),
		mapping("trim", "The text without blanks at its ends.", `trim(channel) == "ads"`, strings.TrimSpace),
	}
}

func buildLen(args []operand) operand {
	if list := args[0].list; list != nil {
		return operand{number: func(s *features.Snapshot, _ features.Day) float64 { return float64(len(list(s))) }}
	}
	text := args[0].text
	return operand{number: func(s *features.Snapshot, at features.Day) float64 {
		v, known := text(s, at)
		if !known {
			return math.NaN()
		}
		return float64(utf8.RuneCountInString(v))
	}}
}

func buildKnown(args []operand) operand {
	switch x := args[0]; {
	case x.number != nil:
		return operand{truth: func(s *features.Snapshot, at features.Day) bool {
			v := x.number(s, at)
			return v == v
		}}
	case x.text != nil:
		return operand{truth: func(s *features.Snapshot, at features.Day) bool {
			_, known := x.text(s, at)
			return known
		}}
	}
	return operand{truth: func(*features.Snapshot, features.Day) bool { return true }}
}

func buildHasTag(args []operand) operand {
	tag := features.FoldCase(args[0].literal)
	return operand{truth: func(s *features.Snapshot, _ features.Day) bool {
		for _, t := range s.Tags {
			if features.EqualFold(t, tag) {
				return true
			}
		}
		return false
	}}
}

func buildBought(args []operand) operand {
	path := features.ParsePath(args[0].literal)
	return operand{truth: func(s *features.Snapshot, _ features.Day) bool {
		return slices.ContainsFunc(s.Categories, path.Covers)
	}}
}

const daysSinceName = "days_since"

func daysSinceFunction() function {
	return function{
		Function: Function{daysSinceName, "days_since(date) number", "Calendar days from the date to today.", `days_since(signed_up_at) in 7..14`},
		params:   []param{value(KindDate)}, result: KindNumber, whole: true,
		build: func(args []operand) operand {
			date := args[0].number
			return operand{number: func(s *features.Snapshot, at features.Day) float64 { return ordinal(at) - date(s, at) }}
		},
	}
}

func anniversaryFunction() function {
	return function{
		Function: Function{
			"days_until_anniversary", "days_until_anniversary(date) number",
			"Calendar days until the date's day and month come round again, at least a year after it; 0 on the day itself. In other years, 29 February is 28 February.",
			`days_until_anniversary(signed_up_at) <= 3`,
		},
		params: []param{value(KindDate)}, result: KindNumber, whole: true,
		build: func(args []operand) operand {
			date := args[0].number
			return operand{number: func(s *features.Snapshot, at features.Day) float64 {
				d := date(s, at)
				if d != d || !at.Known() {
					return math.NaN()
				}
				return features.Day(d).UntilAnniversary(at)
			}}
		},
	}
}
