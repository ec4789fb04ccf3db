package rules

import (
	"slices"
	"strconv"

	"treue/rules/features"
)

// date writes a day.
func (a *aloud) date(v float64) string {
	return features.Day(v).Date().Format(a.of("02.01.2006", "2 January 2006"))
}

// dayTest says where a date has to lie: "before 31 January 2026". A nil name means today. "" is what it cannot say.
func (a *aloud) dayTest(t test, name func(float64) string) string {
	if name == nil {
		return map[string]string{
			"==": a.of("heute", "today"), "!=": a.of("nicht heute", "not today"),
			"<": a.of("vor dem heutigen Tag", "before today"), ">": a.of("nach dem heutigen Tag", "after today"),
			"<=": a.of("heute oder früher", "today or earlier"), ">=": a.of("heute oder später", "today or later"),
		}[t.symbol]
	}
	day := name(t.values[0])
	switch t.symbol {
	case "==":
		return a.of("am ", "on ") + day
	case "!=":
		return a.of("nicht am ", "not on ") + day
	case "<":
		return a.of("vor dem ", "before ") + day
	case "<=":
		return a.of("am ", "on ") + day + a.of(" oder früher", " or earlier")
	case ">":
		return a.of("nach dem ", "after ") + day
	case ">=":
		return a.of("am ", "on ") + day + a.of(" oder später", " or later")
	case "in":
		if said, found := a.enumerate(t.values, unit{one: name}); found {
			return a.of("am ", "on ") + said
		}
	}
	return ""
}

// dateTest reads where a date lies. The phrase for it is said if there is one for the date.
func (a *aloud) dateTest(x *Node, said string, t test, negated bool) spoken {
	unknown := a.maybe(x)
	w, found := a.dateWords(x)
	if found && said != "" && !(t.excludes() && unknown && !negated) {
		return a.keepUnknown(a.when(w, said, a.noun(x)), w, unknown && negated)
	}
	if said == "" {
		return a.general(x, t, negated)
	}
	text := a.of(" liegt ", " is ") + said
	switch {
	case t.excludes() && unknown && !negated:
		text = a.of(" ist bekannt und liegt ", " is known and is ") + said
	case unknown && negated:
		text += a.of(" oder ist unbekannt", " or unknown")
	}
	return spoken{text: a.noun(x) + text}
}

// when fills the phrase of a date with where it lies.
func (a *aloud) when(w wording, said, subject string) spoken {
	slots := []string{"{}", said}
	s := spoken{text: fill(w.clause, slots), topic: subject, short: said}
	if w.short != "" {
		s.topic, s.short = w.topic, fill(w.short, slots)
	}
	return s
}

// dateWords finds the phrases of a date that is a field or today.
func (a *aloud) dateWords(x *Node) (wording, bool) {
	switch {
	case x.op == OpField:
		w := a.words(x.field.Name)
		return w, w.clause != ""
	case x.op == OpCall && x.symbol == "today":
		return wording{
			label: a.of("heutiger Tag", "today"), clause: a.of("die Regel wird {} ausgewertet", "the rule is evaluated {}"),
			of: a.of("des heutigen Tages", "today"), since: a.of("dem heutigen Tag", "today"),
		}, true
	}
	return wording{}, false
}

// ago says how many days lie between a date and today.
func (a *aloud) ago(t test) (string, bool) {
	if t.values[0] < 0 || t.symbol == "out" {
		return "", false
	}
	if t.values[0] == 0 {
		switch t.symbol {
		case "==", ">", "<", "<=", ">=":
			return a.dayTest(test{Mirrored(t.symbol), t.values}, nil), true
		}
	}
	said, found := a.quantity(t, a.ofDays())
	return a.of("vor ", "") + said + a.of("", " ago"), found
}

// ahead says in how many days something is, which is never past.
func (a *aloud) ahead(t test) (string, bool) {
	v := t.values[0]
	if v < 0 || t.symbol == "out" || t.symbol == "!=" {
		return "", false
	}
	if t.symbol == "<" && v == float64(int(v)) {
		t = test{"<=", []float64{v - 1}}
		v--
	}
	switch {
	case v == 0 && (t.symbol == "==" || t.symbol == "<="):
		return a.of("heute", "today"), true
	case t.symbol == "<=" && v == float64(int(v)):
		return a.soon(int(v)), true
	}
	said, found := a.quantity(t, a.ofDays())
	return a.of("in ", "in ") + said, found
}

// soon is the time from today on.
func (a *aloud) soon(days int) string {
	switch days {
	case 0:
		return a.of("heute", "today")
	case 1:
		return a.of("heute oder morgen", "today or tomorrow")
	}
	return a.of("heute oder in den nächsten ", "today or within the next ") + strconv.Itoa(days) + a.of(" Tagen", " days")
}

// lately is the time up to today; over is the same as what something is of.
func (a *aloud) lately(days int) (lately, over string) {
	switch days {
	case 0:
		return a.of("heute", "today"), a.of("von heute", "of today")
	case 1:
		return a.of("gestern oder heute", "yesterday or today"), a.of("von gestern und heute", "of yesterday and today")
	}
	n := a.number(float64(days))
	return a.of("in den letzten "+n+" Tagen", "in the last "+n+" days"), a.of("der letzten "+n+" Tage", "of the last "+n+" days")
}

// datePartTest reads a test of a date's year, month, day or weekday as where the date lies.
func (a *aloud) datePartTest(x *Node, t test) (spoken, wording, bool) {
	w, found := a.dateWords(x.args[0])
	if !found {
		return spoken{}, w, false
	}
	said := ""
	switch x.symbol {
	case "year":
		said = a.years(t)
	case "month":
		said = a.months(t.among(1, 12))
	case "weekday":
		said = a.weekdays(t.among(1, 7))
	case "day":
		said = a.daysOfMonth(t.among(1, 31))
	}
	if said == "" {
		return spoken{}, w, false
	}
	return a.when(w, said, a.noun(x.args[0])), w, true
}

// among returns which of the whole numbers from low to high pass the test.
func (t test) among(low, high int) []int {
	var passing []int
	for i := low; i <= high; i++ {
		if t.passes(float64(i)) {
			passing = append(passing, i)
		}
	}
	if len(passing) == high-low+1 {
		return nil // says nothing that a reader would understand
	}
	return passing
}

func (t test) passes(v float64) bool {
	first := t.values[0]
	switch t.symbol {
	case "==":
		return v == first
	case "!=":
		return v != first
	case "<":
		return v < first
	case "<=":
		return v <= first
	case ">":
		return v > first
	case ">=":
		return v >= first
	case "in":
		return slices.Contains(t.values, v)
	case "out":
		return !slices.Contains(t.values, v)
	case "between":
		return v >= first && v <= t.values[1]
	}
	return v < first || v > t.values[1]
}

// run reports whether the numbers are three or more in a row.
func run(numbers []int) bool {
	n := len(numbers)
	return n >= 3 && numbers[n-1]-numbers[0] == n-1
}

// maxScattered is how many months, weekdays or days are listed.
const maxScattered = 6

// names says some of a row of names: one, a few, or a run of them.
func (a *aloud) names(numbers []int, name func(int) string, few, many string) string {
	switch n := len(numbers); {
	case n == 0:
		return ""
	case run(numbers):
		return many + name(numbers[0]) + a.of(" bis ", " to ") + name(numbers[n-1])
	case n > maxScattered:
		return ""
	}
	items := make([]string, len(numbers))
	for i, v := range numbers {
		items[i] = name(v)
	}
	return few + a.chain(items, a.of(" oder ", " or "))
}

func (a *aloud) months(numbers []int) string {
	name := func(i int) string {
		return a.of([...]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"}[i-1],
			[...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}[i-1])
	}
	return a.names(numbers, name, a.of("im ", "in "), a.of("in den Monaten ", "in the months "))
}

func (a *aloud) weekdays(numbers []int) string {
	name := func(i int) string {
		return a.of([...]string{"Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"}[i-1],
			[...]string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}[i-1])
	}
	return a.names(numbers, name, a.of("an einem ", "on a "), a.of("an einem Tag von ", "on a day from "))
}

func (a *aloud) daysOfMonth(numbers []int) string {
	said := a.names(numbers, func(i int) string { return strconv.Itoa(i) + a.of(".", "") }, a.of("am ", "on day "), a.of("an einem der Tage vom ", "on one of the days "))
	if said == "" {
		return ""
	}
	return said + a.of(" des Monats", " of the month")
}

// plain writes a year.
func plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func (a *aloud) years(t test) string {
	year := plain(t.values[0])
	switch t.symbol {
	case "==":
		return a.of("im Jahr ", "in ") + year
	case "<":
		return a.of("vor ", "before ") + year
	case "<=":
		return a.of("im Jahr ", "in ") + year + a.of(" oder früher", " or earlier")
	case ">":
		return a.of("nach ", "after ") + year
	case ">=":
		return a.of("im Jahr ", "in ") + year + a.of(" oder später", " or later")
	case "between":
		return a.of("in den Jahren ", "in the years ") + year + a.of(" bis ", " to ") + plain(t.values[1])
	case "in":
		if said, found := a.enumerate(t.values, unit{one: plain}); found {
			return a.of("im Jahr ", "in ") + said
		}
	}
	return ""
}

// samePart reads that a part of one date equals the same part of another.
func (a *aloud) samePart(left, right *Node, symbol string, negated bool) (spoken, bool) {
	same := map[string]string{
		"year": a.of("im selben Jahr wie ", "in the same year as "), "month": a.of("im selben Monat wie ", "in the same month as "),
		"day": a.of("am selben Tag des Monats wie ", "on the same day of the month as "), "weekday": a.of("am selben Wochentag wie ", "on the same weekday as "),
	}[left.symbol]
	if left.op != OpCall || right.op != OpCall || left.symbol != right.symbol || same == "" || symbol != "==" {
		return spoken{}, false
	}
	w, found := a.dateWords(left.args[0])
	if !found || negated && a.maybe(right) {
		return spoken{}, false
	}
	other := a.noun(right.args[0])
	if right.args[0].op == OpCall {
		other = a.of("heute", "today")
	}
	s := a.when(w, same+other, "")
	return a.keepUnknown(spoken{text: s.text}, w, negated && a.maybe(left)), true
}
