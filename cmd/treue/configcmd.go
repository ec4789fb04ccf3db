package main

import (
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"treue/engine"
)

type configDoc struct {
	Key     string `json:"key"`
	Value   string `json:"value"`
	Origin  string `json:"origin"`
	Meaning string `json:"meaning"`
}

func (a *app) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "config", Short: "Print every setting with its origin; secrets are masked", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			var docs []configDoc
			var rows []table.Row
			all := settings()
			for _, key := range a.config.family() {
				all = append(all, setting{key: key, meaning: "of the channel"})
			}
			for _, s := range all {
				o := a.config.values[s.key]
				d := configDoc{s.key, o.value, o.from, s.meaning}
				if s.secret {
					d.Value = masked(o.value)
				}
				docs = append(docs, d)
				rows = append(rows, table.Row{d.Key, d.Value, d.Origin, d.Meaning})
			}
			a.show(map[string][]configDoc{"settings": docs}, func(w io.Writer) {
				grid(w, table.Row{"setting", "value", "from", "meaning"}, rows)
			})
			return nil
		},
	}
	cmd.AddCommand(a.rotateKeysCommand(), a.configDKIMCommand())
	return cmd
}

// rotateKeysCommand replaces the key that signs links, as one does when it may have been seen, or every few years.
func (a *app) rotateKeysCommand() *cobra.Command {
	return &cobra.Command{
		Use: "rotate-keys", Short: "Sign the customers' links with a new key; old links stay good for three years", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			file := filepath.Join(a.config.dataDir(), "keys.json")
			keys, err := engine.RotateKeys(file, a.wall())
			if err != nil {
				return err
			}
			a.show(map[string]any{"link_id": keys.LinkID, "retired": len(keys.Retired)}, func(w io.Writer) {
				fmt.Fprintf(w, "%s has a new key for links; %d older ones are still read.\nStart every running `treue serve` anew now, and renew the backup.\n", file, len(keys.Retired))
			})
			return nil
		},
	}
}

// masked hides the secrets in addresses of servers, of which there may be several.
func masked(value string) string {
	parts := strings.Fields(value)
	for i, p := range parts {
		u, err := url.Parse(p)
		switch {
		case err != nil:
			parts[i] = "****"
		case u.User != nil:
			parts[i] = strings.Replace(p, u.User.String()+"@", u.User.Username()+":****@", 1)
		case strings.Contains(p, "password="):
			parts[i] = "password=****"
		}
	}
	return strings.Join(parts, " ")
}
