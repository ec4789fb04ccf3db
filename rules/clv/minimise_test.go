package clv

import (
	"math"
	"testing"
)

// logs gives a test function its variables: the logarithms of theta.
func logs(theta []float64) (x, y float64) { return math.Log(theta[0]), math.Log(theta[1]) }

func TestMinimise(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		f         objective
		converged bool
		x, y      float64 // logarithms of the minimum, if it converges
	}{
		"bowl": {func(theta, grad []float64) float64 {
			x, y := logs(theta)
			grad[0], grad[1] = 2*(x-3), 20*(y+4)
			return (x-3)*(x-3) + 10*(y+4)*(y+4)
		}, true, 3, -4},
		"banana": {func(theta, grad []float64) float64 {
			x, y := logs(theta)
			grad[0], grad[1] = -2*(1-x)-400*x*(y-x*x), 200*(y-x*x)
			return (1-x)*(1-x) + 100*(y-x*x)*(y-x*x)
		}, true, 1, 1},
		"cliff of infinities": {func(theta, grad []float64) float64 {
			x, y := logs(theta)
			if x > 2 {
				return math.NaN()
			}
			grad[0], grad[1] = 2*(x-1.9), 2*y
			return (x-1.9)*(x-1.9) + y*y
		}, true, 1.9, 0},
		"constant": {func(_, grad []float64) float64 {
			clear(grad)
			return 1
		}, false, 0, 0},
		"not a number": {func(_, grad []float64) float64 {
			clear(grad)
			return math.NaN()
		}, false, 0, 0},
		"wrong gradient": {func(theta, grad []float64) float64 {
			x, y := logs(theta)
			grad[0], grad[1] = -2*(x-3), -2*(y-3)
			return (x-3)*(x-3) + (y-3)*(y-3)
		}, false, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := minimise(tt.f, []float64{startLog, startLog}, never)
			if m.converged != tt.converged {
				t.Fatalf("converged %v, want %v: %+v", m.converged, tt.converged, m)
			}
			x, y := logs(m.theta)
			if tt.converged && math.Hypot(x-tt.x, y-tt.y) > 1e-5 {
				t.Errorf("minimum at (%v, %v), want (%v, %v)", x, y, tt.x, tt.y)
			}
			if m.evaluations > 500 {
				t.Errorf("%d evaluations", m.evaluations)
			}
		})
	}
}

// TestMinimiseStaysInBounds: a slope without a bottom ends, at finite parameters.
func TestMinimiseStaysInBounds(t *testing.T) {
	t.Parallel()
	m := minimise(func(theta, grad []float64) float64 {
		grad[0] = -1
		return -math.Log(theta[0])
	}, []float64{startLog}, never)
	if limit := math.Exp(logBound); !(m.theta[0] > 1 && m.theta[0] <= limit) {
		t.Errorf("ended at %v, want at most %v", m.theta[0], limit)
	}
}
