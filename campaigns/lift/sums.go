package lift

// Sums are the sufficient statistics of one arm: the number of customers and the sums of their outcome y, of y^2 and
// of y^3, in major units of one currency. They merge by addition, in any order.
//
// The central moments are differences of large numbers, and each power costs digits: with a mean of 30 standard
// deviations about three digits are lost for the variance and five for the third moment, of sixteen. Outcomes per
// customer are mostly 0 and spread wider than their mean, where next to nothing is lost; an outcome far from 0 should
// be shifted by the same constant in both arms before it is summed, which changes no difference.
type Sums struct {
	N  int64   // customers
	Y  float64 // sum of outcomes
	Y2 float64 // sum of squares
	Y3 float64 // sum of cubes
}

// roundings bounds the error of a sum of squared deviations, in units of the sum of squares and per customer: adding n
// amounts in float64 loses at most n halves of the last digit, in the squares once and in the squared sum twice.
const roundings = 1.0 / (1 << 51)

// SumsOf adds up outcomes, one per customer.
func SumsOf(outcomes []float64) Sums {
	var s Sums
	for _, y := range outcomes {
		s.Add(y)
	}
	return s
}

// Add counts one customer.
func (s *Sums) Add(y float64) {
	s.N++
	s.Y += y
	s.Y2 += y * y
	s.Y3 += y * y * y
}

// Merge gives the sums of two disjoint groups of customers together.
func (s Sums) Merge(other Sums) Sums {
	return Sums{N: s.N + other.N, Y: s.Y + other.Y, Y2: s.Y2 + other.Y2, Y3: s.Y3 + other.Y3}
}

// Cut gives the sums of the same customers with outcomes above the limit cut at it; over are the uncut sums of those.
func (s Sums) Cut(limit float64, over Sums) Sums {
	n := float64(over.N)
	return Sums{
		N: s.N, Y: s.Y - over.Y + n*limit, Y2: s.Y2 - over.Y2 + n*limit*limit, Y3: s.Y3 - over.Y3 + n*limit*limit*limit,
	}
}

// Shift gives the sums of the same customers with a constant added to every outcome.
func (s Sums) Shift(by float64) Sums {
	n := float64(s.N)
	return Sums{
		N: s.N, Y: s.Y + n*by, Y2: s.Y2 + 2*by*s.Y + n*by*by, Y3: s.Y3 + 3*by*s.Y2 + 3*by*by*s.Y + n*by*by*by,
	}
}

// Mean is the outcome per customer, 0 for an empty arm.
func (s Sums) Mean() float64 {
	if s.N <= 0 {
		return 0
	}
	return s.Y / float64(s.N)
}

// Variance is the sample variance with n-1, 0 below two customers and where what is left is rounding.
func (s Sums) Variance() float64 {
	if s.N < 2 {
		return 0
	}
	n := float64(s.N)
	squares := s.Y2 - s.Y*s.Y/n
	if squares <= roundings*n*s.Y2 {
		return 0
	}
	return squares / (n - 1)
}

// ThirdMoment is the third central moment with 1/n, 0 for an empty arm.
func (s Sums) ThirdMoment() float64 {
	if s.N <= 0 {
		return 0
	}
	n, m := float64(s.N), s.Mean()
	return (s.Y3 - 3*m*s.Y2 + 3*m*m*s.Y - n*m*m*m) / n
}

// squaredError is the variance of the mean.
func (s Sums) squaredError() float64 { return s.Variance() / float64(s.N) }

func (s Sums) finite() bool { return isFinite(s.Y) && isFinite(s.Y2) && isFinite(s.Y3) }
