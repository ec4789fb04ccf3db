package localpg

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// poll calls try until it says that it is done or fails, or ctx ends; it calls it at least once.
func poll(ctx context.Context, try func() (bool, error)) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if done, err := try(); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// connect opens and closes a connection.
func connect(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// SQLSTATE codes of a refused connection, from appendix A of the Postgres manual.
const (
	cannotConnectNow   = "57P03" // starting up or shutting down
	adminShutdown      = "57P01"
	crashShutdown      = "57P02"
	tooManyConnections = "53300"
)

// accepts reports whether the server takes a connection now. The error is set if waiting would not help.
func accepts(ctx context.Context, url string) (bool, error) {
	err := connect(ctx, url)
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return err == nil, nil // Nobody listens yet.
	}
	switch refused.Code {
	case cannotConnectNow, adminShutdown, crashShutdown:
		return false, nil
	case tooManyConnections:
		return true, nil
	}
	return false, fmt.Errorf("the server refuses us: %w", err)
}
