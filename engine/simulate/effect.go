package simulate

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"treue/campaigns"
	"treue/engine/store"
)

// Orders that a mail causes come soon: on the day of the mail and each day after it with fading odds.
const (
	causedDays = 14
	fading     = 0.8
)

// odds returns the probability that a caused order comes so many days after its mail.
func odds(after int) float64 {
	if after < 0 || after >= causedDays {
		return 0
	}
	return math.Pow(fading, float64(after)) * (1 - fading) / (1 - math.Pow(fading, causedDays))
}

// mailing is one accepted mail of the ledger on the simulation's own days.
type mailing struct {
	store.AcceptedSend
	*Person
	Effect
	sent, assigned int // days
	change         change
}

// lambda is how many orders the mail is expected to cause.
func (m *mailing) lambda() float64 { return m.Extra * m.Responsiveness }

// name tells the mail from all others to its customer.
func (m *mailing) name() string {
	if m.Entry > 1 {
		return fmt.Sprintf("%s/%s/%d", m.CampaignKey, m.StepKey, m.Entry)
	}
	return m.CampaignKey + "/" + m.StepKey
}

// luck is a random stream of the mail's own. What a mail does depends on it and the seed alone, not on the order of
// events.
func (s *Shop) luck(m *mailing, of ...uint64) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprint(h, m.name())
	return stream(s.Seed, append([]uint64{uint64(m.CustomerID), h.Sum64()}, of...)...)
}

// caused draws the orders that a mail causes.
func (s *Shop) caused(m *mailing) []Order {
	if m.lambda() == 0 {
		return nil
	}
	r := s.luck(m)
	orders := make([]Order, int(distuv.Poisson{Lambda: m.lambda(), Src: r}.Rand()))
	for i := range orders {
		day := m.sent + delay(r)
		orders[i] = s.place(r, buyer{&m.Customer, m.Level}, m.orderNumber(i+1), day, causedSecond(r), m.CouponCode)
	}
	return orders
}

// orderNumber is the shop's number of an order that a mail brought.
func (m *mailing) orderNumber(i int) string {
	number := fmt.Sprintf("%s-%s-%s%d", m.ExternalID, m.CampaignKey, m.StepKey, i)
	if m.Entry > 1 {
		number += fmt.Sprintf("-%d", m.Entry)
	}
	return number
}

// causedSecond is a time of the day after the run.
func causedSecond(r *rand.Rand) int { return causedHour*hour + r.IntN((lastHour-causedHour)*hour) }

// delay draws the days from the mail to the order.
func delay(r *rand.Rand) int {
	u, after := r.Float64(), 0
	for u -= odds(0); u >= 0 && after < causedDays-1; u -= odds(after) {
		after++
	}
	return after
}

// span is the read of a campaign whose truth is asked for.
type span struct {
	days, grace int
	costPerMail float64
}

// verdict is the span of a campaign's first read.
func verdict(c *campaigns.Definition) span {
	s := span{days: int(c.Measure), grace: int(c.Grace)}
	if c.CostPerMail != nil {
		s.costPerMail = *c.CostPerMail
	}
	return s
}

// worth is what the mail adds to its campaign's outcome, in major units, as the engine counts it: margin of orders inside
// the window, refunds known when it matures, minus the mail's cost. Orders that it causes count with their expectation,
// orders that it moves with what they are. Windows end at the hour of the run and mail causes orders after it, so that
// days decide alone.
func (s *Shop) worth(m *mailing, at span) float64 {
	open := m.assigned + at.days // the first day that is outside
	known := open + at.grace - 1 // the last day of refunds that count
	share := 0.0
	for after := range causedDays {
		if day := m.sent + after; day < open {
			share += odds(after) * (1 - expectedRefund(known-day))
		}
	}
	value := m.lambda() * share * expectedMargin(m.Level, m.CouponCode != "") / 100
	value += s.changed(m, open, known)
	if m.sent < open {
		value -= at.costPerMail
	}
	return value
}

// truth is the mean worth of a campaign's mails per treated customer whose window has matured on the given day.
func (s *Shop) truth(mails []mailing, key string, at span, day int, matured int64) float64 {
	if matured == 0 {
		return math.NaN()
	}
	sum := 0.0
	for i := range mails {
		if m := &mails[i]; m.CampaignKey == key && m.assigned+at.days+at.grace <= day {
			sum += s.worth(m, at)
		}
	}
	return sum / float64(matured)
}
