package lift

import "math"

// DayMargin is one arm's margin on one day after the assignment, 1 being the first: the sum over all customers who
// were observed that day, and their number.
type DayMargin struct {
	Observed int64
	Margin   float64
}

// Curve is the margin per customer up to each day, also while windows are open: the mean cumulative function (Nelson
// 1988). Each day counts only customers who had reached it. It is for the eye; verdicts read complete windows. The
// curve ends before the first day that nobody reached.
func Curve(days []DayMargin) []float64 {
	var curve []float64
	sum := 0.0
	for _, d := range days {
		if d.Observed <= 0 {
			break
		}
		sum += d.Margin / float64(d.Observed)
		curve = append(curve, sum)
	}
	return curve
}

// Band is half the width of the interval of one arm's mean at level 1 - alpha, by the normal approximation: the band
// around its curve. It says nothing about a difference between arms. 0 below two customers.
func Band(s Sums, alpha float64) float64 {
	if s.N < 2 {
		return 0
	}
	return normalQuantile(alpha) * math.Sqrt(s.squaredError())
}
