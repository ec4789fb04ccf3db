package main

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

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
		if err != nil {
			return err
		}
		next, err := e.Store().NextProductsOf(cmd.Context(), who.ID)
		if err != nil {
			return err
		}
		day := features.DayOf(now, e.Zone)
		doc := map[string]any{"customer_id": who.ExternalID, "clv_interval": nil, "next_products": nextProductDocs(next)}
		var rows []table.Row
		for _, f := range rules.Fields() {
			doc[f.Name] = f.Value(&s, day)
			value, _ := f.Format(&s, day)
			rows = append(rows, table.Row{f.Name, value, f.Unit})
		}
		if interval != nil {
			doc["clv_interval"] = map[string]float64{"low": interval.Low, "high": interval.High}
			rows = append(rows, table.Row{"clv, 90 % interval", fmt.Sprintf("%.2f to %.2f", interval.Low, interval.High), ""})
		}
		a.show(doc, func(w io.Writer) { grid(w, table.Row{"field", "value", "unit"}, rows) })
		return nil
	}
	return cmd
}
