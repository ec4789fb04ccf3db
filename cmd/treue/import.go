package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
	"github.com/spf13/cobra"

	"treue/engine"
	"treue/engine/ingest"
	"treue/engine/store"
)

// importDoc is the result of an import.
type importDoc struct {
	Kind        string   `json:"kind"`
	Rows        int64    `json:"rows"`
	Inserted    int64    `json:"inserted"`
	Updated     int64    `json:"updated"`
	Unchanged   int64    `json:"unchanged"`
	Rejected    int64    `json:"rejected"`
	RejectsFile *string  `json:"rejects_file"`
	Unread      []string `json:"unread_columns,omitempty"`
	Notes       []string `json:"notes,omitempty"`
	Seconds     float64  `json:"seconds"`
}

type importFlags struct {
	source, format string
	columns        []string
	noOrderID      bool
}

func (a *app) importCommand() *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "import " + strings.Join(importKinds(), "|") + " FILE…",
		Short: "Bring a shop's customers and orders in from CSV or JSON lines",
		Long: "Import reads CSV with a header (UTF-8, comma or semicolon) or JSON lines. A row is accepted or rejected on its own; rejected\n" +
			"rows go to FILE.rejects.csv with line and reason. Importing a file twice changes nothing. - reads standard input.\n\n" +
			"Scores of feedback run from 0 (worst) to 10 (best). Points are what is left of each lot, 0 once it is used up. Attributes of\n" +
			"products are a JSON object or \"name=value; name=value\". Exposures say who was in which arm of a campaign that another tool ran\n" +
			"(campaign, customer_id, arm, assigned_at); `treue report CAMPAIGN --window 14d` measures it.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return wrongInput(errors.New("import needs a kind and at least one file, e.g. treue import orders orders.csv"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.importFiles(cmd.Context(), args[0], args[1:], f)
		},
	}
	cmd.Flags().StringVar(&f.source, "source", "shop", "the shop system the ids come from")
	cmd.Flags().StringVar(&f.format, "format", "auto", "auto or generic")
	cmd.Flags().StringArrayVar(&f.columns, "map", nil, "a column of the file as theirs=ours")
	cmd.Flags().BoolVar(&f.noOrderID, "no-order-id", false, "orders without an id: make one of customer, time and total")
	return cmd
}

func (f importFlags) options(c *config) (ingest.Options, error) {
	zone, err := c.zone()
	if err != nil {
		return ingest.Options{}, err
	}
	o := ingest.Options{Source: f.source, Zone: zone, Currency: c.text("currency"), NoOrderID: f.noOrderID, Map: map[string]string{}}
	if f.format != "auto" && f.format != "generic" {
		return o, wrongInput(fmt.Errorf("--format %q: this version reads auto and generic", f.format))
	}
	for _, m := range f.columns {
		theirs, ours, ok := strings.Cut(m, "=")
		if !ok {
			return o, wrongInput(fmt.Errorf("--map %q: want theirs=ours", m))
		}
		o.Map[theirs] = ours
	}
	return o, wrongInput(o.Validate())
}

func (a *app) importFiles(ctx context.Context, kind string, files []string, f importFlags) error {
	o, err := f.options(a.config)
	if err != nil {
		return err
	}
	if err := knownKind(kind); err != nil {
		return err
	}
	e, err := a.start(ctx)
	if err != nil {
		return err
	}
	total := importDoc{Kind: kind}
	began := a.wall()
	for _, name := range files {
		if err := a.importFile(ctx, e, kind, name, o, &total); err != nil {
			return err
		}
	}
	total.Seconds = seconds(a.wall().Sub(began))
	a.show(total, total.print)
	if total.Rows > 0 && total.Rejected == total.Rows {
		return printed{2}
	}
	return nil
}

// importKinds are the kinds of file, in the order in which a shop would bring them in.
func importKinds() []string {
	return []string{"customers", "orders", "lines", "products", "suppressions", "mails", "cases", "feedback", "points", "exposures"}
}

func knownKind(kind string) error {
	kinds := importKinds()
	if slices.Contains(kinds, kind) {
		return nil
	}
	err := fmt.Errorf("there is no import %q: it is one of %s", kind, strings.Join(kinds, ", "))
	if near := engine.Nearest(kind, kinds); near != "" {
		err = fmt.Errorf("%w; did you mean %s?", err, near)
	}
	return wrongInput(err)
}

func (d importDoc) print(w io.Writer) {
	fmt.Fprintf(w, "%s: %s rows in %.1f s: %s inserted, %s updated, %s unchanged, %s rejected\n", d.Kind, grouped(d.Rows), d.Seconds,
		grouped(d.Inserted), grouped(d.Updated), grouped(d.Unchanged), grouped(d.Rejected))
	if d.RejectsFile != nil {
		fmt.Fprintf(w, "rejected rows with their reasons: %s\n", *d.RejectsFile)
	}
	if len(d.Unread) > 0 {
		fmt.Fprintf(w, "columns not read: %s\n", strings.Join(d.Unread, ", "))
	}
	for _, n := range d.Notes {
		fmt.Fprintln(w, n)
	}
}

// intake is one file on its way from the disk into the store.
type intake struct {
	reader  io.Reader
	options ingest.Options
	rejects *rejectsFile
	summary ingest.Summary
	hash    hash.Hash
}

// importFile reads one file and adds what became of its rows.
func (a *app) importFile(ctx context.Context, e *engine.Engine, kind, name string, o ingest.Options, total *importDoc) error {
	in, size, err := a.openFile(name)
	if err != nil {
		return wrongInput(err)
	}
	defer in.Close()
	progressed := a.newBar(kind+" from "+filepath.Base(name), size, progress.UnitsBytes)
	defer progressed.done()
	t := &intake{options: o, hash: sha256.New()}
	t.reader = io.TeeReader(&watched{Reader: in, read: func(n int64) { progressed.set(n, "") }}, t.hash)
	t.rejects = &rejectsFile{path: rejectsName(name)}
	meta := store.Import{
		Kind: kind, Source: o.Source, File: filepath.Base(name), Now: a.wall().Truncate(time.Microsecond),
		Close: func() (string, int64) { return hex.EncodeToString(t.hash.Sum(nil)), int64(t.summary.Rejected) },
	}
	counts, err := t.into(ctx, e, kind, meta)
	if err != nil {
		return fmt.Errorf("%s: %w", name, errors.Join(err, t.rejects.Close()))
	}
	for _, r := range counts.Rejects {
		err = errors.Join(err, t.rejects.Add(ingest.Reject{Line: r.Line, Reason: r.Reason}))
	}
	if err := errors.Join(err, t.rejects.Close()); err != nil {
		return err
	}
	total.add(t, counts)
	return nil
}

func (d *importDoc) add(t *intake, c store.Counts) {
	d.Rows += int64(t.summary.Rows)
	d.Inserted += c.Inserted
	d.Updated += c.Updated
	d.Unchanged += c.Unchanged
	d.Rejected += int64(t.summary.Rejected + len(c.Rejects))
	d.Unread = append(d.Unread, t.summary.UnreadColumns...)
	d.Notes = append(d.Notes, t.summary.Notes...)
	if path := t.rejects.Path(); path != "" {
		d.RejectsFile = &path
	}
}

func (a *app) openFile(name string) (io.ReadCloser, int64, error) {
	if name == "-" {
		return io.NopCloser(a.in), 0, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder: name a file", name)
	}
	return f, info.Size(), err
}

func rejectsName(name string) string {
	if name == "-" {
		return "stdin.rejects.csv"
	}
	return name + ".rejects.csv"
}

// into streams the rows of a kind into the store.
func (t *intake) into(ctx context.Context, e *engine.Engine, kind string, meta store.Import) (store.Counts, error) {
	s := e.Store()
	switch kind {
	case "customers":
		return s.ImportCustomers(ctx, meta, e.Pepper(), rows(ctx, t, ingest.ReadCustomers))
	case "orders":
		return s.ImportOrders(ctx, meta, rows(ctx, t, ingest.ReadOrders))
	case "lines":
		return s.ImportLines(ctx, meta, rows(ctx, t, ingest.ReadLines))
	case "suppressions":
		return s.ImportSuppressions(ctx, meta, e.Pepper(), rows(ctx, t, ingest.ReadSuppressions))
	case "mails":
		return s.ImportMails(ctx, meta, rows(ctx, t, ingest.ReadMails))
	case "cases":
		return s.ImportCases(ctx, meta, rows(ctx, t, ingest.ReadCases))
	case "feedback":
		return s.ImportFeedback(ctx, meta, rows(ctx, t, ingest.ReadFeedback))
	case "points":
		return s.ImportPoints(ctx, meta, rows(ctx, t, ingest.ReadPoints))
	case "exposures":
		return s.ImportExposures(ctx, meta, rows(ctx, t, ingest.ReadExposures))
	case "products":
		return s.ImportProducts(ctx, meta, rows(ctx, t, ingest.ReadProducts))
	}
	return store.Counts{}, fmt.Errorf("nothing stores %s", kind)
}

// reader is one of ingest's functions.
type reader[T any] func(context.Context, io.Reader, ingest.Options, func(int, T) error, func(ingest.Reject) error) (ingest.Summary, error)

// errEnough ends the reading when the store wants no more rows.
var errEnough = errors.New("enough")

// rows turns a reader that calls back into a sequence that the store pulls from.
func rows[T any](ctx context.Context, t *intake, read reader[T]) iter.Seq2[store.Numbered[T], error] {
	return func(yield func(store.Numbered[T], error) bool) {
		emit := func(line int, record T) error {
			if !yield(store.Numbered[T]{Line: line, Record: record}, nil) {
				return errEnough
			}
			return nil
		}
		var err error
		t.summary, err = read(ctx, t.reader, t.options, emit, t.rejects.Add)
		if err != nil && !errors.Is(err, errEnough) {
			yield(store.Numbered[T]{}, err)
		}
	}
}
