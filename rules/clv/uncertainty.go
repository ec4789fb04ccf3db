package clv

import (
	"fmt"
	"math"
)

// Uncertainty tells how far the predicted value of customers is off because
// the parameters behind it are estimates. It is another question than what one
// customer will do, see [Horizon.Interval]: it shrinks as the shop grows, and
// it does not average out over customers, who share the parameters.
type Uncertainty struct {
	horizon          Horizon
	model            Model
	spend            SpendModel
	purchases, money Covariance
	up, down         []Model // model with one parameter a step away, by purchases.Names
}

// NewUncertainty takes the fitted models with the covariances of their fits.
// A covariance without names counts as certainty: the hiatus rule, an assumed
// spread and a shrunken mean have none.
func NewUncertainty(z Horizon, m Model, purchases Covariance, s SpendModel, money Covariance) (*Uncertainty, error) {
	u := &Uncertainty{horizon: z, model: m, spend: s, purchases: purchases, money: money}
	if err := purchases.validate(m.Params()); err != nil {
		return nil, fmt.Errorf("uncertainty of %s: %w", m.Name(), err)
	}
	if err := money.validate(s.Params()); err != nil {
		return nil, fmt.Errorf("uncertainty of %s: %w", s.Name(), err)
	}
	for _, name := range purchases.Names {
		for _, side := range []struct {
			to   *[]Model
			step float64
		}{{&u.up, curvatureStep}, {&u.down, -curvatureStep}} {
			params := m.Params()
			params[name] *= math.Exp(side.step)
			near, err := ModelFromParams(m.Name(), params)
			if err != nil {
				return nil, fmt.Errorf("uncertainty: %w", err)
			}
			*side.to = append(*side.to, near)
		}
	}
	return u, nil
}

// Gradient returns the derivatives of the customer's predicted value, in major
// units, by the logarithms of the purchase model's parameters and then of the
// spend model's, in the order of the covariances. Sum the gradients of
// customers for the uncertainty of their total.
func (u *Uncertainty) Gradient(h History, s Spend) []float64 {
	out := make([]float64, 0, len(u.up)+len(u.money.Names))
	mean := u.spend.Expected(s)
	for i, up := range u.up {
		slope := (u.horizon.Purchases(up, h) - u.horizon.Purchases(u.down[i], h)) / (2 * curvatureStep)
		out = append(out, slope*mean)
	}
	gg, ok := u.spend.(GammaGamma)
	if len(u.money.Names) == 0 || !ok {
		return out
	}
	purchases := u.horizon.Purchases(u.model, h)
	slopes := gg.slopes(s)
	for _, name := range u.money.Names {
		out = append(out, purchases*slopes[name])
	}
	return out
}

// StdErr returns the standard error, in major units, of a predicted value with
// the given gradient: of a customer, or of the total whose gradients were summed.
func (u *Uncertainty) StdErr(gradient []float64) float64 {
	n := len(u.up)
	return math.Sqrt(math.Max(0, u.purchases.Variance(gradient[:n])+u.money.Variance(gradient[n:])))
}

// Interval returns the confidence limits of a predicted value with the given
// standard error: with probability level, between 0 and 1, the expectation lies
// in between. Values are positive and their errors proportional, so that the
// limits are symmetric in the logarithm.
func (*Uncertainty) Interval(value, stdErr, level float64) (low, high float64) {
	if !(value > 0) {
		return 0, 0
	}
	factor := math.Exp(math.Sqrt2 * math.Erfinv(level) * stdErr / value)
	return value / factor, value * factor
}
