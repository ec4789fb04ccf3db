package clv_test

import (
	"fmt"

	"treue/rules/clv"
)

// A model is fitted rarely, stored as a name and numbers, and asked often.
func Example() {
	model, err := clv.ModelFromParams("mbgnbd", map[string]float64{
		"r": .525, "alpha": 6.183, "a": .891, "b": 1.614,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	spend, err := clv.SpendFromParams("gammagamma", map[string]float64{"p": 6.25, "q": 3.74, "v": 15.44})
	if err != nil {
		fmt.Println(err)
		return
	}
	// Bought on three days in the first 213 days, silent for 59 since.
	customer := clv.History{X: 2, Tx: clv.Days(213), T: clv.Days(272)}
	own := clv.Spend{X: 2, Mean: 22.35}

	fmt.Printf("alive with probability %.2f\n", model.PAlive(customer))
	fmt.Printf("%.2f purchases in the next year\n", model.Expected(clv.Year().Length(), customer))
	fmt.Printf("%.2f a purchase\n", spend.Expected(own))
	fmt.Printf("%.2f in a year, discounted\n", clv.Residual(model, spend, customer, own))
	low, high := clv.Year().Interval(model, spend, customer, own, .9)
	fmt.Printf("from %.0f to %.0f with probability 0.9\n", low, high)
	fmt.Printf("%.2f by the textbook\n", clv.Textbook(22.35, 4, 1))
	// Output:
	// alive with probability 0.71
	// 1.60 purchases in the next year
	// 24.66 a purchase
	// 37.21 in a year, discounted
	// from 0 to 137 with probability 0.9
	// 89.40 by the textbook
}

// A young shop gets a model, too, and one sentence on what it rests on.
func ExampleFitModel() {
	fit, err := clv.FitModel("auto", []clv.History{
		{X: 0, T: clv.Days(40)}, {X: 1, Tx: clv.Days(9), T: clv.Days(30)}, {X: 0, T: clv.Days(3)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(fit.Model.Name(), fit.Fallback)
	fmt.Println(fit.Reason)
	// Output:
	// nbd true
	// 1 of 3 customers bought again, a fit needs 10: NBD with an assumed spread and the pooled rate of 1.7 purchases a year, and who is silent for more than 26.0 weeks counts as gone
}

// A refresh asks for every customer: one forecaster, many forecasts.
func ExampleForecaster() {
	model := clv.ParetoNBD{R: .5533, Alpha: 10.578, S: .6061, Beta: 11.669}
	spend := clv.GammaGamma{P: 6.25, Q: 3.74, V: 15.44}
	year := clv.NewForecaster(clv.Year(), model, spend, .9)
	for _, x := range []int{0, 2, 10} {
		customer := clv.History{X: x, Tx: clv.Days(20 * x), T: clv.Days(272)}
		f := year.Forecast(customer, clv.Spend{X: x, Mean: 22.35})
		fmt.Printf("%2d repeats: alive %.2f, %.2f purchases, %.2f, from %.0f to %.0f\n",
			x, f.PAlive, f.Purchases, f.Value, f.Low, f.High)
	}
	// Output:
	// 0 repeats: alive 0.30, 0.13 purchases, 4.53, from 0 to 28
	//  2 repeats: alive 0.15, 0.30 purchases, 7.29, from 0 to 56
	// 10 repeats: alive 0.60, 5.00 purchases, 114.55, from 0 to 373
}
