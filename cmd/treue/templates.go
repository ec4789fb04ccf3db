package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"treue/campaigns"
	"treue/engine"
	"treue/templates"
)

// templateNamesOf are the keys of a set of templates.
type templateNamesOf struct{ *templates.Set }

// Has reports whether a template of that key exists in any language.
func (s templateNamesOf) Has(key string) bool {
	_, ok := s.Template(key, "en")
	return ok
}

// Keys returns the keys, each once.
func (s templateNamesOf) Keys() []string {
	var keys []string
	for _, t := range s.List() {
		keys = append(keys, t.Key())
	}
	return slices.Compact(keys)
}

// Lacks names what a template says without a way round and its step does not give; "" if there is nothing. It would hold
// back every mail.
func (s templateNamesOf) Lacks(step campaigns.Step) string {
	for _, t := range s.List() {
		if t.Key() != step.Template {
			continue
		}
		d := templates.Sample(t.Language(), time.Time{})
		d.Values = step.Values
		if step.Offer == nil {
			d.Offer = nil
		}
		var missing *templates.MissingError
		if _, err := t.Render(d); errors.As(err, &missing) {
			return missing.Variable
		}
	}
	return ""
}

// templateSet are the shop's own mails and, where it has none of a key, ours.
func (a *app) templateSet() (templateNamesOf, error) {
	set, err := templates.Starters()
	folder := a.config.text("mail.templates")
	if err != nil || folder == "" {
		return templateNamesOf{set}, err
	}
	if _, err := os.Stat(folder); err != nil {
		return templateNamesOf{set}, wrongInput(fmt.Errorf("mail.templates: %w", err))
	}
	own, err := templates.Load(os.DirFS(folder))
	if err != nil {
		return templateNamesOf{set}, wrongInput(fmt.Errorf("mail.templates: %w: treue templates check %s shows all faults", err, filepath.Join(folder, "*.html")))
	}
	return templateNamesOf{templates.NewSet(append(set.List(), own...)...)}, nil
}

type templateDoc struct {
	Key      string   `json:"key"`
	Language string   `json:"language"`
	Valid    bool     `json:"valid"`
	Errors   []string `json:"errors"`
}

func (a *app) templatesCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "templates", Short: "Look at the mails"})
	cmd.AddCommand(a.templatesListCommand(), a.templatesShowCommand(), a.templatesCheckCommand(), a.templatesPreviewCommand())
	return cmd
}

func (a *app) templatesListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List all mails", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			set, err := a.templateSet()
			if err != nil {
				return err
			}
			docs, rows := []templateDoc{}, []table.Row{}
			for _, t := range set.List() {
				d := templateDoc{Key: t.Key(), Language: t.Language(), Valid: true, Errors: []string{}}
				for _, p := range templates.Check(t.Source()) {
					d.Errors = append(d.Errors, p.Message)
				}
				docs = append(docs, d)
				rows = append(rows, table.Row{d.Key, d.Language, a.sampleSubject(t), strings.Join(d.Errors, "; ")})
			}
			a.show(map[string][]templateDoc{"templates": docs}, func(w io.Writer) {
				grid(w, table.Row{"template", "language", "subject, for an invented customer", "problems"}, rows)
			})
			return nil
		},
	}
}

// sampleSubject is a mail's subject as an invented customer would read it, else as it is written.
func (a *app) sampleSubject(t *templates.Template) string {
	d := templates.Sample(t.Language(), a.wall())
	d.Shop.Informal = a.config.text("shop.informal") == "true"
	m, err := t.Render(d)
	if err != nil {
		return t.Source().Subject
	}
	return m.Subject
}

func (a *app) templatesShowCommand() *cobra.Command {
	var language string
	cmd := &cobra.Command{Use: "show KEY", Short: "Print a mail's source, as a file KEY.LANGUAGE.html in mail.templates holds it", Args: cobra.ExactArgs(1)}
	cmd.Flags().StringVar(&language, "language", "", "de or en (default: the shop's)")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		t, err := a.template(args[0], language)
		if err != nil {
			return err
		}
		s := t.Source()
		a.show(s, func(w io.Writer) { fmt.Fprint(w, s.File()) })
		return nil
	}
	return cmd
}

func (a *app) templatesCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use: "check FILE…", Short: "Check mails of your own: KEY.de.html, KEY.en.html", Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, files []string) error {
			docs, valid := make([]templateDoc, len(files)), true
			for i, file := range files {
				docs[i] = checkTemplate(file)
				valid = valid && docs[i].Valid
			}
			a.show(map[string][]templateDoc{"templates": docs}, func(w io.Writer) {
				for i, d := range docs {
					fmt.Fprintf(w, "%s: %s\n", files[i], map[bool]string{true: "can be sent", false: "must not be sent"}[d.Valid])
					for _, line := range d.Errors {
						fmt.Fprintf(w, "  %s\n", line)
					}
				}
			})
			if !valid {
				return printed{2}
			}
			return nil
		},
	}
}

// checkTemplate lists what is wrong with a mail. Warnings leave it valid.
func checkTemplate(file string) templateDoc {
	s, err := templates.ReadFile(os.DirFS(filepath.Dir(file)), filepath.Base(file))
	if err != nil {
		return templateDoc{Key: s.Key, Language: s.Language, Errors: []string{err.Error()}}
	}
	d := templateDoc{Key: s.Key, Language: s.Language, Valid: true, Errors: []string{}}
	for _, p := range templates.Check(s) {
		d.Errors = append(d.Errors, p.Severity+": "+p.String())
		d.Valid = d.Valid && p.Severity != templates.SeverityError
	}
	return d
}

func (a *app) template(key, language string) (*templates.Template, error) {
	set, err := a.templateSet()
	if err != nil {
		return nil, err
	}
	if language == "" {
		language = a.config.text("language")
	}
	if t, ok := set.Template(key, language); ok {
		return t, nil
	}
	err = fmt.Errorf("there is no template %q", key)
	if near := engine.Nearest(key, set.Keys()); near != "" {
		err = fmt.Errorf("%w: did you mean %q?", err, near)
	}
	return nil, wrongInput(err)
}

func (a *app) templatesPreviewCommand() *cobra.Command {
	var id, htmlFile string
	cmd := &cobra.Command{Use: "preview KEY --customer ID", Short: "Render a mail for a customer; no coupon is used", Args: cobra.ExactArgs(1)}
	cmd.Flags().StringVar(&id, "customer", "", "the shop's id of the customer")
	cmd.Flags().StringVar(&htmlFile, "html", "", "write the HTML part to this file")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if id == "" {
			return wrongInput(errors.New("--customer is missing: whose mail shall it be?"))
		}
		if _, err := a.template(args[0], ""); err != nil {
			return err
		}
		e, err := a.start(cmd.Context())
		if err != nil {
			return err
		}
		c, err := a.customer(cmd.Context(), id)
		if err != nil {
			return err
		}
		m, err := e.Preview(cmd.Context(), args[0], c, a.wall())
		if err != nil {
			return err
		}
		if htmlFile != "" {
			if err := os.WriteFile(htmlFile, []byte(m.HTML), 0o600); err != nil {
				return err
			}
		}
		doc := map[string]string{"subject": m.Subject, "html": m.HTML, "text": m.Text}
		a.show(doc, func(w io.Writer) { fmt.Fprintf(w, "%s\n\n%s\n", a.paint(bold, m.Subject), m.Text) })
		return nil
	}
	return cmd
}
