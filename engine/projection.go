package engine

import (
	"context"
	"math"
	"time"

	"treue/campaigns"
	"treue/campaigns/assign"
	"treue/campaigns/lift"
	"treue/engine/store"
	"treue/rules/clv"
)

// Projection is what a window did to the value that is still to come, as a model sees it that was fitted before the first
// draw. It assumes that buyers who were mailed behave like those who were not, and stands beside the banked figure until
// campaigns of the kind have shown how much of it comes true.
type Projection struct {
	Estimate lift.Estimate     // change of the residual value of the next twelve months, per customer
	Model    store.FrozenModel // ID 0: there is none
	Kappa    lift.Realised
	CLV      lift.Estimate // banked plus Kappa times projected, per customer
}

// Reasons why nothing is projected.
const (
	NoModel     lift.Reason = "no_model"     // none was fitted before the first draw
	NoValue     lift.Reason = "no_value"     // the model says nothing of money, or not in the report's
	NothingRipe lift.Reason = "none_matured" // no window is over
)

// valuer values customers of a read by its frozen model.
func valuer(m store.FrozenModel, days int) (func(before, after store.Buying) store.Residual, error) {
	purchases, spend, err := models(store.Model{Name: m.Name, Params: m.Params, SpendName: m.SpendName, SpendParams: m.SpendParams})
	if err != nil {
		return nil, err
	}
	nan := math.NaN()
	if spend == nil {
		return func(store.Buying, store.Buying) store.Residual {
			return store.Residual{Before: nan, After: nan, Until: nan}
		}, nil
	}
	year := clv.Year()
	rest := clv.Horizon{Terms: 1, Term: clv.Days(days)}
	worth := func(z clv.Horizon, b store.Buying) float64 {
		if b.Repeats < 0 || z.Term <= 0 { // who never bought has no history to predict from
			return 0
		}
		h := clv.History{X: b.Repeats, Tx: clv.Days(int(b.Last - b.First)), T: clv.Days(int(b.On - b.First))}
		s := clv.Spend{X: b.Repeats, Mean: nan}
		if b.Spend != nil {
			s.Mean = *b.Spend
		}
		return z.Purchases(purchases, h) * spend.Expected(s)
	}
	return func(before, after store.Buying) store.Residual {
		return store.Residual{Before: worth(year, before), After: worth(year, after), Until: worth(rest, after)}
	}, nil
}

// scaleFor turns the model's revenue into the money of a basis; NaN if it cannot.
func scaleFor(basis string) func(store.FrozenModel) float64 {
	return func(m store.FrozenModel) float64 {
		switch {
		case basis == revenueBasis:
			return 1
		case m.MarginShare != nil:
			return *m.MarginShare
		}
		return math.NaN()
	}
}

// project adds to the reports of a split what is still to come.
func (e *Engine) project(ctx context.Context, now time.Time, reports []Report, kappa func(campaigns.Kind, string) (lift.Realised, error)) error {
	for i := range reports {
		r := &reports[i]
		w := e.window(r.Campaign, r.Split, campaigns.Days(r.WindowDays))
		w.Revenue = r.Basis == revenueBasis
		model, cells, err := e.store.Projected(ctx, w, scaleFor(r.Basis), now)
		if err != nil {
			return err
		}
		r.Projection = Projection{Model: model, Kappa: lift.Realised{Missing: lift.TooFewCampaigns}}
		if !r.External() {
			if r.Projection.Kappa, err = kappa(r.Campaign.Kind, r.Basis); err != nil {
				return err
			}
		}
		r.cells = cells
		r.value()
	}
	return nil
}

// value estimates both figures from the cells of the report.
func (r *Report) value() {
	alpha := lift.Alpha(r.External())
	r.Projection.Estimate = r.fromCells(alpha, 0, 1)
	r.Projection.CLV = r.Estimate
	if kappa := r.Projection.Kappa.Kappa; kappa > 0 {
		r.Projection.CLV = r.fromCells(alpha, 1, kappa)
	}
	switch p := &r.Projection; {
	case p.Model.ID == 0:
		p.Estimate = lift.Estimate{Missing: NoModel}
	case p.Model.SpendName == noSpend || math.IsNaN(scaleFor(r.Basis)(p.Model)):
		p.Estimate = lift.Estimate{Missing: NoValue}
	case len(r.cells) == 0:
		p.Estimate = lift.Estimate{Missing: NothingRipe}
	}
}

// fromCells compares a weighted sum of what was brought and what was projected, within versions. Those who have left count
// with what they brought.
func (r *Report) fromCells(alpha float64, weights ...float64) lift.Estimate {
	var strata []lift.Stratum
	at := map[int]int{}
	add := func(version int, control bool, s lift.Sums) {
		i, known := at[version]
		if !known {
			i = len(strata)
			at[version], strata = i, append(strata, lift.Stratum{})
		}
		if control {
			strata[i].Control = strata[i].Control.Merge(s)
		} else {
			strata[i].Treated = strata[i].Treated.Merge(s)
		}
	}
	for _, c := range r.cells {
		if c.Arm == string(assign.Control) || c.Arm == r.Arm {
			add(c.Version, c.Arm == string(assign.Control), c.Joint.Linear(weights...))
		}
	}
	for i := range r.Arms {
		for _, st := range r.Arms[i].Strata {
			if st.Departed {
				add(st.Version, i == 0, st.Joint.Linear(weights[0]))
			}
		}
	}
	return lift.AssessStrata(lift.Readable(strata), alpha)
}

// kappas reads once per call, kind and basis what earlier campaigns really earned of what was projected.
func (e *Engine) kappas(ctx context.Context, now time.Time) func(campaigns.Kind, string) (lift.Realised, error) {
	type key struct {
		kind  campaigns.Kind
		basis string
	}
	known := map[key]lift.Realised{}
	return func(kind campaigns.Kind, basis string) (lift.Realised, error) {
		k, ok := known[key{kind, basis}]
		if ok {
			return k, nil
		}
		pairs, err := e.finished(ctx, now, kind, basis)
		if err == nil {
			k, err = lift.KappaOf(pairs, lift.AlphaExternal)
			known[key{kind, basis}] = k
		}
		return k, err
	}
}

// finished are the campaigns of a kind, split by split, whose last read is due and that can be trusted.
func (e *Engine) finished(ctx context.Context, now time.Time, kind campaigns.Kind, basis string) ([]lift.Pair, error) {
	all, err := e.store.Campaigns(ctx)
	if err != nil {
		return nil, err
	}
	var pairs []lift.Pair
	for _, c := range all {
		if windows := reads(c); c.Kind != kind || len(windows) < 2 {
			continue
		}
		for split := 1; split <= c.Split; split++ {
			pair, ok, err := e.realised(ctx, now, c, split, basis)
			if err != nil {
				return nil, err
			}
			if ok {
				pairs = append(pairs, pair)
			}
		}
	}
	return pairs, nil
}

// realised is one split's pair of arms, if it may be counted.
func (e *Engine) realised(ctx context.Context, now time.Time, c *campaigns.Campaign, split int, basis string) (p lift.Pair, ok bool, err error) {
	w := e.window(c, split, reads(c)[0])
	w.Revenue = basis == revenueBasis
	cells, err := e.store.Realised(ctx, w, scaleFor(basis), now)
	if err != nil || len(cells) == 0 {
		return p, false, err
	}
	for _, cell := range cells {
		if cell.Arm == string(assign.Control) {
			p.Control = p.Control.Merge(cell.Joint)
		} else {
			p.Treated = p.Treated.Merge(cell.Joint)
		}
	}
	if p.Control.N < 2 || p.Treated.N < 2 {
		return p, false, nil
	}
	outcomes, err := e.store.Arms(ctx, w, now)
	if err != nil {
		return p, false, err
	}
	arms := withArms(outcomes.Arms, string(assign.Control), string(assign.Treated))
	late := Report{Campaign: c, Split: split, WindowDays: w.Last, Arms: arms}
	if plannedEnd(&late).After(now) {
		return p, false, nil
	}
	d := drawn{}
	var share float64
	if d.reconciled, share, err = e.reconcile(ctx, c, split); err != nil {
		return p, false, err
	}
	d.sizes(arms, []float64{share, 1 - share})
	return p, d.reconciled && d.ratioOK, nil
}
