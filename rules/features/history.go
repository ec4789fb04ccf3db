package features

import "math"

// History holds the events of one customer that rules ask for, as known at the moment of evaluation. Amounts are
// whole numbers of small units, so that a sum does not depend on its order. Orders that are cancelled or tests are
// left out, with their lines.
type History struct {
	Orders   []OrderEvent
	Lines    []LineEvent
	Contacts []ContactEvent // real and ghost sends alike, once attempted
	Entries  []string       // keys of the campaigns with a mail still to come
	Points   []PointLot
	Cuts     *Cuts // of the snapshot's model
}

// OrderEvent is one order.
type OrderEvent struct {
	Day     Day
	Revenue int64 // net of refunds, minor units
}

// LineEvent is one line of an order.
type LineEvent struct {
	Day        Day
	Order      int64  // tells orders apart
	Category   string // as the shop spells it; "" if it has none
	Product    string // the shop's own id
	Attributes map[string]string
	Units      int64 // thousandths
	Revenue    int64 // quantity times unit price, minor units
}

// ContactEvent is one mail.
type ContactEvent struct {
	Day      Day
	Campaign string // "" for mail of another tool
}

// PointLot is what is left of points earned together.
type PointLot struct {
	ExpiresOn Day   // the last day on which they count; NoDay: they stay
	Points    int64 // thousandths
}

// Events names a kind of event.
type Events uint8

// The kinds of event.
const (
	NoEvents Events = iota
	OrderEvents
	LineEvents
	ContactEvents
	EntryEvents
	PointEvents
)

// Take says what of the events a measure keeps.
type Take uint8

// What a measure takes. Counts and sums of nothing are 0; days and the last units of nothing are unknown.
const (
	TakeCount     Take = iota // events
	TakeOrders                // different orders of lines
	TakeRevenue               // sum, major units
	TakeUnits                 // sum of units or points
	TakeFirstDay              // days since 1970-01-01
	TakeLastDay               // days since 1970-01-01
	TakeLastUnits             // units of the last day
)

// Ever is the From of a measure without a beginning.
const Ever = -1

// Measure is a number taken from a customer's events: those of From to To days before the day of evaluation, both
// included, that match. For points the days count forward, to the expiry; a lot that stays has none.
type Measure struct {
	Of       Events
	Take     Take
	From, To int

	Category  Path   // nil: any
	Product   string // the shop's own id; "": any
	Attribute string // of the product, with Value; both folded; "": any
	Value     string
	Campaign  string // a key; "": any
}

// small are the units of money and of quantities in one whole.
const (
	minorUnits = 100
	thousandth = 1000
)

// Measure takes the measure on the day at; NaN is unknown.
func (h *History) Measure(m *Measure, at Day) float64 {
	if h == nil {
		h = &History{}
	}
	var t tally
	switch m.Of {
	case OrderEvents:
		for i := range h.Orders {
			if e := &h.Orders[i]; m.covers(e.Day, at) {
				t.add(e.Day, 0, e.Revenue)
			}
		}
	case LineEvents:
		for i := range h.Lines {
			if e := &h.Lines[i]; m.covers(e.Day, at) && m.matches(e) {
				t.add(e.Day, e.Units, e.Revenue)
				if m.Take == TakeOrders {
					t.order(e.Order)
				}
			}
		}
	case ContactEvents:
		for i := range h.Contacts {
			if e := &h.Contacts[i]; m.covers(e.Day, at) && (m.Campaign == "" || m.Campaign == e.Campaign) {
				t.add(e.Day, 0, 0)
			}
		}
	case EntryEvents:
		for _, key := range h.Entries {
			if m.Campaign == "" || m.Campaign == key {
				t.add(at, 0, 0)
			}
		}
	case PointEvents:
		for i := range h.Points {
			if e := &h.Points[i]; m.holds(e, at) {
				t.add(at, e.Points, 0)
			}
		}
	case NoEvents:
	}
	return t.take(m.Take)
}

// covers reports whether a day lies in the window before the day at.
func (m *Measure) covers(day, at Day) bool {
	return day <= at-Day(m.To) && (m.From == Ever || day >= at-Day(m.From))
}

// holds reports whether points still count at the day and, if the measure has an end, expire by it.
func (m *Measure) holds(lot *PointLot, at Day) bool {
	if !lot.ExpiresOn.Known() {
		return m.From == Ever
	}
	return lot.ExpiresOn >= at && (m.From == Ever || lot.ExpiresOn <= at+Day(m.From))
}

func (m *Measure) matches(e *LineEvent) bool {
	switch {
	case m.Product != "":
		return e.Product == m.Product
	case m.Attribute != "":
		return HasAttribute(e.Attributes, m.Attribute, m.Value)
	}
	return m.Category.Covers(e.Category)
}

// HasAttribute reports whether a product has an attribute of that name and value, both folded.
func HasAttribute(attributes map[string]string, name, value string) bool {
	for n, v := range attributes {
		if EqualFold(n, name) && EqualFold(v, value) {
			return true
		}
	}
	return false
}

// tally collects events, whatever a measure takes of them in the end.
type tally struct {
	count, revenue, units int64
	orders                map[int64]struct{}
	first, last           Day
	lastUnits             int64
}

func (t *tally) add(day Day, units, revenue int64) {
	if t.count == 0 || day < t.first {
		t.first = day
	}
	switch {
	case t.count == 0 || day > t.last:
		t.last, t.lastUnits = day, units
	case day == t.last:
		t.lastUnits += units
	}
	t.count++
	t.units += units
	t.revenue += revenue
}

// order remembers an order's number; only measures that count orders pay for the memory.
func (t *tally) order(number int64) {
	if t.orders == nil {
		t.orders = make(map[int64]struct{})
	}
	t.orders[number] = struct{}{}
}

func (t *tally) take(what Take) float64 {
	switch what {
	case TakeCount:
		return float64(t.count)
	case TakeOrders:
		return float64(len(t.orders))
	case TakeRevenue:
		return float64(t.revenue) / minorUnits
	case TakeUnits:
		return float64(t.units) / thousandth
	}
	if t.count == 0 {
		return math.NaN()
	}
	switch what {
	case TakeFirstDay:
		return float64(t.first)
	case TakeLastDay:
		return float64(t.last)
	case TakeLastUnits:
		return float64(t.lastUnits) / thousandth
	}
	return math.NaN()
}

// WasSegment returns the customer's segment days before at, by today's cut points; "" if there was no order yet.
func (h *History) WasSegment(days int, at Day) string {
	if h == nil || h.Cuts == nil {
		return ""
	}
	then := at - Day(days)
	s := Snapshot{LastOrderOn: NoDay}
	for _, o := range h.Orders {
		if o.Day <= then {
			s.Orders++
			s.LastOrderOn = max(s.LastOrderOn, o.Day)
		}
	}
	return h.Cuts.SegmentOf(&s, then)
}
