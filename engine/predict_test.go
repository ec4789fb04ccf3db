package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"treue/engine/store"
	"treue/rules/clv"
	"treue/rules/customer"
	"treue/rules/features"
)

const today = features.Day(20_500)

// visit is an order by the day and its revenue, which is also four times its margin.
type visit struct {
	on      features.Day
	revenue float64
}

// observed is the aggregate of a customer who made these visits, as known on a day.
func observed(id int64, day features.Day, visits ...visit) store.Aggregate {
	a := store.Aggregate{Before: store.Before{LastOrderOn: features.NoDay, Margin: math.NaN(), RepeatSpend: math.NaN()}}
	features.Blank(&a.Snapshot)
	a.CustomerID = id
	visits = slices.DeleteFunc(slices.Clone(visits), func(v visit) bool { return v.on > day })
	if len(visits) == 0 {
		return a
	}
	sum := func(days features.Day) (revenue, spend float64, repeats int64, last features.Day) {
		seen := 0
		for _, v := range visits {
			if v.on <= days {
				seen++
				revenue += v.revenue
				last = v.on
			}
		}
		return revenue, (revenue - visits[0].revenue) / float64(seen-1), int64(seen - 1), last
	}
	a.Orders, a.FirstOrderOn = int64(len(visits)), visits[0].on
	a.Revenue, a.RepeatSpend, a.RepeatDays, a.LastOrderOn = sum(day)
	a.Margin = a.Revenue / 4
	if b := &a.Before; visits[0].on <= day-store.BeforeDays {
		b.Revenue, b.RepeatSpend, b.RepeatDays, b.LastOrderOn = sum(day - store.BeforeDays)
		b.Margin = b.Revenue / 4
	}
	for _, v := range visits {
		a.OrderDays = append(a.OrderDays, features.OrderDay{On: v.on, Orders: 1})
	}
	return a
}

// crowd invents the visits of customers, of whom every tenth never buys.
func crowd(n int) [][]visit {
	r := rand.New(rand.NewPCG(7, 11))
	all := make([][]visit, n)
	for i := range all {
		if i%10 == 9 {
			continue
		}
		rate, worth := 0.3+2*r.ExpFloat64(), 20+40*r.ExpFloat64()
		for on := today - features.Day(r.IntN(700)); on <= today; on += 1 + features.Day(60*r.ExpFloat64()/rate) {
			all[i] = append(all[i], visit{on, math.Round(100*worth*(0.5+r.Float64())) / 100})
			if r.IntN(20) == 0 {
				break
			}
		}
	}
	return all
}

// crowded is a population with the snapshots that come of it.
type crowded struct {
	*population
	aggregates []store.Aggregate
	snapshots  []features.Snapshot // of all customers
	bought     []*features.Snapshot
}

func populate(day features.Day, all [][]visit) *crowded {
	aggregates := make([]store.Aggregate, len(all))
	for i, visits := range all {
		aggregates[i] = observed(int64(i), day, visits...)
	}
	return assembled(day, aggregates)
}

func assembled(day features.Day, aggregates []store.Aggregate) *crowded {
	c := &crowded{population: newPopulation(day, int64(len(aggregates)), &forecasters{}), aggregates: aggregates}
	for i := range aggregates {
		if aggregates[i].Orders > 0 {
			c.add(&aggregates[i])
			c.categories.Add(aggregates[i].Categories)
		}
	}
	return c
}

// finish makes the snapshots by a model that has valued the population.
func (c *crowded) finish(m store.Model) {
	to := newFinishing(c.day, c.norms(), m)
	c.snapshots, c.bought = make([]features.Snapshot, len(c.aggregates)), nil
	at := 0
	for i := range c.aggregates {
		a := c.aggregates[i]
		if a.Orders > 0 {
			c.fill(&a.Snapshot, at, to, nil)
			at++
		}
		c.snapshots[i] = a.Snapshot
		if a.Orders > 0 {
			c.bought = append(c.bought, &c.snapshots[i])
		}
	}
}

func fitted(t *testing.T, c *crowded) store.Model {
	t.Helper()
	m, err := c.fit(clv.NameAuto)
	if err != nil {
		t.Fatal(err)
	}
	c.finish(m)
	return m
}

// compute makes a private set of snapshots, and reads it.
func (s *shop) compute() ([]features.Snapshot, store.Model) {
	s.t.Helper()
	set, err := s.preview(s.t.Context(), s.now)
	s.must(err)
	m, err := s.Store().Model(s.t.Context(), set.ModelID)
	s.must(err)
	return s.read(set), m
}

// read reads every statistic of a set.
func (s *shop) read(set store.Set) []features.Snapshot {
	s.t.Helper()
	var all []features.Snapshot
	view := s.view(s.now)
	view.Needs = store.EverythingStored()
	s.must(s.Store().EachSnapshot(s.t.Context(), set, view, func(snap *features.Snapshot) error {
		kept := *snap
		kept.Tags, kept.Categories = slices.Clone(snap.Tags), slices.Clone(snap.Categories)
		all = append(all, kept)
		return nil
	}))
	return all
}

func near(a, b, relative float64) bool {
	return math.Abs(a-b) <= relative*max(math.Abs(a), math.Abs(b))
}

// TestPredictedRange compares with the plain computation of the predictive interval, customer by customer.
func TestPredictedRange(t *testing.T) {
	t.Parallel()
	p := populate(today, crowd(400))
	m := fitted(t, p)
	model, money, err := models(m)
	if err != nil || money.Name() != clv.NameGammaGamma {
		t.Fatal(money, err)
	}
	positive := 0
	for i, s := range p.bought {
		h, spend := p.buyers[i].history(today), p.buyers[i].purchases()
		low, high := clv.Year().Interval(model, money, h, spend, 0.9)
		if !near(s.CLVPredictedLow, low/4, 0.005) || !near(s.CLVPredictedHigh, high/4, 0.005) {
			t.Errorf("customer %d: %v to %v, want %v to %v", s.CustomerID, s.CLVPredictedLow, s.CLVPredictedHigh, low/4, high/4)
		}
		if want := clv.Residual(model, money, h, spend) / 4; !near(s.CLVPredicted, want, 1e-9) {
			t.Errorf("customer %d: %v, want %v", s.CustomerID, s.CLVPredicted, want)
		}
		if low > 0 {
			positive++
		}
	}
	if positive < 20 {
		t.Errorf("%d customers have a lower end above 0: too few to compare", positive)
	}
}

// TestLargePopulationsAreFittedToASample: the parameters are close to those of all, and everybody is valued.
func TestLargePopulationsAreFittedToASample(t *testing.T) {
	t.Parallel()
	all := crowd(6000)
	whole, part := populate(today, all), populate(today, all)
	part.sample = 2000
	n := 0
	for range part.sampled() {
		n++
	}
	if n < 1000 || n > 2000 {
		t.Errorf("%d of %d buyers are fitted to, want 1000 to 2000", n, len(part.buyers))
	}
	m := fitted(t, part)
	if want := fitted(t, whole); m.Name != want.Name || m.Buyers != want.Buyers || m.Orders != want.Orders || *m.LogLikelihood == *want.LogLikelihood {
		t.Errorf("model %+v, want one like %+v", m, want)
	}
	var of, ofAll float64
	for i, s := range part.bought {
		of, ofAll = of+s.CLVPredicted, ofAll+whole.bought[i].CLVPredicted
	}
	if !near(of, ofAll, 0.1) {
		t.Errorf("all buyers together are worth %v, by the fit to all %v", of, ofAll)
	}
}

// TestEarlierValue holds clv_90d_ago to what the same model says of a shop that stopped 90 days ago.
func TestEarlierValue(t *testing.T) {
	t.Parallel()
	all := crowd(400)
	p, then := populate(today, all), populate(today-store.BeforeDays, all)
	m := fitted(t, p)
	if err := then.value(m); err != nil {
		t.Fatal(err)
	}
	then.finish(m)
	later := 0
	for i, s := range p.snapshots {
		if was := then.snapshots[i]; was.Orders > 0 {
			if !near(s.CLV90dAgo, was.CLV(), 1e-9) {
				t.Errorf("customer %d: %v, want %v", i, s.CLV90dAgo, was.CLV())
			}
			continue
		}
		if later++; !math.IsNaN(s.CLV90dAgo) {
			t.Errorf("customer %d: %v before the first order", i, s.CLV90dAgo)
		}
	}
	if later < 40 {
		t.Errorf("%d customers came later: too few to compare", later)
	}
}

// TestScoresAndSegments holds the scores to the share of buyers strictly below, and the stretch to the days before it.
func TestScoresAndSegments(t *testing.T) {
	t.Parallel()
	all := crowd(300)
	p := populate(today, all)
	m := fitted(t, p)
	cuts := features.CutsFromMap(m.Cuts)
	for i, s := range p.snapshots {
		if s.Orders == 0 {
			if s.SegmentSince.Known() || !math.IsNaN(s.MonetaryScore) || !math.IsNaN(s.RecencyScore) || !math.IsNaN(s.FrequencyScore) {
				t.Errorf("customer %d never bought, but has scores or a segment", i)
			}
			continue
		}
		below := 0
		for _, other := range p.bought {
			if other.Revenue < s.Revenue {
				below++
			}
		}
		if want := float64(1 + 5*below/len(p.bought)); s.MonetaryScore != want {
			t.Errorf("customer %d: monetary score %v, want %v", i, s.MonetaryScore, want)
		}
		first := observed(0, s.SegmentSince, all[i]...).Snapshot
		dayBefore := observed(0, s.SegmentSince-1, all[i]...).Snapshot
		if cuts.SegmentOf(&first, s.SegmentSince) != s.Segment || cuts.SegmentOf(&dayBefore, s.SegmentSince-1) == s.Segment {
			t.Errorf("customer %d did not come into %s on %v", i, s.Segment, s.SegmentSince)
		}
	}
}

func TestRhythm(t *testing.T) {
	t.Parallel()
	p := populate(today, [][]visit{
		{{20_000, 1}, {20_010, 1}, {20_020, 1}}, // two gaps of 10
		{{20_000, 1}, {20_100, 1}},              // one of 100: the shop's is 40
		{{20_400, 1}},                           // none
		nil,                                     // never bought
		{{today, 1}, {today + 1, 1}},            // the second order is yet to come
		{{20_001, 5}, {20_002, 5}, {20_003, 5}, {20_041, 5}}, // 1, 1 and 38: now the shop's mean is 160/6
	})
	fitted(t, p)
	usual := 160.0 / 6
	for i, want := range []float64{(20 + usual) / 3, (100 + usual) / 2, usual, math.NaN(), usual, (40 + usual) / 4} {
		s := p.snapshots[i]
		if math.IsNaN(want) {
			if !math.IsNaN(s.Rhythm) || s.NextOrderOn.Known() {
				t.Errorf("customer %d: %v, next on %v", i, s.Rhythm, s.NextOrderOn)
			}
			continue
		}
		if !near(s.Rhythm, want, 1e-12) || s.NextOrderOn != s.LastOrderOn+features.Day(math.Round(want)) {
			t.Errorf("customer %d: %v, next on %v; want %v", i, s.Rhythm, s.NextOrderOn, want)
		}
	}
	nobodyTwice := populate(today, [][]visit{{{20_000, 1}}, {{20_100, 1}}})
	fitted(t, nobodyTwice)
	for _, s := range nobodyTwice.bought {
		if !math.IsNaN(s.Rhythm) || s.NextOrderOn.Known() {
			t.Errorf("nobody ordered twice: %v, next on %v", s.Rhythm, s.NextOrderOn)
		}
	}
}

func TestNextCategoryOfThePopulation(t *testing.T) {
	t.Parallel()
	all := make([]store.Aggregate, 60)
	for i := range all {
		all[i] = observed(int64(i), today, visit{20_000, 10})
		all[i].Categories = [][]string{{"beans", "mills"}, {"tea"}, {"beans"}}[i%3]
	}
	p := assembled(today, slices.Concat(all, []store.Aggregate{observed(60, today)}))
	fitted(t, p)
	for i, want := range map[int]string{0: "", 1: "", 2: "mills", 60: ""} {
		if got := p.snapshots[i].NextCategory; got != want {
			t.Errorf("customer %d: %q, want %q", i, got, want)
		}
	}
}

// TestShopWithoutSales has orders, all of them free: there is no spend model.
func TestShopWithoutSales(t *testing.T) {
	t.Parallel()
	p := populate(today, [][]visit{{{20_000, 0}, {20_100, 0}}, {{20_200, 0}}, nil})
	if m := fitted(t, p); m.SpendName != noSpend {
		t.Fatalf("spend model %s", m.SpendName)
	}
	for _, s := range p.bought {
		if !math.IsNaN(s.CLVPredicted) || !math.IsNaN(s.CLVPredictedLow) || !math.IsNaN(s.CLVPredictedHigh) || !math.IsNaN(s.CLV90dAgo) || math.IsNaN(s.PAlive) {
			t.Errorf("customer %d: %+v", s.CustomerID, s)
		}
	}
}

// TestRefreshThroughTheDatabase compares what a refresh says of 90 days ago with what one would have said then, in a
// zone whose clocks changed in between.
func TestRefreshThroughTheDatabase(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(30, nil)
	for i := range 30 {
		s.importOrders(orderOf(i, s.now.AddDate(0, 0, -80-i), 2000+int64(100*i)), orderOf(i, s.now.AddDate(0, 0, -3*i), 4500))
	}
	snapshots, m := s.compute()
	day := features.DayOf(s.now, s.zone)
	then, err := s.Store().Aggregates(t.Context(), (day - store.BeforeDays + 1).Start(s.zone).Add(-time.Microsecond), s.terms())
	s.must(err)
	p := assembled(day-store.BeforeDays, then)
	s.must(p.value(m))
	p.finish(m)
	for i := range p.snapshots {
		if got, want := snapshots[i].CLV90dAgo, p.snapshots[i].CLV(); !near(got, want, 1e-9) {
			t.Errorf("%s: %v, want %v", snapshots[i].ExternalID, got, want)
		}
	}
}

// TestModelWithoutMonetaryCutsIsFittedAnew is what a shop meets after an update.
func TestModelWithoutMonetaryCutsIsFittedAnew(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(20, func(i int, c *customer.Customer) { c.City = fmt.Sprint("City ", i) })
	_, first := s.compute()
	_, second := s.compute()
	s.sql(`UPDATE clv_models SET cuts = cuts - 'monetary'`)
	snapshots, third := s.compute()
	if second.ID != first.ID || third.ID == first.ID {
		t.Errorf("models %d, %d and %d: want the first one twice, then a new one", first.ID, second.ID, third.ID)
	}
	if math.IsNaN(snapshots[0].MonetaryScore) {
		t.Error("the monetary score is unknown")
	}
}

// TestIntervalIsTheStoredRange holds what people are shown to what rules read.
func TestIntervalIsTheStoredRange(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(20, nil)
	_, err := s.Refresh(t.Context(), s.now, clv.NameAuto, false)
	s.must(err)
	snapshots, _ := s.compute()
	for i := range snapshots {
		want := &snapshots[i]
		got, interval, err := s.Customer(t.Context(), s.now, want.CustomerID)
		s.must(err)
		if interval == nil || got.CLVPredictedHigh != want.CLVPredictedHigh || want.CLVPredictedHigh == 0 ||
			*interval != (Interval{want.CLVHistoric + want.CLVPredictedLow, want.CLVHistoric + want.CLVPredictedHigh}) {
			t.Fatalf("%s: interval %v, stored %v to %v", want.ExternalID, interval, want.CLVPredictedLow, want.CLVPredictedHigh)
		}
	}
}
