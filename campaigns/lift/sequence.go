package lift

import "math"

// Sequence is one look at an always-valid interval: it may be read any day, and the chance that it ever excludes a
// true 0 stays below alpha.
type Sequence struct {
	Level     float64 // 1 - alpha
	Diff      float64 // treated minus control per customer
	SE        float64
	Low, High float64
	P         float64 // always valid: the smallest alpha at which this look excludes 0
}

// AlwaysValid is the asymptotic confidence sequence of Waudby-Smith et al. (arXiv 2103.06476), the normal mixture of
// the sequential probability ratio test, with the larger of the pooled and Welch's standard error. It is narrowest
// when planned customers of both arms have matured; planned is fixed at launch. Only matured customers may be in
// the sums: re-reading half-open windows voids the guarantee.
func AlwaysValid(treated, control Sums, planned int64, alpha float64) (Sequence, error) {
	if err := checkShare("alpha", alpha); err != nil {
		return Sequence{}, err
	}
	if planned < 1 {
		return Sequence{}, &Undefined{OutOfRange, "the planned number of customers must be positive"}
	}
	s, err := newSpread(treated, control)
	if err != nil {
		return Sequence{}, err
	}
	return AlwaysValidOf(s.diff, s.widest(), treated.N+control.N, planned, alpha)
}

// AlwaysValidOf is [AlwaysValid] for any estimate with a standard error, such as a relative or an adjusted one.
//
// Value and error must come from matured customers of both arms, of whom there are so many now and so many planned.
// Undefined with OutOfRange without customers, a plan or an error.
func AlwaysValidOf(value, se float64, customers, planned int64, alpha float64) (Sequence, error) {
	if err := checkLook(se, customers, planned, alpha); err != nil {
		return Sequence{}, err
	}
	m := newMixture(customers, planned, alpha)
	half := m.multiplier(alpha) * se
	return Sequence{
		Level: 1 - alpha, Diff: value, SE: se, Low: value - half, High: value + half, P: m.pValue(value / se),
	}, nil
}

// AlwaysValidLow is the one-sided lower limit at 1 - alpha that may be read any day (Waudby-Smith et al., proposition
// on one-sided sequences).
//
// It answers one question only, whether the campaign works, and is narrower for that; a harmful campaign shows in the
// two-sided sequence alone.
func AlwaysValidLow(value, se float64, customers, planned int64, alpha float64) (float64, error) {
	if err := checkLook(se, customers, planned, alpha); err != nil {
		return 0, err
	}
	if err := checkShare("twice alpha", 2*alpha); err != nil {
		return 0, err
	}
	m := newMixture(customers, planned, 2*alpha)
	return value - se*math.Sqrt(2*(m.nr2+1)/m.nr2*math.Log1p(math.Sqrt(m.nr2+1)/(2*alpha))), nil
}

// SequencePrice is how many times wider the sequence is than an interval read once.
//
// Planners multiply standard errors by it: at the planned number of customers it is about 1.55 at 5 %.
func SequencePrice(customers, planned int64, alpha float64) (float64, error) {
	if err := checkLook(1, customers, planned, alpha); err != nil {
		return 0, err
	}
	return newMixture(customers, planned, alpha).multiplier(alpha) / normalQuantile(alpha), nil
}

// checkLook refuses what has no look.
func checkLook(se float64, customers, planned int64, alpha float64) error {
	if !(se > 0) || !isFinite(se) || customers < 1 || planned < 1 {
		return &Undefined{OutOfRange, "a look needs customers, a planned number of them and a standard error"}
	}
	return checkShare("alpha", alpha)
}

// mixture is the normal mixture at one look: nr2 = N * rho^2, where rho makes the boundary narrowest at the planned N.
type mixture struct{ nr2 float64 }

func newMixture(customers, planned int64, alpha float64) mixture {
	rho2 := (math.Log(1-2*math.Log(alpha)) - 2*math.Log(alpha)) / float64(planned)
	return mixture{nr2: float64(customers) * rho2}
}

// multiplier is the half-width in standard errors, where a fixed interval has z.
func (m mixture) multiplier(alpha float64) float64 {
	return math.Sqrt(2 * (m.nr2 + 1) / m.nr2 * math.Log(math.Sqrt(m.nr2+1)/alpha))
}

// pValue is the alpha whose boundary a difference of t standard errors touches, for the rho of this look.
func (m mixture) pValue(t float64) float64 {
	return math.Min(1, math.Sqrt(m.nr2+1)*math.Exp(-m.nr2*t*t/(2*(m.nr2+1))))
}
