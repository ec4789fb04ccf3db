package clv

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
)

// fitted is a shop's fits, with their covariances.
func fitted(t *testing.T, name string, n int) (Fit, SpendFit) {
	t.Helper()
	shop := setA().customers(n)
	fit, err := FitModel(name, histories(shop))
	if err != nil || fit.Fallback {
		t.Fatal(err, fit.Reason)
	}
	spend, err := FitSpend(spends(shop), 30)
	if err != nil || spend.Fallback {
		t.Fatal(err, spend.Reason)
	}
	return fit, spend
}

// TestUncertaintyGradient compares with differences of the predicted value.
func TestUncertaintyGradient(t *testing.T) {
	t.Parallel()
	const step = 1e-3
	for _, name := range []string{NameBGNBD, NameMBGNBD, NameParetoNBD} {
		fit, spend := fitted(t, name, 4000)
		u, err := NewUncertainty(Year(), fit.Model, fit.Covariance, spend.Model, spend.Covariance)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			h History
			s Spend
		}{
			{History{T: 10}, Spend{}},
			{History{X: 3, Tx: 20, T: 38}, Spend{X: 3, Mean: 55}},
			{History{X: 9, Tx: 37, T: 38}, Spend{X: 9, Mean: 4}},
		} {
			value := func(p string, by float64) float64 {
				m, s := fit.Model.Params(), spend.Model.Params()
				if _, ok := m[p]; ok {
					m[p] *= math.Exp(by)
				} else {
					s[p] *= math.Exp(by)
				}
				model, err := ModelFromParams(name, m)
				if err != nil {
					t.Fatal(err)
				}
				money, err := SpendFromParams(NameGammaGamma, s)
				if err != nil {
					t.Fatal(err)
				}
				return Residual(model, money, c.h, c.s)
			}
			got := u.Gradient(c.h, c.s)
			for i, p := range append(fit.Covariance.Names[:4:4], spend.Covariance.Names...) {
				want := (value(p, step) - value(p, -step)) / (2 * step)
				if math.Abs(got[i]-want) > 1e-5*value(p, 0) {
					t.Errorf("%s %v: derivative by ln %s %v, difference %v", name, c.h, p, got[i], want)
				}
			}
		}
	}
}

// TestUncertaintyOfSums: parameters are shared, so that errors of customers do
// not average out, yet never add up to more than their sum.
func TestUncertaintyOfSums(t *testing.T) {
	t.Parallel()
	fit, spend := fitted(t, NameMBGNBD, 4000)
	u, err := NewUncertainty(Year(), fit.Model, fit.Covariance, spend.Model, spend.Covariance)
	if err != nil {
		t.Fatal(err)
	}
	total := make([]float64, 7)
	single, value := 0.0, 0.0
	for _, c := range setA().customers(500) {
		g := u.Gradient(c.History, c.spend)
		floats.Add(total, g)
		single += u.StdErr(g)
		value += Residual(fit.Model, spend.Model, c.History, c.spend)
	}
	all := u.StdErr(total)
	if !(all > single/10 && all <= single*(1+1e-12)) {
		t.Errorf("standard error of the total %v, sum of the customers' %v", all, single)
	}
	low, high := u.Interval(value, all, .95)
	if !(low < value && value < high && low > .5*value && high < 2*value) {
		t.Errorf("total %v, interval (%v, %v)", value, low, high)
	}
	if z := math.Log(high/value) / (all / value); relative(z, 1.959964) > 1e-6 {
		t.Errorf("95 %% reaches %v standard errors", z)
	}
}

// TestUncertaintyShrinks: it is that of the parameters, not of the customer.
func TestUncertaintyShrinks(t *testing.T) {
	t.Parallel()
	h, s := History{X: 3, Tx: 20, T: 38}, Spend{X: 3, Mean: 55}
	var errors []float64
	for _, n := range []int{2000, 32_000} {
		fit, spend := fitted(t, NameMBGNBD, n)
		u, err := NewUncertainty(Year(), fit.Model, fit.Covariance, spend.Model, spend.Covariance)
		if err != nil {
			t.Fatal(err)
		}
		errors = append(errors, u.StdErr(u.Gradient(h, s)))
	}
	if ratio := errors[0] / errors[1]; ratio < 2.5 || ratio > 6 {
		t.Errorf("16 times the customers cut the error by %v, want about 4", ratio)
	}
}

func TestUncertaintyUnknown(t *testing.T) {
	t.Parallel()
	nbd, flat := NBD{R: .7, Alpha: 9, Hiatus: 20}, ShrunkenMean{Mean: 30, Weight: 1}
	u, err := NewUncertainty(Year(), nbd, Covariance{}, flat, Covariance{})
	if err != nil {
		t.Fatal(err)
	}
	g := u.Gradient(History{X: 2, Tx: 3, T: 4}, Spend{X: 2, Mean: 20})
	if len(g) != 0 || u.StdErr(g) != 0 {
		t.Errorf("gradient %v, standard error %v, want none", g, u.StdErr(g))
	}
	if low, high := u.Interval(0, 0, .9); low != 0 || high != 0 {
		t.Errorf("(%v, %v) for a value of 0", low, high)
	}
}

func TestUncertaintyRefuses(t *testing.T) {
	t.Parallel()
	nbd, gg := NBD{R: .7, Alpha: 9, Hiatus: 20}, GammaGamma{6, 1.00001, 15}
	one := [][]float64{{1}}
	for name, tt := range map[string]struct {
		purchases, money Covariance
		want             string
	}{
		"another model's":  {Covariance{Names: []string{"beta"}, Values: one}, Covariance{}, `uncertainty of nbd: covariance of "beta", which is not a parameter`},
		"rows missing":     {Covariance{Names: []string{"r"}}, Covariance{}, "0 rows for 1 parameters"},
		"not square":       {Covariance{}, Covariance{Names: []string{"p"}, Values: [][]float64{{1, 2}}}, `gammagamma: covariance of "p" has 2 columns`},
		"names missing":    {Covariance{Values: one}, Covariance{}, "1 rows for 0 parameters"},
		"good, with money": {Covariance{Names: []string{"r"}, Values: one}, Covariance{Names: []string{"q"}, Values: one}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := NewUncertainty(Year(), nbd, tt.purchases, gg, tt.money)
			checkError(t, err, tt.want)
		})
	}
}
