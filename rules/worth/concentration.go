package worth

import (
	"cmp"
	"math"
	"slices"
)

// Concentration says how few carry how much. Values below 0 count as 0, unknown ones not at all.
type Concentration struct {
	Customers int
	Total     float64
	TopTenth  float64 // share of the total that the best tenth carries
	TopFifth  float64
	Gini      float64      // 0: all carry the same, towards 1: one carries everything
	Curve     []CurvePoint // ascending
}

// CurvePoint is a point of the concentration curve: the best Share of the customers carry Carries of the total.
type CurvePoint struct{ Share, Carries float64 }

// curveShares are the points at which the curve is told.
var curveShares = [...]float64{0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1}

// Concentrate computes how the values are distributed over the customers. Shares are 0 where nothing is carried.
func Concentrate(values []float64) Concentration {
	sorted := make([]float64, 0, len(values))
	for _, v := range values {
		if !math.IsNaN(v) {
			sorted = append(sorted, max(v, 0))
		}
	}
	slices.SortFunc(sorted, func(a, b float64) int { return cmp.Compare(b, a) })
	c := Concentration{Customers: len(sorted)}
	running := make([]float64, len(sorted)+1)
	ranked := 0.0
	for i, v := range sorted {
		running[i+1] = running[i] + v
		ranked += float64(len(sorted)-i) * v
	}
	c.Total = running[len(sorted)]
	carried := func(share float64) float64 {
		if !(c.Total > 0) {
			return 0
		}
		at := share * float64(len(sorted))
		whole := min(int(at), len(sorted)-1)
		return (running[whole] + (at-float64(whole))*sorted[whole]) / c.Total
	}
	c.TopTenth, c.TopFifth = carried(0.1), carried(0.2)
	for _, share := range curveShares {
		c.Curve = append(c.Curve, CurvePoint{share, carried(share)})
	}
	if n := float64(len(sorted)); c.Total > 0 {
		c.Gini = 2*ranked/(n*c.Total) - (n+1)/n
	}
	return c
}
