package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"treue/rules"
	"treue/rules/features"
	"treue/rules/pushdown"
)

// Evaluator says where rules are evaluated. The answer is the same everywhere.
type Evaluator string

// The evaluators.
const (
	Auto   Evaluator = "auto"   // in the database as far as possible; in memory should that fail for its arithmetic
	Memory Evaluator = "memory" // in this process
	SQL    Evaluator = "sql"    // in the database as far as possible
)

// env returns what translating rules must know of the moment and the shop; only what one of the rules reads is filled.
func (r *reading) env(ctx context.Context, all []*rules.Rule) (env pushdown.Env, err error) {
	env = pushdown.Env{Day: features.DayOf(r.view.Now, r.view.Zone), Now: r.view.Now, Zone: r.view.Zone}
	var needs rules.Needs
	for _, rule := range all {
		needs = needs.Join(rule.Needs())
	}
	if slices.Contains(needs.Columns, "categories") || slices.Contains(needs.Events, features.LineEvents) {
		if env.Categories, err = r.dictionary(ctx, `SELECT category FROM category_names ORDER BY category COLLATE "C"`); err != nil {
			return env, err
		}
	}
	if slices.Contains(needs.Columns, "tags") {
		if env.Tags, err = r.dictionary(ctx, `SELECT tag FROM tag_names ORDER BY tag COLLATE "C"`); err != nil {
			return env, err
		}
	}
	if needs.Attributes {
		if env.Attributes, err = r.attributes(ctx); err != nil {
			return env, err
		}
	}
	if needs.Cuts {
		env.Cuts, err = r.cuts(ctx)
	}
	return env, err
}

// dictionary reads a column of texts.
func (r *reading) dictionary(ctx context.Context, sql string, args ...any) ([]string, error) {
	rows, err := r.tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// pushed returns the start of a statement with the rules' predicates, or nil if they are to stay in memory.
func (r *reading) pushed(ctx context.Context, all ...*rules.Rule) (*pushdown.Builder, error) {
	if r.view.Evaluator == Memory {
		return nil, nil //nolint:nilnil // no builder: nothing is pushed
	}
	env, err := r.env(ctx, all)
	if err != nil {
		return nil, err
	}
	return pushdown.New(env, r.set.table()), nil
}

// selected turns a statement into a selection of the set's rows on which the predicate holds.
func (r *reading) selected(b *pushdown.Builder, predicate string) selection {
	sel := selection{where: `s.set_id = ` + b.Arg(r.set.ID)}
	if predicate != "" {
		sel.where += ` AND (` + predicate + `)`
	}
	sel.from, sel.args = b.From(), b.Args()
	return sel
}

// evaluated runs do; if the database fails for its arithmetic, once more with everything in memory.
func (s *Store) evaluated(ctx context.Context, set Set, view View, timeout string, do func(*reading) error) error {
	err := s.read(ctx, set, view, timeout, do)
	if fault, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch {
		case view.Evaluator != Memory && view.Evaluator != SQL && arithmetic(fault.Code):
			view.Evaluator = Memory
			return s.read(ctx, set, view, timeout, do)
		case fault.Code == queryCanceled && timeout != unhurried && ctx.Err() == nil:
			return fmt.Errorf("the rule took longer than %s and was stopped: %w", timeout, err)
		}
	}
	return err
}

// The error codes of Postgres that are told apart here.
const (
	numericValueOutOfRange = "22003"
	divisionByZero         = "22012"
	queryCanceled          = "57014"
)

// arithmetic reports whether an error code is a number out of range or a division by zero: translations guard against
// both, and a guard that is missing must not stop a campaign.
func arithmetic(code string) bool {
	return code == numericValueOutOfRange || code == divisionByZero
}

// ShopID is a customer as the shop names them.
type ShopID struct{ Source, ExternalID string }

// IDs returns the customers whom the rule matches, sorted by source and id.
func (s *Store) IDs(ctx context.Context, set Set, view View, rule *rules.Rule) ([]ShopID, error) {
	var found []ShopID
	err := s.evaluated(ctx, set, view, hurried, func(r *reading) error {
		found = nil
		b, err := r.pushed(ctx, rule)
		if err != nil {
			return err
		}
		var sel selection
		var rest remainder
		if b == nil {
			rest = remainder{rule.Match}
			sel = r.whole(rule.Needs())
		} else {
			split := b.Rule(rule)
			rest, sel = restOf(rule, split.Rest), r.selected(b, split.Predicate)
			sel.needs = needsOf(rule, split.Rest)
		}
		sel.needs = sel.needs.Join(rules.Needs{Columns: []string{"source", "external_id"}})
		sel.unordered = true
		day := features.DayOf(view.Now, view.Zone)
		return r.scan(ctx, sel, func(snap *features.Snapshot, _ [][]byte) error {
			if rest.holds(snap, day) {
				found = append(found, ShopID{snap.Source, snap.ExternalID})
			}
			return nil
		})
	})
	slices.SortFunc(found, func(a, b ShopID) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.ExternalID, b.ExternalID))
	})
	return found, err
}

// remainder is what is left of a rule for memory.
type remainder []func(*features.Snapshot, features.Day) bool

func (r remainder) holds(s *features.Snapshot, at features.Day) bool {
	for _, holds := range r {
		if !holds(s, at) {
			return false
		}
	}
	return true
}

func restOf(rule *rules.Rule, left []int) remainder {
	terms := rule.Terms()
	rest := make(remainder, len(left))
	for i, n := range left {
		rest[i] = terms[n].Matcher()
	}
	return rest
}

// needsOf returns what the terms that are left read.
func needsOf(rule *rules.Rule, left []int) (needs rules.Needs) {
	terms := rule.Terms()
	for _, n := range left {
		needs = needs.Join(terms[n].Needs())
	}
	return needs
}
