package web

import (
	"fmt"
	"strings"

	"treue/campaigns"
)

// definition says in words what a campaign is set to do.
func (l locale) definition(c *campaigns.Campaign) []fact {
	facts := []fact{
		{"define.kind", l.say("kind." + string(c.Kind)), ""},
		{"define.basis", l.say("basis." + string(c.LegalBasis)), strings.Join(c.Categories, ", ")},
		{"define.schedule", l.schedule(c), ""},
		{"define.window", l.window(c.Window), ""},
		{"define.holdout", l.percent(c.Holdout), l.say("define.holdout.note")},
		{"define.measure", l.days(c.Measure), l.grace(c.Grace)},
		{"define.cooldown", l.cooldown(c.Cooldown), ""},
		{"define.entry", l.entry(c.Entry), ""},
		{"define.priority", l.count(c.Priority), l.say("define.priority.note")},
	}
	if c.Budget != (campaigns.Budget{}) {
		facts = append(facts, fact{"define.budget", l.budget(c.Budget), ""})
	}
	return facts
}

func (l locale) schedule(c *campaigns.Campaign) string {
	if c.Schedule == "" {
		return l.say("define.byhand")
	}
	return c.Schedule + " (" + c.Timezone + ")"
}

func (l locale) window(w campaigns.Window) string {
	if w.Always() {
		return l.say("define.always")
	}
	to := w.To
	if to == 0 {
		to = 24 * 60
	}
	return l.weekdays(w.Days) + ", " + clock(w.From) + "–" + clock(to)
}

// weekdays lists the days of a window, Monday first.
func (l locale) weekdays(days [7]bool) string {
	var names []string
	for i := range 7 {
		if d := (i + 1) % 7; days[d] {
			names = append(names, l.say(fmt.Sprintf("weekday.%d", d)))
		}
	}
	if len(names) == 0 || len(names) == 7 {
		return l.say("define.daily")
	}
	return strings.Join(names, ", ")
}

func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

func (l locale) days(d campaigns.Days) string {
	if d == 1 {
		return l.say("day")
	}
	return l.say("days", l.count(int(d)))
}

func (l locale) grace(d campaigns.Days) string {
	if d == 0 {
		return ""
	}
	return l.say("define.grace", l.days(d))
}

func (l locale) cooldown(d campaigns.Days) string {
	if d == 0 {
		return l.say("define.once")
	}
	return l.say("define.again", l.days(d))
}

func (l locale) entry(e campaigns.Entry) string {
	text := l.say("define.entry.all")
	if e.NewOnly {
		text = l.say("define.entry.new")
	}
	if e.PerDay > 0 {
		text += l.say("define.entry.perday", l.count(e.PerDay))
	}
	return text
}

func (l locale) budget(b campaigns.Budget) string {
	var parts []string
	if b.Mails > 0 {
		parts = append(parts, l.say("mails", l.count(b.Mails)))
	}
	if b.Money > 0 {
		parts = append(parts, l.money(b.Money))
	}
	return strings.Join(parts, ", ") + " " + l.say("per."+b.Per)
}

// steps says what leaves when.
func (l locale) steps(c *campaigns.Campaign) []string {
	lines := make([]string, len(c.Steps))
	for i, step := range c.Steps {
		switch {
		case step.Wait > 0 && i > 0:
			lines[i] = l.say("step.later", step.Template, l.days(step.Wait))
		case step.Wait > 0:
			lines[i] = l.say("step.first", step.Template, l.days(step.Wait))
		default:
			lines[i] = l.say("step.now", step.Template)
		}
		if step.Offer != nil {
			lines[i] += l.say("step.offer", l.offer(step.Offer))
		}
	}
	return lines
}

func (l locale) offer(o *campaigns.Offer) string {
	var parts []string
	if o.Percent > 0 {
		parts = append(parts, l.say("offer.percent", l.decimal(o.Percent, 0)))
	}
	if o.Amount > 0 {
		parts = append(parts, l.say("offer.amount", l.money(o.Amount)))
	}
	if o.Gift != "" {
		parts = append(parts, l.say("offer.gift", o.Gift))
	}
	if o.FreeShipping {
		parts = append(parts, l.say("offer.shipping"))
	}
	if o.Bundle != "" {
		parts = append(parts, l.say("offer.bundle", o.Bundle))
	}
	if o.MinOrder > 0 {
		parts = append(parts, l.say("offer.from", l.money(o.MinOrder)))
	}
	if o.Unique {
		parts = append(parts, l.say("offer.unique"))
	}
	if o.Valid > 0 {
		parts = append(parts, l.say("offer.valid", l.days(o.Valid)))
	}
	return strings.Join(parts, ", ")
}
