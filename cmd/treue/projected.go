package main

import (
	"treue/campaigns/lift"
	"treue/engine"
)

// projectedDoc is what the windows changed of the value that is still to come, as the frozen model sees it.
type projectedDoc struct {
	*bankedDoc

	Model  string             `json:"model"`
	Params map[string]float64 `json:"params"`
	AsOf   string             `json:"model_as_of"`
}

// clvLiftDoc is the CLV lift: as it came true over the last read, or else banked plus kappa times projected.
type clvLiftDoc struct {
	*bankedDoc

	Method     string `json:"method"` // realised or projected
	Basis      string `json:"basis"`
	WindowDays int    `json:"window_days"`
}

// kappaDoc says how much of a projection earlier campaigns of the kind really earned.
type kappaDoc struct {
	Ratio      *float64     `json:"ratio"`
	Low        *float64     `json:"low"`
	High       *float64     `json:"high"`
	Campaigns  int          `json:"campaigns"`
	ReasonCode *lift.Reason `json:"reason_code"`
	Sentence   string       `json:"sentence"`
}

// project fills in what is still to come.
func (d *reportDoc) project(r *engine.Report, language string) {
	p := &r.Projection
	d.Kappa = p.Kappa.Kappa
	d.KappaDetail = kappaDoc{Campaigns: p.Kappa.Campaigns, Sentence: lift.KappaSentence(p.Kappa, language)}
	if k := &p.Kappa; k.Missing != "" {
		d.KappaDetail.ReasonCode = &k.Missing
	} else {
		d.KappaDetail.Ratio, d.KappaDetail.Low, d.KappaDetail.High = &k.Ratio, &k.Low, &k.High
	}
	if p.Estimate.Defined() {
		d.Projected = &projectedDoc{newBankedDoc(p.Estimate), p.Model.Name, p.Model.Params, dayIn(p.Model.AsOf, r.Campaign.Zone)}
	} else {
		d.ProjectedReason = &p.Estimate.Missing
	}
	if p.CLV.Defined() {
		d.CLVLift = &clvLiftDoc{newBankedDoc(p.CLV), "projected", r.Basis, r.WindowDays}
	} else {
		d.CLVLiftReason = &p.CLV.Missing
	}
	switch l := r.Realised; {
	case l == nil:
	case l.Estimate.Defined():
		d.CLVLift, d.CLVLiftReason = &clvLiftDoc{newBankedDoc(l.Estimate), "realised", r.Basis, l.WindowDays}, nil
	default:
		d.CLVLiftReason = &l.Estimate.Missing
	}
}
