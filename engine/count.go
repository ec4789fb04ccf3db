package engine

import (
	"context"
	"slices"
	"time"

	"treue/rules"
	"treue/rules/features"
)

// Counted is whom a rule matches.
type Counted struct {
	Total   int64 // customers not erased
	Matched int64
	Terms   []TermCount
	matches []shopID
}

// TermCount is how many customers one term keeps, alone.
type TermCount struct {
	Expr    string
	Matched int64
}

type shopID struct{ source, id string }

// IDs returns the shop's own ids of the matches, bytewise sorted; with their source where there is more than one.
func (c *Counted) IDs() []string {
	several := false
	for _, m := range c.matches {
		several = several || m.source != c.matches[0].source
	}
	ids := make([]string, len(c.matches))
	for i, m := range c.matches {
		ids[i] = m.id
		if several {
			ids[i] = m.source + ":" + m.id
		}
	}
	slices.Sort(ids)
	return ids
}

// Count evaluates a rule over all snapshots of the day of now.
func (e *Engine) Count(ctx context.Context, now time.Time, rule *rules.Rule) (*Counted, error) {
	set, err := e.Snapshots(ctx, now)
	if err != nil {
		return nil, err
	}
	counted := &Counted{}
	terms := rule.Terms()
	alone := make([]*rules.Rule, len(terms))
	for i, t := range terms {
		counted.Terms = append(counted.Terms, TermCount{Expr: t.Expr})
		if alone[i], err = rules.Compile(t.Expr); err != nil {
			return nil, err
		}
	}
	day := features.DayOf(now, e.Zone)
	err = e.store.EachSnapshot(ctx, set, func(s *features.Snapshot) error {
		counted.Total++
		for i := range alone {
			if alone[i].Match(s, day) {
				counted.Terms[i].Matched++
			}
		}
		if rule.Match(s, day) {
			counted.Matched++
			counted.matches = append(counted.matches, shopID{s.Source, s.ExternalID})
		}
		return nil
	})
	return counted, err
}

// Pepper keys the hashes of addresses.
func (e *Engine) Pepper() []byte { return e.keys.Pepper }
