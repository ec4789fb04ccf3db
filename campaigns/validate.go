package campaigns

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
)

// FieldError is a value that a campaign must not have. Field is its key in a campaign file (`steps[2].offer`).
type FieldError struct{ Field, Message, Hint string }

// Error returns field and message.
func (e *FieldError) Error() string { return e.Field + ": " + e.Message }

var keyPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// keyHint says what keyPattern matches.
const keyHint = "lower-case letters, digits and hyphens, at most 64, such as winback-90"

// maxDays bounds every period: ten years.
const maxDays Days = 3653

// Validate returns the first value out of its range as a *FieldError, or nil. It does not compile the rules.
func (d Definition) Validate() error {
	checks := slices.Concat(d.identity(), d.timing(), d.amounts())
	for i := range d.Steps {
		checks = append(checks, d.step(i)...)
	}
	for _, c := range checks {
		if !c.ok {
			return &FieldError{c.field, c.message, c.hint}
		}
	}
	return nil
}

// check is one demand on a definition.
type check struct {
	field         string
	ok            bool
	message, hint string
}

func (d Definition) identity() []check {
	return []check{
		{"key", keyPattern.MatchString(d.Key), fmt.Sprintf("%q is no campaign key", d.Key), keyHint},
		{
			"kind", oneOf(d.Kind, Winback, Loyalty, Crosssell),
			fmt.Sprintf("%q is no kind of campaign", d.Kind), "winback, loyalty or crosssell",
		},
		{
			"legal_basis", oneOf(d.LegalBasis, Consent, ExistingCustomer),
			fmt.Sprintf("%q is no legal basis", d.LegalBasis), "consent or existing_customer",
		},
		{
			"categories", d.LegalBasis != ExistingCustomer || len(d.Categories) > 0,
			"existing_customer covers similar goods only, so the advertised categories must be named", "categories: [Coffee]",
		},
		{"categories", !slices.Contains(d.Categories, ""), "a category is empty", ""},
		{"audience", strings.TrimSpace(d.Audience) != "", "a campaign needs a rule for who enters", "audience: orders >= 2"},
		{
			"steps", len(d.Steps) > 0, "a campaign needs at least one step",
			"steps: [{template: winback-reminder}]",
		},
	}
}

func (d Definition) timing() []check {
	zone, zoneErr := loadZone(d.Timezone)
	checks := []check{
		{
			"timezone", zoneErr == nil, fmt.Sprintf("%q is no time zone", d.Timezone),
			"an IANA name, such as Europe/Berlin",
		},
		{
			"window.to", d.Window.From >= 0 && d.Window.From < d.Window.end() && d.Window.end() <= minutesOfDay,
			"the window must end after it begins, on the same day", `from: "09:00", to: "18:00"`,
		},
		{"measure", d.Measure > 0 && d.Measure <= maxDays, "the outcome window is at least 1d, at most 3653d", ""},
		{"reads", len(d.Reads) > 0 && d.Reads[0] == d.Measure, "the first read is the outcome window `measure`", ""},
		{"reads", ascending(d.Reads), "reads grow, at most to 3653d", "reads: [91d, 364d]"},
		{"grace", d.Grace >= 0 && d.Grace <= maxDays, "grace is 0d to 3653d", ""},
		{"cooldown", d.Cooldown >= 0 && d.Cooldown <= maxDays, "cooldown is 0d to 3653d", ""},
		{
			"missed", oneOf(d.Missed, Skip, RunOnce),
			fmt.Sprintf("%q is no policy for missed runs", d.Missed), "skip or run_once",
		},
		{"latest_start", d.LatestStart > 0, "a run needs some time to start", "latest_start: 2h"},
		{"expires", d.Expires > 0, "a mail needs some time to leave", "expires: 24h"},
	}
	if d.Schedule != "" && zoneErr == nil {
		_, err := ParseCron(d.Schedule, zone)
		checks = append(checks, check{"schedule", err == nil, fmt.Sprint(err), `five cron fields, such as "0 9 * * 1-5"`})
	}
	return checks
}

// loadZone finds an IANA zone. "Local" would mean another zone on every machine, and "" UTC by accident.
func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("time zone %q is not a fixed place", name)
	}
	return time.LoadLocation(name)
}

func (d Definition) amounts() []check {
	limited := d.Budget.Mails > 0 || d.Budget.Money > 0
	return []check{
		{"holdout", within(d.Holdout, 0, 0.9), "the control share is 0% to 90%", "holdout: 33%"},
		{"entry.per_day", d.Entry.PerDay >= 0, "cannot be negative", "leave it out to let everybody enter"},
		{"budget.mails", d.Budget.Mails >= 0, "cannot be negative", ""},
		{"budget.money", amount(d.Budget.Money), "cannot be negative", ""},
		{"budget", d.Budget == (Budget{}) || limited, "a budget limits mails, money or both", "budget: {money: 150, per: month}"},
		{
			"budget.per", !limited || oneOf(d.Budget.Per, "day", "week", "month"),
			fmt.Sprintf("%q is no period", d.Budget.Per), "day, week or month",
		},
		{"margin_share", d.MarginShare == nil || within(*d.MarginShare, 0, 1), "is 0% to 100%", ""},
		{"cost_per_mail", d.CostPerMail == nil || amount(*d.CostPerMail), "cannot be negative", ""},
	}
}

func (d Definition) step(i int) []check {
	s, field := d.Steps[i], fmt.Sprintf("steps[%d]", i+1)
	earlier := slices.IndexFunc(d.Steps, func(o Step) bool { return o.Key == s.Key })
	checks := []check{
		{field, keyPattern.MatchString(s.Template), fmt.Sprintf("%q is no template key", s.Template), "template: winback-reminder"},
		{field, keyPattern.MatchString(s.Key), fmt.Sprintf("%q is no step key", s.Key), keyHint},
		{
			field, earlier == i, fmt.Sprintf("the step key %q is taken by step %d", s.Key, earlier+1),
			"give one of them a `key:` of its own",
		},
		{field + ".wait", s.Wait >= 0 && s.Wait <= maxDays, "is 0d to 3653d", ""},
		{field, i == 0 || s.Wait > 0, "a later step needs a wait, or two mails leave at once", "wait: 7d"},
	}
	checks = append(checks, valueChecks(s.Values, field+".values")...)
	if s.Offer == nil {
		return checks
	}
	return append(checks, s.Offer.checks(field+".offer")...)
}

// maxValues bounds the words that a step hands to its template, and maxValue each of them, in bytes.
const (
	maxValues = 20
	maxValue  = 1000
)

var valueName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

func valueChecks(values map[string]string, field string) []check {
	checks := []check{{field, len(values) <= maxValues, fmt.Sprintf("at most %d values", maxValues), ""}}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		checks = append(checks,
			check{field, valueName.MatchString(name), fmt.Sprintf("%q is no name for a value", name), "small letters, digits and _, such as `tier: Gold`"},
			check{field, len(values[name]) <= maxValue && strings.TrimSpace(values[name]) != "", fmt.Sprintf("%s is empty or longer than %d bytes", name, maxValue), ""})
	}
	return checks
}

func (o *Offer) checks(field string) []check {
	some := o.Percent > 0 || o.Amount > 0 || o.Gift != "" || o.FreeShipping || o.Bundle != ""
	return []check{
		{
			field + ".percent", o.Percent == 0 || within(o.Percent, 1, 100),
			"a discount is 1 to 100 per cent", "10 means 10 %",
		},
		{field + ".amount", amount(o.Amount), "cannot be negative", ""},
		{field + ".min_order", amount(o.MinOrder), "cannot be negative", ""},
		{field, o.Percent == 0 || o.Amount == 0, "percent and amount exclude each other", ""},
		{field, some, "an offer gives something", "percent, amount, gift, free_shipping or bundle"},
		{field + ".valid", o.Valid >= 0 && o.Valid <= maxDays, "is 1d to 3653d", ""},
	}
}

// Warnings says what is allowed but probably not meant, one sentence each.
func (d Definition) Warnings() []string {
	var warnings []string
	switch {
	case d.Holdout == 0:
		warnings = append(warnings, "holdout is 0%: without a control group the campaign's effect cannot be measured")
	case d.Holdout < 0.2:
		warnings = append(warnings,
			fmt.Sprintf("holdout is %.4g%%: below 20%% the control group is small and a verdict takes long", d.Holdout*100))
	}
	var waited Days
	for _, s := range d.Steps {
		waited += s.Wait
		if waited >= d.Measure {
			warnings = append(warnings,
				fmt.Sprintf("step %s leaves after %dd, when the outcome window of %dd is over", s.Key, waited, d.Measure))
		}
		if s.Offer != nil && s.Offer.Unique && s.Offer.Valid == 0 {
			warnings = append(warnings, fmt.Sprintf("step %s: its coupons never expire; `valid: 14d` would end them", s.Key))
		}
	}
	if d.Cooldown > 0 && d.Cooldown < d.Measure {
		warnings = append(warnings,
			fmt.Sprintf("cooldown %dd is shorter than the outcome window %dd: a customer's entries overlap", d.Cooldown, d.Measure))
	}
	return warnings
}

func oneOf[T comparable](v T, allowed ...T) bool { return slices.Contains(allowed, v) }

// within is false for NaN.
func within(v, low, high float64) bool { return v >= low && v <= high }

// amount holds for money that can be stored and added up.
func amount(v float64) bool { return within(v, 0, math.MaxInt64/1e6) }

func ascending(reads []Days) bool {
	for i, r := range reads {
		if r <= 0 || r > maxDays || i > 0 && r <= reads[i-1] {
			return false
		}
	}
	return true
}
