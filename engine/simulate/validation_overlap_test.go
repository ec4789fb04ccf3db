package simulate

import (
	"testing"

	"treue/campaigns"
	"treue/campaigns/lift"
	"treue/engine"
)

// TestValidation6Overlap: three campaigns over the same customers, drawn independently. Each effect is found as if the
// others did not run, also where a customer's second mail does nothing any more. The mutant looks at the customers on whom
// two draws agree, which is what one salt for both would make of all: it counts the other effect as its own.
func TestValidation6Overlap(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		blocked bool // whoever had a mail is not moved by the next one
	}{{"none", false}, {"the second mail does nothing", true}} {
		var c, mutant tally
		worlds := sized(2, 25)
		if test.blocked {
			worlds = sized(1, 25)
		}
		for run := range worlds {
			w := newWorld(t, uint64(600+run), sized(500, 2500), 45, nil, campaign("first", "5", Effect{Extra: 0.6}, nil),
				campaign("second", "6", Effect{Extra: 0.6}, nil), campaign("third", "7", Effect{Extra: 0.6}, nil))
			if test.blocked {
				mailed := map[int64]bool{}
				w.effect = func(m *mailing) Effect {
					before := mailed[m.CustomerID]
					mailed[m.CustomerID] = true
					if before {
						return Effect{}
					}
					return w.effects[m.CampaignKey]
				}
			}
			w.until(44)
			for _, r := range w.reports(44) {
				truth := w.truthOf(&r, 44)
				// A mail that keeps a later one from working takes the later one's orders, in half of its customers.
				if test.blocked {
					truth -= w.displaced(r.Campaign.Key)
				}
				c.add(r.Estimate, truth)
				mutant.add(w.sameDraw(&r), w.truthOf(&r, 44))
			}
			w.store.Close()
		}
		t.Logf("V6 interaction %s: %s; with one salt for two campaigns %s", test.name, &c, &mutant)
		c.unbiased(t, "overlap, interaction "+test.name)
		if z, noise := mutant.mean(); !test.blocked && z < 3*noise {
			t.Errorf("one salt for two campaigns passes: %s", &mutant)
		}
	}
}

// displaced is what later mails would have brought per treated customer of a campaign whose mail came first: in expectation
// the part of each later campaign's effect that its share of treated customers carries.
func (w *world) displaced(key string) float64 {
	sum, customers := 0.0, 0
	later := false
	first := map[int64]bool{}
	for i := range w.mails {
		if m := &w.mails[i]; m.CampaignKey == key && m.Extra > 0 {
			first[m.CustomerID] = true
		}
	}
	for i := range w.mails {
		if w.mails[i].CampaignKey == key {
			customers++
		}
	}
	for i := range w.Program {
		c := &w.Program[i]
		if c.Key == key {
			later = true
			continue
		}
		if !later {
			continue
		}
		for j := range w.mails {
			m := w.mails[j]
			if m.CampaignKey != c.Key || !first[m.CustomerID] {
				continue
			}
			// Only the first mail that was kept from working counts; the others would have been anyway.
			delete(first, m.CustomerID)
			m.Effect = c.Effect
			at := verdict(&c.Definition)
			at.costPerMail = 0
			sum += w.worth(&m, at)
		}
	}
	return sum / float64(max(customers, 1))
}

// sameDraw is a campaign's estimate over the customers whom another campaign drew alike.
func (w *world) sameDraw(r *engine.Report) lift.Estimate {
	type row struct {
		Arm string
		Y   float64
	}
	next := map[string]string{"first": "second", "second": "third", "third": "first"}
	var treated, control lift.Sums
	for _, o := range rows[row](w, `SELECT o.arm, o.margin - o.cost FROM outcomes o JOIN assignments b USING (customer_id)
		WHERE o.campaign_key = $1 AND b.campaign_key = $2 AND b.arm = o.arm`, r.Campaign.Key, next[r.Campaign.Key]) {
		if o.Arm == r.Arm {
			treated.Add(o.Y)
		} else {
			control.Add(o.Y)
		}
	}
	return lift.Assess(treated, control, lift.AlphaPlanned)
}

// TestValidation7GhostSends: one mail a week, and a strong second campaign right behind the first. Ghost sends keep it from
// the first one's control group as real ones keep it from the treated, so the first effect is found as if it stood alone.
// Without the ghosts' rows the second campaign fills the control group and the first looks harmful.
func TestValidation7GhostSends(t *testing.T) {
	t.Parallel()
	var kept, removed tally
	for run := range sized(2, 50) {
		for _, ghosts := range []bool{true, false} {
			w := newWorld(t, uint64(700+run), sized(400, 2500), 45, func(c *engine.Config) { c.Cap7d = 1 },
				campaign("first", "5", Effect{Extra: 0.6}, func(d *campaigns.Definition) { d.Priority = 90 }), campaign("second", "7", Effect{Extra: 1.2}, nil))
			w.until(1)
			if !ghosts {
				w.sql(`DELETE FROM sends WHERE state = 'ghost'`)
			}
			w.until(44)
			for _, r := range w.reports(44) {
				switch {
				case r.Campaign.Key != "first":
				case ghosts:
					kept.add(r.Estimate, w.truthOf(&r, 44))
				default:
					removed.add(r.Estimate, w.truthOf(&r, 44))
				}
			}
			w.store.Close()
		}
	}
	t.Logf("V7 ghost sends: %s; without their rows %s", &kept, &removed)
	kept.unbiased(t, "ghost sends")
	if z, noise := removed.mean(); z > -3*noise {
		t.Errorf("without ghost sends the first campaign's effect is found all the same: %s", &removed)
	}
}

// TestValidation8ReEntry: up to eight entries, a week apart, of which later mails may carry over. The effect of the policy
// is found from the first entry's draw, and no arm ever changes.
func TestValidation8ReEntry(t *testing.T) {
	t.Parallel()
	for _, carry := range []float64{0, 0.5} {
		var c tally
		entries := 0
		for run := range sized(1, 12) {
			w := newWorld(t, uint64(800+run), sized(220, 2000), 70, nil, campaign("again", "5", Effect{Extra: 0.1}, func(d *campaigns.Definition) {
				d.Schedule, d.Cooldown, d.Measure, d.Reads = "0 9 * 1-2 1", 7, 56, []campaigns.Days{56}
			}))
			w.effect = func(m *mailing) Effect {
				e := w.effects[m.CampaignKey]
				if m.Entry > 1 {
					e.Extra *= 1 + carry
				}
				return e
			}
			w.until(63)
			for _, r := range w.reports(63) {
				c.add(r.Estimate, w.truthOf(&r, 63))
			}
			if n := w.number(`SELECT count(*) FROM (SELECT customer_id FROM entries GROUP BY customer_id HAVING count(DISTINCT arm) > 1) x`); n > 0 {
				t.Errorf("%d customers changed their arm", n)
			}
			entries = max(entries, w.number(`SELECT max(entry) FROM entries`))
			w.store.Close()
		}
		t.Logf("V8 re-entry, carry-over %.1f: up to %d entries, %s", carry, entries, &c)
		if entries < 8 {
			t.Errorf("nobody entered more than %d times", entries)
		}
		c.unbiased(t, "policy effect")
	}
}
