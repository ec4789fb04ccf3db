package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"treue/engine"
	"treue/engine/store"
	"treue/rules"
	"treue/rules/features"
	"treue/rules/pushdown"
)

func (a *app) rulesCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "rules", Short: "What rules can say, and whom they hit"})
	cmd.AddCommand(a.rulesFieldsCommand(), a.rulesCheckCommand(), a.rulesCountCommand(), a.rulesIDsCommand(), a.rulesExplainCommand(), a.rulesTestCommand())
	return cmd
}

type fieldDoc struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Unit        string `json:"unit"`
	Description string `json:"description"`
	UnknownWhen string `json:"unknown_when"`
	Example     string `json:"example"`

	Values  []string `json:"values,omitempty"`  // those it can have, if they are few
	Formula string   `json:"formula,omitempty"` // in the rule language; "" if the value is stored
}

type functionDoc struct {
	Name        string `json:"name"`
	Signature   string `json:"signature"`
	Description string `json:"description"`
	Example     string `json:"example"`
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
			for _, f := range rules.Fields() {
				doc.Fields = append(doc.Fields, fieldDoc{f.Name, string(f.Type), f.Unit, f.Description, f.UnknownWhen, f.Example, f.Values, f.Formula})
				fields = append(fields, table.Row{f.Name, f.Type, f.Unit, f.Description})
			}
			for _, f := range rules.Functions() {
				doc.Functions = append(doc.Functions, functionDoc{f.Name, f.Signature, f.Description, f.Example})
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
	Warnings []warningDoc   `json:"warnings,omitempty"`
}

func (a *app) rulesCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use: "check EXPR", Short: "Check a rule (- reads it from standard input)", Args: oneRule,
		RunE: func(cmd *cobra.Command, args []string) error {
			source, err := a.ruleText(args[0])
			if err != nil {
				return err
			}
			rule, err := a.compile(cmd.Context(), source)
			var faults rules.Errors
			if err != nil && !errors.As(err, &faults) {
				return err
			}
			doc := checkDoc{Valid: err == nil, Errors: ruleErrors(faults)}
			if doc.Valid {
				doc.translate(rule, a.wall())
				doc.Warnings = warningDocs(rule)
			}
			a.show(doc, func(w io.Writer) {
				if doc.Valid {
					fmt.Fprintln(w, "The rule is valid.")
					printWarnings(w, doc.Warnings)
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

// translate shows how much of a rule the database decides, and the condition it is given, for a shop without words of
// its own: no categories, tags or products.
func (d *checkDoc) translate(rule *rules.Rule, now time.Time) {
	split := pushdown.New(pushdown.Env{Day: features.DayOf(now, time.UTC), Now: now, Zone: time.UTC}, "snapshots").Rule(rule)
	d.Pushdown = string(split.Extent)
	if split.Extent != pushdown.None {
		d.SQL = &split.Predicate
	}
}

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
	Matched int64  `json:"matched"` // alone
	Lost    int64  `json:"lost"`    // who pass the terms above and fall out here since a value is not known
}

type countDoc struct {
	Total    int64     `json:"total"`
	Matched  int64     `json:"matched"`
	Terms    []termDoc `json:"terms"`
	Pushdown string    `json:"pushdown"`
	Seconds  float64   `json:"seconds"`

	Strangers []strangerDoc `json:"strangers,omitempty"`
}

// strangerDoc is a text in a rule that no customer has.
type strangerDoc struct {
	Field   string `json:"field"`
	Text    string `json:"text"`
	Nearest string `json:"nearest"` // what may have been meant
}

func (s strangerDoc) String() string {
	if s.Nearest == "" {
		return fmt.Sprintf("no customer has %s %q", s.Field, s.Text)
	}
	return fmt.Sprintf("no customer has %s %q: did you mean %q?", s.Field, s.Text, s.Nearest)
}

// evaluatorFlag lets scripts insist on an evaluator.
func evaluatorFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("evaluator", string(store.Auto), "auto, memory or sql; all give the same answer")
}

func knownEvaluator(name string) (store.Evaluator, error) {
	all := []string{string(store.Auto), string(store.Memory), string(store.SQL)}
	if !slices.Contains(all, name) {
		return "", wrongInput(fmt.Errorf("--evaluator %q: use %s", name, strings.Join(all, ", ")))
	}
	return store.Evaluator(name), nil
}

func (a *app) rulesCountCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "count EXPR", Short: "Count the customers a rule matches, term by term", Args: oneRule}
	evaluator := evaluatorFlag(cmd)
	a.asOfFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		began := a.wall()
		rule, by, err := a.question(cmd.Context(), args[0], *evaluator)
		if err != nil {
			return err
		}
		e, now, err := a.startAt(cmd.Context())
		if err != nil {
			return err
		}
		counted, err := e.Count(cmd.Context(), now, rule, by, false)
		if err != nil {
			return err
		}
		took := seconds(a.wall().Sub(began))
		strangers, err := e.Strangers(cmd.Context(), now, rule, &counted)
		if err != nil {
			return err
		}
		a.showCount(&counted, strangers, took)
		return nil
	}
	return cmd
}

func (a *app) showCount(counted *store.Counted, strangers []engine.Stranger, took float64) {
	doc := countDoc{Total: counted.Total, Matched: counted.Matched, Pushdown: string(counted.Extent), Seconds: took}
	var rows []table.Row
	for _, t := range counted.Terms {
		doc.Terms = append(doc.Terms, termDoc{t.Expr, t.Alone, t.Lost})
		rows = append(rows, table.Row{t.Expr, grouped(t.Alone)})
	}
	for _, s := range strangers {
		doc.Strangers = append(doc.Strangers, strangerDoc(s))
	}
	a.show(doc, func(w io.Writer) {
		fmt.Fprintf(w, "%s of %s customers match\n\n", a.paint(bold, string(grouped(doc.Matched))), grouped(doc.Total))
		grid(w, table.Row{"term", "alone"}, rows)
		for _, s := range doc.Strangers {
			fmt.Fprintln(w, s)
		}
		for i := range counted.Terms {
			if t := &counted.Terms[i]; worthSaying(t, &doc) {
				fmt.Fprintln(w, fallout(t))
			}
		}
	})
}

// fallout says for want of which values customers fall out.
func fallout(t *store.TermCount) string {
	return fmt.Sprintf("%s have no %s and fall out at %s", grouped(t.Lost), strings.Join(t.Doubtful, " or no "), t.Expr)
}

// worthSaying reports whether so many customers fall out for want of a value that the author should know: as many as one
// in fifty, or as those who match.
func worthSaying(t *store.TermCount, all *countDoc) bool {
	return t.Lost > 0 && (t.Lost*50 >= all.Total || t.Lost >= all.Matched)
}

func (a *app) rulesIDsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "ids EXPR", Short: "List the shop's ids of the customers a rule matches", Args: oneRule}
	evaluator := evaluatorFlag(cmd)
	a.asOfFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		rule, by, err := a.question(cmd.Context(), args[0], *evaluator)
		if err != nil {
			return err
		}
		e, now, err := a.startAt(cmd.Context())
		if err != nil {
			return err
		}
		ids, err := e.IDs(cmd.Context(), now, rule, by)
		if err != nil {
			return err
		}
		a.show(map[string][]string{"ids": ids}, func(w io.Writer) {
			for _, id := range ids {
				fmt.Fprintln(w, id)
			}
		})
		return nil
	}
	return cmd
}

// question reads what a command was asked: the rule, and who is to evaluate it.
func (a *app) question(ctx context.Context, arg, evaluator string) (*rules.Rule, store.Evaluator, error) {
	by, err := knownEvaluator(evaluator)
	if err != nil {
		return nil, "", err
	}
	source, err := a.ruleText(arg)
	if err != nil {
		return nil, "", err
	}
	rule, err := a.compile(ctx, source)
	return rule, by, err
}
