package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"treue/engine/store"
	"treue/rules"
	"treue/rules/customer"
	"treue/rules/features"
	"treue/rules/worth"
)

// quietSince is when the regulars of [regulars] fall silent.
const quietSince = 50

// regulars imports n customers who order about every 25 days for up to 500 days, every fourth of them once only; half of
// those who have ordered six times fall silent in the last days, if they are to.
func (s *shop) regulars(n int, fall bool) {
	s.t.Helper()
	r := rand.New(rand.NewPCG(5, 6))
	channels := []string{"ads", "Search", "", "friends"}
	var people []customer.Customer
	var orders []customer.Order
	for i := range n {
		people = append(people, customer.Customer{ID: id(i), Source: "shop", ExternalID: name(i), Channel: channels[i%4]})
		day, worth := -500+r.Float64()*500, 20+30*r.ExpFloat64()
		rate := 18 * (0.5 + r.ExpFloat64()/2)
		for k := 0; day < 0; k++ {
			if !fall || k < 6 || day < -quietSince || r.IntN(10) < 2 {
				o := orderOf(i, s.now.Add(time.Duration(24*day*float64(time.Hour))).Truncate(time.Second), int64(100*worth*(0.6+0.8*r.Float64())))
				o.Cost = new(o.Total / 2)
				orders = append(orders, o)
			}
			if i%4 == 0 || r.IntN(14) == 0 {
				break
			}
			day += 1 + rate*r.ExpFloat64()
		}
	}
	_, err := s.Store().ImportCustomers(s.t.Context(), s.intake("customers"), testKeys().Pepper, numbered(people))
	s.must(err)
	s.importOrders(orders...)
}

// count is how many customers a rule matches.
func (s *shop) count(source string) int64 {
	s.t.Helper()
	rule, err := rules.Compile(source)
	s.must(err)
	c, err := s.Count(s.t.Context(), s.now, rule, store.Auto, false)
	s.must(err)
	return c.Matched
}

// TestValueByGroup: every figure is that of the rule language, sums fit together, and a second look gives the same digits.
func TestValueByGroup(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.regulars(600, false)
	_, err := s.Refresh(t.Context(), s.now, "auto", true)
	s.must(err)
	v, err := s.Value(t.Context(), s.now)
	s.must(err)
	sums := map[string]*worth.Holding{"segment": {}, "stage": {}, "tier": {}}
	for i := range v.Groups {
		g := &v.Groups[i]
		if n := s.count(g.Rule); n != g.Customers {
			t.Errorf("%s %s: %d customers, its rule matches %d", g.Kind, g.Name, g.Customers, n)
		}
		if !(g.PredictedLow <= g.Predicted && g.Predicted <= g.PredictedHigh) {
			t.Errorf("%s %s: %v is not in %v to %v", g.Kind, g.Name, g.Predicted, g.PredictedLow, g.PredictedHigh)
		}
		sums[g.Kind].Customers += g.Customers
		sums[g.Kind].Predicted += g.Predicted
		sums[g.Kind].Historic += g.Historic
		sums[g.Kind].Revenue += g.Revenue
	}
	for kind, sum := range sums {
		if sum.Customers != v.All.Customers || !near(sum.Predicted, v.All.Predicted, 1e-9) || !near(sum.Historic, v.All.Historic, 1e-9) || !near(sum.Revenue, v.All.Revenue, 1e-9) {
			t.Errorf("%ss add up to %+v, the shop is %+v", kind, sum, v.All)
		}
	}
	if v.Basis != "margin" || v.All.Customers != 600 || !near(v.CLV.Total, v.All.CLV(), 1e-9) || !near(v.All.Historic, v.All.Revenue/2, 1e-3) {
		t.Errorf("%s, %+v", v.Basis, v.All)
	}
	if half := (v.All.PredictedHigh - v.All.PredictedLow) / 2; !(half > 0.01*v.All.Predicted && half < 0.2*v.All.Predicted) {
		t.Errorf("%v to %v around %v", v.All.PredictedLow, v.All.PredictedHigh, v.All.Predicted)
	}
	again, err := s.Value(t.Context(), s.now)
	s.must(err)
	if again.All.PredictedLow != v.All.PredictedLow || again.All.PredictedHigh != v.All.PredictedHigh || v.Previous != nil {
		t.Errorf("a second look: %v to %v, %v to %v; before: %+v", v.All.PredictedLow, v.All.PredictedHigh, again.All.PredictedLow, again.All.PredictedHigh, v.Previous)
	}
}

// TestAlertsOfAFallingShop finds what was planted, and nothing in the same shop without it.
func TestAlertsOfAFallingShop(t *testing.T) {
	t.Parallel()
	for _, fall := range []bool{true, false} {
		t.Run(fmt.Sprint("fall ", fall), func(t *testing.T) {
			t.Parallel()
			s := newShop(t, nil)
			s.regulars(900, fall)
			_, err := s.Refresh(t.Context(), s.now, "auto", true)
			s.must(err)
			young := s.alerts()
			if young.First != addMonths(monthOf(young.Set.Day), 5)+14 || len(young.Watched.Alerts) != 0 || young.Signals != 0 {
				t.Errorf("with one month: %+v", young)
			}
			shown := 0
			added, err := s.Backfill(t.Context(), s.now, 12, func(features.Day) { shown++ })
			s.must(err)
			if added != 11 || shown != 12 {
				t.Errorf("%d months added, %d shown: the present one is remembered already", added, shown)
			}
			if again, err := s.Backfill(t.Context(), s.now, 12, func(features.Day) {}); err != nil || again != 0 {
				t.Errorf("once more: %d, %v", again, err)
			}
			a := s.alerts()
			worries := map[string]worth.Alert{}
			for i, x := range a.Watched.Alerts {
				if x.Worry {
					worries[string(x.Signal)+x.Name] = x
				}
				if n := s.count(x.Rule); n != a.Counts[i] {
					t.Errorf("%s: %d customers, the rule matches %d", x.Rule, a.Counts[i], n)
				}
			}
			if a.First != features.NoDay || a.Signals < 14 {
				t.Errorf("%d signals, first alert %v", a.Signals, a.First)
			}
			if !fall {
				if len(worries) > 0 {
					t.Errorf("a steady shop worries: %+v", worries)
				}
				return
			}
			champions, reorders := worries["segment_clvchampions"], worries["reorder_rate"]
			if champions.Change() > -0.2 || champions.Up || s.count(champions.Rule) < 20 {
				t.Errorf("champions: %+v in %+v", champions, worries)
			}
			if reorders.Value > reorders.Expected-0.1 || reorders.Since < a.Set.Day-quietSince-35 {
				t.Errorf("reorders: %+v", reorders)
			}
			v, err := s.Value(t.Context(), s.now)
			s.must(err)
			moved := int64(0)
			for _, m := range v.Segments {
				moved += m.Customers
			}
			if v.Previous == nil || v.Previous.Month != monthOf(a.Set.Day)-30 || moved != v.All.Buyers {
				t.Errorf("previous %+v, %d of %d customers in the matrix", v.Previous, moved, v.All.Buyers)
			}
		})
	}
}

func (s *shop) alerts() *Alerts {
	s.t.Helper()
	v, err := s.Value(s.t.Context(), s.now)
	s.must(err)
	a, err := s.Alerts(s.t.Context(), v)
	s.must(err)
	return a
}

// TestBackfillIsWhatARefreshWouldHaveRemembered compares with a shop that was refreshed on the day itself.
func TestBackfillIsWhatARefreshWouldHaveRemembered(t *testing.T) {
	t.Parallel()
	then := newShop(t, nil)
	then.regulars(300, false)
	month := addMonths(monthOf(features.DayOf(then.now, then.zone)), -2)
	_, err := then.Refresh(t.Context(), month.Start(then.zone).Add(-time.Microsecond), "auto", false)
	then.must(err)
	later := newShop(t, nil)
	later.regulars(300, false)
	_, err = later.Backfill(t.Context(), later.now, 3, func(features.Day) {})
	later.must(err)
	const rows = `SELECT md5(string_agg(concat_ws(' ', customer_id, round(clv_historic::numeric, 6), round(clv_predicted::numeric, 6), segment, tier, stage, next_order_on), ',' ORDER BY customer_id))
		FROM clv_history WHERE month = $1`
	// The refresh of the last instant of a month is the first of that month, too.
	a, b := one[string](then, rows, (month-1).Date().AddDate(0, 0, 1-(month-1).Date().Day())), one[string](later, rows, month.Date())
	if a != b || a == "" {
		t.Errorf("history %q when refreshed, %q when made up for", a, b)
	}
	if n := one[int64](later, `SELECT count(*) FROM snapshot_sets WHERE slot = 'private'`); n != 0 {
		t.Errorf("%d private sets are left", n)
	}
	if n := one[int64](later, `SELECT count(*) FROM clv_months WHERE due IS NOT NULL`); n != 2 {
		t.Errorf("%d months are closed, want the two that are over", n)
	}
}

func TestRefreshRemembersTheMonthOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(20, nil)
	for range 2 {
		r, err := s.Refresh(t.Context(), s.now, "auto", true)
		s.must(err)
		if got := one[string](s, `SELECT string_agg(month || ' ' || day || ' ' || customers, ', ') FROM clv_months`); got != "2026-05-01 2026-05-04 20" {
			t.Errorf("remembered %s", got)
		}
		if n := one[int64](s, `SELECT count(*) FROM clv_history h JOIN snapshots_a a USING (customer_id) WHERE h.tier = a.tier AND h.stage IS NOT NULL`); n != 20 && r.Set.ID == 1 {
			t.Errorf("%d customers in the history", n)
		}
		s.days(3)
	}
	s.days(30)
	_, err := s.Refresh(t.Context(), s.now, "auto", true)
	s.must(err)
	if n := one[int64](s, `SELECT count(*) FROM clv_history`); n != 40 {
		t.Errorf("%d rows of history after two months, want 40", n)
	}
	if got := one[string](s, `SELECT string_agg(coalesce(due::text, 'open'), ' ' ORDER BY month) FROM clv_months`); got != "0 open" {
		t.Errorf("closed months: %s", got)
	}
}

// TestChannelsAgainstTheirCost: costs come from the customer, else from the channel's setting in any case of letters.
func TestChannelsAgainstTheirCost(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(c *Config) {
		c.AcquisitionCosts = map[string]float64{"ads": 25, "search": 2}
		c.CostPerOrder, c.CostPerMail = 3, 0.5
	})
	s.regulars(400, false)
	s.sql(`UPDATE customers SET acquisition_cost = 5000 WHERE external_id = 'k0'`)
	_, err := s.Refresh(t.Context(), s.now, "auto", true)
	s.must(err)
	c, err := s.Channels(t.Context(), s.now, "channel")
	s.must(err)
	found := map[string]Channel{}
	buyers, value := int64(0), 0.0
	for _, x := range c.Channels {
		found[x.Name] = x
		buyers += x.Customers
		value += x.Historic + x.Predicted
	}
	v, err := s.Value(t.Context(), s.now)
	s.must(err)
	if buyers != v.All.Buyers || !near(value, v.All.CLV(), 1e-9) || c.Basis != "margin" {
		t.Errorf("channels add up to %d buyers and %v of %s, the shop has %d and %v", buyers, value, c.Basis, v.All.Buyers, v.All.CLV())
	}
	ads, search, friends := found["ads"], found["Search"], found["friends"]
	if want := (99*25 + 50) / 100.0; !near(ads.AcquisitionCost, want, 1e-9) || ads.Priced != 100 || !near(ads.Ratio, ads.CLV/want, 1e-9) {
		t.Errorf("ads cost %v, want %v; %+v", ads.AcquisitionCost, want, ads.Origin)
	}
	if search.AcquisitionCost != 2 || search.Payback != 0 || !(search.CLV > ads.CLV) {
		t.Errorf("search: %+v", search)
	}
	// Customers of ads order once, so what they bring after the first day never grows.
	if ads.Payback != -1 && ads.Curve[0] < ads.AcquisitionCost || !near(ads.Curve[len(ads.Curve)-1], ads.Curve[0], 1e-9) {
		t.Errorf("ads are paid back after %d months along %v", ads.Payback, ads.Curve)
	}
	if !math.IsNaN(friends.AcquisitionCost) || !math.IsNaN(friends.Ratio) || friends.Payback != -1 || friends.Small {
		t.Errorf("friends: %+v", friends)
	}
	// One meaning: a rule sees the channel's cost, too.
	if n := s.count(`channel == "ads" && acquisition_cost == 25`); n != 99 {
		t.Errorf("%d customers cost 25", n)
	}
	// The cost of orders is in the margin everywhere.
	if !near(v.All.Historic, v.All.Revenue/2-3*one[float64](s, `SELECT count(*)::float8 FROM orders`), 1e-3) {
		t.Errorf("margin %v of revenue %v", v.All.Historic, v.All.Revenue)
	}
	if by, err := s.Channels(t.Context(), s.now, "category"); err != nil || len(by.Channels) != 1 || by.Channels[0].Name != "" {
		t.Errorf("by category, of orders without lines: %+v, %v", by, err)
	}
}
