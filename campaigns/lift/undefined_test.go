package lift_test

import (
	"errors"
	"math"
	"testing"

	"treue/campaigns/lift"
)

// TestUndefinedIsNeverANumber: every estimator that has nothing to say gives a reason and no figure.
func TestUndefinedIsNeverANumber(t *testing.T) {
	t.Parallel()
	good := lift.SumsOf([]float64{0, 0, 12, 40, 3})
	flat := lift.SumsOf([]float64{5.1, 5.1, 5.1, 5.1})
	one := lift.SumsOf([]float64{7})
	broken := lift.Sums{N: 5, Y: math.NaN(), Y2: 1, Y3: 1}
	tests := []struct {
		name             string
		treated, control lift.Sums
		alpha            float64
		want             lift.Reason
	}{
		{"no customers", lift.Sums{}, lift.Sums{}, 0.05, lift.FewerThanTwo},
		{"one control customer", good, one, 0.05, lift.FewerThanTwo},
		{"one treated customer", one, good, 0.05, lift.FewerThanTwo},
		{"equal outcomes", flat, flat, 0.05, lift.ZeroVariance},
		{"not a number", broken, good, 0.05, lift.NotFinite},
		{"alpha 0", good, good, 0, lift.OutOfRange},
		{"alpha 1", good, good, 1, lift.OutOfRange},
		{"alpha NaN", good, good, math.NaN(), lift.OutOfRange},
	}
	for _, tt := range tests {
		estimators := map[string]func() (any, error){
			"interval": func() (any, error) { return lift.DecisionInterval(tt.treated, tt.control, tt.alpha) },
			"welch":    func() (any, error) { return lift.Welch(tt.treated, tt.control, tt.alpha) },
			"relative": func() (any, error) { return lift.Relative(tt.treated, tt.control, tt.alpha) },
			"sequence": func() (any, error) { return lift.AlwaysValid(tt.treated, tt.control, 100, tt.alpha) },
			"mde":      func() (any, error) { return lift.MDE(tt.treated, tt.control, tt.alpha, lift.UsualPower) },
		}
		for name, estimate := range estimators {
			got, err := estimate()
			if reason := lift.ReasonOf(err); reason != tt.want {
				t.Errorf("%s, %s: reason %q, want %q (%+v)", tt.name, name, reason, tt.want, got)
			}
		}
		if e := lift.Assess(tt.treated, tt.control, tt.alpha); e.Missing != tt.want || e.Defined() || e.Relative != nil {
			t.Errorf("%s: estimate %+v, want missing for %q", tt.name, e, tt.want)
		}
	}
}

func TestOneFlatArmIsDefined(t *testing.T) {
	t.Parallel()
	nobodyBought := lift.SumsOf(make([]float64, 50))
	some := lift.SumsOf([]float64{0, 0, 0, 30, 0, 12, 0, 0})
	if _, err := lift.DecisionInterval(some, nobodyBought, 0.05); err != nil {
		t.Errorf("control without buyers: %v", err)
	}
	if _, err := lift.Relative(some, nobodyBought, 0.05); lift.ReasonOf(err) != lift.ZeroBaseline {
		t.Errorf("relative to nothing: %v, want %q", err, lift.ZeroBaseline)
	}
	r, err := lift.Relative(nobodyBought, lift.SumsOf([]float64{9, 10, 11, 10, 10}), 0.05)
	if err != nil || math.Abs(r.Value+1) > 1e-12 {
		t.Errorf("treated without buyers: %+v, %v, want -1", r, err)
	}
}

func TestAttributableShareNeedsAGain(t *testing.T) {
	t.Parallel()
	gain, loss := lift.SumsOf([]float64{10, 20}), lift.SumsOf([]float64{5, 10})
	if got, err := lift.Attributable(gain, loss); err != nil || math.Abs(got-0.5) > 1e-12 {
		t.Errorf("share %v, %v, want a half", got, err)
	}
	for name, pair := range map[string][2]lift.Sums{
		"loss":             {loss, gain},
		"negative control": {gain, lift.SumsOf([]float64{-5, -10})},
		"empty":            {gain, {}},
	} {
		if got, err := lift.Attributable(pair[0], pair[1]); lift.ReasonOf(err) == "" {
			t.Errorf("%s: share %v without a reason", name, got)
		}
	}
}

func TestPlannersRefuseTheImpossible(t *testing.T) {
	t.Parallel()
	tests := map[string]func() (any, error){
		"treated arm too small":  func() (any, error) { return lift.ControlSize(1600, 1, 1000, 0.05, 0.8) },
		"no effect":              func() (any, error) { return lift.ControlSize(1600, 0, 1000, 0.05, 0.8) },
		"control size, alpha":    func() (any, error) { return lift.ControlSize(1600, 2, 50_000, 1, 0.8) },
		"MDE of an empty arm":    func() (any, error) { return lift.PlannedMDE(1600, 10, 0, 0.05, 0.8) },
		"MDE at power 1":         func() (any, error) { return lift.PlannedMDE(1600, 10, 10, 0.05, 1) },
		"power without variance": func() (any, error) { return lift.Power(0, 1, 10, 10, 0.05) },
		"power at alpha 0":       func() (any, error) { return lift.Power(1, 1, 10, 10, 0) },
		"unplanned sequence": func() (any, error) {
			s := lift.SumsOf([]float64{1, 2, 3})
			return lift.AlwaysValid(s, s, 0, 0.01)
		},
	}
	for name, plan := range tests {
		if got, err := plan(); lift.ReasonOf(err) != lift.OutOfRange {
			t.Errorf("%s: %v, %v, want reason %q", name, got, err, lift.OutOfRange)
		}
	}
}

// TestPowerOfNothingIsAlpha: without an effect both tails call equally often.
func TestPowerOfNothingIsAlpha(t *testing.T) {
	t.Parallel()
	for _, alpha := range []float64{0.01, 0.04, 0.3} {
		if got, err := lift.Power(100, 0, 500, 200, alpha); err != nil || math.Abs(got-alpha) > 1e-12 {
			t.Errorf("power %v, %v, want %v", got, err, alpha)
		}
	}
}

func TestSRMRefusesNonsense(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		counts  []int64
		weights []float64
		want    lift.Reason
	}{
		{"lengths differ", []int64{1, 2}, []float64{1}, lift.OutOfRange},
		{"negative size", []int64{-1, 2}, []float64{1, 1}, lift.OutOfRange},
		{"negative weight", []int64{1, 2}, []float64{1, -1}, lift.OutOfRange},
		{"NaN weight", []int64{1, 2}, []float64{1, math.NaN()}, lift.OutOfRange},
		{"one arm", []int64{10, 0}, []float64{1, 0}, lift.FewerThanTwo},
	}
	for _, tt := range tests {
		if p, err := lift.SRM(tt.counts, tt.weights); lift.ReasonOf(err) != tt.want {
			t.Errorf("%s: p = %v, %v, want reason %q", tt.name, p, err, tt.want)
		}
	}
}

func TestReasonOfOtherErrorsIsEmpty(t *testing.T) {
	t.Parallel()
	if got := lift.ReasonOf(errors.New("disk full")); got != "" {
		t.Errorf("reason %q", got)
	}
	_, err := lift.PValue(lift.Sums{}, lift.Sums{})
	if err == nil || err.Error() != "lift is undefined: an arm has fewer than two customers" {
		t.Errorf("error %v", err)
	}
}

// TestRoundingIsNotVariance: amounts that cannot be written in binary leave a residue in the sum of squares, and a
// standard error of 1e-8 would prove any effect.
func TestRoundingIsNotVariance(t *testing.T) {
	t.Parallel()
	for _, amount := range []float64{0.1, 7.35, 19.99, 29.9, 1234.56} {
		var s lift.Sums
		for range 100_000 {
			s.Add(amount)
		}
		if got := s.Variance(); got != 0 {
			t.Errorf("variance %v of equal amounts of %v", got, amount)
		}
		s.Add(amount + 10)
		if got, want := s.Variance(), 100.0/100_001; math.Abs(got-want) > 0.01*want {
			t.Errorf("variance %v after one amount differs from %v by 10, want %v", got, amount, want)
		}
	}
}
