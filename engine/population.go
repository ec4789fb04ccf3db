package engine

import (
	"errors"
	"iter"
	"maps"
	"math"

	"treue/engine/store"
	"treue/rules/clv"
	"treue/rules/features"
)

// population is every buyer of a shop on their way to a snapshot.
type population struct {
	day             features.Day
	sample          int   // how many buyers the models are fitted to at most
	customers       int64 // visitors included
	buyers          []buyer
	outlooks        []outlook              // of the buyers; until they are valued, see keep
	values          *features.Distribution // of what they are worth, once a fit has seen it
	ordered         orderDays              // when each of them did
	categories      *features.AffinityTally
	sets            *categorySets // of the buyers; nil: nobody wants them
	orders          int64
	unpriced        int64
	gaps, days      int64 // between days with an order
	revenue, margin float64
	kept            *forecasters
	unvalued        []outlook // of the buyers, for the next refresh; nil: they are too many to be remembered
}

// fitSample is how many buyers the models are fitted to. Parameters are then known to a percent or better, while the time
// of a fit goes on growing with the buyers.
const fitSample = 200_000

func newPopulation(day features.Day, customers int64, kept *forecasters) *population {
	// Room for everybody at once: growing leaves copies behind, and what is not used takes no memory.
	return &population{
		kept: kept, day: day, sample: fitSample, customers: customers, categories: features.NewAffinityTally(),
		buyers: make([]buyer, 0, customers), outlooks: make([]outlook, 0, customers),
	}
}

// add takes up a buyer; they come in order of their ids.
func (p *population) add(a *store.Aggregate) { p.take(buyerOf(a), keep(&a.Before), a.OrderDays) }

// take adds a buyer who ordered on these days to those before.
func (p *population) take(b buyer, before outlook, days []features.OrderDay) {
	b.days = p.ordered.add(days)
	p.buyers, p.outlooks = append(p.buyers, b), append(p.outlooks, before)
	p.orders += int64(b.orders)
	p.gaps += int64(b.repeats)
	p.days += int64(b.last - b.first)
	p.revenue += b.revenue
	p.margin += b.margin
	if math.IsNaN(b.margin) {
		p.unpriced++
	}
}

// fill puts all that is known of the buyer at that index into a snapshot. It returns the room for days, to be used again.
func (p *population) fill(s *features.Snapshot, at int, to *finishing, days []features.OrderDay) []features.OrderDay {
	b := &p.buyers[at]
	days = p.ordered.of(at, b.days, b.first, int(b.repeats)+1, days[:0])
	b.fill(s)
	to.place(s, &p.outlooks[at], days)
	return days
}

// share is the part of revenue that is margin; NaN: some order's margin is unknown.
func (p *population) share() float64 { return p.margin / p.revenue }

// basis is what values are counted in: margin when every order has one, else revenue.
func (p *population) basis() string {
	if math.IsNaN(p.share()) {
		return "revenue"
	}
	return "margin"
}

// serves reports whether a frozen model still fits: the shop has not grown much, values are counted in the same money by
// the same terms, and no cut points of a newer version are missing.
func serves(m store.Model, orders int64, basis string, terms store.Terms) bool {
	return (m.Terms == "" || m.Terms == terms.Name()) && float64(orders) <= modelGrowth*float64(m.Orders) && m.Basis() == basis && features.CutsFromMap(m.Cuts).Complete()
}

// fit fits both models and computes the cut points; it leaves the population valued.
func (p *population) fit(name string) (store.Model, error) {
	m, err := p.fitPurchases(name)
	if err != nil {
		return m, err
	}
	if err := p.fitSpend(&m); err != nil {
		return m, err
	}
	m.SetBasis(p.basis(), p.share())
	if err := p.value(m); err != nil {
		return m, err
	}
	cuts, values := features.Survey(len(p.buyers), func(i int) (float64, int64, float64, float64) {
		b := &p.buyers[i]
		return -float64(p.day - b.last), int64(b.orders), b.revenue, p.outlooks[i].clv()
	})
	maps.Copy(m.Cuts, cuts.Map())
	p.values = &values
	return m, nil
}

// sampled gives the buyers to whom models are fitted: of a large population every n-th one in the order of their ids,
// which are hashes. The same shop always gives the same ones.
func (p *population) sampled() iter.Seq[*buyer] {
	step := max(1, (len(p.buyers)+p.sample-1)/p.sample)
	return func(yield func(*buyer) bool) {
		for i := 0; i < len(p.buyers); i += step {
			if !yield(&p.buyers[i]) {
				return
			}
		}
	}
}

// fitPurchases fits the purchase model; its likelihood is that of the sample.
func (p *population) fitPurchases(name string) (store.Model, error) {
	var histories []clv.History
	for b := range p.sampled() {
		histories = append(histories, b.history(p.day))
	}
	fit, err := clv.FitModel(name, histories)
	if err != nil {
		return store.Model{}, err
	}
	return store.Model{
		Name: fit.Model.Name(), Params: fit.Model.Params(), LogLikelihood: known(fit.LogLikelihood), Converged: fit.Converged, Reason: fit.Reason,
		SpendName: noSpend, SpendParams: map[string]float64{}, Cuts: map[string][]float64{},
		Customers: p.customers, Buyers: int64(len(p.buyers)), Orders: p.orders,
		Outcome: string(fit.Outcome), Covariance: store.Covariance(fit.Covariance),
	}, nil
}

func (p *population) fitSpend(m *store.Model) error {
	var spends []clv.Spend
	for b := range p.sampled() {
		spends = append(spends, b.purchases())
	}
	money, err := clv.FitSpend(spends, p.revenue/float64(max(p.orders, 1)))
	switch {
	case errors.Is(err, clv.ErrNoSpend):
		return nil
	case err != nil:
		return err
	}
	m.SpendName, m.SpendParams, m.SpendLogLikelihood = money.Model.Name(), money.Model.Params(), known(money.LogLikelihood)
	m.SpendCovariance = store.Covariance(money.Covariance)
	if money.Fallback {
		m.Reason += "; spend: " + money.Reason
	}
	return nil
}

// value computes what the model says of every buyer's future; once.
func (p *population) value(m store.Model) error {
	v, err := newValuation(m, p.day, p.kept)
	if err != nil {
		return err
	}
	order := p.byRepeats()
	inParallel(len(order), func() (func(int), func()) {
		value, done := v.worker()
		return func(i int) {
			at := order[i]
			before := p.outlooks[at].before()
			p.outlooks[at] = value(&p.buyers[at], &before)
		}, done
	})
	return nil
}

// byRepeats returns the buyers with equal repeats one after the other: each worker makes tables for the numbers of
// repeats that it meets, and so meets few.
func (p *population) byRepeats() []int32 {
	most := int32(0)
	for i := range p.buyers {
		most = max(most, p.buyers[i].repeats)
	}
	next := make([]int32, most+2)
	for i := range p.buyers {
		next[p.buyers[i].repeats+1]++
	}
	for x := range next[1:] {
		next[x+1] += next[x]
	}
	order := make([]int32, len(p.buyers))
	for i := range p.buyers {
		x := p.buyers[i].repeats
		order[next[x]] = int32(i)
		next[x]++
	}
	return order
}

// norms returns what the valued population says as a whole.
func (p *population) norms() *norms {
	n := &norms{Affinity: p.categories.Affinity(), Orders: p.orders, Unpriced: p.unpriced}
	if p.gaps > 0 {
		n.Gap = float64(p.days) / float64(p.gaps)
	}
	if p.values != nil {
		n.Values = *p.values
		return n
	}
	values := make([]float64, len(p.outlooks))
	for i := range p.outlooks {
		values[i] = p.outlooks[i].clv()
	}
	n.Values = features.NewDistribution(values)
	return n
}

// noSpend stands for the spend model of a shop that has sold nothing yet: its predicted values are unknown.
const noSpend = "none"

// models restores a stored fit; spend is nil for a shop that has sold nothing yet.
func models(m store.Model) (purchases clv.Model, spend clv.SpendModel, err error) {
	if purchases, err = clv.ModelFromParams(m.Name, m.Params); err != nil || m.SpendName == noSpend {
		return purchases, nil, err
	}
	spend, err = clv.SpendFromParams(m.SpendName, m.SpendParams)
	return purchases, spend, err
}

func known(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
