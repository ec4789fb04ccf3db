package store_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"treue/engine/store"
	"treue/rules"
	"treue/rules/features"
)

// crowd is a set of random customers with events, and what rules must see of them: told straight from the drawn values.
type crowd struct {
	*bench
	r    *rand.Rand
	zone *time.Location
	set  store.Set
	rows []features.Snapshot // with histories
}

const crowded = 120

func newCrowd(t *testing.T, seed uint64) *crowd {
	t.Helper()
	c := &crowd{bench: newBench(t), r: rand.New(rand.NewPCG(seed, 7)), zone: berlin(t)}
	c.exec(`INSERT INTO products (product_id, source, external_id, name, category, attributes, active, updated_at) VALUES
		(1, 'shop', 'p1', 'n', 'Kaffee > Bohnen', '{"Roast": "hell", "bio": "ja"}', true, $1), (2, 'shop', 'p2', 'n', 'Tee', '{"roast": "DUNKEL"}', true, $1),
		(3, 'shop', 'p3', 'n', NULL, '{}', true, $1)`, noon)
	c.exec(`INSERT INTO campaigns (campaign_key, kind, name, status, version, split, created_at, updated_at) VALUES ('winback', 'winback', 'w', 'active', 1, 1, $1, $1)`, noon)
	c.exec(`INSERT INTO campaign_versions VALUES ('winback', 1, '{}', $1)`, noon)
	c.exec(`INSERT INTO campaign_splits VALUES ('winback', 1, 0.3, $1)`, noon)
	model := c.model(noon)
	model.Cuts = features.Cuts{Recency: [4]float64{-300, -200, -90, -20}, Frequency: [4]float64{2, 3, 4, 6}}.Map()
	var err error
	if model.ID, err = c.SaveModel(c.ctx(), model); err != nil {
		t.Fatal(err)
	}
	cuts := features.CutsFromMap(model.Cuts)
	for i := range crowded {
		s := c.snapshot(int64(i + 1))
		s.History = &features.History{Cuts: &cuts}
		c.exec(`INSERT INTO customers (customer_id, source, external_id, tags, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)`, s.CustomerID, s.Source, s.ExternalID, s.Tags, noon)
		c.events(&s)
		c.rows = append(c.rows, s)
	}
	c.exec(`INSERT INTO category_names VALUES ('Kaffee > Bohnen'), ('Tee'), ('tee > grün'), ('Obst'), ('Kaffee')`)
	c.exec(`INSERT INTO tag_names VALUES ('abo'), ('VIP'), ('vip')`)
	set := store.Set{AsOf: noon, Day: features.DayOf(noon, c.zone), LastImport: 7, ModelID: model.ID, Customers: crowded, Buyers: 2}
	if c.set, err = c.Publish(c.ctx(), set, c.rows); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *crowd) chance(percent int) bool { return c.r.IntN(100) < percent }

func pick[V any](c *crowd, from ...V) V { return from[c.r.IntN(len(from))] }

// snapshot draws one in which every statistic is unknown now and then.
func (c *crowd) snapshot(id int64) features.Snapshot {
	var s features.Snapshot
	features.Blank(&s)
	for _, column := range features.Columns() {
		switch {
		case column.Count != nil:
			*column.Count(&s) = c.r.Int64N(6)
		case column.Amount != nil:
			*column.Amount(&s) = pick(c, 0, 0.5, 1, -1, 25, 100, 1.0/3, math.NaN(), 1e18, 1e-30)
		case column.Word != nil:
			*column.Word(&s) = pick(c, "", "DE", "AT", "a", "b", "champions", "at_risk", "ä")
		case column.Day != nil:
			*column.Day(&s) = pick(c, features.NoDay, c.today(), c.today()-features.Day(c.r.IntN(800)), c.today()+5, -4000)
		case column.Flag != nil:
			*column.Flag(&s) = c.chance(50)
		}
	}
	s.PAlive = pick(c, 0, 0.2, 1, math.NaN())
	s.CustomerID, s.Source, s.ExternalID = id, pick(c, "shop", "shop", "old"), fmt.Sprintf("k%03d", (id*37)%1000)
	s.Tags = pick(c, []string{}, []string{"abo"}, []string{"VIP", "abo"}, []string{"vip"})
	s.Categories = pick(c, []string{}, []string{"Tee"}, []string{"Kaffee > Bohnen", "Obst"}, []string{"tee > grün"})
	return s
}

func (c *crowd) today() features.Day { return features.DayOf(noon, c.zone) }

// moment draws an hour of the last two years, or of the next week.
func (c *crowd) moment() time.Time {
	return noon.Add(-time.Duration(c.r.IntN(pick(c, 40*24, 700*24))-24*2) * time.Hour)
}

// events invents what happened to a customer; what was known at noon goes to the history.
func (c *crowd) events(s *features.Snapshot) {
	h := s.History
	for n := range c.r.IntN(6) {
		c.order(s, int64(n+1))
	}
	for range c.r.IntN(3) {
		at := c.moment()
		c.exec(`INSERT INTO foreign_mails VALUES ($1, $2, 'news') ON CONFLICT DO NOTHING`, s.CustomerID, at)
		if !at.After(noon) {
			h.Contacts = append(h.Contacts, features.ContactEvent{Day: features.DayOf(at, c.zone)})
		}
	}
	for range c.r.IntN(3) {
		expires, points := c.moment().AddDate(0, 2, 0), c.r.Int64N(5000)
		lot := features.PointLot{ExpiresOn: features.DayOf(expires, c.zone), Points: points}
		if c.chance(30) {
			c.exec(`INSERT INTO points VALUES ($1, $2, 'l', $3)`, s.CustomerID, c.r.Int64(), points)
			lot.ExpiresOn = features.NoDay
		} else {
			c.exec(`INSERT INTO points VALUES ($1, $2, 'l', $3, NULL, $4)`, s.CustomerID, c.r.Int64(), points, expires)
		}
		h.Points = append(h.Points, lot)
	}
	if c.chance(30) {
		c.entry(s)
	}
}

func (c *crowd) order(s *features.Snapshot, number int64) {
	at, status := c.moment(), pick(c, "paid", "paid", "paid", "test")
	c.exec(`INSERT INTO orders (customer_id, order_id, source, external_id, ordered_at, currency, total, discount, status, imported_at)
		VALUES ($1, $2, 'shop', 'o', $3, 'EUR', $4, 0, $5, $3)`, s.CustomerID, number, at, 1000*number, status)
	counts, refund := status != "test" && !at.After(noon), int64(0)
	switch c.r.IntN(8) {
	case 0:
		c.exec(`INSERT INTO order_events VALUES ($1, $2, 1, 'cancel', 0, false, $3, $3)`, s.CustomerID, number, noon)
		counts = false
	case 1:
		refund = 300
		c.exec(`INSERT INTO order_events VALUES ($1, $2, 1, 'refund', 300, false, $3, $3)`, s.CustomerID, number, noon.AddDate(0, 0, -1))
	case 2:
		c.exec(`INSERT INTO order_events VALUES ($1, $2, 1, 'refund', 100, false, $3, $3)`, s.CustomerID, number, noon.AddDate(0, 0, 1))
	}
	day := features.DayOf(at, c.zone)
	if counts {
		s.History.Orders = append(s.History.Orders, features.OrderEvent{Day: day, Revenue: 1000*number - refund})
	}
	for n := range c.r.IntN(3) {
		product, quantity := c.r.Int64N(4)+1, pick(c, 1, 2, 0.5)
		category := pick(c, "", "tee > grün", "Obst")
		c.exec(`INSERT INTO order_lines (customer_id, order_id, line_no, product_id, external_product_id, category, quantity, unit_price)
			VALUES ($1, $2, $3, $4, $5, nullif($6, ''), $7, 250)`, s.CustomerID, number, n+1, product, fmt.Sprint("p", product), category, quantity)
		if category == "" {
			category = map[int64]string{1: "Kaffee > Bohnen", 2: "Tee"}[product]
		}
		attributes := map[int64]map[string]string{1: {"Roast": "hell", "bio": "ja"}, 2: {"roast": "DUNKEL"}}[product]
		if counts {
			s.History.Lines = append(s.History.Lines, features.LineEvent{
				Day: day, Order: number, Category: category, Product: fmt.Sprint("p", product), Attributes: attributes, Units: int64(quantity * 1000), Revenue: int64(quantity * 250),
			})
		}
	}
}

// entry puts a customer into the campaign, with one mail attempted and one to come.
func (c *crowd) entry(s *features.Snapshot) {
	at := c.moment()
	entered := at.Add(-time.Hour)
	c.exec(`INSERT INTO assignments VALUES ($1, 'winback', 1, 1, 'treated', 0.5, 0.3, $2, 1, NULL, false)`, s.CustomerID, entered)
	c.exec(`INSERT INTO entries VALUES ($1, 'winback', 1, 1, 1, 'treated', $2, 1)`, s.CustomerID, entered)
	const send = `INSERT INTO sends (customer_id, campaign_key, entry, step_key, step_no, version, arm, state, reason, message_id, basis, evidence, planned_at, due_at,
		attempts, unknowns, first_attempt_at, finished_at) VALUES ($1, 'winback', 1, $2, 1, 1, 'treated', $3, '', $2, 'consent', '', $4, $4, $5, 0, $6, $6)`
	c.exec(send, s.CustomerID, "first", "accepted", at, 1, at)
	open := c.chance(50)
	if open {
		c.exec(send, s.CustomerID, "second", "planned", at, 0, nil)
	}
	if !at.After(noon) {
		s.History.Contacts = append(s.History.Contacts, features.ContactEvent{Day: features.DayOf(at, c.zone), Campaign: "winback"})
	}
	if !entered.After(noon) && (open || at.After(noon)) {
		s.History.Entries = append(s.History.Entries, "winback")
	}
}

func (c *crowd) view(by store.Evaluator) store.View {
	return store.View{Now: noon, Zone: c.zone, Evaluator: by, Detailed: true}
}

func compiled(t testing.TB, sources ...string) []*rules.Rule {
	t.Helper()
	all := make([]*rules.Rule, len(sources))
	for i, source := range sources {
		var err error
		if all[i], err = rules.Compile(source); err != nil {
			t.Fatalf("%s: %v", source, err)
		}
	}
	return all
}
