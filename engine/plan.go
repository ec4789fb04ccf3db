package engine

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
	"golang.org/x/sync/errgroup"

	"treue/campaigns"
	"treue/engine/store"
	"treue/rules"
	"treue/rules/features"
)

// UnknownKeyError says that no campaign has the key.
type UnknownKeyError struct {
	Key     string
	Nearest string // "" if nothing comes near
}

func (e *UnknownKeyError) Error() string {
	text := fmt.Sprintf("there is no campaign %q", e.Key)
	if e.Nearest != "" {
		text += fmt.Sprintf(": did you mean %q?", e.Nearest)
	}
	return text
}

// Planned is a campaign's plan with what is due under it.
type Planned struct {
	*campaigns.Plan
	DueTreated, DueGhost int
	Held                 string // why the run was held; "": it was not

	people    map[int64]store.Fact // candidates of all campaigns that were planned together
	standings map[int64]store.Standing
}

// ToSend counts the customers who enter and will be written to.
func (p *Planned) ToSend() int { return p.Count(campaigns.OutcomeTreated) }

// Control counts the customers who enter and are held out.
func (p *Planned) Control() int { return p.Count(campaigns.OutcomeControl) }

// Plan decides what a run at now would do, and writes nothing. With keys it shows those campaigns, whatever their
// status; without, all active ones.
func (e *Engine) Plan(ctx context.Context, now time.Time, keys []string) ([]Planned, error) {
	wanted, rivals, err := e.choose(ctx, now, keys)
	if err != nil {
		return nil, err
	}
	back := e.newBackground(now, slices.Concat(wanted, rivals), nil)
	back.look.take()
	plans, err := back.decide(ctx, func(ctx context.Context) (store.Set, error) { return e.Snapshots(ctx, now) })
	if err != nil {
		return nil, err
	}
	plans = plans[:len(wanted)]
	for i := range plans {
		if err := e.countDue(ctx, &plans[i], now); err != nil {
			return nil, err
		}
		for _, c := range plans[i].Entering {
			a := campaigns.Admit(plans[i].Campaign, c, now)
			plans[i].addDue(&a, now)
		}
	}
	return plans, nil
}

// addDue counts the sends of an entry that are due at once.
func (p *Planned) addDue(a *campaigns.Admission, now time.Time) {
	for _, s := range a.Sends {
		switch {
		case s.DueAt.After(now):
		case a.Arm == string(campaigns.OutcomeControl):
			p.DueGhost++
		default:
			p.DueTreated++
		}
	}
}

func (e *Engine) countDue(ctx context.Context, p *Planned, now time.Time) (err error) {
	p.DueTreated, p.DueGhost, err = e.store.DueCount(ctx, p.Campaign.Key, now)
	return err
}

// choose returns the campaigns asked for and those that compete with them for customers: all active ones with a tick
// on the local day.
func (e *Engine) choose(ctx context.Context, now time.Time, keys []string) (wanted, rivals []*campaigns.Campaign, err error) {
	all, err := e.store.Campaigns(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, key := range keys {
		i := slices.IndexFunc(all, func(c *campaigns.Campaign) bool { return c.Key == key })
		if i < 0 {
			return nil, nil, unknownKey(key, all)
		}
		wanted = append(wanted, all[i])
	}
	for _, c := range all {
		switch {
		case slices.Contains(wanted, c) || c.Status != campaigns.Active:
		case len(keys) == 0:
			wanted = append(wanted, c)
		case c.TicksOn(now):
			rivals = append(rivals, c)
		}
	}
	return wanted, rivals, nil
}

func unknownKey(key string, all []*campaigns.Campaign) error {
	known := make([]string, len(all))
	for i, c := range all {
		known[i] = c.Key
	}
	return &UnknownKeyError{Key: key, Nearest: Nearest(key, known)}
}

// Nearest returns the known word that differs least from a mistyped one, or "" if none comes near.
func Nearest(word string, known []string) string {
	best, least := "", len(word)/2+1
	for _, k := range known {
		if d := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// decide finds the candidates of all campaigns in one pass over the snapshots, which may have to be refreshed before, and
// sends them through the gates. Meanwhile the background is read.
func (b *background) decide(ctx context.Context, snapshots func(context.Context) (store.Set, error)) ([]Planned, error) {
	var set store.Set
	var matched [][]match
	err := together(ctx, func(ctx context.Context) (err error) {
		if set, err = snapshots(ctx); err == nil {
			matched, err = b.match(ctx, b.now, set, b.campaigns)
		}
		return err
	}, b.read)
	if err == nil {
		err = b.complete(ctx, matched)
	}
	if err != nil {
		return nil, err
	}
	plans := make([]Planned, len(b.campaigns))
	contests := make([]campaigns.Contest, len(b.campaigns))
	for i := range b.campaigns {
		plans[i].people, plans[i].standings = b.candidates.people, b.pasts[i].standings
		contests[i] = b.contest(i, matched[i])
	}
	decided := campaigns.Decide(contests, b.now, b.settings(int(set.Mailable)))
	for i := range plans {
		plans[i].Plan = &decided[i]
	}
	return plans, nil
}

// together runs both at the same time and returns the first error, which ends the other one's context.
func together(ctx context.Context, one, other func(context.Context) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return one(ctx) })
	g.Go(func() error { return other(ctx) })
	return g.Wait()
}

// match is a customer in an audience, with what gates look at of the snapshot.
type match struct {
	customerID   int64
	predictedCLV float64 // NaN: unknown
	segment      string
	categories   []string
}

// match returns who is in each campaign's audience.
func (e *Engine) match(ctx context.Context, now time.Time, set store.Set, all []*campaigns.Campaign) ([][]match, error) {
	matched := make([][]match, len(all))
	audiences := make([]*rules.Rule, len(all))
	for i, c := range all {
		audiences[i] = c.AudienceRule()
	}
	view := e.view(now)
	view.Needs = rules.Needs{Columns: []string{"clv_predicted", "categories", "segment"}} // what a match holds
	err := e.store.Match(ctx, set, view, audiences, func(s *features.Snapshot, holding store.Mask) error {
		m := match{s.CustomerID, s.CLVPredicted, s.Segment, slices.Clone(s.Categories)}
		for i := range all {
			if holding.Has(i) {
				matched[i] = append(matched[i], m)
			}
		}
		return nil
	})
	return matched, err
}

// stake is what is lost with the customer.
func (m *match) stake() float64 {
	if math.IsNaN(m.predictedCLV) {
		return 0
	}
	return m.predictedCLV
}

// periodStart is when the budget's current period began; the zero time if there is no budget.
func periodStart(c *campaigns.Campaign, now time.Time) time.Time {
	if c.Budget.Mails == 0 && c.Budget.Money == 0 {
		return time.Time{}
	}
	y, m, d := now.In(c.Zone).Date()
	switch c.Budget.Per {
	case "week":
		d -= (int(now.In(c.Zone).Weekday()) + 6) % 7 // weeks begin on Monday
	case "month":
		d = 1
	}
	return time.Date(y, m, d, 0, 0, 0, 0, c.Zone)
}
