package main

import (
	"fmt"
	"io"
	"math"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"treue/campaigns"
	"treue/engine"
)

// planDoc is a campaign's plan in a result.
type planDoc struct {
	Campaign  string                    `json:"campaign"`
	Version   int                       `json:"version"`
	Matched   int                       `json:"matched"`
	Decisions map[campaigns.Outcome]int `json:"decisions"`
	Control   int                       `json:"control"`
	ToSend    int                       `json:"to_send"`
	Due       dueDoc                    `json:"due"`
	Held      string                    `json:"held,omitempty"`
	Planner   *plannerDoc               `json:"planner,omitempty"`
}

type dueDoc struct {
	Treated int `json:"treated"`
	Ghost   int `json:"ghost"`
}

func newPlanDocs(plans []engine.Planned) []planDoc {
	docs := []planDoc{}
	for i := range plans {
		p := &plans[i]
		docs = append(docs, planDoc{
			Campaign: p.Campaign.Key, Version: p.Campaign.Version, Matched: p.Matched, Decisions: p.Stopped(), Control: p.Control(),
			ToSend: p.ToSend(), Due: dueDoc{p.DueTreated, p.DueGhost}, Held: p.Held,
		})
	}
	return docs
}

// gateOrder is the order in which the gates are asked.
func gateOrder() []campaigns.Outcome {
	return []campaigns.Outcome{
		campaigns.GateConsent, campaigns.GateSuppressed, campaigns.GateObjection, campaigns.GatePaused, campaigns.GateTopic,
		campaigns.GateGlobalHoldout, campaigns.GateReentry, campaigns.GateCooldown, campaigns.GateFrequencyCap, campaigns.GateBudget, campaigns.GateCouponStock, campaigns.GateArbitration,
	}
}

// printPlans shows each plan as a funnel from who matches to who is written to.
func printPlans(w io.Writer, docs []planDoc) {
	if len(docs) == 0 {
		fmt.Fprintln(w, "No campaign is active or due: `treue campaigns list` shows them all.")
	}
	for _, d := range docs {
		rows := []table.Row{{"match the audience", grouped(int64(d.Matched))}}
		for _, gate := range gateOrder() {
			if n := d.Decisions[gate]; n > 0 {
				rows = append(rows, table.Row{"  stopped by " + string(gate), grouped(-int64(n))})
			}
		}
		rows = append(rows,
			table.Row{"control group (no mail)", grouped(int64(d.Control))}, table.Row{"get the mail", grouped(int64(d.ToSend))},
			table.Row{"mails due now", grouped(int64(d.Due.Treated))})
		fmt.Fprintf(w, "%s, version %d\n", d.Campaign, d.Version)
		grid(w, table.Row{"", "customers"}, rows)
		if d.Held != "" {
			fmt.Fprintf(w, "held: %s\n", d.Held)
		}
		printPlanner(w, d.Planner)
		fmt.Fprintln(w)
	}
}

func (a *app) planCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "plan [KEY…]", Short: "Show whom a run would choose; nothing is written or sent"}
	a.asOfFlag(cmd)
	gain := 1.0
	cmd.Flags().Float64Var(&gain, "gain", gain, "what a mail may bring per customer: the price of a control group, and the effect whose chance to be seen is told")
	cmd.RunE = func(cmd *cobra.Command, keys []string) error {
		if !(gain >= 0) || math.IsInf(gain, 0) {
			return wrongInput(fmt.Errorf("--gain %v: want an amount of 0 or more", gain))
		}
		e, now, err := a.startAt(cmd.Context())
		if err != nil {
			return err
		}
		plans, err := e.Plan(cmd.Context(), now, keys)
		if err != nil {
			return err
		}
		docs := newPlanDocs(plans)
		if len(keys) > 0 {
			if err := planners(cmd.Context(), e, now, plans, docs, gain, a.config.text("language")); err != nil {
				return err
			}
		}
		a.show(map[string][]planDoc{"plans": docs}, func(w io.Writer) { printPlans(w, docs) })
		return nil
	}
	return cmd
}
