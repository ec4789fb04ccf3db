package ingest

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"treue/rules/customer"
)

// orders reads order_id only if there is one. Otherwise ids are invented after all checks, so that a rejected row
// takes no number away from an equal one that is good.
func orders(withoutID bool) table[customer.Order] {
	t := table[customer.Order]{kind: "orders", columns: orderColumns(), finish: finishOrder}
	if withoutID {
		equal := map[int64]int{}
		t.columns = t.columns[1:]
		t.finish = func(p *parser, r *customer.Order) error {
			if err := finishOrder(p, r); err != nil {
				return err
			}
			r.ExternalID = inventedID(equal, r)
			r.ID = customer.NewID(r.Source, r.ExternalID)
			return nil
		}
	}
	return t
}

// orderColumns returns the columns of orders, order_id first.
func orderColumns() []column[customer.Order] {
	type o = customer.Order
	return []column[o]{
		{name: "order_id", needed: true, set: id(func(r *o) *string { return &r.ExternalID })},
		{name: "customer_id", needed: true, set: id(func(r *o) *string { return &r.CustomerExternalID })},
		{name: "ordered_at", needed: true, set: moment(func(r *o) *time.Time { return &r.OrderedAt })},
		{name: "total", needed: true, set: into((*parser).money, func(r *o) *int64 { return &r.Total })},
		{name: "currency", set: func(p *parser, _ *o, cell string) error { return p.currency(cell) }},
		{name: "tax", set: maybeMoney(func(r *o) **int64 { return &r.Tax })},
		{name: "shipping", set: maybeMoney(func(r *o) **int64 { return &r.Shipping })},
		{name: "cost", set: maybeMoney(func(r *o) **int64 { return &r.Cost })},
		{name: "discount", set: into((*parser).money, func(r *o) *int64 { return &r.Discount })},
		{name: "refund", set: into((*parser).money, func(r *o) *int64 { return &r.Refund })},
		{name: "refunded_at", set: maybeMoment(func(r *o) **time.Time { return &r.RefundedAt })},
		{name: "cancelled_at", set: maybeMoment(func(r *o) **time.Time { return &r.CancelledAt })},
		{name: "delivered_at", set: maybeMoment(func(r *o) **time.Time { return &r.DeliveredAt })},
		{name: "coupon_code", set: text(func(r *o) *string { return &r.CouponCode })},
		{name: "status", set: into((*parser).status, func(r *o) *customer.Status { return &r.Status })},
	}
}

// finishOrder completes an order. Without a status it is completed, and cancelled if it has a time for that.
func finishOrder(p *parser, r *customer.Order) error {
	r.Source, r.Currency = p.o.Source, p.o.Currency
	r.ID = customer.NewID(p.o.Source, r.ExternalID)
	r.CustomerID = customer.NewID(p.o.Source, r.CustomerExternalID)
	if r.Status == "" {
		r.Status = customer.StatusCompleted
	}
	if r.CancelledAt != nil && r.Status.Counts() {
		r.Status = customer.StatusCancelled
	}
	if r.Refund > r.Total {
		return errors.New("refund is more than total, which is what was paid before the refund")
	}
	return nil
}

// inventedID names an order after its customer, time, total and the number of equal ones before it, so that
// equal orders stay apart and a second import of the file finds the same ids.
func inventedID(equal map[int64]int, r *customer.Order) string {
	key := customer.NewID(r.CustomerExternalID, r.OrderedAt.Format(time.RFC3339Nano)+"\x00"+strconv.FormatInt(r.Total, 10))
	before := equal[key]
	equal[key]++
	return fmt.Sprintf("auto-%016x-%d", key, before)
}
