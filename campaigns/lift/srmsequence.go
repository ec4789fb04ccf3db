package lift

import "math"

// SequentialSRM is a test for a sample ratio mismatch that may be read after every customer (Lindon and Malek 2020): a
// Bayes factor of the weights drawn with against a Dirichlet mixture around them.
type SequentialSRM struct {
	LogBayesFactor float64 // evidence for a mismatch, natural logarithm
	P              float64 // always valid: compare with [SRMThreshold]
}

// UsualConcentration of [SRMAlwaysValid] looks for arms that are off by some percent.
const UsualConcentration = 1000

// SRMAlwaysValid tests the arms' sizes against the weights they were drawn with; arms of weight 0 are dropped. The
// concentration says how near the weights a mismatch is expected: the larger, the nearer.
//
// A fixed test read every day raises its false alarms with every look; this one keeps them at the level over any number
// of looks, for a little less sight. Undefined as [Pearson], and with OutOfRange without a concentration.
func SRMAlwaysValid(counts []int64, weights []float64, concentration float64) (SequentialSRM, error) {
	if !(concentration > 0) || !isFinite(concentration) {
		return SequentialSRM{}, &Undefined{OutOfRange, "the concentration must be positive"}
	}
	arms, customers, weight, err := drawnArms(counts, weights)
	if err != nil {
		return SequentialSRM{}, err
	}
	factor := logGamma(concentration) - logGamma(concentration+customers)
	for _, i := range arms {
		share, n := weights[i]/weight, float64(counts[i])
		factor += logGamma(concentration*share+n) - logGamma(concentration*share) - n*math.Log(share)
	}
	return SequentialSRM{LogBayesFactor: factor, P: math.Min(1, math.Exp(-factor))}, nil
}

func logGamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}
