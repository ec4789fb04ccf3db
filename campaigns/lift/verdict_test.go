package lift_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"treue/campaigns/lift"
)

// arm makes the sums of n customers of whom some bought for the same amount and the others for nothing.
func arm(n, buyers int64, amount float64) lift.Sums {
	b := float64(buyers)
	return lift.Sums{N: n, Y: b * amount, Y2: b * amount * amount, Y3: b * amount * amount * amount}
}

// input is a sound, matured own campaign at its planned end with arms of given sizes and buyers, EUR 50 a buyer.
func input(treated, treatedBuyers, control, controlBuyers int64) lift.VerdictInput {
	return lift.VerdictInput{
		Treated: arm(treated, treatedBuyers, 50), Control: arm(control, controlBuyers, 50),
		TreatedBuyers: treatedBuyers, ControlBuyers: controlBuyers,
		Planned: treated + control, PlannedEndReached: true, SRMOK: true, Reconciled: true,
	}
}

func with(in lift.VerdictInput, change func(*lift.VerdictInput)) lift.VerdictInput {
	change(&in)
	return in
}

func notYet(in *lift.VerdictInput) { in.PlannedEndReached = false }

// TestVerdicts walks every branch and both sides of every gate.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		in     lift.VerdictInput
		code   lift.Code
		reason lift.Reason
		small  bool
	}{
		{
			"sample ratio before everything", with(input(4000, 900, 2000, 200), func(in *lift.VerdictInput) {
				in.SRMOK, in.Reconciled = false, false
			}), lift.NotTrustworthy, lift.SampleRatio, false,
		},
		{
			"not reconciled", with(input(4000, 900, 2000, 200), func(in *lift.VerdictInput) { in.Reconciled = false }),
			lift.NotTrustworthy, lift.NotReconciled, false,
		},
		{"works early", with(input(2000, 500, 1000, 100), notYet), lift.Works, lift.AnyLook, false},
		{"hurts early", with(input(2000, 100, 1000, 200), notYet), lift.Hurts, lift.AnyLook, false},
		{"999 control customers are too few for a look", with(input(2000, 500, 999, 100), notYet), lift.TooEarly, lift.NotMatured, false},
		{"99 control buyers are too few for a look", with(input(2000, 500, 1000, 99), notYet), lift.TooEarly, lift.NotMatured, false},
		{
			"an imported campaign has no early looks", with(input(2000, 500, 1000, 100), func(in *lift.VerdictInput) {
				in.External, in.PlannedEndReached = true, false
			}), lift.TooEarly, lift.NotMatured, false,
		},
		{"nothing to see early", with(input(2000, 210, 1000, 100), notYet), lift.TooEarly, lift.NotMatured, false},
		{"nobody matured yet", with(input(0, 0, 0, 0), notYet), lift.TooEarly, lift.NotMatured, false},
		{"a clear effect at the end is the planned read's", input(2000, 500, 1000, 100), lift.Works, lift.PlannedRead, false},
		{"199 control customers", input(400, 200, 199, 50), lift.TooFew, lift.FewControls, true},
		{"200 control customers", input(400, 200, 200, 50), lift.Works, lift.PlannedRead, true},
		{"25 expected control buyers", input(750, 78, 250, 22), lift.TooFew, lift.TooImprecise, true},
		{"just below 25 expected control buyers", input(750, 78, 250, 21), lift.TooFew, lift.FewControls, true},
		{"just below 100 expected control buyers", input(3001, 300, 1000, 99), lift.NoLargerEffect, lift.WithinInterval, true},
		{"100 expected control buyers", input(3000, 300, 1000, 100), lift.NoLargerEffect, lift.WithinInterval, false},
		{"works at the end", input(1500, 330, 750, 100), lift.Works, lift.PlannedRead, false},
		{"hurts at the end", input(1500, 130, 750, 110), lift.Hurts, lift.PlannedRead, true},
		{"too imprecise", input(700, 80, 300, 28), lift.TooFew, lift.TooImprecise, true},
		{"no larger effect", input(6000, 1210, 3000, 600), lift.NoLargerEffect, lift.WithinInterval, false},
		{"one treated customer", input(1, 0, 300, 60), lift.TooFew, lift.FewerThanTwo, true},
		{"everybody bought the same", input(300, 300, 300, 300), lift.TooFew, lift.ZeroVariance, false},
		{"nobody at the end", input(0, 0, 0, 0), lift.TooFew, lift.FewControls, true},
	}
	for _, tt := range tests {
		v := lift.Judge(tt.in)
		if v.Code != tt.code || v.Reason != tt.reason || v.SmallSample != tt.small {
			t.Errorf("%s: %s (%s), small sample %v, want %s (%s), %v; expected control buyers %v",
				tt.name, v.Code, v.Reason, v.SmallSample, tt.code, tt.reason, tt.small, tt.in.ExpectedControlBuyers())
		}
	}
}

// TestGateCountsBuyersExactly: a third of 75 buyers is 25, though not in binary.
func TestGateCountsBuyersExactly(t *testing.T) {
	t.Parallel()
	tests := []struct {
		treated, treatedBuyers, control, controlBuyers int64
		pass                                           bool
	}{
		{600, 50, 300, 25, true},
		{600, 74, 300, 0, false},
		{600, 75, 300, 0, true},
		{2700, 249, 300, 0, false},
		{2700, 250, 300, 0, true},
	}
	for _, tt := range tests {
		v := lift.Judge(input(tt.treated, tt.treatedBuyers, tt.control, tt.controlBuyers))
		if got := v.Reason != lift.FewControls; got != tt.pass {
			t.Errorf("%+v: passes %v, want %v", tt, got, tt.pass)
		}
	}
}

// TestControlsLuckOpensNoGate: the buyers of both arms count, not the control's own.
func TestControlsLuckOpensNoGate(t *testing.T) {
	t.Parallel()
	if v := lift.Judge(input(1800, 20, 200, 30)); v.Reason != lift.FewControls {
		t.Errorf("30 control buyers where 5 are expected: %s (%s)", v.Code, v.Reason)
	}
}

func TestNeeds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   lift.VerdictInput
		want lift.Needs
	}{
		{"customers", input(400, 200, 199, 50), lift.Needs{ControlCustomers: 1}},
		{"buyers", input(750, 78, 250, 21), lift.Needs{ControlBuyers: 1}},
		{"both", input(200, 6, 100, 3), lift.Needs{ControlCustomers: 100, ControlBuyers: 22}},
		{"everything", input(0, 0, 0, 0), lift.Needs{ControlCustomers: 200, ControlBuyers: 25}},
		{"nothing of an effect", input(6000, 1210, 3000, 600), lift.Needs{}},
	}
	for _, tt := range tests {
		if got := lift.Judge(tt.in).Needs; got != tt.want {
			t.Errorf("%s: needs %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// TestNeedsOfPrecisionSuffice: with the arms grown by the forecast and the same rates the question is settled.
func TestNeedsOfPrecisionSuffice(t *testing.T) {
	t.Parallel()
	for _, in := range []lift.VerdictInput{
		input(700, 80, 300, 28), input(750, 78, 250, 22), input(900, 90, 300, 24), input(500, 60, 500, 45), input(500, 45, 500, 60),
	} {
		before := lift.Judge(in)
		if before.Reason != lift.TooImprecise || before.Needs.ControlCustomers == 0 {
			t.Errorf("%+v: %s (%s), needs %+v", in.Control, before.Code, before.Reason, before.Needs)
			continue
		}
		factor := 1.05 * float64(in.Control.N+before.Needs.ControlCustomers) / float64(in.Control.N)
		grow := func(n int64) int64 { return int64(math.Round(float64(n) * factor)) }
		after := lift.Judge(input(grow(in.Treated.N), grow(in.TreatedBuyers), grow(in.Control.N), grow(in.ControlBuyers)))
		if after.Code == lift.TooFew {
			t.Errorf("%+v and %d more control customers: still %s (%s)", in.Control, before.Needs.ControlCustomers, after.Code, after.Reason)
		}
	}
}

func TestBoundIsTheLargestEffectLeft(t *testing.T) {
	t.Parallel()
	in := input(6000, 1210, 3000, 600)
	v := lift.Judge(in)
	i, err := lift.DecisionInterval(in.Treated, in.Control, lift.AlphaPlanned)
	if err != nil {
		t.Fatal(err)
	}
	if want := math.Max(-i.PrintLow, i.PrintHigh); v.Bound != want || v.Bound > in.Control.Mean()/2 {
		t.Errorf("bound %v, want %v, at most %v", v.Bound, want, in.Control.Mean()/2)
	}
	for _, without := range []lift.VerdictInput{input(2000, 500, 1000, 100), input(200, 6, 100, 3)} {
		if v := lift.Judge(without); v.Bound != 0 {
			t.Errorf("%s has bound %v", v.Code, v.Bound)
		}
	}
}

// TestLosingControlBoundsNothing: half of a negative mean bounds no effect.
func TestLosingControlBoundsNothing(t *testing.T) {
	t.Parallel()
	in := input(6000, 1210, 3000, 600)
	in.Treated.Y, in.Control.Y = -in.Treated.Y, -in.Control.Y
	in.Treated.Y3, in.Control.Y3 = -in.Treated.Y3, -in.Control.Y3
	if v := lift.Judge(in); v.Reason != lift.TooImprecise {
		t.Errorf("%s (%s)", v.Code, v.Reason)
	}
}

func TestTooEarlySaysWhen(t *testing.T) {
	t.Parallel()
	day := time.Date(2027, 2, 10, 0, 0, 0, 0, time.UTC)
	v := lift.Judge(with(input(340, 60, 170, 30), func(in *lift.VerdictInput) {
		in.PlannedEndReached, in.KnownOn, in.Pending = false, day, 240
	}))
	if v.Code != lift.TooEarly || !v.KnownOn.Equal(day) || math.Abs(v.MaturedShare-0.68) > 1e-12 {
		t.Errorf("%+v", v)
	}
	if v := lift.Judge(with(input(340, 60, 170, 30), func(in *lift.VerdictInput) { in.KnownOn = day })); !v.KnownOn.IsZero() {
		t.Errorf("a verdict that is there is announced for %v", v.KnownOn)
	}
}

// TestAnyLookShowsItsOwnInterval: before the planned end the narrower fixed interval is not valid.
func TestAnyLookShowsItsOwnInterval(t *testing.T) {
	t.Parallel()
	in := with(input(2000, 500, 1000, 100), notYet)
	v := lift.Judge(in)
	want, err := lift.AlwaysValid(in.Treated, in.Control, in.Planned, lift.AlphaAnyLook)
	if err != nil || v.Sequence != want || want.Low <= 0 {
		t.Errorf("sequence %+v, want %+v, %v", v.Sequence, want, err)
	}
}

func TestLevels(t *testing.T) {
	t.Parallel()
	if lift.Alpha(false) != 0.04 || lift.Alpha(true) != 0.05 {
		t.Errorf("own %v, imported %v", lift.Alpha(false), lift.Alpha(true))
	}
	if v := lift.Judge(with(input(2000, 500, 1000, 100), notYet)); v.Sequence.Level != 0.99 {
		t.Errorf("level of a look %v, want 0.99: with 0.96 at the end the errors add up to 5 %%", v.Sequence.Level)
	}
}

// TestLevelDecides: a difference between the two levels works for an imported campaign only.
func TestLevelDecides(t *testing.T) {
	t.Parallel()
	for buyers := int64(100); buyers < 300; buyers++ {
		in := input(600, buyers, 600, 100)
		p, err := lift.PValue(in.Treated, in.Control)
		if err != nil {
			t.Fatal(err)
		}
		if p < lift.AlphaPlanned || p > lift.AlphaExternal {
			continue
		}
		own, external := lift.Judge(in), lift.Judge(with(in, func(in *lift.VerdictInput) { in.External = true }))
		if own.Code == lift.Works || external.Code != lift.Works {
			t.Errorf("p = %v: own %s, imported %s", p, own.Code, external.Code)
		}
		return
	}
	t.Fatal("no case between the levels")
}

// TestVerdictsFollowTheContract holds for any input: trust first, no call without an interval beyond 0, no bound above
// half of control's mean.
func TestVerdictsFollowTheContract(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 5000)
		treated, control := n.Draw(t, "treated"), n.Draw(t, "control")
		in := input(treated, rapid.Int64Range(0, treated).Draw(t, "treated buyers"),
			control, rapid.Int64Range(0, control).Draw(t, "control buyers"))
		in.SRMOK, in.Reconciled = rapid.IntRange(0, 9).Draw(t, "srm") > 0, rapid.IntRange(0, 9).Draw(t, "reconciled") > 0
		in.PlannedEndReached, in.External = rapid.Bool().Draw(t, "end"), rapid.Bool().Draw(t, "external")
		v := lift.Judge(in)
		e := lift.Assess(in.Treated, in.Control, lift.Alpha(in.External))
		switch v.Code {
		case lift.NotTrustworthy:
			if in.SRMOK && in.Reconciled {
				t.Fatal("distrust without a cause")
			}
			return
		case lift.Works, lift.Hurts:
			sign := 1.0
			if v.Code == lift.Hurts {
				sign = -1
			}
			if sign*e.Diff <= 0 || (v.Reason == lift.PlannedRead && (e.Works() != (sign > 0) || !in.PlannedEndReached)) {
				t.Fatalf("%+v on %+v", v, e)
			}
		case lift.TooEarly:
			if in.PlannedEndReached {
				t.Fatal("too early after the planned end")
			}
		case lift.NoLargerEffect:
			if v.Bound > in.Control.Mean()/2 || e.Low > 0 || e.High < 0 {
				t.Fatalf("%+v on %+v", v, e)
			}
		case lift.TooFew:
			if !in.PlannedEndReached {
				t.Fatal("too few before the planned end")
			}
		default:
			t.Fatalf("code %q", v.Code)
		}
		if !in.SRMOK || !in.Reconciled {
			t.Fatalf("%s without trust", v.Code)
		}
	})
}
