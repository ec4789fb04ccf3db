package lift_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"treue/campaigns/lift"
)

// A review period of the validation: 200 campaigns of 4,000 customers, half of them control; 160 do nothing, the
// others raise orders by 10 to 50 %.
const (
	reviewed  = 200
	idle      = 160
	perReview = 4_000
)

// TestValidation11Multiplicity: among 200 campaigns of which 160 do nothing, how many of the selected are idle, how
// often their intervals hold the truth, and whether shrinking brings the winners' sum nearer to it. Calling whatever
// has p < 0.05, with plain intervals and plain sums, is the mutant.
func TestValidation11Multiplicity(t *testing.T) {
	t.Parallel()
	n := runs(30, 300)
	c, fdr, covered := &counter{}, &mean{}, &mean{}
	naive, plain, raw, shrunken := &mean{}, &mean{}, &mean{}, &mean{}
	campaigns(110, n, func(random *rand.Rand, p pool, _ int) {
		r := newReview(t, random, p)
		fdr.add(r.idleShare(func(i int) bool { return r.portfolio.Lines[i].Selected }))
		naive.add(r.idleShare(func(i int) bool { return r.portfolio.Lines[i].PValue < 0.05 }))
		if r.portfolio.Selection.Count > 0 {
			covered.add(r.coverage(func(l lift.Line) lift.Interval { return l.FCR }))
			plain.add(r.coverage(func(l lift.Line) lift.Interval { return l.Estimate.Interval }))
		}
		won := r.winners()
		rawError, shrunkenError := r.portfolio.RawWinners-won, r.portfolio.ShrunkenWinners-won
		raw.add(rawError * rawError)
		shrunken.add(shrunkenError * shrunkenError)
		c.add("closer", math.Abs(shrunkenError) < math.Abs(rawError))
	})
	ratio := math.Sqrt(shrunken.value() / raw.value())
	t.Logf("V11 FDR %.1f %% (p < 0.05: %.1f %%), FCR coverage %.1f %% (plain intervals %.1f %%), winners' sum closer in %.0f %%, RMSE %.2f of raw",
		100*fdr.value(), 100*naive.value(), 100*covered.value(), 100*plain.value(), 100*c.share("closer", n), ratio)
	if fdr.value() > 0.10+fdr.noise() {
		t.Errorf("false discovery rate %.4f", fdr.value())
	}
	if covered.value() < 0.90-covered.noise() {
		t.Errorf("intervals of the selected cover %.4f", covered.value())
	}
	if c.share("closer", n) < 0.80-noise(0.80, n) || ratio > 0.6+0.6/math.Sqrt(float64(n)) {
		t.Errorf("shrunken sums are closer in %.4f, RMSE %.4f of raw", c.share("closer", n), ratio)
	}
	if naive.value() < 0.10+naive.noise() || plain.value() >= covered.value() {
		t.Errorf("p < 0.05 errs in %.4f, plain intervals cover %.4f: the test proves nothing", naive.value(), plain.value())
	}
}

// review is one period with its truths.
type review struct {
	portfolio lift.Portfolio
	truth     [reviewed]float64
}

func newReview(t *testing.T, random *rand.Rand, p pool) (r review) {
	strata := make([]lift.Stratum, reviewed)
	for i := range strata {
		effect := 0.0
		if i >= idle {
			effect = 0.1 + 0.4*random.Float64()
		}
		r.truth[i] = p.truth(effect)
		var ts, cs drawn
		p.draw(random, &cs, perReview/2, 0)
		p.draw(random, &ts, perReview/2, effect)
		strata[i] = lift.Stratum{Treated: ts.raw(), Control: cs.raw()}
	}
	var err error
	if r.portfolio, err = lift.Review(strata, 0.05, lift.FalseDiscoveryRate); err != nil {
		t.Error(err)
	}
	return r
}

// idleShare is the share of campaigns without effect among the called, 0 if none is.
func (r review) idleShare(called func(int) bool) float64 {
	calls, wrong := 0.0, 0.0
	for i := range r.portfolio.Lines {
		if called(i) {
			calls++
			if i < idle {
				wrong++
			}
		}
	}
	return wrong / math.Max(1, calls)
}

// coverage is the share of selected campaigns whose interval holds the truth.
func (r review) coverage(interval func(lift.Line) lift.Interval) float64 {
	held := 0.0
	for i, l := range r.portfolio.Lines {
		if at := interval(l); l.Selected && at.PrintLow <= r.truth[i] && r.truth[i] <= at.PrintHigh {
			held++
		}
	}
	return held / float64(r.portfolio.Selection.Count)
}

// winners is what the campaigns that work on their own truly brought.
func (r review) winners() (sum float64) {
	for i, l := range r.portfolio.Lines {
		if l.Works() {
			sum += r.truth[i] * float64(l.Treated)
		}
	}
	return sum
}
