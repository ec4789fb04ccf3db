package lift

import (
	"math"
	"time"

	"gonum.org/v1/gonum/stat/distuv"
)

// Reasons a planner warns with.
const (
	SmallShare       Reason = "small_share"        // less than a fifth held out: much wider ranges
	SmallSample      Reason = "small_sample"       // fewer than 100 expected control buyers
	SkewedDifference Reason = "skewed_difference"  // few large buyers decide: the range turns out cautious
	OnlyLargeEffects Reason = "only_large_effects" // what is visible exceeds half of the usual outcome
)

const (
	leastShare   = 0.20
	maxEntryDays = 730 // a verdict that needs more than two years of entries is none
)

// Launch is a campaign before its start, as far as its verdict depends on it.
type Launch struct {
	History       Sums    // outcome of such customers in an earlier window of the same length
	HistoryBuyers int64   // of them
	Reduction     float64 // share of the variance that covariates remove, 0 to below 1; see [Adjusted]
	Waiting       int64   // customers who match today
	NewPerDay     float64 // customers who start to match
	PerDay        int64   // assignments a day at most; 0 for no limit
	WindowDays    int
	GraceDays     int
	On            time.Time // first day of assignments, in the shop's time zone
	Alpha         float64   // of the planned read, see [Alpha]
	Gain          float64   // what the mail may bring per customer: the price of a control group
	Effect        float64   // effect per customer whose chance to be seen is asked
}

// Choice is what one control share gives and costs.
type Choice struct {
	Share            float64   // held out
	Treated, Control int64     // at the end of the entries
	ControlBuyers    float64   // expected
	EntryDays        int       // until the audience has entered and the gates are open
	VerdictOn        time.Time // window and grace of the last entry are over; zero if refused
	MDE              float64   // smallest effect per customer seen with [UsualPower]
	RelativeMDE      float64   // as a fraction of the usual outcome, 0 if that is not positive
	Price            float64   // what not mailing the control costs at most, if the mail brings Gain per customer
	Chance           float64   // to see an effect of the size asked
	Skew             float64   // expected skewness of the difference
	Warnings         []Reason
	Refused          Reason // why there will be no verdict; "" if there will
	Needs            Needs  // with a refusal: what is missing
}

// Plan says for each control share when a campaign's verdict comes, what it can see and what it costs. A choice that
// cannot reach the gates of a verdict within two years of entries is refused, with what it lacks.
//
// Undefined with FewerThanTwo, NotFinite or ZeroVariance for a history that shows no spread, with OutOfRange for a
// share, alpha or count that cannot be. Few customers are no error but a refused choice.
func Plan(l Launch, shares []float64) ([]Choice, error) {
	if err := l.check(shares); err != nil {
		return nil, err
	}
	choices := make([]Choice, len(shares))
	for i, share := range shares {
		choices[i] = l.choice(share)
	}
	return choices, nil
}

// check refuses a history without variance: every effect would look visible.
func (l Launch) check(shares []float64) error {
	if err := checkShare("alpha", l.Alpha); err != nil {
		return err
	}
	for _, share := range shares {
		if err := checkShare("a control share", share); err != nil {
			return err
		}
	}
	h := l.History
	switch {
	case h.N < 2:
		return &Undefined{FewerThanTwo, "the history has fewer than two customers"}
	case !h.finite():
		return &Undefined{NotFinite, "a sum over the history is infinite or not a number"}
	case h.Variance() == 0:
		return &Undefined{ZeroVariance, "all customers of the history have the same outcome"}
	case l.HistoryBuyers < 0 || l.HistoryBuyers > h.N || !(l.Reduction >= 0 && l.Reduction < 1):
		return &Undefined{OutOfRange, "buyers must be among the history's customers and a reduction below 1"}
	case l.Waiting < 0 || !(l.NewPerDay >= 0) || l.PerDay < 0 || l.WindowDays < 1 || l.GraceDays < 0:
		return &Undefined{OutOfRange, "customers and days must not be negative, and the window has at least one day"}
	}
	return nil
}

// entered are the customers assigned after so many days.
func (l Launch) entered(days int) int64 {
	n := l.Waiting + int64(l.NewPerDay*float64(days))
	if l.PerDay > 0 {
		n = min(n, l.PerDay*int64(days))
	}
	return n
}

// absorbed reports whether all who ever waited have entered by then.
func (l Launch) absorbed(days int) bool {
	return l.PerDay == 0 || l.PerDay*int64(days) >= l.Waiting+int64(l.NewPerDay*float64(days))
}

// choice looks for the first day on which the waiting have entered and the gates are open. If new entries outrun the
// limit per day the waiting never end, and the gates alone decide.
func (l Launch) choice(share float64) Choice {
	c := l.after(share, 1)
	endless := l.PerDay > 0 && float64(l.PerDay) <= l.NewPerDay
	for days := 1; days <= maxEntryDays; days++ {
		c = l.after(share, days)
		if c.Refused == "" && (endless || l.absorbed(days)) {
			break
		}
		if l.NewPerDay == 0 && l.absorbed(days) {
			break // nobody else will come
		}
	}
	if c.Refused == "" {
		c.VerdictOn = l.On.AddDate(0, 0, c.EntryDays-1+l.WindowDays+l.GraceDays)
	}
	c.Warnings = c.warnings()
	return c
}

// after is the choice if entries end after so many days.
func (l Launch) after(share float64, days int) Choice {
	n := l.entered(days)
	control := int64(math.Round(share * float64(n)))
	c := Choice{
		Share: share, Treated: n - control, Control: control, EntryDays: days,
		ControlBuyers: float64(control) * float64(l.HistoryBuyers) / float64(l.History.N),
		Price:         l.Gain * float64(control),
	}
	if control < minControl || c.ControlBuyers < minBuyers-countSlack {
		c.Refused, c.Needs = FewControls, poolNeeds(control, c.ControlBuyers)
	}
	if c.Treated < 1 || control < 1 {
		return c
	}
	mean, variance := l.History.Mean(), l.History.Variance()*(1-l.Reduction)
	c.MDE = launchMDE(variance, mean, float64(c.Treated), float64(control), normalQuantile(l.Alpha)+distuv.UnitNormal.Quantile(UsualPower))
	if mean > 0 {
		c.RelativeMDE = c.MDE / mean
	}
	skewness := l.History.ThirdMoment() / math.Pow(l.History.Variance(), 1.5)
	c.Skew = differenceSkew(skewness, c.Treated, control)
	c.Chance = launchChance(variance, mean, l.Effect, c, l.Alpha)
	return c
}

// launchMDE is the smallest effect seen if it grows the treated arm's variance as it grows its mean, as extra orders
// do: M = k sqrt(s^2 (1 + M/mean) / nT + s^2 / nC), a quadratic in M.
func launchMDE(variance, mean, treated, control, k float64) float64 {
	growth := 0.0
	if mean > 0 {
		growth = k * k * variance / (treated * mean)
	}
	return growth/2 + math.Sqrt(growth*growth/4+k*k*variance*(1/treated+1/control))
}

// launchChance is the chance that the decision interval calls an effect by its own sign, with the treated variance of
// [launchMDE] and the interval's expected critical value.
func launchChance(variance, mean, effect float64, c Choice, alpha float64) float64 {
	nt, nc, treatedVariance := float64(c.Treated), float64(c.Control), variance
	if mean > 0 {
		treatedVariance = math.Max(0, variance*(1+effect/mean))
	}
	// The effect widens the treated arm; the interval will see that in both of its errors.
	pooled := (nt*treatedVariance + nc*variance) / (nt + nc) * (1/nt + 1/nc)
	welch := treatedVariance/nt + variance/nc
	s := spread{diff: 0, pooled: math.Sqrt(pooled), welch: math.Sqrt(welch), skew: c.Skew}
	i := s.interval(normalQuantile(alpha))
	if effect < 0 {
		return distuv.UnitNormal.CDF((-i.High - effect) / s.welch)
	}
	return distuv.UnitNormal.CDF((i.Low + effect) / s.welch)
}

// warnings name what the reader of a choice should know before choosing it.
func (c Choice) warnings() (w []Reason) {
	if c.Share < leastShare {
		w = append(w, SmallShare)
	}
	if c.ControlBuyers < smallSample {
		w = append(w, SmallSample)
	}
	if math.Abs(c.Skew) >= maxSkew {
		w = append(w, SkewedDifference)
	}
	if c.RelativeMDE > 0.5 {
		w = append(w, OnlyLargeEffects)
	}
	return w
}
