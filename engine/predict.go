package engine

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"treue/engine/store"
	"treue/rules/clv"
	"treue/rules/features"
)

// intervalLevel is the level of a customer's predictive interval.
const intervalLevel = 0.9

// buyer is what is kept of each buyer while a population is valued: a million of them must fit into little memory. It is
// all that orders alone say, but for the days, so that they are read once.
type buyer struct {
	id                     int64
	first, last            features.Day
	orders, repeats        int32
	delivered              features.Day // the last delivery
	discounted             int32        // orders
	days                   uint32       // where they are, see orderDays
	lastDiscounted         bool
	spend, revenue, margin float64
	refunded, lastValue    float64
}

func buyerOf(a *store.Aggregate) buyer {
	return buyer{
		id: a.CustomerID, first: a.FirstOrderOn, last: a.LastOrderOn, orders: int32(a.Orders), repeats: int32(a.RepeatDays),
		delivered: a.LastDeliveryOn, discounted: int32(a.DiscountedOrders), lastDiscounted: a.LastOrderDiscounted,
		spend: a.RepeatSpend, revenue: a.Revenue, margin: a.Margin,
		refunded: a.Refunded, lastValue: a.LastOrderValue,
	}
}

// fill puts it into a snapshot.
func (b *buyer) fill(s *features.Snapshot) {
	s.Orders, s.RepeatDays, s.FirstOrderOn, s.LastOrderOn = int64(b.orders), int64(b.repeats), b.first, b.last
	s.Revenue, s.Margin, s.RepeatSpend, s.Refunded = b.revenue, b.margin, b.spend, b.refunded
	s.DiscountedOrders, s.LastDeliveryOn = int64(b.discounted), b.delivered
	s.LastOrderValue, s.LastOrderDiscounted = b.lastValue, b.lastDiscounted
}

func (b *buyer) history(day features.Day) clv.History {
	return clv.History{X: int(b.repeats), Tx: clv.Days(int(b.last - b.first)), T: clv.Days(int(day - b.first))}
}

func (b *buyer) purchases() clv.Spend { return clv.Spend{X: int(b.repeats), Mean: b.spend} }

// outlook is what a model says of a buyer's future.
type outlook struct{ alive, expected, historic, predicted, low, high, earlier float64 }

// keep puts the history up to [store.BeforeDays] ago where the outlook will be: valuing uses up the one and makes the other,
// and room for both of everybody would be the most that a refresh needs.
func keep(b *store.Before) outlook {
	return outlook{alive: float64(b.LastOrderOn), expected: float64(b.RepeatDays), historic: b.Revenue, predicted: b.Margin, low: b.RepeatSpend}
}

// before returns what keep was given.
func (o *outlook) before() store.Before {
	return store.Before{LastOrderOn: features.Day(o.alive), RepeatDays: int64(o.expected), Revenue: o.historic, Margin: o.predicted, RepeatSpend: o.low}
}

// clv is the historic plus the predicted value.
func (o *outlook) clv() float64 { return o.historic + o.predicted }

func (o *outlook) fill(s *features.Snapshot) {
	s.PAlive, s.ExpectedOrders, s.CLVHistoric = o.alive, o.expected, o.historic
	s.CLVPredicted, s.CLVPredictedLow, s.CLVPredictedHigh, s.CLV90dAgo = o.predicted, o.low, o.high, o.earlier
}

// valuation is a stored fit at work on a day.
type valuation struct {
	day     features.Day
	model   clv.Model
	money   clv.SpendModel // nil for a shop that has sold nothing yet
	share   float64        // of revenue that is margin
	revenue bool           // values are counted in revenue, since some margin is unknown
	name    string         // tells the fit from all others
	kept    *forecasters
}

func newValuation(m store.Model, day features.Day, kept *forecasters) (*valuation, error) {
	model, money, err := models(m)
	return &valuation{
		day: day, model: model, money: money, share: m.MarginShare(), revenue: m.Basis() == "revenue",
		name: fmt.Sprint(m.Name, m.Params, m.SpendName, m.SpendParams), kept: kept,
	}, err
}

// worker returns a function that values buyers, for one goroutine, and one to call afterwards.
func (v *valuation) worker() (value func(*buyer, *store.Before) outlook, done func()) {
	year, nan := clv.Year(), math.NaN()
	var forecaster *clv.Forecaster
	done = func() {}
	if v.money != nil {
		forecaster = v.kept.take(v.name, func() *clv.Forecaster { return clv.NewForecaster(year, v.model, v.money, intervalLevel) })
		done = func() { v.kept.give(v.name, forecaster) }
	}
	value = func(b *buyer, before *store.Before) outlook {
		h := b.history(v.day)
		out := outlook{historic: v.historic(b.revenue, b.margin), predicted: nan, low: nan, high: nan, earlier: nan}
		if forecaster == nil {
			out.alive, out.expected = v.model.PAlive(h), v.model.Expected(year.Length(), h)
			return out
		}
		f := forecaster.Forecast(h, b.purchases())
		out.alive, out.expected, out.predicted = f.PAlive, f.Expected, f.Value*v.share
		// A shop that loses money on what it sells has a negative share.
		out.low, out.high = min(f.Low*v.share, f.High*v.share), max(f.Low*v.share, f.High*v.share)
		out.earlier = v.earlier(b, before, forecaster)
		return out
	}
	return value, done
}

// historic returns what of revenue and margin to date is the historic value.
func (v *valuation) historic(revenue, margin float64) float64 {
	if v.revenue {
		return revenue
	}
	return margin
}

// earlier returns what the models say of a buyer's history up to [store.BeforeDays] ago: the value then. It is NaN for
// a buyer who came later.
func (v *valuation) earlier(b *buyer, before *store.Before, f *clv.Forecaster) float64 {
	if !before.LastOrderOn.Known() {
		return math.NaN()
	}
	h := clv.History{
		X: int(before.RepeatDays), Tx: clv.Days(int(before.LastOrderOn - b.first)), T: clv.Days(int(v.day - store.BeforeDays - b.first)),
	}
	return v.historic(before.Revenue, before.Margin) + f.Value(h, clv.Spend{X: h.X, Mean: before.RepeatSpend})*v.share
}

// finishing turns what is known of a customer into a snapshot.
type finishing struct {
	day   features.Day
	norms *norms
	cuts  features.Cuts
}

func newFinishing(day features.Day, n *norms, m store.Model) *finishing {
	return &finishing{day: day, norms: n, cuts: features.CutsFromMap(m.Cuts)}
}

// mailable says whether a customer may be written to.
func mailable(a *store.Aggregate) bool { return a.HasAddress && a.ConsentDates.Valid() }

// place fills in what the model, the frozen cut points and the norms say of a buyer whose orders are filled in; days are
// those with an order.
func (f *finishing) place(s *features.Snapshot, out *outlook, days []features.OrderDay) {
	out.fill(s)
	f.norms.apply(s)
	s.Tier = f.cuts.TierOf(s.CLV())
	f.cuts.Grade(s, f.day)
	s.SegmentSince = f.cuts.SegmentSince(days, f.day)
}

// inParallel spreads work that is pure arithmetic over the cores: each worker takes chunks of 0 to n-1, and is done when
// none is left.
func inParallel(n int, worker func() (do func(i int), done func())) {
	const workers, chunk = 2, 2048
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(workers, (n+chunk-1)/chunk) {
		all.Go(func() {
			do, done := worker()
			defer done()
			for end := int(next.Add(chunk)); end-chunk < n; end = int(next.Add(chunk)) {
				for i := end - chunk; i < min(end, n); i++ {
					do(i)
				}
			}
		})
	}
	all.Wait()
}
