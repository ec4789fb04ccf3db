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
	m := newMixture(treated.N+control.N, planned, alpha)
	half := m.multiplier(alpha) * s.widest()
	return Sequence{
		Level: 1 - alpha, Diff: s.diff, SE: s.widest(),
		Low: s.diff - half, High: s.diff + half, P: m.pValue(s.diff / s.widest()),
	}, nil
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
