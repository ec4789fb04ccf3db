package engine

import (
	"context"
	"slices"
	"time"

	"treue/engine/store"
	"treue/rules"
)

// view is how rules look at the snapshots at now.
func (e *Engine) view(now time.Time) store.View { return store.View{Now: now, Zone: e.Zone} }

// viewFor is a view of what evaluating a rule reads.
func (e *Engine) viewFor(now time.Time, rule *rules.Rule) store.View {
	v := e.view(now)
	v.Needs = rule.Needs()
	return v
}

// Count counts whom a rule matches on the day of now, term by term; in detail also in sequence.
func (e *Engine) Count(ctx context.Context, now time.Time, rule *rules.Rule, by store.Evaluator, detailed bool) (store.Counted, error) {
	set, err := e.Snapshots(ctx, now)
	if err != nil {
		return store.Counted{}, err
	}
	v := e.view(now)
	v.Evaluator, v.Detailed = by, detailed
	return e.store.Count(ctx, set, v, rule)
}

// IDs returns the shop's own ids of whom a rule matches on the day of now, bytewise sorted; with their source where
// there is more than one.
func (e *Engine) IDs(ctx context.Context, now time.Time, rule *rules.Rule, by store.Evaluator) ([]string, error) {
	set, err := e.Snapshots(ctx, now)
	if err != nil {
		return nil, err
	}
	v := e.view(now)
	v.Evaluator = by
	found, err := e.store.IDs(ctx, set, v, rule)
	return idsOf(found), err
}

func idsOf(found []store.ShopID) []string {
	several := slices.ContainsFunc(found, func(m store.ShopID) bool { return m.Source != found[0].Source })
	ids := make([]string, len(found))
	for i, m := range found {
		ids[i] = m.ExternalID
		if several {
			ids[i] = m.Source + ":" + m.ExternalID
		}
	}
	slices.Sort(ids)
	return ids
}

// Pepper keys the hashes of addresses.
func (e *Engine) Pepper() []byte { return e.keys.Pepper }
