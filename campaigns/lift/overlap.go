package lift

import "math"

// minOverlap is the customers each of the four groups needs before an interaction is worth a look.
const minOverlap = 500

// Overlap is what campaign B does to the effect of campaign A.
type Overlap struct {
	WithoutB, WithB Measured // effect of A among B's control and among B's treated customers
	Difference      float64  // with B minus without
	Z, P            float64
}

// Interaction compares the effect of campaign A between the arms of campaign B that ran over the same customers.
// Means are treated or control of A first, of B second, each with its standard error.
//
// With independent draws neither effect is biased by the other campaign; this asks whether they differ. Undefined with
// ZeroVariance without standard errors.
func Interaction(controlControl, controlTreated, treatedControl, treatedTreated Measured) (Overlap, error) {
	minus := func(a, b Measured) Measured { return Measured{a.Effect - b.Effect, math.Hypot(a.SE, b.SE)} }
	o := Overlap{WithoutB: minus(treatedControl, controlControl), WithB: minus(treatedTreated, controlTreated)}
	d := minus(o.WithB, o.WithoutB)
	if !(d.SE > 0) || !isFinite(d.SE) {
		return Overlap{}, &Undefined{ZeroVariance, "the four groups' means have no standard error"}
	}
	o.Difference, o.Z = d.Effect, d.Effect/d.SE
	o.P = twoSided(math.Abs(o.Z))
	return o, nil
}

// InteractionOf is [Interaction] of the sums of the four groups; each needs 500 customers.
func InteractionOf(controlControl, controlTreated, treatedControl, treatedTreated Sums) (Overlap, error) {
	var means [4]Measured
	for i, s := range []Sums{controlControl, controlTreated, treatedControl, treatedTreated} {
		if s.N < minOverlap {
			return Overlap{}, &Undefined{FewerThanTwo, "fewer than 500 customers in a group of both campaigns"}
		}
		if !s.finite() {
			return Overlap{}, &Undefined{NotFinite, "a sum over the customers is infinite or not a number"}
		}
		means[i] = Measured{s.Mean(), math.Sqrt(s.squaredError())}
	}
	return Interaction(means[0], means[1], means[2], means[3])
}

// Limits are those of the difference at level 1 - alpha, by the normal approximation.
func (o Overlap) Limits(alpha float64) (low, high float64) {
	half := normalQuantile(alpha) * math.Hypot(o.WithB.SE, o.WithoutB.SE)
	return o.Difference - half, o.Difference + half
}
