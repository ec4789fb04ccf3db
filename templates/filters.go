package templates

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// maxTruncate bounds the argument of truncate.
const maxTruncate = 1000

// filter is one function that may follow a value. Nothing else is reachable: the
// engine is given these and no filter of its own.
type filter struct {
	takes []kind // kinds it works on
	gives kind   // kind of the result; sameKind and elemKind depend on the input
	args  []kind // kinds of its arguments
	free  int    // how many of the last arguments may be left out
	apply func(language string, value any, args []any) (any, error)
}

const (
	sameKind kind = -1 - iota
	elemKind
	anyKind
)

// filters is the allow-list.
func filters() map[string]filter {
	scalar := []kind{kindText, kindNumber, kindMoney, kindDate}
	text := []kind{kindText}
	return map[string]filter{
		"default":    {takes: scalar, gives: sameKind, args: []kind{anyKind}, apply: fallback},
		"money":      {takes: []kind{kindMoney}, gives: kindText, apply: money},
		"date":       {takes: []kind{kindDate}, gives: kindText, args: text, free: 1, apply: date},
		"upcase":     {takes: text, gives: kindText, apply: onText(strings.ToUpper)},
		"downcase":   {takes: text, gives: kindText, apply: onText(strings.ToLower)},
		"capitalize": {takes: text, gives: kindText, apply: onText(capitalize)},
		"strip":      {takes: text, gives: kindText, apply: onText(strings.TrimSpace)},
		// Habit writes "| escape"; every value is escaped when it is written, so here nothing is left to do.
		"escape":   {takes: text, gives: kindText, apply: onText(strings.Clone)},
		"truncate": {takes: text, gives: kindText, args: []kind{kindNumber}, free: 1, apply: truncate},
		"size":     {takes: []kind{kindText, kindList}, gives: kindNumber, apply: size},
		"first":    {takes: []kind{kindList}, gives: elemKind, apply: first},
		"last":     {takes: []kind{kindList}, gives: elemKind, apply: last},
		"join":     {takes: []kind{kindList}, gives: kindText, args: text, free: 1, apply: joinList},
		"plus":     {takes: []kind{kindNumber}, gives: kindNumber, args: []kind{kindNumber}, apply: plus},
		"minus":    {takes: []kind{kindNumber}, gives: kindNumber, args: []kind{kindNumber}, apply: minus},
	}
}

// Filters lists the filters that templates may use, ordered.
func Filters() []string {
	var names []string
	for name := range filters() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// engineFunc adapts a filter to the engine. A value that is not known passes
// through every filter but default, and is then reported where it is written.
func (f filter) engineFunc(name, language string) func(any, ...any) (any, error) {
	return func(value any, args ...any) (any, error) {
		if value == nil && name != "default" {
			return nil, nil
		}
		return f.apply(language, value, args)
	}
}

// errWrongKind is only seen if a value from values.NAME turns out different from
// what the check could know.
var errWrongKind = errors.New("the value has the wrong type for this filter")

// fallback is the filter default. A text of spaces counts as none, since shops store
// such names.
func fallback(_ string, value any, args []any) (any, error) {
	if missing(value) {
		return args[0], nil
	}
	return value, nil
}

func missing(value any) bool {
	text, ok := value.(string)
	return value == nil || ok && strings.TrimSpace(text) == ""
}

func money(language string, value any, _ []any) (any, error) {
	amount, ok := value.(Money)
	if !ok {
		return nil, errWrongKind
	}
	return amount.Format(language), nil
}

func date(language string, value any, args []any) (any, error) {
	style := "long"
	if len(args) == 1 {
		style, _ = args[0].(string)
	}
	day, ok := value.(time.Time)
	if !ok {
		return nil, errWrongKind
	}
	if !slices.Contains(dateStyles(), style) {
		return nil, fmt.Errorf("no date style %q; use one of %s", style, strings.Join(dateStyles(), ", "))
	}
	return formatDate(day, language, style), nil
}

// onText makes a filter of a function on texts.
func onText(change func(string) string) func(string, any, []any) (any, error) {
	return func(_ string, value any, _ []any) (any, error) {
		text, ok := value.(string)
		if !ok {
			return nil, errWrongKind
		}
		return change(text), nil
	}
}

func capitalize(s string) string {
	runes := []rune(s)
	if len(runes) > 0 {
		runes[0] = unicode.ToUpper(runes[0])
	}
	return string(runes)
}

// truncate counts characters and puts the dots into the length.
func truncate(_ string, value any, args []any) (any, error) {
	length := 50
	if len(args) == 1 {
		length, _ = args[0].(int)
	}
	text, ok := value.(string)
	if !ok || length < 1 || length > maxTruncate {
		return nil, fmt.Errorf("truncate needs a text and a length from 1 to %d", maxTruncate)
	}
	runes := []rune(text)
	if len(runes) <= length {
		return text, nil
	}
	return strings.TrimSpace(string(runes[:length-1])) + "…", nil
}

// size counts characters of a text, entries of a list.
func size(_ string, value any, _ []any) (any, error) {
	if text, ok := value.(string); ok {
		return len([]rune(text)), nil
	}
	list, ok := value.([]any)
	if !ok {
		return nil, errWrongKind
	}
	return len(list), nil
}

func first(_ string, value any, _ []any) (any, error) {
	list, ok := value.([]any)
	if !ok || len(list) == 0 {
		return nil, errWrongKind
	}
	return list[0], nil
}

func last(_ string, value any, _ []any) (any, error) {
	list, ok := value.([]any)
	if !ok || len(list) == 0 {
		return nil, errWrongKind
	}
	return list[len(list)-1], nil
}

// joinList is the filter join.
func joinList(language string, value any, args []any) (any, error) {
	separator := ", "
	if len(args) == 1 {
		separator, _ = args[0].(string)
	}
	list, ok := value.([]any)
	if !ok {
		return nil, errWrongKind
	}
	texts := make([]string, len(list))
	for i, item := range list {
		texts[i] = asText(item, language)
	}
	return strings.Join(texts, separator), nil
}

func plus(_ string, value any, args []any) (any, error)  { return add(value, args[0], 1) }
func minus(_ string, value any, args []any) (any, error) { return add(value, args[0], -1) }

// add knows whole numbers only: prices are money, which templates do not compute.
func add(a, b any, sign int) (any, error) {
	x, okX := a.(int)
	y, okY := b.(int)
	if !okX || !okY {
		return nil, errWrongKind
	}
	return x + sign*y, nil
}
