package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"treue/campaigns"
	"treue/campaigns/assign"
	"treue/campaigns/lift"
	"treue/engine/store"
)

// Programme holds what all campaigns claim of a quarter against what the global holdout confirms of it. Both sides look at
// the same customers and the same time: those who were there when the quarter began, from their first entry in it to its
// end, and everybody against the held out from its beginning to its end.
type Programme struct {
	Period    string
	Basis     string // margin or revenue
	Campaigns int    // that took customers in the quarter
	Held      int64  // customers of the holdout
	Others    int64  // customers outside it
	Gap       lift.Gap
	Missing   lift.Reason // why there is no gap
	KnownOn   time.Time   // with NotMatured: when the first quarter can be read
}

// Reasons why nothing stands against the campaigns' sum.
const (
	NoHoldout   lift.Reason = "no_holdout"   // the shop holds nobody out of all campaigns
	NoCampaigns lift.Reason = "no_campaigns" // nobody entered a campaign in the quarter
	HoldoutLeft lift.Reason = "holdout_kept" // customers of the holdout entered a campaign: its share changed in the quarter
)

// programmeGrace is how many days after the quarter refunds count.
const programmeGrace = 28

// Programme reads the last quarter whose refunds are known at now. Campaigns whose reports are not to be trusted count in
// no sum.
func (e *Engine) Programme(ctx context.Context, now time.Time, reports []Report) (Programme, error) {
	set, _, err := e.current(ctx, now)
	if err != nil {
		return Programme{}, err
	}
	holdout := e.settings(int(set.Mailable)).GlobalHoldout
	from, to := lastQuarter(now, e.Zone)
	period, _, _ := holdout.Compares(0, from)
	p := Programme{Period: period}
	if holdout.Share <= 0 {
		p.Missing = NoHoldout
		return p, nil
	}
	all, err := e.store.Campaigns(ctx)
	if err != nil {
		return p, err
	}
	costs := store.MailCosts{}
	for _, c := range all {
		costs[c.Key] = e.window(c, 1, c.Measure).CostPerMail
	}
	r := programmeRead{Programme: &p, holdout: holdout, from: from, claims: map[string]*[2]bothSums{}, distrusted: distrusted(reports)}
	if err := e.store.Everybody(ctx, e.terms(), costs, from, to, now, r.everybody); err != nil {
		return p, err
	}
	if err := e.store.Entered(ctx, e.terms(), costs, from, to, now, r.entered); err != nil {
		return p, err
	}
	return p, r.close()
}

// lastQuarter is the last calendar quarter that ended with its grace by now.
func lastQuarter(now time.Time, zone *time.Location) (from, to time.Time) {
	y, m, _ := now.In(zone).AddDate(0, 0, -programmeGrace).Date()
	to = time.Date(y, (m-1)/3*3+1, 1, 0, 0, 0, 0, zone)
	return to.AddDate(0, -3, 0), to
}

// distrusted are the keys of campaigns whose reports are not to be trusted.
func distrusted(reports []Report) map[string]bool {
	keys := map[string]bool{}
	for i := range reports {
		if r := &reports[i]; !r.input.SRMOK || !r.input.Reconciled {
			keys[r.Campaign.Key] = true
		}
	}
	return keys
}

// bothSums are the sums of one arm in either money, until it is known which one all orders have.
type bothSums struct{ margin, revenue lift.Sums }

func (s *bothSums) add(b *store.Brought) (priced bool) {
	s.revenue.Add(b.Revenue - b.Cost)
	if b.Margin == nil {
		return false
	}
	s.margin.Add(*b.Margin - b.Cost)
	return true
}

func (s *bothSums) in(basis string) lift.Sums {
	if basis == marginBasis {
		return s.margin
	}
	return s.revenue
}

// programmeRead is the reading of a quarter.
type programmeRead struct {
	*Programme
	holdout    campaigns.Holdout
	from       time.Time
	held, rest bothSums
	claims     map[string]*[2]bothSums // control and treated by campaign
	distrusted map[string]bool
	unpriced   bool
	counted    map[int64]bool // who is compared; nil until somebody is
}

func (r *programmeRead) everybody(b store.Brought) {
	_, held, counts := r.holdout.Compares(b.CustomerID, r.from)
	if !counts {
		return
	}
	if r.counted == nil {
		r.counted = map[int64]bool{}
	}
	r.counted[b.CustomerID] = held
	arm := &r.rest
	if held {
		arm = &r.held
	}
	if !arm.add(&b) {
		r.unpriced = true
	}
}

func (r *programmeRead) entered(b store.Brought) {
	held, counts := r.counted[b.CustomerID]
	if held {
		r.Missing = HoldoutLeft
	}
	if !counts || r.distrusted[b.Campaign] {
		return
	}
	arms := r.claims[b.Campaign]
	if arms == nil {
		arms = &[2]bothSums{}
		r.claims[b.Campaign] = arms
	}
	arm := 1
	if b.Arm == string(assign.Control) {
		arm = 0
	}
	if !arms[arm].add(&b) {
		r.unpriced = true
	}
}

// close compares what was read.
func (r *programmeRead) close() error {
	r.Basis = marginBasis
	if r.unpriced {
		r.Basis = revenueBasis
	}
	held, rest := r.held.in(r.Basis), r.rest.in(r.Basis)
	r.Held, r.Others, r.Campaigns = held.N, rest.N, len(r.claims)
	switch {
	case r.Missing != "":
		return nil
	case len(r.claims) == 0:
		r.Missing = NoCampaigns
		return nil
	}
	var strata []lift.Stratum
	for _, key := range slices.Sorted(maps.Keys(r.claims)) {
		arms := r.claims[key]
		strata = append(strata, lift.Stratum{Control: arms[0].in(r.Basis), Treated: arms[1].in(r.Basis)})
	}
	all, err := lift.Review(strata, lift.AlphaPlanned, lift.FalseDiscoveryRate)
	if err != nil {
		return fmt.Errorf("read the campaigns of %s: %w", r.Period, err)
	}
	if r.Gap, err = all.GapTo(lift.Assess(rest, held, lift.AlphaPlanned), lift.AlphaPlanned); lift.ReasonOf(err) != "" {
		r.Missing, err = lift.ReasonOf(err), nil
	}
	return err
}
