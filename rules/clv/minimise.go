package clv

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// objective returns a value to minimise at positive parameters theta and fills
// grad with its derivatives by the logarithms of theta. Values are means per
// customer, so that one set of thresholds fits shops of every size.
type objective func(theta, grad []float64) float64

// minimum is the end of a search, wherever it ended.
type minimum struct {
	theta                   []float64
	value                   float64
	converged               bool
	atStart                 bool // theta is where the search began
	iterations, evaluations int
}

const (
	logBound       = 15    // parameters stay within exp(-15) and exp(15)
	startLog       = 0.1   // where the first search starts, in logarithms
	longestStep    = 2     // in logarithms: a bad first slope must not leap to the bound
	gradientSmall  = 1e-8  // parameters are good to some six digits
	gradientEnough = 1e-5  // accepted where float64 cannot do better
	relativeStop   = 1e-14 // change of the value that is only rounding
	maxIterations  = 500
	maxLineSteps   = 40
	sufficient     = 1e-4 // Armijo constant
	curvature      = 0.9  // Wolfe constant
)

// minimise searches with BFGS (Nocedal and Wright 2006, Numerical
// Optimization, algorithm 6.1), beginning at the parameters exp(start).
//
// Absolute thresholds are out of reach of float64 for large shops, where
// library optimisers report failure at the very optimum. So the search stops
// at a small gradient, and it has arrived, too, when the value cannot be
// improved any more while the gradient is nearly as small.
//
// It gives up where hopeless says so of the parameters: a likelihood that rises
// towards a bound has many flat and slow steps before it.
func minimise(f objective, start []float64, hopeless func(theta []float64) bool) minimum {
	b := newBFGS(f, start)
	stalled := false
	for b.iterations < maxIterations && !stalled && norm(b.here.grad) > gradientSmall {
		stalled = !b.step() || hopeless(b.here.theta)
	}
	here := b.here
	// A search that never left its start has found nothing, whatever its
	// gradient says: an overflow in the objective looks exactly like that.
	atStart := floats.EqualApprox(here.u, start, gradientSmall)
	return minimum{
		theta: here.theta, value: here.value,
		converged:  !atStart && !math.IsInf(here.value, 0) && norm(here.grad) <= gradientEnough,
		atStart:    atStart,
		iterations: b.iterations, evaluations: b.evaluations,
	}
}

// point is a place of the search: u, the parameters there, value and gradient by u.
type point struct {
	u, theta, grad []float64
	value          float64
}

// bfgs is the state of a search; inverse approximates the inverse Hessian.
type bfgs struct {
	f                       objective
	here                    point
	inverse                 [][]float64
	fresh                   bool // inverse is still the identity
	iterations, evaluations int
}

func newBFGS(f objective, start []float64) *bfgs {
	b := &bfgs{f: f}
	b.here = b.at(start)
	b.reset()
	return b
}

// reset forgets the curvature seen so far.
func (b *bfgs) reset() {
	b.fresh = true
	b.inverse = make([][]float64, len(b.here.u))
	for i := range b.inverse {
		b.inverse[i] = make([]float64, len(b.here.u))
		b.inverse[i][i] = 1
	}
}

// at evaluates at u. The logarithms of theta are logBound*tanh(u/logBound): a
// bound without an edge, on which a line search could get stuck. A value that
// is not a number counts as +Inf: the line search then turns back.
func (b *bfgs) at(u []float64) point {
	p := point{u: u, theta: make([]float64, len(u)), grad: make([]float64, len(u))}
	for i, v := range u {
		p.theta[i] = math.Exp(logBound * math.Tanh(v/logBound))
	}
	p.value = b.f(p.theta, p.grad)
	for i, v := range u {
		t := math.Tanh(v / logBound)
		p.grad[i] *= 1 - t*t
	}
	if math.IsNaN(p.value) || floats.HasNaN(p.grad) {
		p.value = math.Inf(1)
		clear(p.grad)
	}
	b.evaluations++
	return p
}

// step makes one iteration and tells whether it got anywhere.
func (b *bfgs) step() bool {
	dir := b.direction()
	if floats.Dot(dir, b.here.grad) >= 0 {
		b.reset()
		dir = b.direction()
	}
	next, ok := b.search(dir)
	if !ok {
		// The curvature may be misleading: once more straight downhill.
		again := !b.fresh && norm(b.here.grad) > gradientEnough
		b.reset()
		return again
	}
	b.update(next)
	gain := b.here.value - next.value
	b.here = next
	b.iterations++
	return gain > relativeStop*math.Abs(next.value) || norm(next.grad) > gradientEnough
}

// direction returns the quasi-Newton step, shortened to longestStep.
func (b *bfgs) direction() []float64 {
	dir := make([]float64, len(b.inverse))
	for i, line := range b.inverse {
		dir[i] = -floats.Dot(line, b.here.grad)
	}
	longest := float64(longestStep)
	if b.fresh {
		longest = 1
	}
	if n := norm(dir); n > longest {
		floats.Scale(longest/n, dir)
	}
	return dir
}

// search looks along dir for a point that satisfies the weak Wolfe conditions,
// by bisection (Lewis and Overton 2013, Mathematical Programming 141:135-163).
// Without one it takes the lowest point with sufficient decrease, if any.
func (b *bfgs) search(dir []float64) (point, bool) {
	slope := floats.Dot(dir, b.here.grad)
	low, high, step := 0.0, math.Inf(1), 1.0
	var best point
	found := false
	for range maxLineSteps {
		if -step*slope < relativeStop*math.Abs(b.here.value) {
			break // what is left to gain is rounding
		}
		u := make([]float64, len(dir))
		floats.AddScaledTo(u, b.here.u, step, dir)
		p := b.at(u)
		switch {
		case !(p.value < b.here.value+sufficient*step*slope):
			high = step
		case floats.Dot(p.grad, dir) < curvature*slope:
			low, best, found = step, p, true
		default:
			return p, true
		}
		if math.IsInf(high, 1) {
			step = 2 * low
		} else {
			step = (low + high) / 2
		}
	}
	return best, found
}

// update learns the curvature between here and next (formula 6.17; scale 6.20).
func (b *bfgs) update(next point) {
	n := len(next.u)
	s, y, hy := make([]float64, n), make([]float64, n), make([]float64, n)
	floats.SubTo(s, next.u, b.here.u)
	floats.SubTo(y, next.grad, b.here.grad)
	sy := floats.Dot(s, y)
	if !(sy > 0) {
		return
	}
	if b.fresh {
		scale := sy / floats.Dot(y, y)
		for i := range b.inverse {
			b.inverse[i][i] = scale
		}
		b.fresh = false
	}
	for i, line := range b.inverse {
		hy[i] = floats.Dot(line, y)
	}
	own := (1 + floats.Dot(y, hy)/sy) / sy
	for i := range n {
		for j := range n {
			b.inverse[i][j] += own*s[i]*s[j] - (hy[i]*s[j]+s[i]*hy[j])/sy
		}
	}
}

// never is for searches that are never hopeless.
func never([]float64) bool { return false }

// norm returns the largest absolute component.
func norm(v []float64) float64 { return floats.Norm(v, math.Inf(1)) }
