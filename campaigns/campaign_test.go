package campaigns

import (
	"strings"
	"testing"
	"time"
)

func TestNewNamesTheFault(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(*Definition){
		"timezone":  func(d *Definition) { d.Timezone = "Europe/Nowhere" },
		"audience":  func(d *Definition) { d.Audience = "orders >>" },
		"exit_when": func(d *Definition) { d.ExitWhen = "nonsense == 1" },
		"schedule":  func(d *Definition) { d.Schedule = "61 * * * *" },
	} {
		d := campaignOf(t, nil).Definition
		change(&d)
		if _, err := New(d, 1, 1, Active); err == nil || !strings.HasPrefix(err.Error(), "campaign winback: "+field+": ") {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestCampaign(t *testing.T) {
	t.Parallel()
	c := campaignOf(t, func(d *Definition) { d.Schedule, d.ExitWhen = "0 9 * * 1-5", "orders > 10" })
	same(t, "audience", c.AudienceRule().Source(), "orders >= 1")
	same(t, "exit", c.ExitRule().Source(), "orders > 10")
	same(t, "Monday", c.TicksOn(noon), true)
	same(t, "Sunday", c.TicksOn(noon.Add(-24*time.Hour)), false)
	bare := campaignOf(t, nil)
	same(t, "without a schedule", bare.TicksOn(noon), false)
	if bare.ExitRule() != nil {
		t.Error("an exit rule out of nowhere")
	}
}

func TestUsesCoupons(t *testing.T) {
	t.Parallel()
	for want, offer := range map[bool]*Offer{false: {Percent: 10}, true: {Percent: 10, Unique: true}} {
		c := campaignOf(t, func(d *Definition) { d.Steps = append(d.Steps, Step{Key: "b", Template: "b", Wait: 1, Offer: offer}) })
		same(t, "uses coupons", c.UsesCoupons(), want)
	}
	same(t, "without an offer", campaignOf(t, nil).UsesCoupons(), false)
}
