package lift

import "math"

// Amounts of the sums that [Realised] takes.
const (
	RealisedResidual  = 0 // margin earned after the window, until the projection's horizon
	PredictedResidual = 1 // change of the predicted residual value over the window
)

// minKappaCampaigns matured campaigns of a kind earn its projections their first trust.
const minKappaCampaigns = 5

// TooFewCampaigns is the reason of a kappa of 0 before five campaigns of the kind have matured.
const TooFewCampaigns Reason = "too_few_campaigns"

// NothingPredicted is the reason of a kappa of 0 where the campaigns together predicted no gain that is certain.
const NothingPredicted Reason = "nothing_predicted"

// Realised says how much of a kind's projected lift came true: what counts of the next projection.
type Realised struct {
	Kappa     float64 // lower limit of the ratio, between 0 and 1; 0 where Missing says why
	Ratio     float64 // realised over predicted residual lift, of all treated customers
	Low, High float64 // Fieller's limits of the ratio
	Campaigns int
	Missing   Reason
}

// KappaOf reads matured campaigns of one kind whose control stayed held out until the horizon, one stratum each, with
// the realised and the predicted residual of each customer (see [RealisedResidual]). The ratio is that of the totals,
// with Fieller's limits at 1 - alpha and the covariance of both amounts; a mail that only resets a customer's recency
// has a ratio near 0, and a model that fits control perfectly does not show it.
//
// Undefined with FewerThanTwo and NotFinite as an estimate is. A kappa that is merely unearned is no error but 0, with
// its reason.
func KappaOf(campaigns []Pair, alpha float64) (Realised, error) {
	r := Realised{Campaigns: len(campaigns)}
	if err := checkShare("alpha", alpha); err != nil {
		return r, err
	}
	c := contrast{}
	for _, p := range campaigns {
		if p.Treated.N < 2 || p.Control.N < 2 {
			return r, &Undefined{FewerThanTwo, "an arm of a campaign has fewer than two customers"}
		}
		c.addTotals(p)
	}
	if !isFinite(c.mt) || !isFinite(c.mc) || !isFinite(c.vt) || !isFinite(c.vc) {
		return r, &Undefined{NotFinite, "a sum over the customers is infinite or not a number"}
	}
	r.Missing = NothingPredicted
	// A ratio of losses would read as a success.
	if c.mc > 0 {
		if f, err := c.fieller(normalQuantile(alpha)); err == nil {
			r.Ratio, r.Low, r.High, r.Missing = f.Value+1, f.Low+1, f.High+1, ""
		}
	}
	if r.Campaigns < minKappaCampaigns {
		r.Missing = TooFewCampaigns
	}
	if r.Missing == "" {
		r.Kappa = math.Max(0, math.Min(1, r.Low))
	}
	return r, nil
}

// addTotals counts a campaign: what its treated customers realised takes the place of the treated mean, what they were
// predicted that of control's.
func (c *contrast) addTotals(p Pair) {
	n := float64(p.Treated.N)
	difference := func(amount int) float64 { return p.Treated.Mean(amount) - p.Control.Mean(amount) }
	covariance := func(a, b int) float64 {
		return n * n * (p.Treated.Covariance(a, b)/float64(p.Treated.N) + p.Control.Covariance(a, b)/float64(p.Control.N))
	}
	c.mt += n * difference(RealisedResidual)
	c.mc += n * difference(PredictedResidual)
	c.vt += covariance(RealisedResidual, RealisedResidual)
	c.vc += covariance(PredictedResidual, PredictedResidual)
	c.cov += covariance(RealisedResidual, PredictedResidual)
}

// AssessCLV is the CLV lift per customer: banked value (amount 0) plus kappa times projected value (amount 1).
//
// Both amounts are summed per customer, so their covariance is in the interval; adding two intervals would overstate it
// or not, depending on its sign. Undefined with OutOfRange for a kappa outside 0 to 1.
func AssessCLV(treated, control Joint, kappa, alpha float64) (Estimate, error) {
	if !(kappa >= 0 && kappa <= 1) {
		return Estimate{}, &Undefined{OutOfRange, "kappa must lie between 0 and 1"}
	}
	return Assess(treated.Linear(1, kappa), control.Linear(1, kappa), alpha), nil
}
