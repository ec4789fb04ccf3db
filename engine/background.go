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
	pasts         []past               // of the campaigns
	last          *candidates          // whom the last plan looked up; nil: they are not to be relied on
	people        map[int64]store.Fact // looked up, and not erased
	known         map[int64]bool       // who was looked up
	passing       store.Passing
}

// past is what a campaign has done so far.
type past struct {
	standings map[int64]store.Standing
	waiting   map[int64]bool // for campaigns that take newcomers alone: the backlog
	began     bool           // the backlog is known
	spent     campaigns.Spent
	members   map[int64]store.Membership // of those who were looked up
}

func (e *Engine) newBackground(now time.Time, all []*campaigns.Campaign, last *candidates) *background {
	return &background{
		Engine: e, now: now, dayStart: features.DayOf(now, e.Zone).Start(e.Zone), look: newLook(), campaigns: all, pasts: make([]past, len(all)), last: last,
	}
}

// candidates returns what is to be remembered of a plan over a set that was carried out; nil: nothing.
func (b *background) candidates(set store.Set) *candidates {
	if !b.look.once() || len(b.known) > candidatesLimit {
		return nil
	}
	return &candidates{set, b.now, b.people, b.known}
}

// read reads what campaigns have done, and looks the customers up on whom a decision stands.
func (b *background) read(ctx context.Context) error {
	err := b.look.wait(ctx)
	if err == nil {
		b.people, b.known, err = b.unchanged(ctx, b.last, b.now)
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
	p := past{began: true, members: map[int64]store.Membership{}}
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
	ids = slices.DeleteFunc(ids, func(id int64) bool {
		known := b.known[id]
		b.known[id] = true
		return known
	})
	slices.Sort(ids)
	for part := range slices.Chunk(ids, factsPerQuery) {
		if err := b.store.Facts(ctx, part, b.now, b.people); err != nil {
			return err
		}
	}
	return nil
}

// join reads what customers did in a campaign.
func (b *background) join(ctx context.Context, campaign int, ids []int64) error {
	slices.Sort(ids)
	for part := range slices.Chunk(ids, factsPerQuery) {
		if err := b.store.Memberships(ctx, b.campaigns[campaign], part, b.now, b.pasts[campaign].members); err != nil {
			return err
		}
	}
	return nil
}

// contest makes candidates of an audience: it adds what the gates look at.
func (b *background) contest(campaign int, audience []match) campaigns.Contest {
	p := &b.pasts[campaign]
	candidates := make([]campaigns.Candidate, len(audience))
	for i := range audience {
		m, c := &audience[i], &candidates[i]
		known := b.people[m.customerID]
		c.CustomerID, c.Stake, c.Facts = m.customerID, m.stake(), known.In(p.members[m.customerID], &b.passing)
		c.Categories, c.PredictedCLV, c.Segment = m.categories, m.predictedCLV, m.segment
		c.Zone = b.zones.get(known.Timezone)
		c.Backlog = !p.began || p.waiting[m.customerID]
	}
	return campaigns.Contest{Campaign: b.campaigns[campaign], Candidates: candidates, Spent: p.spent}
}
