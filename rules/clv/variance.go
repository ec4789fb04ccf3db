package clv

import "math"

// leastShape bounds the shape of a customer's gamma-gamma posterior from below in second moments, which are infinite
// at a shape of 2: a spread that wide says only that it is wide.
const leastShape = 2.25

// Variance returns the variance of what the customer will spend within the horizon, in squared major units: chance in
// purchases, in order values and in what is not known of the customer's own mean, not the uncertainty of the parameters.
// The whole sum is discounted like its expectation. Of customers, who decide independently, variances add up.
//
// It is 0 where nothing is expected, and NaN for models of another package.
func (z Horizon) Variance(m Model, s SpendModel, h History, spend Spend) float64 {
	counts := Distribution(m, z.Length(), h)
	if len(counts) == 0 {
		return math.NaN()
	}
	var mean, square float64
	for n, p := range counts {
		mean, square = mean+float64(n)*p, square+float64(n)*float64(n)*p
	}
	all := m.Expected(z.Length(), h)
	if !(all > 0) {
		return 0
	}
	discount := z.Purchases(m, h) / all
	switch money := s.(type) {
	case GammaGamma:
		rate, shape := money.posterior(spend)
		shape = math.Max(shape, leastShape)
		// Given nu a purchase has the mean P/nu and the variance P/nu^2; nu is gamma distributed.
		each := money.P * rate * rate / ((shape - 1) * (shape - 2))
		expected := mean * money.P * rate / (shape - 1)
		return discount * discount * math.Max(0, mean*each+square*money.P*each-expected*expected)
	case ShrunkenMean:
		value := discount * money.Expected(spend)
		return value * value * math.Max(0, square-mean*mean)
	}
	return math.NaN()
}
