package engine

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"treue/rules/clv"
	"treue/rules/customer"
	"treue/rules/features"
	"treue/rules/worth"
)

// referenceRows returns the rows of a public data set by column name. The sets are too large, or too unclear in their
// licence, to be part of the repository.
func referenceRows(t *testing.T, path ...string) []map[string]string {
	t.Helper()
	dir := os.Getenv("TREUE_REFERENCE_DATA")
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("TREUE_REFERENCE_DATA is not set: the published tables must be checked in CI")
		}
		t.Skip("TREUE_REFERENCE_DATA is not set: the published tables are not checked")
	}
	f, err := os.Open(filepath.Join(append([]string{dir}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]map[string]string, len(rows)-1)
	for i, r := range rows[1:] {
		out[i] = map[string]string{}
		for j, v := range r {
			out[i][rows[0][j]] = v
		}
	}
	return out
}

// importReference imports an order log.
func (s *shop) importReference(rows []map[string]string, who, when, layout, money string) {
	s.t.Helper()
	all := make([]customer.Order, len(rows))
	for i, r := range rows {
		at, err := time.ParseInLocation(layout, r[when], s.zone)
		s.must(err)
		value, err := strconv.ParseFloat(r[money], 64)
		s.must(err)
		external := fmt.Sprint("o", i)
		all[i] = customer.Order{
			ID: customer.NewID("shop", external), Source: "shop", ExternalID: external, CustomerID: customer.NewID("shop", r[who]),
			CustomerExternalID: r[who], OrderedAt: at, Currency: "EUR", Status: customer.StatusCompleted, Total: int64(math.Round(100 * value)),
		}
	}
	s.importOrders(all...)
}

// cdnowShop opens a shop with the CDNOW sample of Fader and Hardie.
func cdnowShop(t *testing.T) *shop {
	t.Helper()
	rows := referenceRows(t, "cdnow", "cdnow_sample.csv")
	s := newShop(t, nil)
	s.importReference(rows, "sample_id", "date", time.DateOnly, "value")
	s.now = time.Date(1998, 6, 30, 23, 0, 0, 0, s.zone)
	return s
}

// TestPublishedTable goes the whole way, from imported orders to the table of published and independently computed
// figures: 39 weeks to learn from, 39 held out.
func TestPublishedTable(t *testing.T) {
	t.Parallel()
	s := cdnowShop(t)
	v, err := s.Validate(t.Context(), s.now, HoldOut{Split: features.NoDay, Weeks: 39})
	s.must(err)
	if v.Customers != 2357 || v.Orders != 1882 || v.Split.String() != "1997-09-30" || v.End.String() != "1998-06-30" {
		t.Errorf("%d customers, %v orders from %v to %v", v.Customers, v.Orders, v.Split, v.End)
	}
	got := map[string]worth.Method{}
	for _, m := range v.Methods {
		got[m.Name] = m
	}
	for name, want := range map[string]clv.Accuracy{
		clv.NameBGNBD:     {MAE: .785, RMSE: 1.608, Correlation: .626, Ratio: .879, TopShare: .633},
		clv.NameMBGNBD:    {MAE: .765, RMSE: 1.607, Correlation: .627, Ratio: .838, TopShare: .630},
		clv.NameParetoNBD: {MAE: .755, RMSE: 1.603, Correlation: .630, Ratio: .885, TopShare: .629},
		"rate_forward":    {MAE: 1.024, RMSE: 2.212, Correlation: .584, Ratio: 1.56, TopShare: .642},
		"same_again":      {MAE: .897, RMSE: 1.971, Correlation: .577, Ratio: 1.31, TopShare: .623},
	} {
		a := got[name].Orders
		for what, pair := range map[string][2]float64{
			"MAE": {a.MAE, want.MAE}, "RMSE": {a.RMSE, want.RMSE}, "correlation": {a.Correlation, want.Correlation},
			"ratio": {a.Ratio, want.Ratio}, "top fifth": {a.TopShare, want.TopShare},
		} {
			digit := .00055
			if what == "ratio" && pair[1] > 1 {
				digit = .0055
			}
			if !(math.Abs(pair[0]-pair[1]) <= digit) {
				t.Errorf("%s: %s %.5f, published %v", name, what, pair[0], pair[1])
			}
		}
	}
	for name, want := range map[string]float64{clv.NameBGNBD: .339, clv.NameMBGNBD: .775, clv.NameParetoNBD: .774, "bought_within": .771} {
		if a := got[name].Active; math.Abs(a-want) > 5.1e-4 {
			t.Errorf("%s: right of %.4f whether they order, published %v", name, a, want)
		}
	}
	// Money: MAE 29.5 to 30.4, RMSE 71.9 to 72.3, correlation .565 to .572, the total 57.1 to 60.5 of 70.98 thousand.
	for name, top := range map[string]float64{clv.NameBGNBD: .663, clv.NameMBGNBD: .669, clv.NameParetoNBD: .672} {
		a := got[name].Money
		if math.Abs(a.MAE-29.95) > .55 || math.Abs(a.RMSE-72.1) > .25 || math.Abs(a.Correlation-.5685) > .004 || a.Ratio < .80 || a.Ratio > .86 || math.Abs(a.TopShare-top) > .0015 {
			t.Errorf("%s: %+v, want the top fifth to bring %v", name, a, top)
		}
	}
	if past := got["past_spend"].Money; math.Abs(past.TopShare-.663) > .001 || math.Abs(v.Money-70_980) > 10 {
		t.Errorf("past spend finds %v of %v", past.TopShare, v.Money)
	}
	if j := v.Judgement; !j.Earns || j.Forecast != worth.Better || j.Ranking != worth.Tied || v.Methods[0].Name != clv.NameMBGNBD {
		t.Errorf("%s: %+v", v.Methods[0].Name, j)
	}
	actual := []float64{.2367, .697, 1.3925, 1.56, 2.5323, 2.9474, 3.8621, 6.3594}
	for i, b := range v.Frequency {
		if math.Abs(b.Actual-actual[i]) > 5.1e-5 {
			t.Errorf("%d repeats: %v orders, published %v", i, b.Actual, actual[i])
		}
	}
}

// TestOnlineRetail is a shop whose buyers hardly leave: no dropout model is identified, and the page says so.
func TestOnlineRetail(t *testing.T) {
	t.Parallel()
	var rows []map[string]string
	for _, r := range referenceRows(t, "online_retail", "orders.csv") {
		if r["cancelled"] == "0" && r["customer_id"] != "" && !strings.HasPrefix(r["revenue"], "-") {
			rows = append(rows, r)
		}
	}
	s := newShop(t, nil)
	s.importReference(rows, "customer_id", "invoice_date", "2006-01-02 15:04", "revenue")
	v, err := s.Validate(t.Context(), s.now, HoldOut{Split: features.NoDay, Weeks: 14})
	s.must(err)
	m := v.Methods[0]
	if m.Name != clv.NameNBD || m.Fit.Outcome != clv.OutcomeDegenerate && m.Fit.Outcome != clv.OutcomeNotConverged || v.End.String() != "2011-12-09" {
		t.Errorf("%s, %s: %s; until %v", m.Name, m.Fit.Outcome, m.Fit.Reason, v.End)
	}
	for i, pair := range [][2]float64{
		{m.Orders.MAE, .997}, {m.Orders.RMSE, 1.626}, {m.Orders.Correlation, .804}, {m.Orders.Ratio, .756}, {m.Orders.TopShare, .507},
	} {
		if math.Abs(pair[0]/pair[1]-1) > .03 {
			t.Errorf("figure %d is %.4f, want %v within 3 %%", i, pair[0], pair[1])
		}
	}
}

func TestValidateRefusesShortHistories(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	if _, err := s.Validate(t.Context(), s.now, HoldOut{Split: features.NoDay}); !errors.Is(err, ErrShortHistory) {
		t.Errorf("no order: %v", err)
	}
	s.importOrders(orderOf(1, s.now.AddDate(0, 0, -30), 1000), orderOf(1, s.now, 1000))
	for _, o := range []HoldOut{{Split: features.NoDay, Weeks: 3}, {Split: features.DayOf(s.now, s.zone) - 5}} {
		if _, err := s.Validate(t.Context(), s.now, o); !errors.Is(err, ErrShortHistory) || !strings.Contains(err.Error(), "want 14 of each") {
			t.Errorf("%+v: %v", o, err)
		}
	}
	v, err := s.Validate(t.Context(), s.now, HoldOut{Split: features.NoDay})
	s.must(err)
	if v.Customers != 1 || v.Returned != 1 || !v.Judgement.TooFew || v.Split != v.First+15 {
		t.Errorf("half of a month: %+v", v.Validation)
	}
}
