// Command treue finds the customers worth writing to, writes to them lawfully, and measures what it was worth.
package main

import (
	"context"
	"io"
	"net"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
	_ "time/tzdata" // schedules must not depend on the machine's zone files
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := Execute(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Execute runs one command line and returns its exit code: 0 done, 1 failed, 2 the input was wrong.
func Execute(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	a := &app{in: in, out: out, errOut: errOut, wall: time.Now, dns: net.DefaultResolver}
	cmd := a.command()
	a.flags.json = slices.Contains(args, "--json") // a wrong command line never gets as far as its flags
	cmd.SetArgs(args)
	cmd.SetIn(in)
	cmd.SetOut(out)
	cmd.SetErr(errOut)
	err := cmd.ExecuteContext(ctx)
	return a.finish(errOr(errOr(err, a.printErr), a.close()))
}

// errOr keeps the first error: what failed first explains what failed after it.
func errOr(first, second error) error {
	if first != nil {
		return first
	}
	return second
}
