package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
	"github.com/spf13/cobra"

	"treue/campaigns/lift"
	"treue/engine"
	"treue/engine/delivery"
	"treue/engine/localpg"
	"treue/engine/simulate"
	"treue/engine/store"
	"treue/engine/web"
	"treue/templates"
)

type truthDoc struct {
	Campaign    string   `json:"campaign"`
	PerCustomer *float64 `json:"per_customer"` // null before anyone has matured
}

func (a *app) demoCommand() *cobra.Command {
	var once bool
	var c simulate.Config
	cmd := &cobra.Command{
		Use: "demo", Short: "Show the whole product on an invented shop; nothing leaves this machine", Args: cobra.NoArgs,
		Long: "Demo invents a shop with two years of orders, runs three campaigns through four months of days, and reports what they\n" +
			"were worth beside what they truly were. Then it serves the pages until it is stopped.",
		RunE: func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context(), c, once) },
	}
	f := cmd.Flags()
	f.BoolVar(&once, "once", false, "exit after the report")
	f.IntVar(&c.Customers, "customers", 12_000, "of the invented shop")
	f.IntVar(&c.Days, "days", 120, "that the campaigns run")
	f.Uint64Var(&c.Seed, "seed", 1, "of the dice")
	return cmd
}

func (a *app) demo(ctx context.Context, c simulate.Config, once bool) error {
	listener, err := a.demoListener(ctx, once)
	if err != nil {
		return err
	}
	e, clean, err := a.demoEngine(ctx, listener)
	defer func() { clean() }()
	if err != nil {
		return err
	}
	began := a.wall()
	c.Start = began.AddDate(0, 0, -c.Days)
	result, err := a.simulate(ctx, e, c)
	if err != nil {
		return err
	}
	if once || !a.flags.json {
		against, err := e.Programme(ctx, result.End, result.Reports)
		if err != nil {
			return err
		}
		o := reportOutput{app: a, language: spoken(), against: &against}
		if err := o.check(); err != nil {
			return err
		}
		if err := o.write(e, result.Reports, result.End, result.Truth, true); err != nil {
			return err
		}
		a.showTruth(truthDocs(result.Truth))
	}
	if once {
		return nil
	}
	return a.demoPages(ctx, e, listener, result, a.wall().Sub(began))
}

func truthDocs(truth map[string]float64) []truthDoc {
	docs := []truthDoc{}
	for key, v := range truth {
		docs = append(docs, truthDoc{key, orNull(v)})
	}
	slices.SortFunc(docs, func(a, b truthDoc) int { return strings.Compare(a.Campaign, b.Campaign) })
	return docs
}

// showTruth prints what the campaigns were truly worth, which only an invented shop can know.
func (a *app) showTruth(truth []truthDoc) {
	if a.flags.json {
		return
	}
	fmt.Fprintln(a.out, "What was planted, and no shop would know:")
	for _, t := range truth {
		value := "nobody has matured yet"
		if t.PerCustomer != nil {
			value = lift.FormatMoney(*t.PerCustomer, spoken(), a.config.text("currency")) + " per customer"
		}
		fmt.Fprintf(a.out, "  %s: %s\n", t.Campaign, value)
	}
	fmt.Fprintln(a.out)
}

// demoListener takes the port before the work, so that links in mails are right: the usual one, else a free one.
func (a *app) demoListener(ctx context.Context, once bool) (net.Listener, error) {
	if once {
		return nil, nil //nolint:nilnil // nobody will visit
	}
	var network net.ListenConfig
	listener, err := network.Listen(ctx, "tcp", a.config.text("listen"))
	if err != nil {
		listener, err = network.Listen(ctx, "tcp", "127.0.0.1:0")
	}
	return listener, err
}

// demoEngine starts a private Postgres that lives no longer than the demo, and the engine of an invented shop over it.
func (a *app) demoEngine(ctx context.Context, listener net.Listener) (*engine.Engine, func(), error) {
	dir, err := os.MkdirTemp("", "treue-demo-")
	if err != nil {
		return nil, func() {}, err
	}
	clean := func() { _ = os.RemoveAll(dir) }
	pg, err := localpg.Start(ctx, localpg.Config{Dir: dir + "/postgres"})
	if err != nil {
		return nil, clean, err
	}
	clean = func() { _ = errors.Join(pg.Close(), os.RemoveAll(dir)) }
	s, err := store.Open(ctx, direct(pg))
	if err != nil {
		return nil, clean, err
	}
	clean = func() { s.Close(); _ = errors.Join(pg.Close(), os.RemoveAll(dir)) }
	if _, err := s.Migrate(ctx); err != nil {
		return nil, clean, err
	}
	e, err := a.demoShop(s, listener)
	return e, clean, err
}

func (a *app) demoShop(s *store.Store, listener net.Listener) (*engine.Engine, error) {
	zone, err := a.config.zone()
	if err != nil {
		return nil, err
	}
	sender, err := delivery.Parse("catch:", delivery.Options{Keeper: engine.Catcher{Store: s}})
	if err != nil {
		return nil, err
	}
	set, err := templates.Starters()
	if err != nil {
		return nil, err
	}
	c := engine.Config{
		Zone: zone, Language: a.config.text("language"), CostPerMail: 0.01, CountClicks: true, From: delivery.Address{Name: "Rösterei Morgenrot", Addr: "post@morgenrot.example"},
		ReplyTo: delivery.Address{Addr: "hallo@morgenrot.example"},
		Shop: templates.Shop{
			Name: "Rösterei Morgenrot", URL: "https://morgenrot.example", Colour: "#8a4b2a",
			Imprint: templates.Imprint{
				Name: "Rösterei Morgenrot", Form: "GmbH", Street: "Speicherstraße 7", Zip: "20457", City: "Hamburg", Country: "Deutschland",
				Representatives: "Käthe Sommer", Email: "hallo@morgenrot.example", Phone: "+49 40 000000", Register: "Amtsgericht Hamburg, HRB 000000",
				VATID: "DE000000000",
			},
		},
	}
	if listener != nil {
		c.PublicURL = "http://" + listener.Addr().String()
	}
	return engine.New(c, s, sender, set, engine.NewKeys())
}

// simulate runs the shop's months with progress: a bar on a terminal, else a line per stage.
func (a *app) simulate(ctx context.Context, e *engine.Engine, c simulate.Config) (simulate.Result, error) {
	var shown *bar
	stage := ""
	defer func() {
		if shown != nil {
			shown.done()
		}
	}()
	return simulate.Run(ctx, e, c, func(p simulate.Progress) {
		if p.Stage != stage {
			if shown != nil {
				shown.done()
			}
			stage = p.Stage
			shown = a.newBar(p.Note, int64(p.Total), progress.UnitsDefault)
			if !isTerminal(a.errOut) || a.flags.json {
				fmt.Fprintln(a.errOut, p.Note)
			}
		}
		shown.set(int64(p.Done), p.Note)
	})
}

// demoPages serves the pages until the demo is stopped. The shop's clock goes on from its last day.
func (a *app) demoPages(ctx context.Context, e *engine.Engine, l net.Listener, r simulate.Result, took time.Duration) error {
	began := a.wall()
	var story []web.StoryLine
	for _, line := range r.Story {
		story = append(story, web.StoryLine{Label: line.Label, Text: line.Value})
	}
	handler, err := a.pages(e, web.Config{
		Now: func() time.Time { return r.End.Add(a.wall().Sub(began)) }, Truth: r.Truth, Story: story,
	})
	if err != nil {
		return err
	}
	stop := serve(l, handler)
	a.show(map[string]any{"url": "http://" + l.Addr().String(), "seconds": seconds(took)}, func(w io.Writer) {
		fmt.Fprintf(w, "Done in %s. Look at %s (Ctrl-C ends the demo)\n", elapsed(took), a.paint(bold, "http://"+l.Addr().String()))
	})
	<-ctx.Done()
	return stop()
}
