package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"treue/campaigns"
	"treue/engine/store"
)

// RunOptions say how far a run goes.
type RunOptions struct {
	Keys       []string // empty: all campaigns with a tick that is due
	NoDispatch bool
	Confirm    bool // plan although the run would be held, and try again what a fault of ours has paused
}

// Ran says what a run did.
type Ran struct {
	Plans []Planned
	Sends map[campaigns.State]int // the sends it touched, by their state at its end
}

// ErrHeld says that a run was held: nothing was planned.
var ErrHeld = errors.New("the run is held")

// Run is one cycle at now: refresh if stale, plan, dispatch what is due. A held campaign plans nothing; what is due
// of it and of the others still goes.
func (e *Engine) Run(ctx context.Context, now time.Time, o RunOptions) (Ran, error) {
	ran := Ran{Sends: map[campaigns.State]int{}}
	var err error
	if len(o.Keys) > 0 {
		ran.Plans, err = e.planKeys(ctx, now, o)
	} else {
		ran.Plans, err = e.planTicks(ctx, now, o)
	}
	if err != nil {
		return ran, err
	}
	if !o.NoDispatch {
		if o.Confirm {
			if err := e.store.Resume(ctx); err != nil {
				return ran, err
			}
		}
		if ran.Sends, err = e.Dispatch(ctx, now, o.Keys); err != nil {
			return ran, err
		}
	}
	return ran, held(ran.Plans)
}

func held(plans []Planned) error {
	var errs []error
	for i := range plans {
		if plans[i].Held != "" {
			errs = append(errs, fmt.Errorf("%s: %w: %s", plans[i].Campaign.Key, ErrHeld, plans[i].Held))
		}
	}
	return errors.Join(errs...)
}

// planner is the lease that makes planners work one after the other.
const planner = "planner"

// planKeys plans campaigns that somebody asked for.
func (e *Engine) planKeys(ctx context.Context, now time.Time, o RunOptions) (plans []Planned, err error) {
	err = e.holding(ctx, planner, func(ctx context.Context, l store.Lease) (err error) {
		plans, err = e.planAndCommit(ctx, l, now, o)
		return err
	})
	return plans, err
}

// planTicks plans the campaigns with a tick that is due. Ticks are taken only once the right to plan is: a planner
// that had to give up has taken none.
func (e *Engine) planTicks(ctx context.Context, now time.Time, o RunOptions) (plans []Planned, err error) {
	due, err := e.dueTicks(ctx, now)
	if err != nil || len(due) == 0 {
		return nil, err
	}
	err = e.holding(ctx, planner, func(ctx context.Context, l store.Lease) error {
		ticks, err := e.takeTicks(ctx, now)
		if err != nil || len(ticks) == 0 {
			return err
		}
		for _, t := range ticks {
			o.Keys = append(o.Keys, t.Campaign.Key)
		}
		if plans, err = e.planAndCommit(ctx, l, now, o); err != nil {
			return err // the ticks stay open: the next cycle takes them up again
		}
		return e.finishTicks(context.WithoutCancel(ctx), now, ticks)
	})
	return plans, err
}

// planAndCommit plans and writes what it decided.
func (e *Engine) planAndCommit(ctx context.Context, l store.Lease, now time.Time, o RunOptions) ([]Planned, error) {
	wanted, rivals, err := e.choose(ctx, now, o.Keys)
	if err != nil {
		return nil, err
	}
	for _, c := range wanted {
		if c.Status != campaigns.Active {
			return nil, fmt.Errorf("campaign %s is %s: `treue campaigns activate %s` starts it", c.Key, c.Status, c.Key)
		}
	}
	var plans []Planned
	var set store.Set
	g, working := errgroup.WithContext(ctx)
	back := e.newBackground(now, slices.Concat(wanted, rivals), e.candidates.take())
	fresh := func(ctx context.Context) (_ store.Set, err error) {
		var learned *learning
		if set, learned, err = e.fresh(ctx, now, back.look); err == nil && learned != nil {
			g.Go(func() error { return learned.finish(working, set) })
		}
		return set, err
	}
	g.Go(func() (err error) {
		if plans, err = back.decide(working, fresh); err != nil {
			return err
		}
		plans = plans[:len(wanted)]
		return e.commitAll(working, l, plans, now, o.Confirm)
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	e.candidates.keep(back.remembered(set))
	return plans, nil
}

// commitAll writes the plans, two at a time: while the database writes one, the other is put into words.
func (e *Engine) commitAll(ctx context.Context, l store.Lease, plans []Planned, now time.Time, confirm bool) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(2)
	for i := range plans {
		g.Go(func() error {
			if err := e.commit(ctx, l, &plans[i], now, confirm); err != nil {
				return err
			}
			return e.countDue(ctx, &plans[i], now)
		})
	}
	return g.Wait()
}

// batchSize is how many decisions become true in one transaction.
const batchSize = 1000

// commit writes a plan in batches. What a killed run has written stays: the next run finds those customers entered.
func (e *Engine) commit(ctx context.Context, l store.Lease, p *Planned, now time.Time, confirm bool) error {
	if !confirm {
		why, err := e.suspicion(ctx, p, now)
		if err != nil {
			return err
		}
		p.Held = why
	}
	run, err := e.store.BeginRun(ctx, p.Campaign, now)
	if err != nil {
		return err
	}
	run.State, run.Reason = "finished", p.Held
	run.Matched, run.Control, run.ToSend, run.Decisions = int64(p.Matched), int64(p.Control()), int64(p.ToSend()), p.Stopped()
	if p.Held != "" {
		run.State = "held"
		return e.store.FinishRun(ctx, run, now)
	}
	if err := e.commitBatches(ctx, l, p, run.No, now); err != nil {
		return err
	}
	return e.store.FinishRun(ctx, run, now)
}

func (e *Engine) commitBatches(ctx context.Context, l store.Lease, p *Planned, runNo int, now time.Time) error {
	entering := make(map[int64]*campaigns.Candidate, len(p.Entering))
	for _, c := range p.Entering {
		entering[c.CustomerID] = c
	}
	for news := range slices.Chunk(p.news(), batchSize) {
		b := store.Batch{Campaign: p.Campaign, RunNo: runNo, Now: now, Decisions: news}
		for _, d := range news {
			if c := entering[d.CustomerID]; c != nil {
				b.Admissions = append(b.Admissions, e.admission(p, c, now))
			}
		}
		e.groupMails(ctx, p, b.Admissions, now)
		if err := e.store.CommitBatch(ctx, l, b); err != nil {
			return err
		}
	}
	return nil
}

// groupMails sets by which rate the mails of the admissions leave. It comes before the transaction: the DNS may take
// its time.
func (e *Engine) groupMails(ctx context.Context, p *Planned, admissions []store.Admission, now time.Time) {
	domains := make([]string, len(admissions))
	for i := range admissions {
		domains[i] = domainOf(p.people[admissions[i].CustomerID].Email)
	}
	unique := slices.Compact(slices.Sorted(slices.Values(domains)))
	groups := e.groups.find(ctx, unique, now)
	for i := range admissions {
		admissions[i].Provider = groups[domains[i]]
	}
}

// news returns the decisions that differ from those that stand, ordered by customer: only they are written. Who no
// longer matches has left.
func (p *Planned) news() []campaigns.Decision {
	var news []campaigns.Decision
	decided := make(map[int64]bool, len(p.Decisions))
	for _, d := range p.Decisions {
		decided[d.CustomerID] = true
		stands, known := p.standings[d.CustomerID]
		enters := d.Outcome == campaigns.OutcomeTreated || d.Outcome == campaigns.OutcomeControl
		if !known || enters || stands.Outcome != d.Outcome || stands.Detail != d.Detail {
			news = append(news, d)
		}
	}
	for id := range p.standings {
		if !decided[id] {
			news = append(news, campaigns.Decision{CustomerID: id, Outcome: campaigns.OutcomeLeft})
		}
	}
	slices.SortFunc(news, func(a, b campaigns.Decision) int { return cmp.Compare(a.CustomerID, b.CustomerID) })
	return news
}

// admission turns a candidate into an entry with everything that is stored of it.
func (e *Engine) admission(p *Planned, c *campaigns.Candidate, now time.Time) store.Admission {
	a := store.Admission{
		Admission: campaigns.Admit(p.Campaign, c, now), Evidence: evidence(p.Campaign, c),
	}
	for i, s := range a.Sends {
		a.MessageIDs = append(a.MessageIDs, e.keys.MessageID(c.CustomerID, p.Campaign.Key, a.No, s.StepKey, e.domain()))
		code := ""
		if offer := p.Campaign.Steps[i].Offer; offer != nil && offer.Unique && a.Arm != string(campaigns.OutcomeControl) {
			code = e.keys.CouponCode(c.CustomerID, p.Campaign.Key, a.No, s.StepKey)
		}
		a.Coupons = append(a.Coupons, code)
	}
	return a
}

// evidence is when the ground was laid on which the mail is sent: consent given, or notice of the right to object.
func evidence(c *campaigns.Campaign, candidate *campaigns.Candidate) string {
	at := candidate.Consent.GrantedAt
	if c.LegalBasis == campaigns.ExistingCustomer {
		at = candidate.NoticeAt
	}
	if at == nil {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

// A run is suspicious when it would send far more than usual, or when the orders are old: a broken feed makes every
// good customer look lapsed.
const (
	usualTimes = 3
	usualLeast = 200
	usualRuns  = 10
)

// suspicion says why a plan should not be carried out without a person, or "".
func (e *Engine) suspicion(ctx context.Context, p *Planned, now time.Time) (string, error) {
	_, newest, err := e.store.NewestImport(ctx, "orders")
	if err != nil {
		return "", err
	}
	if newest != nil && e.MaxDataAge > 0 && now.Sub(*newest) > e.MaxDataAge {
		return fmt.Sprintf("the newest orders were imported at %s, more than %v ago: import orders, or confirm the run",
			newest.In(e.Zone).Format("2006-01-02 15:04"), e.MaxDataAge), nil
	}
	sizes, err := e.store.UsualSizes(ctx, p.Campaign.Key, usualRuns)
	if err != nil || len(sizes) == 0 || p.ToSend() <= usualLeast {
		return "", err
	}
	if usual := median(sizes); float64(p.ToSend()) > usualTimes*usual {
		return fmt.Sprintf("it would send %d mails, half of the last runs sent at most %g: look at the plan, then confirm the run", p.ToSend(), usual), nil
	}
	return "", nil
}

// median sorts the sizes, of which there is one at least.
func median(sizes []int64) float64 {
	slices.Sort(sizes)
	n := len(sizes)
	return float64(sizes[(n-1)/2]+sizes[n/2]) / 2
}
