// Package delivery hands mail to SMTP by go-mail, to an `.eml` directory or to the built-in catcher, and names the outcome of a delivery attempt.
//
// A mail is rendered to its final bytes once ([Prepare]), before anything is
// recorded; a worker opens one [Conn] and sends one mail after the other over
// it. Every attempt ends in one [Outcome]. The line that matters is the final
// dot of SMTP's DATA: before it a failure means "not delivered, try again",
// after it a missing answer means "nobody knows" (RFC 1047), and the two are
// never mixed.
package delivery

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"
)

// Sender opens connections to one destination of mail: SMTP servers, a
// directory or the catcher. It is safe for concurrent use.
type Sender interface {
	// Open returns a connection for one worker. A failure is an [*OpenError],
	// whose Outcome tells a server that is away from a fault of the set-up.
	Open(ctx context.Context) (Conn, error)
	// Loopback reports whether every mail is handed over on this machine. What
	// a mail server on loopback does with it afterwards is out of sight.
	Loopback() bool
}

// Conn hands over mails one at a time; it belongs to one goroutine.
type Conn interface {
	// Send makes one delivery attempt. A connection that broke is opened anew by
	// the next Send. Cancelling ctx aborts until the final dot is on its way;
	// from then on the answer is awaited for Timeouts.Linger, since leaving
	// makes it unknown.
	Send(ctx context.Context, mail Prepared) Outcome
	// Close says goodbye and frees the connection; it may be repeated.
	Close() error
}

// Timeouts bound the phases of an SMTP session; zero means the default.
type Timeouts struct {
	Connect time.Duration // TCP, implicit TLS and the greeting: 30 s
	Command time.Duration // one command, or the text of one mail: 5 min (RFC 5321 section 4.5.3.2)
	Dot     time.Duration // from the final dot to its answer: 10 min (RFC 5321 section 4.5.3.2.6)
	Linger  time.Duration // the same, after ctx was cancelled: 4 s, since a process has to end some time
}

// Options are what a mail URL cannot say.
type Options struct {
	// Hello is the name given in EHLO; empty means the machine's host name.
	Hello string
	// Timeouts bound the SMTP phases.
	Timeouts Timeouts
	// RootCAs verify the servers' certificates; nil means the system's.
	RootCAs *x509.CertPool
	// Keeper stores what the catcher catches; needed for `catch:` only.
	Keeper Keeper
}

// OpenError is a failed Open. Its text carries no secret.
type OpenError struct {
	Outcome Outcome // Deferred or SenderFault
	Err     error   // the cause, for errors.Is and errors.As
}

// Error names the server, the stage and the cause.
func (e *OpenError) Error() string {
	return fmt.Sprintf("open mail connection to %s: %s: %s", e.Outcome.Server, e.Outcome, e.Outcome.Text)
}

// Unwrap returns the cause.
func (e *OpenError) Unwrap() error { return e.Err }

// withDefaults fills what is unset and refuses what cannot be meant.
func (o Options) withDefaults() (Options, error) {
	if o.Timeouts.Connect < 0 || o.Timeouts.Command < 0 || o.Timeouts.Dot < 0 || o.Timeouts.Linger < 0 {
		return o, errors.New("mail timeouts must not be negative")
	}
	o.Timeouts.Connect = orDefault(o.Timeouts.Connect, 30*time.Second)
	o.Timeouts.Command = orDefault(o.Timeouts.Command, 5*time.Minute)
	o.Timeouts.Dot = orDefault(o.Timeouts.Dot, 10*time.Minute)
	o.Timeouts.Linger = orDefault(o.Timeouts.Linger, 4*time.Second)
	if o.Hello == "" {
		o.Hello = hostName()
	}
	if !printableASCII(o.Hello) {
		return o, errors.New("mail: the EHLO name must be a plain ASCII host name")
	}
	return o, nil
}

func orDefault(d, fallback time.Duration) time.Duration {
	if d == 0 {
		return fallback
	}
	return d
}

// hostName falls back to "localhost", which every server must accept as a
// syntactically valid EHLO name.
func hostName() string {
	name, err := os.Hostname()
	if err != nil || !printableASCII(name) {
		return "localhost"
	}
	return name
}
