package simulate

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Shop is an invented shop: who its customers are and what they would buy without any mail.
type Shop struct {
	Config
	calendar
	People []Person // by the day on which they join
	Orders []Order  // without any mail, by time
	stock  []category
}

// WithDefaults fills what is unset, but for the start, the zone and the currency.
func (c Config) WithDefaults() Config {
	if c.Customers == 0 {
		c.Customers = 12_000
	}
	if c.History == 0 {
		c.History = 730
	}
	if c.Days == 0 {
		c.Days = 120
	}
	return c
}

// Validate reports the first setting that cannot work.
func (c Config) Validate() error {
	switch {
	case c.Customers < 1 || c.Customers > 80_000:
		return errors.New("simulate: customers must be 1 to 80000")
	case c.History < 1 || c.History > 3650:
		return errors.New("simulate: the history must be 1 to 3650 days")
	case c.Days < 1 || c.Days > 3650:
		return errors.New("simulate: the run must be 1 to 3650 days")
	case c.Start.IsZero():
		return errors.New("simulate: the first day is missing")
	case c.Zone == nil:
		return errors.New("simulate: the shop's time zone is missing")
	case c.Currency == "":
		return errors.New("simulate: the shop's currency is missing")
	case !(c.Wholesale >= 0 && c.Wholesale <= 1):
		return errors.New("simulate: the share of wholesale customers lies between 0 and 1")
	}
	for i := range c.Program {
		if err := c.Program[i].Effect.validate(); err != nil {
			return err
		}
	}
	return nil
}

// NewShop invents the shop of a valid configuration. The same configuration gives the same shop.
func NewShop(c Config) *Shop {
	c = c.WithDefaults()
	s := &Shop{Config: c, calendar: newCalendar(c.Start, c.Zone), stock: assortment()}
	joins := s.joins()
	s.People = make([]Person, len(joins))
	for i, day := range joins {
		r := stream(c.Seed, uint64(i))
		s.People[i] = s.person(r, i, day)
		s.Orders = append(s.Orders, s.history(r, i)...)
	}
	slices.SortStableFunc(s.Orders, func(a, b Order) int { return a.OrderedAt.Compare(b.OrderedAt) })
	return s
}

// joins draws the days on which customers come: evenly over history and simulation.
func (s *Shop) joins() []int {
	r := stream(s.Seed, math.MaxUint64)
	days := make([]int, s.Customers)
	for i := range days {
		days[i] = r.IntN(s.History+s.Days) - s.History
	}
	slices.Sort(days)
	return days
}

// history invents what a customer buys without any mail: the first order on the day of joining, then a Poisson process
// with the season's rhythm until the customer is lost.
func (s *Shop) history(r *rand.Rand, i int) []Order {
	p := &s.People[i]
	b := buyer{&p.Customer, p.Level}
	orders := []Order{s.place(r, b, orderNumber(s.number(i), 1), p.Joined, organicSecond(r), "")}
	end := min(float64(p.Joined)+p.Stays, float64(s.Days))
	for at := float64(p.Joined) + 1; ; {
		at += r.ExpFloat64() / (p.Rate * seasonPeak)
		if at >= end {
			return orders
		}
		day := int(math.Floor(at))
		if r.Float64()*seasonPeak > s.season(day) {
			continue
		}
		orders = append(orders, s.place(r, b, orderNumber(s.number(i), len(orders)+1), day, organicSecond(r), ""))
	}
}

// seasonPeak is how much more is bought around the turn of the year than on average.
const seasonPeak = 1.12

func (s *Shop) season(day int) float64 {
	return 1 + (seasonPeak-1)*math.Cos(2*math.Pi*s.yearDay(day))
}

func organicSecond(r *rand.Rand) int { return firstHour*hour + r.IntN((lastHour-firstHour)*hour) }

// stream is a random stream of its own for every list of parts.
func stream(seed uint64, parts ...uint64) *rand.Rand {
	h := mix(seed)
	for _, p := range parts {
		h = mix(h ^ mix(p))
	}
	return rand.New(rand.NewPCG(seed, h)) //nolint:gosec // a seed must invent the same shop again
}

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood 2014): it spreads neighbouring numbers over all 64 bits.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// until returns the orders placed before t, without looking at more than the rest of a sorted list.
func until(orders []Order, t time.Time) (before, after []Order) {
	n, _ := slices.BinarySearchFunc(orders, t, func(o Order, t time.Time) int {
		if o.placedBefore(t) {
			return -1
		}
		return 1
	})
	return orders[:n], orders[n:]
}
