package web_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"treue/engine"
	"treue/rules/features"
)

// valueShows holds the page to what the engine says of the published set.
func valueShows(t *testing.T, s *shop) {
	ctx := t.Context()
	state, err := s.engine.ValueState(ctx)
	s.must(err)
	o, err := s.engine.Overview(ctx, state.Set)
	s.must(err)
	page := s.page("/value")
	words := text(page)
	for _, want := range []string{
		"Customer value", "In twelve months the 792 buyers will probably bring", "90 % range", "One tenth of them carries",
		"No alert is possible yet: 1 of the 6 months needed are known", "since 4 May 2026",
		"A carries the first half of the value", "What acquisition costs is told by the setting",
	} {
		if !strings.Contains(words, want) {
			t.Errorf("the page lacks %q: %s", want, words)
		}
	}
	tables := find(page, "table.groups")
	if len(tables) != 3 || len(find(page, "table.channels tbody tr")) != 1 {
		t.Fatalf("%d tables of groups", len(tables))
	}
	for i, kind := range []string{"segment", "tier", "stage"} {
		var want []string
		for j := range o.Value.Groups {
			g := &o.Value.Groups[j]
			if g.Kind == kind && (g.Customers > 0 || g.Before.Customers > 0) {
				name := engine.GroupName(g.Name, "en")
				if kind == "tier" {
					name = strings.ToUpper(name)
				}
				want = append(want, fmt.Sprintf("%s %d", name, g.Customers))
			}
		}
		rows := find(tables[i], "tbody tr")
		if len(rows) != len(want) {
			t.Errorf("%s: %d rows, want %v", kind, len(rows), want)
			continue
		}
		for j, row := range rows {
			if got := text(row); !strings.HasPrefix(got, want[j]+" ") {
				t.Errorf("%s: row %q, want %s", kind, got, want[j])
			}
		}
	}
	if path := attribute(find(page, "figure.curve path.line")[0], "d"); !regexp.MustCompile(`^M0 220(L[\d.]+ [\d.]+)+L400\.0 0\.0$`).MatchString(path) {
		t.Errorf("the curve runs along %s", path)
	}
	if len(find(page, "figure.curve circle")) != 3 {
		t.Error("the curve lacks its marks")
	}
	if active := find(page, `a[aria-current="page"]`); len(active) != 1 || attribute(active[0], "href") != "/value" {
		t.Error("the menu does not show where the page is")
	}
}

// TestAlertsOnThePage shows worries first, each with the rule of the customers behind it, escaped.
func TestAlertsOnThePage(t *testing.T) {
	t.Parallel()
	s := newShop(t, storeOf(t), nil).fill()
	_, err := s.engine.Refresh(t.Context(), asked(), "auto", true)
	s.must(err)
	_, err = s.engine.Backfill(t.Context(), asked(), 12, func(features.Day) {})
	s.must(err)
	page := s.page("/value")
	alerts := find(page, "article.alert")
	if len(alerts) == 0 {
		t.Fatalf("no alert: %s", text(page))
	}
	ctx := t.Context()
	state, err := s.engine.ValueState(ctx)
	s.must(err)
	o, err := s.engine.Overview(ctx, state.Set)
	s.must(err)
	if len(alerts) != len(o.Alerts.Watched.Alerts) {
		t.Fatalf("%d alerts are shown, there are %d", len(alerts), len(o.Alerts.Watched.Alerts))
	}
	for i, a := range o.Alerts.Watched.Alerts {
		chip, rule := "good news", find(alerts[i], "pre.rule code")
		if a.Worry {
			chip = "worry"
		}
		if text(find(alerts[i], "span.chip")[0]) != chip || len(rule) != 1 || text(rule[0]) != a.Rule {
			t.Errorf("alert %d: %s, want %s with %s", i, text(alerts[i]), chip, a.Rule)
		}
		if want := fmt.Sprintf("%d customers behind it", o.Alerts.Counts[i]); !strings.Contains(text(alerts[i]), want) {
			t.Errorf("alert %d: %s, want %s", i, text(alerts[i]), want)
		}
	}
	if words := text(page); !strings.Contains(words, "quantities worr") && !strings.Contains(words, "Nothing worries") {
		t.Errorf("no sentence about the alerts: %s", words)
	}
}
