package clv

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// intervalSteps of bisection give a limit to some nine digits.
const intervalSteps = 50

// summer is a spend model that knows how the sum of several future purchases
// of one customer is distributed.
type summer interface {
	// sumAtMost is the probability that n >= 1 purchases sum to at most total.
	sumAtMost(n int, total float64, s Spend) float64
}

// Interval returns the limits of the central predictive interval of what the
// customer will spend within the horizon, in major units: with probability
// level, between 0 and 1, the truth lies in between. It covers chance in
// purchases and in order values, not the uncertainty of the parameters, and
// discounts the limits like the expectation. Both are NaN for models of
// another package.
func (z Horizon) Interval(m Model, s SpendModel, h History, spend Spend, level float64) (low, high float64) {
	sums, ok := s.(summer)
	mix := valueMix{counts: Distribution(m, z.Length(), h), sums: sums, spend: spend}
	if !ok || len(mix.counts) == 0 {
		return math.NaN(), math.NaN()
	}
	discount := 1.0
	if all := m.Expected(z.Length(), h); all > 0 {
		discount = z.Purchases(m, h) / all
	}
	tail, top := (1-level)/2, s.Expected(spend)*float64(len(mix.counts))
	return discount * quantile(mix.atMost, tail, top), discount * quantile(mix.atMost, 1-tail, top)
}

// valueMix is the distribution of what a customer spends: of the sum of as many
// order values as there are purchases.
type valueMix struct {
	counts []float64
	sums   summer
	spend  Spend
}

// atMost is the probability that the customer spends at most total.
func (v valueMix) atMost(total float64) float64 {
	p := v.counts[0]
	for n := 1; n < len(v.counts); n++ {
		p += v.counts[n] * v.sums.sumAtMost(n, total, v.spend)
	}
	return p
}

// quantile returns the smallest value at which the distribution reaches p,
// starting to look at guess.
func quantile(atMost func(float64) float64, p, guess float64) float64 {
	if atMost(0) >= p || !(guess > 0) {
		return 0
	}
	low, high := 0.0, guess
	for range intervalSteps {
		if atMost(high) >= p {
			break
		}
		low, high = high, 2*high
	}
	for range intervalSteps {
		middle := (low + high) / 2
		if atMost(middle) >= p {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

// posterior returns the rate and shape of the gamma distribution of nu given
// the past. The sum of n purchases over the rate is then beta prime with P*n and
// the shape.
func (m GammaGamma) posterior(s Spend) (rate, shape float64) {
	if !s.known() {
		return m.V, m.Q
	}
	x := float64(s.X)
	return m.V + x*math.Max(0, s.Mean), m.Q + m.P*x
}

func (m GammaGamma) sumAtMost(n int, total float64, s Spend) float64 {
	rate, shape := m.posterior(s)
	return mathext.RegIncBeta(m.P*float64(n), shape, total/(total+rate))
}

// sumAtMost takes every purchase at the expected value: a shrunken mean says
// nothing about how they vary.
func (m ShrunkenMean) sumAtMost(n int, total float64, s Spend) float64 {
	if float64(n)*m.Expected(s) <= total {
		return 1
	}
	return 0
}
