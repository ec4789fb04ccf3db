package lift_test

import (
	"testing"

	"treue/campaigns/lift"
)

// skewed is a campaign whose decision and printed limits differ on the low side: control small, outcome right-skewed.
func skewed() (treated, control lift.Sums) {
	return lift.Sums{N: 9000, Y: 90_000, Y2: 27e6, Y3: 27e9}, lift.Sums{N: 1000, Y: 10_600, Y2: 6.9e6, Y3: 9.5e9}
}

// TestTotalsCarryThePrintedLimits: a total is the printed line times the treated customers, on both sides.
func TestTotalsCarryThePrintedLimits(t *testing.T) {
	t.Parallel()
	treated, control := skewed()
	for _, arms := range [][2]lift.Sums{{treated, control}, {control, treated}} {
		e := lift.Assess(arms[0], arms[1], lift.AlphaPlanned)
		if !e.Defined() || (e.PrintLow == e.Low && e.PrintHigh == e.High) {
			t.Fatalf("%+v does not tell printed limits from decisions", e)
		}
		n := float64(arms[0].N)
		value, low, high := e.Total()
		if value != e.Diff*n || low != e.PrintLow*n || high != e.PrintHigh*n {
			t.Errorf("total %v (%v to %v) of %+v", value, low, high, e)
		}
	}
}

// TestAssessAgreesWithItsParts: the estimate is nothing but the estimators it names.
func TestAssessAgreesWithItsParts(t *testing.T) {
	t.Parallel()
	treated, control := skewed()
	e := lift.Assess(treated, control, lift.AlphaPlanned)
	i, err := lift.DecisionInterval(treated, control, lift.AlphaPlanned)
	if err != nil || e.Interval != i || e.Level != 0.96 {
		t.Errorf("interval %+v, want %+v, %v", e.Interval, i, err)
	}
	if p, err := lift.PValue(treated, control); err != nil || e.PValue != p {
		t.Errorf("p = %v, want %v, %v", e.PValue, p, err)
	}
	if mde, err := lift.MDE(treated, control, lift.AlphaPlanned, 0.8); err != nil || e.MDE != mde {
		t.Errorf("MDE %v, want %v, %v", e.MDE, mde, err)
	}
	if r, err := lift.Relative(treated, control, lift.AlphaPlanned); err != nil || e.Relative == nil || *e.Relative != r {
		t.Errorf("relative %+v, want %+v, %v", e.Relative, r, err)
	}
}

// TestNoRelativeFigureBesideAnUncertainControl: the difference stands, the percentage does not.
func TestNoRelativeFigureBesideAnUncertainControl(t *testing.T) {
	t.Parallel()
	e := lift.Assess(arm(500, 60, 50), arm(500, 2, 50), lift.AlphaPlanned)
	if !e.Defined() || e.Relative != nil || e.RelativeMissing != lift.UncertainBaseline {
		t.Errorf("%+v, want a difference without a relative figure", e)
	}
}
