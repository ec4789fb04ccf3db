package features_test

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"treue/rules/features"
)

// coffee are the events of a customer up to day 20100.
func coffee() *features.History {
	beans, mill := "Kaffee > Bohnen", "Geräte>Mühlen"
	return &features.History{
		Orders: []features.OrderEvent{{20090, 4250}, {20000, 1999}, {20100, 1}, {20050, -500}},
		Lines: []features.LineEvent{
			{Day: 20000, Order: 1, Category: beans, Product: "A-1", Attributes: map[string]string{"Roast": "Hell"}, Units: 1000, Revenue: 1999},
			{Day: 20050, Order: 2, Category: mill, Product: "M-1", Units: 1000, Revenue: 9900},
			{Day: 20090, Order: 3, Category: beans, Product: "A-1", Units: 2000, Revenue: 3998},
			{Day: 20090, Order: 3, Category: "kaffee>bohnen>espresso", Product: "E-1", Attributes: map[string]string{"roast": "dunkel"}, Units: 250, Revenue: 252},
			{Day: 20090, Order: 4, Product: "X", Units: 1000, Revenue: 10},
		},
		Contacts: []features.ContactEvent{{20099, "winback"}, {20040, "winback"}, {20070, ""}},
		Entries:  []string{"winback", "refill"},
		Points:   []features.PointLot{{20100, 1500}, {20099, 999000}, {20130, 2000}, {20131, 4000}, {features.NoDay, 8000}},
	}
}

func TestMeasure(t *testing.T) {
	t.Parallel()
	beans, unknown := features.ParsePath("KAFFEE > bohnen"), math.NaN()
	orders, lines, contacts, entries, points := features.OrderEvents, features.LineEvents, features.ContactEvents, features.EntryEvents, features.PointEvents
	ever := features.Ever
	tests := []struct {
		name    string
		measure features.Measure
		want    float64
		nothing float64 // of a customer without events
	}{
		{"orders", features.Measure{Of: orders, From: ever}, 4, 0},
		{"orders of the last 50 days, both ends included", features.Measure{Of: orders, From: 50}, 3, 0},
		{"orders of 49 days", features.Measure{Of: orders, From: 49}, 2, 0},
		{"orders of today", features.Measure{Of: orders, From: 0}, 1, 0},
		{"orders before the last 10 days", features.Measure{Of: orders, From: ever, To: 10}, 3, 0},
		{"orders of a window", features.Measure{Of: orders, From: 60, To: 11}, 1, 0},
		{"revenue", features.Measure{Of: orders, Take: features.TakeRevenue, From: ever}, 57.50, 0},
		{"revenue of 10 days", features.Measure{Of: orders, Take: features.TakeRevenue, From: 10}, 42.51, 0},
		{"first order", features.Measure{Of: orders, Take: features.TakeFirstDay, From: ever}, 20000, unknown},
		{"last order", features.Measure{Of: orders, Take: features.TakeLastDay, From: ever}, 20100, unknown},
		{"lines", features.Measure{Of: lines, From: ever}, 5, 0},
		{"lines of a category and below", features.Measure{Of: lines, From: ever, Category: beans}, 3, 0},
		{"orders of lines", features.Measure{Of: lines, Take: features.TakeOrders, From: ever, Category: beans}, 2, 0},
		{"orders of all lines", features.Measure{Of: lines, Take: features.TakeOrders, From: 10}, 2, 0},
		{"units", features.Measure{Of: lines, Take: features.TakeUnits, From: ever, Category: beans}, 3.25, 0},
		{"units of the last day, all its lines", features.Measure{Of: lines, Take: features.TakeLastUnits, From: ever, Category: beans}, 2.25, unknown},
		{"line revenue", features.Measure{Of: lines, Take: features.TakeRevenue, From: 10, Category: beans}, 42.50, 0},
		{"last day of a category", features.Measure{Of: lines, Take: features.TakeLastDay, From: ever, Category: features.ParsePath("Geräte")}, 20050, unknown},
		{"last day of what was never bought", features.Measure{Of: lines, Take: features.TakeLastDay, From: ever, Category: features.ParsePath("Tee")}, unknown, unknown},
		{"a product", features.Measure{Of: lines, From: ever, Product: "A-1"}, 2, 0},
		{"a product's capitals count", features.Measure{Of: lines, From: ever, Product: "a-1"}, 0, 0},
		{"an attribute", features.Measure{Of: lines, From: ever, Attribute: "roast", Value: "hell"}, 1, 0},
		{"an attribute's other value", features.Measure{Of: lines, From: ever, Attribute: "roast", Value: "mittel"}, 0, 0},
		{"contacts", features.Measure{Of: contacts, From: ever}, 3, 0},
		{"contacts of a campaign", features.Measure{Of: contacts, From: ever, Campaign: "winback"}, 2, 0},
		{"contacts of a campaign within 59 days", features.Measure{Of: contacts, From: 59, Campaign: "winback"}, 1, 0},
		{"entries", features.Measure{Of: entries}, 2, 0},
		{"entries of a campaign", features.Measure{Of: entries, Campaign: "refill"}, 1, 0},
		{"entries of another campaign", features.Measure{Of: entries, Campaign: "birthday"}, 0, 0},
		{"points that count today", features.Measure{Of: points, Take: features.TakeUnits, From: ever}, 15.5, 0},
		{"points that expire today", features.Measure{Of: points, Take: features.TakeUnits, From: 0}, 1.5, 0},
		{"points that expire within 30 days", features.Measure{Of: points, Take: features.TakeUnits, From: 30}, 3.5, 0},
		{"no events", features.Measure{}, 0, 0},
	}
	for _, test := range tests {
		if got := coffee().Measure(&test.measure, at); !same(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
		for _, h := range []*features.History{nil, {}} {
			if got := h.Measure(&test.measure, at); !same(got, test.nothing) {
				t.Errorf("%s of nothing: got %v, want %v", test.name, got, test.nothing)
			}
		}
	}
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// TestMeasuresDoNotAllocate, but for counting different orders.
func TestMeasuresDoNotAllocate(t *testing.T) {
	h := coffee()
	for _, of := range []features.Events{features.OrderEvents, features.LineEvents, features.ContactEvents, features.EntryEvents, features.PointEvents} {
		for take := features.TakeCount; take <= features.TakeLastUnits; take++ {
			m := features.Measure{Of: of, Take: take, From: 365, Category: features.ParsePath("kaffee")}
			if n := testing.AllocsPerRun(20, func() { h.Measure(&m, at) }); n != 0 && take != features.TakeOrders {
				t.Errorf("taking %d of events %d: %.0f allocations", take, of, n)
			}
		}
	}
}

// event is any event as the naive implementation sees it.
type event struct {
	age                   int // days before the evaluation
	order, units, revenue int64
}

// naive tells a measure's meaning with lists and sorting.
func naive(h *features.History, m features.Measure, at features.Day) float64 {
	events := matching(h, m, at)
	slices.SortFunc(events, func(a, b event) int { return cmp.Compare(b.age, a.age) })
	sum := func(of func(event) int64) float64 {
		total := int64(0)
		for _, e := range events {
			total += of(e)
		}
		return float64(total)
	}
	units := func(e event) int64 { return e.units }
	switch m.Take {
	case features.TakeCount:
		return float64(len(events))
	case features.TakeOrders:
		numbers := []int64{}
		for _, e := range events {
			if e.order != 0 && !slices.Contains(numbers, e.order) {
				numbers = append(numbers, e.order)
			}
		}
		return float64(len(numbers))
	case features.TakeRevenue:
		return sum(func(e event) int64 { return e.revenue }) / 100
	case features.TakeUnits:
		return sum(units) / 1000
	}
	if len(events) == 0 {
		return math.NaN()
	}
	last := events[len(events)-1].age
	switch m.Take {
	case features.TakeFirstDay:
		return float64(int(at) - events[0].age)
	case features.TakeLastDay:
		return float64(int(at) - last)
	}
	events = slices.DeleteFunc(events, func(e event) bool { return e.age != last })
	return sum(units) / 1000
}

func matching(h *features.History, m features.Measure, at features.Day) []event {
	var events []event
	add := func(day features.Day, e event, matches bool) {
		e.age = int(at) - int(day)
		if matches && e.age >= m.To && (m.From == features.Ever || e.age <= m.From) {
			events = append(events, e)
		}
	}
	switch m.Of {
	case features.OrderEvents:
		for _, o := range h.Orders {
			add(o.Day, event{revenue: o.Revenue}, true)
		}
	case features.LineEvents:
		for _, l := range h.Lines {
			add(l.Day, event{order: l.Order, units: l.Units, revenue: l.Revenue}, lineMatches(l, m))
		}
	case features.ContactEvents:
		for _, c := range h.Contacts {
			add(c.Day, event{}, m.Campaign == "" || c.Campaign == m.Campaign)
		}
	case features.EntryEvents:
		for _, key := range h.Entries {
			if m.Campaign == "" || key == m.Campaign {
				events = append(events, event{})
			}
		}
	case features.PointEvents:
		for _, lot := range h.Points {
			left := int(lot.ExpiresOn) - int(at)
			stays := lot.ExpiresOn == features.NoDay
			if m.From == features.Ever && (stays || left >= 0) || !stays && left >= 0 && left <= m.From {
				events = append(events, event{units: lot.Points})
			}
		}
	}
	return events
}

func lineMatches(l features.LineEvent, m features.Measure) bool {
	if m.Product != "" {
		return l.Product == m.Product
	}
	if m.Attribute != "" {
		for name, value := range l.Attributes {
			if strings.ToLower(name) == m.Attribute && strings.ToLower(value) == m.Value {
				return true
			}
		}
		return false
	}
	normal := func(path string) string {
		steps := strings.Split(strings.ToLower(path), ">")
		for i := range steps {
			steps[i] = strings.TrimSpace(steps[i])
		}
		return strings.Join(steps, ">") + ">"
	}
	return len(m.Category) == 0 || strings.HasPrefix(normal(l.Category), normal(strings.Join(m.Category, ">")))
}

func drawHistory(t *rapid.T) *features.History {
	day := rapid.Custom(func(t *rapid.T) features.Day { return at - features.Day(rapid.IntRange(-3, 40).Draw(t, "age")) })
	word := func(words ...string) string { return rapid.SampledFrom(words).Draw(t, "word") }
	amount := rapid.Int64Range(-2000, 9000)
	h := &features.History{}
	for range rapid.IntRange(0, 6).Draw(t, "orders") {
		h.Orders = append(h.Orders, features.OrderEvent{Day: day.Draw(t, "day"), Revenue: amount.Draw(t, "revenue")})
	}
	for range rapid.IntRange(0, 8).Draw(t, "lines") {
		h.Lines = append(h.Lines, features.LineEvent{
			Day: day.Draw(t, "day"), Order: rapid.Int64Range(1, 4).Draw(t, "order"),
			Category: word("", "Kaffee", "kaffee>Bohnen", "Kaffee > Bohnen > Espresso", "Kaffeemühlen", "TEE"), Product: word("", "A-1", "a-1", "B"),
			Attributes: map[string]string{word("roast", "Roast", "Größe"): word("hell", "HELL", "M")},
			Units:      amount.Draw(t, "units"), Revenue: amount.Draw(t, "revenue"),
		})
	}
	for range rapid.IntRange(0, 5).Draw(t, "contacts") {
		h.Contacts = append(h.Contacts, features.ContactEvent{Day: day.Draw(t, "day"), Campaign: word("", "winback", "refill")})
	}
	for range rapid.IntRange(0, 3).Draw(t, "entries") {
		h.Entries = append(h.Entries, word("winback", "refill", "birthday"))
	}
	for range rapid.IntRange(0, 4).Draw(t, "points") {
		expiry := rapid.OneOf(rapid.Just(features.NoDay), day).Draw(t, "expiry")
		h.Points = append(h.Points, features.PointLot{ExpiresOn: expiry, Points: amount.Draw(t, "lot")})
	}
	return h
}

func TestMeasureEqualsNaive(t *testing.T) {
	t.Parallel()
	known := 0
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		for range 20 {
			m := features.Measure{
				Of: features.Events(rapid.IntRange(1, 5).Draw(t, "of")), Take: features.Take(rapid.IntRange(0, 6).Draw(t, "take")),
				From: rapid.SampledFrom([]int{features.Ever, 0, 1, 7, 30}).Draw(t, "from"), To: rapid.SampledFrom([]int{0, 0, 1, 5}).Draw(t, "to"),
			}
			switch rapid.IntRange(0, 4).Draw(t, "of which") {
			case 0:
				m.Category = features.ParsePath(rapid.SampledFrom([]string{"Kaffee", "kaffee > bohnen", "Tee"}).Draw(t, "category"))
			case 1:
				m.Product = "A-1"
			case 2:
				m.Attribute, m.Value = "roast", "hell"
			case 3:
				m.Campaign = "winback"
			}
			got, want := h.Measure(&m, at), naive(h, m, at)
			if !same(got, want) {
				t.Fatalf("%+v of %+v: got %v, want %v", m, *h, got, want)
			}
			if want != 0 && !math.IsNaN(want) {
				known++
			}
		}
	})
	if known < 200 {
		t.Errorf("only %d measures of something", known)
	}
}

func TestWasSegment(t *testing.T) {
	t.Parallel()
	cuts := &features.Cuts{Recency: [4]float64{-90, -60, -30, -10}, Frequency: [4]float64{2, 3, 4, 5}}
	h := &features.History{Cuts: cuts, Orders: []features.OrderEvent{{Day: 20050}, {Day: 20000}, {Day: 20095}, {Day: 20051}}}
	for _, test := range []struct {
		days int
		want string
	}{
		{0, "champions"},           // four orders, the last 5 days ago
		{5, "champions"},           // the order of that very day counts
		{6, "needs_attention"},     // three orders, the last 43 days before
		{30, "potential_loyalist"}, // three orders, the last 19 days before
		{50, "potential_loyalist"}, // two orders
		{51, "about_to_sleep"},     // one order, 49 days before
		{100, "new"},               // the day of the first order
		{101, ""},                  // the day before
		{36525, ""},
	} {
		if got := h.WasSegment(test.days, at); got != test.want {
			t.Errorf("%d days ago: got %q, want %q", test.days, got, test.want)
		}
	}
	for _, h := range []*features.History{nil, {}, {Cuts: cuts}, {Orders: h.Orders}} {
		if got := h.WasSegment(0, at); got != "" {
			t.Errorf("without orders or cuts: %q", got)
		}
	}
}

// TestWasSegmentIsTheSegmentOfThen compares with the segment that a snapshot of that day would have.
func TestWasSegmentIsTheSegmentOfThen(t *testing.T) {
	t.Parallel()
	cuts := features.Cuts{Recency: [4]float64{-30, -20, -10, -3}, Frequency: [4]float64{2, 3, 4, 5}}
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		h.Cuts = &cuts
		days := rapid.IntRange(0, 40).Draw(t, "days")
		then := at - features.Day(days)
		past := slices.DeleteFunc(slices.Clone(h.Orders), func(o features.OrderEvent) bool { return o.Day > then })
		s := features.Snapshot{Orders: int64(len(past)), LastOrderOn: features.NoDay}
		if len(past) > 0 {
			s.LastOrderOn = slices.MaxFunc(past, func(a, b features.OrderEvent) int { return cmp.Compare(a.Day, b.Day) }).Day
		}
		if got, want := h.WasSegment(days, at), cuts.SegmentOf(&s, then); got != want {
			t.Fatalf("%d days ago: got %q, want %q of %+v", days, got, want, h.Orders)
		}
	})
}
