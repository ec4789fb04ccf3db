package main

import (
	"treue/campaigns"
	"treue/campaigns/lift"
	"treue/engine"
)

// portfolioDoc are all campaigns of our own hand read together. Totals are in major units.
type portfolioDoc struct {
	Kinds            []kindDoc       `json:"kinds"`
	Basis            string          `json:"basis"`       // of all totals
	Campaigns        int             `json:"campaigns"`   // in them: at their planned read, trusted and of that basis
	OtherBasis       []lineKey       `json:"other_basis"` // in no total, since they are counted in other money
	Total            *sumDoc         `json:"total"`
	Shrunken         *sumDoc         `json:"shrunken"`
	Winners          *winnersDoc     `json:"winners"`
	FalseDiscoveries *discoveriesDoc `json:"false_discoveries"`
	Gap              *gapDoc         `json:"gap"`
	GapReason        *lift.Reason    `json:"gap_reason"`
}

type kindDoc struct {
	Kind       campaigns.Kind `json:"kind"`
	Basis      string         `json:"basis"`
	Reports    []lineKey      `json:"reports"` // in the estimate
	LeftOut    []lineKey      `json:"left_out"`
	OtherBasis []lineKey      `json:"other_basis"`
	Banked     *bankedDoc     `json:"banked"`
	Verdict    lift.Code      `json:"verdict"`
	Reason     lift.Reason    `json:"reason"`
	Needs      *needsDoc      `json:"needs"`
	Bound      *float64       `json:"bound"`
	Small      bool           `json:"small_sample"`
	Sentence   string         `json:"sentence"`
}

type lineKey struct {
	Campaign string `json:"campaign"`
	Split    int    `json:"split"`
}

type sumDoc struct {
	Value float64 `json:"value"`
	SE    float64 `json:"se"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

type winnersDoc struct {
	Raw      float64 `json:"raw"`
	Shrunken float64 `json:"shrunken"`
}

type discoveriesDoc struct {
	Rate  float64   `json:"rate"`
	Count int       `json:"selected"`
	Level *float64  `json:"level"` // of the selected's intervals
	Lines []lineDoc `json:"lines"`
}

type lineDoc struct {
	lineKey

	QValue   float64  `json:"q_value"`
	Selected bool     `json:"selected"`
	Low      *float64 `json:"low"`
	High     *float64 `json:"high"`
	Shrunken *float64 `json:"shrunken"`
}

// gapDoc is what the campaigns claim of a quarter beyond what the global holdout confirms.
type gapDoc struct {
	Period    string  `json:"period"`
	Basis     string  `json:"basis"`
	Campaigns int     `json:"campaigns"`
	Held      int64   `json:"holdout_customers"`
	Others    int64   `json:"other_customers"`
	Claimed   *sumDoc `json:"claimed"`
	Confirmed *sumDoc `json:"confirmed"`
	Value     float64 `json:"value"`
	Low       float64 `json:"low"`
	High      float64 `json:"high"`
	Shown     bool    `json:"shown"` // the interval excludes 0
}

// notRead is why a revision that is opened again has no gap: it belongs to all campaigns, not to one report.
const notRead lift.Reason = "not_read"

// stand fills in the gap; p is nil where nobody read it.
func (d *portfolioDoc) stand(p *engine.Programme) {
	reason := notRead
	switch {
	case p == nil:
		d.GapReason = &reason
	case p.Missing != "":
		d.GapReason = &p.Missing
	default:
		g := &p.Gap
		d.Gap = &gapDoc{
			p.Period, p.Basis, p.Campaigns, p.Held, p.Others, newSumDoc(g.Claimed), newSumDoc(g.Confirmed), g.Value, g.Low, g.High, g.Shown,
		}
	}
}

func newSumDoc(m lift.Measured) *sumDoc {
	low, high := m.Limits(lift.Alpha(false))
	return &sumDoc{m.Effect, m.SE, low, high}
}

// newPortfolioDoc is nil without a campaign of our own.
func newPortfolioDoc(p *engine.Portfolio, against *engine.Programme, language, currency string) *portfolioDoc {
	if len(p.Kinds) == 0 {
		return nil
	}
	d := &portfolioDoc{Basis: p.Basis, Campaigns: len(p.Reports), OtherBasis: keysOf(p.LeftOut)}
	d.stand(against)
	for i := range p.Kinds {
		d.Kinds = append(d.Kinds, newKindDoc(&p.Kinds[i], language, currency))
	}
	if len(p.Lines) > p.Undefined {
		d.Total, d.Shrunken = newSumDoc(p.Raw), newSumDoc(p.Portfolio.Shrunken)
		d.Winners = &winnersDoc{p.RawWinners, p.ShrunkenWinners}
		d.FalseDiscoveries = newDiscoveriesDoc(p)
	}
	return d
}

// keysOf names reports.
func keysOf(reports []*engine.Report) []lineKey {
	keys := []lineKey{}
	for _, r := range reports {
		keys = append(keys, lineKey{r.Campaign.Key, r.Split})
	}
	return keys
}

func newKindDoc(k *engine.KindReport, language, currency string) kindDoc {
	pick := func(at []int) (picked []*engine.Report) {
		for _, i := range at {
			picked = append(picked, k.Reports[i])
		}
		return picked
	}
	d := kindDoc{
		Kind: k.Kind, Basis: k.Basis, Reports: keysOf(pick(k.Read)), LeftOut: keysOf(pick(k.LeftOut)), OtherBasis: keysOf(k.OtherBasis), Verdict: k.Code, Reason: k.Reason, Small: k.SmallSample,
		Sentence: k.Sentence(language, currency), Banked: newBankedDoc(k.Estimate),
	}
	if k.Needs != (lift.Needs{}) {
		d.Needs = &needsDoc{k.Needs.ControlCustomers, k.Needs.ControlBuyers}
	}
	if k.Bound > 0 {
		d.Bound = &k.Bound
	}
	return d
}

func newDiscoveriesDoc(p *engine.Portfolio) *discoveriesDoc {
	d := &discoveriesDoc{Rate: lift.FalseDiscoveryRate, Count: p.Selection.Count}
	if d.Count > 0 {
		d.Level = &p.Selection.Level
	}
	for i := range p.Lines {
		l, r := &p.Lines[i], p.Reports[i]
		line := lineDoc{lineKey: lineKey{r.Campaign.Key, r.Split}, QValue: l.Q, Selected: l.Selected}
		if l.Selected {
			line.Low, line.High = &l.FCR.PrintLow, &l.FCR.PrintHigh
		}
		if l.Defined() {
			line.Shrunken = &l.Shrunken.Effect
		}
		d.Lines = append(d.Lines, line)
	}
	return d
}
