package main

import (
	"io"
	"net/url"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
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
	cmd.AddCommand(a.configDKIMCommand())
	return cmd
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
