package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"treue/rules/features"
)

// domain is what a value may be: unknown, or in some ranges. Truths are 0 and 1, dates days since 1970-01-01.
type domain struct {
	unknown bool
	numbers ranges[float64]
	texts   ranges[string] // instead of numbers, for texts
}

func (d domain) and(other domain, whole bool) domain {
	both := domain{d.unknown && other.unknown, d.numbers.common(other.numbers), d.texts.common(other.texts)}
	if whole {
		both.numbers = wholeOnly(both.numbers)
	}
	return both
}

func (d domain) empty() bool { return !d.unknown && len(d.numbers) == 0 && len(d.texts) == 0 }

// not returns the domain of the opposite condition: conditions are true or false, and so cover the unknown, too.
func (d domain) not(k Kind) domain {
	if k == KindText {
		return domain{unknown: !d.unknown, texts: d.texts.others()}
	}
	return domain{unknown: !d.unknown, numbers: d.numbers.others()}
}

// subject is a value that conditions speak about. Equal keys have equal values.
type subject struct {
	key   string
	node  *Node
	whole bool
	start domain // what it may be for any customer
}

// subjectOf describes a number, text, date or truth.
func subjectOf(n *Node) subject {
	var key strings.Builder
	writeKey(&key, n)
	return subject{key: key.String(), node: n, whole: n.whole || n.kind == KindDate || n.kind == KindBool, start: startOf(n)}
}

// writeKey writes a part in a form that is the same for equal parts, whether a formula is named or written out.
func writeKey(b *strings.Builder, n *Node) {
	switch {
	case n.expands != nil:
		writeKey(b, n.expands)
		return
	case n.op == OpField:
		b.WriteString(n.field.Name)
		return
	case n.op == OpMeasure:
		fmt.Fprintf(b, "%#v", *n.measure)
		return
	}
	fmt.Fprintf(b, "%d%s", n.op, n.symbol)
	if n.op == OpConstant || n.op == OpWasSegment {
		fmt.Fprintf(b, "%v%q%v", strconv.FormatFloat(n.number, 'g', -1, 64), n.text, n.truth)
	}
	if n.op == OpOneOf || n.op == OpBetween || n.op == OpMatches {
		fmt.Fprintf(b, "%v%q%q", n.numbers, n.texts, n.text)
	}
	b.WriteByte('(')
	for _, arg := range n.args {
		writeKey(b, arg)
		b.WriteByte(',')
	}
	b.WriteByte(')')
}

// startOf returns what a part may be for any customer, as far as its field or function says.
func startOf(n *Node) domain {
	switch n.kind {
	case KindBool:
		return domain{numbers: points(0.0, 1.0)}
	case KindText:
		if n.op == OpField && len(n.field.Values) > 0 {
			return domain{unknown: uncertain(n), texts: points(n.field.Values...)}
		}
		return domain{unknown: uncertain(n), texts: everything[string]()}
	}
	d := domain{unknown: uncertain(n), numbers: everything[float64]()}
	if low, high, bounded := limits(n); bounded {
		d.numbers = comparedTo(">=", low)
		if high > low {
			d.numbers = d.numbers.common(comparedTo("<=", high))
		}
	}
	return d
}

const longestYear = 366

// limits returns the range of a number; high is below low where there is no upper end.
func limits(n *Node) (low, high float64, bounded bool) {
	switch {
	case n.op == OpField:
		return limitsOf(n.field)
	case n.op == OpMeasure:
		return 0, -1, n.measure.Take == features.TakeCount || n.measure.Take == features.TakeOrders
	case n.op != OpCall:
		return 0, 0, false
	}
	switch n.symbol {
	case "month":
		return 1, 12, true
	case "day":
		return 1, 31, true
	case "weekday":
		return 1, 7, true
	case "len", "abs", "days_since_bought":
		return 0, -1, true
	case "days_until_anniversary":
		return 0, -1, true
	}
	if n.expands != nil {
		return limits(n.expands)
	}
	return 0, 0, false
}

// limitsOf reads the range of a field off its unit: what is counted is never negative.
func limitsOf(f features.Field) (low, high float64, bounded bool) {
	switch f.Unit {
	case features.Share:
		return 0, 1, true
	case "1 to 5":
		return 1, 5, true
	case "0 to 10":
		return 0, 10, true
	}
	if f.Name == "days_until_birthday" {
		return 0, longestYear, true
	}
	counted := []string{"orders", "mails", "campaigns", "days", "orders in 12 months", "multiples of the own rhythm"}
	return 0, -1, f.Type == features.Number && slices.Contains(counted, f.Unit)
}
