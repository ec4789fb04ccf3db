package worth_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"treue/rules/clv"
	"treue/rules/worth"
)

// crowd draws customers who buy and leave as BG/NBD with a drop-out at the first purchase says (MBG/NBD), over a year and
// half a year after it.
func crowd(n int, seed uint64) []worth.Case {
	r := rand.New(rand.NewPCG(seed, 9))
	cases := make([]worth.Case, n)
	for i := range cases {
		born := 52 * r.Float64()
		rate, leave, value := 0.25*r.ExpFloat64()+0.01, 0.05+0.4*r.Float64(), 20+40*r.ExpFloat64()
		c := worth.Case{History: clv.History{T: clv.Weeks(52 - born)}, First: value}
		spent := 0.0
		for t := born; r.Float64() >= leave; {
			t += r.ExpFloat64() / rate
			paid := value * (0.5 + r.Float64())
			switch {
			case t <= 52:
				c.History.X++
				c.History.Tx = clv.Weeks(t - born)
				spent += paid
			case t <= 78:
				c.Later++
				c.Earned += paid
			}
			if t > 78 {
				break
			}
		}
		if c.Spend.X = c.History.X; c.Spend.X > 0 {
			c.Spend.Mean = spent / float64(c.Spend.X)
		} else {
			c.Spend.Mean = math.NaN()
		}
		cases[i] = c
	}
	return cases
}

func methodsOf(v *worth.Validation) map[string]worth.Method {
	all := map[string]worth.Method{}
	for _, m := range v.Methods {
		all[m.Name] = m
	}
	return all
}

// TestModelEarnsItsPlace on customers who behave as it says.
func TestModelEarnsItsPlace(t *testing.T) {
	t.Parallel()
	cases := crowd(4000, 1)
	v, err := worth.Validate(cases, worth.Plan{Weeks: 26, Within: 26, Model: clv.NameAuto})
	if err != nil {
		t.Fatal(err)
	}
	all := methodsOf(v)
	model := v.Methods[0]
	if model.Name != clv.NameMBGNBD || !v.Judgement.Earns || v.Judgement.Forecast != worth.Better || v.Judgement.TooFew {
		t.Errorf("%s: %+v", model.Name, v.Judgement)
	}
	if math.Abs(model.Orders.Ratio-1) > 0.1 || math.Abs(model.Money.Ratio-1) > 0.15 {
		t.Errorf("it foresaw %.2f of the orders and %.2f of the money", model.Orders.Ratio, model.Money.Ratio)
	}
	for _, name := range []string{"textbook", "rate_forward", "same_again"} {
		if m := all[name]; m.Kind != worth.KindRule || m.Orders.RMSE <= model.Orders.RMSE || !math.IsNaN(m.Active) {
			t.Errorf("%s: %+v", name, m.Orders)
		}
	}
	for _, name := range []string{"past_spend", "bought_within"} {
		if m := all[name]; m.Kind != worth.KindRank || !math.IsNaN(m.Orders.MAE) || !math.IsNaN(m.Money.Ratio) || !(m.Orders.TopShare > 0.2) {
			t.Errorf("%s: %+v", name, m.Orders)
		}
	}
	if a := all["bought_within"].Active; !(a > 0.5 && a < 1) || !(model.Active >= a-0.05) {
		t.Errorf("activity: the rule %v, the model %v", a, model.Active)
	}
	customers := 0
	for i, b := range v.Bins {
		customers += b.Customers
		if i > 0 && b.Predicted > v.Bins[i-1].Predicted {
			t.Errorf("tenth %d is predicted higher than the one before", i+1)
		}
	}
	if customers != 4000 || len(v.Frequency) != 8 {
		t.Errorf("%d customers in the tenths, %d bins by frequency", customers, len(v.Frequency))
	}
}

// TestModelLosesItsPlace where customers do exactly again what they did: then the rule of thumb cannot be beaten.
func TestModelLosesItsPlace(t *testing.T) {
	t.Parallel()
	cases := crowd(2000, 2)
	for i := range cases {
		cases[i].Later = float64(cases[i].History.X)
		cases[i].Earned = 0
		if cases[i].History.X > 0 {
			cases[i].Earned = cases[i].Later * cases[i].Spend.Mean
		}
	}
	v, err := worth.Validate(cases, worth.Plan{Weeks: 52, Within: 26, Model: clv.NameAuto})
	if err != nil {
		t.Fatal(err)
	}
	j, again := v.Judgement, methodsOf(v)["same_again"]
	if j.Earns || j.Forecast != worth.Worse || j.Rival != "same_again" || again.Orders.RMSE != 0 || again.Money.Ratio < 1-1e-9 || again.Money.Ratio > 1+1e-9 {
		t.Errorf("%+v, same again: %+v", j, again)
	}
}

func TestTooLittleToJudge(t *testing.T) {
	t.Parallel()
	if _, err := worth.Validate(nil, worth.Plan{Weeks: 26, Model: clv.NameAuto}); !errors.Is(err, worth.ErrNothingHeldOut) {
		t.Errorf("nobody: %v", err)
	}
	if _, err := worth.Validate(crowd(10, 1), worth.Plan{Weeks: 26, Model: "oracle"}); !errors.Is(err, clv.ErrUnknownModel) {
		t.Errorf("an unknown model: %v", err)
	}
	// Twelve customers, all free of charge: NBD stands in, and there is no money to predict.
	cases := make([]worth.Case, 12)
	for i := range cases {
		cases[i] = worth.Case{History: clv.History{T: 30}, Spend: clv.Spend{Mean: math.NaN()}}
	}
	cases[3].Later = 1
	v, err := worth.Validate(cases, worth.Plan{Weeks: 26, Within: 26, Model: clv.NameAuto})
	if err != nil {
		t.Fatal(err)
	}
	if !v.Judgement.TooFew || v.Judgement.Earns || !v.NoMoneyFit || v.Methods[0].Name != clv.NameNBD || !v.Methods[0].Fit.Fallback {
		t.Errorf("%+v by %s", v.Judgement, v.Methods[0].Name)
	}
	for _, m := range v.Methods[1:] {
		if m.Kind == worth.KindModel {
			t.Errorf("%s could not be fitted and is shown", m.Name)
		}
	}
}
