package web

import (
	"math"
	"strings"

	"treue/campaigns/assign"
	"treue/campaigns/lift"
	"treue/engine"
)

// chip is a word on a coloured ground. The word alone says it all.
type chip struct {
	Word string // a key of the catalogue
	Tone string // good, bad, warn or calm
}

// verdictChip puts a verdict into two words. Only a verdict that is proven has a colour.
func verdictChip(c lift.Code) chip {
	switch c {
	case lift.Works:
		return chip{"verdict.works", "good"}
	case lift.Hurts:
		return chip{"verdict.hurts", "bad"}
	case lift.NotTrustworthy:
		return chip{"verdict.distrust", "warn"}
	case lift.TooFew:
		return chip{"verdict.few", "calm"}
	case lift.NoLargerEffect:
		return chip{"verdict.none", "calm"}
	default:
		return chip{"verdict.early", "calm"}
	}
}

// fact is a row of a table: what, how much, and what that means.
type fact struct {
	Label string // a key of the catalogue, or the words themselves
	Value string
	Note  string
}

// reportView is a report as a page shows it. Money is empty unless the windows are over and the arms can be trusted:
// a figure that is seen is remembered, whatever stands beside it.
type reportView struct {
	Key, Name string
	Split     int // 0: the campaign has only one
	Sentence  string
	Chip      chip
	Shown     bool // money may be shown
	Proven    bool // the interval excludes zero
	Level     string

	PerCustomer, Total         string // with a sign; only beside their limits
	PerCustomerSpan, TotalSpan string
	Plot                       plot
	Truth                      string // "" if it is not known
	TruthInside                bool   // the interval holds it
	Details, Trust, Method     []fact
	Companions                 []string // what stands beside the verdict, in sentences
	Variant                    string   // the treated arm, if it is not the only one
	Arms                       []armView

	interval span
	truth    float64
}

// newReportView prepares a report. truth is the planted effect per customer, NaN if there is none.
func newReportView(l locale, r *engine.Report, truth float64) reportView {
	v := reportView{
		Key: r.Campaign.Key, Name: r.Campaign.Name, Sentence: unbroken(r.Sentence(l.language, l.currency)), Chip: verdictChip(r.Verdict.Code), truth: truth,
	}
	v.Name = nameOr(v.Name, v.Key)
	if r.Campaign.Split > 1 {
		v.Split = r.Split
	}
	level, pValue := r.Estimate.Level, r.Estimate.PValue
	v.interval = span{r.Estimate.Diff, r.Estimate.PrintLow, r.Estimate.PrintHigh}
	if r.Verdict.Reason == lift.AnyLook { // what the verdict rests on, not the planned read's
		s := r.Verdict.Sequence
		v.interval, level, pValue = span{s.Diff, s.Low, s.High}, s.Level, s.P
	}
	v.Level = l.percent(level)
	v.Shown = r.Shown()
	if r.Arm != string(assign.Treated) {
		v.Variant = r.Arm
	}
	for _, text := range r.Companions(l.language, l.currency) {
		v.Companions = append(v.Companions, unbroken(text))
	}
	if !math.IsNaN(truth) {
		v.Truth = l.gain(truth)
	}
	if v.Shown {
		v.money(l, r, pValue)
	}
	v.Trust = trustOf(l, r)
	v.Method = methodOf(l, r)
	v.Arms = armsOf(l, r, v.Shown)
	return v
}

// money fills in everything that is an amount.
func (v *reportView) money(l locale, r *engine.Report, pValue float64) {
	total := v.interval.times(float64(r.Estimate.Treated))
	v.Proven = v.interval.Low > 0 || v.interval.High < 0
	v.PerCustomer, v.Total = l.gain(v.interval.Value), l.whole(total.Value)
	v.PerCustomerSpan = l.say("range", l.money(v.interval.Low), l.money(v.interval.High))
	v.TotalSpan = l.say("range", strings.TrimPrefix(l.whole(total.Low), "+"), strings.TrimPrefix(l.whole(total.High), "+"))
	v.TruthInside = v.interval.Low <= v.truth && v.truth <= v.interval.High
	v.draw(l, newAxis(l.label, v.interval.Low, v.interval.High, v.truth))
	v.Details = detailsOf(l, r, v.interval, pValue)
}

// draw puts the report's interval on an axis, which it may share with others.
func (v *reportView) draw(l locale, a axis) {
	v.Plot = a.plotOf(v.interval, v.truth)
	v.Plot.Alt = l.say("plot.alt", v.Name, l.money(v.interval.Low), l.money(v.interval.High))
	if v.Truth != "" {
		v.Plot.Alt += l.say("plot.alt.truth", v.Truth)
	}
}

func nameOr(name, key string) string {
	if strings.TrimSpace(name) == "" {
		return key
	}
	return name
}

// unbroken keeps an amount and its sign on one line.
func unbroken(text string) string {
	return strings.NewReplacer(" €", "\u00a0€", " %", "\u00a0%").Replace(text)
}
