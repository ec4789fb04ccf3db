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

// mix returns the probability that the customer with counts spends at most the
// i-th point, and its increase per point there.
func (g *sumGrid) mix(counts []float64, i int) (at, slope float64) {
	at = counts[0]
	for n, c := range counts[1:] {
		column := &g.columns[n]
		j := i - column.from
		switch {
		case j < 0: // more purchases only sum to more
			return at, slope
		case j >= len(column.at):
			at += c
		default:
			at += c * column.at[j]
			slope += c * column.slope[j]
		}
	}
	return at, slope
}

// quantile returns the sum that the customer with counts does not exceed with
// probability p, in units of the rate. p is above counts[0], and the tables
// reach as far as counts.
func (g *sumGrid) quantile(counts []float64, p float64) float64 {
	last := &g.columns[len(counts)-2]
	low, high := g.columns[0].from-1, last.from+len(last.at)
	for high-low > 1 {
		middle := (low + high) >> 1
		if at, _ := g.mix(counts, middle); at < p {
			low = middle
		} else {
			high = middle
		}
	}
	return math.Exp((float64(low) + g.invert(counts, low, p)) * g.step)
}

// invert returns where between the points low and low+1 the cubic with the
// values and slopes at both reaches p, from 0 to 1.
func (g *sumGrid) invert(counts []float64, low int, p float64) float64 {
	v0, d0 := g.mix(counts, low)
	v1, d1 := g.mix(counts, low+1)
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
