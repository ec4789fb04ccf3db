package store_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"treue/campaigns"
	"treue/engine/store"
	"treue/rules/customer"
)

// assign puts a customer into an arm of the first split of a campaign, as a plan would.
func (b *campaignBench) assign(who, arm string, at time.Time) {
	b.Helper()
	b.exec(`INSERT INTO assignments VALUES ($1, 'winback', 1, 1, $2, 0.5, 0.33, $3, 1, NULL, false)`, id(who), arm, at)
}

// window is the campaign's shortest read: W days and g days of grace in Berlin.
func (b *campaignBench) window(days, grace int) store.Window {
	b.Helper()
	return store.Window{CampaignKey: "winback", Split: 1, Days: days, Grace: grace, Zone: berlin(b.T), Terms: store.Terms{Zone: time.UTC}}
}

func (b *campaignBench) freeze(w store.Window, now time.Time, want int64) {
	b.Helper()
	if got, err := b.Freeze(b.ctx(), w, now, nil); err != nil || got != want {
		b.Errorf("froze %d, %v; want %d", got, err, want)
	}
}

func TestWindowsEndAtTheSameLocalTime(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	zone := berlin(t)
	// The window spans the end of daylight saving on 25 October, the grace its start on 28 March.
	at := time.Date(2026, 10, 20, 15, 30, 0, 0, zone)
	end := time.Date(2026, 10, 30, 15, 30, 0, 0, zone)
	ripe := time.Date(2027, 3, 30, 15, 30, 0, 0, zone)
	w := b.window(10, 151)
	orders := []customer.Order{}
	for i, o := range []time.Time{at.Add(-time.Second), at, end.Add(-time.Second), end} {
		orders = append(orders, order(fmt.Sprint("o", i), "c1", o, int64(math.Pow10(i+2))))
	}
	b.orders("orders", end.AddDate(0, 0, 1), counts{inserted: 4}, orders...)
	b.assign("c1", "treated", at)
	b.freeze(w, ripe.Add(-time.Second), 0)
	o, err := b.Arms(b.ctx(), w, ripe.Add(-time.Second))
	arms, margin := o.Arms, o.Margin
	if err != nil || margin || len(arms) != 1 || arms[0].Assigned != 1 || arms[0].Pending() != 1 || !arms[0].NextMatures.Equal(ripe) {
		t.Fatalf("before: %+v, %v", arms, err)
	}
	b.freeze(w, ripe, 1)
	b.freeze(w, ripe.AddDate(1, 0, 0), 0)
	o, err = b.Arms(b.ctx(), w, ripe)
	arms = o.Arms
	if err != nil || arms[0].Matured != 1 || arms[0].Orders != 2 || arms[0].Buyers != 1 || arms[0].Value != 10+100 || arms[0].NextMatures != nil || !arms[0].LastMatures.Equal(ripe) {
		t.Errorf("after: %+v, %v", arms, err)
	}
	if early, err := b.Arms(b.ctx(), w, ripe.Add(-time.Second)); err != nil || early.Arms[0].Matured != 0 {
		t.Errorf("as known a second earlier: %+v, %v", early, err)
	}
}

func TestOutcomesFreezeWithTheirRefunds(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	at := time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC)
	ripe := at.AddDate(0, 0, 10+5)
	dated := func(who string, change func(*customer.Order)) customer.Order {
		o := order("o "+who, who, at.AddDate(0, 0, 1), 1000)
		change(&o)
		return o
	}
	tests := map[string]struct {
		change func(*customer.Order)
		orders int64
		value  float64
	}{
		"plain":               {func(*customer.Order) {}, 1, 10},
		"refund just in time": {func(o *customer.Order) { o.Refund, o.RefundedAt = 300, new(ripe.Add(-time.Second)) }, 1, 7},
		"refund too late":     {func(o *customer.Order) { o.Refund, o.RefundedAt = 300, new(ripe.Add(time.Second)) }, 1, 10},
		"cancelled just in time": {func(o *customer.Order) {
			o.Status, o.CancelledAt = customer.StatusCancelled, new(ripe.Add(-time.Second))
		}, 0, 0},
		"cancelled too late": {func(o *customer.Order) {
			o.Status, o.CancelledAt = customer.StatusCancelled, new(ripe.Add(time.Second))
		}, 1, 10},
		"test": {func(o *customer.Order) { o.Status = customer.StatusTest }, 0, 0},
	}
	for name, test := range tests {
		b.orders(name, at.AddDate(0, 0, 1), counts{inserted: 1}, dated(name, test.change))
		b.assign(name, "treated", at)
	}
	w := b.window(10, 5)
	b.freeze(w, ripe.AddDate(0, 0, 30), int64(len(tests)))
	for name, test := range tests {
		if got := value[string](b.bench, `SELECT concat_ws(' ', orders, revenue, revision, matured_at = $2) FROM outcomes WHERE customer_id = $1`, id(name), ripe); got != fmt.Sprintf("%d %v 1 t", test.orders, test.value) {
			t.Errorf("%s: %s", name, got)
		}
	}
	late := dated("plain", func(o *customer.Order) { o.Refund, o.RefundedAt = 900, new(at.AddDate(0, 0, 2)) })
	b.orders("a refund that nobody knew of", ripe.AddDate(0, 0, 31), counts{updated: 1}, late)
	b.freeze(w, ripe.AddDate(0, 0, 40), 1)
	b.freeze(w, ripe.AddDate(0, 0, 41), 0)
	const revisions = `SELECT string_agg(concat_ws(' ', revision, revenue, coalesce(replaced_at = $2, false)), ', ' ORDER BY revision) FROM outcomes WHERE customer_id = $1`
	if got := value[string](b.bench, revisions, id("plain"), ripe.AddDate(0, 0, 40)); got != "1 10 t, 2 1 f" {
		t.Errorf("revisions of the corrected outcome: %s", got)
	}
	o, err := b.Arms(b.ctx(), w, ripe.AddDate(0, 0, 41))
	if err != nil || o.Arms[0].Matured != int64(len(tests)) || o.Arms[0].Value != 1+7+10+0+10+0 {
		t.Errorf("the arm counts %+v, %v", o.Arms, err)
	}
	after := dated("plain", func(o *customer.Order) { o.Refund, o.RefundedAt = 1000, new(ripe.AddDate(0, 0, 3)) })
	b.orders("what came back after the grace", ripe.AddDate(0, 0, 42), counts{updated: 1}, after)
	b.freeze(w, ripe.AddDate(0, 0, 43), 0)
	b.orders("somebody's next order", ripe.AddDate(0, 0, 42), counts{inserted: 1}, order("next", "plain", ripe.AddDate(0, 0, 42), 5000))
	b.freeze(w, ripe.AddDate(0, 0, 43), 0)
	if n := value[int64](b.bench, `SELECT count(*) FROM stale_outcomes`); n != 0 {
		t.Errorf("%d outcomes are still doubted", n)
	}
}

// sums are one arm's customers as a plain loop counts them.
type sums struct {
	n, orders, buyers int64
	margin, revenue   []float64 // less the cost of mail, one per customer
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(b)) }

// accepted gives a treated customer up to three accepted mails and returns what those within the window cost.
func (b *campaignBench) accepted(r *rapid.T, who string, split int, at time.Time) (cost float64) {
	b.Helper()
	b.exec(`INSERT INTO entries VALUES ($1, 'winback', 1, $2, 1, 'treated', $3, 1)`, id(who), split, at)
	for i := range rapid.IntRange(0, 3).Draw(r, "mails") {
		sent := at.AddDate(0, 0, rapid.IntRange(0, 12).Draw(r, "sent on"))
		b.exec(`INSERT INTO sends (customer_id, campaign_key, entry, step_key, step_no, version, arm, state, reason, message_id, basis, evidence, planned_at,
			due_at, attempts, unknowns, first_attempt_at, last_attempt_at, finished_at)
			VALUES ($1, 'winback', 1, $2, $3, 1, 'treated', 'accepted', '', $2, '', '', $4, $4, 1, 0, $4, $4, $4)`, id(who), fmt.Sprint("s", i), i+1, sent)
		if sent.Before(at.AddDate(0, 0, 10)) {
			cost += 0.05
		}
	}
	return cost
}

// TestArmsEqualTheirDefinition compares the sums with those of a plain loop over random orders, costs and mails.
func TestArmsEqualTheirDefinition(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	at := time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC)
	split := 1
	rapid.Check(t, func(r *rapid.T) {
		split++
		b.exec(`INSERT INTO campaign_splits VALUES ('winback', $1, 0.33, $2)`, split, at)
		w := b.window(10, 5)
		w.Split, w.CostPerMail = split, 0.05
		if rapid.Bool().Draw(r, "has margin share") {
			w.MarginShare = new(0.4)
		}
		want := map[string]*sums{}
		known := true
		for i := range rapid.IntRange(1, 4).Draw(r, "customers") {
			who := fmt.Sprintf("s%dc%d", split, i)
			arm := rapid.SampledFrom([]string{"control", "treated"}).Draw(r, "arm")
			b.customers("customer", at, counts{inserted: 1}, person(who, ""))
			b.exec(`INSERT INTO assignments VALUES ($1, 'winback', $2, 1, $3, 0.5, 0.33, $4, 1, NULL, false)`, id(who), split, arm, at)
			if want[arm] == nil {
				want[arm] = &sums{}
			}
			s := want[arm]
			s.n++
			var margin, revenue float64
			bought := int64(0)
			for j := range rapid.IntRange(0, 2).Draw(r, "orders") {
				o := order(fmt.Sprintf("%so%d", who, j), who, at.AddDate(0, 0, rapid.IntRange(0, 12).Draw(r, "day")), rapid.Int64Range(0, 9999).Draw(r, "total"))
				if rapid.Bool().Draw(r, "has cost") {
					o.Cost = new(rapid.Int64Range(0, 9999).Draw(r, "cost"))
				}
				o.Refund = rapid.Int64Range(0, o.Total).Draw(r, "refund")
				b.orders("order", o.OrderedAt, counts{inserted: 1}, o)
				if o.OrderedAt.Before(at.AddDate(0, 0, 10)) {
					plus, earned := money(&o, at.AddDate(0, 0, 15), w.Terms)
					revenue, margin, bought = revenue+plus, margin+earned, bought+1
				}
			}
			s.orders += bought
			if bought > 0 {
				s.buyers++
				known = known && !math.IsNaN(margin)
			}
			cost := 0.0
			if arm == "treated" {
				cost = b.accepted(r, who, split, at)
			}
			s.margin, s.revenue = append(s.margin, margin-cost), append(s.revenue, revenue-cost)
		}
		var frozen int64
		for _, s := range want {
			frozen += s.n
		}
		b.freeze(w, at.AddDate(0, 0, 15), frozen)
		o, err := b.Arms(b.ctx(), w, at.AddDate(0, 0, 15))
		arms, margin := o.Arms, o.Margin
		anyBuyer := slices.ContainsFunc(slices.Collect(maps.Values(want)), func(s *sums) bool { return s.buyers > 0 })
		if err != nil || len(arms) != len(want) || margin != (known && anyBuyer) {
			r.Fatalf("%d arms, margin %v, %v", len(arms), margin, err)
		}
		for _, a := range arms {
			s := want[a.Arm]
			ys := s.revenue
			if margin {
				ys = s.margin
			}
			var y, y2, y3 float64
			for _, v := range ys {
				y, y2, y3 = y+v, y2+v*v, y3+v*v*v
			}
			if a.Assigned != s.n || a.Matured != s.n || a.Sums.N != s.n || a.Orders != s.orders || a.Buyers != s.buyers || !near(a.Sums.Y, y) || !near(a.Sums.Y2, y2) || !near(a.Sums.Y3, y3) {
				r.Fatalf("%s: %+v, want %+v with sums %v %v %v", a.Arm, a, s, y, y2, y3)
			}
		}
	})
}

func TestReconciliation(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	b.consenting("c1", "c2")
	b.enter(noon, "treated", "c1")
	b.enter(noon, "control", "c2")
	for _, c := range b.claim(b.worker, noon) {
		state, err := b.begin(b.worker, c, noon)
		if err != nil {
			t.Fatal(err)
		}
		if state == campaigns.Sending {
			if err := b.Settle(b.ctx(), b.worker, c.SendKey, store.Settled{State: campaigns.Accepted}, noon); err != nil {
				t.Fatal(err)
			}
		}
	}
	// c1 was in the control group of another split, which is over: no fault.
	b.exec(`INSERT INTO campaign_splits VALUES ('winback', 9, 0.5, $1)`, noon)
	b.exec(`INSERT INTO assignments VALUES ($1, 'winback', 9, 1, 'control', 0.1, 0.5, $2, 1, NULL, false)`, id("c1"), noon)
	if n, err := b.MailedControls(b.ctx(), "winback"); n != 0 || err != nil {
		t.Errorf("%d mailed controls, %v", n, err)
	}
	b.exec(`UPDATE assignments SET arm = 'control' WHERE customer_id = $1 AND split = 1`, id("c1"))
	if n, err := b.MailedControls(b.ctx(), "winback"); n != 1 || err != nil {
		t.Errorf("%d mailed controls, %v; want the one", n, err)
	}
	drawn := map[int64]store.Draw{}
	if err := b.Draws(b.ctx(), "winback", 1, func(d store.Draw) { drawn[d.CustomerID] = d }); err != nil || len(drawn) != 2 || drawn[id("c2")].Share != 0.33 {
		t.Errorf("draws = %v, %v", drawn, err)
	}
}

func TestReportRevisions(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	row := store.ReportRow{CampaignKey: "winback", Split: 1, Arm: "treated", ReadDays: 91, AsOf: noon, MadeAt: noon, Body: json.RawMessage(`{"n":1}`)}
	revisions := func() int64 { return value[int64](b.bench, `SELECT count(*) FROM reports WHERE arm = 'treated'`) }
	for _, step := range []struct {
		hash string
		want int64
	}{{"a", 1}, {"a", 1}, {"b", 2}, {"a", 3}} {
		row.InputHash = step.hash
		if err := b.SaveReport(b.ctx(), row); err != nil {
			t.Fatal(err)
		}
		if got := revisions(); got != step.want {
			t.Errorf("%d revisions after %s, want %d", got, step.hash, step.want)
		}
	}
	row.InputHash = "c"
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if err := b.SaveReport(b.ctx(), row); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := revisions(); got != 4 {
		t.Errorf("%d revisions after six equal reports at once, want 4", got)
	}
}
