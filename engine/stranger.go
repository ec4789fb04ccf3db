package engine

import (
	"context"
	"slices"
	"time"

	"treue/engine/store"
	"treue/rules"
	"treue/rules/features"
)

// Stranger is a text in a rule that no customer has.
type Stranger struct {
	Field   string
	Text    string
	Nearest string // the text that may have been meant; "" if none comes near
}

// Strangers looks at the terms that hold for nobody: often one of their texts is mistyped.
func (e *Engine) Strangers(ctx context.Context, now time.Time, rule *rules.Rule, counted *store.Counted) ([]Stranger, error) {
	set, err := e.Snapshots(ctx, now)
	if err != nil {
		return nil, err
	}
	var found []Stranger
	for i, term := range rule.Terms() {
		if counted.Terms[i].Alone > 0 {
			continue
		}
		for column, texts := range textsAsked(term.Root) {
			words, err := e.store.Words(ctx, set, column)
			if err != nil {
				return nil, err
			}
			for _, text := range texts {
				if len(words) > 0 && !hasWord(column, words, text) {
					found = append(found, Stranger{column, text, Nearest(text, words)})
				}
			}
		}
	}
	return found, nil
}

// hasWord asks as rules ask: of a category also for those below it, of both lists without regard to case.
func hasWord(column string, words []string, text string) bool {
	folded, path := features.FoldCase(text), features.ParsePath(text)
	return slices.ContainsFunc(words, func(w string) bool {
		return w == text || column == "tags" && features.EqualFold(w, folded) || column == "categories" && path.Covers(w)
	})
}

// textsAsked returns the fixed texts with which a term compares stored texts, by column.
func textsAsked(root *rules.Node) map[string][]string {
	asked := make(map[string][]string)
	add := func(of *rules.Node, texts ...string) {
		if of.Op() == rules.OpField && of.Expansion() == nil {
			asked[of.Field().Column] = append(asked[of.Field().Column], texts...)
		}
	}
	root.Walk(func(n *rules.Node) {
		args := n.Args()
		switch n.Op() {
		case rules.OpCompare, rules.OpListHas:
			for i, arg := range args {
				if arg.Op() == rules.OpConstant && arg.Kind() == rules.KindText {
					add(args[1-i], arg.Text())
				}
			}
		case rules.OpOneOf:
			add(args[0], n.Texts()...)
		case rules.OpCall:
			if column := n.Reads(); column != "" && len(args) > 0 {
				asked[column] = append(asked[column], args[0].Text())
			}
		case rules.OpMeasure:
			if path := n.Measure().Category; path != nil {
				asked["categories"] = append(asked["categories"], path.String())
			}
		}
	})
	return asked
}
