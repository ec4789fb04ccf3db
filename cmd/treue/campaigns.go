package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"treue/campaigns"
	"treue/engine"
	"treue/engine/store"
	"treue/rules"
)

func (a *app) campaignsCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "campaigns", Short: "Write, start, pause and look at campaigns"})
	cmd.AddCommand(
		a.applyCommand(), a.listCommand(), a.showCommand(), a.historyCommand(), a.startersCommand(),
		a.statusCommand("activate", "Start campaigns", campaigns.Active),
		a.statusCommand("pause", "Stop planning and sending until they are activated again", campaigns.Paused),
		a.statusCommand("archive", "End campaigns for good; what is not sent yet is cancelled", campaigns.Archived),
	)
	return cmd
}

// campaignDoc is a campaign in a result.
type campaignDoc struct {
	Key        string                  `json:"key"`
	Kind       campaigns.Kind          `json:"kind"`
	Name       string                  `json:"name"`
	Version    int                     `json:"version"`
	Split      int                     `json:"split"`
	Status     campaigns.Status        `json:"status"`
	Changed    string                  `json:"changed,omitempty"`
	Warnings   []string                `json:"warnings,omitempty"`
	Sends      map[campaigns.State]int `json:"sends,omitempty"`
	Clicks     []clickDoc              `json:"clicks,omitempty"` // by address, the most followed first
	Definition *campaigns.Definition   `json:"definition,omitempty"`
}

func newCampaignDoc(c *campaigns.Campaign, changed string) campaignDoc {
	return campaignDoc{Key: c.Key, Kind: c.Kind, Name: c.Name, Version: c.Version, Split: c.Split, Status: c.Status, Changed: changed}
}

func (a *app) showCampaigns(docs []campaignDoc) {
	a.show(map[string][]campaignDoc{"campaigns": docs}, func(w io.Writer) {
		var rows []table.Row
		for _, d := range docs {
			rows = append(rows, table.Row{d.Key, d.Kind, d.Status, d.Version, d.Split, d.Changed, d.Name})
		}
		grid(w, table.Row{"campaign", "kind", "status", "version", "split", "", "name"}, rows)
		for _, d := range docs {
			for _, warning := range d.Warnings {
				fmt.Fprintf(w, "%s: %s\n", d.Key, warning)
			}
		}
	})
}

func (a *app) applyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "apply FILE…", Short: "Store campaign files: new ones as drafts, changed ones as new versions", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			documents, err := a.readCampaigns(cmd.Context(), files)
			if err != nil {
				return err
			}
			s, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			var docs []campaignDoc
			for _, d := range documents {
				applied, err := s.Apply(cmd.Context(), d.Definition, a.wall())
				if errors.Is(err, store.ErrKeyTaken) {
					err = wrongInput(err)
				}
				if err != nil {
					return err
				}
				doc := newCampaignDoc(applied.Campaign, applied.Changed)
				doc.Warnings = d.Definition.Warnings()
				docs = append(docs, doc)
			}
			a.showCampaigns(docs)
			return nil
		},
	}
}

// readCampaigns reads and checks all files before the first campaign is stored.
func (a *app) readCampaigns(ctx context.Context, files []string) ([]campaigns.Document, error) {
	set, err := a.templateSet()
	if err != nil {
		return nil, err
	}
	var all []campaigns.Document
	for _, name := range files {
		data, err := a.readFile(name)
		if err != nil {
			return nil, wrongInput(err)
		}
		documents, err := campaigns.ParseDocuments(data, campaigns.Defaults{Timezone: a.config.text("timezone")})
		if err != nil {
			return nil, wrongInput(fmt.Errorf("%s: %w", name, err))
		}
		segments, err := a.segmentsFor(ctx, string(data))
		if err != nil {
			return nil, err
		}
		for _, d := range documents {
			if err := checkDocument(d, set, a.ruleOptions(segments)); err != nil {
				return nil, wrongInput(fmt.Errorf("%s: %w", name, err))
			}
		}
		all = append(all, documents...)
	}
	return all, nil
}

// templateNames are the mails a step can name.
type templateNames interface {
	Has(key string) bool
	Keys() []string
	Lacks(s campaigns.Step) string
}

// checkDocument compiles the rules and looks the templates up, and says where in the file a fault stands.
func checkDocument(d campaigns.Document, set templateNames, o rules.Options) error {
	if _, err := rules.CompileWith(d.Definition.Audience, o); err != nil {
		return ruleInFile("audience", d.Audience, err)
	}
	if d.Definition.ExitWhen != "" {
		if _, err := rules.CompileWith(d.Definition.ExitWhen, o); err != nil {
			return ruleInFile("exit_when", d.ExitWhen, err)
		}
	}
	for _, s := range d.Definition.Steps {
		if !set.Has(s.Template) {
			hint := "treue templates list shows them"
			if near := engine.Nearest(s.Template, set.Keys()); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			return &campaigns.FileError{Message: fmt.Sprintf("campaign %s, step %s: there is no template %q", d.Definition.Key, s.Key, s.Template), Hint: hint}
		}
		if lacking := set.Lacks(s); lacking != "" {
			hint := "give the step an `offer:`"
			if name, ok := strings.CutPrefix(lacking, "values."); ok {
				hint = fmt.Sprintf("give the step `values: {%s: …}`", name)
			}
			return &campaigns.FileError{
				Message: fmt.Sprintf("campaign %s, step %s: the template %q says %s, which the step does not give", d.Definition.Key, s.Key, s.Template, lacking),
				Hint:    hint,
			}
		}
	}
	return nil
}

// ruleInFile says where in its file the first fault of a rule stands that begins at a place.
func ruleInFile(name string, at campaigns.Position, err error) error {
	var faults rules.Errors
	if !errors.As(err, &faults) {
		return err
	}
	f := faults[0]
	place := at.At(f.Line, f.Column)
	return &campaigns.FileError{Line: place.Line, Column: place.Column, Message: name + ": " + f.Message + "\n" + f.Snippet, Hint: f.Hint}
}

func (a *app) readFile(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(a.in)
	}
	return os.ReadFile(name)
}

func (a *app) listCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List all campaigns", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			all, err := s.Campaigns(cmd.Context())
			if err != nil {
				return err
			}
			docs := []campaignDoc{}
			for _, c := range all {
				docs = append(docs, newCampaignDoc(c, ""))
			}
			a.showCampaigns(docs)
			return nil
		},
	}
}

// find returns a campaign by its key, or an error with the nearest one.
func (a *app) find(ctx context.Context, key string) (*store.Store, *campaigns.Campaign, error) {
	s, err := a.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	all, err := s.Campaigns(ctx)
	if err != nil {
		return nil, nil, err
	}
	var keys []string
	for _, c := range all {
		if c.Key == key {
			return s, c, nil
		}
		keys = append(keys, c.Key)
	}
	return nil, nil, &engine.UnknownKeyError{Key: key, Nearest: engine.Nearest(key, keys)}
}

func (a *app) showCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show KEY", Short: "Show a campaign and its sends by state", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, c, err := a.find(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			doc := newCampaignDoc(c, "")
			doc.Definition = &c.Definition
			if doc.Sends, err = s.SendStates(cmd.Context(), c.Key); err != nil {
				return err
			}
			if doc.Clicks, err = clicksOf(cmd.Context(), s, c.Key); err != nil {
				return err
			}
			a.show(map[string][]campaignDoc{"campaigns": {doc}}, doc.print)
			return nil
		},
	}
}

func (d campaignDoc) print(w io.Writer) {
	fmt.Fprintf(w, "%s: %s (%s, %s, version %d, split %d)\n", d.Key, d.Name, d.Kind, d.Status, d.Version, d.Split)
	fmt.Fprintf(w, "  who:      %s\n  control:  %.0f %%\n  schedule: %s (%s)\n", d.Definition.Audience, 100*d.Definition.Holdout, d.Definition.Schedule, d.Definition.Timezone)
	for i, s := range d.Definition.Steps {
		fmt.Fprintf(w, "  step %d:   %s", i+1, s.Template)
		if s.Wait > 0 {
			fmt.Fprintf(w, ", %d days later", s.Wait)
		}
		fmt.Fprintln(w)
	}
	var states []string
	for state, n := range d.Sends {
		states = append(states, fmt.Sprintf("%s %s", grouped(int64(n)), state))
	}
	fmt.Fprintf(w, "  sends:    %s\n", orNone(strings.Join(states, ", ")))
	for _, c := range d.Clicks {
		fmt.Fprintf(w, "  clicks:   %s by people, %s by machines: %s\n", grouped(c.Clicks), grouped(c.Machines), c.URL)
	}
}

// clickDoc is how often an address was followed from a campaign's mails.
type clickDoc struct {
	URL      string `json:"url"`
	Clicks   int64  `json:"clicks"`
	Machines int64  `json:"machines"`
}

func clicksOf(ctx context.Context, s *store.Store, key string) ([]clickDoc, error) {
	counts, err := s.LinkClicks(ctx, key)
	docs := make([]clickDoc, len(counts))
	for i, c := range counts {
		docs[i] = clickDoc{c.URL, c.People, c.Machines}
	}
	return docs, err
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func (a *app) statusCommand(verb, short string, status campaigns.Status) *cobra.Command {
	return &cobra.Command{
		Use: verb + " KEY…", Short: short, Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, keys []string) error {
			var docs []campaignDoc
			for _, key := range keys {
				s, c, err := a.find(cmd.Context(), key)
				if err != nil {
					return err
				}
				if c.Status == campaigns.Archived {
					return wrongInput(fmt.Errorf("campaign %s is archived for good", key))
				}
				if err := s.SetStatus(cmd.Context(), key, status, a.wall()); err != nil {
					return err
				}
				changed := "updated"
				if c.Status == status {
					changed = "unchanged"
				}
				c.Status = status
				docs = append(docs, newCampaignDoc(c, changed))
			}
			a.showCampaigns(docs)
			return nil
		},
	}
}

func (a *app) historyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "history KEY", Short: "Show the versions of a campaign", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, c, err := a.find(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			versions, err := s.History(cmd.Context(), c.Key)
			if err != nil {
				return err
			}
			docs, rows := []campaignDoc{}, []table.Row{}
			for _, v := range versions {
				d := newCampaignDoc(c, v.CreatedAt.UTC().Format("2006-01-02T15:04:05Z"))
				d.Version, d.Name, d.Definition = v.Version, v.Name, &v.Definition
				docs = append(docs, d)
				rows = append(rows, table.Row{v.Version, v.CreatedAt.Format("2006-01-02 15:04"), v.Audience, fmt.Sprintf("%.0f %%", 100*v.Holdout)})
			}
			a.show(map[string][]campaignDoc{"campaigns": docs}, func(w io.Writer) {
				grid(w, table.Row{"version", "since", "who", "control"}, rows)
			})
			return nil
		},
	}
}

func (a *app) startersCommand() *cobra.Command {
	return &cobra.Command{
		Use: "starters [NAME]", Short: "Print a campaign file to begin with", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			all, err := campaigns.Starters()
			if err != nil {
				return err
			}
			var names []string
			for _, s := range all {
				if len(args) == 1 && args[0] == s.Name {
					_, err := a.out.Write(s.Text)
					return err
				}
				names = append(names, s.Name)
			}
			if len(args) == 1 {
				return wrongInput(fmt.Errorf("there is no starter %q: it is one of %s", args[0], strings.Join(names, ", ")))
			}
			a.show(map[string][]string{"starters": names}, func(w io.Writer) { fmt.Fprintln(w, strings.Join(names, "\n")) })
			return nil
		},
	}
}
