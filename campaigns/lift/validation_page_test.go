package lift_test

import (
	"flag"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// update rewrites README.md from the recorded run: go test ./campaigns/lift -run ValidationPage -args -update.
var update = flag.Bool("update", false, "write README.md anew")

// TestValidationPage keeps the page and the recorded run from drifting apart. The run is recorded by .ci/validate.
func TestValidationPage(t *testing.T) {
	t.Parallel()
	record, err := os.ReadFile("testdata/validation.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := validationPage(t, strings.Split(strings.TrimSpace(string(record)), "\n"))
	if *update {
		if err := os.WriteFile("README.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("README.md is not what the recorded run says; run: go test ./campaigns/lift -run ValidationPage -args -update")
	}
}

// validated is one validation as the page tells it. Figures come from the lines of the run alone.
type validated struct {
	id, what, limit string
	figures         func(lines []string) string
}

func validations() []validated {
	return []validated{
		{"V1", "useless campaigns, 24 cells: 4,000 and 20,000 customers, 50 to 5 % control, raw, adjusted, capped", "false wins ≤ 3.2 %, false losses ≤ 3.8 % in every cell", func(l []string) string {
			return fmt.Sprintf("wins ≤ %.1f %%, losses ≤ %.1f %% (Welch: wins up to %.1f %%)", most(l, `false wins ([\d.]+)`), most(l, `losses ([\d.]+) % \(`), most(l, `Welch ([\d.]+) /`))
		}},
		{"V2", "coverage of a known effect", "≥ 94 % at 0 and +25 %, ≥ 92 % at −25 %; −50 % is reported only", func(l []string) string {
			var parts []string
			for _, effect := range []string{`\+0`, `\+25`, `\+50`, `-25`, `-50`} {
				parts = append(parts, fmt.Sprintf("%s %%: %.1f %%", strings.Trim(effect, `\`), least(l, `effect +`+effect+` %: covers ([\d.]+)`)))
			}
			return "lowest at " + strings.Join(parts, ", ")
		}},
		{"V3", "a useless campaign read at 4, 12 and 30 looks", "verdicts ≤ 5 %; a fixed interval, as proof that the test bites, ≥ 13 %", func(l []string) string {
			return fmt.Sprintf("verdicts ≤ %.1f %%, fixed interval up to %.1f %%", most(l, `verdicts ([\d.]+)`), most(l, `fixed interval ([\d.]+)`))
		}},
		{"V4", "power at the promised smallest effect", "80 ± 3 % where the effect adds variance", func(l []string) string {
			return fmt.Sprintf("power %.1f to %.1f %%", least(l, `MDE [\d.]+, power ([\d.]+)`), most(l, `MDE [\d.]+, power ([\d.]+)`))
		}},
		{"V5", "sample ratio with a part of one arm lost", "0.1 ± 0.1 % when nothing is lost", func(l []string) string {
			return fmt.Sprintf("nothing lost: %.2f %%; a tenth of the control lost, 24,000 customers: %.1f %%", most(l, `, 0 % of it lost: seen ([\d.]+)`), most(l, `N 24000.*seen ([\d.]+)`))
		}},
		{"V6", "campaigns over the same customers, through the engine", "mean error within 3 Monte-Carlo errors of 0, coverage ≥ 94 %; one salt for two campaigns fails", asPrinted},
		{"V7", "ghost sends under a cap of one mail a week, through the engine", "the first campaign's effect as if it stood alone; without ghost rows not", asPrinted},
		{"V8", "up to eight entries, with and without carry-over, through the engine", "the policy's effect is found, no arm changes", asPrinted},
		{"V9", "staggered entry and late refunds, through the engine", "sums and verdict are those of an oracle; corrections are revisions", asPrinted},
		{"V10", "extra orders, orders pulled forward, revival, through the engine", "banked within 2 standard errors; kappa < 0.3 where the projection is false", asPrinted},
		{"V11", "200 campaigns, 160 of them useless", "false discoveries ≤ 10 %, coverage of the selected ≥ 90 %, error of the shrunken sum ≤ 0.6 of the raw one", func(l []string) string {
			return fmt.Sprintf("FDR %.1f %%, coverage %.1f %%, RMSE %.2f of raw", most(l, `FDR ([\d.]+)`), most(l, `coverage ([\d.]+)`), most(l, `RMSE ([\d.]+)`))
		}},
		{"V12", "coupons used on orders that come anyway, discounts in control, through the engine", "net margin equals the ledger to the cent", asPrinted},
		{"V13", "campaigns that ran elsewhere, imported with their orders", "every printed figure is that of a direct computation from the files", asPrinted},
	}
}

func validationPage(t *testing.T, lines []string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("# Is the lift right?\n\n" +
		"Invented shops whose true effects are known, at full size and with fixed seeds. V1 to V5 and V11 draw campaigns for the estimators alone; the\n" +
		"others go through the whole engine: rules, gates, ghost sends, mail, frozen outcomes and their sums in SQL. A short form of each runs with\n" +
		"every `go test`; `.ci/validate` runs the full one and writes this page.\n\n| | what | limit | measured |\n|---|---|---|---|\n")
	for _, v := range validations() {
		mine := slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return !strings.HasPrefix(l, v.id+" ") })
		measured := "not recorded"
		if len(mine) > 0 {
			measured = v.figures(mine)
		}
		if strings.Contains(measured, "NaN") || strings.Contains(measured, "Inf") {
			t.Errorf("%s: a figure is missing: %s", v.id, measured)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", v.id, v.what, v.limit, measured)
	}
	b.WriteString("\n## What the run printed\n\n```\n" + strings.Join(lines, "\n") + "\n```\n")
	return b.String()
}

// asPrinted gives the lines as they are.
func asPrinted(lines []string) string {
	parts := make([]string, len(lines))
	for i, l := range lines {
		_, parts[i], _ = strings.Cut(l, " ")
	}
	return strings.Join(parts, "<br>")
}

// figuresOf are the numbers that a pattern finds, one per line.
func figuresOf(lines []string, pattern string) (all []float64) {
	find := regexp.MustCompile(pattern)
	for _, l := range lines {
		if m := find.FindStringSubmatch(l); m != nil {
			if x, err := strconv.ParseFloat(m[1], 64); err == nil {
				all = append(all, x)
			}
		}
	}
	return all
}

func most(lines []string, pattern string) float64 {
	x := math.Inf(-1)
	for _, f := range figuresOf(lines, pattern) {
		x = math.Max(x, f)
	}
	return x
}

func least(lines []string, pattern string) float64 {
	x := math.Inf(1)
	for _, f := range figuresOf(lines, pattern) {
		x = math.Min(x, f)
	}
	return x
}
