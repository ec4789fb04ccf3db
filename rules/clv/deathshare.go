package clv

import "math"

// deathShare answers for Pareto/NBD: of a customer seen alive and just having
// bought, with purchase rate Gamma(shape, A) and death rate Gamma(leave, B),
// which share dies before the next purchase? That is
//
//	D = integral over u > 0 of leave A^shape B^leave (A+u)^-shape (B+u)^-(leave+1)
//
// and the published A0 of the likelihood is w/leave times the fall, from Tx to
// T, of A^-shape B^-leave D, with w = shape+leave. Euler's transform gives D as
// series of positive terms, between 0 and 1 whatever the number of purchases:
//
//	D = leave/w       2F1(1, shape;   w+1; (A-B)/A)  for A >= B
//	D = leave/w (A/B) 2F1(1, leave+1; w+1; (B-A)/B)  for A < B
type deathShare struct {
	shape, leave float64
	below        bool // A < B
	series       gaussSeries
}

// share is a death share and its derivatives by shape, leave, A and B.
type share struct{ value, byShape, byLeave, byA, byB float64 }

// seriesReach is the argument up to which the series is summed. Beyond, A and B
// are some 25 times apart and it takes thousands of terms.
const seriesReach = 0.96

// reset prepares for other parameters, so that a fit need not allocate.
func (d *deathShare) reset(shape, leave float64, below bool) {
	d.shape, d.leave, d.below = shape, leave, below
	upper := shape
	if below {
		upper = leave + 1
	}
	d.series.reset(upper, shape+leave+1)
}

// at returns the share at A and B, on the side that below tells.
func (d *deathShare) at(a, b float64) share {
	high, low := a, b
	if d.below {
		high, low = b, a
	}
	u := (high - low) / high
	if u > seriesReach {
		return d.integral(a, b)
	}
	f := d.series.at(u)
	w := d.shape + d.leave
	out := share{
		value:   d.leave / w * f.value,
		byShape: d.leave / w * (f.byLower - f.value/w),
		byLeave: d.leave/w*f.byLower + d.shape/(w*w)*f.value,
	}
	slope := d.leave / w * f.byArgument / high
	if !d.below {
		out.byShape += d.leave / w * f.byUpper
		out.byA, out.byB = slope*low/high, -slope
		return out
	}
	out.byLeave += d.leave / w * f.byUpper
	ratio := a / b
	out.byA, out.byB = -slope*ratio+out.value/b, (slope*ratio-out.value/b)*ratio
	out.value *= ratio
	out.byShape *= ratio
	out.byLeave *= ratio
	return out
}

// valueAt is at without the derivatives and without tables, for a single use.
func (d *deathShare) valueAt(a, b float64) float64 {
	high, low, upper, factor := a, b, d.shape, 1.0
	if d.below {
		high, low, upper, factor = b, a, d.leave+1, a/b
	}
	w := d.shape + d.leave
	u := (high - low) / high
	if u > seriesReach {
		return d.integral(a, b).value
	}
	sum, term, enough := 1.0, 1.0, restIgnored*(1-u)
	for k := 0.0; term > enough; k++ {
		term *= (upper + k) / (w + 1 + k) * u
		sum += term
	}
	return d.leave / w * factor * sum
}

const (
	// trapezoidStep is fine enough for the integrand below: it is analytic up
	// to an imaginary part of pi/2, so that the rule is off by exp(-pi^2/step).
	trapezoidStep = 0.25
	// trapezoidTail is how far, in logarithms, an end of the range lies below
	// the bulk: exp(-38) is beyond float64.
	trapezoidTail = 38
)

// integral is the share by the trapezoidal rule over v = ln u, which converges
// exponentially; its derivatives are those of the integrand.
func (d *deathShare) integral(a, b float64) share {
	var sum share
	end := math.Log(math.Max(a, b)) + trapezoidTail
	v := math.Log(math.Min(a/d.shape, b/(d.leave+1))) - trapezoidTail
	u, factor := math.Exp(v), math.Exp(trapezoidStep)
	for ; v < end; v += trapezoidStep {
		buy, die := math.Log1p(u/a), math.Log1p(u/b)
		p := trapezoidStep * d.leave * u / (b + u) * math.Exp(-d.shape*buy-d.leave*die)
		sum.add(p, d.slopes(u, a, b, buy, die))
		if p < restIgnored*sum.value {
			return sum // the integrand has one peak, which is past
		}
		u *= factor
	}
	// From here on the terms fall by one factor each, perhaps a very slow one.
	buy, die := math.Log1p(u/a), math.Log1p(u/b)
	w := d.shape + d.leave
	first := trapezoidStep * d.leave * math.Exp(-d.shape*buy-d.leave*die)
	count := -1 / math.Expm1(-w*trapezoidStep)
	drift := trapezoidStep * math.Exp(-w*trapezoidStep) * count
	sum.add(first*count, d.slopes(u, a, b, buy+drift, die+drift))
	return sum
}

// slopes returns the derivatives of the logarithm of the integrand.
func (d *deathShare) slopes(u, a, b, buy, die float64) share {
	return share{
		byShape: -buy,
		byLeave: 1/d.leave - die,
		byA:     d.shape * u / (a * (a + u)),
		byB:     (d.leave*u/b - 1) / (b + u),
	}
}

func (s *share) add(p float64, slopes share) {
	s.value += p
	s.byShape += p * slopes.byShape
	s.byLeave += p * slopes.byLeave
	s.byA += p * slopes.byA
	s.byB += p * slopes.byB
}
