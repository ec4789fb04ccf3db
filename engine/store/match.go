package store

import (
	"context"
	"errors"

	"treue/rules"
	"treue/rules/features"
)

// Match calls visit for every customer of the set whom at least one of the rules matches, in order of customer id, with
// the numbers of these rules: all audiences in one scan. The snapshot holds what the view needs. Snapshot and mask are
// reused between calls.
func (s *Store) Match(ctx context.Context, set Set, view View, all []*rules.Rule, visit func(*features.Snapshot, Mask) error) error {
	if len(all) == 0 {
		return nil
	}
	last := int64(-1) // whoever was visited is not visited again, should the rest be evaluated in memory
	err := s.evaluated(ctx, set, view, unhurried, func(r *reading) error {
		m, sel, err := r.matcher(ctx, all)
		if err != nil {
			return err
		}
		sel.needs = sel.needs.Join(view.Needs)
		return r.scan(ctx, sel, func(snap *features.Snapshot, masks [][]byte) error {
			if snap.CustomerID <= last || !m.matches(snap, masks) {
				return nil
			}
			if err := visit(snap, m.mask); err != nil {
				return visitError{err}
			}
			last = snap.CustomerID
			return nil
		})
	})
	if failed, ok := errors.AsType[visitError](err); ok {
		return failed.error
	}
	return err
}

// visitError is the visitor's own failure. It does not unwrap: whatever went wrong there, the statement did not fail.
type visitError struct{ error }

// matcher decides which rules hold for a row.
type matcher struct {
	mask Mask
	rest []remainder  // what is left of each rule for memory
	day  features.Day // of evaluation
}

func (r *reading) matcher(ctx context.Context, all []*rules.Rule) (*matcher, selection, error) {
	m := &matcher{mask: newMask(len(all)), rest: make([]remainder, len(all)), day: features.DayOf(r.view.Now, r.view.Zone)}
	b, err := r.pushed(ctx, all...)
	if err != nil {
		return nil, selection{}, err
	}
	if b == nil {
		sel := r.whole(rules.Needs{})
		for i, rule := range all {
			m.rest[i] = remainder{rule.Match}
			sel.needs = sel.needs.Join(rule.Needs())
		}
		return m, sel, nil
	}
	var needs rules.Needs
	predicates := make([]string, len(all))
	for i, rule := range all {
		split := b.Rule(rule)
		predicates[i] = split.Predicate
		m.rest[i] = restOf(rule, split.Rest)
		needs = needs.Join(needsOf(rule, split.Rest))
	}
	sel := r.selected(b, "")
	sel.masks, sel.kept, sel.needs = maskSQL(predicates), true, needs
	return m, sel, nil
}

// matches leaves in the mask the rules that hold, and reports whether there are any.
func (m *matcher) matches(s *features.Snapshot, masks [][]byte) bool {
	if len(masks) == 0 {
		for i := range m.rest {
			m.mask.set(i)
		}
	}
	m.mask.read(masks)
	for i, rest := range m.rest {
		if len(rest) > 0 && m.mask.Has(i) && !rest.holds(s, m.day) {
			m.mask.clear(i)
		}
	}
	return !m.mask.empty()
}
