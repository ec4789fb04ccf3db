package engine

import (
	"context"
	"fmt"
	"time"

	"treue/rules"
	"treue/rules/features"
)

// Verdict says whether a rule holds for a customer on the day of now, term by term. ErrObjected.
func (e *Engine) Verdict(ctx context.Context, now time.Time, rule *rules.Rule, customerID int64) (rules.Verdict, error) {
	if err := e.profiled(ctx, customerID); err != nil {
		return rules.Verdict{}, err
	}
	set, err := e.Snapshots(ctx, now)
	if err != nil {
		return rules.Verdict{}, err
	}
	s, err := e.store.SnapshotOf(ctx, set, e.viewFor(now, rule), customerID)
	if err != nil {
		return rules.Verdict{}, fmt.Errorf("read the customer's snapshot: %w", err)
	}
	return rule.Verdict(&s, features.DayOf(now, e.Zone)), nil
}
