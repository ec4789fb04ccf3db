package campaigns

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func parsedFull(t *testing.T) Definition {
	t.Helper()
	definitions, err := ParseFile(strings.NewReader(fullFile), Defaults{})
	if err != nil {
		t.Fatal(err)
	}
	return definitions[0]
}

// TestValidate covers what no file can say but code can build.
func TestValidate(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for _, c := range []struct {
		field string
		spoil func(*Definition)
	}{
		{"key", func(d *Definition) { d.Key = strings.Repeat("a", 65) }},
		{"key", func(d *Definition) { d.Key = "-a" }},
		{"categories", func(d *Definition) { d.Categories = []string{""} }},
		{"window.to", func(d *Definition) { d.Window.From = -1 }},
		{"window.to", func(d *Definition) { d.Window.To = minutesOfDay + 1 }},
		{"holdout", func(d *Definition) { d.Holdout = nan }},
		{"measure", func(d *Definition) { d.Measure = maxDays + 1 }},
		{"reads", func(d *Definition) { d.Reads = nil }},
		{"grace", func(d *Definition) { d.Grace = -1 }},
		{"cooldown", func(d *Definition) { d.Cooldown = -1 }},
		{"latest_start", func(d *Definition) { d.LatestStart = 0 }},
		{"expires", func(d *Definition) { d.Expires = 0 }},
		{"entry.per_day", func(d *Definition) { d.Entry.PerDay = -1 }},
		{"budget.mails", func(d *Definition) { d.Budget.Mails = -1 }},
		{"budget.money", func(d *Definition) { d.Budget.Money = nan }},
		{"margin_share", func(d *Definition) { d.MarginShare = &nan }},
		{"cost_per_mail", func(d *Definition) { d.CostPerMail = &nan }},
		{"steps[1]", func(d *Definition) { d.Steps[0].Key = "A" }},
		{"steps[2].wait", func(d *Definition) { d.Steps[1].Wait = -1 }},
		{"steps[2].offer.min_order", func(d *Definition) { d.Steps[1].Offer.MinOrder = nan }},
		{"steps[2].offer.percent", func(d *Definition) { d.Steps[1].Offer.Percent = 101 }},
		{"steps[2].offer.valid", func(d *Definition) { d.Steps[1].Offer.Valid = -1 }},
		{"steps[3].offer.amount", func(d *Definition) { d.Steps[2].Offer.Amount = -5 }},
	} {
		d := parsedFull(t)
		c.spoil(&d)
		var wrong *FieldError
		if err := d.Validate(); !errors.As(err, &wrong) || wrong.Field != c.field {
			t.Errorf("error %v, want one at %s", err, c.field)
		}
	}
	if err := parsedFull(t).Validate(); err != nil {
		t.Errorf("the unspoilt campaign: %v", err)
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says  string
		spoil func(*Definition)
	}{
		{"", func(*Definition) {}},
		{"", func(d *Definition) { d.Holdout = 0.2 }},
		{"below 20%", func(d *Definition) { d.Holdout = 0.19 }},
		{"cannot be measured", func(d *Definition) { d.Holdout = 0 }},
		{"winback-last-call leaves after 28d", func(d *Definition) { d.Measure = 28 }},
		{"never expire", func(d *Definition) { d.Steps[1].Offer.Valid = 0 }},
		{"overlap", func(d *Definition) { d.Cooldown = 30 }},
		{"", func(d *Definition) { d.Cooldown = 0 }},
	} {
		d := parsedFull(t)
		c.spoil(&d)
		got := d.Warnings()
		if c.says == "" && len(got) > 0 || c.says != "" && (len(got) != 1 || !strings.Contains(got[0], c.says)) {
			t.Errorf("warnings %q, want one that says %q", got, c.says)
		}
	}
}
