package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"treue/engine"
	"treue/engine/delivery"
	"treue/engine/localpg"
	"treue/engine/store"
)

// app is one invocation: its streams, its flags, and what it opened on the way.
type app struct {
	in     io.Reader
	out    io.Writer
	errOut io.Writer
	wall   func() time.Time // the only clock of a command

	dns delivery.Resolver

	begun  bool // false: the command line was wrong
	flags  globalFlags
	config *config

	printErr error // of the document: a closed pipe, or a figure that JSON does not know

	pg     *localpg.Server
	store  *store.Store
	engine *engine.Engine
	sender delivery.Sender // of the engine
}

type globalFlags struct {
	json       bool
	database   string
	dataDir    string
	configFile string
	settings   []string
	asOf       string
}

func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:           "treue",
		Short:         "Retention campaigns for shops, with the proof of what they were worth",
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) (err error) {
			a.begun = true
			a.config, err = loadConfig(a.flags)
			return err
		},
	}
	p := root.PersistentFlags()
	p.BoolVar(&a.flags.json, "json", false, "print one JSON document")
	p.StringVar(&a.flags.database, "database", "", "address of a Postgres (default: a private one)")
	p.StringVar(&a.flags.dataDir, "data-dir", "", "folder of the private Postgres and the keys")
	p.StringVar(&a.flags.configFile, "config", "", "configuration file (default: treue.yaml here or in the data folder)")
	p.StringArrayVar(&a.flags.settings, "set", nil, "a setting as key=value, see treue config")
	group(root)
	root.AddCommand(
		a.importCommand(), a.refreshCommand(), a.rulesCommand(), a.customersCommand(), a.campaignsCommand(), a.planCommand(), a.runCommand(),
		a.explainCommand(), a.reportCommand(), a.templatesCommand(), a.demoCommand(), a.serveCommand(), a.migrateCommand(), a.doctorCommand(),
		a.suppressCommand(), a.bouncesCommand(), a.configCommand(), a.segmentsCommand(), a.consentCommand(), a.clvCommand(), a.productsCommand(),
	)
	return root
}

// group makes a command that only has subcommands show them, and refuse an unknown one.
func group(cmd *cobra.Command) *cobra.Command {
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return cmd
}

// open connects to the database: the one that is named, or the private one, which it starts and migrates.
func (a *app) open(ctx context.Context) (*store.Store, error) {
	if a.store != nil {
		return a.store, nil
	}
	url := a.config.text("database")
	if url == "" {
		// Open to be entered: root's Postgres runs as another user, and keeps elsewhere what it cannot reach.
		if err := os.MkdirAll(a.config.dataDir(), 0o755); err != nil { //nolint:gosec // G301: keys.json in it is 0600, and the server runs as another user
			return nil, fmt.Errorf("make the data folder: %w", err)
		}
		pg, err := localpg.Start(ctx, localpg.Config{Dir: filepath.Join(a.config.dataDir(), "postgres"), Durable: true})
		if err != nil {
			return nil, err
		}
		a.pg, url = pg, direct(pg)
	}
	s, err := store.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	a.store = s
	current, newest, err := s.SchemaVersion(ctx)
	switch {
	case err != nil:
		return nil, err
	case current > newest:
		return nil, fmt.Errorf("the database has schema version %d, this program knows only %d: use a newer program", current, newest)
	case current == newest:
		return s, nil
	case a.pg == nil:
		return nil, fmt.Errorf("the database has schema version %d, this program needs %d: run `treue migrate`", current, newest)
	}
	_, err = s.Migrate(ctx)
	return s, err
}

// direct is the address of a private Postgres: no pooler is in between, so statements are prepared once, which halves
// the work of sending.
func direct(pg *localpg.Server) string { return pg.URL() + "&default_query_exec_mode=cache_statement" }

// start puts the engine together over the open database.
func (a *app) start(ctx context.Context) (*engine.Engine, error) {
	if a.engine != nil {
		return a.engine, nil
	}
	s, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	keys, err := engine.LoadKeys(filepath.Join(a.config.dataDir(), "keys.json"))
	if err != nil {
		return nil, err
	}
	if err := s.RegisterKey(ctx, keys.ID, a.wall()); err != nil {
		return nil, err
	}
	a.engine, err = a.newEngine(s, keys)
	return a.engine, err
}

func (a *app) newEngine(s *store.Store, keys engine.Keys) (*engine.Engine, error) {
	c, err := a.config.engine()
	if err != nil {
		return nil, err
	}
	c.Letters = letters(c)
	c.Log = slog.New(slog.NewTextHandler(a.errOut, &slog.HandlerOptions{Level: slog.LevelInfo}))
	sender, err := delivery.Parse(a.config.text("mail.url"), delivery.Options{Keeper: engine.Catcher{Store: s}})
	if err != nil {
		return nil, wrongInput(err)
	}
	a.sender = sender
	if strings.HasPrefix(a.config.text("mail.url"), "smtp") { // mail that stays here needs no look at its way
		c.MailHosts = a.dns
	}
	set, err := a.templateSet()
	if err != nil {
		return nil, err
	}
	e, err := engine.New(c, s, sender, set.Set, keys)
	if err != nil {
		return nil, wrongInput(err)
	}
	return e, nil
}

// close gives back what was opened, in reverse order.
func (a *app) close() error {
	if a.store != nil {
		a.store.Close()
	}
	if a.pg != nil {
		return a.pg.Close()
	}
	return nil
}

// asOfFlag adds --as-of to a command that can look at another day.
func (a *app) asOfFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.flags.asOf, "as-of", "", "business clock: a date (the end of that day) or a time with zone (RFC 3339)")
}

// now is the business clock: --as-of, else the wall clock. Postgres keeps microseconds.
func (a *app) now() (time.Time, error) {
	zone, err := a.config.zone()
	if err != nil {
		return time.Time{}, err
	}
	if a.flags.asOf == "" {
		return a.wall().Truncate(time.Microsecond), nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, a.flags.asOf, zone); err == nil {
		return t.AddDate(0, 0, 1).Add(-time.Microsecond), nil
	}
	t, err := time.Parse(time.RFC3339, a.flags.asOf)
	if err != nil {
		return t, wrongInput(fmt.Errorf("--as-of %q: want a date such as 2026-03-31 or a time such as 2026-03-31T09:00:00+02:00", a.flags.asOf))
	}
	return t.Truncate(time.Microsecond), nil
}

// startAt is start, with the business clock.
func (a *app) startAt(ctx context.Context) (*engine.Engine, time.Time, error) {
	now, err := a.now()
	if err != nil {
		return nil, now, err
	}
	e, err := a.start(ctx)
	return e, now, err
}
