package engine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"treue/engine/store"
)

// childOf names the variables by which a parent tells a copy of this test binary to send mail. Without a time it runs
// by the clock until it is told to end, as a server does; with one it empties the outbox once at that time.
const (
	childDatabase = "TREUE_TEST_CHILD_DATABASE"
	childMail     = "TREUE_TEST_CHILD_MAIL"
	childNow      = "TREUE_TEST_CHILD_NOW"
	childLease    = "TREUE_TEST_CHILD_LEASE"
)

func TestMain(m *testing.M) {
	if os.Getenv(childDatabase) != "" {
		if err := child(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("treue/engine/localpg.reap")) // the tests' Postgres outlives its first client
}

// child is what the copy does until SIGTERM.
func child(ctx context.Context) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	fmt.Println("ready")
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return err
	}
	lease, err := time.ParseDuration(os.Getenv(childLease))
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, os.Getenv(childDatabase))
	if err != nil {
		return err
	}
	defer db.Close()
	e, err := testEngine(db, killConfig(zone, lease), os.Getenv(childMail))
	if err != nil {
		return err
	}
	if os.Getenv(childNow) == "" {
		return serveAsChild(ctx, e)
	}
	now, err := time.Parse(time.RFC3339Nano, os.Getenv(childNow))
	if err != nil {
		return err
	}
	for {
		// On a busy machine a lease as short as this may be over before the first mail leaves.
		_, err := e.Dispatch(ctx, now, nil)
		if ctx.Err() != nil {
			return nil
		}
		if !errors.Is(err, store.ErrLeaseHeld) {
			return err
		}
	}
}

// serveAsChild runs the clockwork until it is told to end.
func serveAsChild(ctx context.Context, e *Engine) error {
	e.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError + 1}))
	clock := NewClockwork(e, time.Now)
	if err := clock.Start(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	return clock.Stop()
}

func killConfig(zone *time.Location, lease time.Duration) Config {
	c := testConfig(zone)
	c.Lease, c.MaxDataAge = lease, -1
	return c
}

// The leases of children are short, so that a successor soon takes over.
const (
	killLease  = 300 * time.Millisecond
	serveLease = time.Second
)

// dispatching starts a copy of this binary that empties the outbox once at the shop's time.
func (s *shop) dispatching() *exec.Cmd {
	return s.child(killLease, childNow+"="+s.now.Format(time.RFC3339Nano))
}

// serving starts a copy of this binary that runs by the clock.
func (s *shop) serving() *exec.Cmd { return s.child(serveLease) }

func (s *shop) child(lease time.Duration, environment ...string) *exec.Cmd {
	s.t.Helper()
	self, err := os.Executable()
	s.must(err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childDatabase+"="+s.url, childMail+"="+s.smtp.URL(), childLease+"="+lease.String())
	cmd.Env = append(cmd.Env, environment...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	s.must(err)
	s.must(cmd.Start())
	s.t.Cleanup(func() { _ = cmd.Process.Kill() })
	_, err = bufio.NewReader(out).ReadString('\n') // from now on it knows SIGTERM
	s.must(err)
	return cmd
}

// inTheAir are the addresses to which a process is sending: those whose mail it may have handed over without having
// marked it.
func (s *shop) inTheAir(pid int) []string {
	s.t.Helper()
	return all[string](s, `SELECT email FROM sends JOIN customers USING (customer_id) WHERE state = 'sending' AND worker LIKE $1`, workersOf(pid))
}

// workersOf is a pattern for the names of a process's workers.
func workersOf(pid int) string { return fmt.Sprintf("%%/%d/%%", pid) }

// await looks until something is so, and fails when it is not within a minute.
func (s *shop) await(what string, so func() bool) {
	s.t.Helper()
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	poll := time.NewTicker(2 * time.Millisecond)
	defer poll.Stop()
	for !so() {
		select {
		case <-poll.C:
		case <-deadline.C:
			s.t.Fatalf("a minute has passed without %s", what)
		}
	}
}
