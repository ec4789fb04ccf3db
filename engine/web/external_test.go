package web_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"treue/campaigns/lift"
	"treue/engine/store"
	"treue/rules/customer"
)

// TestCampaignsThatRanElsewhere: their reports have pages, with a variant's own name and without a share nobody knows.
func TestCampaignsThatRanElsewhere(t *testing.T) {
	t.Parallel()
	s := newShop(t, storeOf(t), nil)
	var exposures []customer.Exposure
	var orders []customer.Order
	for i := range 900 {
		id := fmt.Sprintf("c%d", i)
		arm := []string{"control", "short <b>", "long"}[i%3]
		exposures = append(exposures, customer.Exposure{
			Campaign: "Spring 26", CustomerID: customer.NewID("shop", id), Source: "shop", CustomerExternalID: id, Arm: arm, AssignedAt: opened().AddDate(0, 0, -30),
		})
		if arm == "long" && i%2 == 0 || i%5 == 0 {
			orders = append(orders, s.order(id, "a", opened().AddDate(0, 0, -20+i%9)))
		}
	}
	in := store.Import{Kind: "exposures", Source: "shop", File: "x.csv", Now: opened(), Close: func() (string, int64) { return "", 0 }}
	_, err := s.store.ImportExposures(context.Background(), in, numbered(exposures))
	s.must(err)
	s.importAll(nil, orders)
	reports, err := s.engine.MeasureReports(context.Background(), asked(), nil)
	s.must(err)
	if len(reports) != 2 || reports[0].Arm != "long" || reports[0].Verdict.Code != lift.Works || reports[1].Verdict.Code == lift.Works {
		t.Fatalf("%d reports: %+v", len(reports), reports)
	}
	page := s.page("/reports/Spring%2026")
	wantText(t, page, "h1", "Spring 26")
	if n := len(find(page, "article.report")); n != 2 {
		t.Errorf("%d reports, want one per variant", n)
	}
	words := text(page)
	for _, want := range []string{"long", "short <b>", "by another tool", "Comparison group"} {
		if !strings.Contains(words, want) {
			t.Errorf("%q is missing: %s", want, words)
		}
	}
	wantText(t, s.page("/reports"), "section.reading h2 a", "Spring 26, long", "Spring 26, short <b>")
	if res := s.do(request{path: "/reports/Spring"}); res.StatusCode != http.StatusNotFound {
		t.Errorf("a campaign nobody knows: %s", res.Status)
	}
}
