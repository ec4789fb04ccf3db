package worth

import "math"

// Cohort is what customers who came the same way brought, month by month after their first order.
type Cohort struct {
	Name string
	// Seen[k] is how many of the customers were watched through the whole k-th month after the first order, and
	// Earned[k] what they brought in it, in major units. Month 0 is the day of the first order; a month has 365/12 days.
	Seen   []int64
	Earned []float64
}

// leastSeen customers make a mean worth continuing a curve with.
const leastSeen = 5

// Curve returns what a customer of the cohort has brought on average by the end of each month, month 0 first: the sum of
// the monthly means over those who were watched that long, so that young customers do not count as silent. It ends where
// fewer than five were watched.
func (c Cohort) Curve() []float64 {
	var curve []float64
	total := 0.0
	for k, n := range c.Seen {
		if n < leastSeen {
			break
		}
		total += c.Earned[k] / float64(n)
		curve = append(curve, total)
	}
	return curve
}

// Payback returns the first month by whose end a customer has brought the cost on average: 0 with the first order
// already. It is false where the curve ends before, or the cost is unknown.
func (c Cohort) Payback(cost float64) (month int, ok bool) {
	if math.IsNaN(cost) {
		return 0, false
	}
	for k, v := range c.Curve() {
		if v >= cost {
			return k, true
		}
	}
	return 0, false
}
