package lift

import (
	"errors"
	"math"
)

// Reason is a code that says why a figure is undefined, or what a verdict rests on. Reports print it as reason_code
// or reason.
type Reason string

// Reasons why a figure is undefined.
const (
	FewerThanTwo      Reason = "fewer_than_two"     // an arm has fewer than two customers: no variance
	ZeroVariance      Reason = "zero_variance"      // all customers have the same outcome
	ZeroBaseline      Reason = "zero_baseline"      // control's mean is 0: nothing to relate to
	UncertainBaseline Reason = "uncertain_baseline" // control's mean cannot be told from 0
	NotFinite         Reason = "not_finite"         // a sum is infinite or not a number
	OutOfRange        Reason = "out_of_range"       // an argument is outside the range it is defined on
)

// Undefined is the error of every estimator that has no number to give.
type Undefined struct {
	Reason Reason
	Detail string // what was wrong, for people
}

// Error says what could not be computed.
func (u *Undefined) Error() string { return "lift is undefined: " + u.Detail }

// ReasonOf gives the reason of an estimator's error, "" if err is nil or of another kind.
func ReasonOf(err error) Reason {
	if undefined, ok := errors.AsType[*Undefined](err); ok {
		return undefined.Reason
	}
	return ""
}

// checkShare refuses probabilities that are not strictly between 0 and 1.
func checkShare(name string, p float64) error {
	if !(p > 0 && p < 1) { // also NaN
		return &Undefined{OutOfRange, name + " must lie between 0 and 1"}
	}
	return nil
}

// checkArms refuses arms that have no difference in means with a standard error.
func checkArms(treated, control Sums) error {
	switch {
	case treated.N < 2 || control.N < 2:
		return &Undefined{FewerThanTwo, "an arm has fewer than two customers"}
	case !treated.finite() || !control.finite():
		return &Undefined{NotFinite, "a sum over the customers is infinite or not a number"}
	case treated.Variance() == 0 && control.Variance() == 0:
		return &Undefined{ZeroVariance, "no customer's outcome differs from the others of its arm"}
	}
	return nil
}

// isFinite is false for what a division by zero or an overflow leaves.
func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
