package clv

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Covariance is the covariance matrix of the logarithms of fitted parameters:
// the inverse of the curvature of the log-likelihood at its optimum. The zero
// value stands for an unknown one.
type Covariance struct {
	Names  []string    `json:"names"`
	Values [][]float64 `json:"values"` // square, in the order of Names
}

const (
	// curvatureStep, in logarithms, is between rounding and the next term of a
	// central difference of an exact gradient.
	curvatureStep = 1e-4
	// worstCondition of a curvature leaves some five digits to its inverse.
	worstCondition = 1e10
)

// StdErr returns the standard errors of the parameters themselves, by the
// delta method; nil if the covariance is unknown.
func (c Covariance) StdErr(params map[string]float64) map[string]float64 {
	if len(c.Names) == 0 {
		return nil
	}
	out := make(map[string]float64, len(c.Names))
	for i, n := range c.Names {
		out[n] = params[n] * math.Sqrt(c.Values[i][i])
	}
	return out
}

// Variance returns the variance of a quantity whose derivatives by the
// logarithms of the parameters are given, by the delta method; 0 if the
// covariance is unknown. Derivatives add up: those of a sum over customers give
// the variance of the sum, which the customers' own variances do not.
func (c Covariance) Variance(gradient []float64) float64 {
	sum := 0.0
	for i := range c.Names {
		for j := range c.Names {
			sum += gradient[i] * c.Values[i][j] * gradient[j]
		}
	}
	return sum
}

// validate reports why the covariance does not belong to the parameters, or nil.
func (c Covariance) validate(params map[string]float64) error {
	if len(c.Values) != len(c.Names) {
		return fmt.Errorf("covariance has %d rows for %d parameters", len(c.Values), len(c.Names))
	}
	for i, n := range c.Names {
		if _, ok := params[n]; !ok {
			return fmt.Errorf("covariance of %q, which is not a parameter", n)
		}
		if len(c.Values[i]) != len(c.Names) {
			return fmt.Errorf("covariance of %q has %d columns for %d parameters", n, len(c.Values[i]), len(c.Names))
		}
	}
	return nil
}

// covarianceAt inverts the curvature of n times the objective at its optimum.
// Where the curvature is singular, the result is the zero value.
func covarianceAt(f objective, theta []float64, names []string, n float64) Covariance {
	curvature := mat.NewSymDense(len(theta), curvatureAt(f, theta))
	curvature.ScaleSym(n, curvature)
	var root mat.Cholesky
	var inverse mat.SymDense
	if !root.Factorize(curvature) || !(root.Cond() < worstCondition) || root.InverseTo(&inverse) != nil {
		return Covariance{}
	}
	c := Covariance{Names: names, Values: make([][]float64, len(names))}
	for i := range names {
		for j := range names {
			c.Values[i] = append(c.Values[i], inverse.At(i, j))
		}
	}
	return c
}

// curvatureAt returns the Hessian by the logarithms of theta, row by row, from
// central differences of the gradient; the two triangles are averaged.
func curvatureAt(f objective, theta []float64) []float64 {
	n := len(theta)
	up, down, at := make([]float64, n), make([]float64, n), make([]float64, n)
	out := make([]float64, n*n)
	for i := range theta {
		copy(at, theta)
		at[i] = theta[i] * math.Exp(curvatureStep)
		f(at, up)
		at[i] = theta[i] * math.Exp(-curvatureStep)
		f(at, down)
		for j := range theta {
			slope := (up[j] - down[j]) / (2 * curvatureStep)
			out[i*n+j] += slope / 2
			out[j*n+i] += slope / 2
		}
	}
	return out
}
