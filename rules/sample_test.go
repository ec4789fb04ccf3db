package rules_test

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"pgregory.net/rapid"

	"treue/rules/features"
)

// sample is a random expression together with its meaning, told by a second, naive implementation: a value is a
// float64, string or bool, and nil where it is unknown.
type sample struct {
	text  string
	value func(values map[string]any) any
}

var (
	numberFields = []string{
		"orders", "revenue", "margin", "average_order_value", "days_since_first_order", "days_since_last_order",
		"expected_orders", "p_alive", "clv", "clv_percentile", "mails_30d", "days_since_last_mail", "account_age_days",
	}
	wholeFields = []string{"orders", "days_since_last_order", "mails_30d", "days_since_last_mail", "account_age_days"}
	textFields  = []string{"country", "language", "channel", "tier", "segment", "last_category"}
	dateFields  = []string{"first_order_at", "last_order_at", "signed_up_at"}
)

func pick(t *rapid.T, items []string) string { return rapid.SampledFrom(items).Draw(t, "item") }

func depth(t *rapid.T, most int) int { return rapid.IntRange(0, most).Draw(t, "choice") }

func drawField(name string) sample {
	return sample{name, func(values map[string]any) any { return values[name] }}
}

func drawNumber(t *rapid.T, left int) sample {
	choice := depth(t, 7)
	if left == 0 {
		choice %= 2
	}
	switch choice {
	case 0:
		return drawField(pick(t, numberFields))
	case 1:
		n := float64(rapid.IntRange(0, 400).Draw(t, "number")) / 4
		return sample{strconv.FormatFloat(n, 'f', -1, 64), func(map[string]any) any { return n }}
	case 2:
		return arithmetic(pick(t, []string{"+", "-", "*"}), drawNumber(t, left-1), drawNumber(t, left-1))
	case 3:
		divisor := float64(rapid.IntRange(1, 9).Draw(t, "divisor"))
		return arithmetic("/", drawNumber(t, left-1), sample{fmt.Sprint(divisor), func(map[string]any) any { return divisor }})
	case 4:
		divisor := float64(rapid.IntRange(1, 9).Draw(t, "divisor"))
		return arithmetic("%", drawField(pick(t, wholeFields)), sample{fmt.Sprint(divisor), func(map[string]any) any { return divisor }})
	case 5:
		name := pick(t, []string{"abs", "round", "floor", "ceil"})
		of := map[string]func(float64) float64{"abs": math.Abs, "round": math.Round, "floor": math.Floor, "ceil": math.Ceil}[name]
		return call(name, func(x []any) any { return of(x[0].(float64)) }, drawNumber(t, left-1))
	case 6:
		name, a, b := pick(t, []string{"min", "max"}), drawNumber(t, left-1), drawNumber(t, left-1)
		return call(name, func(x []any) any {
			if name == "min" {
				return math.Min(x[0].(float64), x[1].(float64))
			}
			return math.Max(x[0].(float64), x[1].(float64))
		}, a, b)
	}
	return choose(drawTruth(t, left-1), drawNumber(t, left-1), drawNumber(t, left-1))
}

func arithmetic(symbol string, a, b sample) sample {
	return sample{"(" + a.text + " " + symbol + " " + b.text + ")", func(values map[string]any) any {
		x, known := a.value(values).(float64)
		y, both := b.value(values).(float64)
		if !known || !both {
			return nil
		}
		var z float64
		switch symbol {
		case "+":
			z = x + y
		case "-":
			z = x - y
		case "*":
			z = x * y
		case "/":
			z = x / y
		case "%":
			z = math.Mod(x, y)
		}
		if math.IsNaN(z) || math.IsInf(z, 0) {
			return nil
		}
		return z
	}}
}

// call applies a function that is unknown for an unknown argument.
func call(name string, of func([]any) any, args ...sample) sample {
	texts := make([]string, len(args))
	for i, arg := range args {
		texts[i] = arg.text
	}
	return sample{name + "(" + strings.Join(texts, ", ") + ")", func(values map[string]any) any {
		x := make([]any, len(args))
		for i, arg := range args {
			if x[i] = arg.value(values); x[i] == nil {
				return nil
			}
		}
		return of(x)
	}}
}

func choose(condition, a, b sample) sample {
	return sample{"(" + condition.text + " ? " + a.text + " : " + b.text + ")", func(values map[string]any) any {
		if condition.value(values).(bool) {
			return a.value(values)
		}
		return b.value(values)
	}}
}

func drawText(t *rapid.T, left int) sample {
	choice := depth(t, 3)
	if left == 0 {
		choice %= 2
	}
	switch choice {
	case 0:
		return drawField(pick(t, textFields))
	case 1:
		word := pick(t, []string{"DE", "AT", "de", "ads", "a", "b", "Kaffee", "Müh", "", "z"})
		return sample{strconv.Quote(word), func(map[string]any) any { return word }}
	case 2:
		return call("lower", func(x []any) any { return strings.ToLower(x[0].(string)) }, drawText(t, left-1))
	}
	return choose(drawTruth(t, left-1), drawText(t, left-1), drawText(t, left-1))
}

func drawTruth(t *rapid.T, left int) sample {
	choice := depth(t, 11)
	if left == 0 {
		choice %= 7
	}
	switch choice {
	case 0, 1:
		return comparison(pick(t, []string{"==", "!=", "<", "<=", ">", ">="}), drawNumber(t, max(0, left-1)), drawNumber(t, max(0, left-1)))
	case 2:
		return textComparison(t, drawText(t, max(0, left-1)))
	case 3:
		return membership(t)
	case 4:
		field := drawField(pick(t, append(slices.Clone(textFields), numberFields...)))
		return sample{"known(" + field.text + ")", func(values map[string]any) any { return field.value(values) != nil }}
	case 5:
		return pickList(t)
	case 6:
		return dateComparison(t)
	case 7:
		a := drawTruth(t, left-1)
		return sample{pick(t, []string{"!", "not "}) + "(" + a.text + ")", func(values map[string]any) any { return !a.value(values).(bool) }}
	case 8, 9:
		a, b := drawTruth(t, left-1), drawTruth(t, left-1)
		return sample{"(" + a.text + pick(t, []string{" && ", " and "}) + b.text + ")", func(values map[string]any) any {
			return a.value(values).(bool) && b.value(values).(bool)
		}}
	case 10:
		a, b := drawTruth(t, left-1), drawTruth(t, left-1)
		return sample{"(" + a.text + pick(t, []string{" || ", " or "}) + b.text + ")", func(values map[string]any) any {
			return a.value(values).(bool) || b.value(values).(bool)
		}}
	}
	return choose(drawTruth(t, left-1), drawTruth(t, left-1), drawTruth(t, left-1))
}

func comparison(symbol string, a, b sample) sample {
	return sample{"(" + a.text + " " + symbol + " " + b.text + ")", func(values map[string]any) any {
		x, y := a.value(values), b.value(values)
		if x == nil || y == nil {
			return false
		}
		return holdsInOrder(symbol, order(x, y))
	}}
}

func order(x, y any) int {
	switch x := x.(type) {
	case float64:
		return compareOrdered(x, y.(float64))
	case time.Time:
		return x.Compare(y.(time.Time))
	}
	return strings.Compare(x.(string), y.(string))
}

func compareOrdered(x, y float64) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func holdsInOrder(symbol string, order int) bool {
	switch symbol {
	case "==":
		return order == 0
	case "!=":
		return order != 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

// textComparison avoids comparing a field that has fixed values with a text it never holds: that does not compile.
func textComparison(t *rapid.T, a sample) sample {
	word := pick(t, []string{"DE", "AT", "ads", "a", "Kaffee"})
	b := sample{"lower(" + strconv.Quote(word) + ")", func(map[string]any) any { return strings.ToLower(word) }}
	symbol := pick(t, []string{"==", "!=", "<", "<=", ">", ">=", "contains", "startsWith", "endsWith"})
	tests := map[string]func(x, y string) bool{"contains": strings.Contains, "startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix}
	test, found := tests[symbol]
	if !found {
		return comparison(symbol, a, b)
	}
	return sample{"(" + a.text + " " + symbol + " " + b.text + ")", func(values map[string]any) any {
		x, known := a.value(values).(string)
		return known && test(x, b.value(values).(string))
	}}
}

func membership(t *rapid.T) sample {
	negated := rapid.Bool().Draw(t, "negated")
	in := " in "
	if negated {
		in = " not in "
	}
	field := drawField(pick(t, wholeFields))
	var list string
	var holds func(x float64) bool
	if low := rapid.IntRange(0, 60).Draw(t, "low"); rapid.Bool().Draw(t, "range") {
		high := low + rapid.IntRange(0, 60).Draw(t, "width")
		list = fmt.Sprintf("%d..%d", low, high)
		holds = func(x float64) bool { return x >= float64(low) && x <= float64(high) }
	} else {
		items := rapid.SliceOfN(rapid.IntRange(0, 60), 1, 15).Draw(t, "items")
		list = strings.ReplaceAll(fmt.Sprint(items), " ", ", ")
		holds = func(x float64) bool { return slices.Contains(items, int(x)) }
	}
	return sample{"(" + field.text + in + list + ")", func(values map[string]any) any {
		x, known := field.value(values).(float64)
		return (known && holds(x)) != negated
	}}
}

func pickList(t *rapid.T) sample {
	word := pick(t, []string{"vip", "abo", "b2b"})
	return sample{"(" + strconv.Quote(word) + " in tags)", func(values map[string]any) any {
		return slices.Contains(values["tags"].([]string), word)
	}}
}

func dateComparison(t *rapid.T) sample {
	at := features.Day(rapid.IntRange(19000, 20800).Draw(t, "day"))
	constant := sample{"date(" + strconv.Quote(at.String()) + ")", func(map[string]any) any { return at.Date() }}
	return comparison(pick(t, []string{"==", "!=", "<", "<=", ">", ">="}), drawField(pick(t, dateFields)), constant)
}
