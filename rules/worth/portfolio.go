package worth

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"treue/rules/clv"
)

// Position is one customer in a portfolio. What is unknown is NaN; money is in major units.
type Position struct {
	Groups    []int // numbers of the groups the customer counts in
	Buyer     bool
	Revenue   float64
	Historic  float64
	Predicted float64
	History   clv.History
	Spend     clv.Spend
}

// Holding is what a group of customers adds up to.
type Holding struct {
	Customers, Buyers            int64
	Revenue, Historic, Predicted float64 // sums of what is known
	Predicted2                   float64 // sum of the squares of the predicted values
	ParameterError, ChanceError  float64 // standard errors of Predicted; NaN: unknown
	PredictedLow, PredictedHigh  float64 // 90 % range of the sum; NaN: unknown

	gradient          []float64
	variance, sampled float64
}

// CLV returns historic plus predicted value of the group.
func (h *Holding) CLV() float64 { return h.Historic + h.Predicted }

// Level is the level of the ranges of sums.
const Level = 0.9

// Portfolio adds up customers by groups, with the range of each sum.
//
// The range of a sum covers two doubts: that the parameters behind all predictions are estimates, shared by all
// customers (delta method over the summed gradients), and what the customers, each by themselves, will happen to do
// (their predictive variances add up). It does not cover that the market changes or that the model is wrong: what that
// amounts to, [Validate] shows on the shop's own past.
type Portfolio struct {
	Holdings []Holding

	doubt *clv.Uncertainty // nil: ranges are unknown
	model clv.Model
	money clv.SpendModel
	share float64 // of revenue that is value
}

// Doubt is what the range of a sum is computed from: the fitted models with the covariances of their parameters, and
// the share of revenue that counts as value. Money is nil where nothing was ever sold.
type Doubt struct {
	Model              clv.Model
	ModelCovariance    clv.Covariance
	Money              clv.SpendModel
	MoneyCovariance    clv.Covariance
	Share              float64
	CovariancesUnknown bool // of a fit that did not keep them: ranges are unknown then
}

// NewPortfolio starts with that many empty groups.
func NewPortfolio(groups int, d Doubt) (*Portfolio, error) {
	p := &Portfolio{Holdings: make([]Holding, groups), model: d.Model, money: d.Money, share: d.Share}
	if d.Money == nil || d.CovariancesUnknown {
		return p, nil
	}
	var err error
	p.doubt, err = clv.NewUncertainty(clv.Year(), d.Model, d.ModelCovariance, d.Money, d.MoneyCovariance)
	return p, err
}

// Add counts a customer in their groups.
func (p *Portfolio) Add(c *Position) {
	for _, g := range c.Groups {
		h := &p.Holdings[g]
		h.Customers++
		if c.Buyer {
			h.Buyers++
		}
		h.Revenue += known(c.Revenue)
		h.Historic += known(c.Historic)
		h.Predicted += known(c.Predicted)
		h.Predicted2 += known(c.Predicted) * known(c.Predicted)
	}
}

// Doubt measures how far a customer's predicted value may be off, for the groups they are in. A customer of a sample
// stands for weight customers; the sums are then scaled to what [Portfolio.Add] counted.
func (p *Portfolio) Doubt(c *Position, weight float64) {
	if p.doubt == nil || !c.Buyer || math.IsNaN(c.Predicted) {
		return
	}
	gradient := p.doubt.Gradient(c.History, c.Spend)
	variance := clv.Year().Variance(p.model, p.money, c.History, c.Spend) * p.share * p.share
	for _, g := range c.Groups {
		h := &p.Holdings[g]
		if h.gradient == nil {
			h.gradient = make([]float64, len(gradient))
		}
		for i, v := range gradient {
			h.gradient[i] += weight * v * p.share
		}
		h.variance += weight * variance
		h.sampled += weight * c.Predicted
	}
}

// Close computes the ranges once everybody was added.
func (p *Portfolio) Close() {
	for i := range p.Holdings {
		h := &p.Holdings[i]
		h.ParameterError, h.ChanceError = math.NaN(), math.NaN()
		h.PredictedLow, h.PredictedHigh = math.NaN(), math.NaN()
		switch {
		case p.doubt == nil:
		case h.sampled == 0:
			h.ParameterError, h.ChanceError, h.PredictedLow, h.PredictedHigh = 0, 0, h.Predicted, h.Predicted
		default:
			scale := h.Predicted / h.sampled
			for j := range h.gradient {
				h.gradient[j] *= scale
			}
			h.ParameterError = p.doubt.StdErr(h.gradient)
			h.ChanceError = math.Sqrt(h.variance * math.Abs(scale))
			both := math.Hypot(h.ParameterError, h.ChanceError)
			h.PredictedLow, h.PredictedHigh = limits(h.Predicted, both)
		}
	}
}

// limits are those of the gamma distribution with this mean and deviation: of large groups it is the normal one, of small
// ones it keeps to one side of 0. A shop that loses money on what it sells has negative values.
func limits(value, deviation float64) (low, high float64) {
	mean := math.Abs(value)
	if !(deviation > 1e-9*mean) {
		return value, value
	}
	g := distuv.Gamma{Alpha: mean * mean / (deviation * deviation), Beta: mean / (deviation * deviation)}
	low, high = min(mean, g.Quantile((1-Level)/2)), max(mean, g.Quantile((1+Level)/2))
	if value < 0 {
		return -high, -low
	}
	return low, high
}

func known(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}
