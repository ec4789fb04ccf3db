package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// valued is the day on which the shop of [valueShop] is looked at.
const valued = "2026-05-04"

// valueShop imports customers of two channels over two years; those of the costly one order once.
func valueShop(t *testing.T) *shop {
	t.Helper()
	s := newShop(t)
	r := rand.New(rand.NewPCG(1, 2))
	end := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	var customers, orders strings.Builder
	customers.WriteString("customer_id,acquisition_channel\n")
	orders.WriteString("order_id,customer_id,ordered_at,total,tax,cost\n")
	for i := range 240 {
		fmt.Fprintf(&customers, "k%d,%s\n", i, []string{"ads", "friends"}[i%2])
		gap := 15 + 30*r.ExpFloat64()
		for on, k := end.AddDate(0, 0, -r.IntN(700)), 0; !on.After(end); k++ {
			fmt.Fprintf(&orders, "o%d-%d,k%d,%s,%d.00,%d.00,%d.00\n", i, k, i, on.Format(time.RFC3339), 119, 19, 60)
			if i%2 == 0 || r.IntN(9) == 0 {
				break
			}
			on = on.AddDate(0, 0, 1+int(gap*r.ExpFloat64()))
		}
	}
	s.must("import", "customers", s.write("customers.csv", customers.String()))
	s.must("import", "orders", s.write("orders.csv", orders.String()))
	s.args = append(s.args, "--set", "language=en", "--set", "acquisition_cost.ads=50", "--set", "cost_per_order=10")
	return s
}

// TestCustomerValue asks everything that a manager asks, as a manager would.
func TestCustomerValue(t *testing.T) {
	t.Parallel()
	s := valueShop(t)
	doc := s.document(0, "refresh", "--as-of", valued, "--model", "paretonbd")
	if model := doc["model"].(map[string]any); model["name"] == "paretonbd" && (model["outcome"] != "converged" || model["std_err"].(map[string]any)["r"].(float64) <= 0) {
		t.Errorf("model: %v", model)
	}
	s.must("refresh", "--as-of", valued)

	segments := s.document(0, "clv", "segments", "--as-of", valued)
	total := segments["total"].(map[string]any)
	same(t, "basis", pick(segments, "basis", "since"), []any{"margin", nil})
	for _, kind := range []string{"segments", "stages", "tiers"} {
		customers := 0.0
		for _, g := range segments[kind].([]any) {
			g := g.(map[string]any)
			customers += g["customers"].(float64)
			counted := s.document(0, "rules", "count", g["rule"].(string), "--as-of", valued)["matched"]
			same(t, kind+" "+g["name"].(string), g["customers"], counted)
		}
		same(t, kind, any(customers), total["customers"])
	}
	if low, high, value := total["clv_predicted_low"].(float64), total["clv_predicted_high"].(float64), total["clv_predicted"].(float64); !(0 < low && low < value && value < high) {
		t.Errorf("%v to %v around %v", low, high, value)
	}

	channels := s.document(0, "clv", "channels", "--as-of", valued)["channels"].([]any)
	same(t, "channels", pick(channels[0].(map[string]any), "name", "acquisition_cost"), []any{"friends", nil})
	// An order of 119 brings 100 net, less 60 for the goods and 10 for the parcel: 30 of the 50 that an ad costs.
	ads := channels[1].(map[string]any)
	same(t, "ads", pick(ads, "name", "customers", "acquisition_cost", "payback_months"), []any{"ads", 120.0, 50.0, nil})
	if historic := ads["clv_historic"].(float64); math.Abs(historic-30) > 1e-9 {
		t.Errorf("a customer of ads has brought %v, want 30", historic)
	}

	alerts := s.document(0, "clv", "alerts", "--as-of", valued)
	same(t, "young", pick(alerts, "months", "first_alert_possible", "alerts"), []any{0.0, "2026-10-15", []any{}})
	alerts = s.document(0, "clv", "alerts", "--as-of", valued, "--backfill", "12")
	same(t, "backfilled", pick(alerts, "backfilled", "months", "first_alert_possible"), []any{11.0, 11.0, nil})
	moved := s.document(0, "clv", "segments", "--as-of", valued)
	same(t, "since", moved["since"], any("2026-03-31"))
	if len(moved["movement"].(map[string]any)["segments"].([]any)) < 5 {
		t.Errorf("movement: %v", moved["movement"])
	}
}

// TestCustomerValueForPeople reads the pages of both languages.
func TestCustomerValueForPeople(t *testing.T) {
	t.Parallel()
	s := valueShop(t)
	s.must("refresh", "--as-of", valued)
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"clv", "segments"}, []string{"one tenth of them carries", "champions", "defecting", "No earlier month", "Range (90 %)"}},
		{[]string{"clv", "segments", "--set", "language=de"}, []string{"ein Zehntel von ihnen trägt", "Spitzenkunden", "abwandernd", "Noch kein früherer Monat", "Spanne (90 %)"}},
		{[]string{"clv", "channels"}, []string{"friends", "€50.00", "not in", "Margin is net of VAT"}},
		{[]string{"clv", "channels", "--by", "category", "--set", "language=de"}, []string{"erste Kategorie", "(unbekannt)", "Deckungsbeitrag"}},
		{[]string{"clv", "alerts", "--set", "language=de"}, []string{"Noch keine Warnung möglich: 0 von 6", "15.10.2026"}},
		{[]string{"clv", "validate"}, []string{"its place", "Pareto/NBD", "textbook formula", "last purchase", "Revenue per customer", "within 182 days"}},
		{[]string{"clv", "validate", "--set", "language=de", "--holdout", "30w"}, []string{"seinen Platz", "Lehrbuchformel", "geprüft an 07.10.2025 bis 04.05.2026"}},
		{[]string{"customers", "show", "k1"}, []string{"Value", "Rhythm", "expected_next_order_at", "clv, 90 % range", "Person and contact"}},
	} {
		out := s.must(append(c.args, "--as-of", valued)...)
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("%v lacks %q:\n%s", c.args, want, out)
			}
		}
		if strings.Contains(out, "%!") {
			t.Errorf("%v: a phrase lacks its figures:\n%s", c.args, out)
		}
	}
}

// TestSegmentsOfNobody: a shop without orders is told what to do, not that nobody carries 0 %.
func TestSegmentsOfNobody(t *testing.T) {
	t.Parallel()
	out := newShop(t).must("clv", "segments", "--set", "language=en")
	if !strings.Contains(out, "Nobody has ordered yet") || strings.Contains(out, "%") {
		t.Error(out)
	}
}

// TestCalibrationPlot is a picture that stands alone.
func TestCalibrationPlot(t *testing.T) {
	t.Parallel()
	s := valueShop(t)
	path := filepath.Join(s.dir, "plot.svg")
	doc := s.document(0, "clv", "validate", "--as-of", valued, "--split", "2025-10-31", "--svg", path)
	same(t, "stretches", pick(doc, "split", "to", "svg"), []any{"2025-10-31", "2026-05-04", path})
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dots, labels := 0, ""
	decoder := xml.NewDecoder(strings.NewReader(string(data)))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			if x.Name.Local == "circle" {
				dots++
			}
			for _, a := range x.Attr {
				if a.Name.Local == "href" || strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
					t.Errorf("%s %s=%q", x.Name.Local, a.Name.Local, a.Value)
				}
			}
		case xml.CharData:
			labels += string(x) + "\n"
		}
	}
	bins := doc["bins"].(map[string]any)
	customers := 0.0
	for _, b := range bins["frequency"].([]any) {
		n := b.(map[string]any)["customers"].(float64)
		customers += n
		if want := fmt.Sprintf("n=%.0f", n); !strings.Contains(labels, want) {
			t.Errorf("the plot lacks %s", want)
		}
	}
	same(t, "customers in bins", any(customers), doc["customers"])
	for _, want := range []string{"repeat purchases before the split", "days with an order after it, per customer", "predicted (", "prefers-color-scheme:dark"} {
		if !strings.Contains(string(data), want) {
			t.Errorf("the plot lacks %q", want)
		}
	}
	if dots < 2+10 {
		t.Errorf("%d dots", dots)
	}
}

func TestWrongQuestionsOfValue(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"clv", "validate"}, "there is no order"},
		{[]string{"clv", "validate", "--holdout", "6m"}, "want weeks or days"},
		{[]string{"clv", "validate", "--holdout", "3d"}, "want a week or more"},
		{[]string{"clv", "validate", "--holdout", "3w", "--split", "2026-01-01"}, "give one of them"},
		{[]string{"clv", "validate", "--split", "1.1.2026"}, "want a date"},
		{[]string{"clv", "channels", "--by", "city"}, "want channel or category"},
		{[]string{"clv", "alerts", "--backfill", "99"}, "want 1 to 60"},
		{[]string{"config", "--set", "acquisition_cost.=3"}, "there is no setting"},
		{[]string{"clv", "channels", "--set", "acquisition_cost.ads=much"}, "acquisition_cost.ads is"},
		{[]string{"clv", "channels", "--set", "acquisition_cost.ads=-1"}, "want 0 or more"},
		{[]string{"clv", "channels", "--set", "cost_per_order=-1"}, "want 0 or more"},
	} {
		message := s.document(2, c.args...)["error"].(map[string]any)["message"].(string)
		if !strings.Contains(message, c.want) {
			t.Errorf("%v: %s, want %q", c.args, message, c.want)
		}
	}
	// Without any order every page still answers.
	for _, command := range []string{"segments", "channels", "alerts"} {
		s.must("clv", command)
		s.document(0, "clv", command)
	}
}

// TestSettingsOfAFamily come from flags, files and the environment, and are listed.
func TestSettingsOfAFamily(t *testing.T) {
	s := newShop(t)
	t.Setenv("TREUE_ACQUISITION_COST_GOOGLE_ADS", "18")
	file := s.write("treue.yaml", "acquisition_cost:\n  News Letter: 2\n  a.b: 3\n")
	doc := s.document(0, "config", "--config", file, "--set", "acquisition_cost.tv=900")
	got := map[string]any{}
	for _, x := range doc["settings"].([]any) {
		x := x.(map[string]any)
		got[x["key"].(string)] = x["value"]
	}
	for key, want := range map[string]string{"google_ads": "18", "News Letter": "2", "a.b": "3", "tv": "900"} {
		if got["acquisition_cost."+key] != any(want) {
			t.Errorf("acquisition_cost.%s is %v, want %s", key, got["acquisition_cost."+key], want)
		}
	}
}
