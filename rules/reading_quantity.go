package rules

import (
	"math"
	"strconv"
	"strings"
)

// test is what a number or date has to be, apart from which number or date it is.
type test struct {
	symbol string // == != < <= > >=, in and out (of a list), between and outside (of a range)
	values []float64
}

// negations holds for each test the one that is true where it is false.
func negation(symbol string) string {
	return map[string]string{
		"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">",
		"in": "out", "out": "in", "between": "outside", "outside": "between",
	}[symbol]
}

func testOf(symbol string, values []float64, holds bool) test {
	if !holds {
		symbol = negation(symbol)
	}
	single := len(values) == 1 || len(values) == 2 && values[0] == values[1]
	switch {
	case single && (symbol == "in" || symbol == "between"):
		return test{"==", values[:1]}
	case single && (symbol == "out" || symbol == "outside"):
		return test{"!=", values[:1]}
	}
	return test{symbol, values}
}

// excludes reports whether the test says only what a value is not.
func (t test) excludes() bool { return t.symbol == "!=" || t.symbol == "out" }

// counting is the test as people say it of something that is never below 0, and whole if it is known to be.
func (t test) counting(whole bool) test {
	zero, one := []float64{0}, []float64{1}
	switch v := t.values[0]; {
	case t.symbol == "between" && v == 0:
		return test{"<=", t.values[1:]}.counting(whole)
	case t.symbol == "outside" && v == 0:
		return test{">", t.values[1:]}
	case t.symbol == "<=" && v == 0, t.symbol == "<" && v == 1 && whole:
		return test{"==", zero}
	case (t.symbol == ">" || t.symbol == "!=") && v == 0 && whole:
		return test{">=", one}
	case t.symbol == "!=" && v == 0:
		return test{">", zero}
	}
	return t
}

// unit is how numbers are said.
type unit struct {
	one     func(float64) string // alone, with the unit
	before  func(float64) string // before another one; nil: like alone
	last    func(float64) string // after another one; nil: like alone
	counted bool                 // English has fewer of them, not less
}

// quantity says a test: "more than 3 mails". It does not say what is only excluded.
func (a *aloud) quantity(t test, u unit) (string, bool) {
	u = u.whole()
	v := u.one(t.values[0])
	switch t.symbol {
	case "==":
		return a.of("genau ", "exactly ") + v, true
	case "<":
		return a.less(u, t.values[0]) + v, true
	case "<=":
		return a.of("höchstens ", "at most ") + v, true
	case ">":
		return a.of("mehr als ", "more than ") + v, true
	case ">=":
		return a.of("mindestens ", "at least ") + v, true
	case "in":
		return a.enumerate(t.values, u)
	case "between":
		return u.before(t.values[0]) + a.of(" bis ", " to ") + u.last(t.values[1]), true
	case "outside":
		return a.less(u, t.values[0]) + v + a.of(" oder mehr als ", " or more than ") + u.one(t.values[1]), true
	}
	return "", false
}

func (u unit) whole() unit {
	if u.before == nil {
		u.before = u.one
	}
	if u.last == nil {
		u.last = u.one
	}
	return u
}

func (a *aloud) less(u unit, v float64) string {
	if u.counted && v != 1 {
		return a.of("weniger als ", "fewer than ")
	}
	return a.of("weniger als ", "less than ")
}

// maxListed is how many items of a list are said.
const maxListed = 8

func (a *aloud) enumerate(values []float64, u unit) (string, bool) {
	if len(values) > maxListed {
		return "", false
	}
	u = u.whole()
	items := make([]string, len(values))
	for i, v := range values {
		items[i] = u.before(v)
	}
	items[len(items)-1] = u.last(values[len(values)-1])
	return a.either(items), true
}

// either joins items by "or" and counts those beyond maxListed.
func (a *aloud) either(items []string) string {
	if more := len(items) - maxListed; more > 1 {
		return strings.Join(items[:maxListed], ", ") + a.of(" oder einer von ", " or one of ") + strconv.Itoa(more) + a.of(" weiteren Werten", " more values")
	}
	return a.chain(items, a.of(" oder ", " or "))
}

func (a *aloud) chain(items []string, last string) string {
	n := len(items)
	if n < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:n-1], ", ") + last + items[n-1]
}

// number writes a number as the language does: 1.234,5 or 1,234.5.
func (a *aloud) number(v float64) string {
	if magnitude := math.Abs(v); magnitude >= 1e15 || magnitude < 1e-6 && v != 0 {
		return strings.Replace(strconv.FormatFloat(v, 'g', -1, 64), ".", a.of(",", "."), 1)
	}
	whole, fraction, fractional := strings.Cut(strconv.FormatFloat(math.Abs(v), 'f', -1, 64), ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + a.of(".", ",") + whole[i:]
	}
	if fractional {
		whole += a.of(",", ".") + fraction
	}
	if v < 0 {
		return "−" + whole
	}
	return whole
}

// percent writes a share.
func (a *aloud) percent(v float64) string { return a.number(hundredfold(v)) + a.of(" %", "%") }

// hundredfold rounds away what binary fractions add.
func hundredfold(v float64) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v*100, 'g', 12, 64), 64)
	if err != nil {
		return v * 100
	}
	return rounded
}

// times says how often.
func (a *aloud) times(v float64) string {
	if a.tongue == german {
		words := []string{"", "einmal", "zweimal", "dreimal", "viermal", "fünfmal", "sechsmal", "siebenmal", "achtmal", "neunmal", "zehnmal", "elfmal", "zwölfmal"}
		if v >= 1 && v < float64(len(words)) && v == math.Trunc(v) {
			return words[int(v)]
		}
		return a.number(v) + "-mal"
	}
	switch v {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return a.number(v) + " times"
}

func (a *aloud) timesUnit() unit {
	return unit{
		one: a.times, before: func(v float64) string { return a.number(v) + a.of("-", "") },
		last: func(v float64) string { return a.number(v) + a.of("-mal", " times") }, counted: true,
	}
}

// factorUnit says how many times as much.
func (a *aloud) factorUnit() unit {
	u := a.timesUnit()
	u.one = func(v float64) string {
		if v == 2 {
			return a.of("doppelt", "twice")
		}
		return a.times(v)
	}
	u.counted = false
	return u
}

// nouns counts things.
func (a *aloud) nouns(one, many string, counted bool) unit {
	last := func(v float64) string {
		if v == 1 {
			return a.number(v) + " " + one
		}
		return a.number(v) + " " + many
	}
	return unit{one: last, before: a.number, counted: counted}
}

// days counts days, in the German nominative.
func (a *aloud) days() unit { return a.nouns(a.of("Tag", "day"), a.of("Tage", "days"), false) }

// ofDays counts days after German "seit", "vor" and "in".
func (a *aloud) ofDays() unit { return a.nouns(a.of("Tag", "day"), a.of("Tagen", "days"), false) }
