package store

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/jackc/pgx/v5/pgtype"

	"treue/rules/features"
)

// instantMicros is a moment in microseconds since 1970-01-01 UTC.
type instantMicros int64

// purchase is an order that counts, with money in minor units; margin is NaN where it is unknown.
type purchase struct {
	at              instantMicros
	revenue, margin float64
}

// purchases are a buyer's orders that count, on their way to what depends on single days.
type purchases struct {
	all      []purchase
	mails    []instantMicros // of campaigns, ascending
	calendar calendar
	before   features.Day // the last day of the earlier history, see BeforeDays

	share, cost float64 // see [Terms.following]
}

// orderTypes are those of ordersRead.
func orderTypes() []uint32 {
	return []uint32{
		pgtype.TimestamptzArrayOID, pgtype.Int8ArrayOID, pgtype.Float8ArrayOID, pgtype.Float8OID, pgtype.TimestamptzArrayOID, pgtype.TimestamptzOID,
	}
}

// read fills in what a row of ordersRead says; of a customer without orders it is null.
func (p *purchases) read(a *Aggregate, row [][]byte) {
	p.readLists(row[0], row[1], row[2])
	p.fill(a)
	if len(p.all) == 0 {
		return
	}
	a.Refunded, a.DiscountedOrders = floatNumber(row[3])/100, int64(items(row[4]))
	last := p.all[len(p.all)-1].at
	for i := range int(a.DiscountedOrders) {
		a.LastOrderDiscounted = a.LastOrderDiscounted || micros(item(row[4], i)) == last
	}
	if delivered := row[5]; delivered != nil {
		a.LastDeliveryOn = p.calendar.day(micros(delivered))
	}
}

// readTimes takes the times of orders of which nothing else is asked.
func (p *purchases) readTimes(at []byte) {
	p.all = p.all[:0]
	for i := range items(at) {
		p.all = append(p.all, purchase{at: micros(item(at, i))})
	}
	slices.SortFunc(p.all, comparePurchases)
}

// readLists takes the lists of customer_stats as they travel. A margin that is not there follows from the terms.
func (p *purchases) readLists(at, revenue, margin []byte) {
	p.all = p.all[:0]
	if at == nil {
		return
	}
	if margin != nil {
		margin = margin[listHead:]
	}
	for i := range items(at) {
		one := purchase{at: micros(item(at, i)), revenue: float64(int64(binary.BigEndian.Uint64(item(revenue, i))))}
		one.margin, margin = p.nextMargin(margin, one.revenue)
		p.all = append(p.all, one)
	}
	// In one order, so that sums have the same digits however the rows came.
	if !slices.IsSortedFunc(p.all, comparePurchases) {
		slices.SortFunc(p.all, comparePurchases)
	}
}

// nextMargin takes the margin of an order with that revenue from the rest of a list, which may be none.
func (p *purchases) nextMargin(list []byte, revenue float64) (margin float64, rest []byte) {
	switch {
	case list == nil:
		return revenue*p.share - p.cost, nil
	case binary.BigEndian.Uint32(list) == nothing:
		return revenue*p.share - p.cost, list[4:]
	default:
		return math.Float64frombits(binary.BigEndian.Uint64(list[4:])), list[listItem:]
	}
}

func comparePurchases(a, b purchase) int {
	if a.at != b.at { // nearly always: to compare the money, too, would take most of the time of sorting
		return cmp.Compare(a.at, b.at)
	}
	return cmp.Or(cmp.Compare(a.revenue, b.revenue), cmp.Compare(a.margin, b.margin))
}

// readMails takes the list of a customer's contacts by campaigns.
func (p *purchases) readMails(at []byte) {
	p.mails = p.mails[:0]
	for i := range items(at) {
		p.mails = append(p.mails, micros(item(at, i)))
	}
	slices.Sort(p.mails)
}

// A list of a fixed size of 8 bytes per item, none of them null: a head, then the items with their length before them. A
// null one is a length of nothing alone.
const (
	listHead = 20
	listItem = 12
	nothing  = math.MaxUint32
)

func items(list []byte) int { return max(0, len(list)-listHead) / listItem }

func item(list []byte, i int) []byte {
	from := listHead + i*listItem + 4
	return list[from : from+8]
}

// micros reads a timestamptz that is not null.
func micros(raw []byte) instantMicros {
	return instantMicros(int64(binary.BigEndian.Uint64(raw)) + epochDay*secondsPerDay*1e6)
}

// fill derives what a snapshot says of the orders.
func (p *purchases) fill(a *Aggregate) {
	a.OrderDays = a.OrderDays[:0]
	a.Before = Before{LastOrderOn: features.NoDay, Margin: math.NaN(), RepeatSpend: math.NaN()}
	if len(p.all) == 0 {
		return
	}
	a.Orders, a.Revenue, a.Margin = int64(len(p.all)), 0, 0
	var firstDay, before purchase
	for _, o := range p.all {
		on := p.calendar.day(o.at)
		if n := len(a.OrderDays); n == 0 || a.OrderDays[n-1].On != on {
			a.OrderDays = append(a.OrderDays, features.OrderDay{On: on})
		}
		a.OrderDays[len(a.OrderDays)-1].Orders++
		a.Revenue += o.revenue
		a.Margin += o.margin
		if len(a.OrderDays) == 1 {
			firstDay.revenue += o.revenue
		}
		if on <= p.before {
			before.revenue, before.margin = a.Revenue, a.Margin
			a.Before.LastOrderOn, a.Before.RepeatDays = on, int64(len(a.OrderDays)-1)
		}
	}
	a.FirstOrderOn, a.LastOrderOn = a.OrderDays[0].On, a.OrderDays[len(a.OrderDays)-1].On
	a.RepeatDays = int64(len(a.OrderDays) - 1)
	a.RepeatSpend = spendPerDay(a.Revenue, firstDay.revenue, a.RepeatDays)
	a.Revenue, a.Margin = a.Revenue/100, a.Margin/100
	if a.Before.LastOrderOn.Known() {
		a.Before.RepeatSpend = spendPerDay(before.revenue, firstDay.revenue, a.Before.RepeatDays)
		a.Before.Revenue = before.revenue / 100
		if !math.IsNaN(a.Margin) {
			a.Before.Margin = before.margin / 100
		}
	}
	// Of several orders at one moment the most valuable is the last.
	last := p.all[len(p.all)-1]
	a.LastOrderValue = last.revenue / 100
}

// spendPerDay returns the mean revenue in major units per day with an order after the first; NaN without one.
func spendPerDay(all, firstDay float64, days int64) float64 {
	if days == 0 {
		return math.NaN()
	}
	return (all - firstDay) / float64(days) / 100
}

// campaignReach is how long after a mail an order counts as one that came after it.
const campaignReach instantMicros = 14 * secondsPerDay * 1e6

// afterMail returns the day of the last order that came within 14 days after a campaign's mail.
func (p *purchases) afterMail() features.Day {
	if len(p.mails) == 0 {
		return features.NoDay
	}
	for _, o := range slices.Backward(p.all) {
		next, _ := slices.BinarySearch(p.mails, o.at+1)
		if next > 0 && o.at-p.mails[next-1] < campaignReach {
			return p.calendar.day(o.at)
		}
	}
	return features.NoDay
}
