package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"treue/engine/store"
	"treue/rules"
	"treue/rules/customer"
	"treue/rules/features"
	"treue/rules/worth"
)

// may is the month of noon, by its first day.
var may = features.DayOf(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), time.UTC)

func (b *bench) stages() []store.NamedRule {
	b.Helper()
	var all []store.NamedRule
	for _, s := range worth.Stages() {
		rule, err := rules.Compile(s.Rule)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, store.NamedRule{Name: s.Name, Rule: rule})
	}
	return all
}

// portfolio imports n customers and returns their snapshots, in every stage and half of them in segment champions.
func (b *bench) portfolio(n int, day features.Day) []features.Snapshot {
	b.Helper()
	var people []customer.Customer
	rows := make([]features.Snapshot, n)
	for i := range rows {
		who := fmt.Sprint("p", i)
		people = append(people, person(who, ""))
		s := &rows[i]
		features.Blank(s)
		s.CustomerID, s.Source, s.ExternalID = id(who), "shop", who
		if i%5 == 0 {
			continue // a lead
		}
		s.Orders, s.LastOrderOn, s.Rhythm = int64(i%5), day-features.Day(40*(i%4)), 30
		s.NextOrderOn = s.LastOrderOn + 30
		s.PAlive, s.CLVHistoric, s.CLVPredicted, s.Tier = 0.9, 10, float64(i), "a"
		s.Segment = []string{"champions", "loyal"}[i%2]
	}
	slices.SortFunc(rows, func(a, b features.Snapshot) int { return int(min(1, max(-1, a.CustomerID-b.CustomerID))) })
	b.customers("portfolio", noon, counts{inserted: int64(n)}, people...)
	return rows
}

func (b *bench) publish(asOf time.Time, rows []features.Snapshot) store.Set {
	b.Helper()
	set, err := b.Publish(b.ctx(), b.set(asOf), rows)
	if err != nil {
		b.Fatal(err)
	}
	return set
}

func (b *bench) remember(set store.Set, month features.Day, want bool) {
	b.Helper()
	kept, err := b.Remember(b.ctx(), set, month, "margin", worth.StageVersion, b.stages(), store.View{Now: set.AsOf, Zone: time.UTC})
	if err != nil || kept != want {
		b.Fatalf("month %v: kept %t, %v; want %t", month, kept, err, want)
	}
}

// TestRememberedMonth: the statement's stages and sums are those of the rules in memory.
func TestRememberedMonth(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	asOf := may.Date().Add(3 * time.Hour)
	rows := b.portfolio(60, may)
	set := b.publish(asOf, rows)
	b.remember(set, may, true)
	b.remember(set, may, false)
	months, err := b.Months(b.ctx(), may, 5)
	if err != nil || len(months) != 1 {
		t.Fatal(months, err)
	}
	m := months[0]
	if m.Month != may || m.Day != may || !m.AsOf.Equal(asOf) || m.Basis != "margin" || m.Due != -1 || m.Customers != 3 || m.ModelID != set.ModelID {
		t.Errorf("%+v", m)
	}
	want := map[string]store.TrendGroup{}
	count := func(kind, name string, s *features.Snapshot) {
		if name == "" {
			return
		}
		g := want[kind+name]
		g.Kind, g.Name = kind, name
		g.Customers++
		if s.Orders > 0 {
			g.Historic += s.CLVHistoric
			g.Predicted += s.CLVPredicted
			g.PredictedSqrs += s.CLVPredicted * s.CLVPredicted
		}
		want[kind+name] = g
	}
	for i := range rows {
		s := &rows[i]
		count("segment", s.Segment, s)
		count("tier", s.Tier, s)
		for _, stage := range b.stages() {
			if stage.Rule.Match(s, may) {
				count("stage", stage.Name, s)
				if got := value[string](b, `SELECT stage FROM clv_history WHERE customer_id = $1`, s.CustomerID); got != stage.Name {
					t.Errorf("%s is %s, want %s", s.ExternalID, got, stage.Name)
				}
			}
		}
	}
	if len(m.Groups) != len(want) || len(want) < 7 {
		t.Errorf("%d groups, want %d, of at least seven", len(m.Groups), len(want))
	}
	for _, g := range m.Groups {
		if g != want[g.Kind+g.Name] {
			t.Errorf("%+v, want %+v", g, want[g.Kind+g.Name])
		}
	}
}

// TestALateMonthGivesWay to a state from its beginning, and to nothing else.
func TestALateMonthGivesWay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	rows := b.portfolio(10, may)
	late := b.publish(may.Date().AddDate(0, 0, 20), rows)
	b.remember(late, may, true)
	b.remember(b.publish(may.Date().AddDate(0, 0, 25), rows), may, false)
	rows[0].Segment = "new"
	early, err := b.PublishPrivate(b.ctx(), b.set(may.Date().Add(-time.Microsecond)), rows)
	if err != nil {
		t.Fatal(err)
	}
	b.remember(early, may, true)
	b.remember(early, may, false)
	months, err := b.Months(b.ctx(), may, 5)
	if err != nil || len(months) != 1 || months[0].Day != may-1 {
		t.Fatal(months, err)
	}
	if n := value[int64](b, `SELECT count(*) FROM clv_history`); n != 10 {
		t.Errorf("%d rows of history, want one per customer", n)
	}
	if err := b.DropPrivate(b.ctx(), early); err != nil {
		t.Fatal(err)
	}
	if n := value[int64](b, `SELECT count(*) FROM snapshots_private`); n != 0 {
		t.Errorf("%d rows of a private set are left", n)
	}
	b.remember(early, may+31, false) // the set is gone: nothing is remembered, and that is no fault
	if err := b.DropPrivate(b.ctx(), late); err != nil {
		t.Fatal(err)
	}
	if current, err := b.CurrentSet(b.ctx()); err != nil || current.ID == early.ID {
		t.Errorf("the published set: %+v, %v", current, err)
	}
}

func TestMoves(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	rows := b.portfolio(10, may)
	b.remember(b.publish(may.Date(), rows), may, true)
	now := slices.Clone(rows)
	for i := range now {
		switch now[i].ExternalID {
		case "p1", "p3": // loyal
			now[i].Segment = "at_risk"
		case "p5": // a lead until now
			now[i].Segment, now[i].Tier = "new", "c"
		case "p7":
			now[i].Segment, now[i].Tier = "", "" // all orders cancelled
		}
	}
	set := b.publish(may.Date().AddDate(0, 0, 30), now)
	got, err := b.Moves(b.ctx(), set, "segment", may)
	want := []store.Move{{"", "new", 1}, {"champions", "champions", 4}, {"loyal", "", 1}, {"loyal", "at_risk", 2}, {"loyal", "loyal", 1}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
	got, err = b.Moves(b.ctx(), set, "tier", may)
	if want := []store.Move{{"", "c", 1}, {"a", "", 1}, {"a", "a", 7}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
	if _, err := b.Moves(b.ctx(), set, "city", may); err == nil {
		t.Error("moves between cities")
	}
}

// TestReorders counts who was due in May and ordered in it.
func TestReorders(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	berlin := berlin(t)
	rows := b.portfolio(10, may)
	for i := range rows {
		rows[i].NextOrderOn = features.NoDay
	}
	due := map[string]features.Day{"p1": may + 1, "p2": may + 30, "p3": may + 10, "p4": may + 10, "p6": may + 10, "p7": may, "p8": may + 31}
	for i := range rows {
		if on, is := due[rows[i].ExternalID]; is {
			rows[i].NextOrderOn = on
		}
	}
	b.remember(b.publish(may.Date().Add(time.Hour), rows), may, true)
	at := func(month time.Month, d, h int) time.Time { return time.Date(2026, month, d, h, 30, 0, 0, berlin) }
	cancelled, test := order("o4", "p4", at(5, 12, 9), 100), order("o6", "p6", at(5, 12, 9), 100)
	cancelled.Status, test.Status = customer.StatusCancelled, customer.StatusTest
	cancelled.CancelledAt = new(at(5, 20, 9))
	b.orders("orders", noon, counts{inserted: 7},
		order("o1", "p1", at(5, 31, 23), 100), // the last hour of May
		order("o2", "p2", at(6, 1, 0), 100),   // the first of June
		order("o3", "p3", at(5, 1, 23), 100),  // the day of the state itself
		cancelled, test,
		order("o7", "p7", at(5, 12, 9), 100), // due before
		order("o8", "p8", at(5, 12, 9), 100)) // due after
	july := at(7, 1, 0)
	for _, c := range []struct {
		by   features.Day
		want string
	}{{may + 30, "-"}, {may + 31, "5 1"}} {
		if err := b.CloseMonths(b.ctx(), c.by, july, berlin); err != nil {
			t.Fatal(err)
		}
		if got := value[string](b, `SELECT coalesce(due || ' ' || reordered, '-') FROM clv_months`); got != c.want {
			t.Errorf("by %v, due and reordered: %s, want %s", c.by, got, c.want)
		}
	}
	// Counted once: later orders do not change what was known.
	b.orders("late", noon, counts{inserted: 1}, order("o9", "p3", at(5, 13, 9), 100))
	if err := b.CloseMonths(b.ctx(), may+40, july, berlin); err != nil {
		t.Fatal(err)
	}
	if got := value[int64](b, `SELECT reordered FROM clv_months`); got != 1 {
		t.Errorf("%d reordered", got)
	}
}

// TestCovarianceIsStored with the fit.
func TestCovarianceIsStored(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.model(noon)
	plain, err := b.Model(b.ctx(), m.ID)
	if err != nil || plain.Outcome != "" || len(plain.Covariance.Names) != 0 {
		t.Fatalf("%+v, %v", plain, err)
	}
	m.Outcome, m.Covariance.Names, m.Covariance.Values = "converged", []string{"r", "a"}, [][]float64{{1, 0.5}, {0.5, 4}}
	if m.ID, err = b.SaveModel(b.ctx(), m); err != nil {
		t.Fatal(err)
	}
	got, err := b.Model(b.ctx(), m.ID)
	if err != nil || got.Outcome != "converged" || got.Covariance.Values[1][1] != 4 || got.Covariance.Names[1] != "a" {
		t.Errorf("%+v, %v", got, err)
	}
}
