package campaigns

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
	"github.com/goccy/go-yaml/ast"
)

// setter stores the value of one key.
type setter func(ast.Node) error

// key is one key that a mapping may have.
type key struct {
	name string
	set  setter
}

// fail places a mistake at a node.
func fail(n ast.Node, hint, format string, args ...any) error {
	at := position(n)
	return &FileError{Line: at.Line, Column: at.Column, Message: fmt.Sprintf(format, args...), Hint: hint}
}

func position(n ast.Node) Position {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0].Key // a block mapping's own token is the colon of its first key
	}
	if m, ok := n.(*ast.MappingValueNode); ok {
		n = m.Key
	}
	if token := n.GetToken(); token != nil && token.Position != nil {
		return Position{token.Position.Line, token.Position.Column}
	}
	return Position{}
}

// textPosition returns where the characters of a text begin: after the quote, or on the line below `|` and `>`.
func textPosition(n ast.Node) Position {
	at := position(n)
	switch n := n.(type) {
	case *ast.LiteralNode:
		return Position{at.Line + 1, 1}
	case *ast.StringNode:
		if origin := strings.TrimSpace(n.Token.Origin); strings.HasPrefix(origin, `"`) || strings.HasPrefix(origin, "'") {
			at.Column++
		}
	}
	return at
}

// mapping stores the values of a mapping by its keys and remembers where they stand.
func (d *draft) mapping(n ast.Node, prefix, what string, keys []key) error {
	values, err := entries(n, what)
	if err != nil {
		return err
	}
	for _, v := range values {
		name := v.Key.GetToken().Value
		at := position(v.Key)
		i := slices.IndexFunc(keys, func(k key) bool { return k.name == name })
		if i < 0 {
			return fail(v.Key, nearest(name, keys), "%s has no key %q", what, name)
		}
		if _, seen := d.places[prefix+name]; seen {
			return fail(v.Key, "", "%q stands here twice", name)
		}
		d.places[prefix+name] = at
		if v.Value == nil || v.Value.Type() == ast.NullType {
			return fail(v.Key, "give it one, or leave the line out", "%q has no value", name)
		}
		if err := keys[i].set(v.Value); err != nil {
			return err
		}
	}
	return nil
}

func entries(n ast.Node, what string) ([]*ast.MappingValueNode, error) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, nil
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, nil
	}
	return nil, fail(n, "write `key: value` pairs", "%s needs keys and values", what)
}

func sequence(n ast.Node) ([]ast.Node, error) {
	if s, ok := n.(*ast.SequenceNode); ok {
		return s.Values, nil
	}
	return nil, fail(n, "begin each item with `- `", "a list is needed here")
}

// nearest proposes the known key most like an unknown one.
func nearest(name string, keys []key) string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	best := slices.MinFunc(names, func(a, b string) int {
		return levenshtein.ComputeDistance(name, a) - levenshtein.ComputeDistance(name, b)
	})
	if levenshtein.ComputeDistance(name, best) <= 1+len(best)/3 {
		return fmt.Sprintf("did you mean `%s`?", best)
	}
	return "known: " + strings.Join(names, ", ")
}

// scalar returns a value as it was written; numbers keep their spelling.
func scalar(n ast.Node) (string, error) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, nil
	case *ast.LiteralNode:
		return strings.TrimRight(n.Value.Value, "\n"), nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, nil
	}
	return "", fail(n, "anchors, tags, lists and mappings do not belong here", "a single value is needed here")
}

// parsed stores a scalar that parse understands; form tells the author what is.
func parsed[T any](into *T, form string, parse func(string) (T, bool)) setter {
	return func(n ast.Node) error {
		written, err := scalar(n)
		if err != nil {
			return err
		}
		value, ok := parse(strings.TrimSpace(written))
		if !ok {
			return fail(n, "write "+form, "%q is not understood here", written)
		}
		*into = value
		return nil
	}
}

func text[T ~string](into *T) setter {
	return parsed(into, "a text", func(s string) (T, bool) { return T(s), true })
}

func whole(into *int) setter {
	return parsed(into, "a whole number, such as 50", func(s string) (int, bool) {
		n, err := strconv.Atoi(s)
		return n, err == nil
	})
}

func flag(into *bool) setter {
	return parsed(into, "true or false", func(s string) (bool, bool) { return s == "true", s == "true" || s == "false" })
}

func number(into *float64) setter {
	return parsed(into, "a number, such as 12.50", decimal)
}

// decimal reads plain decimal notation; hexadecimal, infinity and NaN are no amounts.
func decimal(s string) (float64, bool) {
	if !decimals.MatchString(s) {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

var decimals = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,15})?$`)

// share reads a part of one: 33% or 0.33.
func share(into *float64) setter {
	return parsed(into, "a share, such as 33% or 0.33", func(s string) (float64, bool) {
		if number, ok := strings.CutSuffix(s, "%"); ok {
			return hundredth(number)
		}
		f, ok := decimal(s)
		return f, ok && f <= 1
	})
}

// hundredth moves the decimal point, so that 33% is the very number 0.33.
func hundredth(s string) (float64, bool) {
	f, ok := decimal(strings.TrimSpace(s))
	if !ok {
		return 0, false
	}
	return math.Round(f*1e10) / 1e12, true
}

// percent reads per cent: 10 or 10%.
func percent(into *float64) setter {
	return parsed(into, "per cent, such as 10 or 10%", func(s string) (float64, bool) {
		return decimal(strings.TrimSpace(strings.TrimSuffix(s, "%")))
	})
}

// optional is a setter for a value whose absence means something.
func optional(into **float64, of func(*float64) setter) setter {
	return func(n ast.Node) error {
		value := new(float64)
		*into = value
		return of(value)(n)
	}
}

func days(into *Days) setter {
	return parsed(into, "whole days or weeks, such as 14d or 2w", parseDays)
}

func parseDays(s string) (Days, bool) {
	if s == "0" {
		return 0, true
	}
	for unit, length := range map[string]int{"d": 1, "w": 7} {
		if number, ok := strings.CutSuffix(s, unit); ok {
			n, err := strconv.ParseUint(number, 10, 16)
			return Days(int(n) * length), err == nil
		}
	}
	return 0, false
}

// hours reads a real duration; its days have 24 hours.
func hours(into *time.Duration) setter {
	return parsed(into, "a duration, such as 90m, 2h or 3d", func(s string) (time.Duration, bool) {
		if n, ok := parseDays(s); ok {
			return time.Duration(n) * 24 * time.Hour, true
		}
		d, err := time.ParseDuration(s)
		return d, err == nil && d >= 0
	})
}

func clock(into *int) setter {
	return parsed(into, `a time of day in quotes, such as "09:00" or "24:00"`, func(s string) (int, bool) {
		if s == "24:00" {
			return minutesOfDay, true
		}
		t, err := time.Parse("15:04", s)
		return t.Hour()*60 + t.Minute(), err == nil
	})
}

// weekdays reads `mon-fri`, `mon,wed`, `all`, or a list of those.
func weekdays(into *[7]bool) setter {
	set := parsed(into, "days, such as mon-fri, sat or all", parseWeekdays)
	return func(n ast.Node) error {
		items, err := sequence(n)
		if err != nil {
			return set(n)
		}
		var all [7]bool
		for _, item := range items {
			if err := set(item); err != nil {
				return err
			}
			for i, on := range into {
				all[i] = all[i] || on
			}
		}
		*into = all
		return nil
	}
}

func parseWeekdays(s string) (on [7]bool, ok bool) {
	for item := range strings.SplitSeq(strings.ToLower(s), ",") {
		item = strings.TrimSpace(item)
		if item == "all" {
			item = "mon-sun"
		}
		from, to, ranged := strings.Cut(item, "-")
		if !ranged {
			to = from
		}
		first, last := weekday(from), weekday(to)
		if first < 0 || last < 0 {
			return on, false
		}
		for day := first; ; day = (day + 1) % 7 {
			on[day] = true
			if day == last {
				break
			}
		}
	}
	return on, true
}

// weekday returns the time.Weekday of a name, or -1.
func weekday(name string) int {
	return slices.Index([]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, name)
}

// list reads texts: a list, or one text alone.
func list(into *[]string) setter {
	return items(into, text)
}

// words reads texts under names of the author's choice.
func words(into *map[string]string) setter {
	return func(n ast.Node) error {
		pairs, err := entries(n, "`values`")
		if err != nil {
			return err
		}
		*into = make(map[string]string, len(pairs))
		for _, pair := range pairs {
			name, value := pair.Key.GetToken().Value, ""
			if _, twice := (*into)[name]; twice {
				return fail(pair.Key, "", "%q stands here twice", name)
			}
			if err := text(&value)(pair.Value); err != nil {
				return err
			}
			(*into)[name] = value
		}
		return nil
	}
}

func reads(into *[]Days) setter {
	return items(into, days)
}

func items[T any](into *[]T, of func(*T) setter) setter {
	return func(n ast.Node) error {
		nodes, err := sequence(n)
		if err != nil {
			nodes = []ast.Node{n}
		}
		values := make([]T, len(nodes))
		for i, node := range nodes {
			if err := of(&values[i])(node); err != nil {
				return err
			}
		}
		*into = values
		return nil
	}
}

func unsupported(what string) setter {
	return func(n ast.Node) error {
		return fail(n, "leave the key out", "%s are not supported yet", what)
	}
}
