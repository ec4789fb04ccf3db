package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"treue/engine"
	"treue/rules"
	"treue/rules/features"
)

func (a *app) rulesCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "rules", Short: "What rules can say, and whom they hit"})
	cmd.AddCommand(a.rulesFieldsCommand(), a.rulesCheckCommand(), a.rulesCountCommand(), a.rulesIDsCommand())
	return cmd
}

type fieldDoc struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Unit        string `json:"unit"`
	Description string `json:"description"`
	UnknownWhen string `json:"unknown_when"`
	Example     string `json:"example"`
}

type functionDoc struct {
	Name        string `json:"name"`
	Signature   string `json:"signature"`
	Description string `json:"description"`
}

func (a *app) rulesFieldsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "fields", Short: "List the fields and functions of the rule language", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			doc := struct {
				Fields    []fieldDoc    `json:"fields"`
				Functions []functionDoc `json:"functions"`
			}{}
			var fields, functions []table.Row
			for _, f := range features.Fields() {
				doc.Fields = append(doc.Fields, fieldDoc{f.Name, string(f.Type), f.Unit, f.Description, f.UnknownWhen, f.Example})
				fields = append(fields, table.Row{f.Name, f.Type, f.Unit, f.Description})
			}
			for _, f := range rules.Functions() {
				doc.Functions = append(doc.Functions, functionDoc{f.Name, f.Signature, f.Description})
				functions = append(functions, table.Row{f.Signature, f.Description})
			}
			a.show(doc, func(w io.Writer) {
				grid(w, table.Row{"field", "type", "unit", "what it is"}, fields)
				fmt.Fprintln(w)
				grid(w, table.Row{"function", "what it does"}, functions)
			})
			return nil
		},
	}
}

// ruleErrorDoc is one fault of a rule.
type ruleErrorDoc struct {
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
	Snippet string `json:"snippet"`
	Hint    string `json:"hint"`
}

type checkDoc struct {
	Valid    bool           `json:"valid"`
	Pushdown string         `json:"pushdown,omitempty"`
	SQL      *string        `json:"sql"`
	Errors   []ruleErrorDoc `json:"errors,omitempty"`
}

func (a *app) rulesCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use: "check EXPR", Short: "Check a rule (- reads it from standard input)", Args: oneRule,
		RunE: func(_ *cobra.Command, args []string) error {
			source, err := a.ruleText(args[0])
			if err != nil {
				return err
			}
			_, err = rules.Compile(source)
			var faults rules.Errors
			if err != nil && !errors.As(err, &faults) {
				return err
			}
			doc := checkDoc{Valid: err == nil, Errors: ruleErrors(faults)}
			if doc.Valid {
				doc.Pushdown = pushdown
			}
			a.show(doc, func(w io.Writer) {
				if doc.Valid {
					fmt.Fprintln(w, "The rule is valid.")
				} else {
					fmt.Fprintln(w, err)
				}
			})
			if !doc.Valid {
				return printed{2}
			}
			return nil
		},
	}
}

// pushdown says how much of a rule runs in the database: rules are evaluated in memory.
const pushdown = "none"

func ruleErrors(faults rules.Errors) []ruleErrorDoc {
	var out []ruleErrorDoc
	for _, f := range faults {
		out = append(out, ruleErrorDoc{f.Line, f.Column, f.Message, f.Snippet, f.Hint})
	}
	return out
}

func oneRule(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return wrongInput(errors.New("want one rule in quotes, e.g. 'orders >= 2 && days_since_last_order > 90'"))
	}
	return nil
}

func (a *app) ruleText(arg string) (string, error) {
	if arg != "-" {
		return arg, nil
	}
	data, err := io.ReadAll(io.LimitReader(a.in, 1<<20))
	return strings.TrimSpace(string(data)), err
}

type termDoc struct {
	Expr    string `json:"expr"`
	Matched int64  `json:"matched"`
}

type countDoc struct {
	Total    int64     `json:"total"`
	Matched  int64     `json:"matched"`
	Terms    []termDoc `json:"terms"`
	Pushdown string    `json:"pushdown"`
	Seconds  float64   `json:"seconds"`
}

// evaluatorFlag lets scripts insist on an evaluator.
func evaluatorFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("evaluator", "auto", "auto or memory")
}

func knownEvaluator(name string) error {
	if name != "auto" && name != "memory" {
		return wrongInput(fmt.Errorf("--evaluator %q: this version evaluates rules in memory: use auto or memory", name))
	}
	return nil
}

func (a *app) rulesCountCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "count EXPR", Short: "Count the customers a rule matches, term by term", Args: oneRule}
	evaluator := evaluatorFlag(cmd)
	a.asOfFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		began := a.wall()
		counted, err := a.evaluate(cmd.Context(), args[0], *evaluator)
		if err != nil {
			return err
		}
		doc := countDoc{Total: counted.Total, Matched: counted.Matched, Pushdown: pushdown, Seconds: seconds(a.wall().Sub(began))}
		var rows []table.Row
		for _, t := range counted.Terms {
			doc.Terms = append(doc.Terms, termDoc{t.Expr, t.Matched})
			rows = append(rows, table.Row{t.Expr, grouped(t.Matched)})
		}
		a.show(doc, func(w io.Writer) {
			fmt.Fprintf(w, "%s of %s customers match\n\n", a.paint(bold, string(grouped(doc.Matched))), grouped(doc.Total))
			grid(w, table.Row{"term", "alone"}, rows)
		})
		return nil
	}
	return cmd
}

func (a *app) rulesIDsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "ids EXPR", Short: "List the shop's ids of the customers a rule matches", Args: oneRule}
	evaluator := evaluatorFlag(cmd)
	a.asOfFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		counted, err := a.evaluate(cmd.Context(), args[0], *evaluator)
		if err != nil {
			return err
		}
		ids := counted.IDs()
		slices.Sort(ids)
		a.show(map[string][]string{"ids": ids}, func(w io.Writer) {
			for _, id := range ids {
				fmt.Fprintln(w, id)
			}
		})
		return nil
	}
	return cmd
}

// evaluate runs a rule over the snapshots of the business day.
func (a *app) evaluate(ctx context.Context, arg, evaluator string) (*engine.Counted, error) {
	if err := knownEvaluator(evaluator); err != nil {
		return nil, err
	}
	source, err := a.ruleText(arg)
	if err != nil {
		return nil, err
	}
	rule, err := rules.Compile(source)
	if err != nil {
		return nil, err
	}
	e, now, err := a.startAt(ctx)
	if err != nil {
		return nil, err
	}
	return e.Count(ctx, now, rule)
}
