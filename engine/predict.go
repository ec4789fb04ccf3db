package engine

import (
	"math"
	"sync"
	"sync/atomic"

	"treue/engine/store"
	"treue/rules/clv"
	"treue/rules/features"
)

// intervalLevel is the level of a customer's predictive interval.
const intervalLevel = 0.9

// population is every customer on their way to a snapshot.
type population struct {
	day       features.Day
	snapshots []features.Snapshot
	buyers    []*features.Snapshot
	pasts     []past // of the buyers, in their order
	orders    int64
	margin    float64 // share of revenue that is margin; NaN: some order's margin is unknown, so values are revenue
}

// past is what a buyer's snapshot does not keep, but is computed from.
type past struct {
	days   []features.OrderDay
	before store.Before
}

func newPopulation(all []store.Aggregate, day features.Day) *population {
	p := &population{day: day, snapshots: make([]features.Snapshot, len(all))}
	var revenue, margin float64
	for i := range all {
		s := &p.snapshots[i]
		*s = all[i].Snapshot
		s.Consent = all[i].HasAddress && all[i].ConsentDates.Valid()
		if s.Orders == 0 {
			continue
		}
		p.buyers = append(p.buyers, s)
		p.pasts = append(p.pasts, past{all[i].OrderDays, all[i].Before})
		p.orders += s.Orders
		revenue += s.Revenue
		margin += s.Margin
	}
	p.margin = margin / revenue
	return p
}

// basis is what values are counted in: margin when every order has one, else revenue.
func (p *population) basis() string {
	if math.IsNaN(p.margin) {
		return "revenue"
	}
	return "margin"
}

// historic returns what of revenue and margin to date is the historic value.
func (p *population) historic(revenue, margin float64) float64 {
	if math.IsNaN(p.margin) {
		return revenue
	}
	return margin
}

func (p *population) history(s *features.Snapshot) clv.History {
	return clv.History{
		X: int(s.RepeatDays), Tx: clv.Days(int(s.LastOrderOn - s.FirstOrderOn)), T: clv.Days(int(p.day - s.FirstOrderOn)),
	}
}

func spend(s *features.Snapshot) clv.Spend {
	return clv.Spend{X: int(s.RepeatDays), Mean: s.RepeatSpend}
}

// observe fills in what follows from the customers together, without a model.
func (p *population) observe() {
	p.setRhythms()
	sets := make([][]string, len(p.buyers))
	for i, s := range p.buyers {
		sets[i] = s.Categories
	}
	affinity := features.NewAffinity(sets)
	for _, s := range p.buyers {
		s.NextCategory = affinity.Next(s.Categories)
	}
}

// setRhythms draws each buyer's mean gap between two days with an order towards the shop's, as if one more gap of the
// shop's length had been seen. Where nobody ordered twice there is no rhythm.
func (p *population) setRhythms() {
	var gaps, days int64
	for _, s := range p.buyers {
		gaps += s.RepeatDays
		days += int64(s.LastOrderOn - s.FirstOrderOn)
	}
	if gaps == 0 {
		return
	}
	usual := float64(days) / float64(gaps)
	for _, s := range p.buyers {
		s.Rhythm = (float64(s.LastOrderOn-s.FirstOrderOn) + usual) / float64(s.RepeatDays+1)
		s.NextOrderOn = s.LastOrderOn + features.Day(math.Round(s.Rhythm))
	}
}

// value computes what the model says of every buyer's future.
func (p *population) value(m store.Model) error {
	model, money, err := models(m)
	if err != nil {
		return err
	}
	share, year := m.MarginShare(), clv.Year()
	inParallel(len(p.buyers), func() func(int) {
		if money == nil {
			return func(i int) { p.count(i, model) }
		}
		forecaster := clv.NewForecaster(year, model, money, intervalLevel)
		return func(i int) {
			s := p.buyers[i]
			p.count(i, model)
			f := forecaster.Forecast(p.history(s), spend(s))
			s.CLVPredicted = f.Value * share
			// A shop that loses money on what it sells has a negative share.
			s.CLVPredictedLow, s.CLVPredictedHigh = min(f.Low*share, f.High*share), max(f.Low*share, f.High*share)
			s.CLV90dAgo = p.earlier(i, model, money, share)
		}
	})
	return nil
}

// count fills in what the purchase model alone says of a buyer.
func (p *population) count(i int, model clv.Model) {
	s := p.buyers[i]
	h := p.history(s)
	s.PAlive, s.ExpectedOrders = model.PAlive(h), model.Expected(clv.Year().Length(), h)
	s.CLVHistoric = p.historic(s.Revenue, s.Margin)
}

// earlier returns what the models say of a buyer's history up to [store.BeforeDays] ago: the value then. It is NaN for
// a buyer who came later.
func (p *population) earlier(i int, model clv.Model, money clv.SpendModel, share float64) float64 {
	b, first := &p.pasts[i].before, p.buyers[i].FirstOrderOn
	if !b.LastOrderOn.Known() {
		return math.NaN()
	}
	h := clv.History{
		X: int(b.RepeatDays), Tx: clv.Days(int(b.LastOrderOn - first)), T: clv.Days(int(p.day - store.BeforeDays - first)),
	}
	predicted := clv.Residual(model, money, h, clv.Spend{X: h.X, Mean: b.RepeatSpend}) * share
	return p.historic(b.Revenue, b.Margin) + predicted
}

// rank fills in what the frozen cut points say of the values.
func (p *population) rank(m store.Model) {
	cuts := features.CutsFromMap(m.Cuts)
	features.Percentiles(p.buyers)
	for i, s := range p.buyers {
		s.Tier = cuts.TierOf(s.CLV())
		cuts.Grade(s, p.day)
		s.SegmentSince = cuts.SegmentSince(p.pasts[i].days, p.day)
	}
}

// inParallel spreads work that is pure arithmetic over the cores: each worker takes chunks of 0 to n-1.
func inParallel(n int, worker func() func(i int)) {
	const workers, chunk = 4, 2048
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(workers, (n+chunk-1)/chunk) {
		all.Go(func() {
			do := worker()
			for end := int(next.Add(chunk)); end-chunk < n; end = int(next.Add(chunk)) {
				for i := end - chunk; i < min(end, n); i++ {
					do(i)
				}
			}
		})
	}
	all.Wait()
}
