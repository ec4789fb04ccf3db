// Package pushdown writes a compiled rule as a parameterised SQL predicate, proven equal to evaluation.
package pushdown

import (
	"strings"
	"time"

	"treue/rules"
	"treue/rules/features"
)

// Env is what a translation must know of the moment and the shop.
type Env struct {
	Day        features.Day // of Now in Zone
	Now        time.Time    // events count as known at this moment
	Zone       *time.Location
	Categories []string                    // every category text of the shop
	Tags       []string                    // every tag of the shop
	Attributes map[int64]map[string]string // of products that have any, by product id
	Cuts       *features.Cuts              // of the snapshots' model
}

// Extent says how much of a rule a predicate covers.
type Extent string

// The extents.
const (
	Full    Extent = "full"
	Partial Extent = "partial"
	None    Extent = "none"
)

// Split is a rule in two parts: what the database decides, and what is left for memory.
type Split struct {
	Predicate string // true for exactly the rows on which all pushed terms hold; "true" if there are none
	Rest      []int  // the terms that stay in memory, as indexes of Rule.Terms
	Extent    Extent
}

// maxTerm bounds the SQL of one term in bytes: rounding and extremes write their operand several times.
const maxTerm = 16 << 10

// Rule translates what has an exact meaning in SQL.
func (b *Builder) Rule(r *rules.Rule) Split {
	var pushed []truth
	var split Split
	for i, term := range r.Terms() {
		if p, ok := b.term(term); ok {
			pushed = append(pushed, p)
		} else {
			split.Rest = append(split.Rest, i)
		}
	}
	split.Predicate, split.Extent = conjunction(pushed).sql, Partial
	switch {
	case len(split.Rest) == 0:
		split.Extent = Full
	case len(pushed) == 0:
		split.Extent = None
	}
	return split
}

// Term translates one term; ok is false if it has no exact meaning in SQL. On rows where the term does not hold the
// predicate is false or null.
func (b *Builder) Term(t rules.Term) (predicate string, ok bool) {
	p, ok := b.term(t)
	return p.sql, ok
}

// term leaves no trace of a term that it cannot translate.
func (b *Builder) term(t rules.Term) (truth, bool) {
	before := b.mark()
	translation := translator{b: b}
	p := translation.truth(t.Root)
	if translation.failed {
		b.rollback(before)
		return truth{}, false
	}
	return p, true
}

func conjunction(parts []truth) truth {
	if len(parts) == 0 {
		return truth{sql: "true"}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.within(bindsAnd)
	}
	return truth{sql: strings.Join(texts, " AND "), binds: bindsAnd, null: true}
}

// translator writes one term. It goes on after a failure, whose result nobody reads.
type translator struct {
	b      *Builder
	failed bool
}

// fail marks the term as one that stays in memory.
func (t *translator) fail() { t.failed = true }

// bounded fails for what grows beyond the bound of a term.
func (t *translator) bounded(sql string) string {
	if len(sql) > maxTerm {
		t.fail()
		return ""
	}
	return sql
}
