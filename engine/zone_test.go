package engine

import (
	"testing"
	"time"

	"treue/campaigns"
	"treue/rules/customer"
)

func TestZones(t *testing.T) {
	t.Parallel()
	var z zones
	for range 2 { // the second time from memory
		for name, want := range map[string]string{"Europe/Vienna": "Europe/Vienna", "": "", "Local": "", "Mars/Olympus": "", "UTC": "UTC"} {
			got := ""
			if zone := z.get(name); zone != nil {
				got = zone.String()
			}
			same(t, name, got, want)
		}
	}
}

// TestMailArrivesByDay runs an hour at a time through two days: nobody gets a mail outside the window of where they live.
func TestMailArrivesByDay(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	lives := []string{"", "America/New_York", "Asia/Tokyo", "Pacific/Auckland"}
	s.customers(len(lives), func(i int, c *customer.Customer) { c.Timezone = lives[i] })
	s.start(func(d *campaigns.Definition) {
		oneMail(d)
		d.Holdout, d.Window = 0, campaigns.Window{From: 9 * 60, To: 18 * 60}
	})
	s.planOnly("winback")
	arrived := map[string]int{}
	for range 48 {
		before := len(s.smtp.Mails())
		s.dispatch()
		for _, m := range s.smtp.Mails()[before:] {
			i := int(m.To[1] - '0')
			zone := s.zone
			if lives[i] != "" {
				zone = s.zones.get(lives[i])
			}
			arrived[lives[i]] = s.now.In(zone).Hour()
		}
		s.pass(time.Hour)
	}
	same(t, "hours", arrived, map[string]int{"": 12, "America/New_York": 9, "Asia/Tokyo": 9, "Pacific/Auckland": 9})
}
