package main

import (
	"treue/engine"
	"treue/engine/store"
)

// adjustedDoc are the companions of the banked figure: the same effect with the variance reduced by what was known
// before, and with large amounts cut. Its own figures are missing where there is no adjusted estimate.
type adjustedDoc struct {
	*bankedDoc

	Reduction *float64   `json:"reduction,omitempty"` // share of the variance that is gone
	Strata    int        `json:"strata,omitempty"`
	Theta     *thetaDoc  `json:"theta,omitempty"`
	Gap       *float64   `json:"gap,omitempty"` // raw minus adjusted
	GapSE     *float64   `json:"gap_se,omitempty"`
	Alarm     bool       `json:"alarm"`
	Capped    *cappedDoc `json:"capped"`
	Sentences []string   `json:"sentences"`
}

// thetaDoc is the outcome per unit of each covariate.
type thetaDoc struct {
	CLVPredicted float64 `json:"clv_predicted"`
	ValueBefore  float64 `json:"value_365d"`
	OrdersBefore float64 `json:"orders_before"`
}

type cappedDoc struct {
	*bankedDoc

	Cap       float64 `json:"cap"`
	Customers int64   `json:"customers"` // cut
}

// newAdjustedDoc is nil where neither companion has an estimate.
func newAdjustedDoc(r *engine.Report, language, currency string) *adjustedDoc {
	d := &adjustedDoc{Sentences: []string{}}
	if a := &r.Adjusted; a.Defined() {
		theta := func(covariate int) float64 { return a.Theta[covariate-1] }
		d.bankedDoc, d.Reduction, d.Strata, d.Alarm = newBankedDoc(a.Estimate), &a.Reduction, a.Strata, a.Alarm
		d.Theta = &thetaDoc{theta(store.PredictedBefore), theta(store.ValueBefore), theta(store.OrdersBefore)}
		d.Gap, d.GapSE = &a.Gap, &a.GapSE
	}
	if c := r.Capped; c != nil && c.Defined() {
		d.Capped = &cappedDoc{newBankedDoc(c.Estimate), c.Cap, c.Customers}
	}
	if d.bankedDoc == nil && d.Capped == nil {
		return nil
	}
	d.Sentences = r.Companions(language, currency)
	return d
}
