package rules

import (
	"slices"
	"strings"
	"sync"

	"treue/rules/features"
)

// Function is one function of the rule language, as a reference shows it.
type Function struct {
	Name        string
	Signature   string
	Description string
	Example     string
}

// param is what a function wants at one place.
type param struct {
	kind  Kind
	fixed bool     // a value written in the rule, not a field
	days  bool     // a whole number of days that is not negative
	names []string // the texts it may be; nil: any that is not empty
}

func value(k Kind) param { return param{kind: k} }
func quoted() param      { return param{kind: KindText, fixed: true} }
func someDays() param    { return param{kind: KindNumber, fixed: true, days: true} }

func oneOf(names ...string) param { return param{kind: KindText, fixed: true, names: names} }

// function is a Function with its types and its meaning: an evaluator of its own, or an expansion into simpler parts.
type function struct {
	Function
	params   []param
	variadic bool   // the last parameter may repeat
	anyKind  bool   // params are not looked at
	reads    string // the field it reads without naming it
	result   Kind
	whole    bool
	hidden   bool // only formulas call it
	build    func(args []operand) operand
	expand   func(c *checker, call *Node) *Node // nil result: it reported a fault
}

// Functions returns the functions of the rule language in the order in which references list them.
func Functions() []Function {
	var public []Function
	for _, f := range functions() {
		if !f.hidden {
			public = append(public, f.Function)
		}
	}
	return public
}

// functionTable is built once and only read.
var functionTable = sync.OnceValue(func() map[string]function {
	byName := make(map[string]function)
	for _, f := range functions() {
		byName[f.Name] = f
	}
	return byName
})

// functionNamed finds a function that rules may call.
func functionNamed(name string) (function, bool) {
	f, found := functionTable()[name]
	return f, found && !f.hidden
}

// functionNames is built once and only read.
var functionNames = sync.OnceValue(func() []string {
	var names []string
	for _, f := range Functions() {
		names = append(names, f.Name)
	}
	return names
})

func functions() []function {
	return slices.Concat(customerFunctions(), purchaseFunctions(), consumptionFunctions(), moneyFunctions(), campaignFunctions(), dateFunctions(), numberFunctions(), textFunctions(), hiddenFunctions())
}

func customerFunctions() []function {
	return []function{
		{
			Function: Function{
				"known", "known(x) boolean", "Whether x is known: a field, or an expression of numbers, texts or dates.",
				`known(country) && country != "CH"`,
			},
			params: []param{value(KindNumber)}, anyKind: true, result: KindBool, build: buildKnown,
		},
		{
			Function: Function{
				"has_tag", "has_tag(tag) boolean", "Whether the customer has the tag. Upper and lower case are alike.", `!has_tag("abo")`,
			},
			params: []param{quoted()}, reads: "tags", result: KindBool, build: buildHasTag,
		},
		{
			Function: Function{
				"in_segment", "in_segment(name) boolean", "Whether a named rule holds: one of the shop's own segments, or one of the ten built-in ones.",
				`in_segment("champions")`,
			},
			params: []param{quoted()}, result: KindBool, expand: expandSegment,
		},
		{
			Function: Function{
				"was_in_segment", "was_in_segment(segment, days) boolean",
				"Whether the customer's built-in segment was this one so many days ago, by today's cut points.", `was_in_segment("champions", 30) && segment == "at_risk"`,
			},
			params: []param{oneOf(features.Segments()...), someDays()}, result: KindBool, expand: expandWasSegment,
		},
		{
			Function: Function{
				"birthday_within", "birthday_within(days) boolean", "Whether the birthday is today or within the next days. In other years, 29 February is 28 February.",
				`birthday_within(3)`,
			},
			params: []param{someDays()}, result: KindBool, expand: untilWithin("birthday"),
		},
		{
			Function: Function{
				"anniversary_within", "anniversary_within(days) boolean", "Whether a full year since the first order is reached today or within the next days.",
				`anniversary_within(3)`,
			},
			params: []param{someDays()}, result: KindBool, expand: untilWithin("first_order_at"),
		},
		{
			Function: Function{
				"points_expiring_within", "points_expiring_within(days) number", "Loyalty points that expire today or within the next days.",
				`points_expiring_within(30) > 0`,
			},
			params: []param{someDays()}, result: KindNumber,
			expand: func(_ *checker, n *Node) *Node {
				return measured(features.Measure{Of: features.PointEvents, Take: features.TakeUnits, From: daysOf(n.args[0])}, KindNumber, false)
			},
		},
	}
}

func textOf(n *Node) string { return n.text }
func daysOf(n *Node) int    { return int(n.number) }

// signatureOf says what a call needs, for a message.
func signatureOf(f function) phrase {
	switch n := len(f.params); {
	case f.variadic:
		return say("%s needs at least %d values", f.Name, n)
	case n == 0:
		return say("%s takes no value", f.Name)
	case n == 1:
		return say("%s needs exactly one value", f.Name)
	}
	return say("%s needs exactly %d values", f.Name, len(f.params))
}

// howToCall shows a call with its parameters, and one as people write it.
func howToCall(f function) phrase {
	form, _, _ := strings.Cut(f.Signature, ") ")
	return say("write %s), e.g. %s", form, f.Example)
}
