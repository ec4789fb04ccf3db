package engine

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"treue/engine/store"
	"treue/rules"
	"treue/rules/customer"
	"treue/rules/features"
)

// TestEvaluatorsAgreeOnRealShops evaluates every rule of the readings, and some that name what these shops sold, over
// real orders: in memory in one pass, in SQL one by one.
func TestEvaluatorsAgreeOnRealShops(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("TREUE_REFERENCE_DATA")
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("TREUE_REFERENCE_DATA is not set")
		}
		t.Skip("TREUE_REFERENCE_DATA names no folder with real shops")
	}
	t.Run("CDNOW", func(t *testing.T) {
		t.Parallel()
		s := newShop(t, nil)
		s.importOrders(cdnow(t, filepath.Join(dir, "cdnow", "cdnow_master.csv"))...)
		s.now = time.Date(1998, 7, 1, 0, 0, 0, 0, s.zone)
		s.agree(corpus(t))
	})
	t.Run("Online Retail", func(t *testing.T) {
		t.Parallel()
		s := newShop(t, nil)
		orders, lines := onlineRetail(t, filepath.Join(dir, "online_retail", "online_retail.csv.gz"))
		s.importOrders(orders...)
		_, err := s.Store().ImportLines(t.Context(), s.intake("lines"), numbered(lines))
		s.must(err)
		s.now = time.Date(2011, 12, 9, 23, 0, 0, 0, s.zone)
		s.agree(append(corpus(t), `bought("White")`, `bought_within("RED", 90) && !bought("pink")`, `times_bought("set", 200) >= 2`,
			`units_bought("white", 365) > 12`, `spent_on("Pink", 300) > 20`, `due_in("white") in -30..30`, `days_since_bought("Red") > 100`,
			`bought_product("85123A")`, `favourite_category == "WHITE" || next_category == "RED"`, `was_in_segment("champions", 60) && segment != "champions"`))
	})
}

// corpus are the rules of the readings.
func corpus(t *testing.T) (sources []string) {
	t.Helper()
	text, err := os.ReadFile("../rules/testdata/readings.txt")
	if err != nil {
		t.Fatal(err)
	}
	for block := range strings.SplitSeq(string(text), "\n\n") {
		rule, _, _ := strings.Cut(strings.TrimSpace(block), "\nde ")
		if _, err := rules.Compile(rule); err == nil {
			sources = append(sources, rule)
		}
	}
	if len(sources) < 200 {
		t.Fatalf("only %d rules", len(sources))
	}
	return sources
}

// agree compares the ids of every rule.
func (s *shop) agree(sources []string) {
	s.t.Helper()
	set, err := s.Snapshots(s.t.Context(), s.now)
	s.must(err)
	view := s.view(s.now)
	all := make([]*rules.Rule, len(sources))
	for i, source := range sources {
		all[i], err = rules.Compile(source)
		s.must(err)
		view.Needs = view.Needs.Join(all[i].Needs())
	}
	view.Needs = view.Needs.Join(rules.Needs{Columns: []string{"source", "external_id"}})
	want := make([][]store.ShopID, len(all))
	day, customers := features.DayOf(s.now, s.zone), 0
	s.must(s.Store().EachSnapshot(s.t.Context(), set, view, func(snapshot *features.Snapshot) error {
		customers++
		for i, rule := range all {
			if rule.Match(snapshot, day) {
				want[i] = append(want[i], store.ShopID{Source: snapshot.Source, ExternalID: snapshot.ExternalID})
			}
		}
		return nil
	}))
	telling := 0
	for i, rule := range all {
		got, err := s.IDs(s.t.Context(), s.now, rule, store.SQL)
		s.must(err)
		if ids := idsOf(want[i]); !slices.Equal(got, ids) {
			s.t.Errorf("%s: %d in SQL, %d in memory", rule.Source(), len(got), len(ids))
		}
		if len(got) > 0 && len(got) < customers {
			telling++
		}
	}
	s.t.Logf("%d customers, %d rules, %d of them hold for some and not for others", customers, len(all), telling)
	if telling < 60 {
		s.t.Errorf("only %d rules tell customers apart", telling)
	}
}

func cdnow(t *testing.T, path string) (orders []customer.Order) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i, row := range records(t, f) {
		day, err := time.Parse(time.DateOnly, row[1])
		if err != nil {
			t.Fatal(err)
		}
		orders = append(orders, realOrder(strconv.Itoa(i), row[0], day.Add(10*time.Hour), minor(t, row[len(row)-1])))
	}
	return orders
}

// onlineRetail sums the lines to orders; a line's category is the first word of its description. Returns are left out.
func onlineRetail(t *testing.T, path string) (orders []customer.Order, lines []customer.Line) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	place := map[string]int{}
	for _, row := range records(t, z) {
		quantity, err := strconv.Atoi(row[3])
		if err != nil {
			t.Fatal(err)
		}
		price := minor(t, row[5])
		if who, known := strings.CutSuffix(row[6], "\r"); quantity <= 0 || price < 0 || who == "" || known {
			continue
		}
		at, err := time.Parse("2006-01-02 15:04", row[4][:16])
		if err != nil {
			t.Fatal(err)
		}
		i, known := place[row[0]]
		if !known {
			i = len(orders)
			place[row[0]] = i
			orders = append(orders, realOrder(row[0], row[6], at, 0))
		}
		o := &orders[i]
		o.Total += int64(quantity) * price
		category, _, _ := strings.Cut(row[2], " ")
		lines = append(lines, customer.Line{
			OrderID: o.ID, CustomerID: o.CustomerID, ProductID: customer.NewID("shop", row[1]), No: len(lines) + 1, Source: "shop",
			OrderExternalID: o.ExternalID, CustomerExternalID: o.CustomerExternalID, ExternalProductID: row[1],
			Category: category, Quantity: float64(quantity), UnitPrice: price,
		})
	}
	return orders, lines
}

func realOrder(external, who string, at time.Time, total int64) customer.Order {
	return customer.Order{
		ID: customer.NewID("shop", external), CustomerID: customer.NewID("shop", who), Source: "shop", ExternalID: external, CustomerExternalID: who,
		OrderedAt: at, Currency: "EUR", Status: customer.StatusCompleted, Total: total, Discount: total % 3,
	}
}

func minor(t *testing.T, text string) int64 {
	t.Helper()
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return int64(math.Round(100 * value))
}

// records returns the rows of a file without its header.
func records(t *testing.T, f io.Reader) [][]string {
	t.Helper()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(fmt.Errorf("read a reference file: %w", err))
	}
	return rows[1:]
}
