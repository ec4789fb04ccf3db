package clv

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// TestCovarianceOfBowl: for a quadratic the curvature is known exactly.
func TestCovarianceOfBowl(t *testing.T) {
	t.Parallel()
	bowl := func(theta, grad []float64) float64 {
		x, y := logs(theta)
		grad[0], grad[1] = 4*x+y, x+2*y
		return 2*x*x + x*y + y*y
	}
	c := covarianceAt(bowl, []float64{1, 1}, []string{"r", "alpha"}, 100)
	want := [][]float64{{2. / 700, -1. / 700}, {-1. / 700, 4. / 700}}
	for i, line := range want {
		for j, w := range line {
			if relative(c.Values[i][j], w) > 1e-9 {
				t.Errorf("covariance %v, want %v", c.Values, want)
			}
		}
	}
	errors := c.StdErr(map[string]float64{"r": 3, "alpha": .5})
	if relative(errors["r"], 3*math.Sqrt(2./700)) > 1e-9 || relative(errors["alpha"], .5*math.Sqrt(4./700)) > 1e-9 {
		t.Errorf("standard errors %v", errors)
	}
	if got, want := c.Variance([]float64{1, 1}), 4./700; relative(got, want) > 1e-9 {
		t.Errorf("variance of the sum %v, want %v", got, want)
	}
}

// TestCovarianceIsCurvature takes the curvature from the plain likelihoods of
// the customers, by fourth-order differences, and compares standard errors.
func TestCovarianceIsCurvature(t *testing.T) {
	t.Parallel()
	hs := histories(setC().customers(1500))
	for _, name := range []string{NameBGNBD, NameMBGNBD, NameParetoNBD} {
		fit, err := FitModel(name, hs)
		if err != nil || fit.Outcome != OutcomeConverged {
			t.Fatal(err, fit.Reason)
		}
		c := fit.Covariance
		at := func(i int, u float64, j int, v float64) float64 {
			params := fit.Model.Params()
			params[c.Names[i]] *= math.Exp(u)
			params[c.Names[j]] *= math.Exp(v)
			m, err := ModelFromParams(name, params)
			if err != nil {
				t.Fatal(err)
			}
			sum := 0.0
			for _, h := range hs {
				sum -= m.(interface{ LogLikelihood(h History) float64 }).LogLikelihood(h)
			}
			return sum
		}
		cross := func(i, j int, e float64) float64 {
			return (at(i, e, j, e) - at(i, e, j, -e) - at(i, -e, j, e) + at(i, -e, j, -e)) / (4 * e * e)
		}
		// The inverse times the curvature is the identity.
		for i := range c.Names {
			for j := range c.Names {
				sum := 0.0
				for k := range c.Names {
					const e = .01
					curvature := (4*cross(k, j, e) - cross(k, j, 2*e)) / 3
					sum += c.Values[i][k] * curvature
				}
				want := 0.0
				if i == j {
					want = 1
				}
				if math.Abs(sum-want) > 1e-4 {
					t.Errorf("%s: covariance times curvature at %s, %s is %v, want %v", name, c.Names[i], c.Names[j], sum, want)
				}
			}
		}
	}
}

// TestPrecisionGrows: of the same customers four times over, the errors halve.
func TestPrecisionGrows(t *testing.T) {
	t.Parallel()
	hs := histories(setA().customers(2000))
	for _, name := range []string{NameBGNBD, NameMBGNBD, NameParetoNBD, NameNBD} {
		one, err := FitModel(name, hs)
		if err != nil {
			t.Fatal(err)
		}
		four, err := FitModel(name, slices.Repeat(hs, 4))
		if err != nil {
			t.Fatal(err)
		}
		if len(one.StdErr) < 2 {
			t.Fatalf("%s: standard errors %v", name, one.StdErr)
		}
		for p, e := range one.StdErr {
			if relative(four.StdErr[p], e/2) > 1e-4 {
				t.Errorf("%s %s: %v, of four times as many %v", name, p, e, four.StdErr[p])
			}
		}
	}
}

// TestPrecisionCovers: the truth lies within three standard errors of what is
// found, in every parameter.
func TestPrecisionCovers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]recipe{NameBGNBD: setA(), NameParetoNBD: setC()} {
		fit, err := FitModel(name, histories(c.customers(20_000)))
		if err != nil || fit.Fallback {
			t.Fatal(err, fit.Reason)
		}
		found := fit.Model.Params()
		for p, truth := range c.truth.Params() {
			if z := (found[p] - truth) / fit.StdErr[p]; math.Abs(z) > 3 || !(fit.StdErr[p] < truth) {
				t.Errorf("%s %s: %v, %.1f standard errors of %v off the truth %v", name, p, found[p], z, fit.StdErr[p], truth)
			}
		}
	}
}

// TestSingularCurvature: an optimum along which a parameter can move freely
// gives no standard errors, and no NaN either.
func TestSingularCurvature(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]objective{
		"valley": func(theta, grad []float64) float64 {
			x, y := logs(theta)
			grad[0], grad[1] = 2*(x+y), 2*(x+y)
			return (x + y) * (x + y)
		},
		"saddle": func(theta, grad []float64) float64 {
			x, y := logs(theta)
			grad[0], grad[1] = 2*x, -2*y
			return x*x - y*y
		},
		"not a number": func(_, grad []float64) float64 {
			grad[0], grad[1] = math.NaN(), math.NaN()
			return 0
		},
	} {
		if c := covarianceAt(f, []float64{1, 1}, []string{"r", "alpha"}, 100); len(c.Names) != 0 || len(c.Values) != 0 {
			t.Errorf("%s: covariance %v, want none", name, c)
		}
	}
	flat := func(_, grad []float64) float64 {
		clear(grad)
		return 0
	}
	fit := Fit{Model: NBD{R: 1, Alpha: 2, Hiatus: 3}, Outcome: OutcomeConverged, Customers: 10}.
		withPrecision(flat, []float64{1, 2}, []string{"r", "alpha"})
	if fit.Outcome != OutcomeSingular || fit.StdErr != nil || !strings.Contains(fit.Reason, "cannot be told") {
		t.Errorf("%+v, want a singular outcome without standard errors", fit)
	}
	spend := SpendFit{Model: GammaGamma{6, 4, 15}, Outcome: OutcomeConverged, Customers: 10}.
		withPrecision(func(_, grad []float64) float64 { clear(grad); return 0 }, []float64{6, 4, 1})
	if spend.Outcome != OutcomeSingular || spend.StdErr != nil {
		t.Errorf("%+v, want a singular outcome without standard errors", spend)
	}
}
