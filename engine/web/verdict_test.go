package web

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"treue/campaigns"
	"treue/campaigns/lift"
	"treue/engine"
	"treue/engine/store"
)

// judgedReport is a report with a verdict of our choice over arms of a known difference.
func judgedReport(code lift.Code, reason lift.Reason) *engine.Report {
	outcomes := func(n, buyers int64, each float64) lift.Sums {
		b := float64(buyers)
		return lift.Sums{N: n, Y: b * each, Y2: b * each * each, Y3: b * each * each * each}
	}
	r := &engine.Report{
		Campaign: &campaigns.Campaign{Definition: campaigns.Definition{Key: "winback", Name: "Win <b>back</b>", Holdout: 0.33}, Version: 3, Split: 2},
		Split:    2, Arm: "treated", Basis: "margin", WindowDays: 91, Level: 0.96, SRM: 0.42, SRMOK: true,
		Arms: []store.ArmOutcome{
			{Arm: "control", Assigned: 1100, Matured: 1000, Buyers: 100, Orders: 110, Value: 3000, Sums: outcomes(1000, 100, 30)},
			{Arm: "treated", Assigned: 2200, Matured: 2000, Buyers: 400, Orders: 420, Value: 12_020, Sums: outcomes(2000, 400, 30)},
		},
	}
	r.Estimate = lift.Assess(r.Arms[1].Sums, r.Arms[0].Sums, 0.04)
	r.Verdict = lift.Verdict{Code: code, Reason: reason, MaturedShare: 0.909, KnownOn: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)}
	if reason == lift.AnyLook {
		r.Verdict.Sequence = lift.Sequence{Level: 0.99, Diff: 3, SE: 0.5, Low: 1.5, High: 4.5, P: 0.001}
	}
	return r
}

func euros(language string) locale {
	return locale{language: language, zone: time.UTC, currency: "EUR"}
}

// rendered is a report as the page shows it.
func rendered(t *testing.T, language string, v reportView) string {
	t.Helper()
	all, err := loadViews(euros(language))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := all["report"].ExecuteTemplate(&b, "report", v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestNoMoneyBeforeItsTime holds the promise of the reports: where windows are open or arms do not add up, no figure.
func TestNoMoneyBeforeItsTime(t *testing.T) {
	t.Parallel()
	for code, reason := range map[lift.Code]lift.Reason{lift.TooEarly: lift.NotMatured, lift.NotTrustworthy: lift.SampleRatio} {
		for _, language := range []string{german, english} {
			page := rendered(t, language, newReportView(euros(language), judgedReport(code, reason), math.NaN()))
			page = cutMDE(page)
			if strings.Contains(page, "€") || strings.Contains(page, "<svg") || strings.Contains(page, "good") {
				t.Errorf("%s shows money or colour:\n%s", code, page)
			}
		}
	}
}

// cutMDE takes the smallest visible effect out: it says how well one could see, not what was seen.
func cutMDE(page string) string {
	for _, label := range []string{"Kleinste sichtbare Wirkung", "Smallest visible effect"} {
		if before, after, ok := strings.Cut(page, label); ok {
			_, after, _ = strings.Cut(after, "</div>")
			page = before + after
		}
	}
	return page
}

func TestReportViews(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code        lift.Code
		reason      lift.Reason
		tone        string
		shown       bool
		level       string
		percustomer string
	}{
		{lift.Works, lift.PlannedRead, "good", true, "96 %", "+€3.00"},
		{lift.Works, lift.AnyLook, "good", true, "99 %", "+€3.00"},
		{lift.Hurts, lift.PlannedRead, "bad", true, "96 %", "+€3.00"},
		{lift.TooFew, lift.FewControls, "calm", true, "96 %", "+€3.00"},
		{lift.NoLargerEffect, lift.WithinInterval, "calm", true, "96 %", "+€3.00"},
		{lift.TooEarly, lift.NotMatured, "calm", false, "96 %", ""},
		{lift.NotTrustworthy, lift.NotReconciled, "warn", false, "96 %", ""},
	} {
		v := newReportView(euros(english), judgedReport(c.code, c.reason), math.NaN())
		if v.Chip.Tone != c.tone || v.Shown != c.shown || v.Level != c.level || v.PerCustomer != c.percustomer || v.Split != 2 {
			t.Errorf("%s, %s: %+v", c.code, c.reason, v)
		}
		if page := rendered(t, english, v); strings.Contains(page, "<b>") || strings.Contains(page, "NaN") || strings.Contains(page, "%!") {
			t.Errorf("%s, %s:\n%s", c.code, c.reason, page)
		}
	}
}

func TestEarlyLookShowsItsOwnInterval(t *testing.T) {
	t.Parallel()
	v := newReportView(euros(english), judgedReport(lift.Works, lift.AnyLook), 4)
	if v.PerCustomerSpan != "€1.50 to €4.50" || v.TotalSpan != "€3,000 to €9,000" || v.Total != "+€6,000" || !v.TruthInside {
		t.Errorf("%+v", v)
	}
	for _, f := range v.Details {
		if f.Label == "detail.relative" || f.Label == "detail.return" {
			t.Errorf("%s belongs to the planned read", f.Label)
		}
	}
}

func TestTruthOutside(t *testing.T) {
	t.Parallel()
	v := newReportView(euros(german), judgedReport(lift.Works, lift.PlannedRead), 40)
	if v.TruthInside || v.Truth != "+40,00\u00a0€" || !strings.Contains(rendered(t, german, v), "Die Spanne verfehlt sie.") {
		t.Errorf("%+v", v)
	}
	if !strings.Contains(v.Plot.Alt, "eingebaute Wirkung +40,00") {
		t.Errorf("the drawing's words: %s", v.Plot.Alt)
	}
}

func TestUndefinedEstimate(t *testing.T) {
	t.Parallel()
	r := judgedReport(lift.TooFew, lift.FewerThanTwo)
	r.Arms[0].Sums, r.SRM = lift.Sums{}, math.NaN()
	r.Estimate = lift.Assess(r.Arms[1].Sums, r.Arms[0].Sums, 0.04)
	v := newReportView(euros(english), r, math.NaN())
	if page := rendered(t, english, v); v.Shown || strings.Contains(page, "NaN") || strings.Contains(page, "€") {
		t.Errorf("an estimate that is none is shown:\n%s", page)
	}
}

func TestLuckInWords(t *testing.T) {
	t.Parallel()
	l := euros(english)
	for p, want := range map[float64]string{0.1: "about 5 in 100", 0.0199: "fewer than 1 in 100", 0.0201: "about 1 in 100", 1: "about 50 in 100"} {
		if got := l.luck(p); got != want {
			t.Errorf("luck(%g) = %q, want %q", p, got, want)
		}
	}
}
