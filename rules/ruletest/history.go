package ruletest

import (
	"math"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"treue/rules/features"
)

// history is what a case says of the events of its customer.
type history struct {
	features.History
	said map[features.Events]bool // the kinds of event that the case lists
}

// read reads what stands under history. A kind that is listed, even as an empty list, is complete: nothing is made up
// for it.
func (h *history) read(n ast.Node, today features.Day) error {
	h.said = map[features.Events]bool{}
	say := func(read func(ast.Node) error, kinds ...features.Events) reader {
		return func(n ast.Node) error {
			for _, k := range kinds {
				h.said[k] = true
			}
			return read(n)
		}
	}
	list := func(read func(ast.Node, features.Day) error) func(ast.Node) error {
		return func(n ast.Node) error {
			return each(n, func(item ast.Node) error { return read(item, today) })
		}
	}
	return mapping(n, "history", map[string]reader{
		"orders":    say(list(h.order), features.OrderEvents, features.LineEvents),
		"mails":     say(list(h.mail), features.ContactEvents),
		"points":    say(list(h.lot), features.PointEvents),
		"campaigns": say(texts(&h.Entries), features.EntryEvents),
		"cuts":      h.cuts,
	})
}

// order reads an order with its lines. Without a total it is worth its lines.
func (h *history) order(n ast.Node, today features.Day) error {
	day, total, lines := features.NoDay, math.NaN(), int64(0)
	from := len(h.Lines)
	err := mapping(n, "an order", map[string]reader{
		"days_ago": daysFrom(today, -1, &day),
		"on":       on(today, &day),
		"total":    amount(&total),
		"lines":    func(n ast.Node) error { return each(n, h.line) },
	})
	switch {
	case err != nil:
		return err
	case !day.Known():
		return placeOf(n).fail("days_ago: 120", "the order has no day")
	case day > today:
		return placeOf(n).fail("", "the order lies after today")
	}
	for i := range h.Lines[from:] {
		l := &h.Lines[from+i]
		l.Day, l.Order = day, int64(len(h.Orders)+1)
		lines += l.Revenue
	}
	revenue := lines
	if !math.IsNaN(total) {
		revenue = minor(total)
	}
	h.Orders = append(h.Orders, features.OrderEvent{Day: day, Revenue: revenue})
	return nil
}

// line reads a line; its day and order are set by the order around it.
func (h *history) line(n ast.Node) error {
	l := features.LineEvent{}
	quantity, price := 1.0, 0.0
	err := mapping(n, "a line", map[string]reader{
		"category": text(&l.Category), "product": text(&l.Product), "quantity": amount(&quantity), "price": amount(&price),
		"attributes": func(n ast.Node) error {
			all, err := entries(n, "attributes")
			l.Attributes = map[string]string{}
			for _, e := range all {
				if e.value == nil {
					return e.at.fail("give it one", "attribute %q has no value", e.key)
				}
				l.Attributes[e.key] = e.value.GetToken().Value
			}
			return err
		},
	})
	l.Units, l.Revenue = int64(math.Round(quantity*1000)), minor(quantity*price)
	h.Lines = append(h.Lines, l)
	return err
}

// mail reads a contact. One without a campaign came from another tool.
func (h *history) mail(n ast.Node, today features.Day) error {
	m := features.ContactEvent{Day: features.NoDay}
	err := mapping(n, "a mail", map[string]reader{"days_ago": daysFrom(today, -1, &m.Day), "on": on(today, &m.Day), "campaign": text(&m.Campaign)})
	switch {
	case err != nil:
		return err
	case !m.Day.Known():
		return placeOf(n).fail("days_ago: 3", "the mail has no day")
	case m.Day > today:
		return placeOf(n).fail("", "the mail lies after today")
	}
	h.Contacts = append(h.Contacts, m)
	return nil
}

// lot reads points that expire together; without an expiry they stay.
func (h *history) lot(n ast.Node, today features.Day) error {
	lot, points := features.PointLot{ExpiresOn: features.NoDay}, math.NaN()
	err := mapping(n, "points", map[string]reader{
		"points": amount(&points), "expires_in": daysFrom(today, 1, &lot.ExpiresOn), "expires_on": on(today, &lot.ExpiresOn),
	})
	if err == nil && math.IsNaN(points) {
		err = placeOf(n).fail("points: 200", "it does not say how many points")
	}
	if err == nil {
		lot.Points = int64(math.Round(points * 1000))
	}
	h.Points = append(h.Points, lot)
	return err
}

// cuts reads where the shop's scores begin: days since the last order, falling, and orders, rising.
func (h *history) cuts(n ast.Node) error {
	values := map[string][]float64{}
	list := func(name string, sign float64) reader {
		return func(n ast.Node) error {
			err := each(n, func(item ast.Node) error {
				v, err := numberIn(item)
				values[name] = append(values[name], sign*v)
				return err
			})
			if err == nil && (len(values[name]) != 4 || !slices.IsSorted(values[name])) {
				err = placeOf(n).fail("cuts: {recency: [180, 90, 60, 30], frequency: [2, 3, 4, 6]}", "%s needs the four cuts in the order of scores 2 to 5", name)
			}
			return err
		}
	}
	err := mapping(n, "cuts", map[string]reader{"recency": list("recency", -1), "frequency": list("frequency", 1)})
	if err == nil && len(values) != 2 {
		err = placeOf(n).fail("cuts: {recency: [180, 90, 60, 30], frequency: [2, 3, 4, 6]}", "cuts needs recency and frequency")
	}
	cuts := features.CutsFromMap(values)
	h.Cuts = &cuts
	return err
}

// minor rounds an amount to minor units, as imports do.
func minor(v float64) int64 { return int64(math.Round(v * 100)) }

// amount reads a number that can be kept exactly in thousandths.
func amount(into *float64) reader {
	const most = 1e12
	return func(n ast.Node) (err error) {
		if *into, err = numberIn(n); err == nil && (*into < -most || *into > most) {
			err = placeOf(n).fail("", "%v is too large", *into)
		}
		return err
	}
}

// daysFrom reads a number of days and stores the day that many days from today, in the direction of sign.
func daysFrom(today features.Day, sign int, into *features.Day) reader {
	return func(n ast.Node) error {
		v, err := numberIn(n)
		if err == nil && (v != math.Trunc(v) || math.Abs(v) >= maxDays) {
			err = placeOf(n).fail("", "%v is no whole number of days", v)
		}
		if err == nil {
			*into = today + features.Day(sign*int(v))
		}
		return err
	}
}

// on reads the day of an event.
func on(today features.Day, into *features.Day) reader {
	return func(n ast.Node) (err error) {
		*into, err = dayIn(n, today)
		return err
	}
}
