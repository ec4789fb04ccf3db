package simulate

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"treue/rules/customer"
)

// change is what a mail did to a customer's own orders.
type change struct {
	came, gone []Order
}

// pullReach is how many days ahead an order may lie that a mail pulls forward, or on which it uses its coupon.
const pullReach = 180

// Streams of a mail's luck, one per part of its effect, so that a part that is added moves no other.
const (
	pullLuck uint64 = iota + 1
	reviveLuck
	huntLuck
)

// changed is what a mail's change is worth in a window that ends before a day, with refunds known on another; major
// units.
func (s *Shop) changed(m *mailing, open, known int) (sum float64) {
	add := func(orders []Order, sign float64) {
		for i := range orders {
			if o := &orders[i]; o.Day >= m.assigned && o.Day < open {
				sum += sign * o.Margin(known, s.calendar) / 100
			}
		}
	}
	add(m.change.came, 1)
	add(m.change.gone, -1)
	return sum
}

// move carries out what a mail does to the customer's own orders to come.
func (f *feed) move(m *mailing) {
	if m.Pulled > 0 {
		f.pull(m)
	}
	if m.Hunted > 0 && m.CouponCode != "" {
		f.hunt(m)
	}
	if m.Revived > 0 && float64(m.Joined)+m.Stays <= float64(m.sent) {
		f.revive(m)
	}
	f.coming = append(f.coming, m.change.came...)
}

// next is the first order that the customer will place by themselves after a day, nil if none lies within reach.
func (f *feed) next(customer int64, day int) *Order {
	if f.own == nil {
		f.own = map[int64][]int32{}
		for i := range f.Orders {
			f.own[f.Orders[i].CustomerID] = append(f.own[f.Orders[i].CustomerID], int32(i))
		}
	}
	for _, i := range f.own[customer] {
		o := &f.Orders[i]
		if o.Day > day && !f.gone[o.ID] {
			if o.Day > day+pullReach {
				return nil
			}
			return o
		}
	}
	return nil
}

// replace puts an order in the place of one of the customer's own.
func (f *feed) replace(m *mailing, old *Order, by Order) {
	f.gone[old.ID] = true
	m.change.gone = append(m.change.gone, *old)
	m.change.came = append(m.change.came, by)
}

// pull lets the customer's next order come now.
func (f *feed) pull(m *mailing) {
	r := f.luck(m, pullLuck)
	day, second := m.sent+delay(r), causedSecond(r)
	if r.Float64() >= m.Pulled {
		return
	}
	if o := f.next(m.CustomerID, day); o != nil {
		f.replace(m, o, f.moved(o, m.orderNumber(0)+"P", day, second))
	}
}

// moved is the same order on another day, with a number of its own: the shop knows nothing of the one that never came.
func (f *feed) moved(o *Order, number string, day, second int) Order {
	by := *o
	by.Day, by.OrderedAt = day, f.at(day, second)
	by.ExternalID, by.ID = number, customer.NewID(source, number)
	if by.RefundedAt != nil {
		back := f.at(f.day(*o.RefundedAt)-o.Day+day, refundHour*hour)
		by.RefundedAt = &back
	}
	by.Lines = make([]customer.Line, len(o.Lines))
	for i, l := range o.Lines {
		l.OrderID, l.OrderExternalID, l.OrderedAt = by.ID, by.ExternalID, &by.OrderedAt
		by.Lines[i] = l
	}
	return by
}

// hunt uses the coupon on an order that would have come without it.
func (f *feed) hunt(m *mailing) {
	r := f.luck(m, huntLuck)
	if r.Float64() >= m.Hunted {
		return
	}
	o := f.next(m.CustomerID, m.sent)
	if o == nil || m.ValidUntil == nil || o.OrderedAt.After(*m.ValidUntil) || o.CouponCode != "" {
		return
	}
	by := f.moved(o, m.orderNumber(0)+"H", o.Day, int(o.OrderedAt.Sub(f.at(o.Day, 0)).Seconds()))
	by.CouponCode = m.CouponCode
	// Net goods lose the discount; tax is taken as the share it had.
	goods := float64(o.Total - *o.Shipping)
	off := cents(goods * discountRate)
	tax := *o.Tax - cents(float64(*o.Tax)*discountRate*goods/float64(o.Total))
	by.Total, by.Tax, by.Discount = o.Total-off, &tax, o.Discount+off
	if o.Refund > 0 {
		by.Refund = min(by.Total, cents(float64(o.Refund)*float64(by.Total)/float64(o.Total)))
	}
	f.replace(m, o, by)
}

// revive gives a lost customer another time with the shop.
func (f *feed) revive(m *mailing) {
	r := f.luck(m, reviveLuck)
	if r.Float64() >= m.Revived {
		return
	}
	stays := distuv.Gamma{Alpha: stayShape, Beta: stayShape / meanStay, Src: r}.Rand()
	at := float64(m.sent + delay(r))
	end := math.Min(at+stays, float64(f.Days))
	for n := 1; at < end; n++ {
		number := m.orderNumber(n) + "R"
		m.change.came = append(m.change.came, f.place(r, buyer{&m.Customer, m.Level}, number, int(at), causedSecond(r), ""))
		at += math.Max(1, r.ExpFloat64()/m.Rate)
	}
}
