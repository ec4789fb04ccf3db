package lift

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Stratum are both arms of a group that was drawn with one control share: a segment of a campaign, or a campaign of a
// kind.
type Stratum struct{ Treated, Control Sums }

// customers of both arms.
func (s Stratum) customers() float64 { return float64(s.Treated.N + s.Control.N) }

// minStratum customers per arm: below, a stratum's own difference is mostly noise.
const minStratum = 10

// Readable reads strata with fewer than ten customers in an arm together, and with the first large one if they stay too
// small. All must have been drawn with the same share, so that any grouping compares like with like; empty ones vanish.
func Readable(strata []Stratum) []Stratum {
	merge := func(a, b Stratum) Stratum {
		return Stratum{Treated: a.Treated.Merge(b.Treated), Control: a.Control.Merge(b.Control)}
	}
	return collapse(strata, func(s Stratum) (int64, int64) { return s.Treated.N, s.Control.N }, merge)
}

// collapse does what [Readable] says with strata of either kind.
func collapse[S any](strata []S, size func(S) (treated, control int64), merge func(S, S) S) []S {
	var large []S
	var rest S
	for _, s := range strata {
		if min(size(s)) >= minStratum {
			large = append(large, s)
			continue
		}
		rest = merge(rest, s)
	}
	treated, control := size(rest)
	switch {
	case treated+control == 0:
	case len(large) == 0 || min(treated, control) >= minStratum:
		large = append(large, rest)
	default:
		large[0] = merge(large[0], rest)
	}
	return large
}

// contrast are two means with their variances: all that an estimate needs to know, for one group or for many.
type contrast struct {
	mt, mc       float64 // means of the arms
	vt, vc, cov  float64 // variances of the means, and their covariance
	pooled2      float64 // squared standard error of the difference from the strata's pooled variances
	third        float64 // third cumulant of the difference from the strata's pooled third moments
	treatedCount int64
}

// stratified weighs every stratum by its share of the customers of both arms (post-stratification; Miratrix, Sekhon
// and Yu 2013). The strata's weights are luck of the draw as well, hence the variance between their means. Strata with
// an arm below two customers have no variance and must be gone.
func stratified(strata []Stratum) (contrast, error) {
	var n float64
	for _, s := range strata {
		if s.Treated.N < 2 || s.Control.N < 2 {
			return contrast{}, &Undefined{FewerThanTwo, "an arm of a stratum has fewer than two customers"}
		}
		if !s.Treated.finite() || !s.Control.finite() {
			return contrast{}, &Undefined{NotFinite, "a sum over the customers is infinite or not a number"}
		}
		n += s.customers()
	}
	if n == 0 {
		return contrast{}, &Undefined{FewerThanTwo, "there are no customers to compare"}
	}
	var c contrast
	var tt, cc, tc float64
	for _, s := range strata {
		c.add(s, s.customers()/n)
		mt, mc, w := s.Treated.Mean(), s.Control.Mean(), s.customers()/n
		tt, cc, tc = tt+w*mt*mt, cc+w*mc*mc, tc+w*mt*mc
	}
	if c.vt+c.vc == 0 {
		return contrast{}, &Undefined{ZeroVariance, "no customer's outcome differs from the others of its arm"}
	}
	// One stratum has weight 1 for certain, and rounding must not widen the plain estimate.
	if len(strata) > 1 {
		c.addBetween((tt-c.mt*c.mt)/n, (cc-c.mc*c.mc)/n, (tc-c.mt*c.mc)/n)
	}
	return c, nil
}

// add counts a stratum of weight w.
func (c *contrast) add(s Stratum, w float64) {
	nt, nc := float64(s.Treated.N), float64(s.Control.N)
	c.mt += w * s.Treated.Mean()
	c.mc += w * s.Control.Mean()
	c.vt += w * w * s.Treated.squaredError()
	c.vc += w * w * s.Control.squaredError()
	c.pooled2 += w * w * pooledVariance(s.Treated, s.Control) * (1/nt + 1/nc)
	third := (nt*s.Treated.ThirdMoment() + nc*s.Control.ThirdMoment()) / (nt + nc)
	c.third += w * w * w * third * (1/(nt*nt) - 1/(nc*nc))
	c.treatedCount += s.Treated.N
}

// addBetween counts the variance of the strata's weights.
func (c *contrast) addBetween(tt, cc, tc float64) {
	c.vt += tt
	c.vc += cc
	c.cov += tc
	c.pooled2 += math.Max(0, tt+cc-2*tc)
}

// spread is what the decision interval needs.
func (c contrast) spread() spread {
	pooled := math.Sqrt(c.pooled2)
	return spread{
		diff: c.mt - c.mc, pooled: pooled, welch: math.Sqrt(c.vt + c.vc - 2*c.cov), skew: c.third / pooled / pooled / pooled,
	}
}

// estimate is everything a report says about the contrast; alpha must have been checked.
func (c contrast) estimate(alpha float64) Estimate {
	z := normalQuantile(alpha)
	s := c.spread()
	e := Estimate{Interval: s.interval(z), Treated: c.treatedCount, PValue: s.pValue()}
	e.Level = 1 - alpha
	e.MDE = (z + distuv.UnitNormal.Quantile(UsualPower)) * s.pooled
	relative, err := c.fieller(z)
	if err != nil {
		e.RelativeMissing = ReasonOf(err)
		return e
	}
	e.Relative = &relative
	return e
}

// fieller is the relative effect with the limits of Fieller (1954), for means that may be correlated.
func (c contrast) fieller(z float64) (Fieller, error) {
	if c.mc == 0 {
		return Fieller{}, &Undefined{ZeroBaseline, "the control arm's mean is 0"}
	}
	base2 := c.mc * c.mc
	g := z * z * c.vc / base2
	if g >= 1 {
		return Fieller{G: g}, &Undefined{UncertainBaseline, "the control arm's mean cannot be told from 0"}
	}
	shared := z * z * c.cov / base2
	ratio := c.mt / c.mc
	inner := c.vt*(1-g) - 2*ratio*c.cov + ratio*ratio*c.vc + shared*c.cov
	half := z / math.Abs(c.mc) * math.Sqrt(math.Max(0, inner))
	f := Fieller{Value: ratio - 1, Low: (ratio-shared-half)/(1-g) - 1, High: (ratio-shared+half)/(1-g) - 1, G: g}
	if c.mc < 0 { // margins can be negative after incentives: a better outcome must stay positive
		f.Value, f.Low, f.High = -f.Value, -f.High, -f.Low
	}
	return f, nil
}

// AssessStrata is [Assess] of the strata together, post-stratified: Δ = Σ w Δₖ with w the stratum's share of the
// customers of both arms. With one stratum it is Assess. Campaigns of a kind must be read like this and never as one
// heap: where their control shares differ, the heap's difference is partly that of the campaigns.
//
// Missing is FewerThanTwo for a stratum with an arm below two customers, otherwise as in Assess.
func AssessStrata(strata []Stratum, alpha float64) Estimate {
	var n int64
	for _, s := range strata {
		n += s.Treated.N
	}
	if err := checkShare("alpha", alpha); err != nil {
		return Estimate{Treated: n, Missing: ReasonOf(err), RelativeMissing: ReasonOf(err)}
	}
	c, err := stratified(strata)
	if err != nil {
		return Estimate{Treated: n, Missing: ReasonOf(err), RelativeMissing: ReasonOf(err)}
	}
	return c.estimate(alpha)
}
