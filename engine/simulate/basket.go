package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"treue/rules/customer"
)

// What an order is worth. The net price of its usual bag is typicalNet · e^(level of the customer) · e^(spread · z).
const (
	typicalNet  = 2600.0 // minor units
	levelSpread = 0.6    // of customers
	orderSpread = 0.45   // of the orders of one customer

	discountShare = 0.12 // of organic orders
	discountRate  = 0.10 // of a discount, coupons included

	refundShare         = 0.05
	firstBack, lastBack = 10, 20 // days after the order, all alike
	refundHour          = 12

	freeShipping = 4900 // gross value of goods from which shipping is free
	shippingNet  = 412  // 4.90 gross
	shippingTax  = 0.19
)

// Order is one order of the invented shop as it will stand in the end. Day is the day on which it is placed.
type Order struct {
	customer.Order
	Lines []customer.Line
	Day   int
}

// Margin is what the shop earns on the order, in minor units, after a refund known on or before the given day.
func (o *Order) Margin(known int, c calendar) float64 {
	margin := float64(o.Total - *o.Tax - *o.Shipping - *o.Cost)
	if o.Refund > 0 && c.day(*o.RefundedAt) <= known {
		margin *= 1 - float64(o.Refund)/float64(o.Total)
	}
	return margin
}

// buyer is what an order needs to know of its customer.
type buyer struct {
	*customer.Customer
	level float64
}

// place invents one order. A coupon always discounts; without one some orders are discounted.
func (s *Shop) place(r *rand.Rand, b buyer, number string, day, second int, coupon string) Order {
	id := customer.NewID(source, number)
	o := Order{Day: day, Order: customer.Order{
		ID: id, CustomerID: b.ID, Source: source, ExternalID: number, CustomerExternalID: b.ExternalID,
		OrderedAt: s.at(day, second), Currency: s.Currency, Status: customer.StatusCompleted, CouponCode: coupon,
	}}
	base := typicalNet * math.Exp(b.level+orderSpread*r.NormFloat64())
	off := 0.0
	if r.Float64() < discountShare || coupon != "" {
		off = discountRate
	}
	var net, tax, cost int64
	for _, part := range s.fill(r, base) {
		paid := part.net - cents(float64(part.net)*off)
		net, cost = net+paid, cost+part.cost
		tax += cents(float64(paid) * part.tax)
		o.Discount += gross(part.net-paid, part.tax)
		o.Lines = append(o.Lines, part.line(&o.Order, len(o.Lines)+1))
	}
	var shipping int64
	if net+tax < freeShipping {
		shipping = shippingNet
		tax += cents(shippingNet * shippingTax)
	}
	o.Total, o.Tax, o.Shipping, o.Cost = net+tax+shipping, &tax, &shipping, &cost
	s.sendBack(r, &o)
	return o
}

// part is one line of a basket on its way.
type part struct {
	category
	article   string
	net, cost int64
}

// fill puts the main thing into the basket and, at times, something small beside it.
func (s *Shop) fill(r *rand.Rand, base float64) []part {
	u, main := r.Float64(), 0
	for u -= s.stock[0].share; u >= 0 && main < len(s.stock)-1; u -= s.stock[main].share {
		main++
	}
	parts := []part{s.part(r, main, base*s.stock[main].size)}
	if r.Float64() < addOnShare {
		parts = append(parts, s.part(r, addOns()[r.IntN(2)], base*addOnSize))
	}
	return parts
}

func (s *Shop) part(r *rand.Rand, of int, value float64) part {
	c := s.stock[of]
	net := max(1, cents(value))
	return part{category: c, article: c.goods[r.IntN(len(c.goods))], net: net, cost: cents(float64(net) * c.cost)}
}

func (p part) line(o *customer.Order, no int) customer.Line {
	quantity := max(1, (p.net+p.unit/2)/p.unit)
	cost, number := p.cost/quantity, articleNumber(p.name, p.article)
	return customer.Line{
		OrderID: o.ID, CustomerID: o.CustomerID, ProductID: customer.NewID(source, number), No: no, Source: source,
		OrderExternalID: o.ExternalID, CustomerExternalID: o.CustomerExternalID, ExternalProductID: number,
		Name: p.article, Category: p.name, OrderedAt: &o.OrderedAt, Quantity: float64(quantity),
		UnitPrice: gross(p.net, p.tax) / quantity, UnitCost: &cost,
	}
}

// sendBack refunds some orders, half of them in full and half by one half. The goods come back, too.
func (s *Shop) sendBack(r *rand.Rand, o *Order) {
	u, full, days := r.Float64(), r.IntN(2) == 0, firstBack+r.IntN(lastBack-firstBack+1)
	if u >= refundShare {
		return
	}
	o.Refund = o.Total / 2
	if full {
		o.Refund = o.Total
	}
	at := s.at(o.Day+days, refundHour*hour)
	o.RefundedAt = &at
}

// expectedMargin is the mean margin of a customer's order, in minor units, before refunds: what [Shop.place] does, with
// every random choice replaced by its mean.
func expectedMargin(level float64, coupon bool) float64 {
	off := discountShare * discountRate
	if coupon {
		off = discountRate
	}
	all, perBase := assortment(), 0.0
	for _, c := range all {
		perBase += c.share * c.size * (1 - off - c.cost)
	}
	for _, i := range addOns() {
		perBase += addOnShare / 2 * addOnSize * (1 - off - all[i].cost)
	}
	return typicalNet * math.Exp(level+orderSpread*orderSpread/2) * perBase
}

// expectedRefund is the mean refunded share of an order placed so many days before refunds stop being counted, a refund
// on that last day included.
func expectedRefund(days int) float64 {
	const meanShare = 0.75
	inTime := min(max(days-firstBack+1, 0), lastBack-firstBack+1)
	return refundShare * meanShare * float64(inTime) / (lastBack - firstBack + 1)
}

func orderNumber(customer, n int) string { return fmt.Sprintf("%d-B%d", customer, n) }

func cents(v float64) int64 { return int64(math.Round(v)) }

// placedBefore reports whether the order was placed before t.
func (o *Order) placedBefore(t time.Time) bool { return o.OrderedAt.Before(t) }
