package main

import (
	"errors"
	"fmt"
	"io"
	"net/mail"
	"strings"

	"github.com/spf13/cobra"

	"treue/engine/delivery"
)

// dkim loads the keys that sign the mails of a sender; nil: none are set.
func (c *config) dkim(from string) (*delivery.DKIM, error) {
	paths, selectors := words(c.text("mail.dkim.key_file")), words(c.text("mail.dkim.selector"))
	domain := c.text("mail.dkim.domain")
	if len(paths) == 0 {
		if len(selectors) > 0 || domain != "" {
			return nil, errors.New("mail.dkim.key_file is missing, though other settings of mail.dkim are made")
		}
		return nil, nil //nolint:nilnil // not set, which is not wrong
	}
	if len(selectors) != len(paths) {
		return nil, fmt.Errorf("mail.dkim.selector has %d names for %d key files: want one for each, as in rsa1,ed1", len(selectors), len(paths))
	}
	if from == "" {
		return nil, errors.New("mail.from is missing: mails are signed for its domain")
	}
	if domain == "" {
		domain = from[strings.LastIndexByte(from, '@')+1:]
	}
	files := make([]delivery.KeyFile, len(paths))
	for i := range paths {
		files[i] = delivery.KeyFile{Selector: selectors[i], Path: paths[i]}
	}
	d, err := delivery.LoadDKIM(domain, files)
	if err != nil {
		return nil, fmt.Errorf("mail.dkim: %w", err)
	}
	return d, d.Aligned(from)
}

// words splits a list at its commas.
func words(list string) []string {
	var out []string
	for w := range strings.SplitSeq(list, ",") {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// sender is the address of mail.from, or "" if it is not set or cannot be read.
func (c *config) sender() string {
	a, err := mail.ParseAddress(c.text("mail.from"))
	if err != nil {
		return ""
	}
	return a.Address
}

type dkimDoc struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func (a *app) configDKIMCommand() *cobra.Command {
	return &cobra.Command{
		Use: "dkim", Short: "Print the DNS records to publish for the keys that sign the mails", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			d, err := a.config.dkim(a.config.sender())
			switch {
			case err != nil:
				return wrongInput(err)
			case d == nil:
				return wrongInput(errors.New("mails are not signed: set mail.dkim.key_file and mail.dkim.selector"))
			}
			records, err := d.Records()
			if err != nil {
				return err
			}
			docs := []dkimDoc{}
			for _, r := range records {
				docs = append(docs, dkimDoc{r.Name, r.Value})
			}
			a.show(map[string][]dkimDoc{"records": docs}, func(w io.Writer) {
				for _, r := range records {
					fmt.Fprintln(w, r.Zone())
				}
			})
			return nil
		},
	}
}
