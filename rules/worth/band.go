package worth

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Limits of a band.
const (
	// BandMonths is how many months a band needs at least.
	BandMonths = 6
	// BandLongest is how many months a band looks back at most.
	BandLongest = 12
	// bandTail is the tail of Student's distribution beyond the band on each side. It is smaller than the false alarms
	// that are aimed at, since a median of a few deviations is a rough measure.
	bandTail = 0.0005
	// noiseWidth is how many standard deviations of mere counting noise a band is wide to each side at least.
	noiseWidth = 3
	// materialShare of the expected value is the least change worth a word.
	materialShare = 0.05
	// madToDeviation turns a median absolute deviation into the standard deviation of a normal distribution.
	madToDeviation = 1.4826
)

// Point is a quantity at a time, in months from any beginning.
type Point struct{ At, Value float64 }

// Band is the range in which a quantity is expected at a time, should it go on as before.
type Band struct{ Expected, Low, High float64 }

// NewBand continues the line through past points to the time at: the median of all slopes between two of them (Theil
// 1950, Sen 1968), and the median of what is left. Its half width is the largest of three: Student's 99.95 % quantile for
// as many points times the median absolute deviation from that line, corrected for two estimated parameters; three
// times noise, the standard deviation that mere counting gives the quantity at its expected value; and 5 % of the
// expected value. The first two grow with the distance of at. So a small shop's chance is no alert, and neither is a
// large shop's trifle.
//
// A quantity that scatters as counting lets it leaves its band once in 500 months or less; one that scatters three times
// as much, once in 45 months with six months of history and once in 90 with twelve.
//
// It needs [BandMonths] points; with fewer, or all at one time, the band is unbounded.
func NewBand(past []Point, at float64, noise func(expected float64) float64) Band {
	n := float64(len(past))
	slope, spread := theilSen(past)
	if len(past) < BandMonths || spread == 0 {
		return Band{math.NaN(), math.Inf(-1), math.Inf(1)}
	}
	rest := make([]float64, len(past))
	var middle float64
	for i, p := range past {
		rest[i] = p.Value - slope*p.At
		middle += p.At / n
	}
	level := median(rest)
	for i := range rest {
		rest[i] = math.Abs(rest[i] - level)
	}
	expected := level + slope*at
	k := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 2}.Quantile(1 - bandTail)
	beyond := math.Sqrt(1 + 1/n + (at-middle)*(at-middle)/spread)
	scatter := k * madToDeviation * median(rest) * math.Sqrt(n/(n-2))
	half := max(max(scatter, noiseWidth*noise(expected))*beyond, materialShare*math.Abs(expected))
	return Band{expected, expected - half, expected + half}
}

// within cuts a band to the values that there can be; one that is unbounded stays so.
func (b Band) within(least, most float64) Band {
	if math.IsNaN(b.Expected) {
		return b
	}
	cut := func(v float64) float64 { return max(least, min(v, most)) }
	return Band{cut(b.Expected), cut(b.Low), cut(b.High)}
}

// Side is -1 below the band, 1 above it and 0 within.
func (b Band) Side(v float64) int {
	switch {
	case v < b.Low:
		return -1
	case v > b.High:
		return 1
	}
	return 0
}

// theilSen returns the median slope, and the sum of squares of the times around their mean: 0 if all are the same.
func theilSen(points []Point) (slope, spread float64) {
	var slopes []float64
	mean := 0.0
	for i, p := range points {
		mean += p.At / float64(len(points))
		for _, q := range points[:i] {
			if p.At != q.At {
				slopes = append(slopes, (p.Value-q.Value)/(p.At-q.At))
			}
		}
	}
	if len(slopes) == 0 {
		return 0, 0
	}
	for _, p := range points {
		spread += (p.At - mean) * (p.At - mean)
	}
	return median(slopes), spread
}

// median leaves values as they are; it needs at least one.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}
