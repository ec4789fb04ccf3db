package store

import (
	"cmp"
	"context"
	"time"

	"treue/campaigns"
	"treue/rules/features"
)

// Calendar returns what tells the day of a moment in a zone.
func Calendar(zone *time.Location) func(time.Time) features.Day {
	c := calendar{zone: zone}
	return func(at time.Time) features.Day { return c.day(instantMicros(at.UnixMicro())) }
}

// Rows returns one value of every type that GORM maps to a table.
func Rows() []any { return []any{&campaignRow{}, &versionRow{}, &splitRow{}} }

// BeginTogether begins attempts that come at the same time.
func (g *Ledger) BeginTogether(ctx context.Context, claims []Claim, check func(*campaigns.Due) campaigns.Check) ([]campaigns.State, []error) {
	var page []*note[*beginning]
	for _, c := range claims {
		page = append(page, g.begun.note(ctx, &beginning{Claim: c, check: check}))
	}
	for now, later := g.begun.page(page); len(now) > 0; now, later = g.begun.page(later) {
		g.begun.turn(ctx, now)
	}
	states, errs := make([]campaigns.State, len(page)), make([]error, len(page))
	for i, n := range page {
		errs[i] = cmp.Or(<-n.done, n.entry.err)
		states[i] = n.entry.state
	}
	return states, errs
}

// SettleTogether writes outcomes that come at the same time: those given, and the last of them for the other sends, too.
func (g *Ledger) SettleTogether(ctx context.Context, keys []SendKey, outcomes ...Settled) []error {
	var page []*note[*ending]
	for i, k := range keys {
		page = append(page, g.ended.note(ctx, &ending{SendKey: k, Settled: outcomes[min(i, len(outcomes)-1)], err: new(error)}))
	}
	g.ended.turn(ctx, page)
	errs := make([]error, len(page))
	for i, n := range page {
		errs[i] = cmp.Or(<-n.done, *n.entry.err)
	}
	return errs
}

// Forget lets go of the purchases that the lessons hold, as if they were too many.
func (l *Lessons) Forget() { l.held = &heldBuyers{over: true} }
