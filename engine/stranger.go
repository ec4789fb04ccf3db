package engine

import (
	"context"
	"maps"
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

// Strangers looks at the terms that hold for nobody: often one of their texts is mistyped. They come by field, and within
// it as the rule has them, each once.
func (e *Engine) Strangers(ctx context.Context, now time.Time, rule *rules.Rule, counted *store.Counted) ([]Stranger, error) {
	set, err := e.Snapshots(ctx, now)
	if err != nil {
		return nil, err
	}
	asked := texts{}
	for i, term := range rule.Terms() {
		if counted.Terms[i].Alone == 0 {
			asked.of(term.Root)
		}
	}
	var found []Stranger
	for _, column := range slices.Sorted(maps.Keys(asked)) {
		words, err := e.store.Words(ctx, set, column)
		if err != nil {
			return nil, err
		}
		for _, text := range asked[column] {
			if len(words) > 0 && !hasWord(column, words, text) {
				found = append(found, Stranger{column, text, Nearest(text, words)})
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

// texts are fixed texts with which stored texts are compared, by column, each once.
type texts map[string][]string

func (asked texts) add(column string, all ...string) {
	for _, text := range all {
		if !slices.Contains(asked[column], text) {
			asked[column] = append(asked[column], text)
		}
	}
}

// of adds those of a term.
func (asked texts) of(root *rules.Node) {
	field := func(n *rules.Node, all ...string) {
		if n.Op() == rules.OpField && n.Expansion() == nil {
			asked.add(n.Field().Column, all...)
		}
	}
	root.Walk(func(n *rules.Node) {
		args := n.Args()
		switch n.Op() {
		case rules.OpCompare, rules.OpListHas:
			for i, arg := range args {
				if arg.Op() == rules.OpConstant && arg.Kind() == rules.KindText {
					field(args[1-i], arg.Text())
				}
			}
		case rules.OpOneOf:
			field(args[0], n.Texts()...)
		case rules.OpCall:
			if column := n.Reads(); column != "" && len(args) > 0 {
				asked.add(column, args[0].Text())
			}
		case rules.OpMeasure:
			if path := n.Measure().Category; path != nil {
				asked.add("categories", path.String())
			}
		}
	})
}
