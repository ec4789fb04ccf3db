package engine

import (
	"context"
	"math"
	"slices"
	"time"

	"treue/campaigns"
	"treue/campaigns/assign"
	"treue/campaigns/lift"
	"treue/engine/store"
)

// Report is what one treated arm of a campaign's split was worth against control, on one read.
type Report struct {
	Campaign   *campaigns.Campaign `json:"-"`
	Split      int
	Arm        string
	Basis      string // margin or revenue
	WindowDays int
	Level      float64
	Arms       []store.ArmOutcome // control first, then Arm
	Estimate   lift.Estimate      // raw and uncapped, compared within versions
	Adjusted   lift.Adjusted      // Missing says why there is none
	Capped     *lift.CappedEstimate
	Realised   *Realised
	Projection Projection
	SRM        float64 // p value; NaN: undefined
	SRMOK      bool
	Reconciled bool // every stored arm, mail and count agrees with the draw
	Verdict    lift.Verdict
	PlannedFor time.Time // of the verdict: when everybody who enters in the first days has matured
	Evidence   store.Evidence
	Kept       *Revision `json:"-"` // nil: not kept

	input lift.VerdictInput
	cells []store.Cell // what was brought and what was projected, by arm and version
}

// What a report's amounts are counted in. It has one basis: margin only where every order counted has one.
const (
	marginBasis  = "margin"
	revenueBasis = "revenue"
)

func basisOf(o *store.Outcomes) string {
	if o.Margin {
		return marginBasis
	}
	return revenueBasis
}

// External reports whether the campaign ran elsewhere.
func (r *Report) External() bool { return r.Campaign.Kind == campaigns.External }

// measure freezes what has matured at now and returns how many outcomes that were.
func (e *Engine) measure(ctx context.Context, now time.Time, all []*campaigns.Campaign) (int64, error) {
	var frozen int64
	for _, c := range all {
		freeze, value := e.store.Freeze, store.Valuer(valuer)
		if c.Kind == campaigns.External { // a model that was there before the first exposure is luck
			freeze, value = e.store.Refreeze, nil
		}
		for split := 1; split <= c.Split; split++ {
			for _, days := range reads(c) {
				n, err := freeze(ctx, e.window(c, split, days), now, value)
				if err != nil {
					return frozen, err
				}
				frozen += n
			}
		}
	}
	return frozen, nil
}

// Measure freezes the outcomes that have matured at now, for all campaigns or those named, and returns how many.
func (e *Engine) Measure(ctx context.Context, now time.Time, keys []string) (int64, error) {
	all, err := e.measured(ctx, keys, ExternalWindow)
	if err != nil {
		return 0, err
	}
	return e.measure(ctx, now, all)
}

// reads are the windows over the same arms, the verdict's first.
func reads(c *campaigns.Campaign) []campaigns.Days {
	if len(c.Reads) > 0 {
		return c.Reads
	}
	return []campaigns.Days{c.Measure}
}

func (e *Engine) window(c *campaigns.Campaign, split int, days campaigns.Days) store.Window {
	all := reads(c)
	w := store.Window{
		CampaignKey: c.Key, Split: split, Days: int(days), Last: int(all[len(all)-1]), Grace: int(c.Grace), Zone: c.Zone, CostPerMail: e.CostPerMail, Terms: e.terms(),
	}
	if c.CostPerMail != nil {
		w.CostPerMail = *c.CostPerMail
	}
	if c.MarginShare != nil {
		w.MarginShare = c.MarginShare
	}
	return w
}

// measured returns the campaigns to measure: all, or those named; window is that of campaigns that ran elsewhere.
func (e *Engine) measured(ctx context.Context, keys []string, window campaigns.Days) ([]*campaigns.Campaign, error) {
	all, err := e.store.Campaigns(ctx)
	if err != nil {
		return nil, err
	}
	external, err := e.external(ctx, window)
	if err != nil {
		return nil, err
	}
	all = append(all, external...)
	if len(keys) == 0 {
		return all, nil
	}
	var some []*campaigns.Campaign
	for _, key := range keys {
		i := slices.IndexFunc(all, func(c *campaigns.Campaign) bool { return c.Key == key })
		if i < 0 {
			return nil, unknownKey(key, all)
		}
		some = append(some, all[i])
	}
	return some, nil
}

// MeasureReports measures what has matured at now and judges it; every report that differs from the last one is kept
// as a revision.
func (e *Engine) MeasureReports(ctx context.Context, now time.Time, keys []string) ([]Report, error) {
	reports, _, err := e.MeasureReportsOver(ctx, now, keys, ExternalWindow)
	return reports, err
}

// MeasureReportsOver is MeasureReports with another window for campaigns that ran elsewhere. It also says what keeps
// campaigns from a verdict that more waiting would not bring.
func (e *Engine) MeasureReportsOver(ctx context.Context, now time.Time, keys []string, window campaigns.Days) ([]Report, []Lack, error) {
	all, err := e.measured(ctx, keys, window)
	if err != nil {
		return nil, nil, err
	}
	if _, err := e.measure(ctx, now, all); err != nil {
		return nil, nil, err
	}
	reports, err := e.reports(ctx, now, all)
	if err != nil {
		return nil, nil, err
	}
	for i := range reports {
		if err := e.keep(ctx, &reports[i], now); err != nil {
			return nil, nil, err
		}
	}
	lacking, err := e.lacks(ctx, now, all, reports)
	return reports, lacking, err
}

// Reports judges what is measured already and writes nothing: one report per campaign, split and treated arm that has
// customers, on the verdict's read.
func (e *Engine) Reports(ctx context.Context, now time.Time, keys []string) ([]Report, error) {
	all, err := e.measured(ctx, keys, ExternalWindow)
	if err != nil {
		return nil, err
	}
	return e.reports(ctx, now, all)
}

func (e *Engine) reports(ctx context.Context, now time.Time, all []*campaigns.Campaign) ([]Report, error) {
	var reports []Report
	kappa := e.kappas(ctx, now)
	for _, c := range all {
		for split := 1; split <= c.Split; split++ {
			some, err := e.report(ctx, c, split, now)
			if err == nil {
				err = e.project(ctx, now, some, kappa)
			}
			if err != nil {
				return nil, err
			}
			reports = append(reports, some...)
		}
	}
	return reports, nil
}

// report judges one split: a report for every treated arm, none if nobody was assigned in it.
func (e *Engine) report(ctx context.Context, c *campaigns.Campaign, split int, now time.Time) ([]Report, error) {
	days := reads(c)[0]
	outcomes, err := e.store.Arms(ctx, e.window(c, split, days), now)
	if err != nil || len(outcomes.Arms) == 0 {
		return nil, err
	}
	d := drawn{reconciled: true}
	names := []string{string(assign.Treated)}
	if c.Kind == campaigns.External {
		names = treatedArms(outcomes.Arms)
		d.sizes(outcomes.Arms, nil)
	} else {
		var share float64
		if d.reconciled, share, err = e.reconcile(ctx, c, split); err != nil {
			return nil, err
		}
		d.sizes(withArms(outcomes.Arms, string(assign.Control), names[0]), []float64{share, 1 - share})
	}
	reports := make([]Report, len(names))
	for i, name := range names {
		reports[i] = Report{
			Campaign: c, Split: split, Arm: name, Basis: basisOf(&outcomes), WindowDays: int(days), Level: 1 - lift.Alpha(c.Kind == campaigns.External),
			Arms: withArms(outcomes.Arms, string(assign.Control), name),
		}
		reports[i].judge(now, d)
		reports[i].companions(outcomes.Cap)
	}
	if err := e.gather(ctx, e.window(c, split, days), now, reports); err != nil {
		return nil, err
	}
	return reports, e.realise(ctx, now, reports)
}

// withArms returns the arms in the given order; one without customers is empty.
func withArms(arms []store.ArmOutcome, order ...string) []store.ArmOutcome {
	out := make([]store.ArmOutcome, len(order))
	for i, name := range order {
		out[i].Arm = name
		if j := slices.IndexFunc(arms, func(a store.ArmOutcome) bool { return a.Arm == name }); j >= 0 {
			out[i] = arms[j]
		}
	}
	return out
}

// drawn is what is known of how a split's arms came about.
type drawn struct {
	ratio      float64 // p value of the sample ratio; NaN: undefined
	ratioOK    bool
	reconciled bool
}

// sizes tests the arms' sizes against the weights they were drawn with; nil: nobody knows them.
func (d *drawn) sizes(arms []store.ArmOutcome, weights []float64) {
	counts := make([]int64, len(arms))
	for i := range arms {
		counts[i] = arms[i].Assigned
	}
	equal := weights == nil
	if equal {
		for range counts {
			weights = append(weights, 1)
		}
	}
	p, err := lift.SRM(counts, weights)
	if err != nil { // one arm alone cannot contradict its share
		p = math.NaN()
	}
	d.ratio, d.ratioOK = p, err != nil || p >= lift.SRMThreshold
	// Another tool's shares are not in its exposures. Arms of equal size pass for drawn in equal shares; of others nothing
	// can be said either way.
	if equal && !d.ratioOK {
		d.ratio, d.ratioOK = math.NaN(), true
	}
}

// judge decides the verdict on the matured customers.
func (r *Report) judge(now time.Time, d drawn) {
	control, treated := &r.Arms[0], &r.Arms[1]
	r.SRM, r.SRMOK, r.Reconciled = d.ratio, d.ratioOK, d.reconciled
	pending, due := control.Pending()+treated.Pending(), plannedEnd(r)
	r.PlannedFor = due
	r.input = lift.VerdictInput{
		Treated: treated.Sums, Control: control.Sums, TreatedBuyers: treated.Buyers, ControlBuyers: control.Buyers,
		Pending: pending, Planned: control.Assigned + treated.Assigned, PlannedEndReached: pending == 0 || !due.After(now),
		KnownOn: due, SRMOK: r.SRMOK, Reconciled: d.reconciled, External: r.External(), Strata: r.versions(),
	}
	r.Estimate = r.input.Estimate()
	r.Verdict = lift.Judge(r.input)
}

// enrolment is how long a campaign's planned read waits for customers to enter.
const enrolment campaigns.Days = 28

// plannedEnd is when the planned read is due: when everybody who enters in the first days has matured. It depends on
// the calendar alone, so that nobody can wait for a figure they like; a campaign that keeps entering gets its verdict,
// too. A campaign that ran elsewhere has ended: all of its windows count.
func plannedEnd(r *Report) time.Time {
	c := r.Campaign
	if r.External() {
		if last := r.Arms[0].LastMatures; last.After(r.Arms[1].LastMatures) {
			return last
		}
		return r.Arms[1].LastMatures
	}
	first := r.Arms[0].FirstAt
	if first.IsZero() || !r.Arms[1].FirstAt.IsZero() && r.Arms[1].FirstAt.Before(first) {
		first = r.Arms[1].FirstAt
	}
	return campaigns.SameLocalTime(first, enrolment+campaigns.Days(r.WindowDays)+c.Grace, c.Zone)
}

// reconcile draws every stored arm again and looks for mail to the control group: sampling tests miss small faults,
// counting does not. It returns the split's control share.
func (e *Engine) reconcile(ctx context.Context, c *campaigns.Campaign, split int) (ok bool, share float64, err error) {
	salt := assign.CampaignSalt(c.Key, split)
	ok = true
	err = e.store.Draws(ctx, c.Key, split, func(d store.Draw) {
		share = d.Share
		ok = ok && d.Arm == string(assign.Of(assign.U(salt, d.CustomerID), d.Share))
	})
	if err != nil {
		return false, 0, err
	}
	mailed, err := e.store.MailedControls(ctx, c.Key)
	return ok && mailed == 0, share, err
}

// Sentence says the verdict in words: de or en.
func (r *Report) Sentence(language, currency string) string {
	return lift.Sentence(r.Verdict, r.Estimate, language, currency)
}
