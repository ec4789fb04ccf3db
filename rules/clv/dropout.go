package clv

import "math"

// dropout is what BG/NBD and MBG/NBD share. A customer has had n chances to
// leave: one after each repeat purchase and, when early is set, one after the
// first purchase. All formulas of the two models differ in n alone.
type dropout struct {
	r, alpha, a, b float64
	early          bool
}

func (d dropout) params() map[string]float64 {
	return map[string]float64{"r": d.r, "alpha": d.alpha, "a": d.a, "b": d.b}
}

// chances returns n for x repeat purchases.
func (d dropout) chances(x int) int {
	if d.early {
		return x + 1
	}
	return x
}

// logOddsLeaving returns the logarithm of the odds of leaving at the last of n
// chances to staying at it, -Inf without a chance.
func (d dropout) logOddsLeaving(n int) float64 {
	if n == 0 {
		return math.Inf(-1)
	}
	return math.Log(d.a / (d.b + float64(n-1)))
}

// logOddsDead returns the logarithm of the odds that the customer left at the
// last purchase. The powers of (alpha+T) in the published form overflow beyond
// some 150 purchases, their logarithm does not.
func (d dropout) logOddsDead(h History) float64 {
	gap := math.Log1p(float64(h.silence()) / (d.alpha + float64(h.Tx)))
	return d.logOddsLeaving(d.chances(h.X)) + (d.r+float64(h.X))*gap
}

func (d dropout) pAlive(h History) float64 { return logistic(-d.logOddsDead(h)) }

// logLikelihood sums three parts: the gamma-mixed rate, the chances survived,
// and "alive until T or left at Tx" as a log-sum-exp.
func (d dropout) logLikelihood(h History) float64 {
	x, n := float64(h.X), d.chances(h.X)
	rate := logRising(d.r, h.X) - d.r*math.Log1p(float64(h.T)/d.alpha) - x*math.Log(d.alpha+float64(h.T))
	stayed := logRising(d.b, n) - logRising(d.a+d.b, n)
	either, _ := softplusLogistic(d.logOddsDead(h))
	return rate + stayed + either
}

// future prepares the prediction for one customer.
func (d dropout) future(h History) future {
	return future{
		alive: d.pAlive(h),
		shape: d.r + float64(h.X),
		time:  d.alpha + float64(h.T),
		stay:  d.b + float64(d.chances(h.X)),
		leave: d.a,
	}
}

// logRising returns ln of z(z+1)...(z+n-1), that is ln Gamma(z+n)/Gamma(z).
// Differences of log-gamma lose all digits for large z, this sum does not.
func logRising(z float64, n int) float64 {
	sum := 0.0
	for i := range n {
		sum += math.Log(z + float64(i))
	}
	return sum
}

// logistic returns 1/(1+exp(-u)) without overflow.
func logistic(u float64) float64 {
	if u >= 0 {
		return 1 / (1 + math.Exp(-u))
	}
	e := math.Exp(u)
	return e / (1 + e)
}
