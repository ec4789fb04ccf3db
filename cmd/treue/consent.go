package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"treue/engine"
	"treue/engine/store"
	"treue/engine/web"
	"treue/rules/customer"
)

func (a *app) consentCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "consent", Short: "Ask for consents and prove them"})
	cmd.AddCommand(a.consentRequestCommand(), a.consentProofCommand())
	return cmd
}

func (a *app) consentRequestCommand() *cobra.Command {
	var language string
	cmd := &cobra.Command{Use: "request EMAIL", Short: "Send the confirmation mail of a double opt-in", Args: cobra.ExactArgs(1)}
	cmd.Flags().StringVar(&language, "language", "", "de or en (default: the shop's)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		address, err := customer.NormaliseAddress(args[0])
		if err != nil {
			return wrongInput(fmt.Errorf("%q: %w", args[0], err))
		}
		if language != "" && language != "de" && language != "en" {
			return wrongInput(fmt.Errorf("--language is %q: want de or en", language))
		}
		e, now, err := a.startAt(cmd.Context())
		if err != nil {
			return err
		}
		err = e.RequestConsent(cmd.Context(), address, language, engine.Origin{URL: "command line: treue consent request"}, now)
		if errors.Is(err, store.ErrSuppressed) || errors.Is(err, store.ErrMailedEnough) {
			return wrongInput(err)
		}
		if err != nil {
			return err
		}
		a.show(map[string]string{"sent_to": address}, func(w io.Writer) {
			fmt.Fprintf(w, "a confirmation mail went to %s: nothing counts before it is confirmed\n", address)
		})
		return nil
	}
	return cmd
}

// proofDoc is a customer's chain of declarations in JSON.
type proofDoc struct {
	Customer     string             `json:"customer"`
	Whole        bool               `json:"whole"`
	BrokenFrom   int32              `json:"broken_from,omitempty"`
	Declarations []declarationEntry `json:"declarations"`
}

type declarationEntry struct {
	Seq      int32  `json:"seq"`
	Kind     string `json:"kind"`
	At       string `json:"effective_at"`
	Source   string `json:"source"`
	Proven   bool   `json:"proven"`
	Evidence string `json:"evidence"`
	Hash     string `json:"hash"`
	Fits     bool   `json:"fits"`
}

func (a *app) consentProofCommand() *cobra.Command {
	var file, language string
	cmd := &cobra.Command{Use: "proof CUSTOMER", Short: "Show every declaration of a customer with its evidence", Args: cobra.ExactArgs(1)}
	cmd.Flags().StringVar(&file, "html", "", "write a page for print to this file")
	cmd.Flags().StringVar(&language, "language", "", "of the page: de or en (default: the shop's)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		e, err := a.start(cmd.Context())
		if err != nil {
			return err
		}
		who, err := a.customer(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		p := web.Proof{Language: language, Shop: e.Shop.Name, Customer: who, At: a.wall()}
		if p.Language == "" {
			p.Language = e.Language
		}
		if p.Declarations, err = e.Store().Declarations(cmd.Context(), who.ID); err != nil {
			return err
		}
		if err := writeProof(file, p); err != nil {
			return err
		}
		doc := newProofDoc(p, args[0])
		a.show(doc, doc.print)
		if broken := p.Broken(); broken > 0 {
			return fmt.Errorf("the chain of customer %s is BROKEN from declaration %d on: something was changed, removed or inserted there, and nothing from it on is proven", args[0], broken)
		}
		return nil
	}
	return cmd
}

// writeProof writes the page to a file of the owner's alone: it holds personal data.
func writeProof(file string, p web.Proof) error {
	if file == "" {
		return nil
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return wrongInput(fmt.Errorf("write the proof: %w", err))
	}
	return errors.Join(web.WriteProof(f, p), f.Close())
}

func newProofDoc(p web.Proof, id string) proofDoc {
	d := proofDoc{Customer: id, BrokenFrom: p.Broken(), Whole: p.Broken() == 0, Declarations: []declarationEntry{}}
	for _, x := range p.Declarations {
		d.Declarations = append(d.Declarations, declarationEntry{
			x.Seq, string(x.Kind), x.EffectiveAt.UTC().Format("2006-01-02T15:04:05Z"), x.Source, x.Proven, x.Evidence, fmt.Sprintf("%x", x.Hash), x.Fits,
		})
	}
	return d
}

func (d proofDoc) print(w io.Writer) {
	for _, x := range d.Declarations {
		verdict := "fits"
		if !x.Fits {
			verdict = "DOES NOT FIT THE CHAIN"
		}
		fmt.Fprintf(w, "%d. %s at %s, %s\n   %s\n   hash %s: %s\n", x.Seq, strings.ReplaceAll(x.Kind, "_", " "), x.At, x.Source, x.Evidence, x.Hash, verdict)
	}
	if len(d.Declarations) == 0 {
		fmt.Fprintln(w, "no declaration is on record")
	} else if d.Whole {
		fmt.Fprintf(w, "The chain of %d is whole.\n", len(d.Declarations))
	}
}
