package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"treue/engine/store"
)

func (a *app) migrateCommand() *cobra.Command {
	return &cobra.Command{
		Use: "migrate", Short: "Bring the schema of a named database to this version", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			url := a.config.text("database")
			if url == "" {
				return wrongInput(errors.New("a private database migrates by itself: name one with --database"))
			}
			s, err := store.Open(cmd.Context(), url)
			if err != nil {
				return err
			}
			a.store = s
			n, err := s.Migrate(cmd.Context())
			if err != nil {
				return err
			}
			current, _, err := s.SchemaVersion(cmd.Context())
			if err != nil {
				return err
			}
			a.show(map[string]int64{"applied": int64(n), "version": current}, func(w io.Writer) {
				fmt.Fprintf(w, "%d steps applied, schema version %d\n", n, current)
			})
			return nil
		},
	}
}
