package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"treue/campaigns"
	"treue/campaigns/lift"
	"treue/engine"
)

// reportDoc is a report in the contract's form. What is undefined is null and says why in reason_code.
type reportDoc struct {
	Campaign        string        `json:"campaign"`
	Version         int           `json:"version"`
	Split           int           `json:"split"`
	Arm             string        `json:"arm"`
	Basis           string        `json:"basis"`
	WindowDays      int           `json:"window_days"`
	Level           float64       `json:"level"`
	Arms            []armDoc      `json:"arms"`
	Banked          *bankedDoc    `json:"banked"`
	Adjusted        *adjustedDoc  `json:"adjusted"`
	Projected       *projectedDoc `json:"projected"`
	CLVLift         *clvLiftDoc   `json:"clv_lift"`
	Kappa           float64       `json:"kappa"`
	KappaDetail     kappaDoc      `json:"kappa_detail"`
	ProjectedReason *lift.Reason  `json:"projected_reason"`
	CLVLiftReason   *lift.Reason  `json:"clv_lift_reason"`
	SRM             srmDoc        `json:"srm"`
	MDE             *float64      `json:"mde"`
	Verdict         lift.Code     `json:"verdict"`
	Reason          lift.Reason   `json:"reason"`
	ReasonCode      *lift.Reason  `json:"reason_code"`
	KnownOn         *string       `json:"known_on"`
	Needs           *needsDoc     `json:"needs"`
	Bound           *float64      `json:"bound"`
	Small           bool          `json:"small_sample"`
	Sentence        string        `json:"sentence"`
	Pool            string        `json:"pool,omitempty"`

	evidenceDoc
}

type armDoc struct {
	Arm      string  `json:"arm"`
	Assigned int64   `json:"assigned"`
	Matured  int64   `json:"matured"`
	Pending  int64   `json:"pending"`
	Departed int64   `json:"departed"`
	Buyers   int64   `json:"buyers"`
	Orders   int64   `json:"orders"`
	Margin   float64 `json:"margin"`
}

type bankedDoc struct {
	PerCustomer float64      `json:"per_customer"`
	Low         float64      `json:"low"`
	High        float64      `json:"high"`
	Total       float64      `json:"total"`
	TotalLow    float64      `json:"total_low"`
	TotalHigh   float64      `json:"total_high"`
	PValue      float64      `json:"p_value"`
	Relative    *relativeDoc `json:"relative"`
}

// newBankedDoc is nil where there is no estimate.
func newBankedDoc(e lift.Estimate) *bankedDoc {
	if !e.Defined() {
		return nil
	}
	total, low, high := e.Total()
	d := &bankedDoc{e.Diff, e.PrintLow, e.PrintHigh, total, low, high, e.PValue, nil}
	if e.Relative != nil {
		d.Relative = &relativeDoc{e.Relative.Value, e.Relative.Low, e.Relative.High}
	}
	return d
}

type relativeDoc struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

type srmDoc struct {
	PValue *float64 `json:"p_value"`
	OK     bool     `json:"ok"`
}

type needsDoc struct {
	ControlCustomers int64 `json:"control_customers"`
	ControlBuyers    int64 `json:"control_buyers"`
}

func newReportDoc(r *engine.Report, language, currency string) reportDoc {
	d := reportDoc{
		Campaign: r.Campaign.Key, Version: r.Campaign.Version, Split: r.Split, Arm: r.Arm, Basis: r.Basis, WindowDays: r.WindowDays, Level: r.Level,
		SRM: srmDoc{orNull(r.SRM), r.SRMOK}, Verdict: r.Verdict.Code, Reason: r.Verdict.Reason, Small: r.Verdict.SmallSample,
		Sentence: r.Sentence(language, currency),
	}
	for _, a := range r.Arms {
		d.Arms = append(d.Arms, armDoc{a.Arm, a.Assigned, a.Matured, a.Pending(), a.Departed, a.Buyers, a.Orders, a.Value})
	}
	d.estimate(r.Estimate)
	d.Adjusted = newAdjustedDoc(r, language, currency)
	d.project(r, language)
	if !r.Verdict.KnownOn.IsZero() {
		on := dayIn(r.Verdict.KnownOn, r.Campaign.Zone)
		d.KnownOn = &on
	}
	if n := r.Verdict.Needs; n != (lift.Needs{}) {
		d.Needs = &needsDoc{n.ControlCustomers, n.ControlBuyers}
	}
	if r.Verdict.Bound > 0 {
		d.Bound = &r.Verdict.Bound
	}
	d.evidenceDoc = newEvidenceDoc(r)
	return d
}

func dayIn(t time.Time, zone *time.Location) string { return t.In(zone).Format(time.DateOnly) }

func (d *reportDoc) estimate(e lift.Estimate) {
	if !e.Defined() {
		d.ReasonCode = &e.Missing
		return
	}
	d.Banked = newBankedDoc(e)
	d.MDE = orNull(e.MDE)
	if e.Relative == nil {
		d.ReasonCode = &e.RelativeMissing
	}
}

type reportsDoc struct {
	Reports   []reportDoc   `json:"reports"`
	Portfolio *portfolioDoc `json:"portfolio"`
	Truth     []truthDoc    `json:"truth,omitempty"`
}

func (a *app) reportCommand() *cobra.Command {
	window := fmt.Sprintf("%dd", engine.ExternalWindow)
	o := reportOutput{app: a}
	cmd := &cobra.Command{
		Use: "report [KEY…]", Short: "What campaigns were worth against their control groups",
		Long: "Report measures what has matured, says in words what every campaign was worth and how sure that is, and keeps each new\n" +
			"result as a revision that never changes. Named campaigns are shown in full, all of them in a few words each.",
		Example: "  treue report\n  treue report winback --format html --output winback.html\n  treue report --format pdf --output report.pdf\n" +
			"  treue report --month=2027-04 --output april.pdf",
	}
	a.asOfFlag(cmd)
	revision, revisions := 0, false
	cmd.Flags().BoolVar(&revisions, "revisions", false, "list what was reported before: every report that changed is kept")
	cmd.Flags().IntVar(&revision, "revision", 0, "open that revision as it was made")
	cmd.Flags().StringVar(&window, "window", window, "days after the assignment that count, for campaigns that ran elsewhere")
	o.flags(cmd)
	o.monthFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, keys []string) error {
		days, err := windowDays(window)
		if err == nil {
			err = o.check()
		}
		if err == nil {
			err = o.checkMonth(keys)
		}
		if err != nil {
			return wrongInput(err)
		}
		e, now, err := a.startAt(cmd.Context())
		if err != nil {
			return err
		}
		o.language = cmp.Or(o.language, spoken())
		switch {
		case o.month != "":
			return o.monthly(cmd.Context(), e, now)
		case revisions || revision != 0:
			return o.revisions(cmd.Context(), e, keys, revision)
		}
		reports, lacks, err := e.MeasureReportsOver(cmd.Context(), now, keys, days)
		if err != nil {
			return err
		}
		o.lacks = asked(lacks, keys)
		if len(keys) == 0 { // the holdout stands against all campaigns
			against, err := e.Programme(cmd.Context(), now, reports)
			if err != nil {
				return err
			}
			o.against = &against
		}
		return o.write(e, reports, now, nil, len(keys) == 0)
	}
	return cmd
}

// windowDays reads a window such as 14d.
func windowDays(text string) (campaigns.Days, error) {
	digits, _ := strings.CutSuffix(strings.TrimSpace(text), "d")
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || n > 3650 {
		return 0, fmt.Errorf("--window %q: want days such as 14d, from 1d to 3650d", text)
	}
	return campaigns.Days(n), nil
}

// asked leaves out drafts and the like that nobody has named.
func asked(lacks []engine.Lack, keys []string) []engine.Lack {
	return slices.DeleteFunc(lacks, func(l engine.Lack) bool { return len(keys) == 0 && l.Campaign.Kind != campaigns.External })
}
