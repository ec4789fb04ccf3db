package rules

import (
	"maps"
	"sync"
)

// form is how the quantity in a field's phrase is said.
type form uint8

const (
	formNone       form = iota
	formAmount          // mehr als 300
	formTimes           // mindestens zweimal
	formFactor          // mehr als zweimal, beside "so … wie"
	formShare           // weniger als 50 %
	formPercentile      // a share of the customers below
	formChange          // um mehr als 20 % gefallen
	formCount           // höchstens 3 Mails
	formStock           // noch höchstens 7 Tage
	formAgo             // vor mehr als 90 Tagen
	formAhead           // in 1 bis 3 Tagen
)

// counts reports whether what the form says is never below 0.
func (f form) counts() bool { return f == formTimes || f == formShare || f == formCount }

// wording is how a field or function is said in one language. Marks in braces stand for what a rule fills in: {} is the
// quantity, day or text it asks for, {1} and {2} are a call's values.
type wording struct {
	label   string // the noun of the general form, without article
	clause  string // about the customer, with {}; in texts [ ] encloses what "neither … nor" repeats
	none    string // the clause for 0
	some    string // the clause for more than 0
	all     string // the clause for a share of 1
	less    string // the clause for under 1, where 1 is par
	more    string // the clause for over 1, where 1 is par
	yes, no string // the clauses of a condition, or of the upper and lower end of percentiles
	short   string // the clause beside another one of its topic
	away    string // the same for more than so many days
	unknown string // when the value is unknown: a clause
	of      string // a date in the genitive
	since   string // a date in the dative
	one     string // what is counted
	many    string

	form  form
	topic string // whose words the clause shares; "": its own field
}

// words is the wording of one field or function in both languages.
type words struct {
	form  form
	topic string
	date  string // the field whose phrases serve, with days ago
	de    wording
	en    wording
}

// fieldWords is built once and only read.
var fieldWords = sync.OnceValue(func() map[string]words {
	return merged(orderWords(), recencyWords(), moneyWords(), valueWords(), scoreWords(), profileWords(), subscriptionWords(), categoryWords(), contactWords(), feedbackWords())
})

// callWords is built once and only read.
var callWords = sync.OnceValue(func() map[string]words {
	return merged(customerCalls(), purchaseCalls(), windowCalls(), campaignCalls(), dateCalls(), numberCalls())
})

func merged(tables ...map[string]words) map[string]words {
	all := make(map[string]words)
	for _, t := range tables {
		maps.Copy(all, t)
	}
	return all
}

// words returns the wording of a field.
func (a *aloud) words(field string) wording {
	entry := fieldWords()[field]
	if entry.date == "" {
		return a.spelled(entry)
	}
	w := a.words(entry.date)
	w.form = formAgo
	w.label = a.of("Zahl der Tage seit ", "number of days since ") + w.since
	return w
}

func (a *aloud) functionWords(name string) wording { return a.spelled(callWords()[name]) }

func (a *aloud) spelled(entry words) wording {
	w := entry.en
	if a.tongue == german {
		w = entry.de
	}
	w.form, w.topic = entry.form, entry.topic
	return w
}

// label is the noun of a field.
func (a *aloud) label(n *Node) string {
	if label := a.words(n.field.Name).label; label != "" {
		return label
	}
	return n.field.Name
}

// special is the clause for a quantity that has one of its own.
func (w wording) special(t test) string {
	v := t.values[0]
	switch {
	case t.symbol == "==" && v == 0:
		return w.none
	case t.symbol == ">" && v == 0:
		return w.some
	case (t.symbol == "==" || t.symbol == ">=") && v == 1:
		return w.all
	case t.symbol == "<" && v == 1:
		return w.less
	case t.symbol == ">" && v == 1:
		return w.more
	}
	return ""
}
