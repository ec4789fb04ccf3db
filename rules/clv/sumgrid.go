package clv

import "math"

// sumGrid tabulates, for every number of purchases, how their sum is
// distributed under gamma-gamma: beta prime with p*n and shape, in units of the
// rate. The tables depend on the customer through shape alone, that is, on the
// number of past purchases, and are made as they are needed.
//
// The grid is even in the logarithm of the sum, its step a third of the least
// standard deviation that any sum has there, so that a cubic through values and
// densities at its points is exact to some four digits.
type sumGrid struct {
	p, shape, step float64
	columns        []sumColumn // of n-1 purchases
	first          int         // the point with which spots begin
	spots          []sumSpots
}

const (
	pointsPerDeviation = 3
	newtonSteps        = 6 // to find the point; three or four mostly do, halving takes some eight
	invertSteps        = 40
	invertEnough       = 1e-9
)

func newSumGrid(p, shape float64) *sumGrid {
	return &sumGrid{p: p, shape: shape, step: 1 / (pointsPerDeviation * math.Sqrt(math.Max(1, shape)))}
}

// reach makes the tables for up to n purchases and returns how many points were
// added.
func (g *sumGrid) reach(n int) int {
	points := 0
	for len(g.columns) < n {
		c := g.column(len(g.columns) + 1)
		g.columns = append(g.columns, c)
		points += len(c.at)
	}
	return points
}

// knot is the probability at a point that a customer spends at most so much, and its increase per point there.
type knot struct{ value, slope float64 }

// mix returns the knot of the customer with counts at the i-th point.
func (g *sumGrid) mix(counts []float64, i int) knot {
	at, slope := counts[0], 0.0
	for n, c := range counts[1:] {
		column := &g.columns[n]
		j := i - column.from
		switch {
		case j < 0: // more purchases only sum to more
			return knot{at, slope}
		case j >= len(column.at):
			at += c
		default:
			at += c * column.at[j]
			slope += c * column.slope[j]
		}
	}
	return knot{at, slope}
}

// quantile returns the sum that the customer with counts does not exceed with
// probability p, in units of the rate. p is above counts[0], and the tables
// reach as far as counts.
func (g *sumGrid) quantile(counts []float64, p float64) float64 {
	last := &g.columns[len(counts)-2]
	low, high := g.columns[0].from-1, last.from+len(last.at)
	below, above := g.mix(counts, low), g.mix(counts, high)
	for i, next := 0, (low+high)>>1; high-low > 1; i++ {
		k := g.mix(counts, next)
		if k.value < p {
			low, below = next, k
		} else {
			high, above = next, k
		}
		next = k.towards(next, low, high, p)
		if i >= newtonSteps {
			next = (low + high) >> 1
		}
	}
	return math.Exp((float64(low) + invert(below, above, p)) * g.step)
}

// towards returns the point, between low and high, that lies nearest to where the tangent at the i-th point reaches p; one
// in the middle if that is elsewhere.
func (k knot) towards(i, low, high int, p float64) int {
	switch to := float64(i) + math.Trunc((p-k.value)/k.slope); {
	case to == float64(low):
		return low + 1
	case to == float64(high):
		return high - 1
	case to > float64(low) && to < float64(high):
		return int(to)
	}
	return (low + high) >> 1
}

// invert returns where between two neighbouring points the cubic with the
// values and slopes at both reaches p, from 0 to 1.
func invert(low, high knot, p float64) float64 {
	v0, d0, v1, d1 := low.value, low.slope, high.value, high.slope
	second, third := 3*(v1-v0)-2*d0-d1, d0+d1-2*(v1-v0)
	from, to := 0.0, 1.0
	at := (p - v0) / (v1 - v0)
	for range invertSteps {
		miss := v0 + at*(d0+at*(second+at*third)) - p
		if miss < 0 {
			from = at
		} else {
			to = at
		}
		next := at - miss/(d0+at*(2*second+3*at*third))
		if !(next > from && next < to) {
			next = (from + to) / 2
		}
		if math.Abs(next-at) < invertEnough {
			return next
		}
		at = next
	}
	return at
}
