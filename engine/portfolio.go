package engine

import (
	"fmt"

	"treue/campaigns"
	"treue/campaigns/lift"
)

// Portfolio are all reports of our own campaigns read together.
type Portfolio struct {
	lift.Portfolio
	Reports []*Report // of the lines, in their order: trusted and at their planned read
	Kinds   []KindReport
}

// KindReport is the verdict on all campaigns of a kind together, each a stratum of its own.
type KindReport struct {
	Kind    campaigns.Kind
	Reports []*Report // of the kind, whether they are read or not
	lift.KindVerdict
}

// Sentence says the verdict on the kind in words: de or en.
func (k *KindReport) Sentence(language, currency string) string {
	return lift.KindSentence(k.Verdict, k.Estimate, language, currency)
}

// Review reads reports together: what luck explains among many, what their sum can claim, and a verdict per kind.
// Campaigns that ran elsewhere are no part of the programme.
func Review(reports []Report) (Portfolio, error) {
	var p Portfolio
	var strata []lift.Stratum
	byKind := map[campaigns.Kind][]*Report{}
	for i := range reports {
		r := &reports[i]
		if r.External() {
			continue
		}
		byKind[r.Campaign.Kind] = append(byKind[r.Campaign.Kind], r)
		if in := &r.input; in.SRMOK && in.Reconciled && in.PlannedEndReached {
			p.Reports = append(p.Reports, r)
			strata = append(strata, lift.Stratum{Treated: in.Treated, Control: in.Control})
		}
	}
	for _, kind := range []campaigns.Kind{campaigns.Winback, campaigns.Loyalty, campaigns.Crosssell} {
		if some := byKind[kind]; len(some) > 0 {
			p.Kinds = append(p.Kinds, judgeKind(kind, some))
		}
	}
	var err error
	if p.Portfolio, err = lift.Review(strata, lift.Alpha(false), lift.FalseDiscoveryRate); err != nil {
		return p, fmt.Errorf("read the campaigns together: %w", err)
	}
	return p, nil
}

func judgeKind(kind campaigns.Kind, reports []*Report) KindReport {
	inputs := make([]lift.VerdictInput, len(reports))
	for i, r := range reports {
		inputs[i] = r.input
	}
	return KindReport{Kind: kind, Reports: reports, KindVerdict: lift.JudgeKind(inputs)}
}

// Pool says with which campaigns of its kind a report without enough customers can be read; "" where it need not be.
func (p *Portfolio) Pool(r *Report, language string) string {
	if r.Verdict.Code != lift.TooFew || r.External() {
		return ""
	}
	var others []lift.VerdictInput
	var names []string
	for _, k := range p.Kinds {
		for _, other := range k.Reports {
			if k.Kind == r.Campaign.Kind && other != r {
				others, names = append(others, other.input), append(names, other.Campaign.Name)
			}
		}
	}
	return lift.PoolWith(r.input, others, names).Sentence(language)
}
