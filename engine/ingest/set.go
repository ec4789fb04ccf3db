package ingest

import (
	"time"

	"treue/rules/customer"
)

// into returns a column's set function that stores what parse makes of the cell. The field stays as it is if
// the cell is faulty.
func into[T, V any](parse func(*parser, string) (V, error), field func(*T) *V) func(*parser, *T, string) error {
	return func(p *parser, record *T, cell string) error {
		value, err := parse(p, cell)
		if err == nil {
			*field(record) = value
		}
		return err
	}
}

// optional is into for a field that is nil where the export says nothing.
func optional[T, V any](parse func(*parser, string) (V, error), field func(*T) **V) func(*parser, *T, string) error {
	return func(p *parser, record *T, cell string) error {
		value, err := parse(p, cell)
		if err == nil {
			*field(record) = &value
		}
		return err
	}
}

// The following name the pairs of parser and field that tables use most.

func id[T any](field func(*T) *string) func(*parser, *T, string) error {
	return into((*parser).id, field)
}

func text[T any](field func(*T) *string) func(*parser, *T, string) error {
	return into((*parser).text, field)
}

func moment[T any](field func(*T) *time.Time) func(*parser, *T, string) error {
	return into((*parser).time, field)
}

func maybeMoment[T any](field func(*T) **time.Time) func(*parser, *T, string) error {
	return optional((*parser).time, field)
}

func maybeMoney[T any](field func(*T) **int64) func(*parser, *T, string) error {
	return optional((*parser).money, field)
}

// address returns a mail address in its sending form.
func (p *parser) address(cell string) (string, error) {
	return customer.NormaliseAddress(cell)
}
