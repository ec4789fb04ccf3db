package store_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/engine/enginetest"
	"treue/rules/features"
	"treue/rules/pushdown"
)

// differentialWords are the texts of the shop that both evaluators are compared on.
func differentialWords() enginetest.Words {
	return enginetest.Words{
		Categories: []string{"Kaffee", "kaffee > Bohnen", "KAFFEE>Filter", "Mühlen", "MÜHLEN > Hand", "Tee", " Tee > Grün ", "Zubehör"},
		Tags:       []string{"vip", "VIP", "Büro", "BÜRO", "abo", "a%b", "ẞ"},
		Products:   []string{"P-1", "P-2", "P-3", "p-3", "P-4", "P-5"},
		Attributes: [][2]string{{"roast", "hell"}, {"Röstung", "DUNKEL"}, {"color", "Grün"}},
		Campaigns:  []string{"winback-90", "welcome", "none"},
		Texts: []string{
			"a", "b", "c", "d", "DE", "AT", "de", "Köln", "KÖLN", "Straße", "z", "Z", "ä", "20095", "%", "a_b", "Kaffee", "vip", "winback-90", "loyal",
			"champions", "new", "shop", "c1", "'; DROP TABLE orders; --", "", "é", "日本",
		},
		Dates:    []string{"2026-03-29", "2026-03-28", "2026-01-31", "2028-02-29", "2024-02-29", "2010-11-07", "1970-01-01", "1969-12-31", "0001-01-01", "9999-12-31", "2027-12-31"},
		Segments: []string{"own", "nested"},
	}
}

func differentialSegments() map[string]string {
	return map[string]string{
		"own":    `orders >= 2 && days_since_last_order > 90 || !known(country)`,
		"nested": `!in_segment("own") && orders_within(30) == 0`,
	}
}

// someShop makes the rows of a shop and what is known of them in memory.
type someShop struct {
	*differential
	rand  *rand.Rand
	words enginetest.Words
	now   time.Time
	zone  *time.Location
}

const differentialCustomers = 200

func newDifferential(t *testing.T, m moment, seed uint64) *differential {
	t.Helper()
	zone, err := time.LoadLocation(m.zone)
	if err != nil {
		t.Fatal(err)
	}
	words := differentialWords()
	d := &differential{bench: newBench(t), maker: enginetest.NewRuleMaker(seed, words), segments: differentialSegments()}
	shop := someShop{d, rand.New(rand.NewPCG(seed, 7)), words, m.now, zone}
	d.env = pushdown.Env{
		Day: features.DayOf(m.now, zone), Now: m.now, Zone: zone, Categories: words.Categories, Tags: words.Tags,
		Attributes: map[int64]map[string]string{1: {"Roast": "Hell", "color": "rot"}, 3: {"röstung": "dunkel"}, 5: {"COLOR": "GRÜN"}},
		Cuts: &features.Cuts{
			Recency: [4]float64{-400, -90.5, -30, -7}, Frequency: [4]float64{2, 3, 3, math.Inf(1)}, Tier: [3]float64{300, 100, 10},
		},
	}
	shop.customers()
	shop.purchases()
	shop.mails()
	shop.snapshots()
	shop.histories()
	return d
}

func one[T any](s *someShop, items ...T) T { return items[s.rand.IntN(len(items))] }

func (s *someShop) oneIn(n int) bool { return s.rand.IntN(n) == 0 }

// insert copies rows into a table.
func (s *someShop) insert(table string, columns string, rows [][]any) {
	s.Helper()
	if _, err := s.db.CopyFrom(s.ctx(), pgx.Identifier{table}, strings.Fields(columns), pgx.CopyFromRows(rows)); err != nil {
		s.Fatalf("%s: %v", table, err)
	}
}

// event returns a moment near the edge of a window of days, or anywhere.
func (s *someShop) event() time.Time {
	today := s.env.Day
	day := today - features.Day(one(s, 0, 0, 1, 2, 6, 7, 8, 29, 30, 31, 60, 89, 90, 91, 180, 364, 365, 366, 367, 400, 700))
	start := day.Start(s.zone)
	return start.Add(one(s,
		0, -time.Microsecond, time.Microsecond, time.Second, time.Minute, 90*time.Minute, -30*time.Minute, 23*time.Hour, 12*time.Hour,
		time.Duration(s.rand.IntN(86400))*time.Second,
	))
}

// later returns a moment that may still be to come.
func (s *someShop) later() time.Time {
	if s.oneIn(3) {
		return s.now.Add(one(s, 0, time.Microsecond, time.Hour, 240*time.Hour))
	}
	return s.event()
}

func (s *someShop) customers() {
	var rows [][]any
	for id := range differentialCustomers {
		rows = append(rows, []any{int64(id), "shop", fmt.Sprintf("c%d", id), []string{}, s.now, s.now})
	}
	s.insert("customers", "customer_id source external_id tags created_at updated_at", rows)
	var products [][]any
	for i, id := range s.words.Products {
		var category any
		if i%2 == 0 {
			category = s.words.Categories[i]
		}
		products = append(products, []any{int64(i), "shop", id, id, category, map[string]string{}, true, s.now})
	}
	s.insert("products", "product_id source external_id name category attributes active updated_at", products)
}

func (s *someShop) purchases() {
	var orders, events, lines [][]any
	for customer := range int64(differentialCustomers) {
		for n := range int64(s.rand.IntN(7)) {
			id := customer*100 + n + 1
			orders = append(orders, []any{customer, id, "shop", fmt.Sprint(id), s.later(), "EUR", one(s, 0, 1, 99, 1000, 2999, 123456, int64(s.rand.IntN(20000))), int64(0), one(s, "completed", "paid", "test", "cancelled"), s.now})
			for e := range s.rand.IntN(4) * s.rand.IntN(2) {
				kind, amount := one(s, "cancel", "refund", "reopen"), int64(0)
				if kind == "refund" {
					amount = int64(s.rand.IntN(500))
				}
				events = append(events, []any{customer, id, e + 1, kind, amount, s.oneIn(2), s.later(), s.now})
			}
			for l := range s.rand.IntN(4) {
				product := s.rand.IntN(len(s.words.Products) + 2)
				external := "gone"
				if product < len(s.words.Products) {
					external = s.words.Products[product]
				}
				var category any
				if s.oneIn(2) {
					category = one(s, s.words.Categories...)
				}
				lines = append(lines, []any{customer, id, l + 1, int64(product), external, category, one(s, 1, 2, 0.5, 0.0005, 1.2345, 1e6), one(s, int64(0), 1, 999, 12345)})
			}
		}
	}
	s.insert("orders", "customer_id order_id source external_id ordered_at currency total discount status imported_at", orders)
	s.insert("order_events", "customer_id order_id event_no kind amount goods_kept effective_at recorded_at", events)
	s.insert("order_lines", "customer_id order_id line_no product_id external_product_id category quantity unit_price", lines)
}

func (s *someShop) mails() {
	for _, key := range s.words.Campaigns {
		s.exec(`INSERT INTO campaigns VALUES ($1, 'winback', $1, 'active', 1, 1, $2, $2)`, key, s.now)
		s.exec(`INSERT INTO campaign_versions VALUES ($1, 1, '{}', $2)`, key, s.now)
		s.exec(`INSERT INTO campaign_splits VALUES ($1, 1, 0.3, $2)`, key, s.now)
	}
	var assignments, entries, sends, foreign, points [][]any
	for customer := range int64(differentialCustomers) {
		for _, key := range s.words.Campaigns[:s.rand.IntN(3)] {
			arm := one(s, "treated", "control")
			assignments = append(assignments, []any{customer, key, 1, 1, arm, 0.5, 0.3, s.now, 1, false})
			for entry := range 1 + s.rand.IntN(2) {
				entries = append(entries, []any{customer, key, entry + 1, 1, 1, arm, s.later(), 1})
				for step := range s.rand.IntN(3) {
					sends = append(sends, s.send(customer, key, entry+1, step+1, arm))
				}
			}
		}
		for i := range s.rand.IntN(3) {
			foreign = append(foreign, []any{customer, s.later(), fmt.Sprint("news", i)})
			points = append(points, []any{customer, int64(i), fmt.Sprint(i), one(s, int64(0), 1, 500, 30000), s.maybe(s.later()), s.maybe(s.ahead())})
		}
	}
	s.insert("assignments", "customer_id campaign_key split version arm u share assigned_at run_no contaminated", assignments)
	s.insert("entries", "customer_id campaign_key entry split version arm entered_at run_no", entries)
	s.insert("sends", "customer_id campaign_key entry step_key step_no version arm state reason message_id basis evidence planned_at due_at attempts unknowns first_attempt_at finished_at", sends)
	s.insert("foreign_mails", "customer_id sent_at kind", foreign)
	s.insert("points", "customer_id lot_id external_id points earned_at expires_at", points)
}

func (s *someShop) maybe(t time.Time) any {
	if s.oneIn(4) {
		return nil
	}
	return t
}

// ahead returns a moment near the edge of a window of the days to come, or a past one.
func (s *someShop) ahead() time.Time {
	day := s.env.Day + features.Day(one(s, -1, 0, 0, 1, 2, 6, 7, 29, 30, 31, 90, 365))
	return day.Start(s.zone).Add(one(s, 0, -time.Microsecond, time.Second, 12*time.Hour, 23*time.Hour))
}

func (s *someShop) send(customer int64, key string, entry, step int, arm string) []any {
	state, attempts, first, finished := "planned", 0, any(nil), any(nil)
	if s.oneIn(2) {
		state, attempts, first = "deferred", 1, s.later()
	}
	if s.oneIn(2) {
		finished = s.later()
		state = "cancelled"
		if attempts > 0 && arm == "treated" {
			state = "accepted"
		}
	}
	id := fmt.Sprintf("%d-%s-%d-%d", customer, key, entry, step)
	return []any{customer, key, entry, fmt.Sprint(step), step, 1, arm, state, "", id, "", "", s.now, s.now, attempts, 0, first, finished}
}

// snapshots fills every statistic at random, unknown ones included, in memory and in a table of its own.
func (s *someShop) snapshots() {
	columns := features.Columns()
	collation := value[string](s.bench, `SELECT coalesce(max(collname), 'C') FROM pg_collation WHERE collname = 'de-x-icu'`) // an order of its own, if there is one
	var defined, names []string
	for _, c := range columns {
		typ := columnType(c)
		if c.Word != nil {
			typ += ` COLLATE "` + collation + `"`
		}
		defined, names = append(defined, c.Name+" "+typ), append(names, c.Name)
	}
	s.exec("CREATE TABLE differential (customer_id bigint PRIMARY KEY, " + strings.Join(defined, ", ") + ")")
	var rows [][]any
	for id := range int64(differentialCustomers) {
		snap := &features.Snapshot{CustomerID: id, History: &features.History{Cuts: s.env.Cuts}}
		row := []any{id}
		for _, c := range columns {
			row = append(row, s.statistic(c, snap))
		}
		rows, s.differential.snapshots = append(rows, row), append(s.differential.snapshots, snap)
	}
	s.insert("differential", "customer_id "+strings.Join(names, " "), rows)
}

func columnType(c features.Column) string {
	switch {
	case c.Count != nil:
		return "bigint NOT NULL"
	case c.Amount != nil:
		return "double precision"
	case c.Word != nil:
		return "text"
	case c.Day != nil:
		return "date"
	case c.Flag != nil:
		return "boolean NOT NULL"
	}
	return "text[] NOT NULL"
}

// statistic sets a statistic at random and returns it as the database keeps it.
func (s *someShop) statistic(c features.Column, snap *features.Snapshot) any {
	unknown := s.oneIn(4)
	switch {
	case c.Count != nil:
		*c.Count(snap) = one(s, int64(0), 1, 1, 2, 3, 4, 5, 7, 10, 30, 100, int64(s.rand.IntN(1000)))
		return *c.Count(snap)
	case c.Flag != nil:
		*c.Flag(snap) = s.oneIn(2)
		return *c.Flag(snap)
	case c.Words != nil:
		words := s.words.Tags
		if c.Name == "categories" {
			words = s.words.Categories
		}
		*c.Words(snap) = s.some(words)
		return *c.Words(snap)
	case c.Amount != nil:
		*c.Amount(snap) = s.amount(c.Name, unknown)
		if unknown {
			return nil
		}
		return *c.Amount(snap)
	case c.Word != nil && unknown:
		return nil
	case c.Word != nil:
		for *c.Word(snap) == "" {
			*c.Word(snap) = one(s, s.words.Texts...)
		}
		return *c.Word(snap)
	case unknown:
		*c.Day(snap) = features.NoDay
		return nil
	}
	*c.Day(snap) = s.day()
	return c.Day(snap).Date()
}

func (s *someShop) amount(name string, unknown bool) float64 {
	switch {
	case unknown:
		return math.NaN()
	case strings.HasSuffix(name, "_score") && name != "feedback_score":
		return float64(1 + s.rand.IntN(5))
	case strings.HasPrefix(name, "p_") || strings.HasSuffix(name, "percentile"):
		return math.Round(s.rand.Float64()*100) / 100
	}
	return one(s,
		0, 0.1, 0.3, 0.5, -0.5, 1.5, 2.5, -2.5, 12.5, 99.99, 100, 250, 2, 1, 1e18, -1e18, 1e-30, 0.49999999999999994, 4503599627370497.5,
		s.rand.NormFloat64()*100, math.Round(s.rand.NormFloat64()*10000)/100,
	)
}

// day returns a day near the one of evaluation, a birthday or one that calendars trip over.
func (s *someShop) day() features.Day {
	today := s.env.Day
	text := one(s, s.words.Dates...)
	date, err := time.Parse(time.DateOnly, text)
	if err != nil {
		s.Fatal(err)
	}
	return one(s,
		today, today-1, today+1, today-30, today-90, today-365, today-366, today-features.Day(s.rand.IntN(800)), today+features.Day(s.rand.IntN(400)),
		today-features.Day(s.rand.IntN(30000)), features.DayOf(date, time.UTC),
	)
}

func (s *someShop) some(words []string) []string {
	found := []string{}
	for _, w := range words {
		if s.oneIn(4) {
			found = append(found, w)
		}
	}
	slices.Sort(found)
	return found
}

// histories reads the events as evaluation in memory does: by the statements that the joins of predicates use.
func (s *someShop) histories() {
	snaps := s.differential.snapshots
	day := func(t *time.Time) features.Day {
		if t == nil {
			return features.NoDay
		}
		return features.DayOf(*t, s.zone)
	}
	each := func(of features.Events, columns string, keep func(*features.History), targets ...any) {
		var id int64
		rows, err := s.db.Query(s.ctx(), "SELECT customer_id, "+columns+" FROM ("+pushdown.Source(of, "$1")+") e ORDER BY 1", s.now)
		if err == nil {
			_, err = pgx.ForEachRow(rows, append([]any{&id}, targets...), func() error { keep(snaps[id].History); return nil })
		}
		if err != nil {
			s.Fatal(err)
		}
	}
	var at *time.Time
	var order, product, units, revenue int64
	var external string
	var word *string
	text := func() string {
		if word == nil {
			return ""
		}
		return *word
	}
	each(features.OrderEvents, "at, revenue", func(h *features.History) {
		h.Orders = append(h.Orders, features.OrderEvent{Day: day(at), Revenue: revenue})
	}, &at, &revenue)
	each(features.LineEvents, "order_id, at, product_id, product, category, units, revenue", func(h *features.History) {
		h.Lines = append(h.Lines, features.LineEvent{
			Day: day(at), Order: order, Category: text(), Product: external, Attributes: s.env.Attributes[product], Units: units, Revenue: revenue,
		})
	}, &order, &at, &product, &external, &word, &units, &revenue)
	each(features.ContactEvents, "at, campaign_key", func(h *features.History) {
		h.Contacts = append(h.Contacts, features.ContactEvent{Day: day(at), Campaign: text()})
	}, &at, &word)
	each(features.EntryEvents, "campaign_key", func(h *features.History) { h.Entries = append(h.Entries, text()) }, &word)
	each(features.PointEvents, "at, points", func(h *features.History) {
		h.Points = append(h.Points, features.PointLot{ExpiresOn: day(at), Points: units})
	}, &at, &units)
}
