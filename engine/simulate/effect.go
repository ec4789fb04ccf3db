package simulate

import (
	"bytes"
	_ "embed"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"treue/campaigns"
	"treue/engine/store"
)

//go:embed campaigns.yaml
var campaignFile []byte

// definitions are the campaigns the invented shop runs.
func definitions(zone *time.Location) ([]campaigns.Definition, error) {
	all, err := campaigns.ParseFile(bytes.NewReader(campaignFile), campaigns.Defaults{Timezone: zone.String()})
	if err != nil {
		return nil, fmt.Errorf("embedded campaigns: %w", err)
	}
	return all, nil
}

// planted is how many orders an accepted mail of each campaign causes in an average customer. The loyalty mail causes
// none: its true effect is its postage.
func planted(campaignKey string) float64 {
	switch campaignKey {
	case "winback-quiet":
		return 0.09
	case "crosssell-care":
		return 0.15
	default:
		return 0
	}
}

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
	sent, assigned int // days
}

// lambda is how many orders the mail is expected to cause.
func (m mailing) lambda() float64 { return planted(m.CampaignKey) * m.Responsiveness }

// caused draws the orders that a mail causes. They depend on the mail and the seed alone, not on the order of events.
func (s *Shop) caused(m mailing) []Order {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s/%s", m.CampaignKey, m.StepKey)
	r := stream(s.Seed, uint64(m.CustomerID), h.Sum64())
	if m.lambda() == 0 {
		return nil
	}
	orders := make([]Order, int(distuv.Poisson{Lambda: m.lambda(), Src: r}.Rand()))
	for i := range orders {
		day := m.sent + delay(r)
		second := causedHour*hour + r.IntN((lastHour-causedHour)*hour)
		number := fmt.Sprintf("%s-%s-%s%d", m.ExternalID, m.CampaignKey, m.StepKey, i+1)
		orders[i] = s.place(r, buyer{&m.Customer, m.Level}, number, day, second, m.CouponCode)
	}
	return orders
}

// delay draws the days from the mail to the order.
func delay(r *rand.Rand) int {
	u, after := r.Float64(), 0
	for u -= odds(0); u >= 0 && after < causedDays-1; u -= odds(after) {
		after++
	}
	return after
}

// worth is what the mail is expected to add to its campaign's outcome, in major units, as the engine counts it: margin
// of orders inside the window, refunds known when it matures, minus the mail's cost. Windows end at the hour of the run
// and mail causes orders after it, so that days decide alone.
func (m mailing) worth(c *campaigns.Definition) float64 {
	open := m.assigned + int(c.Measure) // the first day that is outside
	known := open + int(c.Grace) - 1    // the last day of refunds that count
	share := 0.0
	for after := range causedDays {
		if day := m.sent + after; day < open {
			share += odds(after) * (1 - expectedRefund(known-day))
		}
	}
	value := m.lambda() * share * expectedMargin(m.Level, m.CouponCode != "") / 100
	if m.sent < open && c.CostPerMail != nil {
		value -= *c.CostPerMail
	}
	return value
}

// truth is the mean worth of a campaign's mail per treated customer whose window has matured on the given day.
func truth(mails []mailing, c *campaigns.Definition, day int, matured int64) float64 {
	if matured == 0 {
		return math.NaN()
	}
	sum := 0.0
	for _, m := range mails {
		if m.CampaignKey == c.Key && m.assigned+int(c.Measure+c.Grace) <= day {
			sum += m.worth(c)
		}
	}
	return sum / float64(matured)
}
