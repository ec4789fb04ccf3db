package web

import (
	"math"

	"treue/campaigns/lift"
	"treue/engine"
)

// detailsOf is the table under the chart: the same figures in words, and what they cost.
func detailsOf(l locale, r *engine.Report, per span, pValue float64) []fact {
	treated := r.Arms[1]
	total := per.times(float64(r.Estimate.Treated))
	facts := []fact{
		{"detail.per_customer", l.gain(per.Value), l.say("range", l.money(per.Low), l.money(per.High))},
		{"detail.total", l.gain(total.Value), l.say("range", l.money(total.Low), l.money(total.High))},
	}
	if f := r.Estimate.Relative; f != nil && r.Verdict.Reason != lift.AnyLook {
		facts = append(facts, fact{
			"detail.relative", l.change(f.Value), l.say("range", l.change(f.Low), l.change(f.High)),
		})
	}
	if cost := treated.Value - treated.Sums.Y; cost > 0.005 && r.Verdict.Reason != lift.AnyLook {
		facts = append(facts,
			fact{"detail.cost", l.money(cost), l.say("detail.cost.note")},
			fact{l.say("detail.return", l.label(1)), l.gain(total.Value / cost), l.say("range", l.money(total.Low/cost), l.money(total.High/cost))})
	}
	if !math.IsNaN(pValue) {
		facts = append(facts, fact{"detail.luck", l.luck(pValue), l.say("detail.luck.note", l.pValue(pValue))})
	}
	return append(facts, projectedOf(l, r)...)
}

// projectedOf is what the windows changed of the value still to come, and how much of such figures has come true.
func projectedOf(l locale, r *engine.Report) (facts []fact) {
	p := &r.Projection
	between := func(e lift.Estimate) string { return l.say("range", l.money(e.PrintLow), l.money(e.PrintHigh)) }
	if p.Estimate.Defined() {
		facts = append(facts, fact{"detail.projected", l.gain(p.Estimate.Diff), between(p.Estimate)},
			fact{"detail.kappa", l.percent(p.Kappa.Kappa), l.kappa(p.Kappa)})
		if p.Kappa.Kappa > 0 {
			facts = append(facts, fact{"detail.clv", l.gain(p.CLV.Diff), between(p.CLV)})
		}
	}
	if late := r.Realised; late != nil && late.Estimate.Defined() {
		facts = append(facts, fact{l.say("detail.realised", l.count(late.WindowDays)), l.gain(late.Estimate.Diff), between(late.Estimate)})
	}
	return facts
}

// kappa says how much of a projection counts, with the interval of what came true.
func (l locale) kappa(k lift.Realised) string {
	text := lift.KappaSentence(k, l.language)
	if k.Missing == "" {
		text += " " + l.say("detail.kappa.range", l.percent(k.Ratio), l.percent(k.Low), l.percent(k.High))
	}
	return text
}

// change writes a relative change: +12,3 %.
func (l locale) change(x float64) string {
	text := l.decimal(x*100, 1) + " %"
	if x > 0 {
		return "+" + text
	}
	return text
}

// pValue writes a p value; one that is too small for three decimals is not 0.
func (l locale) pValue(p float64) string {
	if p < 0.001 {
		return "p < " + l.decimal(0.001, 3)
	}
	return "p = " + l.decimal(p, 3)
}

// luck says of how many useless campaigns in a hundred one would look like this or better: half the two-sided p.
func (l locale) luck(pValue float64) string {
	n := pValue / 2 * 100
	if n < 1 {
		return l.say("detail.luck.under")
	}
	return l.say("detail.luck.about", l.decimal(math.Round(n), 0))
}

// trustOf is what a reader may doubt first: whether the arms are what was drawn, whether the windows are over, and
// whether an effect could have been seen at all.
func trustOf(l locale, r *engine.Report) []fact {
	ratio := fact{"trust.ratio", l.say("trust.ratio.ok"), ""}
	if !r.SRMOK {
		ratio.Value = l.say("trust.ratio.bad")
	}
	if !math.IsNaN(r.SRM) {
		ratio.Note = l.say("trust.ratio.note", l.pValue(r.SRM))
	}
	facts := []fact{
		ratio,
		{"trust.matured", l.percent(r.Verdict.MaturedShare), l.say("trust.matured.note", l.count(r.WindowDays))},
	}
	if r.Estimate.Defined() && r.Estimate.MDE > 0 && r.Verdict.Code != lift.NotTrustworthy {
		facts = append(facts, fact{"trust.mde", l.money(r.Estimate.MDE), l.say("trust.mde.note")})
	}
	return append(facts, fact{"trust.level", l.percent(r.Level), l.say("trust.level.note")})
}

// methodOf says how the figures came about.
func methodOf(l locale, r *engine.Report) []fact {
	c := r.Campaign
	facts := []fact{
		{"method.basis", l.say("method.basis." + r.Basis), l.say("method.basis.note")},
		{"method.window", l.say("days", l.count(r.WindowDays)), l.say("method.window.note", l.count(int(c.Grace)))},
	}
	if r.External() {
		return append(facts, fact{"method.elsewhere", l.say("method.elsewhere.value"), l.say("method.elsewhere.note")})
	}
	return append(facts,
		fact{"method.share", l.percent(c.Holdout), l.say("method.share.note")},
		fact{"method.version", l.say("method.version.value", l.count(c.Version), l.count(r.Split)), l.say("method.version.note")})
}

// armView is one arm in figures. Value is empty while windows are open.
type armView struct {
	Arm                            string // a key of the catalogue, or a variant's name
	Assigned, Matured, Open        string
	Buyers, Orders, Value, PerHead string
}

// armsOf is the table of both arms: what was counted, not what it means.
func armsOf(l locale, r *engine.Report, money bool) []armView {
	views := make([]armView, len(r.Arms))
	for i := range r.Arms {
		a := &r.Arms[i]
		name := "arm." + a.Arm
		if _, known := lookUp(name); !known {
			name = a.Arm // a variant's own name
		}
		v := armView{Arm: name, Assigned: l.count(a.Assigned), Matured: l.count(a.Matured), Open: l.count(a.Pending())}
		if money {
			v.Buyers, v.Orders, v.Value = l.count(a.Buyers), l.count(a.Orders), l.money(a.Value)
			if a.Sums.N > 0 {
				v.PerHead = l.money(a.Sums.Y / float64(a.Sums.N))
			}
		}
		views[i] = v
	}
	return views
}
