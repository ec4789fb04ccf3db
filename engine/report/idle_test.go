package report_test

import (
	"strings"
	"testing"

	"treue/campaigns/lift"
	"treue/engine"
	"treue/engine/report"
)

// idle is the report of a campaign whose mail does nothing: both arms buy alike.
func idle() engine.Report {
	r := judged(lift.NoLargerEffect, lift.WithinInterval)
	for i, buyers := range []float64{401, 810} {
		const each = 40
		a := &r.Arms[i]
		a.Matured, a.Buyers, a.Strata = int64(4000*(i+1)), int64(buyers), nil
		a.Sums = lift.Sums{N: a.Matured, Y: buyers * each, Y2: buyers * each * each, Y3: buyers * each * each * each}
	}
	r.Estimate = lift.Assess(r.Arms[1].Sums, r.Arms[0].Sums, 0.04)
	r.Verdict.Bound = max(-r.Estimate.PrintLow, r.Estimate.PrintHigh)
	return r
}

// TestNothingIsClaimedOfAnIdleCampaign: what mail that does nothing seems to have brought is luck, and no form calls it earned.
func TestNothingIsClaimedOfAnIdleCampaign(t *testing.T) {
	t.Parallel()
	claims := map[string][]string{
		"en": {"It works", "Banked, per customer", "Caused by the campaign"}, "de": {"Es wirkt", "Verdient, je Kunde", "Von der Kampagne verursacht"},
	}
	for language, words := range claims {
		forms := written(t, []engine.Report{idle(), idle()}, options(language))
		for _, form := range []string{"html", "text"} {
			for _, w := range words {
				if strings.Contains(forms[form], w) {
					t.Errorf("%s, %s says %q", language, form, w)
				}
			}
			for _, w := range map[string][]string{"en": {"not proven", "no larger effect"}, "de": {"nicht bewiesen", "keine größere Wirkung"}}[language] {
				if !strings.Contains(forms[form], w) {
					t.Errorf("%s, %s does not say %q", language, form, w)
				}
			}
		}
	}
	r := idle()
	if b := report.BriefOf(&r, options("en")); b.Proven || b.Chip.Tone != report.Calm {
		t.Errorf("%+v", b)
	}
}
