package web

import (
	"strings"
	"testing"

	"treue/campaigns/lift"
	"treue/engine"
)

// TestCompanionsAreSentences: beside a verdict that is shown, and nowhere else.
func TestCompanionsAreSentences(t *testing.T) {
	t.Parallel()
	r := judgedReport(lift.Works, lift.PlannedRead)
	r.Adjusted = lift.Adjusted{Estimate: r.Estimate, Reduction: 0.25, Strata: 2}
	capped := lift.AssessCapped(r.Arms[1].Sums, r.Arms[0].Sums, 180, 7, 0.04)
	r.Capped = &capped
	for language, want := range map[string][]string{
		english: {"Cross-checks", "with 25", "cut (7 customers)"}, german: {"Gegenproben", "mit 25", "gekappt (7 Kunden)"},
	} {
		html := rendered(t, language, newReportView(euros(language), r, 0))
		for _, w := range want {
			if !strings.Contains(html, w) {
				t.Errorf("%q is missing: %s", w, html)
			}
		}
	}
	early := judgedReport(lift.TooEarly, lift.NotMatured)
	early.Adjusted, early.Capped = r.Adjusted, r.Capped
	if html := rendered(t, english, newReportView(euros(english), early, 0)); strings.Contains(html, "Cross-checks") {
		t.Error("a report with open windows shows a cross-check")
	}
}

func TestTogetherNeedsTwo(t *testing.T) {
	t.Parallel()
	var p reportsPage
	if err := p.together(euros(english), []engine.Report{*judgedReport(lift.Works, lift.PlannedRead)}); err != nil || p.All != "" || p.Kinds != nil {
		t.Errorf("one report makes a programme: %+v, %v", p, err)
	}
}
