package lift

import (
	"math"
	"time"
)

// Code is what a verdict says, as reports print it.
type Code string

// The codes of a verdict. None of them is a failure of the software: "too early" and "too few" are normal answers.
const (
	NotTrustworthy Code = "not_trustworthy"
	Works          Code = "works"
	Hurts          Code = "hurts"
	TooEarly       Code = "too_early"
	TooFew         Code = "too_few"
	NoLargerEffect Code = "no_effect_larger_than_mde"
)

// Reasons a verdict can rest on, besides those why its estimate is undefined.
const (
	SampleRatio    Reason = "sample_ratio"    // the arms' sizes contradict the shares drawn
	NotReconciled  Reason = "not_reconciled"  // stored arms, mails or counts contradict each other
	AnyLook        Reason = "any_look"        // the always-valid interval excludes 0
	NotMatured     Reason = "not_matured"     // the planned end is not reached
	FewControls    Reason = "few_control"     // too few control customers or buyers
	PlannedRead    Reason = "planned_read"    // the interval at the planned end excludes 0
	TooImprecise   Reason = "too_imprecise"   // an effect worth having could hide in the interval
	WithinInterval Reason = "within_interval" // the interval holds 0 and nothing large
)

// Levels and gates of verdicts. Own campaigns spend 1 % of false alarms on looks at any time and 4 % on the planned
// read; imported ones are read once.
const (
	AlphaAnyLook  = 0.01
	AlphaPlanned  = 0.04
	AlphaExternal = 0.05

	burnInControl = 1000 // control customers before an early look
	burnInBuyers  = 100  // control buyers before an early look
	minControl    = 200  // control customers at the planned read
	minBuyers     = 25   // expected control buyers at the planned read: below, there is no power
	// MinBuyers is how many control buyers are expected at least where there is a verdict at the planned read.
	MinBuyers = minBuyers

	smallSample = 100 // expected control buyers below which the report says so
)

// Alpha is the two-sided alpha of the planned read.
func Alpha(external bool) float64 {
	if external {
		return AlphaExternal
	}
	return AlphaPlanned
}

// VerdictInput is what a verdict is decided on. All sums and counts are of matured customers, those whose window and
// grace are over.
type VerdictInput struct {
	Treated, Control             Sums
	TreatedBuyers, ControlBuyers int64
	Pending                      int64     // customers of both arms whose window or grace is still open
	Planned                      int64     // customers of both arms it was planned for, fixed at launch; 0: no early looks
	PlannedEndReached            bool      // the planned read is due
	KnownOn                      time.Time // when it is due, in the shop's time zone; zero if nobody can say yet
	SRMOK                        bool      // see [SRM]
	Reconciled                   bool      // every stored arm, mail and count agrees with the draw
	External                     bool      // the campaign ran elsewhere
	Strata                       []Stratum // the customers of both arms by version of the campaign; one or none: not compared within
}

// Estimate is what the planned read says: compared within the versions of the campaign, at the level of its kind.
func (in VerdictInput) Estimate() Estimate {
	if len(in.Strata) > 1 {
		return AssessStrata(Readable(in.Strata), Alpha(in.External))
	}
	return Assess(in.Treated, in.Control, Alpha(in.External))
}

// Verdict is a code with its reason and what the reader needs to act on it.
type Verdict struct {
	Code         Code
	Reason       Reason
	SmallSample  bool      // fewer than 100 expected control buyers at the planned read
	Needs        Needs     // with too_few: what is missing
	Bound        float64   // at the planned read without an effect: the largest effect left, per customer; else 0
	KnownOn      time.Time // with too_early: the day of the planned read, zero if unknown
	MaturedShare float64   // customers whose window is over among all assigned, 0 to 1
	Sequence     Sequence  // with the reason any_look: what it rests on
}

// Needs is how much the control arm lacks for a verdict: customers, and buyers as expected from both arms. For an
// estimate that is too imprecise the customers are a forecast from today's variance, 0 if there is none.
type Needs struct {
	ControlCustomers int64
	ControlBuyers    int64
}

// Judge decides the verdict. The order matters: trust comes before any figure, a look at any time before the calendar,
// size before significance, so that no later rule can overrule a doubt.
func Judge(in VerdictInput) Verdict {
	v := Verdict{MaturedShare: in.maturedShare()}
	switch {
	case !in.SRMOK:
		return v.ruled(NotTrustworthy, SampleRatio)
	case !in.Reconciled:
		return v.ruled(NotTrustworthy, NotReconciled)
	}
	estimate := in.Estimate()
	if seq, ok := in.anyLook(); ok {
		return v.early(seq, in, estimate)
	}
	if !in.PlannedEndReached {
		v.KnownOn = in.KnownOn
		return v.ruled(TooEarly, NotMatured)
	}
	v.SmallSample = in.fewerBuyersThan(smallSample)
	if in.Control.N < minControl || in.fewerBuyersThan(minBuyers) {
		v.Needs = in.gateNeeds()
		return v.ruled(TooFew, FewControls)
	}
	return v.planned(in.Control.Mean(), in.Control.N, estimate)
}

func (v Verdict) ruled(code Code, reason Reason) Verdict {
	v.Code, v.Reason = code, reason
	return v
}

// early rules on an always-valid interval that excludes 0. Once the planned read is there and agrees, it is the better
// reason: its interval is a third narrower.
func (v Verdict) early(seq Sequence, in VerdictInput, e Estimate) Verdict {
	code := Works
	if seq.High < 0 {
		code = Hurts
	}
	if in.PlannedEndReached && e.Defined() && (code == Works && e.Works() || code == Hurts && e.Hurts()) {
		v.SmallSample = in.fewerBuyersThan(smallSample)
		return v.ruled(code, PlannedRead)
	}
	v.Sequence = seq
	return v.ruled(code, AnyLook)
}

// planned rules on the interval of the planned read, past the gates.
func (v Verdict) planned(controlMean float64, control int64, e Estimate) Verdict {
	switch {
	case !e.Defined():
		return v.ruled(TooFew, e.Missing)
	case e.Works():
		return v.ruled(Works, PlannedRead)
	case e.Hurts():
		return v.ruled(Hurts, PlannedRead)
	}
	v.Bound = math.Max(math.Abs(e.PrintLow), math.Abs(e.PrintHigh))
	if v.Bound > controlMean/2 {
		v.Needs.ControlCustomers = precisionNeeds(e, controlMean, control)
		return v.ruled(TooFew, TooImprecise)
	}
	return v.ruled(NoLargerEffect, WithinInterval)
}

// anyLook is the always-valid interval of an own campaign past its burn-in, if it excludes 0.
func (in VerdictInput) anyLook() (Sequence, bool) {
	if in.External || in.Control.N < burnInControl || in.ControlBuyers < burnInBuyers {
		return Sequence{}, false
	}
	seq, err := AlwaysValid(in.Treated, in.Control, in.Planned, AlphaAnyLook)
	return seq, err == nil && (seq.Low > 0 || seq.High < 0)
}

// ExpectedControlBuyers is the buyers of both arms times control's share of the customers: unlike the control's own
// count, its luck cannot open a gate.
func (in VerdictInput) ExpectedControlBuyers() float64 {
	n := in.Treated.N + in.Control.N
	if n == 0 {
		return 0
	}
	return float64(in.TreatedBuyers+in.ControlBuyers) * float64(in.Control.N) / float64(n)
}

// fewerBuyersThan compares in integers: a share like 1/3 must not push 25 buyers to 24.999.
func (in VerdictInput) fewerBuyersThan(limit int64) bool {
	return (in.TreatedBuyers+in.ControlBuyers)*in.Control.N < limit*(in.Treated.N+in.Control.N) || in.Control.N == 0
}

// maturedShare counts customers, not days: a campaign that enters many late is far from its verdict.
func (in VerdictInput) maturedShare() float64 {
	matured := in.Treated.N + in.Control.N
	if matured+in.Pending <= 0 {
		return 0
	}
	return float64(matured) / float64(matured+in.Pending)
}

// gateNeeds is at least one buyer where the gate for buyers is closed, however close.
func (in VerdictInput) gateNeeds() Needs {
	needs := poolNeeds(in.Control.N, in.ExpectedControlBuyers())
	if in.fewerBuyersThan(minBuyers) {
		needs.ControlBuyers = max(1, needs.ControlBuyers)
	}
	return needs
}

// poolNeeds is what the gates lack for so many control customers and expected control buyers.
func poolNeeds(control int64, buyers float64) Needs {
	return Needs{
		ControlCustomers: max(0, minControl-control),
		ControlBuyers:    max(0, int64(math.Ceil(minBuyers-buyers-countSlack))),
	}
}

// precisionNeeds forecasts how many more control customers settle the question if both arms grow alike: the interval
// must shrink until it either excludes 0 or holds no effect above half of control's mean.
func precisionNeeds(e Estimate, controlMean float64, control int64) int64 {
	width := (e.PrintHigh - e.PrintLow) / 2
	target := math.Max(math.Abs(e.Diff), controlMean/2-math.Abs(e.Diff))
	if !(target > 0) || width <= target {
		return 0
	}
	more := float64(control) * (width*width/(target*target) - 1)
	if more > math.MaxInt32 {
		return 0 // an effect this small is out of reach, and a number would only sound like a plan
	}
	return int64(math.Ceil(more))
}
