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
	set, err := e.Snapshots(ctx, now)
	if err != nil {
		return nil, err
	}
	plans, err := e.decide(ctx, now, set, wanted, rivals)
	if err != nil {
		return nil, err
	}
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

// decide finds the candidates of all campaigns in one pass over the snapshots and sends them through the gates. Two
// questions are asked of the database at a time: the first pass needs nothing of what campaigns have done so far, and what
// customers are is another question than what they did.
func (e *Engine) decide(ctx context.Context, now time.Time, set store.Set, wanted, rivals []*campaigns.Campaign) ([]Planned, error) {
	all := slices.Concat(wanted, rivals)
	dayStart := features.DayOf(now, e.Zone).Start(e.Zone)
	pasts := make([]past, len(all))
	var matched [][]campaigns.Candidate
	err := together(ctx, func(ctx context.Context) (err error) {
		matched, err = e.match(ctx, now, set, all)
		return err
	}, func(ctx context.Context) (err error) {
		for i, c := range all {
			if pasts[i], err = e.past(ctx, now, dayStart, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var people map[int64]store.Fact
	err = together(ctx, func(ctx context.Context) (err error) {
		people, err = e.people(ctx, now, dayStart, matched)
		return err
	}, func(ctx context.Context) (err error) {
		for i, c := range all {
			if pasts[i].members, err = e.members(ctx, now, c, matched[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	plans := make([]Planned, len(all))
	contests := make([]campaigns.Contest, len(all))
	for i, c := range all {
		plans[i].people, plans[i].standings = people, pasts[i].standings
		contests[i] = e.contest(c, matched[i], &pasts[i], people)
	}
	decided := campaigns.Decide(contests, now, e.settings(int(set.Mailable)))
	for i := range plans {
		plans[i].Plan = &decided[i]
	}
	return plans[:len(wanted)], nil
}

// together runs both at the same time and returns the first error, which ends the other one's context.
func together(ctx context.Context, one, other func(context.Context) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return one(ctx) })
	g.Go(func() error { return other(ctx) })
	return g.Wait()
}

// match returns each campaign's candidates.
func (e *Engine) match(ctx context.Context, now time.Time, set store.Set, all []*campaigns.Campaign) ([][]campaigns.Candidate, error) {
	matched := make([][]campaigns.Candidate, len(all))
	audiences := make([]*rules.Rule, len(all))
	for i, c := range all {
		audiences[i] = c.AudienceRule()
	}
	view := e.view(now)
	view.Needs = rules.Needs{Columns: []string{"clv_predicted", "categories", "segment"}} // what candidate reads
	err := e.store.Match(ctx, set, view, audiences, func(s *features.Snapshot, holding store.Mask) error {
		c := candidate(s)
		for i := range all {
			if holding.Has(i) {
				matched[i] = append(matched[i], c)
			}
		}
		return nil
	})
	return matched, err
}

func candidate(s *features.Snapshot) campaigns.Candidate {
	c := campaigns.Candidate{CustomerID: s.CustomerID, Stake: s.CLVPredicted}
	if math.IsNaN(c.Stake) {
		c.Stake = 0
	}
	c.Categories, c.PredictedCLV, c.Segment = slices.Clone(s.Categories), s.CLVPredicted, s.Segment
	return c
}

// factsPerQuery bounds the list of ids in one statement, which reads recent mail as a whole.
const factsPerQuery = 100_000

// people reads what the gates look at whichever campaign asks: once for all of them.
func (e *Engine) people(ctx context.Context, now, dayStart time.Time, matched [][]campaigns.Candidate) (map[int64]store.Fact, error) {
	var ids []int64
	for _, candidates := range matched {
		ids = append(ids, candidateIDs(candidates)...)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	people := make(map[int64]store.Fact, len(ids))
	for part := range slices.Chunk(ids, factsPerQuery) {
		if err := e.store.Facts(ctx, part, now, dayStart, people); err != nil {
			return nil, err
		}
	}
	return people, nil
}

func candidateIDs(candidates []campaigns.Candidate) []int64 {
	ids := make([]int64, len(candidates))
	for i := range candidates {
		ids[i] = candidates[i].CustomerID
	}
	return ids
}

// past is what a campaign has done so far.
type past struct {
	standings map[int64]store.Standing
	waiting   map[int64]bool // for campaigns that take newcomers alone: the backlog
	began     bool           // the backlog is known
	spent     campaigns.Spent
	members   map[int64]store.Membership // of the candidates
}

// past reads it, but for the members.
func (e *Engine) past(ctx context.Context, now, dayStart time.Time, c *campaigns.Campaign) (past, error) {
	p := past{began: true}
	var err error
	if c.Entry.NewOnly { // of all decisions that were ever made, for the one gate that asks
		p.waiting, p.began, err = e.store.MatchedFromStart(ctx, c.Key)
	}
	if err == nil {
		p.standings, err = e.store.Standings(ctx, c.Key)
	}
	if err == nil {
		p.spent, err = e.store.Spent(ctx, c.Key, periodStart(c, now), dayStart)
	}
	return p, err
}

// members reads what the candidates did in the campaign.
func (e *Engine) members(ctx context.Context, now time.Time, c *campaigns.Campaign, matched []campaigns.Candidate) (map[int64]store.Membership, error) {
	members := make(map[int64]store.Membership, len(matched))
	for part := range slices.Chunk(matched, factsPerQuery) {
		if err := e.store.Memberships(ctx, c, candidateIDs(part), now, members); err != nil {
			return nil, err
		}
	}
	return members, nil
}

// contest adds to the candidates what the gates look at.
func (e *Engine) contest(c *campaigns.Campaign, matched []campaigns.Candidate, p *past, people map[int64]store.Fact) campaigns.Contest {
	for i := range matched {
		id, snapshot := matched[i].CustomerID, matched[i].Facts
		known := people[id]
		facts := known.In(p.members[id])
		facts.Categories, facts.PredictedCLV, facts.Segment = snapshot.Categories, snapshot.PredictedCLV, snapshot.Segment
		facts.Zone = e.zones.get(known.Timezone)
		facts.Backlog = !p.began || p.waiting[id]
		matched[i].Facts = facts
	}
	return campaigns.Contest{Campaign: c, Candidates: matched, Spent: p.spent}
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
