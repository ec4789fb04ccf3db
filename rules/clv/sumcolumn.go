package clv

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/mathext"
)

// sumColumn is the distribution and density of ln(sum) at the points from, from+1, …;
// before them the distribution is 0, after them 1.
type sumColumn struct {
	from      int
	ends      columnEnds
	at, slope []float64
}

// columnEnds are the numbers of points to each side of the mode.
type columnEnds struct{ below, above int }

const (
	columnIgnored = 1e-8 // probability left out at each end of a column
	longestColumn = 4000 // points to each side of the mode
)

// sumSpots are where densities are asked for of a point: at it, and at the nodes of a Gauss-Legendre rule between it and
// the next. They are the same for all columns of a grid.
type sumSpots [1 + spotNodes]struct{ ln, over float64 } // ln(sum) and ln(1+sum)

const spotNodes = 3

// spotRule returns the nodes and weights of the 3-point rule on [0, 1]. Over a third of a standard deviation it is off by
// some 1e-9.
func spotRule() [spotNodes][2]float64 {
	half := math.Sqrt(0.6) / 2
	return [spotNodes][2]float64{{0.5 - half, 5.0 / 18}, {0.5, 8.0 / 18}, {0.5 + half, 5.0 / 18}}
}

// column computes the table for n purchases. It takes the distribution at both ends and sums the density in between,
// which costs a tenth of asking for the distribution at every point.
func (g *sumGrid) column(n int) sumColumn {
	p := g.p * float64(n)
	below := func(i int) float64 { return mathext.RegIncBeta(p, g.shape, 1/(1+math.Exp(-float64(i)*g.step))) }
	mode := int(math.Round(math.Log(p/g.shape) / g.step))
	ends := columnEnds{longestColumn / 100, longestColumn / 100}
	if n > 1 {
		ends = g.columns[n-2].ends // those of neighbours are alike
	}
	ends.below = near(longestColumn, ends.below, func(i int) bool { return below(mode-i) < columnIgnored })
	ends.above = near(longestColumn-1, ends.above, func(i int) bool { return 1-below(mode+i) < columnIgnored && i > 0 })
	from, last := mode-ends.below, mode+ends.above
	c := sumColumn{from: from, ends: ends, at: make([]float64, last-from+1), slope: make([]float64, last-from+1)}
	g.sum(&c, p)
	// The rule is off by next to nothing, but the ends are exact.
	low := below(from)
	share := (below(last) - low) / c.at[len(c.at)-1]
	for i := range c.at {
		c.at[i] = low + c.at[i]*share
	}
	return c
}

// near returns the least number from 0 to n from which on ok holds, as [sort.Search] does, but looks around a guess.
func near(n, guess int, ok func(int) bool) int {
	low, high := 0, n // ok holds from high on, and not below low
	for step := 1; guess >= low && guess < high; step *= 2 {
		if ok(guess) {
			high, guess = guess, guess-step
		} else {
			low, guess = guess+1, guess+step
		}
		if low > 0 && high < n {
			break
		}
	}
	return low + sort.Search(high-low, func(i int) bool { return ok(low + i) })
}

// sum sets slope to the density per point and at to its integral from the first point.
func (g *sumGrid) sum(c *sumColumn, p float64) {
	scale := math.Log(g.step) - logBeta(p, g.shape)
	rule, sum := spotRule(), 0.0
	for i, spots := range g.between(c.from, c.from+len(c.at)) {
		c.at[i], c.slope[i] = sum, math.Exp(scale+p*spots[0].ln-(p+g.shape)*spots[0].over)
		for k, node := range rule {
			sum += node[1] * math.Exp(scale+p*spots[1+k].ln-(p+g.shape)*spots[1+k].over)
		}
	}
}

// between returns the spots of the points from up to but not including to.
func (g *sumGrid) between(from, to int) []sumSpots {
	if len(g.spots) == 0 {
		g.first = from
	}
	if from < g.first {
		g.spots = append(g.newSpots(from, g.first), g.spots...)
		g.first = from
	}
	if end := g.first + len(g.spots); to > end {
		g.spots = append(g.spots, g.newSpots(end, to)...)
	}
	return g.spots[from-g.first : to-g.first]
}

func (g *sumGrid) newSpots(from, to int) []sumSpots {
	rule, all := spotRule(), make([]sumSpots, to-from)
	for i := range all {
		for k := range all[i] {
			at := float64(from + i)
			if k > 0 {
				at += rule[k-1][0]
			}
			all[i][k].ln = at * g.step
			all[i][k].over, _ = softplusLogistic(at * g.step)
		}
	}
	return all
}
