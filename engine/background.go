package engine

import (
	"context"
	"slices"
	"time"

	"treue/campaigns"
	"treue/engine/store"
	"treue/rules/features"
)

// background is what the gates look at beside the snapshots: who customers are, and what campaigns did with them. Most
// candidates are those of the run before: these are looked up before the candidates are known, while snapshots are
// refreshed.
type background struct {
	*Engine
	now, dayStart time.Time
	look          *look
	campaigns     []*campaigns.Campaign
	pasts         []past      // of the campaigns
	last          *candidates // whom the last plan looked up; nil: they are not to be relied on
	candidates    *candidates
	passing       store.Passing
}

// past is what a campaign has done so far.
type past struct {
	standings map[int64]store.Standing
	waiting   map[int64]bool // for campaigns that take newcomers alone: the backlog
	began     bool           // the backlog is known
	spent     campaigns.Spent
	members   *members
}

func (e *Engine) newBackground(now time.Time, all []*campaigns.Campaign, last *candidates) *background {
	return &background{
		Engine: e, now: now, dayStart: features.DayOf(now, e.Zone).Start(e.Zone), look: newLook(), campaigns: all, pasts: make([]past, len(all)), last: last,
	}
}

// remembered returns what the next plan may know of a plan over a set that was carried out; nil: nothing.
func (b *background) remembered(set store.Set) *candidates {
	if !b.look.once() || b.candidates.count() > candidatesLimit {
		return nil
	}
	b.candidates.set, b.candidates.at = set, b.now
	return b.candidates
}

// read reads what campaigns have done, and looks the customers up on whom a decision stands.
func (b *background) read(ctx context.Context) error {
	err := b.look.wait(ctx)
	if err == nil {
		b.candidates, err = b.unchanged(ctx, b.last, b.now)
	}
	if err == nil {
		b.passing, err = b.store.Passing(ctx, b.now, b.dayStart)
	}
	if err != nil {
		return err
	}
	everybody := make([][]int64, len(b.campaigns))
	for i, c := range b.campaigns {
		var err error
		if b.pasts[i], err = b.past(ctx, c); err != nil {
			return err
		}
		for id := range b.pasts[i].standings {
			everybody[i] = append(everybody[i], id)
		}
		if err := b.join(ctx, i, everybody[i]); err != nil {
			return err
		}
	}
	return b.meet(ctx, slices.Concat(everybody...))
}

// past reads what is the same for all customers.
func (b *background) past(ctx context.Context, c *campaigns.Campaign) (past, error) {
	p := past{began: true, members: b.candidates.of(c)}
	var err error
	if c.Entry.NewOnly { // of all decisions that were ever made, for the one gate that asks
		p.waiting, p.began, err = b.store.MatchedFromStart(ctx, c.Key)
	}
	if err == nil {
		p.standings, err = b.store.Standings(ctx, c.Key)
	}
	if err == nil {
		p.spent, err = b.store.Spent(ctx, c.Key, periodStart(c, b.now), b.dayStart)
	}
	return p, err
}

// complete looks up the candidates who were not.
func (b *background) complete(ctx context.Context, matched [][]match) error {
	return together(ctx, func(ctx context.Context) error {
		var ids []int64
		for _, audience := range matched {
			ids = append(ids, customersOf(audience)...)
		}
		return b.meet(ctx, ids)
	}, func(ctx context.Context) error {
		for i, audience := range matched {
			newcomers := slices.DeleteFunc(customersOf(audience), func(id int64) bool {
				_, known := b.pasts[i].standings[id]
				return known
			})
			if err := b.join(ctx, i, newcomers); err != nil {
				return err
			}
		}
		return nil
	})
}

func customersOf(audience []match) []int64 {
	ids := make([]int64, len(audience))
	for i := range audience {
		ids[i] = audience[i].customerID
	}
	return ids
}

// factsPerQuery bounds the list of ids in one statement, which reads recent mail as a whole.
const factsPerQuery = 100_000

// meet reads what the gates look at whichever campaign asks, of customers who are not known yet: once for all campaigns.
func (b *background) meet(ctx context.Context, ids []int64) error {
	for part := range slices.Chunk(unknown(ids, b.candidates.known), factsPerQuery) {
		if err := b.store.Facts(ctx, part, b.now, b.candidates.people); err != nil {
			return err
		}
	}
	return nil
}

// join reads what customers did in a campaign, of whom that is not known yet.
func (b *background) join(ctx context.Context, campaign int, ids []int64) error {
	m := b.pasts[campaign].members
	for part := range slices.Chunk(unknown(ids, m.known), factsPerQuery) {
		if err := b.store.Memberships(ctx, b.campaigns[campaign], part, b.now, m.all); err != nil {
			return err
		}
	}
	return nil
}

// unknown returns the ids that are not known, ascending, and makes them known.
func unknown(ids []int64, known map[int64]bool) (news []int64) {
	for _, id := range ids {
		if !known[id] {
			known[id], news = true, append(news, id)
		}
	}
	slices.Sort(news)
	return news
}

// contest makes candidates of an audience: it adds what the gates look at.
func (b *background) contest(campaign int, audience []match) campaigns.Contest {
	p := &b.pasts[campaign]
	candidates := make([]campaigns.Candidate, len(audience))
	for i := range audience {
		m, c := &audience[i], &candidates[i]
		known := b.candidates.people[m.customerID]
		c.CustomerID, c.Stake, c.Facts = m.customerID, m.stake(), known.In(b.campaigns[campaign].Key, p.members.all[m.customerID], &b.passing)
		c.Categories, c.PredictedCLV, c.Segment = m.categories, m.predictedCLV, m.segment
		c.Zone = b.zones.get(known.Timezone)
		c.Backlog = !p.began || p.waiting[m.customerID]
	}
	return campaigns.Contest{Campaign: b.campaigns[campaign], Candidates: candidates, Spent: p.spent}
}
