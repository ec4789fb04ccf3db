package lift

import "math"

// Delivered is the effect on those whose mail arrived, as far as it follows from the effect on everybody assigned.
type Delivered struct {
	Effect  float64 // per delivered customer
	FixedSE float64 // standard error with the delivered share as given
	SE      float64 // with the share's own uncertainty
}

// OnDelivered divides an effect on everybody assigned (treated minus control mean with its standard error) by the
// share of the treated arm whose mail arrived (Angrist, Imbens and Rubin 1996; control receives none). Comparing the
// delivered with all of control instead would compare customers with working addresses against everybody.
//
// It assumes that a mail that did not arrive did nothing. Undefined with OutOfRange if none arrived.
func OnDelivered(assigned Measured, share float64, treated int64) (Delivered, error) {
	if !(share > 0 && share <= 1) || treated < 1 {
		return Delivered{}, &Undefined{OutOfRange, "no mail of the treated arm arrived"}
	}
	effect, fixed := assigned.Effect/share, assigned.SE/share
	shareSE := math.Sqrt(share * (1 - share) / float64(treated))
	return Delivered{Effect: effect, FixedSE: fixed, SE: math.Hypot(fixed, effect*shareSE/share)}, nil
}
