package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"treue/engine"
	"treue/engine/store"
	"treue/rules"
)

// warningDoc is advice on a valid rule.
type warningDoc struct {
	Term    string `json:"term"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// readingDoc is a rule in words. Programs get both languages and choose.
type readingDoc struct {
	German  string `json:"de"`
	English string `json:"en"`
}

func (d readingDoc) in(language string) string {
	if strings.HasPrefix(language, "de") {
		return d.German
	}
	return d.English
}

// ruleDoc explains a rule by whom it keeps.
type ruleDoc struct {
	Matched  int64         `json:"matched"`
	Total    int64         `json:"total"`
	Pushdown string        `json:"pushdown"`
	Reading  readingDoc    `json:"reading"`
	Terms    []ruleTermDoc `json:"terms"`
	Warnings []warningDoc  `json:"warnings,omitempty"`
}

type ruleTermDoc struct {
	Expr       string     `json:"expr"`
	Reading    readingDoc `json:"reading"`
	Matched    int64      `json:"matched"` // alone
	InSequence int64      `json:"in_sequence"`
	Unknown    int64      `json:"unknown"`
}

// ruleVerdictDoc explains a rule by one customer.
type ruleVerdictDoc struct {
	Customer string           `json:"customer"`
	Matched  bool             `json:"matched"`
	Terms    []termVerdictDoc `json:"terms"`
}

type termVerdictDoc struct {
	Expr    string          `json:"expr"`
	Matched bool            `json:"matched"`
	Values  []fieldValueDoc `json:"values"`
}

type fieldValueDoc struct {
	Name  string  `json:"name"`
	Value *string `json:"value"` // null where it is not known
	Known bool    `json:"known"`
}

func (a *app) rulesExplainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "explain EXPR", Short: "Say in words what a rule means, and whom each of its terms keeps; or why one customer matches", Args: oneRule,
	}
	a.asOfFlag(cmd)
	customer := cmd.Flags().String("customer", "", "explain the rule by this customer, by the shop's id")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		source, err := a.ruleText(args[0])
		if err != nil {
			return err
		}
		rule, err := a.compile(cmd.Context(), source)
		switch {
		case err != nil:
			return err
		case *customer != "":
			return a.explainCustomer(cmd.Context(), rule, *customer)
		}
		return a.explainRule(cmd.Context(), rule)
	}
	return cmd
}

// explainRule counts as rules count does, so that the two never differ.
func (a *app) explainRule(ctx context.Context, rule *rules.Rule) error {
	e, now, err := a.startAt(ctx)
	if err != nil {
		return err
	}
	counted, err := e.Count(ctx, now, rule, store.Auto, true)
	if err != nil {
		return err
	}
	doc := ruleDoc{
		Matched: counted.Matched, Total: counted.Total, Pushdown: string(counted.Extent),
		Reading: readingDoc{rule.Reading("de"), rule.Reading("en")}, Terms: []ruleTermDoc{}, Warnings: warningDocs(rule),
	}
	for i, t := range counted.Terms {
		doc.Terms = append(doc.Terms, ruleTermDoc{
			t.Expr, readingDoc{rule.TermReading(i, "de"), rule.TermReading(i, "en")}, t.Alone, t.InSequence, t.Unknown,
		})
	}
	a.show(doc, func(w io.Writer) { doc.print(w, a.config.text("language")) })
	return nil
}

func (d *ruleDoc) print(w io.Writer, language string) {
	fmt.Fprintf(w, "%s of %s customers: %s\n\n", grouped(d.Matched), grouped(d.Total), d.Reading.in(language))
	var rows []table.Row
	for _, t := range d.Terms {
		rows = append(rows, table.Row{t.Expr, t.Reading.in(language), grouped(t.Matched), grouped(t.InSequence), grouped(t.Unknown)})
	}
	grid(w, table.Row{"term", "reads", "alone", "with those above", "unknown"}, rows)
	printWarnings(w, d.Warnings)
}

// explainCustomer evaluates the rule in memory, where every term has its values.
func (a *app) explainCustomer(ctx context.Context, rule *rules.Rule, id string) error {
	e, now, err := a.startAt(ctx)
	if err != nil {
		return err
	}
	who, err := a.customer(ctx, id)
	if err != nil {
		return err
	}
	verdict, err := e.Verdict(ctx, now, rule, who.ID)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("customer %s is not among those of that day: erased, or imported after it", id)
	}
	if errors.Is(err, engine.ErrObjected) {
		return fmt.Errorf("customer %s %w", id, err)
	}
	if err != nil {
		return err
	}
	doc := ruleVerdictDoc{Customer: id, Matched: verdict.Matched, Terms: []termVerdictDoc{}}
	for _, t := range verdict.Terms {
		term := termVerdictDoc{t.Expr, t.Matched, []fieldValueDoc{}}
		for _, v := range t.Values {
			value := fieldValueDoc{Name: v.Name, Known: v.Known}
			if v.Known {
				value.Value = &v.Value
			}
			term.Values = append(term.Values, value)
		}
		doc.Terms = append(doc.Terms, term)
	}
	a.show(doc, func(w io.Writer) { printVerdict(w, id, rule, &verdict, a.config.text("language")) })
	return nil
}

func printVerdict(w io.Writer, id string, rule *rules.Rule, verdict *rules.Verdict, language string) {
	said := "does not match"
	if verdict.Matched {
		said = "matches"
	}
	fmt.Fprintf(w, "customer %s %s: %s\n\n", id, said, rule.Reading(language))
	var rows []table.Row
	for i, t := range verdict.Terms {
		holds := "no"
		if t.Matched {
			holds = "yes"
		}
		values := make([]string, len(t.Values))
		for j, v := range t.Values {
			values[j] = v.Name + " = " + v.Value
		}
		rows = append(rows, table.Row{holds, t.Expr, rule.TermReading(i, language), strings.Join(values, ", ")})
	}
	grid(w, table.Row{"", "term", "reads", "values"}, rows)
}

// warningDocs names the term of each warning, as its place in a list says little.
func warningDocs(rule *rules.Rule) []warningDoc {
	terms := rule.Terms()
	var docs []warningDoc
	for _, w := range rule.Warnings() {
		docs = append(docs, warningDoc{terms[w.Term].Expr, w.Code, w.Message, w.Hint})
	}
	return docs
}

func printWarnings(w io.Writer, warnings []warningDoc) {
	for _, warning := range warnings {
		fmt.Fprintf(w, "note on %s: %s", warning.Term, warning.Message)
		if warning.Hint != "" {
			fmt.Fprintf(w, " (%s)", warning.Hint)
		}
		fmt.Fprintln(w)
	}
}
