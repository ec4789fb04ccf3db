package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"treue/campaigns/lift"
)

// exposed is a customer of a campaign that ran elsewhere, as its files tell it.
type exposed struct {
	id, arm string
	at      time.Time
	orders  []bought
}

type bought struct {
	at            time.Time
	total, refund float64
	cancelled     bool
}

// elsewhere invents a campaign with these arms over the end of daylight saving.
func elsewhere(seed uint64, n int, arms ...string) []exposed {
	r := rand.New(rand.NewPCG(seed, 1))
	start := time.Date(2025, 10, 20, 7, 0, 0, 0, time.UTC)
	all := make([]exposed, n)
	for i := range all {
		at := start.Add(time.Duration(r.IntN(9*24*60)) * time.Minute)
		e := exposed{id: fmt.Sprint("k", i), arm: arms[r.IntN(len(arms))], at: at}
		for range r.IntN(4) {
			o := bought{at: at.Add(time.Duration(r.IntN(40*24*60)-12*24*60) * time.Minute), total: math.Round(math.Exp(3+r.NormFloat64())*100) / 100}
			if e.arm != "control" {
				o.total = math.Round(o.total*120) / 100
			}
			if r.IntN(8) == 0 {
				o.refund = math.Round(o.total*50) / 100
			}
			o.cancelled = r.IntN(15) == 0
			e.orders = append(e.orders, o)
		}
		all[i] = e
	}
	return all
}

// files writes the two files of a campaign.
func (s *shop) files(campaign string, all []exposed) (exposures, orders string) {
	s.t.Helper()
	var x, o strings.Builder
	x.WriteString("campaign,customer_id,arm,assigned_at\n")
	o.WriteString("order_id,customer_id,ordered_at,total,refund,status\n")
	for _, e := range all {
		fmt.Fprintf(&x, "%s,%s,%s,%s\n", campaign, e.id, e.arm, e.at.Format(time.RFC3339))
		for i, b := range e.orders {
			status := "completed"
			if b.cancelled {
				status = "cancelled"
			}
			fmt.Fprintf(&o, "%s-%d,%s,%s,%.2f,%.2f,%s\n", e.id, i, e.id, b.at.Format(time.RFC3339), b.total, b.refund, status)
		}
	}
	return s.write("exposures.csv", x.String()), s.write("orders.csv", o.String())
}

// fromFiles computes an arm's outcomes from the files alone: revenue of fourteen calendar days in Berlin.
func fromFiles(t *testing.T, all []exposed, arm string) (outcomes []float64, buyers int) {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.arm != arm {
			continue
		}
		end := e.at.In(zone).AddDate(0, 0, 14)
		y, n := 0.0, 0
		for _, b := range e.orders {
			if !b.at.Before(e.at) && b.at.Before(end) && !b.cancelled {
				y += b.total - b.refund
				n++
			}
		}
		outcomes = append(outcomes, y)
		if n > 0 {
			buyers++
		}
	}
	return outcomes, buyers
}

// TestCampaignsThatRanElsewhere holds every printed figure to a direct computation from the files, with two arms and
// with three.
func TestCampaignsThatRanElsewhere(t *testing.T) {
	t.Parallel()
	for name, arms := range map[string][]string{"two arms": {"control", "treated"}, "three arms": {"control", "short", "long"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			all := elsewhere(7, 900, arms...)
			exposures, orders := s.files("Herbst 2025", all)
			// Without the orders nobody has bought; they may come in after a first look.
			same(t, "exposures", pick(s.document(0, "import", "exposures", exposures), "inserted", "rejected"), []any{900.0, 0.0})
			s.document(0, "report", "Herbst 2025", "--window", "14d", "--as-of", "2026-01-31")
			s.document(0, "import", "orders", orders)
			doc := s.document(0, "report", "Herbst 2025", "--window", "14d", "--as-of", "2026-01-31")
			reports, _ := doc["reports"].([]any)
			same(t, "reports", len(reports), len(arms)-1)
			for _, one := range reports {
				r, _ := one.(map[string]any)
				checkDirect(t, all, r)
			}
			if !t.Failed() {
				t.Logf("V13 %d customers in %s: every figure of %d reports is that of the files", len(all), name, len(reports))
			}
			same(t, "twice changes nothing", pick(s.document(0, "import", "exposures", exposures), "inserted", "updated", "unchanged"), []any{0.0, 0.0, 900.0})
			same(t, "default window", first(s.document(0, "report", "Herbst 2025", "--as-of", "2026-01-31"), "reports")["window_days"], any(30.0))
			same(t, "no campaign of our own", pick(s.document(0, "campaigns", "list"), "campaigns"), []any{[]any{}})
			if doc["portfolio"] != nil {
				t.Errorf("a programme without campaigns: %v", doc["portfolio"])
			}
		})
	}
}

// checkDirect compares a report with the same figures from the files.
func checkDirect(t *testing.T, all []exposed, r map[string]any) {
	t.Helper()
	arm, _ := r["arm"].(string)
	treated, treatedBuyers := fromFiles(t, all, arm)
	control, controlBuyers := fromFiles(t, all, "control")
	want := lift.Assess(lift.SumsOf(treated), lift.SumsOf(control), 0.05)
	banked, _ := r["banked"].(map[string]any)
	relative, _ := banked["relative"].(map[string]any)
	total, low, high := want.Total()
	for what, pair := range map[string][2]any{
		"per customer": {banked["per_customer"], want.Diff}, "low": {banked["low"], want.PrintLow}, "high": {banked["high"], want.PrintHigh},
		"total": {banked["total"], total}, "total low": {banked["total_low"], low}, "total high": {banked["total_high"], high},
		"p": {banked["p_value"], want.PValue}, "mde": {r["mde"], want.MDE},
		"relative": {relative["value"], want.Relative.Value}, "relative low": {relative["low"], want.Relative.Low},
	} {
		got, _ := pair[0].(float64)
		wanted, _ := pair[1].(float64)
		if math.Abs(got-wanted) > 1e-9*math.Max(1, math.Abs(wanted)) {
			t.Errorf("%s: %s is %v, directly %v", arm, what, got, wanted)
		}
	}
	same(t, arm+": level, basis, window", pick(r, "level", "basis", "window_days"), []any{0.95, "revenue", 14.0})
	sides, _ := r["arms"].([]any)
	for i, want := range [][]any{
		{"control", float64(len(control)), float64(len(control)), 0.0, float64(controlBuyers)},
		{arm, float64(len(treated)), float64(len(treated)), 0.0, float64(treatedBuyers)},
	} {
		side, _ := sides[i].(map[string]any)
		same(t, "arm", pick(side, "arm", "assigned", "matured", "pending", "buyers"), want)
	}
	ratio, _ := r["srm"].(map[string]any)
	if p, ok := ratio["p_value"].(float64); !ok || p < 0.001 || ratio["ok"] != true {
		t.Errorf("sample ratio %v", ratio)
	}
	verdict := lift.Judge(lift.VerdictInput{
		Treated: lift.SumsOf(treated), Control: lift.SumsOf(control), TreatedBuyers: int64(treatedBuyers), ControlBuyers: int64(controlBuyers),
		PlannedEndReached: true, SRMOK: true, Reconciled: true, External: true,
	})
	same(t, arm+": verdict", pick(r, "verdict", "sentence"), []any{string(verdict.Code), lift.Sentence(verdict, want, spoken(), "EUR")})
}

// TestCampaignsThatLackAnArm holds that a report says what is missing, beside those that lack nothing, too.
func TestCampaignsThatLackAnArm(t *testing.T) {
	t.Setenv("LC_ALL", "C") // the sentences are English, whoever runs this
	s := newShop(t)
	s.must("campaigns", "apply", s.write("back.yaml", someCampaign))
	for name, arms := range map[string][]string{"whole": {"control", "treated"}, "left": {"control"}, "sent": {"short", "long"}} {
		exposures, _ := s.files(name, elsewhere(7, 60, arms...))
		s.must("import", "exposures", exposures)
	}
	const left, sent, none, back = "left: all of its customers (60) are in the arm control", "sent: of its customers (60) nobody is in the arm control",
		"nobody was in an arm of this campaign by then", "The campaign back has chosen nobody yet"
	const on, early = "2026-01-31", "2024-01-31"
	for _, test := range []struct {
		asOf       string
		keys       []string
		reports    int
		says, hush []string
	}{
		{on, []string{"left"}, 0, []string{left, "`treue import exposures`"}, []string{sent, none, "whole", "back"}},
		{on, []string{"sent"}, 2, []string{"sent, long (sent)", sent}, []string{left, none}},
		{on, []string{"whole"}, 1, []string{"whole (whole)"}, []string{left, sent, none, "in the arm"}},
		{on, []string{"whole", "left", "back"}, 1, []string{"whole (whole)", left, back}, []string{sent}},
		{on, nil, 3, []string{"whole (whole)", left, sent}, []string{back, "nobody has entered a campaign"}},
		{early, []string{"left"}, 0, []string{"left: " + none}, []string{left}},
	} {
		args := append([]string{"report", "--as-of", test.asOf}, test.keys...)
		out := strings.Join(strings.Fields(s.must(args...)), " ") // however its lines are broken
		for _, want := range test.says {
			if !strings.Contains(out, want) {
				t.Errorf("%q says\n%s\nwant %s", args, out, want)
			}
		}
		for _, never := range test.hush {
			if strings.Contains(out, never) {
				t.Errorf("%q says\n%s\nand should not say %s", args, out, never)
			}
		}
		reports, _ := s.document(0, args...)["reports"].([]any)
		same(t, fmt.Sprintf("%q: reports", args), len(reports), test.reports)
	}
}

// TestExposuresThatAreRefused: a second arm and a campaign of our own.
func TestExposuresThatAreRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.must("campaigns", "apply", s.write("back.yaml", someCampaign))
	file := s.write("exposures.csv", `campaign,customer_id,arm,assigned_at
spring,k1,Control,2025-03-03
spring,k1,treated,2025-03-04
spring,k1,control,2025-03-05
spring,k2,long,2025-03-02T10:00:00Z
spring,k2,short,2025-03-01T10:00:00Z
back,k1,treated,2025-03-01
`)
	doc := s.document(0, "import", "exposures", file)
	same(t, "counts", pick(doc, "rows", "inserted", "updated", "unchanged", "rejected"), []any{6.0, 2.0, 0.0, 1.0, 3.0})
	rejects, err := os.ReadFile(doc["rejects_file"].(string))
	for _, want := range []string{
		"customer k1 is in the arm control of campaign spring already: the first exposure counts, this one says treated",
		"customer k2 is in the arm short of campaign spring already: the first exposure counts, this one says long",
		"campaign back is one of your own",
	} {
		if err != nil || !strings.Contains(string(rejects), want) {
			t.Errorf("rejects %v\n%s\nwant %s", err, rejects, want)
		}
	}
	earlier := s.write("earlier.csv", "campaign,customer_id,arm,assigned_at\nspring,k1,control,2025-03-01\nspring,k2,long,2025-01-01\n")
	same(t, "earlier", pick(s.document(0, "import", "exposures", earlier), "inserted", "updated", "rejected"), []any{0.0, 1.0, 1.0})
	code, _, errOut := s.run("report", "sprint")
	if code != 2 || !strings.Contains(errOut, `did you mean "spring"?`) {
		t.Errorf("a mistyped name: exit %d, %s", code, errOut)
	}
	if code, _, errOut = s.run("report", "spring", "--window", "two weeks"); code != 2 || !strings.Contains(errOut, "want days such as 14d") {
		t.Errorf("a window in words: exit %d, %s", code, errOut)
	}
	if code, _, _ = s.run("campaigns", "apply", s.write("spring.yaml", strings.Replace(someCampaign, "key: back", "key: spring", 1))); code == 0 {
		t.Error("a campaign of our own took the name of one that ran elsewhere")
	}
}
