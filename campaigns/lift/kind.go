package lift

import "time"

// KindVerdict is the verdict on all campaigns of a kind together, for shops whose single campaigns are too small.
type KindVerdict struct {
	Verdict
	Estimate Estimate
	Read     []int // indices of the campaigns in it: at their planned read and trusted
	LeftOut  []int // trusted, but without an arm of two customers
}

// JudgeKind pools campaigns that stand at their planned read, each as a stratum of its own: their control shares
// differ, and one heap would mistake the difference between campaigns for an effect. It is read at the level of an own
// campaign unless all ran elsewhere. The gates count the control customers and expected control buyers of all.
//
// What is not trusted or not due is left out and named by the indices missing from Read.
func JudgeKind(campaigns []VerdictInput) KindVerdict {
	k := KindVerdict{}
	external := len(campaigns) > 0
	var strata []Stratum
	var pending, matured int64
	var known []time.Time
	for i, c := range campaigns {
		if !c.SRMOK || !c.Reconciled {
			continue
		}
		external = external && c.External
		pending += c.Pending
		matured += c.Treated.N + c.Control.N
		switch {
		case !c.PlannedEndReached:
			known = append(known, c.KnownOn)
		case c.Treated.N < 2 || c.Control.N < 2:
			k.LeftOut = append(k.LeftOut, i)
		default:
			k.Read = append(k.Read, i)
			strata = append(strata, Stratum{c.Treated, c.Control})
		}
	}
	if matured+pending > 0 {
		k.MaturedShare = float64(matured) / float64(matured+pending)
	}
	k.Estimate = AssessStrata(strata, Alpha(external))
	k.Verdict = k.judge(campaigns, strata, known)
	return k
}

// judge decides like [Judge], without early looks: a kind has no launch to fix their number at.
func (k KindVerdict) judge(campaigns []VerdictInput, strata []Stratum, known []time.Time) Verdict {
	v := k.Verdict
	if len(k.Read)+len(k.LeftOut) == 0 && len(known) > 0 {
		v.KnownOn = earliest(known)
		return v.ruled(TooEarly, NotMatured)
	}
	// Every campaign brings its own expectation: the luck of one control must not open the gate for the others.
	var control int64
	var buyers, mean, customers float64
	for at, i := range k.Read {
		control += strata[at].Control.N
		buyers += campaigns[i].ExpectedControlBuyers()
		mean += strata[at].customers() * strata[at].Control.Mean()
		customers += strata[at].customers()
	}
	v.SmallSample = buyers < smallSample-countSlack
	if control < minControl || buyers < minBuyers-countSlack {
		v.Needs = poolNeeds(control, buyers)
		return v.ruled(TooFew, FewControls)
	}
	return v.planned(mean/customers, control, k.Estimate)
}

// countSlack forgives the last digit of a sum of shares: 75 buyers in thirds are 25.
const countSlack = 1e-9

// earliest day that is known, zero if none is.
func earliest(days []time.Time) (first time.Time) {
	for _, d := range days {
		if !d.IsZero() && (first.IsZero() || d.Before(first)) {
			first = d
		}
	}
	return first
}
