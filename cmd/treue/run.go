package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"treue/campaigns"
	"treue/engine"
)

type runDoc struct {
	Plans []planDoc               `json:"plans"`
	Sends map[campaigns.State]int `json:"sends"`
}

func (a *app) runCommand() *cobra.Command {
	var o engine.RunOptions
	cmd := &cobra.Command{
		Use:   "run [KEY…]",
		Short: "One cycle: refresh if stale, plan, dispatch what is due",
		Long:  "Run KEY runs that campaign now, whatever its schedule; run alone runs what is due.",
	}
	cmd.Flags().BoolVar(&o.NoDispatch, "no-dispatch", false, "plan only; the mails wait for the next run")
	cmd.Flags().BoolVar(&o.Confirm, "confirm", false, "run although it would be held")
	a.asOfFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, keys []string) error {
		e, now, err := a.startAt(cmd.Context())
		if err != nil {
			return err
		}
		if !o.NoDispatch {
			if err := e.MaySend(cmd.Context(), now, a.wall()); err != nil {
				return wrongInput(err)
			}
		}
		o.Keys = keys
		ran, err := e.Run(cmd.Context(), now, o)
		if err != nil && !errors.Is(err, engine.ErrHeld) {
			return err
		}
		doc := runDoc{newPlanDocs(ran.Plans), ran.Sends}
		if err != nil && a.flags.json {
			return err
		}
		a.show(doc, func(w io.Writer) {
			printPlans(w, doc.Plans)
			printSends(w, doc.Sends)
		})
		return err
	}
	return cmd
}

func printSends(w io.Writer, sends map[campaigns.State]int) {
	if len(sends) == 0 {
		fmt.Fprintln(w, "sends: none")
		return
	}
	fmt.Fprint(w, "sends:")
	for state, n := range sends {
		fmt.Fprintf(w, " %s %s", grouped(int64(n)), state)
	}
	fmt.Fprintln(w)
}
