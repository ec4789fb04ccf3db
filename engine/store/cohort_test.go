package store_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"treue/engine/store"
	"treue/rules/customer"
	"treue/rules/features"
)

// TestOrigins adds up two channels and two first categories whose answers are known.
func TestOrigins(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	day := features.DayOf(noon, time.UTC)
	at := func(days int) time.Time { return noon.AddDate(0, 0, days) }
	people := make([]customer.Customer, 4)
	for i := range people {
		people[i] = person(fmt.Sprint("c", i), "")
		people[i].Channel = []string{"ads", "ads", "", "ads"}[i]
	}
	b.customers("people", noon, counts{inserted: 4}, people...)
	paid := func(id, who string, days int, total, tax, cost int64) customer.Order {
		o := order(id, who, at(days), total)
		o.Tax, o.Cost = &tax, &cost
		return o
	}
	b.orders("orders", noon, counts{inserted: 5},
		paid("o1", "c0", -100, 11900, 1900, 4000), // 60 on the first day, less 5 for the order
		paid("o2", "c0", -90, 5950, 950, 2000),    // 30 within the first month
		paid("o3", "c0", -5, 5950, 950, 2000),     // 30 in the fourth month, which is not over
		paid("o4", "c1", -40, 2380, 380, 1000),    // 10
		paid("o5", "c2", -40, 2380, 380, 1000))    // 10
	line := func(no int, orderID, who, category string, price int64) customer.Line {
		l := line(no, orderID, who, "thing", 1)
		l.Category, l.UnitPrice = category, price
		return l
	}
	b.lines("lines", noon, counts{inserted: 4}, line(1, "o1", "c0", "tea", 1000), line(2, "o1", "c0", "beans", 9000), line(1, "o2", "c0", "pots", 9000),
		line(1, "o4", "c1", "tea", 100))
	rows := make([]features.Snapshot, 4)
	for i := range rows {
		s := &rows[i]
		features.Blank(s)
		s.CustomerID, s.Source, s.ExternalID = people[i].ID, "shop", people[i].ExternalID
		if i < 3 { // c3 has not ordered
			s.Orders, s.Revenue, s.CLVHistoric, s.CLVPredicted = int64(3-i), 100, 50, 10
		}
	}
	rows[0].AcquisitionCost = 20
	slices.SortFunc(rows, func(a, b features.Snapshot) int { return int(min(1, max(-1, a.CustomerID-b.CustomerID))) })
	set := b.publish(noon, rows)
	set.Day = day
	terms := store.Terms{Zone: time.UTC, CostPerOrder: 5}
	get := func(by string, margin bool) map[string]store.Origin {
		all, err := b.Origins(b.ctx(), set, store.View{Now: noon, Zone: time.UTC}, terms, by, margin)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]store.Origin{}
		for _, o := range all {
			found[o.Name] = o
		}
		return found
	}
	channels := get("channel", true)
	ads := channels["ads"]
	if len(channels) != 2 || ads.Customers != 2 || ads.Orders != 5 || ads.Revenue != 200 || ads.Historic != 100 || ads.Predicted != 20 || ads.Priced != 1 || ads.Cost != 20 || ads.PricedCLV != 60 {
		t.Errorf("%+v", ads)
	}
	// c0 was watched for three whole months, c1 for one.
	if !slices.Equal(ads.Seen[:5], []int64{2, 2, 1, 1, 0}) || !nearly(ads.Earned[:5], 55+5, 25, 0, 0, 0) {
		t.Errorf("seen %v, earned %v", ads.Seen[:5], ads.Earned[:5])
	}
	if none := channels[""]; none.Customers != 1 || !nearly(none.Earned[:2], 5, 0) {
		t.Errorf("without a channel: %+v", none)
	}
	if revenue := get("channel", false)["ads"]; !nearly(revenue.Earned[:2], 119+23.8, 59.5) {
		t.Errorf("revenue %v", revenue.Earned[:2])
	}
	var names []string
	for name, o := range get("category", true) {
		names = append(names, fmt.Sprint(name, o.Customers))
	}
	slices.Sort(names)
	if got := strings.Join(names, " "); got != "1 beans1 tea1" {
		t.Errorf("first categories %q: want the dearest of the first order, and one customer without", got)
	}
	if _, err := b.Origins(b.ctx(), set, store.View{Now: noon, Zone: time.UTC}, terms, "city", true); err == nil {
		t.Error("origins by city")
	}
}

func nearly(got []float64, want ...float64) bool {
	return slices.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })
}

// TestCostPerOrder is taken off the margin of every order that counts, refunded or not, and of no other.
func TestCostPerOrder(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	at := time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC)
	full, refunded, cancelled := order("1", "c1", at, 5000), order("2", "c1", at.Add(time.Hour), 3000), order("3", "c1", at.Add(2*time.Hour), 900)
	for _, o := range []*customer.Order{&full, &refunded, &cancelled} {
		o.Cost = new(int64(1000))
	}
	refunded.Refund, refunded.RefundedAt = 3000, new(at.Add(3*time.Hour))
	cancelled.Status, cancelled.CancelledAt = customer.StatusCancelled, new(at.Add(3*time.Hour))
	b.orders("orders", at, counts{inserted: 3}, full, refunded, cancelled)
	b.assign("c1", "treated", at)
	w := b.window(10, 5)
	w.CostPerOrder = 4.5
	b.freeze(w, at.AddDate(0, 1, 0), 1)
	if got := value[float64](b.bench, `SELECT margin FROM outcomes`); math.Abs(got-(40-2*4.5)) > 1e-9 {
		t.Errorf("margin of the outcome %v, want 31", got)
	}
	all, err := b.Aggregates(b.ctx(), at.AddDate(0, 1, 0), store.Terms{Zone: time.UTC, CostPerOrder: 4.5})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(a store.Aggregate) bool { return a.CustomerID == id("c1") })
	if got := all[i].Margin; math.Abs(got-31) > 1e-9 {
		t.Errorf("margin of the snapshot %v, want 31", got)
	}
}
