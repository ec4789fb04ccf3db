package lift

import "math"

// Measured is an effect with its standard error.
type Measured struct{ Effect, SE float64 }

// Limits are those of the effect's interval at level 1 - alpha.
func (m Measured) Limits(alpha float64) (low, high float64) {
	half := normalQuantile(alpha) * m.SE
	return m.Effect - half, m.Effect + half
}

// Shrinkage is a set of effects read as a sample of what such campaigns do.
type Shrinkage struct {
	FixedMean  float64    // mean if all had one true effect
	Q          float64    // Cochran's measure of how much more they differ than their errors explain
	Tau2       float64    // variance between the true effects, 0 if their errors explain all
	RandomMean float64    // mean of the true effects
	RandomSE   float64    // its standard error
	Shrunken   []Measured // in the order given; the error leaves out that of the mean
	Weights    []float64  // share of each campaign's own effect in its shrunken one, 0 to 1
}

// Shrink pulls effects towards their common mean by how noisy they are, with the variance between campaigns of
// DerSimonian and Laird (1986). Whoever picks the best of many noisy effects picks luck; sums over a portfolio therefore
// use these. Where most campaigns do nothing and a few have effects of many standard errors, one mean for all pulls
// the few too far: then the sum errs on the low side.
//
// Undefined with FewerThanTwo without effects, with OutOfRange for an effect without a standard error.
func Shrink(effects []Measured) (Shrinkage, error) {
	var w, wy, w2 float64
	for _, e := range effects {
		if !(e.SE > 0) || !isFinite(e.SE) || !isFinite(e.Effect) {
			return Shrinkage{}, &Undefined{OutOfRange, "every effect needs a positive standard error"}
		}
		one := 1 / (e.SE * e.SE)
		w, wy, w2 = w+one, wy+one*e.Effect, w2+one*one
	}
	if len(effects) == 0 {
		return Shrinkage{}, &Undefined{FewerThanTwo, "there are no effects"}
	}
	s := Shrinkage{FixedMean: wy / w}
	for _, e := range effects {
		s.Q += (e.Effect - s.FixedMean) * (e.Effect - s.FixedMean) / (e.SE * e.SE)
	}
	if free := w - w2/w; free > 0 {
		s.Tau2 = math.Max(0, (s.Q-float64(len(effects)-1))/free)
	}
	s.pull(effects)
	return s, nil
}

// pull computes the mean of the true effects and moves every effect towards it.
func (s *Shrinkage) pull(effects []Measured) {
	var w, wy float64
	for _, e := range effects {
		one := 1 / (e.SE*e.SE + s.Tau2)
		w, wy = w+one, wy+one*e.Effect
	}
	s.RandomMean, s.RandomSE = wy/w, math.Sqrt(1/w)
	for _, e := range effects {
		own := s.Tau2 / (s.Tau2 + e.SE*e.SE)
		s.Weights = append(s.Weights, own)
		s.Shrunken = append(s.Shrunken, Measured{own*e.Effect + (1-own)*s.RandomMean, math.Sqrt(own) * e.SE})
	}
}

// Total is the shrunken effects times the customers each stands for. All of them lean on one mean, so its error counts
// for all at once.
func (s Shrinkage) Total(customers []int64) Measured {
	var total, variance, leaning float64
	for i, e := range s.Shrunken {
		n := float64(customers[i])
		total += n * e.Effect
		variance += n * n * e.SE * e.SE
		leaning += n * (1 - s.Weights[i])
	}
	return Measured{total, math.Sqrt(variance + leaning*leaning*s.RandomSE*s.RandomSE)}
}
