package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"treue/campaigns/lift"
	"treue/engine"
)

// sheet writes rows of figures. Numbers have a point and no groups, so that every program reads them.
type sheet struct {
	w   *csv.Writer
	key [4]string // campaign, arm, split, section
	err error
}

// CSV writes every figure of the reports in the long form: one row each, with its limits where it has any. Amounts are in
// major units. A page shows money only where the verdict allows it, and so does this file.
func CSV(w io.Writer, reports []engine.Report, p *engine.Portfolio) error {
	s := sheet{w: csv.NewWriter(w)}
	s.err = s.w.Write([]string{"campaign", "arm", "split", "section", "figure", "value", "low", "high", "note"})
	for i := range reports {
		s.report(&reports[i])
	}
	s.together(p)
	s.w.Flush()
	if s.err == nil {
		s.err = s.w.Error()
	}
	if s.err != nil {
		return fmt.Errorf("write the report as a table: %w", s.err)
	}
	return nil
}

// row writes one figure.
func (s *sheet) row(figure, value, low, high, note string) {
	if s.err == nil {
		k := s.key
		s.err = s.w.Write([]string{defused(k[0]), defused(k[1]), k[2], k[3], defused(figure), defused(value), low, high, defused(note)})
	}
}

// defused keeps a spreadsheet from taking a name for a formula; numbers stay numbers.
func defused(text string) string {
	if text == "" || !strings.ContainsAny(text[:1], "=+-@\t\r") {
		return text
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return text
	}
	return "'" + text
}

// number writes nothing for what is undefined.
func number(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

func (s *sheet) count(figure string, n int64) {
	s.row(figure, strconv.FormatInt(n, 10), "", "", "")
}

// estimate writes an effect, or why there is none.
func (s *sheet) estimate(figure string, e lift.Estimate) {
	if !e.Defined() {
		s.row(figure, "", "", "", string(e.Missing))
		return
	}
	s.row(figure, number(e.Diff), number(e.PrintLow), number(e.PrintHigh), "level "+number(e.Level))
}

func (s *sheet) report(r *engine.Report) {
	in := func(section string) { s.key = [4]string{r.Campaign.Key, r.Arm, strconv.Itoa(r.Split), section} }
	in("verdict")
	s.row("verdict", string(r.Verdict.Code), "", "", string(r.Verdict.Reason))
	if !r.Verdict.KnownOn.IsZero() {
		s.row("known_on", r.Verdict.KnownOn.In(r.Campaign.Zone).Format(time.DateOnly), "", "", "")
	}
	s.row("basis", r.Basis, "", "", "")
	s.row("matured_share", number(r.Verdict.MaturedShare), "", "", "")
	if r.Shown() {
		in("banked")
		s.banked(r)
	}
	in("arms")
	s.arms(r)
	in("conduct")
	s.conduct(r)
	if r.Shown() {
		in("segments")
		for _, g := range r.Segments() {
			s.estimate(g.Segment, g.Estimate)
		}
		in("curve")
		for _, w := range r.Evidence.Curve {
			s.row(fmt.Sprintf("%s week %d", w.Arm, w.Week), number(w.Value), "", "", fmt.Sprintf("of %d customers", w.Observed))
		}
		in("overlap")
		for _, o := range r.Interactions() {
			s.count(o.Campaign+" customers", o.Customers)
			if o.Effect != nil {
				low, high := o.Effect.Limits(1 - r.Level)
				s.row(o.Campaign+" difference", number(o.Effect.Difference), number(low), number(high), "q "+number(o.Q))
			}
		}
	}
	in("method")
	s.method(r)
}

func (s *sheet) banked(r *engine.Report) {
	e := r.Estimate
	s.estimate("per_customer", e)
	total, low, high := e.Total()
	s.row("total", number(total), number(low), number(high), "")
	s.row("p_value", number(e.PValue), "", "", "two-sided")
	if f := e.Relative; f != nil {
		s.row("relative", number(f.Value), number(f.Low), number(f.High), "")
	}
	s.row("mde", number(e.MDE), "", "", "")
	s.estimate("adjusted", r.Adjusted.Estimate)
	if r.Capped != nil {
		s.estimate("capped", r.Capped.Estimate)
		s.row("cap", number(r.Capped.Cap), "", "", fmt.Sprintf("%d customers", r.Capped.Customers))
	}
	if q, ok := r.AnyDay(); ok {
		s.row("any_day", number(q.Diff), number(q.Low), number(q.High), "level "+number(q.Level))
	}
	if r.Realised != nil {
		s.estimate(fmt.Sprintf("realised_%dd", r.Realised.WindowDays), r.Realised.Estimate)
	}
}

// arms are the counts of both arms and, once money may be shown, the sums from which anybody can repeat the estimate.
func (s *sheet) arms(r *engine.Report) {
	for i := range r.Arms {
		a := &r.Arms[i]
		s.count(a.Arm+" assigned", a.Assigned)
		s.count(a.Arm+" matured", a.Matured)
		s.count(a.Arm+" pending", a.Pending())
		s.count(a.Arm+" departed", a.Departed)
		if r.Shown() {
			s.count(a.Arm+" buyers", a.Buyers)
			s.count(a.Arm+" orders", a.Orders)
			for power, sum := range []float64{a.Sums.Y, a.Sums.Y2, a.Sums.Y3} {
				s.row(fmt.Sprintf("%s sum of outcome^%d", a.Arm, power+1), number(sum), "", "", fmt.Sprintf("%d customers", a.Sums.N))
			}
		}
	}
}

func (s *sheet) conduct(r *engine.Report) {
	f := &r.Evidence.Funnel
	s.count("matched", f.Matched)
	for _, gate := range stopped(f) {
		s.count("stopped by "+gate, f.Stopped[gate])
	}
	for _, arm := range []string{r.Arms[0].Arm, r.Arm} {
		c := r.Conduct(arm)
		s.count(arm+" mails", c.Mails)
		s.count(arm+" ghosts", c.Ghosts)
		s.count(arm+" other mails", c.OtherMails)
		s.count(arm+" foreign mails", c.ForeignMails)
		for _, g := range engine.Guardrails() {
			s.count(arm+" "+g.Name, g.Of(c))
		}
	}
	for _, g := range engine.Guardrails() {
		s.estimate(g.Name+" difference", r.Difference(g))
	}
}

func (s *sheet) method(r *engine.Report) {
	c := r.Campaign
	s.count("window_days", int64(r.WindowDays))
	s.count("grace_days", int64(c.Grace))
	s.row("rule", rule(c), "", "", fmt.Sprintf("version %d", c.Version))
	s.row("control_share", number(c.Holdout), "", "", "")
	s.row("sample_ratio_p", number(r.SRM), "", "", "")
	s.row("reconciled", strconv.FormatBool(r.Reconciled), "", "", "")
	if k := r.Kept; k != nil {
		s.row("revision", strconv.Itoa(k.Number), "", "", k.AsOf.Format(time.RFC3339))
		s.row("input_hash", k.Hash, "", "", "SHA-256")
	}
}

// together are the figures of all campaigns as one programme.
func (s *sheet) together(p *engine.Portfolio) {
	s.key = [4]string{"", "", "", "portfolio"}
	for i := range p.Kinds {
		k := &p.Kinds[i]
		s.estimate(string(k.Kind), k.Estimate)
		s.row(string(k.Kind)+" verdict", string(k.Code), "", "", string(k.Reason))
	}
	if len(p.Lines)-p.Undefined < 1 {
		return
	}
	for _, sum := range []struct {
		name string
		lift.Measured
	}{{"total", p.Raw}, {"shrunken", p.Portfolio.Shrunken}} {
		low, high := sum.Limits(lift.Alpha(false))
		s.row(sum.name, number(sum.Effect), number(low), number(high), "")
	}
}
