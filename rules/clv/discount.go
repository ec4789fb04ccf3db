package clv

const (
	monthsPerYear   = 12
	daysPerYear     = 365
	monthlyDiscount = 0.01
)

// Horizon is a stretch of the future cut into Terms pieces of Term weeks each;
// what falls into the k-th piece is divided by (1+Rate)^k.
type Horizon struct {
	Terms int
	Term  Weeks
	Rate  float64
}

// Year is the horizon of every predicted value unless said otherwise: twelve
// months of 365/7/12 weeks, discounted by 1 % a month at the end of each.
func Year() Horizon { return Months(monthsPerYear) }

// Months returns a horizon of n months like those of [Year].
func Months(n int) Horizon {
	return Horizon{Terms: n, Term: Days(daysPerYear) / monthsPerYear, Rate: monthlyDiscount}
}

// Length returns the whole horizon in weeks.
func (z Horizon) Length() Weeks { return Weeks(z.Terms) * z.Term }

// Purchases returns the purchases the model expects within the horizon,
// discounted.
func (z Horizon) Purchases(m Model, h History) float64 {
	if z.Terms <= 0 || z.Term <= 0 {
		return 0
	}
	var ts [monthsPerYear]Weeks
	var es [monthsPerYear]float64
	ends, expected := ts[:0], es[:]
	for k := range z.Terms {
		ends = append(ends, Weeks(k+1)*z.Term)
	}
	if z.Terms > len(expected) {
		expected = make([]float64, z.Terms)
	}
	expected = expected[:z.Terms]
	expectedAt(m, h, ends, expected)
	return z.discount(expected)
}

// discount sums the steps of a cumulative curve, each at its term's factor.
func (z Horizon) discount(cumulative []float64) float64 {
	sum, before, factor := 0.0, 0.0, 1.0
	for _, e := range cumulative {
		factor /= 1 + z.Rate
		sum += (e - before) * factor
		before = e
	}
	return sum
}

// expectedAt evaluates the model at ascending horizons, together where the
// model can share work between them.
func expectedAt(m Model, h History, ts []Weeks, out []float64) {
	if p, ok := m.(prospector); ok {
		p.prospect(h).fill(out, ts, nil)
		return
	}
	for i, t := range ts {
		out[i] = m.Expected(t, h)
	}
}

// DiscountedPurchases returns the purchases expected within [Year], discounted.
func DiscountedPurchases(m Model, h History) float64 { return Year().Purchases(m, h) }

// Residual returns the predicted value of a customer over [Year] in major
// units of the currency: discounted purchases times expected spend. Multiply
// by the margin share where orders are gross.
func Residual(m Model, s SpendModel, h History, spend Spend) float64 {
	return DiscountedPurchases(m, h) * s.Expected(spend)
}
