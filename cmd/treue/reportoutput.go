package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"treue/engine"
	"treue/engine/report"
)

// reportOutput is where a report goes and in which form.
type reportOutput struct {
	*app

	format, path, language string
	lacks                  []engine.Lack     // campaigns that could not be measured, and why
	against                *engine.Programme // nil: nobody read what the holdout confirms
	month                  string            // 2027-04, or last; "": none
	send                   bool
}

// formats are the forms of a report that have a file of their own.
func formats() []string { return []string{"text", "json", "csv", "html", "pdf"} }

func (o *reportOutput) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.format, "format", "", strings.Join(formats(), ", ")+" (default: text, or what --output ends in)")
	f.StringVarP(&o.path, "output", "o", "", "file to write instead of showing it")
	f.StringVar(&o.language, "language", "", "de or en (default: the system's)")
}

// check settles the format before any work is done.
func (o *reportOutput) check() error {
	if o.format == "" && o.path != "" {
		i := strings.LastIndex(o.path, ".")
		if o.format = strings.ToLower(o.path[i+1:]); o.format == "txt" || i < 0 {
			o.format = "text"
		}
	}
	if o.format == "" {
		o.format = "text"
	}
	if o.app.flags.json && o.format == "text" {
		o.format = "json"
	}
	switch {
	case !slices.Contains(formats(), o.format):
		return fmt.Errorf("--format %q: want one of %s", o.format, strings.Join(formats(), ", "))
	case o.app.flags.json && o.format != "json":
		return fmt.Errorf("--json prints the document, --format %s another: give one of them", o.format)
	case o.language != "" && o.language != "de" && o.language != "en":
		return fmt.Errorf("--language %q: want de or en", o.language)
	case o.format == "pdf" && o.path == "" && isTerminal(o.out):
		return errors.New("a PDF is nothing for a terminal: name a file with --output")
	}
	return nil
}

// options are what the documents need.
func (o *reportOutput) options(e *engine.Engine, truth map[string]float64) report.Options {
	return report.Options{
		Locale: report.Locale{Language: o.language, Zone: e.Zone, Currency: e.Currency}, Shop: e.Shop.Name, Truth: truth, Programme: o.against,
	}
}

// write puts reports out. Brief is for a glance at many.
func (o *reportOutput) write(e *engine.Engine, reports []engine.Report, now time.Time, truth map[string]float64, brief bool) error {
	portfolio, err := engine.Review(reports)
	if err != nil {
		return err
	}
	if o.format == "json" {
		doc := newReportsDoc(reports, &portfolio, o.against, o.language, e.Currency)
		if truth != nil {
			doc.Truth = truthDocs(truth)
		}
		return o.put(func(w io.Writer) error { return encode(w, doc) })
	}
	if o.format == "csv" {
		return o.put(func(w io.Writer) error { return report.CSV(w, reports, &portfolio) })
	}
	d := report.Whole(reports, &portfolio, now, o.options(e, truth))
	for i := range o.lacks {
		d.Foot = append(d.Foot, o.lacks[i].Sentence(o.language))
	}
	if o.format == "text" && brief && o.path == "" {
		d = report.Summary(d)
	}
	return o.document(d)
}

// document puts out a document in a form for people.
func (o *reportOutput) document(d *report.Document) error {
	switch o.format {
	case "html":
		return o.put(func(w io.Writer) error { return report.Page(w, d) })
	case "pdf":
		return o.put(func(w io.Writer) error { return report.PDF(w, d) })
	}
	mark := func(s string) string { return o.paint(bold, s) }
	if o.path != "" {
		mark = nil
	}
	return o.put(func(w io.Writer) error { return report.PlainText(w, d, mark) })
}

// put writes to the file, or to standard output. A file is written whole or not at all.
func (o *reportOutput) put(write func(io.Writer) error) error {
	if o.path == "" {
		return write(o.out)
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	if err := os.WriteFile(o.path, b.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	_, err := fmt.Fprintf(o.errOut, "%s: %d bytes\n", o.path, b.Len())
	return err
}

// newReportsDoc is the contract's document.
func newReportsDoc(reports []engine.Report, p *engine.Portfolio, against *engine.Programme, language, currency string) reportsDoc {
	doc := reportsDoc{Reports: []reportDoc{}, Portfolio: newPortfolioDoc(p, against, language, currency)}
	for i := range reports {
		d := newReportDoc(&reports[i], language, currency)
		d.Pool = p.Pool(&reports[i], language)
		doc.Reports = append(doc.Reports, d)
	}
	return doc
}
