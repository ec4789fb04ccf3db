package engine

import (
	"fmt"
	"slices"

	"treue/campaigns"
	"treue/campaigns/lift"
)

// Portfolio are all reports of our own campaigns read together.
type Portfolio struct {
	lift.Portfolio
	Basis   string    // margin or revenue: of every line
	Reports []*Report // of the lines, in their order: trusted and at their planned read
	LeftOut []*Report // trusted and at their planned read, but counted in the other basis: in no sum
	Kinds   []KindReport
}

// KindReport is the verdict on all campaigns of a kind together, each a stratum of its own.
type KindReport struct {
	Kind       campaigns.Kind
	Basis      string    // of the reports
	Reports    []*Report // of the kind and basis, whether they are read or not
	OtherBasis []*Report // of the kind, but counted in the other basis
	lift.KindVerdict
}

// Sentence says the verdict on the kind in words: de or en.
func (k *KindReport) Sentence(language, currency string) string {
	return lift.AloneSentence(k.Verdict, k.Estimate, language, currency)
}

// Review reads reports together: what luck explains among many, what their sum can claim, and a verdict per kind.
// Campaigns that ran elsewhere are no part of the programme. A euro of revenue and one of margin are different money:
// what is read together has one basis, and the others are named.
func Review(reports []Report) (Portfolio, error) {
	var p Portfolio
	var ripe []*Report
	byKind := map[campaigns.Kind][]*Report{}
	for i := range reports {
		r := &reports[i]
		if r.External() {
			continue
		}
		byKind[r.Campaign.Kind] = append(byKind[r.Campaign.Kind], r)
		if in := &r.input; in.SRMOK && in.Reconciled && in.PlannedEndReached {
			ripe = append(ripe, r)
		}
	}
	p.Basis, p.Reports, p.LeftOut = ofOneBasis(ripe)
	strata := make([]lift.Stratum, len(p.Reports))
	for i, r := range p.Reports {
		strata[i] = lift.Stratum{Treated: r.input.Treated, Control: r.input.Control}
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

// ofOneBasis splits reports into those of the basis that most of their customers are counted in, margin if it is a tie,
// and the others.
func ofOneBasis(reports []*Report) (basis string, same, others []*Report) {
	customers := map[string]int64{}
	for _, r := range reports {
		for i := range r.Arms {
			customers[r.Basis] += r.Arms[i].Assigned
		}
	}
	basis = marginBasis
	if customers[revenueBasis] > customers[marginBasis] {
		basis = revenueBasis
	}
	for _, r := range reports {
		if r.Basis == basis {
			same = append(same, r)
		} else {
			others = append(others, r)
		}
	}
	return basis, same, others
}

func judgeKind(kind campaigns.Kind, reports []*Report) KindReport {
	k := KindReport{Kind: kind}
	k.Basis, k.Reports, k.OtherBasis = ofOneBasis(reports)
	inputs := make([]lift.VerdictInput, len(k.Reports))
	for i, r := range k.Reports {
		inputs[i] = r.input
	}
	k.KindVerdict = lift.JudgeKind(inputs)
	return k
}

// Pool says with which campaigns of its kind a report without enough customers can be read; "" where it need not be.
func (p *Portfolio) Pool(r *Report, language string) string {
	if r.Verdict.Code != lift.TooFew || r.External() {
		return ""
	}
	var others []lift.VerdictInput
	var names []string
	for _, k := range p.Kinds {
		for _, other := range slices.Concat(k.Reports, k.OtherBasis) {
			if k.Kind == r.Campaign.Kind && other.Basis == r.Basis && !other.isOf(r) {
				others, names = append(others, other.input), append(names, other.Campaign.Name)
			}
		}
	}
	return lift.PoolWith(r.input, others, names).Sentence(language)
}

// isOf reports whether two reports are about the same arm of the same draw: one of them may be a copy.
func (r *Report) isOf(other *Report) bool {
	return r.Campaign.Key == other.Campaign.Key && r.Split == other.Split && r.Arm == other.Arm
}
