package ruletest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"treue/rules"
	"treue/rules/features"
)

// datum is a field with the value that a case gives it.
type datum struct {
	field features.Field
	at    place
	value value
}

// value is a value of any type of field; a date counts days since 1970-01-01.
type value struct {
	unknown bool
	number  float64
	text    string
	truth   bool
	list    []string
}

// readGiven reads the fields of a case in the order of the file, so that the first mistake is the one reported.
func readGiven(n ast.Node, today features.Day) ([]datum, error) {
	all, err := entries(n, "given")
	if err != nil {
		return nil, err
	}
	data := make([]datum, len(all))
	for i, e := range all {
		field, known := rules.Lookup(e.key)
		if !known {
			return nil, e.at.fail(nearestField(e.key), "there is no field %q", e.key)
		}
		d := datum{field: field, at: e.at}
		if d.value, err = valueOf(e, field, today); err != nil {
			return nil, err
		}
		data[i] = d
	}
	return data, nil
}

// nearestField asks the rule language what a word may stand for: it knows what people type.
func nearestField(word string) string {
	_, err := rules.Compile("known(" + word + ")")
	var faults rules.Errors
	if errors.As(err, &faults) && strings.Contains(faults[0].Message, word) {
		hint, _, _ := strings.Cut(faults[0].Hint, "; the whole rule")
		return hint
	}
	return "`treue rules fields` lists them"
}

// valueOf reads a value of the type of its field. Types are not converted: a postcode without quotes would lose its
// leading zero.
func valueOf(e entry, f features.Field, today features.Day) (v value, err error) {
	if e.value == nil {
		if f.UnknownWhen == "never" {
			return v, e.at.fail("", "%s is never unknown", f.Name)
		}
		return value{unknown: true}, nil
	}
	switch f.Type {
	case features.Number:
		if v.number, err = numberIn(e.value); err == nil && f.Whole && v.number != math.Trunc(v.number) {
			err = placeOf(e.value).fail("", "a whole number is needed here")
		}
	case features.Date:
		var day features.Day
		day, err = dayIn(e.value, today)
		v.number = float64(day)
	case features.Text:
		v.text, _, err = textIn(e.value)
		if err == nil && f.Values != nil && !slices.Contains(f.Values, v.text) {
			err = placeOf(e.value).fail("it is one of "+strings.Join(f.Values, ", "), "%q is no %s", v.text, f.Name)
		}
	case features.Boolean:
		v.truth, err = truthIn(e.value)
	case features.List:
		err = texts(&v.list)(e.value)
	}
	if wrong, ok := errors.AsType[*FileError](err); ok {
		wrong.Message = f.Name + ": " + wrong.Message
	}
	return v, err
}

// holds reports whether the field has the given value in a snapshot.
func (d *datum) holds(s *features.Snapshot, today features.Day) bool {
	switch d.field.Type {
	case features.Text:
		return d.field.Text(s, today) == d.value.text
	case features.Boolean:
		return d.field.Boolean(s, today) == d.value.truth
	case features.List:
		return slices.Equal(d.field.List(s), d.value.list)
	}
	got := d.field.Number(s, today)
	if d.value.unknown {
		return math.IsNaN(got)
	}
	return math.Abs(got-d.value.number) <= 1e-9*max(1, math.Abs(d.value.number))
}

// String returns the datum as people read it.
func (d *datum) String() string {
	v := d.value
	switch {
	case v.unknown:
		return d.field.Name + ": unknown"
	case d.field.Type == features.Date:
		return d.field.Name + ": " + features.Day(v.number).String()
	case d.field.Type == features.Number:
		return d.field.Name + ": " + strconv.FormatFloat(v.number, 'f', -1, 64)
	case d.field.Type == features.Text:
		return d.field.Name + ": " + strconv.Quote(v.text)
	case d.field.Type == features.Boolean:
		return d.field.Name + ": " + strconv.FormatBool(v.truth)
	}
	return fmt.Sprintf("%s: %q", d.field.Name, v.list)
}

// store writes the datum into the column that keeps it.
func (d *datum) store(c features.Column, s *features.Snapshot) error {
	v := d.value
	if v.unknown {
		return nil // as it is anyway
	}
	switch {
	case c.Count != nil:
		if v.number < 0 || v.number > math.MaxInt32 {
			return d.at.fail("", "%s cannot be %v", d.field.Name, v.number)
		}
		*c.Count(s) = int64(v.number)
	case c.Amount != nil:
		*c.Amount(s) = v.number
	case c.Day != nil:
		*c.Day(s) = features.Day(v.number)
	case c.Word != nil:
		*c.Word(s) = v.text
	case c.Flag != nil:
		*c.Flag(s) = v.truth
	case c.Words != nil:
		list := slices.Clone(v.list)
		slices.Sort(list) // as snapshots keep them
		*c.Words(s) = list
	}
	return nil
}
