package worth

import (
	"errors"
	"fmt"
	"math"

	"treue/rules/clv"
)

// Case is one buyer at the end of the stretch that the models learn from, and what they did in the stretch held out.
type Case struct {
	History clv.History
	Spend   clv.Spend
	First   float64 // value of the first day with an order, major units
	Later   float64 // days with an order in the stretch held out
	Earned  float64 // their value
}

// Kind groups the methods of a validation.
type Kind string

// The kinds of methods.
const (
	KindModel Kind = "model" // learns from all customers
	KindRule  Kind = "rule"  // a rule of thumb: needs the customer's own figures alone
	KindRank  Kind = "rank"  // orders customers, and predicts no figure
)

// Method is how one way to predict did. Of a method that ranks alone, only the ranking figures are known: MAE, RMSE and
// ratio are NaN.
type Method struct {
	Name   string
	Kind   Kind
	Orders clv.Accuracy // days with an order
	Money  clv.Accuracy // revenue
	Active float64      // share of the buyers of whom it told right whether they order again; NaN: it does not tell
	Fit    *clv.Fit     // of a model; nil for the others

	orders, money []float64 // predictions
}

// Plan says what to validate.
type Plan struct {
	Weeks  clv.Weeks // length of the stretch held out
	Within clv.Weeks // "bought within" counts as active
	Model  string    // the one that the shop uses, see [clv.FitModel]; it is judged
}

// Validation is how predictions met what happened.
type Validation struct {
	Plan       Plan
	Customers  int
	Repeaters  int     // with a repeat in the stretch learnt from
	Returned   int     // who ordered in the stretch held out
	Orders     float64 // days with an order then
	Money      float64
	Spend      clv.SpendFit
	Methods    []Method // the judged model first
	Bins       []clv.Bin
	MoneyBins  []clv.Bin
	Frequency  []clv.Bin
	Judgement  Judgement
	NoMoneyFit bool // nothing was sold for money
}

// ErrNothingHeldOut says that a validation lacks one of its two stretches.
var ErrNothingHeldOut = errors.New("nobody bought before the split")

// Validate fits the models to the histories and compares what they, and the rules of thumb, say of the stretch held out
// with what happened in it. Customers whose predictions tie are ranked in the order given.
func Validate(cases []Case, p Plan) (*Validation, error) {
	if len(cases) == 0 {
		return nil, ErrNothingHeldOut
	}
	v := &Validation{Plan: p, Customers: len(cases)}
	histories, spends, later, earned := v.take(cases)
	money, err := v.spendModel(cases, spends)
	if err != nil {
		return nil, err
	}
	if err := v.models(histories, spends, money); err != nil {
		return nil, err
	}
	v.rules(cases)
	v.ranks(cases)
	for i := range v.Methods {
		if err := v.Methods[i].assess(later, earned); err != nil {
			return nil, err
		}
	}
	v.activity(histories, later)
	best := &v.Methods[0]
	if v.Bins, err = clv.ByDecile(best.orders, later); err != nil {
		return nil, err
	}
	if v.MoneyBins, err = clv.ByDecile(best.money, earned); err != nil {
		return nil, err
	}
	v.Frequency, err = clv.ByFrequency(histories, best.orders, later)
	v.Judgement = judge(v, later)
	return v, err
}

func (v *Validation) take(cases []Case) (histories []clv.History, spends []clv.Spend, later, earned []float64) {
	for _, c := range cases {
		histories, spends = append(histories, c.History), append(spends, c.Spend)
		later, earned = append(later, c.Later), append(earned, c.Earned)
		v.Orders += c.Later
		v.Money += c.Earned
		if c.History.X > 0 {
			v.Repeaters++
		}
		if c.Later > 0 {
			v.Returned++
		}
	}
	return histories, spends, later, earned
}

// spendModel fits what a day with an order is worth; a shop that gave everything away has none.
func (v *Validation) spendModel(cases []Case, spends []clv.Spend) (clv.SpendModel, error) {
	var sum, days float64
	for _, c := range cases {
		sum += clv.PastSpend(c.First, c.Spend)
		days += float64(c.History.X + 1)
	}
	fit, err := clv.FitSpend(spends, sum/days)
	if errors.Is(err, clv.ErrNoSpend) {
		v.NoMoneyFit = true
		return nil, nil //nolint:nilnil // a shop without money has no model of it
	}
	v.Spend = fit
	return fit.Model, err
}

// models adds the purchase models: the one in use first, then the others that could be fitted.
func (v *Validation) models(histories []clv.History, spends []clv.Spend, money clv.SpendModel) error {
	for i, name := range []string{v.Plan.Model, clv.NameMBGNBD, clv.NameParetoNBD, clv.NameBGNBD} {
		fit, err := clv.FitModel(name, histories)
		if err != nil {
			return fmt.Errorf("validate: %w", err)
		}
		if i > 0 && (fit.Fallback || fit.Model.Name() == v.Methods[0].Name) {
			continue
		}
		m := Method{Name: fit.Model.Name(), Kind: KindModel, Fit: &fit}
		for j, h := range histories {
			orders := fit.Model.Expected(v.Plan.Weeks, h)
			m.orders = append(m.orders, orders)
			worth := 0.0
			if money != nil {
				worth = orders * money.Expected(spends[j])
			}
			m.money = append(m.money, worth)
		}
		v.Methods = append(v.Methods, m)
	}
	return nil
}

const weeksPerYear = 365.0 / 7

// rules adds the rules of thumb. The textbook counts a customer's orders per year since the first one, over a year at
// least, and takes the stretch held out for the lifetime.
func (v *Validation) rules(cases []Case) {
	t := v.Plan.Weeks
	textbook := Method{Name: "textbook", Kind: KindRule}
	rateForward := Method{Name: "rate_forward", Kind: KindRule}
	sameAgain := Method{Name: "same_again", Kind: KindRule}
	for _, c := range cases {
		days, repeat := float64(c.History.X+1), 0.0
		if c.History.X > 0 {
			repeat = c.Spend.Mean
		}
		years := math.Max(1, float64(c.History.T)/weeksPerYear)
		textbook.add(clv.Textbook(1, days/years, float64(t)/weeksPerYear),
			clv.Textbook(clv.PastSpend(c.First, c.Spend)/days, days/years, float64(t)/weeksPerYear))
		rate := clv.RateForward(t, c.History)
		rateForward.add(rate, rate*repeat)
		again := clv.SameAgain(c.History)
		sameAgain.add(again, again*repeat)
	}
	v.Methods = append(v.Methods, textbook, rateForward, sameAgain)
}

// ranks adds what only tells who comes before whom.
func (v *Validation) ranks(cases []Case) {
	spent := Method{Name: "past_spend", Kind: KindRank}
	recent := Method{Name: "bought_within", Kind: KindRank}
	for _, c := range cases {
		past := clv.PastSpend(c.First, c.Spend)
		spent.add(past, past)
		silence := float64(c.History.T - c.History.Tx)
		recent.add(-silence, -silence)
	}
	v.Methods = append(v.Methods, spent, recent)
}

func (m *Method) add(orders, money float64) {
	m.orders, m.money = append(m.orders, orders), append(m.money, money)
}

func (m *Method) assess(later, earned []float64) (err error) {
	if m.Orders, err = clv.Assess(m.orders, later); err != nil {
		return fmt.Errorf("validate %s: %w", m.Name, err)
	}
	if m.Money, err = clv.Assess(m.money, earned); err != nil {
		return fmt.Errorf("validate %s: %w", m.Name, err)
	}
	if m.Kind == KindRank {
		for _, a := range []*clv.Accuracy{&m.Orders, &m.Money} {
			a.MAE, a.RMSE, a.Ratio = math.NaN(), math.NaN(), math.NaN()
		}
	}
	return nil
}

// activity tells right or wrong who will order again at all: the models by P(alive) of at least one half.
func (v *Validation) activity(histories []clv.History, later []float64) {
	for i := range v.Methods {
		m := &v.Methods[i]
		m.Active = math.NaN()
		active := make([]bool, len(histories))
		for j, h := range histories {
			switch {
			case m.Fit != nil:
				active[j] = m.Fit.Model.PAlive(h) >= 0.5
			default:
				active[j] = clv.BoughtWithin(v.Plan.Within, h)
			}
		}
		if m.Fit != nil || m.Name == "bought_within" {
			m.Active, _ = clv.Accurate(active, later) // as many of each
		}
	}
}
