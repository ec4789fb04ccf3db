package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"treue/engine"
	"treue/engine/store"
)

type explainDoc struct {
	Campaign string           `json:"campaign"`
	Customer string           `json:"customer"`
	Matched  bool             `json:"matched"`
	Terms    []explainTermDoc `json:"terms"`
	Outcome  string           `json:"outcome"`
	Detail   string           `json:"detail,omitempty"`
	Arm      *string          `json:"arm"`
	Sends    []explainSendDoc `json:"sends"`
}

type explainTermDoc struct {
	Expr    string             `json:"expr"`
	Matched bool               `json:"matched"`
	Values  map[string]*string `json:"values"`
}

type explainSendDoc struct {
	Entry   int       `json:"entry"`
	Step    string    `json:"step"`
	State   string    `json:"state"`
	Reason  string    `json:"reason,omitempty"`
	DueAt   time.Time `json:"due_at"`
	Message string    `json:"message_id"`
}

func (a *app) explainCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "explain KEY CUSTOMER", Short: "Say why a customer is in a campaign or not", Args: cobra.ExactArgs(2)}
	a.asOfFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		_, c, err := a.find(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		e, now, err := a.startAt(cmd.Context())
		if err != nil {
			return err
		}
		who, err := a.customer(cmd.Context(), args[1])
		if err != nil {
			return err
		}
		x, err := e.Explain(cmd.Context(), now, c, who)
		if err != nil {
			return err
		}
		doc := newExplainDoc(x, args[1])
		a.show(doc, doc.print)
		return nil
	}
	return cmd
}

// customer finds a customer by the shop's id, with or without the source before it.
func (a *app) customer(ctx context.Context, id string) (store.CustomerRecord, error) {
	s, err := a.open(ctx)
	if err != nil {
		return store.CustomerRecord{}, err
	}
	c, err := s.FindCustomer(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		text := fmt.Errorf("there is no customer %q", id)
		if near, err := s.NearestCustomer(ctx, id); err == nil && near != "" {
			text = fmt.Errorf("%w: did you mean %q?", text, near)
		}
		return c, wrongInput(text)
	}
	return c, err
}

func newExplainDoc(x engine.Explanation, id string) explainDoc {
	d := explainDoc{
		Campaign: x.Campaign.Key, Customer: id, Matched: x.Verdict.Matched, Outcome: x.Outcome, Detail: x.Detail,
		Terms: []explainTermDoc{}, Sends: []explainSendDoc{},
	}
	if x.Arm != "" {
		d.Arm = &x.Arm
	}
	for _, t := range x.Verdict.Terms {
		term := explainTermDoc{Expr: t.Expr, Matched: t.Matched, Values: map[string]*string{}}
		for _, v := range t.Values {
			if value := v.Value; v.Known {
				term.Values[v.Name] = &value
			} else {
				term.Values[v.Name] = nil
			}
		}
		d.Terms = append(d.Terms, term)
	}
	for _, s := range x.Sends {
		d.Sends = append(d.Sends, explainSendDoc{s.Entry, s.StepKey, string(s.State), s.Reason, s.DueAt, s.MessageID})
	}
	return d
}

func (d explainDoc) print(w io.Writer) {
	fmt.Fprintf(w, "customer %s in campaign %s: %s", d.Customer, d.Campaign, d.Outcome)
	if d.Detail != "" {
		fmt.Fprintf(w, " (%s)", d.Detail)
	}
	fmt.Fprintln(w)
	var rows []table.Row
	for _, t := range d.Terms {
		verdict := "no"
		if t.Matched {
			verdict = "yes"
		}
		var values strings.Builder
		for name, v := range t.Values {
			text := "unknown"
			if v != nil {
				text = *v
			}
			fmt.Fprintf(&values, "%s = %s  ", name, text)
		}
		rows = append(rows, table.Row{verdict, t.Expr, values.String()})
	}
	grid(w, table.Row{"", "term", "values"}, rows)
	if d.Arm != nil {
		fmt.Fprintf(w, "arm: %s\n", *d.Arm)
	}
	for _, s := range d.Sends {
		fmt.Fprintf(w, "mail %d/%s: %s %s (due %s)\n", s.Entry, s.Step, s.State, s.Reason, s.DueAt.Format("2006-01-02 15:04"))
	}
}
