package ingest

import (
	"errors"
	"time"

	"treue/rules/customer"
)

const maxQuantity = 1_000_000

// lines are numbered in the order of the file, since an order may hold the same product twice. Orders need not
// stand together: the count of each is kept until the end.
func lines() table[customer.Line] {
	type l = customer.Line
	count := map[int64]int{}
	return table[l]{
		kind: "lines",
		columns: []column[l]{
			{name: "order_id", needed: true, set: id(func(r *l) *string { return &r.OrderExternalID })},
			{name: "customer_id", needed: true, set: id(func(r *l) *string { return &r.CustomerExternalID })},
			{name: "product_id", needed: true, set: id(func(r *l) *string { return &r.ExternalProductID })},
			{name: "ordered_at", set: maybeMoment(func(r *l) **time.Time { return &r.OrderedAt })},
			{name: "name", set: text(func(r *l) *string { return &r.Name })},
			{name: "category", set: text(func(r *l) *string { return &r.Category })},
			{name: "quantity", needed: true, set: into(quantity, func(r *l) *float64 { return &r.Quantity })},
			{name: "unit_price", needed: true, set: into((*parser).money, func(r *l) *int64 { return &r.UnitPrice })},
			{name: "unit_cost", set: maybeMoney(func(r *l) **int64 { return &r.UnitCost })},
		},
		finish: func(p *parser, r *l) error {
			if r.Quantity*float64(r.UnitPrice) > maxMinor {
				return errors.New("quantity x unit_price is more than any order: check both")
			}
			r.Source = p.o.Source
			r.OrderID = customer.NewID(r.Source, r.OrderExternalID)
			r.CustomerID = customer.NewID(r.Source, r.CustomerExternalID)
			r.ProductID = customer.NewID(r.Source, r.ExternalProductID)
			count[r.OrderID]++
			r.No = count[r.OrderID]
			return nil
		},
	}
}

// quantity may be a fraction: coffee is sold by weight, cable by length.
func quantity(p *parser, cell string) (float64, error) { return p.number(cell, maxQuantity) }
