package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"treue/rules/customer"
)

func (a *app) suppressCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{Use: "suppress ADDRESS…", Short: "Keep addresses from all further mail", Args: cobra.MinimumNArgs(1)}
	cmd.Flags().StringVar(&reason, "reason", "by hand", "why")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var addresses []string
		for _, text := range args {
			address, err := customer.NormaliseAddress(text)
			if err != nil {
				return wrongInput(fmt.Errorf("%q: %w", text, err))
			}
			addresses = append(addresses, address)
		}
		e, err := a.start(cmd.Context())
		if err != nil {
			return err
		}
		for _, address := range addresses {
			if err := e.Store().Suppress(cmd.Context(), customer.AddressHash(e.Pepper(), address), reason, a.wall()); err != nil {
				return err
			}
		}
		a.show(map[string]int{"suppressed": len(addresses)}, func(w io.Writer) { fmt.Fprintf(w, "%d addresses get no more mail\n", len(addresses)) })
		return nil
	}
	return cmd
}
