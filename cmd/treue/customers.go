package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"treue/engine"
	"treue/rules"
	"treue/rules/features"
)

func (a *app) customersCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "customers", Short: "Look at customers"})
	cmd.AddCommand(a.customersShowCommand())
	return cmd
}

func (a *app) customersShowCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "show ID", Short: "Show everything a rule can know of a customer", Args: cobra.ExactArgs(1)}
	a.asOfFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		e, now, err := a.startAt(cmd.Context())
		if err != nil {
			return err
		}
		who, err := a.customer(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		s, interval, err := e.Customer(cmd.Context(), now, who.ID)
		if errors.Is(err, engine.ErrObjected) {
			a.showObjector(who.ExternalID, err)
			return nil
		}
		if err != nil {
			return err
		}
		next, err := e.Store().NextProductsOf(cmd.Context(), []int64{who.ID}, now)
		if err != nil {
			return err
		}
		day, docs := features.DayOf(now, e.Zone), nextProductDocs(next[who.ID])
		doc := map[string]any{"customer_id": who.ExternalID, "clv_interval": nil, "next_products": docs}
		for _, f := range rules.Fields() {
			doc[f.Name] = f.Value(&s, day)
		}
		if interval != nil {
			doc["clv_interval"] = map[string]float64{"low": interval.Low, "high": interval.High}
		}
		a.show(doc, func(w io.Writer) {
			a.printCustomer(w, who.ExternalID, &s, day, interval, docs)
		})
		return nil
	}
	return cmd
}

// showObjector says why there is nothing to show: every field is unknown.
func (a *app) showObjector(id string, why error) {
	doc := map[string]any{"customer_id": id, "clv_interval": nil, "next_products": []nextProductDoc{}, "reason": why.Error()}
	for _, f := range rules.Fields() {
		doc[f.Name] = nil
	}
	a.show(doc, func(w io.Writer) { fmt.Fprintf(w, "customer %s: %s\n", id, why) })
}
