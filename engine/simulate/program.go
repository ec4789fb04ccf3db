package simulate

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"time"

	"treue/campaigns"
)

// Campaign is one that the invented shop runs, with what its mail really does.
type Campaign struct {
	campaigns.Definition
	Effect Effect
}

// Effect is what one accepted mail does to a customer. The parts are apart because they look alike in a short window and
// are worth quite different things.
type Effect struct {
	// Extra is how many orders it causes in an average customer, on top of what they buy anyway. Habits stay as they are.
	Extra float64
	// Pulled is the chance that the customer's next order comes now instead: what the window gains is missing later.
	Pulled float64
	// Revived is the chance that a customer who is lost buys again, at their own rate and for a new time of their own.
	Revived float64
	// Hunted is the chance that the coupon is used on the next order, which would have come without it.
	Hunted float64
}

// validate reports the first part that cannot be meant.
func (e Effect) validate() error {
	for _, chance := range []float64{e.Pulled, e.Revived, e.Hunted} {
		if !(chance >= 0 && chance <= 1) {
			return errors.New("simulate: a chance lies between 0 and 1")
		}
	}
	if !(e.Extra >= 0) || math.IsInf(e.Extra, 1) {
		return errors.New("simulate: a mail causes 0 orders or more")
	}
	return nil
}

//go:embed campaigns.yaml
var campaignFile []byte

// demo are the campaigns of the demo. The loyalty mail does nothing: its true effect is its postage.
func demo(zone *time.Location) ([]Campaign, error) {
	all, err := campaigns.ParseFile(bytes.NewReader(campaignFile), campaigns.Defaults{Timezone: zone.String()})
	if err != nil {
		return nil, fmt.Errorf("embedded campaigns: %w", err)
	}
	extra := map[string]float64{"winback-quiet": 0.09, "crosssell-care": 0.15}
	program := make([]Campaign, len(all))
	for i, d := range all {
		program[i] = Campaign{d, Effect{Extra: extra[d.Key]}}
	}
	return program, nil
}
