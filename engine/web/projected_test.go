package web

import (
	"strings"
	"testing"

	"treue/campaigns/lift"
	"treue/engine"
)

// TestProjectionStandsApart: what a model expects has a line and a range of its own, says how much of such figures came
// true, and never shows beside open windows.
func TestProjectionStandsApart(t *testing.T) {
	t.Parallel()
	r := judgedReport(lift.Works, lift.PlannedRead)
	r.Projection = engine.Projection{Estimate: r.Estimate, CLV: r.Estimate, Kappa: lift.Realised{Kappa: 0.35, Ratio: 0.6, Low: 0.35, High: 0.84, Campaigns: 6}}
	r.Realised = &engine.Realised{WindowDays: 364, Estimate: r.Estimate}
	for language, want := range map[string][]string{
		english: {"Projected for the year after", "Of that counts", "35", "60", "84", "Gain in customer value", "Really banked after 364 days"},
		german:  {"Erwartet im Jahr danach", "Davon zählt", "Zuwachs an Kundenwert", "Nach 364 Tagen"},
	} {
		html := rendered(t, language, newReportView(euros(language), r, 0))
		for _, w := range want {
			if !strings.Contains(html, w) {
				t.Errorf("%q is missing: %s", w, html)
			}
		}
	}
	r.Projection.Kappa = lift.Realised{Missing: lift.TooFewCampaigns, Campaigns: 2}
	if html := rendered(t, english, newReportView(euros(english), r, 0)); strings.Contains(html, "Gain in customer value") || !strings.Contains(html, "none of it counts yet") {
		t.Errorf("an unearned projection counts: %s", html)
	}
	early := judgedReport(lift.TooEarly, lift.NotMatured)
	early.Projection = r.Projection
	if html := rendered(t, english, newReportView(euros(english), early, 0)); strings.Contains(html, "Projected") {
		t.Error("a report with open windows shows a projection")
	}
}
