package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"

	"treue/engine"
	"treue/engine/web"
)

func (a *app) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Run until stopped: campaigns on time, pages, the customers' links", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			e, err := a.start(ctx)
			if err != nil {
				return err
			}
			listener, err := new(net.ListenConfig).Listen(ctx, "tcp", a.config.text("listen"))
			if err != nil {
				return wrongInput(fmt.Errorf("listen on %s: %w", a.config.text("listen"), err))
			}
			handler, err := a.pages(e, web.Config{Now: a.wall, HookSecret: a.config.text("mail.hooks")})
			if err != nil {
				return errors.Join(err, listener.Close())
			}
			served := serve(listener, handler)
			fmt.Fprintf(a.errOut, "treue is at http://%s\n", listener.Addr())
			clock := engine.NewClockwork(e, a.wall)
			if err := a.startClock(ctx, e, clock); err != nil {
				fmt.Fprintln(a.errOut, a.paint(red, "campaigns do not run:"), err)
			}
			<-ctx.Done()
			return errors.Join(clock.Stop(), served())
		},
	}
}

// startClock starts the campaigns once the shop may send. The pages run meanwhile, so that the self-test can answer.
func (a *app) startClock(ctx context.Context, e *engine.Engine, clock *engine.Clockwork) error {
	if err := e.Ground(ctx); err != nil {
		return err
	}
	return clock.Start(ctx)
}

// pages puts the handler together.
func (a *app) pages(e *engine.Engine, c web.Config) (http.Handler, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), web.Metrics(e, c.Now))
	c.Engine, c.Gatherer, c.Version = e, registry, version()
	return web.New(c)
}

// How long a slow client may take, and how long the last requests may at shutdown.
const (
	headerTimeout   = 10 * time.Second
	requestTimeout  = time.Minute
	shutdownTimeout = 10 * time.Second
)

// serve answers requests until the returned function is called, which waits for the last ones.
func serve(l net.Listener, h http.Handler) (stop func() error) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: headerTimeout, ReadTimeout: requestTimeout, WriteTimeout: requestTimeout, IdleTimeout: requestTimeout}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	return func() error {
		ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
		defer cancel()
		err := server.Shutdown(ctx)
		if served := <-done; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(err, served)
		}
		return err
	}
}
