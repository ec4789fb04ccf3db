package report_test

import (
	"bytes"
	"encoding/csv"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"treue/campaigns"
	"treue/campaigns/lift"
	"treue/engine"
	"treue/engine/report"
	"treue/engine/store"
)

var began = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// judged is a report with a verdict of our choice over arms of a known difference of 3 per customer.
func judged(code lift.Code, reason lift.Reason) engine.Report {
	sums := func(n, buyers int64, each float64) lift.Sums {
		b := float64(buyers)
		return lift.Sums{N: n, Y: b * each, Y2: b * each * each, Y3: b * each * each * each}
	}
	arm := func(name string, assigned, n, buyers int64) store.ArmOutcome {
		a := store.ArmOutcome{
			Arm: name, Assigned: assigned, Matured: n, Buyers: buyers, Orders: buyers + 10, Value: float64(buyers)*30 + 20, Sums: sums(n, buyers, 30),
			FirstAt: began, LastAt: began.AddDate(0, 1, 0),
		}
		for i, segment := range []string{"loyal", "at_risk"} {
			s := sums(n/2, buyers/2, 30+float64(i))
			st := store.Stratum{Version: 1, Segment: segment, Joint: lift.Joint{N: s.N}}
			st.Joint.First[0], st.Joint.Second[0], st.Joint.Third[0] = s.Y, s.Y2, s.Y3
			a.Strata = append(a.Strata, st)
		}
		return a
	}
	r := engine.Report{
		Campaign: &campaigns.Campaign{Definition: campaigns.Definition{
			Key: "winback", Kind: campaigns.Winback, Name: "Win <b>back</b>", Holdout: 0.33, Timezone: "UTC", Grace: 28, Audience: "orders >= 2 && p_alive < 0.5",
		}, Version: 3, Split: 1, Status: campaigns.Active, Zone: time.UTC},
		Split: 1, Arm: "treated", Basis: "margin", WindowDays: 28, Level: 0.96, SRM: 0.42, SRMOK: true, Reconciled: true,
		Arms: []store.ArmOutcome{arm("control", 1100, 1000, 100), arm("treated", 2200, 2000, 400)},
		Evidence: store.Evidence{
			Funnel:  store.Funnel{Matched: 5000, Stopped: map[string]int64{"consent": 1500, "cooldown": 200}},
			Conduct: []store.Conduct{{Arm: "control", Customers: 1100, Ghosts: 1100, Reached: 1100}, {Arm: "treated", Customers: 2200, Mails: 2200, Reached: 2190, Unsubscribed: 9, Redeemed: 40, Vouchers: 12_000, Attributed: 990_000}},
		},
		Kept: &engine.Revision{Number: 7, AsOf: began.AddDate(0, 3, 0), Hash: strings.Repeat("ab", 32)},
	}
	for week := 1; week <= 4; week++ {
		for _, a := range []string{"control", "treated"} {
			v := 500 * float64(week)
			r.Evidence.Curve = append(r.Evidence.Curve, store.Week{Arm: a, Week: week, Observed: 1000, Value: 500, Total: v, TotalTwice: v * 30})
		}
	}
	r.Estimate = lift.Assess(r.Arms[1].Sums, r.Arms[0].Sums, 0.04)
	r.Verdict = lift.Verdict{Code: code, Reason: reason, MaturedShare: 0.909}
	switch {
	case reason == lift.AnyLook:
		r.Verdict.Sequence = lift.Sequence{Level: 0.99, Diff: 3, SE: 0.5, Low: 1.5, High: 4.5, P: 0.001}
	case code == lift.TooEarly:
		r.Verdict.KnownOn = began.AddDate(0, 3, 14)
	case code == lift.NoLargerEffect:
		r.Verdict.Bound = 4.1
	}
	return r
}

// verdicts are all that a report can say.
func verdicts() map[lift.Code]lift.Reason {
	return map[lift.Code]lift.Reason{
		lift.Works: lift.PlannedRead, lift.Hurts: lift.PlannedRead, lift.TooEarly: lift.NotMatured, lift.TooFew: lift.TooImprecise,
		lift.NoLargerEffect: lift.WithinInterval, lift.NotTrustworthy: lift.SampleRatio,
	}
}

func options(language string) report.Options {
	return report.Options{Locale: report.Locale{Language: language, Zone: time.UTC, Currency: "EUR"}, Shop: "Rösterei <Nord>"}
}

// written is a document in every form there is.
func written(t *testing.T, reports []engine.Report, o report.Options) map[string]string {
	t.Helper()
	p, err := engine.Review(reports)
	if err != nil {
		t.Fatal(err)
	}
	d := report.Whole(reports, &p, began.AddDate(0, 3, 0), o)
	forms := map[string]string{}
	var b bytes.Buffer
	for form, write := range map[string]func() error{
		"html": func() error { return report.Page(&b, d) }, "text": func() error { return report.PlainText(&b, d, nil) },
		"csv": func() error { return report.CSV(&b, reports, &p) }, "pdf": func() error { return report.PDF(&b, d) },
	} {
		b.Reset()
		if err := write(); err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		forms[form] = b.String()
	}
	return forms
}

// TestEveryVerdictInEveryForm: no fault of a format, no markup out of a name, in both languages.
func TestEveryVerdictInEveryForm(t *testing.T) {
	t.Parallel()
	for code, reason := range verdicts() {
		for _, language := range []string{"de", "en"} {
			forms := written(t, []engine.Report{judged(code, reason), judged(lift.Works, lift.AnyLook)}, options(language))
			for form, content := range forms {
				if form == "pdf" {
					if !strings.HasPrefix(content, "%PDF-1.") || !strings.Contains(content, "/Lang ("+language+")") {
						t.Errorf("%s, %s: not a PDF", code, language)
					}
					continue
				}
				if bad := regexp.MustCompile(`%!|NaN|<nil>|\+Inf`).FindString(content); bad != "" {
					t.Errorf("%s, %s, %s: %q", code, language, form, bad)
				}
			}
			if strings.Contains(forms["html"], "<b>") || !strings.Contains(forms["html"], `<html lang="`+language) {
				t.Errorf("%s, %s: a name is markup, or the language is missing", code, language)
			}
		}
	}
}

// TestNoMoneyBeforeItsTime holds the promise of the reports: where windows are open or arms do not add up, no figure in
// any form. The smallest visible effect says how well one could see, not what was seen.
func TestNoMoneyBeforeItsTime(t *testing.T) {
	t.Parallel()
	for code, reason := range map[lift.Code]lift.Reason{lift.TooEarly: lift.NotMatured, lift.NotTrustworthy: lift.SampleRatio} {
		for _, language := range []string{"de", "en"} {
			r := judged(code, reason)
			mde := report.Locale{Language: language, Zone: time.UTC, Currency: "EUR"}.Money(r.Estimate.MDE)
			forms := written(t, []engine.Report{r}, options(language))
			for _, form := range []string{"html", "text"} {
				if content := strings.ReplaceAll(forms[form], mde, ""); strings.Contains(content, "€") || strings.Contains(content, "<circle") {
					t.Errorf("%s, %s, %s shows money:\n%s", code, language, form, content)
				}
			}
			if csv := forms["csv"]; strings.Contains(csv, "per_customer") || strings.Contains(csv, "sum of outcome") {
				t.Errorf("%s: the table has money:\n%s", code, csv)
			}
		}
	}
}

// TestOrderOfThePage is that in which a manager reads.
func TestOrderOfThePage(t *testing.T) {
	t.Parallel()
	content := written(t, []engine.Report{judged(lift.Works, lift.PlannedRead)}, options("en"))["text"]
	last := -1
	for _, part := range []string{
		"It works", "Keep it running", "Difference per customer", "Against the comparison group", "Caused by the campaign", "Cost and return", "Codes redeemed", "Return per €1",
		"Can it be trusted?", "as drawn", "agrees", "Windows over", "Smallest visible effect", "week by week", "Who is in it", "Match the rule", "without valid consent", "Both groups",
		"Guardrails and pressure", "Unsubscribed", "Cross-checks", "Adjusted", "By segment (exploratory)", "How it was computed", "orders >= 2 && p_alive < 0.5", "winback:s1", "revision 7",
	} {
		at := strings.Index(content, part)
		if at < 0 || at < last {
			t.Errorf("%q stands at %d, what is before it at %d", part, at, last)
		}
		last = max(last, at)
	}
}

// TestEveryAmountHasItsRange: an unproven effect leads with its range, and no row of money lacks one.
func TestEveryAmountHasItsRange(t *testing.T) {
	t.Parallel()
	for code, reason := range verdicts() {
		sections := report.Campaigns([]engine.Report{judged(code, reason)}, func(*engine.Report) string { return "" }, options("en"))
		for _, b := range sections[0].Blocks {
			for _, a := range b.Amounts {
				if !strings.Contains(a.Figure+a.Limits, " to ") || !a.Proven && !strings.Contains(a.Figure, " to ") {
					t.Errorf("%s: %+v", code, a)
				}
			}
		}
	}
	few := judged(lift.TooFew, lift.TooImprecise)
	few.Arms[1].Sums = lift.Sums{N: 2000, Y: 6500, Y2: 6500 * 30, Y3: 6500 * 900}
	few.Estimate = lift.Assess(few.Arms[1].Sums, few.Arms[0].Sums, 0.04)
	for _, b := range report.Campaigns([]engine.Report{few}, func(*engine.Report) string { return "" }, options("en"))[0].Blocks {
		for _, a := range b.Amounts {
			if a.Proven || !strings.HasPrefix(a.Title, "Possible") {
				t.Errorf("an unproven effect is banked: %+v", a)
			}
		}
	}
}

// TestSelfContained: a page that stands alone loads nothing, runs nothing and says its pictures in words and in a table.
func TestSelfContained(t *testing.T) {
	t.Parallel()
	content := written(t, []engine.Report{judged(lift.Works, lift.PlannedRead), judged(lift.TooEarly, lift.NotMatured)}, options("de"))["html"]
	if bad := regexp.MustCompile(`(?i)<script|<link|<img|@import|url\(|https?://|src=|<iframe`).FindString(content); bad != "" {
		t.Errorf("the page has %q", bad)
	}
	doc, err := html.Parse(strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	pictures, tables := 0, 0
	for n := range doc.Descendants() {
		switch n.Data {
		case "svg":
			pictures++
			if role, label := attribute(n, "role"), attribute(n, "aria-label"); role != "img" || len(label) < 20 {
				t.Errorf("a picture without words: %q %q", role, label)
			}
		case "details":
			tables++
		}
	}
	if pictures < 10 || pictures%2 != 0 || tables < 5 {
		t.Errorf("%d pictures in two sizes and %d tables", pictures, tables)
	}
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// TestTokensAgree: the page that stands alone has the colours of the operators' pages.
func TestTokensAgree(t *testing.T) {
	t.Parallel()
	token := regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`)
	tokens := func(path string) []string {
		css, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		screen, _, _ := strings.Cut(string(css), "@page")
		for _, m := range token.FindAllStringSubmatch(screen, -1) {
			all = append(all, m[1]+m[2])
		}
		return all
	}
	house := tokens("../web/static/style.css")
	for _, mine := range tokens("look/alone.css") {
		if !slices.Contains(house, mine) {
			t.Errorf("%s is no colour of the pages", mine)
		}
	}
	css, err := report.Style()
	if err != nil || token.MatchString(css) || regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b`).MatchString(css) {
		t.Errorf("reports have colours of their own: %v", err)
	}
}

// TestPDFIsRepeatable: the same document gives the same bytes, so that two copies can be compared.
func TestPDFIsRepeatable(t *testing.T) {
	t.Parallel()
	reports := []engine.Report{judged(lift.Works, lift.PlannedRead)}
	if one, two := written(t, reports, options("en"))["pdf"], written(t, reports, options("en"))["pdf"]; one != two {
		t.Error("two writings of one document differ")
	}
}

// TestCSVAddsUp: from the sums in the table anybody gets the printed effect.
func TestCSVAddsUp(t *testing.T) {
	t.Parallel()
	r := judged(lift.Works, lift.PlannedRead)
	r.Campaign.Key = "=cmd|' /C calc'!A0"
	rows, err := csv.NewReader(strings.NewReader(written(t, []engine.Report{r}, options("en"))["csv"])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for _, row := range rows[1:] {
		if row[0] != "" && !strings.HasPrefix(row[0], "'=") {
			t.Fatalf("a spreadsheet takes %q for a formula", row[0])
		}
		if v, err := strconv.ParseFloat(row[5], 64); err == nil {
			found[row[4]] = v
		}
	}
	diff := found["treated sum of outcome^1"]/found["treated matured"] - found["control sum of outcome^1"]/found["control matured"]
	if math.Abs(diff-found["per_customer"]) > 1e-12 || math.Abs(found["total"]-diff*2000) > 1e-9 {
		t.Errorf("%v from the sums, %v printed, total %v", diff, found["per_customer"], found["total"])
	}
}

// TestTruthIsShownBeside: an invented shop knows what it planted.
func TestTruthIsShownBeside(t *testing.T) {
	t.Parallel()
	for truth, want := range map[float64]string{3: "The range holds it.", 40: "The range misses it."} {
		o := options("en")
		o.Truth = map[string]float64{"winback": truth}
		content := written(t, []engine.Report{judged(lift.Works, lift.PlannedRead)}, o)["html"]
		if !strings.Contains(content, want) || !strings.Contains(content, "t-planted") {
			t.Errorf("truth %v: %q is missing", truth, want)
		}
	}
}

func TestVariantsAndDrawsHaveNames(t *testing.T) {
	t.Parallel()
	r := judged(lift.Works, lift.PlannedRead)
	r.Campaign.Split, r.Split, r.Arm, r.Arms[1].Arm = 2, 2, "long", "long"
	if got := report.BriefOf(&r, options("de")).Name; got != "Win <b>back</b>, long, Auslosung 2" {
		t.Error(got)
	}
}

func TestEmptyShop(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"de", "en"} {
		content := written(t, nil, options(language))["text"]
		if !strings.Contains(content, "treue run") {
			t.Error(content)
		}
	}
}

// month is a month of a shop with those reports.
func month(t *testing.T, reports ...engine.Report) *engine.Month {
	t.Helper()
	p, err := engine.Review(reports)
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	return &engine.Month{
		From: from, Until: from.AddDate(0, 1, 0), AsOf: from.AddDate(0, 1, 0), Reports: reports, Portfolio: p,
		Orders: store.MonthOrders{Active: 3151, ActiveBefore: 3057, New: 332, Back: 63, Silent: 344, Buyers: 900, Value: 30_000, Repeat: 19_800, Margin: true},
		Shop:   store.Shop{Customers: 14_983, Mailable: 6681, Orders: 40_000, Campaigns: 1},
	}
}

// TestMonthIsNeverEmpty: whatever there is, a page of four parts, in one sheet.
func TestMonthIsNeverEmpty(t *testing.T) {
	t.Parallel()
	worlds := map[string]*engine.Month{"nothing": month(t), "both": month(t, judged(lift.Works, lift.PlannedRead), judged(lift.TooEarly, lift.NotMatured))}
	for code, reason := range verdicts() {
		worlds[string(code)] = month(t, judged(code, reason))
	}
	for name, m := range worlds {
		for language, parts := range map[string][]string{"de": {"Kundenbindung im Juli 2026", "Bitte entscheiden", "Ihre Kunden", "332 neu"}, "en": {"Customer retention in July 2026", "Please decide", "Your customers", "332 new"}} {
			d := report.Month(m, options(language))
			var b bytes.Buffer
			if err := report.PlainText(&b, d, nil); err != nil {
				t.Fatal(err)
			}
			for _, part := range parts {
				if !strings.Contains(b.String(), part) {
					t.Errorf("%s, %s: %q is missing:\n%s", name, language, part, b.String())
				}
			}
			if regexp.MustCompile(`%!|NaN`).MatchString(b.String()) {
				t.Errorf("%s, %s:\n%s", name, language, b.String())
			}
			b.Reset()
			if err := report.OnePage(&b, d); err != nil || strings.Count(b.String(), "/Type /Page\n") != 1 {
				t.Errorf("%s, %s: not one sheet: %v", name, language, err)
			}
		}
	}
}

// TestMonthBeforeTheFirstVerdict says what was done and when the first figures come.
func TestMonthBeforeTheFirstVerdict(t *testing.T) {
	t.Parallel()
	text := func(m *engine.Month, language string) string {
		var b bytes.Buffer
		if err := report.PlainText(&b, report.Month(m, options(language)), nil); err != nil {
			t.Fatal(err)
		}
		return strings.Join(strings.Fields(b.String()), " ")
	}
	early := month(t, judged(lift.TooEarly, lift.NotMatured))
	for language, want := range map[string]string{
		"de": "Noch kein Urteil. Das erste kommt am 18.08.2026; 83 % der Wartezeit sind um. Angeschrieben 2.200, Vergleich 1.100.",
		"en": "No verdict yet. The first comes on 18 Aug 2026; 83 % of the wait is over. Mailed 2,200, comparison 1,100.",
	} {
		if got := text(early, language); !strings.Contains(got, want) || strings.Contains(got, "€") {
			t.Errorf("%q is missing, or money is there:\n%s", want, got)
		}
	}
	empty := month(t)
	empty.Shop = store.Shop{}
	if got := text(empty, "de"); !strings.Contains(got, "treue import customers") {
		t.Error(got)
	}
	started := month(t)
	started.NextRun = began
	if got := text(started, "en"); !strings.Contains(got, "The next run is on 4 May 2026, 12:00") {
		t.Error(got)
	}
}

// TestDecisions: what a manager is asked, with what it is worth as a range.
func TestDecisions(t *testing.T) {
	t.Parallel()
	hurts := judged(lift.Hurts, lift.PlannedRead)
	hurts.Arms[0], hurts.Arms[1] = hurts.Arms[1], hurts.Arms[0]
	hurts.Arms[0].Arm, hurts.Arms[1].Arm = "control", "treated"
	hurts.Estimate = lift.Assess(hurts.Arms[1].Sums, hurts.Arms[0].Sums, 0.04)
	hurts.Campaign.Name = "Beans"
	d := report.Month(month(t, judged(lift.Works, lift.PlannedRead), hurts), options("en"))
	var items []string
	for _, b := range d.Sections[0].Blocks {
		items = append(items, b.Items...)
	}
	if len(items) != 3 || !strings.HasPrefix(items[0], "Stop “Beans”: it costs €") || !strings.Contains(items[1], "Mail 8 instead of 7 in 10") ||
		!strings.Contains(items[1], " to €") || !strings.Contains(items[2], "6,681 of 14,983 customers (44\u00a0%)") {
		t.Errorf("%q", items)
	}
}

// TestLetter is the mail to managers: everything in its text, and a sheet to print.
func TestLetter(t *testing.T) {
	t.Parallel()
	l, err := report.Letter(month(t, judged(lift.Works, lift.PlannedRead)), options("de"))
	if err != nil {
		t.Fatal(err)
	}
	if l.Subject != "Kundenbindung im Juli 2026: „Win <b>back</b>“ wirkt." || strings.Contains(l.HTML, "<b>back") || !strings.Contains(l.Text, "Bitte entscheiden") {
		t.Errorf("%q\n%s", l.Subject, l.HTML)
	}
	if len(l.Attachments) != 1 || l.Attachments[0].Name != "kundenbindung-2026-07.pdf" || !bytes.HasPrefix(l.Attachments[0].Data, []byte("%PDF")) {
		t.Errorf("%d attachments", len(l.Attachments))
	}
	for line := range strings.Lines(l.Text) {
		if n := len([]rune(line)); n > 130 {
			t.Errorf("a line of %d letters: %s", n, line)
		}
	}
}

// TestBothLanguagesTakeTheSame reads the pairs of texts out of the code: each takes the same arguments in both languages.
func TestBothLanguagesTakeTheSame(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	pair := regexp.MustCompile(`(?:say|add)\(\s*"((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)"`)
	verb := regexp.MustCompile(`%(?:\[\d\])?[a-z]`)
	pairs := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		source, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range pair.FindAllStringSubmatch(string(source), -1) {
			pairs++
			if de, en := verb.FindAllString(m[1], -1), verb.FindAllString(m[2], -1); len(de) != len(en) {
				t.Errorf("%s: %q takes %d arguments, %q takes %d", f.Name(), m[1], len(de), m[2], len(en))
			}
		}
	}
	if pairs < 150 {
		t.Errorf("only %d pairs found", pairs)
	}
}

// TestProjectionStandsApart: what a model expects has a line and a range of its own, says how much of such figures came
// true, and never shows beside open windows.
func TestProjectionStandsApart(t *testing.T) {
	t.Parallel()
	r := judged(lift.Works, lift.PlannedRead)
	r.Projection = engine.Projection{Estimate: r.Estimate, CLV: r.Estimate, Kappa: lift.Realised{Kappa: 0.35, Ratio: 0.6, Low: 0.35, High: 0.84, Campaigns: 6}}
	r.Realised = &engine.Realised{WindowDays: 364, Estimate: r.Estimate}
	for language, want := range map[string][]string{
		"en": {"Expected in the year after, not earned", "Of that counts", "35", "60", "84", "Gain in customer value", "come true after 364 days"},
		"de": {"Im Jahr danach erwartet, nicht verdient", "Davon zählt", "Zuwachs an Kundenwert", "Nach 364 Tagen"},
	} {
		text := written(t, []engine.Report{r}, options(language))["text"]
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%q is missing: %s", w, text)
			}
		}
	}
	r.Projection.Kappa = lift.Realised{Missing: lift.TooFewCampaigns, Campaigns: 2}
	if text := written(t, []engine.Report{r}, options("en"))["text"]; strings.Contains(text, "Gain in customer value") || !strings.Contains(text, "none of it counts yet") {
		t.Errorf("an unearned projection counts: %s", text)
	}
	early := judged(lift.TooEarly, lift.NotMatured)
	early.Projection = r.Projection
	if text := written(t, []engine.Report{early}, options("en"))["text"]; strings.Contains(text, "Expected in the year") {
		t.Error("a report with open windows shows a projection")
	}
}

// TestGapToTheHoldout: what the campaigns claim and what the holdout confirms stand beside one another, with ranges.
func TestGapToTheHoldout(t *testing.T) {
	t.Parallel()
	first, second := judged(lift.Works, lift.PlannedRead), judged(lift.Works, lift.PlannedRead)
	p := engine.Portfolio{
		Portfolio: lift.Portfolio{Lines: make([]lift.Line, 2)}, Basis: "margin", Kinds: make([]engine.KindReport, 1), Reports: []*engine.Report{&first, &second},
	}
	gap := lift.Gap{Claimed: lift.Measured{Effect: 9000, SE: 1000}, Confirmed: lift.Measured{Effect: 4000, SE: 1200}, Value: 5000, Low: 1900, High: 8100, Shown: true}
	for _, c := range []struct {
		p    engine.Programme
		want []string
	}{
		{engine.Programme{Period: "2026-Q2", Gap: gap}, []string{"In the quarter 2026-Q2", "€9,000", "confirms", "€4,000", "€5,000", "more than chance"}},
		{engine.Programme{Period: "2026-Q2", Missing: engine.NoHoldout}, []string{"there is no global holdout"}},
		{engine.Programme{Period: "2026-Q2", Missing: lift.NotMatured, KnownOn: began}, []string{"can be read on"}},
		{engine.Programme{Period: "2026-Q2", Missing: engine.NoCampaigns}, []string{"nobody entered"}},
		{engine.Programme{Period: "2026-Q2", Missing: engine.HoldoutLeft}, []string{"was changed"}},
		{engine.Programme{Period: "2026-Q2", Missing: lift.FewerThanTwo}, []string{"too few customers"}},
	} {
		o := options("en")
		o.Programme = &c.p
		var text strings.Builder
		d := &report.Document{Language: "en", At: began, Sections: []report.Section{report.Together(nil, &p, o)}}
		if err := report.PlainText(&text, d, nil); err != nil {
			t.Fatal(err)
		}
		for _, w := range c.want {
			if !strings.Contains(text.String(), w) {
				t.Errorf("%q is missing for %+v: %s", w, c.p, text.String())
			}
		}
	}
}
