package clv

import "math"

// Forecast is what a model says of one customer's next months.
type Forecast struct {
	PAlive    float64
	Purchases float64 // expected within the horizon, discounted
	Expected  float64 // expected within the horizon, not discounted
	Value     float64 // Purchases times the expected spend, major units
	// Low and High are the limits of the predictive interval, major units; see
	// [Horizon.Interval].
	Low, High float64
}

// Forecaster makes the forecasts of many customers. It keeps tables of how sums
// of order values are distributed, with which a predictive interval takes less
// time than the expectation; its limits are those of [Horizon.Interval] within
// 1e-3 relatively. It does not depend on the order of the customers. Use one
// per goroutine.
type Forecaster struct {
	horizon  Horizon
	model    Model
	spend    SpendModel
	level    float64
	ends     []Weeks
	expected []float64            // at ends, of the customer at hand
	counts   []float64            // of purchases, of the customer at hand
	sums     map[float64]*sumGrid // by the shape of what is known of a customer's spend
	points   int                  // in all of sums
	factors  *keptFactors
	// Who bought once is told apart by time alone, so that few forecasts serve many customers.
	once      map[Weeks]Forecast
	onceValue map[Weeks]float64
}

const (
	// countsIgnored, as a share of the tail beyond the interval, is the
	// probability of many purchases that a forecast leaves out.
	countsIgnored = 1e-4
	// smallTail is the probability just above that of no purchase at which a
	// limit is not taken from tables, where relative precision ends.
	smallTail = 1e-5
	// maxOnce bounds how many forecasts are kept of customers who bought once: days of ten years.
	maxOnce = 4096
	// maxPoints bounds the tables to some 64 MB. Shops with hundreds of different
	// numbers of past purchases then make some of them more than once.
	maxPoints = 4_000_000
)

// NewForecaster returns a forecaster of the horizon with predictive intervals
// of the level, between 0 and 1.
func NewForecaster(z Horizon, m Model, s SpendModel, level float64) *Forecaster {
	f := &Forecaster{horizon: z, model: m, spend: s, level: level, sums: map[float64]*sumGrid{}, factors: newKeptFactors(), once: map[Weeks]Forecast{}, onceValue: map[Weeks]float64{}}
	for k := range max(0, z.Terms) {
		f.ends = append(f.ends, Weeks(k+1)*z.Term)
	}
	f.expected = make([]float64, len(f.ends))
	return f
}

// Points returns how many points its tables have, of 16 bytes each.
func (f *Forecaster) Points() int { return f.points }

// Forecast returns the forecast of one customer.
func (f *Forecaster) Forecast(h History, s Spend) Forecast {
	if h.X > 0 || h.Tx != 0 || s.known() {
		return f.forecast(h, s)
	}
	return remembered(f.once, h.T, func() Forecast { return f.forecast(h, s) })
}

// Value returns Forecast.Value alone: without the interval it takes half the time.
func (f *Forecaster) Value(h History, s Spend) float64 {
	if h.X > 0 || h.Tx != 0 || s.known() {
		return f.value(h, s)
	}
	return remembered(f.onceValue, h.T, func() float64 { return f.value(h, s) })
}

func (f *Forecaster) value(h History, s Spend) float64 {
	coming, ok := f.prospect(h)
	if !ok {
		return f.horizon.Purchases(f.model, h) * f.spend.Expected(s)
	}
	return f.purchases(coming) * f.spend.Expected(s)
}

// remembered returns what is kept for a time, or keeps what it works out.
func remembered[V any](kept map[Weeks]V, at Weeks, workOut func() V) V {
	if v, known := kept[at]; known {
		return v
	}
	v := workOut()
	if len(kept) >= maxOnce {
		clear(kept)
	}
	kept[at] = v
	return v
}

// prospect returns a customer's coming purchases; false where the model is of another package or there is no horizon.
func (f *Forecaster) prospect(h History) (prospect, bool) {
	source, ok := f.model.(prospector)
	if !ok || len(f.ends) == 0 || !(f.horizon.Term > 0) {
		return nil, false
	}
	return source.prospect(h), true
}

// purchases returns the purchases expected within the horizon, discounted, and leaves those at the ends of its terms in
// f.expected.
func (f *Forecaster) purchases(coming prospect) float64 {
	coming.fill(f.expected, f.ends, f.factors)
	return f.horizon.discount(f.expected)
}

func (f *Forecaster) forecast(h History, s Spend) Forecast {
	coming, ok := f.prospect(h)
	if !ok {
		out := Forecast{PAlive: f.model.PAlive(h), Purchases: f.horizon.Purchases(f.model, h), Expected: f.model.Expected(f.horizon.Length(), h)}
		out.Value = out.Purchases * f.spend.Expected(s)
		out.Low, out.High = f.horizon.Interval(f.model, f.spend, h, s, f.level)
		return out
	}
	out := Forecast{PAlive: f.model.PAlive(h), Purchases: f.purchases(coming)}
	out.Value = out.Purchases * f.spend.Expected(s)
	out.Expected = f.expected[len(f.expected)-1]
	if !(out.Expected > 0) {
		return out
	}
	discount, tail := out.Purchases/out.Expected, (1-f.level)/2
	f.counts = coming.counts(f.counts[:0], f.ends[len(f.ends)-1], countsIgnored*tail)
	out.Low, out.High = discount*f.quantile(tail, s), discount*f.quantile(1-tail, s)
	return out
}

// quantile returns the undiscounted value at which the distribution of what the
// customer of f.counts spends reaches p; NaN for a spend model of another package.
func (f *Forecaster) quantile(p float64, s Spend) float64 {
	switch m := f.spend.(type) {
	case ShrunkenMean:
		return m.Expected(s) * float64(leastCount(f.counts, p))
	case GammaGamma:
		rate, shape := m.posterior(s)
		if p <= f.counts[0] {
			return 0
		}
		if p-f.counts[0] > smallTail {
			return rate * f.fromGrid(m.P, shape, p)
		}
		mix := valueMix{counts: f.counts, sums: m, spend: s}
		return quantile(mix.atMost, p, f.spend.Expected(s)*float64(len(f.counts)))
	}
	return math.NaN()
}

// fromGrid returns the quantile in units of the rate from the tables for what is
// known of a customer's spend.
func (f *Forecaster) fromGrid(perPurchase, shape, p float64) float64 {
	g := f.sums[shape]
	if g == nil {
		g = newSumGrid(perPurchase, shape)
		f.sums[shape] = g
	}
	f.points += g.reach(len(f.counts) - 1)
	out := g.quantile(f.counts, p)
	if f.points > maxPoints {
		clear(f.sums)
		f.points = 0
	}
	return out
}

// leastCount returns the least number of purchases that is not exceeded with
// probability p.
func leastCount(counts []float64, p float64) int {
	for n, c := range counts {
		if p -= c; p <= 0 {
			return n
		}
	}
	return len(counts) - 1
}
