package worth

import (
	"cmp"
	"math"
	"slices"
)

// Standing is how the model did against the best of the others.
type Standing string

// The standings.
const (
	Better Standing = "better"
	Tied   Standing = "tied" // the difference may be chance
	Worse  Standing = "worse"
)

// Judgement says whether the model earns its place, by the days with an order.
type Judgement struct {
	Earns    bool // it predicts better than every rule of thumb, and ranks no worse
	TooFew   bool // too little happened to judge
	Forecast Standing
	Rival    string // the rule of thumb with the least RMSE
	Ranking  Standing
	Ranker   string // the rule or ranking with the highest share in the top fifth
}

const (
	// fewReturned customers who ordered in the stretch held out tell nothing yet.
	fewReturned = 25
	// clearly is how many standard errors a difference must be from 0: a chance of 5 % in one direction.
	clearly = 1.645
)

// judge compares the first method with the others on paired differences, customer by customer: of squared errors for
// the forecast, and of who is in the top fifth for the ranking.
func judge(v *Validation, later []float64) Judgement {
	model := &v.Methods[0]
	var rival, ranker *Method
	for i := range v.Methods {
		m := &v.Methods[i]
		if m.Kind == KindRule && (rival == nil || m.Orders.RMSE < rival.Orders.RMSE) {
			rival = m
		}
		if m.Kind != KindModel && (ranker == nil || m.Orders.TopShare > ranker.Orders.TopShare) {
			ranker = m
		}
	}
	j := Judgement{Rival: rival.Name, Ranker: ranker.Name, TooFew: v.Returned < fewReturned}
	gains := make([]float64, len(later))
	for i, actual := range later {
		a, b := model.orders[i]-actual, rival.orders[i]-actual
		gains[i] = b*b - a*a
	}
	j.Forecast = standing(gains)
	ours, theirs := topFifth(model.orders), topFifth(ranker.orders)
	for i, actual := range later {
		gains[i] = actual * (ours[i] - theirs[i])
	}
	j.Ranking = standing(gains)
	j.Earns = !j.TooFew && j.Forecast == Better && j.Ranking != Worse
	return j
}

// standing tells whether gains are above 0 on average, beyond chance.
func standing(gains []float64) Standing {
	var sum, squares float64
	for _, g := range gains {
		sum, squares = sum+g, squares+g*g
	}
	if squares == 0 {
		return Tied
	}
	switch z := sum / math.Sqrt(squares-sum*sum/float64(len(gains))); {
	case z > clearly:
		return Better
	case z < -clearly:
		return Worse
	}
	return Tied
}

// topFifth marks with 1 the fifth of customers with the highest predictions.
func topFifth(predicted []float64) []float64 {
	order := make([]int, len(predicted))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(predicted[b], predicted[a]) })
	in := make([]float64, len(predicted))
	for _, i := range order[:len(order)/5] {
		in[i] = 1
	}
	return in
}
