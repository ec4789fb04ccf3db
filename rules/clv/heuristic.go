package clv

import "math"

// Textbook returns order value times frequency times lifetime, the formula of
// marketing handbooks: order value in major units, orders a year, lifetime in
// years. It knows neither dropout nor discount and stands beside the model as
// a benchmark. Negative or unknown inputs give 0.
func Textbook(orderValue, ordersPerYear, years float64) float64 {
	v := math.Max(0, orderValue) * math.Max(0, ordersPerYear) * math.Max(0, years)
	if math.IsNaN(v) {
		return 0
	}
	return v
}

// RateForward predicts the purchases of the next t weeks by the customer's own
// repeat rate, X/T times t: a benchmark. Without time there is no rate, and
// the result is 0.
func RateForward(t Weeks, h History) float64 {
	if !(h.T > 0) || !(t > 0) {
		return 0
	}
	return float64(h.X) / float64(h.T) * float64(t)
}

// SameAgain predicts as many purchases as there were repeats: a benchmark for
// a horizon as long as the history.
func SameAgain(h History) float64 { return float64(h.X) }

// BoughtWithin tells whether the last purchase is at most the given time ago,
// the benchmark for P(alive) (a hiatus rule, see [NBD]).
func BoughtWithin(last Weeks, h History) bool { return h.silence() <= last }

// PastSpend returns what the customer has spent in major units: the first
// purchase and the repeats. To rank customers by it is the benchmark for
// ranking by predicted value.
func PastSpend(first float64, s Spend) float64 {
	if math.IsNaN(first) {
		first = 0
	}
	if !s.known() {
		return first
	}
	return first + float64(s.X)*s.Mean
}
